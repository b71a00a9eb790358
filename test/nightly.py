#!/usr/bin/env python3
"""Long campaigns: nightly.py BUILD_FOLDER [--programs N] [--first-seed N]. Programs that differ are kept in out/nightly.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--programs", type=int, default=5000)
    parser.add_argument("--first-seed", type=int, default=int(time.time()), help="default: the time, so that every night is another")
    parser.add_argument("--instructions", type=int, default=3000)
    arguments = parser.parse_args()
    print(f"{arguments.programs} random programs from seed {arguments.first_seed} on", flush=True)
    return subprocess.run([sys.executable, str(ROOT / "test/random_programs/against_qemu.py"), "--visoc", str(pathlib.Path(arguments.build) / "visoc"), "--first-seed",
                           str(arguments.first_seed), "--programs", str(arguments.programs), "--instructions", str(arguments.instructions), "--keep",
                           str(ROOT / "out/nightly")], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
