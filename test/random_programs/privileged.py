# SPDX-License-Identifier: Apache-2.0
"""Random programs for machine, supervisor and user mode: page tables, PMP, delegation, control registers, interrupts.

What is not compared or not generated, and why (clauses: privileged specification 20211203):

| masked | why |
|---|---|
| cycle, time, instret, their mhpm forms: values | run on the host's clock in QEMU; whether reading them is allowed is compared |
| mcountinhibit, mhpmevent, mhpmcounter | performance counters are optional (3.1.10); QEMU has 16, visoc none that count |
| mvendorid, marchid, mimpid, mconfigptr | name the implementation (3.1.2 to 3.1.4) |
| MTIP | mtimecmp stays at its largest value; timer interrupts come by stimecmp with 0 or the largest value only |
| mtval, stval of a breakpoint | zero or the address, both allowed (3.1.16); the handler writes zero |
| medeleg 9, 10, 11 and above 15; mideleg, mie, mip bits of a hypervisor | WARL (3.1.8); QEMU 7.2 keeps bits of modes that it does not have; 9 stays 0 so that every chunk ends |
| mstatus.MPP = 2, XS, VS, bits 36 to 39, UXL and SXL other than 2 | WARL (3.1.6); QEMU 7.2 stores MPP = 2 and VS without checks |
| menvcfg, senvcfg: bits other than FIOM and STCE | of extensions that visoc does not have (3.1.18); QEMU 7.2 stores CBIE, CBCFE and CBZE always |
| bit 0 of mepc and sepc written as 1 | must read as 0 (3.1.14); QEMU 7.2 keeps it |
| satp modes 9 and 10 | Sv48 and Sv57 are optional (4.1.11); QEMU 7.2 has them |
| pmpcfg with W and not R, bits 5 and 6; pmpaddr above bit 53 | reserved (3.7.1); QEMU 7.2 stores them |
| page tables outside memory | access fault (4.3.2, step 2); QEMU 7.2 says page fault |
| PMP that lets read but not write a page table | the update of A and D is an access fault (4.3.2, step 7); QEMU 7.2 does not ask |
| when an interrupt by CLINT.MSIP arrives | in bounded time (3.1.9): it is enabled after its register has been read back |
| SEIP or MSIP pending and enabled together with SSIP | SEI and MSI come first (3.1.9); QEMU 7.2 takes the lowest number |
| MPRV across traps and MRET: SFENCE.VMA follows | QEMU 7.2 keeps translations of the former MPP |
| MPRV = 1 when MRET or SRET leaves machine mode | must be cleared (3.1.6.3); QEMU 7.2 keeps it |
| accesses that cross pages in programs that write PMP registers | their parts may be checked together or each for itself (3.7.1) |
| loads from pages that are called | QEMU 7.2 executes pages of user mode in supervisor mode after an access with SUM (4.3.1 forbids it always), and under MPRV it loads |
| | and stores with machine mode's rights after a fetch from the page |
| page table edits without SFENCE.VMA | old or new, both are allowed (4.2.1) |
| stimecmp = 0 while menvcfg.STCE = 0; a pending STIP across a change of STCE | Sstc 1.0.0, 2.2: STIP then is software's; QEMU 7.2 drives it all the same |
| atomics to addresses without memory; SC without a LR to the same address before; misaligned accesses without memory | which fault comes first is open (3.7.1); QEMU 7.2 says load fault, and asks nothing before SC fails |
"""
from instruction_words import compressed, odd
from privileged_runtime import BUFFER_AT, CHUNK_FIELDS, CODE, DATA, EXEC_AT, MAGIC, PAGE_BYTES, REGION_BYTES, TABLES_AT, USER_CODE, WINDOW, surround
from program import FP_BITS, FREE, LOADS, STORES, Generator, Item, change_result, neighbours

V, R, W, X, U, G, A, D = (1 << bit for bit in range(8))
ROOT_A, ROOT_B, IDENTITY, USER, USER_4K, WINDOW_A, PAGES_A, WINDOW_B, PAGES_B = range(9)  # Pages at DATA + TABLES_AT.
WINDOW_PAGES, CODE_PAGES, SUPERPAGES = 40, 24, 10
SIE, MIE, SPIE, MPIE, SPP, FS, SUM, MXR, TVM, TW, TSR = 1 << 1, 1 << 3, 1 << 5, 1 << 7, 1 << 8, 3 << 13, 1 << 18, 1 << 19, 1 << 20, 1 << 21, 1 << 22
STCE = 1 << 63

# Name: the bits that are written. Every one is read and compared.
IE = 0xaaa
FREELY_WRITTEN = {"mscratch": -1, "sscratch": -1, "mtval": -1, "stval": -1, "mcause": -1, "scause": -1, "mepc": -2, "sepc": -2, "mie": IE, "sie": IE,
                  "mip": 0xaaa, "sip": 0xaaa, "medeleg": 0xb1ff, "mideleg": 0xaaa, "mcounteren": 0x7fffffff, "scounteren": 0x7fffffff, "senvcfg": 1,
                  "misa": -1, "fcsr": 0x7f, "frm": 3, "fflags": -1}
READ_ONLY = ["mhartid", "mstatus", "sstatus", "satp", "mtvec", "stvec", "pmpcfg0", "pmpcfg2", "pmpaddr0", "pmpaddr5", "pmpaddr15", "stimecmp", "menvcfg"]
COUNTERS = ["cycle", "time", "instret", "mcycle", "minstret"]
NOT_THERE = [0x7c0, 0x7ff, 0x800, 0x8c0, 0x5c0, 0x5ff, 0xbc0, 0xcc0, 0xfc0, 0x3a1, 0x3a3, 0x600, 0x680, 0x200, 0x280, 0x9c0, 0x15c]


def ppn(address):
    return address >> 12 << 10


def table(number):
    return DATA + TABLES_AT + PAGE_BYTES * number


class PrivilegedProgram(Generator):
    free = [register for register in FREE if register not in (26, 27)]

    def __init__(self, seed, instructions=1200):
        super().__init__(seed, instructions)
        self.interrupts = self.random.random() < 0.5
        self.uses_pmp = self.random.random() < 0.6
        self.enabled = self.random.choice([0x882, 0x8a8, 0xa88])  # Bits of mie that are ever set.
        self.mode, self.bare, self.physical, self.satp_off, self.tvm, self.tw = "m", True, True, False, False, False
        self.rows, self.items, self.loops = [], [], {}
        self.initial = [self.initial_x() for _ in range(32)] + [self.random.choice(FP_BITS) if self.random.random() < 0.4 else self.random.getrandbits(64) for _ in range(32)]
        self.tables = self.make_tables()
        self.buffer = [self.random.getrandbits(64) for _ in range(REGION_BYTES // 8)]
        self.executable = self.make_executable()
        while len(self.items) < instructions:
            self.add_chunk()

    def initial_x(self):
        r = self.random
        return r.choice([0, 1, -1, 1 << 31, -(1 << 31), (1 << 63) - 1, -(1 << 63), r.getrandbits(63), -r.getrandbits(31)]) % (1 << 64)

    # Memory.

    def flags(self):
        """Of a leaf: mostly useful."""
        r = self.random
        if r.random() < 0.6:
            return V | R | (W if r.random() < 0.8 else 0) | (X if r.random() < 0.5 else 0) | (U if r.random() < 0.6 else 0) | r.choice([A | D, A | D, A, D, 0]) | r.choice([0, 0, G])
        return r.getrandbits(8)

    def frame(self):
        """A page of the buffer or the executable area."""
        return DATA + self.random.choice([BUFFER_AT, BUFFER_AT, EXEC_AT]) + PAGE_BYTES * self.random.randrange(REGION_BYTES // PAGE_BYTES)

    @staticmethod
    def never(entry):
        """The right that this page of the window never has: random data are not executed and code is not overwritten, as that could do anything."""
        return X if entry < 16 else 0 if entry < CODE_PAGES else W

    def leaf(self, entry):
        """Of 4K: data, from 16 on with any rights, from CODE_PAGES on code. Without R, W and X it would point to a further table, which there cannot be."""
        reserved = 1 << self.random.randrange(54, 64) if self.random.random() < 0.03 else 0
        frame = DATA + (BUFFER_AT if entry < CODE_PAGES else EXEC_AT) + PAGE_BYTES * self.random.randrange(REGION_BYTES // PAGE_BYTES)
        return ppn(frame) | self.flags() & ~self.never(entry) | self.random.choice([0, 0, 0, 1 << 8, 1 << 9]) | reserved

    def make_tables(self):
        r = self.random
        pages = [[0] * 512 for _ in range(9)]
        for root, window in ((ROOT_A, WINDOW_A), (ROOT_B, WINDOW_B)):
            pages[root][2] = ppn(table(IDENTITY)) | V
            pages[root][3] = ppn(CODE + (0 if r.random() < 0.8 else 0x200000)) | (self.flags() & ~X) | V | R  # 1G; misaligned at times.
            pages[root][4] = ppn(table(window)) | V
            pages[root][5] = ppn(table(USER)) | V
        a_bit = r.choice([0, A])
        pages[IDENTITY][0] = ppn(CODE) | V | R | X | a_bit
        pages[IDENTITY][1] = ppn(DATA) | V | R | W | A | D
        pages[USER][0] = ppn(CODE) | V | R | X | U | a_bit if r.random() < 0.5 else ppn(table(USER_4K)) | V
        pages[USER_4K] = [ppn(CODE + PAGE_BYTES * i) | V | R | X | U | r.choice([0, A]) for i in range(512)]
        for window, leaves in ((WINDOW_A, PAGES_A), (WINDOW_B, PAGES_B)):
            pages[window][0] = ppn(table(leaves)) | V
            pages[window][1] = ppn(DATA) | V | R | W | A | D
            pages[window][2] = pages[window][1] | U
            for i in range(3, SUPERPAGES + 1):
                misaligned = PAGE_BYTES * r.randrange(1, 512) if r.random() < 0.1 else 0
                pages[window][i] = ppn(DATA + misaligned) | self.flags() & ~X | r.choice([R, W])
            for i, wrong in enumerate((A, D, U), SUPERPAGES + 1):
                pages[window][i] = ppn(table(leaves)) | V | wrong
            for i in range(WINDOW_PAGES):
                pages[leaves][i] = self.leaf(i)
        return [entry for page in pages for entry in page]

    def make_executable(self):
        """Pages full of short functions: `c.addi a0, n` and, every few, `c.jr ra`; some `lui a0, n`, so that some instructions cross pages. The second half
        of a LUI is a C.ADDI, so that code may be entered anywhere."""
        r, halves = self.random, []
        while len(halves) < REGION_BYTES // 2:
            kind = r.random()
            if kind < 0.35:
                halves.append(0x8082)
            elif kind < 0.7:
                halves.append(0x0501 | r.randrange(1, 32) << 2)
            else:
                halves += [r.randrange(16) << 12 | 10 << 7 | 0x37, 0x0501 | r.randrange(1, 32) << 2]
        halves = halves[:REGION_BYTES // 2 - 1] + [0x8082]
        return [halves[i] | halves[i + 1] << 16 | halves[i + 2] << 32 | halves[i + 3] << 48 for i in range(0, len(halves), 4)]

    # Items.

    def data_address(self, size):
        """Lines that leave an address in x31: a page of the window, of a superpage, of the gigapage, or one that is not mapped."""
        r = self.random
        offset = r.choice([r.randrange(PAGE_BYTES) & -size, r.randrange(PAGE_BYTES), PAGE_BYTES - r.randrange(1, 8)])
        offset = min(offset, PAGE_BYTES - size) if self.uses_pmp else offset
        kind = r.random()
        if self.bare and (not self.physical or kind >= 0.7):
            offset &= -8  # There may be no memory there, and which fault comes first is open then.
        if self.physical and kind < 0.7:
            page = r.randrange(15)  # Less one: an access may cross into the next.
        elif kind < 0.75:
            page = r.choice([*range(15 if self.physical else CODE_PAGES - 1), WINDOW_PAGES])
        elif kind < 0.93 or self.physical:
            page = 512 * r.randrange(1, SUPERPAGES + 4) + (BUFFER_AT // PAGE_BYTES + r.randrange(15))
        elif kind < 0.97:
            page = 0xc0200 + BUFFER_AT // PAGE_BYTES + r.randrange(15)
        else:
            page = 0x50000 + r.randrange(16)
        lines = [f"lui x31, {page + (offset >= 2048):#x}", "add x31, x31, x26"]
        if r.random() < 0.02 and not self.bare:
            lines.append("bseti x31, x31, " + str(r.randrange(38, 64)))
        return lines, offset if offset < 2048 else offset - PAGE_BYTES

    def memory(self):
        r = self.random
        name = r.choice(list(LOADS) + list(STORES) + ["flw", "fld", "fsw", "fsd"])
        lines, offset = self.data_address(LOADS.get(name, STORES.get(name, 4 if name.endswith("w") else 8)))
        register = self.f() if name.startswith("f") else self.x() if name in LOADS else self.source()
        return lines + [f"{name} {register}, {offset}(x31)"]

    def call(self):
        """Runs a function in the executable area by the pages that the mode sees."""
        r = self.random
        page = r.randrange(16, 32) if self.physical else r.choice([r.randrange(1, 16), r.randrange(CODE_PAGES, WINDOW_PAGES), r.randrange(CODE_PAGES, WINDOW_PAGES)])
        offset = r.choice([r.randrange(0, 2048, 2), r.randrange(0, 2048, 2), -2, -4, -6])
        offset = abs(offset) if page == (16 if self.physical else CODE_PAGES) else offset  # Before it are data.
        return [f"lui x31, {page:#x}", "add x31, x31, x26", f"jalr x1, {offset}(x31)"]

    def rewrite_code(self):
        """Changes the executable area, then calls it."""
        r = self.random
        page, offset = r.randrange(16, 32), 4 * r.randrange(1, 400)
        word = 0x8082 << 16 | 0x0501 | r.randrange(1, 32) << 2
        register = self.x()
        address = [f"lui x31, {page:#x}", "add x31, x31, x26", "sfence.vma"] if self.physical else [f"lui x31, {(EXEC_AT >> 12) + page - 16:#x}", "add x31, x31, tp"]
        return [f"li {register}, {word - (1 << 32) if word >> 31 else word}"] + address + [f"sw {register}, {offset}(x31)", "fence.i"] + \
            ([f"jalr x1, {offset}(x31)"] if self.physical else [])

    def edit_table(self):
        """Changes flags of an entry, then makes the change seen."""
        r = self.random
        page, entry = r.choice([(PAGES_A, r.randrange(WINDOW_PAGES)), (PAGES_B, r.randrange(WINDOW_PAGES)), (WINDOW_A, r.randrange(3, SUPERPAGES + 1))])
        register = self.x()
        bits = r.choice([1 << r.randrange(8), 1 << r.randrange(8), r.getrandbits(8)])
        if page == WINDOW_A:
            bits &= ~(R | W | X)  # Whatever it was, it stays a leaf or invalid.
        else:
            bits &= ~self.never(entry)
        fence = r.choice(["sfence.vma", "sfence.vma", f"sfence.vma x0, {self.source()}"])
        return [f"lui x31, {(TABLES_AT >> 12) + page:#x}", "add x31, x31, tp", f"ld {register}, {8 * entry}(x31)", f"xori {register}, {register}, {bits}",
                f"sd {register}, {8 * entry}(x31)", fence]

    def masked(self, mask):
        r = self.random
        mask = self.enabled if mask == IE else mask
        value = r.choice([0, -1, 1 << r.randrange(64), r.getrandbits(64), r.getrandbits(6)]) & mask & ((1 << 64) - 1)
        return value - (1 << 64) if value >> 63 else value

    def control(self):
        r = self.random
        kind = r.random()
        if kind < 0.2:
            return [f"csrr {self.x()}, {r.choice(READ_ONLY + list(FREELY_WRITTEN))}"]
        if kind < 0.24:
            return [f"csrr x0, {r.choice(COUNTERS)}"]
        if kind < 0.27:
            return [f"{r.choice(['csrrs', 'csrrw'])} {self.x()}, {r.choice(NOT_THERE):#x}, {self.source()}"]
        if kind < 0.5:
            name = r.choice(list(FREELY_WRITTEN))
            if r.random() < 0.3 and not name.endswith(("epc", "envcfg", "ie")):
                return [f"{r.choice(['csrrwi', 'csrrsi', 'csrrci'])} {self.x()}, {name}, {r.randrange(32) & FREELY_WRITTEN[name]}"]
            return [f"li x31, {self.masked(FREELY_WRITTEN[name])}", f"{r.choice(['csrrw', 'csrrs', 'csrrc'])} {self.x()}, {name}, x31"]
        if kind < 0.7:
            name = r.choice(["mstatus", "sstatus", "sstatus"])
            bits = r.choice([SUM, MXR, SUM | MXR, SUM, MXR, FS, SPIE, SPP, SIE, MIE, MPIE, TSR, 3 << 11, 1 << 17, SUM | FS])
            if name == "mstatus" and bits & TSR and self.mode != "m":
                bits = SUM
            if bits & (SIE | MIE) and not self.interrupts:
                bits = MXR
            return [f"li x31, {bits:#x}", f"{'csrrs' if r.random() < 0.6 or bits & FS and r.random() < 0.8 else 'csrrc'} {self.x()}, {name}, x31"]
        if kind < 0.76:
            # The mode whose rights loads and stores have.
            mode = r.choice([0, 1, 1, 3])
            lines = ["li x31, 0x1800", "csrc mstatus, x31", f"li x31, {mode << 11 | 1 << 17:#x}", "csrs mstatus, x31"]
            return lines if r.random() < 0.7 else ["li x31, 0x20000", "csrc mstatus, x31"]
        if kind < 0.82:
            name = r.choice(["mtvec", "stvec"])
            old, new = r.sample(self.free, 2)
            return [f"li x31, {self.masked(-1)}", f"csrrw x{old}, {name}, x31", f"csrr x{new}, {name}", f"csrw {name}, x{old}"]
        if kind < 0.88:
            mode = r.choice([8, 8, 8, 8, 1, 3, 5, 7, 11, 15]) if not (self.mode == "m" and r.random() < 0.2) else 0
            value = mode << 60 | (r.getrandbits(16) << 44 if r.random() < 0.5 else 0) | table(r.choice([ROOT_A, ROOT_B])) >> 12
            return [f"li x31, {value - (1 << 64) if value >> 63 else value}", f"csrrw {self.x()}, satp, x31"]
        if kind < 0.92:
            return [r.choice(["sfence.vma", f"sfence.vma {self.source()}, x0", f"sfence.vma {self.source()}, {self.source()}", "fence.i", "fence"])]
        if kind < 0.94:
            register, value = self.x(), r.choice(["0", "-1"])
            if r.random() < 0.5 and self.interrupts:
                return [f"li {register}, {STCE - (1 << 64)}", "li x31, 0x20", "csrc mip, x31", f"li x31, {value}", f"csrs menvcfg, {register}", "csrw stimecmp, x31"]
            return ["li x31, 0x20", "csrc mip, x31", "li x31, -1", "csrw stimecmp, x31", f"li {register}, {STCE - (1 << 64)}", f"csrc menvcfg, {register}"]
        return self.pmp() if self.uses_pmp else [f"csrr {self.x()}, {r.choice(['pmpcfg0', 'pmpaddr3', 'pmpaddr15'])}"]

    def pmp(self):
        """Entries 0 to 3 hold one page or less, 4 to 5 and 6 to 7 a range; all inside the buffer or the executable area."""
        r = self.random
        register = self.x()
        rights = r.choice([0, 1, 3, 4, 5, 7]) | (0x80 if r.random() < 0.06 else 0)
        lines, at = [], self.frame()
        if r.random() < 0.1:
            # A page of page tables, for the accesses of the walk.
            entry, rights = r.randrange(4), r.choice([0, 3, 7])
            mode = 3
            lines += [f"li {register}, {(table(r.choice([PAGES_A, PAGES_B])) | 0x7ff) >> 2}", f"csrw pmpaddr{entry}, {register}"]
        elif r.random() < 0.7:
            entry, mode = r.randrange(4), r.choice([3, 3, 3, 2])
            size = r.choice([8, 64, 4096, 4096, 8192, 32768])
            value = (at >> 2) + 4 * r.randrange(256) if mode == 2 else ((at & -size) | (r.randrange(PAGE_BYTES) & -size) | (size // 2 - 1)) >> 2
            lines += [f"li {register}, {value}", f"csrw pmpaddr{entry}, {register}"]
        else:
            entry, mode = r.choice([5, 7]), 1
            low = at + (r.randrange(PAGE_BYTES) & -4 if r.random() < 0.3 else 0)
            for number, value in ((entry - 1, low), (entry, low + r.choice([16, 4096, 8192]))):
                lines += [f"li {register}, {value >> 2}", f"csrw pmpaddr{number}, {register}"]
        if r.random() < 0.25:
            rights, mode = rights & 7, 0
        return lines + [f"li {register}, {0xff << 8 * entry}" if entry < 7 else f"li {register}, {-(1 << 56)}", f"csrc pmpcfg0, {register}",
                        f"li {register}, {(rights | mode << 3) << 8 * entry if entry < 7 or rights < 0x80 else ((rights | mode << 3) << 56) - (1 << 64)}",
                        f"csrrs {self.x()}, pmpcfg0, {register}", "sfence.vma"]

    def interrupt(self):
        r = self.random
        register = self.x()
        return r.choice([
            self.own_software_interrupt(register) if self.mode == "m" else ["csrsi sip, 2"],
            ["csrsi mip, 2"], ["csrsi sip, 2"], ["csrsi sip, 2"], ["csrci sip, 2"],
            [f"li x31, {r.choice([0x222, 0x200, 0x20, 2]):#x}", f"{r.choice(['csrs', 'csrs', 'csrc'])} {r.choice(['mip', 'mip', 'sip'])}, x31"],
            [f"csrrsi {self.x()}, mstatus, 8"], [f"csrrsi {self.x()}, sstatus, 2"],
            [f"li x31, {self.enabled & r.choice([0xaaa, 0x222, 0x8])}", f"csrs {r.choice(['mie', 'sie'])}, x31"],
            [f"li x31, {r.choice([0, -1])}", "csrw stimecmp, x31"] if self.mode != "m" else ["csrci mstatus, 8", "csrsi mip, 2", "csrsi mie, 2", "wfi", "csrci mip, 2"] + (["csrci mie, 2"] if not self.enabled & 2 else []),
        ])

    def make_due(self):
        """All that it takes in this mode for an interrupt other than CLINT.MSIP, if it is not delegated to a mode below."""
        bit = self.enabled & 0x222
        if self.mode == "m":
            return [f"li x31, {bit:#x}", "csrs mie, x31", "csrs mip, x31", f"csrrsi {self.x()}, mstatus, 8"]
        return ["csrsi sie, 2", "csrsi sip, 2", f"csrrsi {self.x()}, sstatus, 2"] if bit == 2 else [f"li x31, {bit:#x}", "csrs sie, x31", "csrrsi x0, sstatus, 2"]

    def own_software_interrupt(self, register):
        """By the CLINT. When it arrives is open, so it is enabled after reading back."""
        write = ["lui x31, 0x2000", f"li {register}, 1", f"sw {register}, 0(x31)", f"lw {register}, 0(x31)", "fence"]
        return ["csrci mie, 8"] + write + [f"csrr {register}, mip"] + (["csrsi mie, 8"] if self.enabled & 8 else [])

    def round_trip(self):
        """To a lower mode or the same one, by MRET or SRET; the rest of the chunk runs there. In user mode all of it traps."""
        r, label = self.random, self.new_label()
        target = r.choice("mmmmsu" if self.mode == "m" else "ssssu")
        lines = ["li x31, 0x20000", "csrc mstatus, x31"] if self.mode == "m" and target != "m" else []
        lines += [f"la x31, {label}"] + (["add x31, x31, x27"] if target == "u" and not self.satp_off else [])
        if self.mode == "m" and (target == "m" or r.random() < 0.8):
            lines += ["csrw mepc, x31", "li x31, 0x1800", "csrc mstatus, x31"]
            lines += [f"li x31, {({'m': 3, 's': 1}[target]) << 11:#x}", "csrs mstatus, x31"] if target != "u" else []
            lines += ["mret", f"{label}:"] + (["sfence.vma"] if target == "m" else [])
        else:
            lines += ["csrw sepc, x31", "li x31, 0x100", f"{'csrs' if target == 's' else 'csrc'} sstatus, x31", "sret", f"{label}:"]
        if self.mode == "m":
            self.mode = target
        elif self.mode == "s" and target == "u":
            self.mode = "lower"  # With TSR, SRET traps and the mode stays.
        return lines

    def privileged(self, top):
        r = self.random
        kind = r.random()
        if kind < 0.40:
            return self.memory()
        if kind < 0.50:
            return self.call()
        if self.interrupts and r.random() < 0.2:
            return self.interrupt() if r.random() < 0.6 else self.make_due()
        if kind < 0.75:
            return self.control() if self.mode in "ms" or r.random() < 0.2 else self.memory()
        if kind < 0.80:
            return self.edit_table() if self.mode == "m" or not self.tvm else self.memory()
        if kind < 0.83:
            return self.rewrite_code()
        if kind < 0.90:
            return self.memory()
        if kind < 0.93:
            return ["wfi"] if self.mode == "u" or (self.mode == "s" and self.tw) else ["ecall"]
        if kind < 0.94:
            return [r.choice(["mret", "sret"])] if self.mode == "u" else ["ebreak"]
        return self.round_trip() if top else self.memory()

    def item(self, top):
        r = self.random
        kind = r.random()
        if kind < 0.012:
            return odd(r, self.free)
        if kind < 0.12:
            return compressed(r, self.free, self.new_label())
        if kind < 0.27:
            return self.privileged(top)
        return self.one()

    def quiet(self):
        """Without what traps for sure."""
        while True:
            lines = compressed(self.random, self.free, self.new_label()) if self.random.random() < 0.1 else self.one()
            if not any(line.startswith((".2byte", ".4byte", "csrwi frm")) for line in lines):
                return lines

    def trapping(self):
        return self.memory()

    # Chunks.

    def add_chunk(self):
        r, number = self.random, len(self.rows)
        self.mode = start = r.choice("mssuu")
        self.satp_off, self.tvm, self.tw = r.random() < 0.08, r.random() < 0.1, r.random() < 0.2
        enabled = (r.choice([0, SIE, MPIE, SIE | MPIE, SIE | MPIE | SPIE])) if self.interrupts else 0
        status = {"m": 3, "s": 1, "u": 0}[start] << 11 | enabled | (0 if r.random() < 0.06 else FS) | r.choice([0, SUM, MXR, SUM | MXR]) | \
            (TVM if self.tvm else 0) | (TW if self.tw else 0) | (TSR if r.random() < 0.1 else 0)
        alias = USER_CODE - CODE if start == "u" and not self.satp_off else 0
        self.bare = start == "m" or self.satp_off
        self.physical = start == "m" and r.random() < 0.7 or self.satp_off
        satp = 0 if self.satp_off else 8 << 60 | r.choice([0, 0, 5]) << 44 | table(r.choice([ROOT_A, ROOT_B])) >> 12
        physical_memory, usable = start == "m" or self.satp_off, r.random() < 0.8
        superpage = 1 + (start == "u") if usable else r.randrange(3, SUPERPAGES)
        middle = DATA + BUFFER_AT if physical_memory else WINDOW + (0 if not usable and r.random() < 0.3 else 512 * PAGE_BYTES * superpage + BUFFER_AT)
        pages = REGION_BYTES // PAGE_BYTES
        row = {"pc": f"body{number} + {alias:#x}", "status": status, "medeleg": r.choice([0, 0xb1ff, r.getrandbits(16) & 0xb1ff]), "mideleg": r.choice([0, 0x222, 2, 0x20]),
               "mie": r.choice([0xaaa, 0x22a, r.getrandbits(12)]) & self.enabled if self.interrupts else 0, "satp": satp, "x26": DATA + BUFFER_AT if self.physical else WINDOW,
               "gp": middle + PAGE_BYTES * r.randrange(1, pages) + (PAGE_BYTES // 2 if self.uses_pmp else 0), "sp": middle + PAGE_BYTES * r.randrange(pages) + 16 * r.randrange(200),
               "mcounteren": r.choice([0, 0x7fffffff, 7, 2]), "scounteren": r.choice([0, 7]), "menvcfg": r.choice([0, 1, STCE, STCE | 1]) if self.interrupts else 0,
               "mtvec": f"m_vectors + {r.randrange(2)}", "stvec": f"s_vectors + {r.randrange(2)}", "fcsr": r.randrange(5) << 5}
        self.rows.append([row[field] for field in CHUNK_FIELDS])
        calm = (physical_memory or usable) and status & FS
        for _ in range(r.randrange(2, 7)):
            loop, make = None, lambda: self.item(True)
            if r.random() < 0.45:
                loop = len(self.loops)
                quiet = calm and r.random() < 0.7  # Few traps: runs often.
                self.loops[loop] = r.randrange(10, 60) if quiet else r.randrange(2, 7)
                make = self.quiet if quiet else lambda: self.item(False)
            for _ in range(r.randrange(4, 20)):
                self.items.append(Item(make(), loop, number))

    def source_of(self, items, planted=None):
        """The program with these of its items only; chunks and loops without items are left out. `planted`: as PlainProgram's."""
        body, rows = [], []
        for item, before, after in neighbours(items):
            if before is None or before.chunk != item.chunk:
                rows.append(self.rows[item.chunk])
                body.append(f"body{item.chunk}:")
            body += self.frame_loop(item, before, after, item.lines + (change_result(item) if item is planted else []))
            if after is None or after.chunk != item.chunk:
                body += [f"li x31, {MAGIC}", "ecall"]
        return surround(body, rows, self.initial, self.tables, self.buffer, self.executable)
