#!/usr/bin/env python3
"""All conformance programs, then long campaigns of random ones: nightly.py BUILD_FOLDER [--programs N] [--privileged N] [--lockstep N]
[--first-seed N]. Random programs that differ are kept in out/nightly, with a version of few instructions.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
LEAST_PER_PROGRAM = 5000  # Instructions that a privileged program retires in its random part, on average, at least.


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--programs", type=int, default=5000, help="plain ones against QEMU")
    parser.add_argument("--privileged", type=int, default=1000, help="privileged ones against QEMU")
    parser.add_argument("--lockstep", type=int, default=200, help="of each kind, on two implementations of the hart")
    parser.add_argument("--first-seed", type=int, default=int(time.time()), help="default: the time, so that every night is another")
    parser.add_argument("--instructions", type=int, default=3000)
    arguments = parser.parse_args()
    os.environ.setdefault("VISOC_CHECK_PROTOCOL", "1")  # As CMake does for its tests.
    size = ["--instructions", str(arguments.instructions)]
    lockstep = ["--lockstep", "--set", "cpu0.translate_after=1"]
    campaigns = [
        ("plain, against QEMU", arguments.programs, size),
        ("plain, impl jit against QEMU", arguments.programs // 5, size + ["--set", "cpu0.impl=jit"]),
        ("privileged, against QEMU", arguments.privileged, ["--kind", "privileged", *size, "--least-retired", str(LEAST_PER_PROGRAM * arguments.privileged)]),
        ("privileged, impl jit against QEMU", arguments.privileged // 5, ["--kind", "privileged", *size, "--set", "cpu0.impl=jit"]),
        ("plain, interp and jit", arguments.lockstep, lockstep + size),
        ("privileged, interp and jit", arguments.lockstep, lockstep + size + ["--kind", "privileged"]),
    ]
    visoc = str(pathlib.Path(arguments.build) / "visoc")
    worst = 0
    for sets in (["cpu0.impl=interp"], ["cpu0.impl=jit"], ["cpu0.impl=jit", "cpu0.translate_after=1"]):
        print("all conformance programs:", *sets, flush=True)
        options = [word for setting in sets for word in ("--set", setting)]
        code = subprocess.run([sys.executable, str(ROOT / "test/rv64_conformance/conformance.py"), "--visoc", visoc, "--all", *options],
                              check=False).returncode
        worst = max(worst, code if code != 77 else 0)
    for title, programs, options in campaigns:
        if programs == 0:
            continue
        print(f"{programs} random programs from seed {arguments.first_seed} on: {title}", flush=True)
        shrink = [] if "--lockstep" in options else ["--shrink"]
        code = subprocess.run([sys.executable, str(ROOT / "test/random_programs/against_qemu.py"), "--visoc", visoc,
                               "--first-seed", str(arguments.first_seed), "--programs", str(programs), "--keep", str(ROOT / "out/nightly"), *options, *shrink],
                              check=False).returncode
        worst = max(worst, code if code != 77 else 0)
    return worst


if __name__ == "__main__":
    sys.exit(main())
