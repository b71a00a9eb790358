#!/usr/bin/env python3
"""Conformance programs for the RV64 hart: the same ELFs on visoc and on qemu-system-riscv64, signatures compared word by word.

Exit code 0: all equal and all checks passed; 1: a difference, printed with the label of its test case; 77: QEMU or the assembler is not
there. --all runs the long tables of floating point too.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import suite

HERE = pathlib.Path(__file__).resolve().parent
CROSS = "riscv64-unknown-elf-"
# Without the hypervisor extension, whose bits would show in the registers' fields, and with every counter.
CPU = "rv64,zba=true,zbb=true,zbs=true,sstc=true,h=false,pmu-num=29"
PASS = "1"
SHOWN = 8  # Differences of one program.


def build(source, folder, name, end_tohost=False):
    assembly, elf = os.path.join(folder, name + ".S"), os.path.join(folder, name + ".elf")
    pathlib.Path(assembly).write_text(source, encoding="ascii")
    options = ["--defsym", "END_TOHOST=1"] if end_tohost else []
    subprocess.run([CROSS + "as", "-march=rv64imafdc_zicsr_zifencei_zba_zbb_zbs", "-I", str(HERE), "-I", str(HERE / "privileged"), *options, assembly, "-o", elf + ".o"],
                   check=True)
    subprocess.run([CROSS + "ld", "-T", str(HERE / "link.ld"), "--no-relax", "--no-warn-rwx-segments", elf + ".o", "-o", elf], check=True)
    return elf


def slots_in(elf):
    """Labels, checks and expected values of a program whose slots are laid by the macros."""
    sections = {}
    for name in (".labels", ".checks", ".expected"):
        subprocess.run([CROSS + "objcopy", "--dump-section", f"{name}={elf}{name}", elf, os.devnull], check=True)
        sections[name] = pathlib.Path(elf + name).read_bytes()
    labels = sections[".labels"].decode("ascii").split("\0")[:-1]
    expected = sections[".expected"]
    return labels, sections[".checks"][:len(labels)], struct.unpack(f"<{len(labels)}Q", expected[:8 * len(labels)])


def on_qemu(elf):
    """With a second hart, which parks: for one hart alone QEMU makes an AMO of a load and a store, and its faults are a load's."""
    command = ["qemu-system-riscv64", "-M", "virt", "-smp", "2", "-cpu", CPU, "-m", "256M", "-bios", "none", "-display", "none", "-monitor", "none", "-serial", "stdio", "-kernel", elf]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        return (done.stdout + done.stderr).decode(errors="replace").split("\n")
    except subprocess.TimeoutExpired as late:
        return ((late.stdout or b"") + b"\ntimeout").decode(errors="replace").split("\n")


def on_visoc(visoc, elf, folder, *options):
    done = subprocess.run([visoc, "run", elf, "--out", folder, "--quiet", "--max-time", "10s", *options], stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    text = pathlib.Path(folder, "console.log").read_text(encoding="utf-8", errors="replace")
    if done.returncode != 0:
        text += f"\nvisoc ended with {done.returncode}: {done.stderr.decode(errors='replace')}"
    return text.split("\n")


def parse(console):
    """(words of the signature, trap words or None, value of tohost or what was printed last)."""
    words, trap, end = [], None, "no end: " + " | ".join(console[-4:])
    for number, line in enumerate(console):
        if line == "trap":
            trap = console[number + 1:number + 4]
        elif line == "tohost":
            end = console[number + 1] if number + 1 < len(console) else end
            break
        elif trap is None:
            words.append(line)
    return words, trap, end


def compare(program, ours, theirs):
    """Prints the first differences and failed checks; returns how many there are."""
    problems, known = [], 0
    sides = {"visoc": parse(ours), "QEMU": parse(theirs)}
    for side, (words, trap, end) in sides.items():
        if len(words) != len(program.labels):
            problems.append(f"{side} printed {len(words)} words of {len(program.labels)}; {end}")
        if trap:
            problems.append(f"{side} took a trap that no case asked for: cause {trap[0]}, mepc {trap[1]}, mtval {trap[2]}")
    left, right = sides["visoc"][0], sides["QEMU"][0]
    for number, (label, expected) in enumerate(zip(program.labels, program.expected)):
        a, b = (words[number] if number < len(words) else "nothing" for words in (left, right))
        wanted = None if expected is None else f"{expected:x}"
        if a == b and wanted in (None, a):
            continue
        if a == wanted and label in program.known_of_qemu:
            known += 1
            continue
        problems.append(f"word {number}: {label}\n    visoc {a}, QEMU {b}" + (f", expected {wanted}" if wanted else ""))
    for side, (_, _, end) in sides.items():
        if end != PASS and not problems and not (side == "QEMU" and known):
            problems.append(f"tohost on {side} is {end}")
    for problem in problems[:SHOWN]:
        print(f"{program.name}: {problem}")
    if len(problems) > SHOWN:
        print(f"{program.name}: {len(problems) - SHOWN} more")
    return len(problems)


def check_tohost(program, visoc, folder, sets):
    """The variant that ends by tohost: same verdict, and --signature holds the words that the console showed."""
    elf = build(program.source, folder, program.name + "_tohost", end_tohost=True)
    signature = os.path.join(folder, "signature")
    console = on_visoc(visoc, elf, os.path.join(folder, "out"), "--exit-on", "tohost", "--signature", signature, *sets)
    halves = pathlib.Path(signature).read_text(encoding="ascii").split() if os.path.exists(signature) else []
    words = [f"{int(high + low, 16):x}" for low, high in zip(halves[0::2], halves[1::2])]
    if words == program.words_on_visoc and console == [""]:
        return 0
    print(f"{program.name}: ended by tohost, it differs: {len(words)} words in the file, {len(program.words_on_visoc)} on the console, {console[-3:]}")
    return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visoc", required=True)
    parser.add_argument("--all", action="store_true", help="the long tables too")
    parser.add_argument("--only", default="", help="programs whose names contain this")
    parser.add_argument("--kind", choices=("unprivileged", "privileged"), help="default: both")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="for visoc, as cpu0.impl=jit")
    parser.add_argument("--keep", default="", help="folder for the programs")
    parser.add_argument("--plant-difference", action="store_true", help="gives QEMU a program with another instruction: a difference must be seen")
    arguments = parser.parse_args()
    for tool in ("qemu-system-riscv64", CROSS + "as"):
        if shutil.which(tool) is None:
            print(f"{tool} is not installed; skipped")
            return 77
    problems = words = count = missed = 0
    checked_kinds = set()
    sets = [word for setting in arguments.set for word in ("--set", setting)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or temporary
        os.makedirs(folder, exist_ok=True)
        for program in suite.programs(arguments.all):
            if arguments.only not in program.name or arguments.kind not in (None, program.kind):
                continue
            begun = time.monotonic()
            elf = build(program.source, folder, program.name)
            if program.labels is None:
                program.load_slots(*slots_in(elf))
            theirs_elf = build(program.planted(), folder, "planted") if arguments.plant_difference else elf
            ours, theirs = on_visoc(arguments.visoc, elf, os.path.join(folder, "out"), *sets), on_qemu(theirs_elf)
            count, words = count + 1, words + len(program.labels)
            found = compare(program, ours, theirs)
            program.words_on_visoc = parse(ours)[0]
            if program.kind not in checked_kinds or arguments.all:
                checked_kinds.add(program.kind)
                found += check_tohost(program, arguments.visoc, folder, sets)
            problems += found
            missed += found == 0
            print(f"{program.name}: {len(program.labels)} words, {found} wrong, {time.monotonic() - begun:.1f} s", flush=True)
    print(f"{count} programs, {words} words: {problems} wrong")
    if arguments.plant_difference:
        return 0 if missed == 0 and count else 1
    return 1 if problems or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
