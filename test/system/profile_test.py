#!/usr/bin/env python3
"""profile_test.py --build FOLDER --visoc BINARY: --trace-symbols against the commit log, binutils' symbols and result.json. 77: no binutils.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import bisect
import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile


class Failure(Exception):
    pass


def expect(condition, text):
    if not condition:
        raise Failure(text)


def run(visoc, elf, out, *arguments):
    done = subprocess.run([visoc, "run", str(elf), "--out", str(out), "--quiet", "--no-report", *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=100)
    expect(done.returncode == 0, f"{elf}: exit code {done.returncode}: {done.stderr.decode(errors='replace')}")
    return json.loads((out / "result.json").read_text(encoding="utf-8"))


def flat(text):
    """{function: (self, inclusive, calls)}; static functions of one name are added up."""
    rows = {}
    for *numbers, name in re.findall(r"^ *(\d+) +[\d.]+ +(\d+) +[\d.]+ +(\d+)  (.+)$", text, re.MULTILINE):
        rows[name] = tuple(int(number) + before for number, before in zip(numbers, rows.get(name, (0, 0, 0))))
    return rows


def folded(path):
    return {stack: int(count) for stack, count in (line.rsplit(" ", 1) for line in path.read_text(encoding="utf-8").splitlines())}


def from_commit_log(log, elf):
    """Instructions of each sized function, from the addresses in the log and nm's table."""
    symbols = []
    for line in subprocess.run(["riscv64-unknown-elf-nm", "-S", str(elf)], check=True, capture_output=True, text=True).stdout.splitlines():
        parts = line.split()
        if len(parts) == 4 and parts[2] in "tT":
            symbols.append((int(parts[0], 16), int(parts[1], 16), parts[3]))
    symbols.sort()
    starts = [symbol[0] for symbol in symbols]
    own = collections.Counter()
    with log.open(encoding="ascii") as lines:
        for line in lines:
            pc = int(line.split()[3], 16)
            at = bisect.bisect_right(starts, pc) - 1
            if at >= 0 and pc < symbols[at][0] + symbols[at][1]:
                own[symbols[at][2]] += 1
    return own


def check(arguments, folder):
    firmware = pathlib.Path(arguments.build) / "firmware"
    for app in ("hello", "selftest"):
        elf, profile, log = firmware / f"{app}.elf", folder / f"{app}.txt", folder / f"{app}.log"
        result = run(arguments.visoc, elf, folder / app, "--trace-symbols", profile)
        text = profile.read_text(encoding="utf-8")
        rows, stacks = flat(text), folded(folder / f"{app}.txt.folded")
        total = result["instructions"]
        expect(text.startswith(f"{total} instructions retired: hart0 {total}\n"), text.splitlines()[0])
        expect(sum(row[0] for row in rows.values()) == total, f"{app}: own instructions add up to {sum(row[0] for row in rows.values())}, not {total}")
        expect(sum(stacks.values()) == total, f"{app}: the folded stacks add up to {sum(stacks.values())}, not {total}")

        expect(run(arguments.visoc, elf, folder / f"{app}_plain") == result, f"{app}: profiling changes the result")
        run(arguments.visoc, elf, folder / f"{app}_log", "--commit-log", log)
        own = from_commit_log(log, elf)
        expect(len(own) > 5, f"{app}: the log has {len(own)} functions")
        for name, count in own.items():
            expect(name in rows and rows[name][0] == count, f"{app}: {name}: the log has {count} instructions, the profile {rows.get(name)}")

        expect(rows["runtime_start"][1] > 0.99 * total, f"{app}: runtime_start has {rows['runtime_start']} of {total}")
        share = rows["main"][1] / total
        expect(rows["main"][2] == 1 and (share > 0.9 if app == "selftest" else 0.01 < share < 0.5), f"{app}: main has {rows['main']} of {total}")
        paths = [stack for stack in stacks if ";main;" in stack]
        expect(paths and all(stack.startswith("hart0;_start;runtime_start;main;") for stack in paths), f"{app}: main is called from elsewhere: {paths[:3]}")
    expect(any(";trap:" in stack for stack in stacks), "selftest's traps are no frames")

    again = folder / "again.txt"
    run(arguments.visoc, elf, folder / "again", "--trace-symbols", again)
    expect(again.read_bytes() == profile.read_bytes(), "two profiles of one run differ")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--visoc", required=True)
    arguments = parser.parse_args()
    if shutil.which("riscv64-unknown-elf-nm") is None:
        print("riscv64-unknown-elf-nm is not installed; skipped")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        try:
            check(arguments, pathlib.Path(folder))
        except Failure as failure:
            print(f"FAILED: {failure}")
            return 1
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
