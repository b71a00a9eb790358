#!/usr/bin/env python3
"""Hits and misses of our caches equal those that valgrind's cachegrind counts for the same program: cachegrind_test.py --program P --visoc V.

lackey records the program's addresses, `visoc cache` runs them, cachegrind runs the program itself. Cachegrind's caches are LRU and fill on writes;
an access in two lines counts once, and goes on whole if one of them misses. Skipped, with a message, where there is no valgrind.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import json
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
# I1, D1, LL as size,ways,line.
GEOMETRIES = (
    ("32768,8,64", "32768,8,64", "1048576,16,64"),
    ("4096,1,64", "4096,1,64", "32768,1,64"),
    ("1024,2,32", "2048,4,32", "16384,4,64"),
    ("512,1,64", "8192,2,64", "65536,8,128"),
    ("2048,32,64", "4096,64,64", "24576,3,64"),
    ("256,4,32", "1024,16,32", "4096,8,32"),
    ("16384,4,64", "3072,3,64", "131072,4,64"),
    ("1024,4,128", "2048,2,128", "65536,4,128"),
)
EVENTS = "Ir I1mr ILmr Dr D1mr DLmr Dw D1mw DLmw"


def valgrind(*arguments):
    """Without the host's environment: nothing of it may move an address."""
    return ["setarch", platform.machine(), "-R", "env", "-i", "PATH=/usr/bin:/bin", "valgrind", *arguments]


def ours(visoc, trace, geometry):
    instructions, data, last = geometry
    text = subprocess.run([visoc, "cache", trace, "--instructions", instructions, "--data", data, "--last", last, "--json"], check=True, capture_output=True).stdout
    levels = json.loads(text)
    first = [levels["instructions"]["fetch_accesses"], levels["instructions"]["fetch_misses"], levels["last"]["fetch_misses"]]
    for use in ("read", "write"):
        first += [levels["data"][f"{use}_accesses"], levels["data"][f"{use}_misses"], levels["last"][f"{use}_misses"]]
    return first


def theirs(program, folder, geometry):
    out = folder / "cachegrind.out"
    options = [f"--{level}={text}" for level, text in zip(("I1", "D1", "LL"), geometry)]
    subprocess.run(valgrind("--tool=cachegrind", "--cache-sim=yes", *options, f"--cachegrind-out-file={out}", program), check=True, capture_output=True)
    text = out.read_text()
    events = re.search(r"^events: (.*)$", text, re.M).group(1).strip()
    if events != EVENTS:
        raise SystemExit(f"cachegrind counts other events: {events}")
    return [int(word) for word in re.search(r"^summary: (.*)$", text, re.M).group(1).split()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--visoc", required=True)
    arguments = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("skipped: valgrind is not installed (Debian package valgrind)")
        return SKIPPED
    program = str(pathlib.Path(arguments.program).resolve())
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        trace = folder / "trace"
        subprocess.run(valgrind("--tool=lackey", "--trace-mem=yes", f"--log-file={trace}", program), check=True, capture_output=True)
        straddling = sum(1 for line in trace.open() if line[:2] in (" L", " S") and int(line[3:].split(",")[0], 16) % 64 + int(line.split(",")[1]) > 64)
        if straddling < 500:
            print(f"only {straddling} accesses in two lines: the program does not test them")
            wrong += 1
        print(f"{'I1, D1, LL':46} " + " ".join(f"{event:>8}" for event in EVENTS.split()))
        for geometry in GEOMETRIES:
            mine, reference = ours(arguments.visoc, str(trace), geometry), theirs(program, folder, geometry)
            print(f"{' '.join(geometry):46} " + " ".join(f"{count:8}" for count in reference))
            if mine != reference:
                wrong += 1
                print(f"{'  visoc counts':46} " + " ".join(f"{count:8}" for count in mine))
    print(f"{len(GEOMETRIES)} geometries, {wrong} with differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
