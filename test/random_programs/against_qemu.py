#!/usr/bin/env python3
"""Runs random programs on visoc and on qemu-system-riscv64 and compares what they print: their whole end state.

Exit code 0: all equal; 1: a difference (the program is kept, its path printed); 77: QEMU or the assembler is not there.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from program import make_program

LINKER_SCRIPT = "ENTRY(_start) SECTIONS { . = 0x80000000; .text : { *(.text.start) *(.text*) } . = ALIGN(4096); .data : { *(.data*) } }"
MARCH = "-march=rv64imafdc_zba_zbb_zbs"


def build(source, folder, name):
    assembly, elf, script = (os.path.join(folder, name + end) for end in (".S", ".elf", ".ld"))
    pathlib.Path(assembly).write_text(source, encoding="ascii")
    pathlib.Path(script).write_text(LINKER_SCRIPT, encoding="ascii")
    subprocess.run(["riscv64-unknown-elf-as", MARCH, assembly, "-o", elf + ".o"], check=True)
    subprocess.run(["riscv64-unknown-elf-ld", "-T", script, "--no-warn-rwx-segments", elf + ".o", "-o", elf], check=True)
    return elf


def on_qemu(elf):
    command = ["qemu-system-riscv64", "-M", "virt", "-cpu", "rv64,zba=true,zbb=true,zbs=true", "-m", "128M", "-bios", "none", "-display", "none",
               "-monitor", "none", "-serial", "stdio", "-kernel", elf]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60).stdout.decode(errors="replace")


def on_visoc(visoc, elf, folder):
    done = subprocess.run([visoc, "run", elf, "--out", folder, "--quiet", "--max-time", "1s"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    text = pathlib.Path(folder, "console.log").read_text(encoding="utf-8", errors="replace")
    if done.returncode != 0:
        text += f"\nvisoc ended with {done.returncode}: {done.stderr.decode(errors='replace')}"
    return text


def first_difference(ours, theirs):
    for number, (left, right) in enumerate(zip(ours.splitlines(), theirs.splitlines())):
        if left != right:
            return f"state bytes from {32 * number} on\n  visoc {left}\n  QEMU  {right}"
    return f"lengths {len(ours)} and {len(theirs)}\n{ours[-300:]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--visoc", required=True)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--programs", type=int, default=24)
    parser.add_argument("--instructions", type=int, default=600)
    parser.add_argument("--keep", default="", help="folder for programs that differ")
    parser.add_argument("--plant-difference", action="store_true", help="gives QEMU a program with one instruction more: a difference must be seen")
    arguments = parser.parse_args()
    for tool in ("qemu-system-riscv64", "riscv64-unknown-elf-as"):
        if shutil.which(tool) is None:
            print(f"{tool} is not installed; skipped")
            return 77
    differences = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(arguments.first_seed, arguments.first_seed + arguments.programs):
            source = make_program(seed, arguments.instructions)
            elf = build(source, folder, "program")
            theirs_elf = elf
            if arguments.plant_difference:
                theirs_elf = build(source.replace("  j finish\n", "  addi a0, a0, 1\n  j finish\n"), folder, "planted")
            ours, theirs = on_visoc(arguments.visoc, elf, os.path.join(folder, "out")), on_qemu(theirs_elf)
            if len(theirs) < 1000:
                print(f"seed {seed}: QEMU printed no state: {theirs!r}")
                return 1
            if ours == theirs:
                continue
            differences += 1
            if not arguments.plant_difference:
                keep = arguments.keep or tempfile.mkdtemp(prefix="visoc_program_")
                os.makedirs(keep, exist_ok=True)
                kept = os.path.join(keep, f"seed_{seed}.S")
                shutil.copy(os.path.join(folder, "program.S"), kept)
                print(f"seed {seed}: {first_difference(ours, theirs)}\n  kept as {kept}")
    print(f"{arguments.programs} programs of about {arguments.instructions} instructions: {differences} differ")
    if arguments.plant_difference:
        return 0 if differences == arguments.programs else 1
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
