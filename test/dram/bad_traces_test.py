#!/usr/bin/env python3
"""bad_traces_test.py VISOC: what `visoc dram` answers to wrong traces and settings, and that damaged traces never end it by a signal.

SPDX-License-Identifier: Apache-2.0
"""
import pathlib
import random
import re
import subprocess
import sys
import tempfile

TRACES = {  # Text, and what the answer says of it.
    "empty": ("", "has no requests"), "comments": ("# nothing\n\n", "has no requests"), "no address": ("R\n", "line 1.*no address"),
    "direction": ("R 0\nX 40\n", "line 2.*R, W"), "address": ("R 0x4g\n", "line 1.*hexadecimal"), "far": ("R fffffffffffff\n", "2\\^48"),
    "bytes": ("W 0 0\n", "line 1.*1 to 1048576"), "long": ("R 0 99999999\n", "1 to 1048576"), "rest": ("R 0 64 7\n", "behind its end"),
    "backwards": ("9 R 0\n8 R 0\n", "line 2.*before the line above"), "time": ("99999999999999999999 R 0\n", "line 1"),
    "fraction": ("1.2345ns R 0\n", "line 1"), "negative": ("-1 R 0\n", "line 1"), "zero byte": ("R 0\0\n", "line 1"), "binary": ("\xff\xfe\x00", "line 1")}
SETTINGS = {("--set", "tRCDD=17"): "did you mean \"tRCD\"", ("--set", "tRCD=x"): "whole number", ("--set", "tRCD=0"): "tRCD",
            ("--set", "page=ajar"): "open, closed, adaptive", ("--set", "write_high=40"): "write_queue", ("--set", "frontend_latency=10"): "time",
            ("--set", "refresh_postpone=9"): "0 to 8", ("--map", "bank:2"): "bank_group", ("--map", "tree:3"): "field", ("--device", "ddr9"): "valid",
            ("--set", "tRAS=1000000"): "tRC"}


def main():
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "trace"

        def run(*more):
            done = subprocess.run([sys.argv[1], "dram", str(path), "--impl", "cycle", *more], capture_output=True, timeout=20)
            return done.returncode, (done.stdout + done.stderr).decode(errors="replace")

        def case(name, says, *more):
            code, text = run(*more)
            if code != 2 or not re.search(says, text):
                failures.append(f"{name}: exit code {code}: {text[:200]}")

        for name, (text, says) in TRACES.items():
            path.write_bytes(text.encode("latin-1"))
            case(name, says)
        path.write_text("X\n" * 50, encoding="utf-8")
        if run()[1].count("line ") != 10:
            failures.append("fifty problems: the first ten were expected")
        path.write_text("R 0\n", encoding="utf-8")
        for setting, says in SETTINGS.items():
            case(" ".join(setting), says, *setting)
        draw = random.Random(3)
        good = "".join(f"{8 * n} {'RW'[n % 3 == 0]} {draw.randrange(1 << 30):x} {draw.choice((64, 8, 200))}\n" for n in range(200)).encode()
        for _ in range(150):
            bad = bytearray(good)
            for _ in range(draw.randrange(1, 4)):
                at = draw.randrange(len(bad))
                bad[at:at + draw.randrange(3)] = bytes(draw.randrange(256) for _ in range(draw.randrange(3)))
            path.write_bytes(bad)
            code, text = run("--outstanding", "8") if draw.randrange(2) else run()
            if code not in (0, 2):
                failures.append(f"damaged trace: exit code {code}: {text[:200]}\n{bytes(bad)!r}")
    print("\n".join(failures) or f"{len(TRACES) + len(SETTINGS)} cases and 150 damaged traces answered")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
