"""Two levels of cache in plain lists, written from the definitions in ip/cache/README.md and ip/rv64/README.md; no model code is used.

SPDX-License-Identifier: Apache-2.0
"""

MASK = (1 << 64) - 1


class Sets:
    """Tags, by the textbook: a set is a list of ways; each way is None or [line number, dirty]."""

    def __init__(self, size, ways, line, replacement, seed):
        self.line, self.ways, self.count, self.replacement = line, ways, size // (ways * line), replacement
        self.random = seed
        self.sets = [[None] * ways for _ in range(self.count)]
        self.clock = 0
        self.used = [[0] * ways for _ in range(self.count)]  # LRU: last access; FIFO: when filled.
        self.trees = [[0] * (2 * ways) for _ in range(self.count)]  # Node 1 is the root; 1: the victim is to the right.
        self.accesses, self.misses = {"fetch": 0, "read": 0, "write": 0}, {"fetch": 0, "read": 0, "write": 0}
        self.evictions = self.write_backs = self.cleaned = 0

    def next_random(self):  # SplitMix64
        self.random = (self.random + 0x9E3779B97F4A7C15) & MASK
        z = self.random
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def victim(self, index):
        entries = self.sets[index]
        if None in entries:
            return entries.index(None)
        if self.replacement in ("lru", "fifo"):
            return min(range(self.ways), key=lambda way: self.used[index][way])
        if self.replacement == "random":
            return self.next_random() % self.ways
        low, high, node = 0, self.ways, 1
        while high - low > 1:
            middle = (low + high) // 2
            right = self.trees[index][node]
            low, high = (middle, high) if right else (low, middle)
            node = 2 * node + right
        return low

    def turn(self, index, way):
        low, high, node = 0, self.ways, 1
        while high - low > 1:
            middle = (low + high) // 2
            right = 1 if way >= middle else 0
            self.trees[index][node] = 1 - right
            low, high = (middle, high) if right else (low, middle)
            node = 2 * node + right

    def access(self, number, use, allocate=True, dirty=False):
        """(hit, line number of a dirty line that leaves or None)"""
        index = number % self.count
        entries = self.sets[index]
        self.accesses[use] += 1
        self.clock += 1
        way = next((i for i, entry in enumerate(entries) if entry is not None and entry[0] == number), None)
        hit, leaving = way is not None, None
        if not hit:
            self.misses[use] += 1
            if not allocate:
                return False, None
            way = self.victim(index)
            if entries[way] is not None:
                self.evictions += 1
                if entries[way][1]:
                    self.write_backs += 1
                    leaving = entries[way][0]
            entries[way] = [number, False]
        if dirty:
            entries[way][1] = True
        if not hit or self.replacement == "lru":
            self.used[index][way] = self.clock
        self.turn(index, way)
        return hit, leaving

    def clean(self):
        lines = sorted(entry[0] for entries in self.sets for entry in entries if entry is not None and entry[1])
        for entries in self.sets:
            for entry in entries:
                if entry is not None:
                    entry[1] = False
        self.cleaned += len(lines)
        return lines

    def empty(self):
        self.sets = [[None] * self.ways for _ in range(self.count)]
        self.trees = [[0] * (2 * self.ways) for _ in range(self.count)]


class Hierarchy:
    def __init__(self, instructions, data, last, write_through, fence):
        """`last`: None without a second level."""
        self.instructions, self.data, self.last, self.through, self.rule = instructions, data, last, write_through, fence
        self.fetched = None
        self.memory_bytes = 0

    def below_read(self, addr, size):
        if self.last is None:
            self.memory_bytes += size
            return
        for number in range(addr // self.last.line, (addr + size - 1) // self.last.line + 1):
            hit, leaving = self.last.access(number, "read")
            self.memory_bytes += self.last.line * ((not hit) + (leaving is not None))

    def below_write(self, addr, size):
        if self.last is None:
            self.memory_bytes += size
            return
        line = self.last.line
        for number in range(addr // line, (addr + size - 1) // line + 1):
            whole = number * line >= addr and (number + 1) * line <= addr + size
            hit, leaving = self.last.access(number, "write", dirty=True)
            self.memory_bytes += line * ((not hit and not whole) + (leaving is not None))

    def fetch(self, addr, size):
        line = self.instructions.line
        for number in range(addr // line, (addr + size - 1) // line + 1):
            if number == self.fetched:
                continue
            self.fetched = number
            if not self.instructions.access(number, "fetch")[0]:
                self.below_read(number * line, line)

    def access(self, addr, size, write):
        line = self.data.line
        for number in range(addr // line, (addr + size - 1) // line + 1):
            down = write and self.through
            hit, leaving = self.data.access(number, "write" if write else "read", allocate=not down, dirty=write and not self.through)
            if not hit and not down:
                self.below_read(number * line, line)
            if leaving is not None:
                self.below_write(leaving * line, line)
            if down:
                first, end = max(addr, number * line), min(addr + size, (number + 1) * line)
                self.below_write(first, end - first)

    def fence(self, before, behind):
        cleans = "w" in before and "o" in behind
        forgets = self.rule == "flush" and "i" in before and "r" in behind
        if self.rule == "coherent" or not (cleans or forgets):
            return
        for number in self.data.clean():
            self.below_write(number * self.data.line, self.data.line)
        if self.last is not None:
            self.memory_bytes += self.last.line * len(self.last.clean())
        if forgets:
            self.data.empty()
            if self.last is not None:
                self.last.empty()

    def fence_instructions(self):
        self.instructions.empty()
        self.fetched = None
