#!/usr/bin/env python3
"""Runs random programs on visoc and on qemu-system-riscv64 and compares their whole end state; those of --kind privileged compare every trap too.

--shrink reduces each program that differs to few instructions and prints them. --lockstep compares two implementations of the hart instead of
visoc and QEMU, in the middle of the program as well.

Exit code 0: all equal; 1: a difference (the program is kept, its path printed); 77: QEMU, the assembler or an implementation is not there.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import machines
import privileged_runtime as runtime
from privileged import PrivilegedProgram
from program import PlainProgram, plantable
from shrink import shrink, unroll

SHRUNK_MOST = 20  # Instructions that a shrunk program with a planted difference may have.
SHRINK_RUNS = 600  # A few hundred are usual.
SLICE_NS = "100"  # Of simulated time; --lockstep compares states after each.


class Plain:
    """Programs print their end state."""

    program, linker_script = PlainProgram, machines.LINKER_SCRIPT

    @staticmethod
    def on_qemu(_, elf, folder):
        del folder
        return machines.qemu(elf)

    @staticmethod
    def on_visoc(visoc, elf, folder):
        done = visoc.run(elf, folder, "--max-time", "1s")
        text = visoc.console(folder)
        return text, "" if done.returncode == 0 else f"visoc ended with {done.returncode}: {done.stderr.decode(errors='replace')[:300]}"

    @staticmethod
    def complete(state):
        return len(state) >= 1000

    @staticmethod
    def random_part(_, retired):
        return retired

    @staticmethod
    def causes(_):
        return []

    @staticmethod
    def first_difference(ours, theirs):
        for number, (left, right) in enumerate(zip(ours.splitlines(), theirs.splitlines())):
            if left != right:
                return f"state bytes from {32 * number} on\n  visoc {left}\n  QEMU  {right}"
        return f"lengths {len(ours)} and {len(theirs)}\n{ours[-300:]}"


class Privileged:
    """Programs keep a log of traps in memory."""

    program, linker_script = PrivilegedProgram, runtime.LINKER_SCRIPT

    @staticmethod
    def on_qemu(program, elf, folder):
        return machines.qemu_memory(elf, folder, runtime.DATA, runtime.DUMP_BYTES, program.interrupts)

    @staticmethod
    def on_visoc(visoc, elf, folder):
        return visoc.memory(elf, folder)

    @staticmethod
    def complete(state):
        return any(entry[0] == 2 for entry in runtime.records(state)[-1:])

    @staticmethod
    def random_part(state, retired):
        return runtime.random_part(state, retired)

    @staticmethod
    def causes(state):
        return [(runtime.WRITERS[entry[0]].split()[0], entry[runtime.CAUSE]) for entry in runtime.records(state)[:-1]]

    @staticmethod
    def first_difference(ours, theirs):
        return runtime.describe_difference(ours, theirs)


class Campaign:
    def __init__(self, kind, visoc, folder):
        self.kind, self.visoc, self.folder = kind, visoc, folder
        self.retired = self.random_retired = 0
        self.causes = collections.Counter()

    def elf(self, program, items, planted=None):
        name = "program" if planted is None else "planted"
        return machines.build(program.source_of(items, planted), self.folder, name, self.kind.linker_script)

    def compare(self, program, items, planted=None):
        """None, or what differs. Raises RuntimeError if QEMU does not come to the program's end."""
        out = os.path.join(self.folder, "out")
        elf = self.elf(program, items)
        try:
            theirs = self.kind.on_qemu(program, self.elf(program, items, planted) if planted is not None else elf, self.folder)
        except subprocess.TimeoutExpired:
            theirs = ""
        if not theirs or not self.kind.complete(theirs):
            raise RuntimeError("QEMU did not come to the program's end")
        try:
            ours, problem = self.kind.on_visoc(self.visoc, elf, out)
        except subprocess.TimeoutExpired:
            return f"visoc did not come to the program's end in {machines.SECONDS} s"
        if ours == theirs and not problem:
            retired = self.visoc.result(out)["instructions"]
            self.retired += retired
            self.random_retired += self.kind.random_part(theirs, retired)
            self.causes.update(self.kind.causes(theirs))
            return None
        return "\n  ".join(filter(None, [problem, self.kind.first_difference(ours, theirs)]))

    def shrunk(self, program, planted=None):
        """The fewest items found that still differ, after at most SHRINK_RUNS comparisons."""
        runs = 0

        def differs(items):
            nonlocal runs
            runs += 1
            if runs > SHRINK_RUNS:
                return False
            try:
                return self.compare(program, items, planted) is not None
            except RuntimeError:
                return False

        return shrink(unroll(shrink(program.items, differs), differs), differs)

    def keep(self, program, items, keep, name):
        keep = keep or tempfile.mkdtemp(prefix="visoc_program_")
        os.makedirs(keep, exist_ok=True)
        path = pathlib.Path(keep, name)
        path.write_text(program.source_of(items), encoding="ascii")
        path.with_suffix(".ld").write_text(self.kind.linker_script, encoding="ascii")
        return path

    def report(self, seed, program, difference, arguments):
        print(f"seed {seed}: {difference}\n  kept as {self.keep(program, program.items, arguments.keep, f'seed_{seed}.S')}")
        if arguments.shrink:
            items = self.shrunk(program)
            lines = "\n".join("    " + line for item in items for line in item.lines)
            print(f"  {sum(item.instructions() for item in items)} instructions are left: {self.compare(program, items)}\n{lines}")
            print(f"  kept as {self.keep(program, items, arguments.keep, f'seed_{seed}_shrunk.S')}", flush=True)

    def plant(self, program):
        """An item whose changed result is seen in the end, or None."""
        for item in reversed(program.items):
            if plantable(item) and self.compare(program, program.items, item) is not None:
                return item
        return None

    # Two implementations of the hart.

    def end_of(self, elf, engine, folder):
        visoc = machines.Visoc(self.visoc.binary, [*self.visoc.given, f"cpu0.impl={engine}"])
        log = folder + ".states"
        done = visoc.run(elf, folder, "--state-hash", "--state-log", log, "--quantum", SLICE_NS, "--max-time", "10s")
        result = visoc.result(folder) if os.path.exists(os.path.join(folder, "result.json")) else {}
        return {"exit code": done.returncode, "states": pathlib.Path(log).read_text(encoding="ascii").splitlines(), "instructions": result.get("instructions"),
                "simulated time": result.get("simulated_time_ps"), "state hash": result.get("state_sha256"), "console": visoc.console(folder)}

    def lockstep(self, program, items, engines, planted=None):
        """None, or the first difference between the two: after a slice, or at the end."""
        elves = [self.elf(program, items), self.elf(program, items, planted) if planted else os.path.join(self.folder, "program.elf")]
        outs = [os.path.join(self.folder, engine + "_out" + str(index)) for index, engine in enumerate(engines)]
        ends = [self.end_of(elf, engine, out) for elf, engine, out in zip(elves, engines, outs)]
        for one, other in zip(ends[0]["states"], ends[1]["states"]):
            if one != other:
                return f"after a slice: {engines[0]} {one}, {engines[1]} {other}"
        for what, value in ends[0].items():
            if value != ends[1][what] or value is None or value == []:
                return f"{what} at the end: {engines[0]} {value!r:.80}, {engines[1]} {ends[1][what]!r:.80}"
        self.retired += ends[0]["instructions"]
        return None


def implementations(binary):
    models = json.loads(subprocess.run([binary, "list", "--json"], check=True, capture_output=True).stdout)
    return next(model["impls"] for model in models if model["model"] == "rv64")


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--visoc", required=True)
    parser.add_argument("--kind", choices=["plain", "privileged"], default="plain")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--programs", type=int, default=24)
    parser.add_argument("--instructions", type=int, default=600, help="instructions (plain) or items (privileged) in the random part of each")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="given to visoc")
    parser.add_argument("--keep", default="", help="folder for programs that differ")
    parser.add_argument("--shrink", action="store_true", help="reduce programs that differ")
    parser.add_argument("--lockstep", action="store_true", help="compare two implementations of the hart")
    parser.add_argument("--engines", default="interp,jit", help="the two, for --lockstep")
    parser.add_argument("--least-retired", type=int, default=0, help="fail if the programs retire fewer instructions in their random parts")
    parser.add_argument("--plant-difference", action="store_true",
                        help="changes one result for QEMU, or for the second implementation: a difference must be seen, and with --shrink be reduced to "
                             f"{SHRUNK_MOST} instructions")
    return parser.parse_args()


def missing_tool(arguments):
    for tool in ["riscv64-unknown-elf-as"] + ([] if arguments.lockstep else ["qemu-system-riscv64"]):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    if arguments.lockstep:
        for engine in arguments.engines.split(","):
            if engine not in implementations(arguments.visoc):
                return f"visoc has no rv64 implementation {engine}"
    return ""


def run_planted(campaign, program, seed, arguments):
    """"", or what went wrong."""
    if arguments.lockstep:
        engines = arguments.engines.split(",")
        seen = any(campaign.lockstep(program, program.items, engines, item) for item in list(filter(plantable, program.items))[-8:])
        return "" if seen else f"seed {seed}: no planted difference was seen"
    planted = campaign.plant(program)
    if planted is None:
        return f"seed {seed}: no planted difference was seen"
    if arguments.shrink:
        items = campaign.shrunk(program, planted)
        count = sum(item.instructions() for item in items)
        print(f"seed {seed}: {sum(item.instructions() for item in program.items)} instructions shrunk to {count}")
        if count > SHRUNK_MOST or planted not in items:
            return f"seed {seed}: at most {SHRUNK_MOST} were expected, with the changed one among them"
    return ""


def main():
    arguments = parse()
    if missing := missing_tool(arguments):
        print(missing + "; skipped")
        return 77
    kind = Privileged if arguments.kind == "privileged" else Plain
    differences = 0
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign(kind, machines.Visoc(arguments.visoc, arguments.set), folder)
        for seed in range(arguments.first_seed, arguments.first_seed + arguments.programs):
            program = kind.program(seed, arguments.instructions)
            try:
                if arguments.plant_difference:
                    difference = run_planted(campaign, program, seed, arguments)
                    print(difference or f"seed {seed}: the planted difference was seen")
                    differences += difference != ""
                    continue
                difference = campaign.lockstep(program, program.items, arguments.engines.split(",")) if arguments.lockstep else campaign.compare(program, program.items)
            except RuntimeError as error:
                print(f"seed {seed}: {error}\n  kept as {campaign.keep(program, program.items, arguments.keep, f'seed_{seed}.S')}")
                return 1
            if difference is None:
                continue
            differences += 1
            if arguments.lockstep:
                print(f"seed {seed}: {difference}\n  kept as {campaign.keep(program, program.items, arguments.keep, f'seed_{seed}.S')}", flush=True)
            else:
                campaign.report(seed, program, difference, arguments)
    print(f"{arguments.programs} {arguments.kind} programs, {campaign.retired} instructions retired, at least {campaign.random_retired} of them random: {differences} differ")
    for (writer, cause), count in sorted(campaign.causes.items()):
        print(f"  {count} traps to {writer} mode: {'interrupt ' if cause >> 63 else 'cause '}{cause & 63}")
    if not arguments.plant_difference and not differences and campaign.random_retired < arguments.least_retired:
        print(f"at least {arguments.least_retired} random instructions were asked for")
        return 1
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
