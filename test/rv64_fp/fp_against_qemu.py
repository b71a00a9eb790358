#!/usr/bin/env python3
"""Every F and D instruction in all rounding modes: one program, visoc and qemu-system-riscv64, equal results and flags.

Exit code 0: all equal; 1: a difference (the first ones are printed with their operands); 77: QEMU or the assembler is not there.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import collections
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from fp_program import make

LINKER_SCRIPT = "ENTRY(_start) SECTIONS { . = 0x80000000; .text : { *(.text.start) *(.text*) } . = ALIGN(4096); .data : { *(.data*) } }"


def build(source, folder, name):
    assembly, elf, script = (os.path.join(folder, name + end) for end in (".S", ".elf", ".ld"))
    pathlib.Path(assembly).write_text(source, encoding="ascii")
    pathlib.Path(script).write_text(LINKER_SCRIPT, encoding="ascii")
    subprocess.run(["riscv64-unknown-elf-as", "-march=rv64imafdc_zicsr", assembly, "-o", elf + ".o"], check=True)
    subprocess.run(["riscv64-unknown-elf-ld", "-T", script, "--no-warn-rwx-segments", elf + ".o", "-o", elf], check=True)
    return elf


def on_qemu(elf):
    command = ["qemu-system-riscv64", "-M", "virt", "-m", "128M", "-bios", "none", "-display", "none", "-monitor", "none", "-serial", "stdio", "-kernel", elf]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60).stdout.decode(errors="replace")


def on_visoc(visoc, elf, folder, impl):
    done = subprocess.run([visoc, "run", elf, "--out", folder, "--quiet", "--no-report", "--max-time", "10s", "--set", f"cpu0.impl={impl}"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=100)
    if done.returncode != 0:
        print(f"visoc ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return pathlib.Path(folder, "console.log").read_text(encoding="utf-8", errors="replace")


def compare(ours, theirs, cases):
    """Prints the first differences of each instruction; returns how many cases differ."""
    ours, theirs = ours.splitlines(), theirs.splitlines()
    seen = collections.Counter()
    for number, (text, operands, _) in enumerate(cases):
        left = ours[number] if number < len(ours) else "nothing"
        right = theirs[number] if number < len(theirs) else "nothing"
        if left == right:
            continue
        name = text.split()[0]
        seen[name] += 1
        if seen[name] <= 3:
            print(f"{text}   operands {' '.join(f'{bits:016x}' for bits in operands)}\n  visoc {left}\n  QEMU  {right}")
    return sum(seen.values())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--visoc", required=True)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--programs", type=int, default=2)
    parser.add_argument("--cases", type=int, default=12000, help="in each program")
    parser.add_argument("--impl", default="interp", help="of the hart")
    parser.add_argument("--passes", type=int, default=1, help="how often all cases run before their results are printed")
    parser.add_argument("--plant-difference", action="store_true", help="gives QEMU fadd.d for one fsub.d: a difference must be seen")
    arguments = parser.parse_args()
    for tool in ("qemu-system-riscv64", "riscv64-unknown-elf-as"):
        if shutil.which(tool) is None:
            print(f"{tool} is not installed; skipped")
            return 77
    total = differences = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(arguments.first_seed, arguments.first_seed + arguments.programs):
            source, cases = make(seed, arguments.cases, arguments.passes)
            elf = build(source, folder, "fp")
            theirs_elf = elf
            if arguments.plant_difference:
                theirs_elf = build(source.replace("fsub.d", "fadd.d", 1), folder, "planted")
            theirs = on_qemu(theirs_elf)
            if len(theirs.splitlines()) != len(cases):
                print(f"seed {seed}: QEMU printed {len(theirs.splitlines())} lines for {len(cases)} cases")
                return 1
            total += len(cases)
            differences += compare(on_visoc(arguments.visoc, elf, os.path.join(folder, "out"), arguments.impl), theirs, cases)
    print(f"{total} cases: {differences} differ")
    if arguments.plant_difference:
        return 0 if differences else 1
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
