#!/usr/bin/env python3
"""The hart's caches count what a simulator in Python counts for the addresses of the commit log:
hart_cache_test.py --program ELF --visoc V.

Every geometry runs without the log at three quanta as well: the counts are the same. The log's addresses come from another way of executing, one
instruction at a time.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from cache_reference import Hierarchy, Sets

MEMORY = (0x80000000, 0x90000000)
# Settings of the hart, of the second level (None: there is none).
CASES = (
    ({}, {}),
    ({"l1i_size": "1KiB", "l1i_ways": 2, "l1d_size": "1KiB", "l1d_ways": 2}, {"capacity": "4KiB", "ways": 4}),
    ({"l1i_size": "512B", "l1i_ways": 1, "l1d_size": "2KiB", "l1d_ways": 4, "l1_replacement": "fifo"}, {"capacity": "8KiB", "ways": 2, "replacement": "fifo"}),
    ({"l1i_size": "1KiB", "l1i_ways": 4, "l1d_size": "1KiB", "l1d_ways": 8, "l1_line": "32B", "l1_replacement": "tree_plru"},
     {"capacity": "4KiB", "ways": 8, "line": "64B", "replacement": "tree_plru"}),
    ({"l1i_size": "1KiB", "l1i_ways": 4, "l1d_size": "1KiB", "l1d_ways": 4, "l1_replacement": "random"}, {"capacity": "4KiB", "ways": 4, "replacement": "random"}),
    ({"l1i_size": "768B", "l1i_ways": 3, "l1d_size": "1KiB", "l1d_ways": 2, "l1d_write": "through"}, {"capacity": "4KiB", "ways": 4, "line": "32B"}),
    ({"l1i_size": "1KiB", "l1i_ways": 2, "l1d_size": "1KiB", "l1d_ways": 2, "fence": "flush"}, {"capacity": "16KiB", "ways": 4}),
    ({"l1i_size": "1KiB", "l1i_ways": 2, "l1d_size": "4KiB", "l1d_ways": 2, "fence": "coherent"}, {"capacity": "16KiB", "ways": 4}),
    ({"l1i_size": "1KiB", "l1i_ways": 2, "l1d_size": "1KiB", "l1d_ways": 2, "l1_line": "16B"}, None),
    ({"l1i_size": "1KiB", "l1i_ways": 2, "l1d_size": "1KiB", "l1d_ways": 2, "l1d_write": "through"}, None),
)
DEFAULTS = {"l1i_size": "32KiB", "l1i_ways": 8, "l1d_size": "32KiB", "l1d_ways": 8, "l1_line": "64B", "l1_replacement": "lru", "l1d_write": "back", "fence": "clean"}
LAST_DEFAULTS = {"capacity": "512KiB", "ways": 8, "line": "64B", "replacement": "lru"}
LINE = re.compile(r"core +\d+: \d 0x([0-9a-f]+) \(0x([0-9a-f]+)\)(?: x(\d+) +0x([0-9a-f]+))?.*?(?: mem 0x([0-9a-f]+).*)?$")


def size_of(text):
    number, unit = re.match(r"(\d+)(\w+)", text).groups()
    return int(number) * {"B": 1, "KiB": 1024, "MiB": 1 << 20}[unit]


def memory_access(word, length):
    """(bytes, stores, store-conditional) of an instruction that accesses memory."""
    if length == 2:
        quadrant, function = word & 3, word >> 13
        return {1: 8, 2: 4, 3: 8}[function & 3], function >= 4, False
    opcode, width = word & 0x7F, word >> 12 & 7
    bytes_ = 1 << (width & 3)
    if opcode == 0x2F:
        return bytes_, word >> 27 != 2, word >> 27 == 3
    return bytes_, opcode in (0x23, 0x27), False


def letters(bits):
    return "".join(letter for letter, bit in (("i", 8), ("o", 4), ("r", 2), ("w", 1)) if bits & bit)


def expected(log, hart, last):
    hart = {**DEFAULTS, **hart}
    make = lambda size, ways, line, replacement: Sets(size_of(size), ways, size_of(line), replacement, 1)
    second = None
    if last is not None:
        last = {**LAST_DEFAULTS, **last}
        second = make(last["capacity"], last["ways"], last["line"], last["replacement"])
    caches = Hierarchy(make(hart["l1i_size"], hart["l1i_ways"], hart["l1_line"], hart["l1_replacement"]),
                       make(hart["l1d_size"], hart["l1d_ways"], hart["l1_line"], hart["l1_replacement"]), second, hart["l1d_write"] == "through", hart["fence"])
    for pc, word, length, rd_value, addr in log:
        caches.fetch(pc, length)
        if addr is not None and MEMORY[0] <= addr < MEMORY[1]:
            bytes_, stores, conditional = memory_access(word, length)
            if not conditional or rd_value == 0:
                caches.access(addr, bytes_, stores)
        elif length == 4 and word & 0x707F == 0x0F:
            caches.fence(letters(word >> 24 & 15), letters(word >> 20 & 15))
        elif length == 4 and word & 0x707F == 0x100F:
            caches.fence_instructions()
    code, data = caches.instructions, caches.data
    counts = {"l1i_fetches": code.accesses["fetch"], "l1i_misses": code.misses["fetch"], "l1d_reads": data.accesses["read"],
              "l1d_read_misses": data.misses["read"], "l1d_writes": data.accesses["write"], "l1d_write_misses": data.misses["write"],
              "l1d_evictions": data.evictions, "l1d_write_backs": data.write_backs, "fence_write_backs": data.cleaned, "memory_bytes": caches.memory_bytes}
    if second is not None:
        counts.update({"l2_read_accesses": second.accesses["read"], "l2_read_misses": second.misses["read"], "l2_write_accesses": second.accesses["write"],
                       "l2_write_misses": second.misses["write"], "l2_evictions": second.evictions, "l2_write_backs": second.write_backs,
                       "l2_fence_write_backs": second.cleaned})
    return counts


def counted(result, names):
    hart, last = result["instances"]["cpu0"]["statistics"], result["instances"].get("l2", {}).get("statistics", {})
    bus, memory = result["instances"]["bus0"]["statistics"], result["instances"]["dram0"]["statistics"]
    owner = "l2" if last else "cpu0"
    rom = bus.get(f"{owner}_to_rom0_timing_only_bytes", 0)
    # The same bytes at the master, on the bus and in the memory.
    if not bus["timing_only_bytes"] == (last or hart)["timing_only_bytes"] == memory["timing_only_bytes"] + rom:
        raise SystemExit(f"bytes are not conserved: bus {bus['timing_only_bytes']}, master {(last or hart)['timing_only_bytes']}, memory {memory['timing_only_bytes']} and ROM {rom}")
    values = {**hart, **{f"l2_{name}": value for name, value in last.items()}, "memory_bytes": bus["timing_only_bytes"]}
    return {name: values[name] for name in names}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--visoc", required=True)
    arguments = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parents[2]
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with_last, without = root / "platforms/cached.json", folder / "without.json"
        without.write_text(json.dumps({"schema": "visoc-platform-1", "name": "without", "doc": "No second level.", "extends": str(with_last), "instances": {"l2": None}}))

        def run(case, *more):
            hart, last = case
            settings = [f"cpu0.{key}={value}" for key, value in hart.items()] + [f"l2.{key}={value}" for key, value in (last or {}).items()]
            command = [arguments.visoc, "run", arguments.program, "--platform", str(without if last is None else with_last), "--out", str(folder / "out"), "--quiet", "--no-report", *more]
            for setting in settings:
                command += ["--set", setting]
            subprocess.run(command, check=True)
            return json.loads((folder / "out/result.json").read_text())

        run(CASES[0], "--commit-log", str(folder / "log"))
        log = []
        for line in (folder / "log").open():
            pc, word, _, value, addr = LINE.match(line).groups()
            log.append((int(pc, 16), int(word, 16), len(word) // 2, int(value, 16) if value else None, int(addr, 16) if addr else None))
        print(f"{len(log)} instructions")
        for case in CASES:
            reference = expected(log, *case)
            runs = {"in log": run(case, "--commit-log", str(folder / "again"))}
            for quantum in ("100ns", "1us", "1ms"):
                runs[quantum] = run(case, "--quantum", quantum)
            for how, result in runs.items():
                mine = counted(result, reference)
                differences = [f"{key} is {mine[key]}, expected {reference[key]}" for key in reference if mine[key] != reference[key]]
                if differences:
                    wrong += 1
                    print(f"{case}, {how}: " + "; ".join(differences))
            print(f"{case}: " + ", ".join(f"{key} {value}" for key, value in reference.items()))
    print(f"{len(CASES)} cases, {wrong} runs with differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
