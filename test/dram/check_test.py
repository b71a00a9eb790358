#!/usr/bin/env python3
"""tools/dram_check.py against traces by hand: each rule broken by one cycle, or by one command, and kept. Then the commands of both timed
implementations, on every device and with every policy, which have to be legal: check_test.py VISOC [--devices A,B].

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKER = [sys.executable, str(ROOT / "tools/dram_check.py")]
HEAD = "# device=ddr4_2400 tCK_ps=833\ncycle,command,channel,rank,bank_group,bank,row,column\n"
# ddr4_2400: CL 16, CWL 12, burst 4, tRCD 16, tRP 16, tRAS 39, tRC 55, tCCD 4 and 6, tRRD 4 and 6, tFAW 26, tWTR 3 and 9, tRTW 2, tRTP 9,
# tWR 18, tRFC 433, tREFI 9364. What that device does not have is set:
SETTINGS = {"tCS": 2, "tPPD": 4, "tRFCpb": 200, "tPBR": 100, "tXP": 8, "tCKE": 6, "tXS": 440, "tCKESR": 7}


def line(cycle, command, place="", row=""):
    """`place` is "group bank" or "rank group bank"."""
    parts = place.split()
    rank = parts[0] if len(parts) == 3 else "0"
    group, bank = parts[-2:] if parts else ("", "")
    return f"{cycle},{command},0,{rank},{group},{bank},{row},{0 if command in ('RD', 'WR') else ''}\n"


def act(cycle, place="0 0", row=1):
    return line(cycle, "ACT", place, row)


def two_open(second):
    return [act(0), act(6, second)]


FOUR = [act(4 * group, f"{group} 0") for group in range(4)]
# Rule; commands before; the command, by cycle; first cycle at which it is legal; settings besides.
EDGES = [
    ("tRCD", [act(0)], lambda c: line(c, "RD", "0 0", 1), 16, {}),
    ("tRP", [act(0), line(45, "PRE", "0 0")], act, 45 + 16, {}),
    ("tRPab", [act(0), line(45, "PREA")], act, 45 + 20, {"tRPab": 20}),
    ("tRAS", [act(0)], lambda c: line(c, "PRE", "0 0"), 39, {}),
    ("tRC", [act(0), line(39, "PRE", "0 0")], act, 60, {"tRC": 60}),
    ("tRRD_S", [act(0)], lambda c: act(c, "1 0"), 4, {}),
    ("tRRD_L", [act(0)], lambda c: act(c, "0 1"), 6, {}),
    ("tFAW", FOUR, lambda c: act(c, "0 1"), 26, {}),
    ("tCCD_S", two_open("1 0") + [line(30, "RD", "0 0", 1)], lambda c: line(c, "RD", "1 0", 1), 36, {"tCCD_S": 6}),
    ("tCCD_L", two_open("0 1") + [line(30, "WR", "0 0", 1)], lambda c: line(c, "WR", "0 1", 1), 36, {}),
    ("data bus", two_open("1 0") + [line(30, "RD", "0 0", 1)], lambda c: line(c, "RD", "1 0", 1), 34, {"tCCD_S": 1}),
    ("tWTR_S", two_open("1 0") + [line(30, "WR", "0 0", 1)], lambda c: line(c, "RD", "1 0", 1), 30 + 12 + 4 + 3, {}),
    ("tWTR_L", two_open("0 1") + [line(30, "WR", "0 0", 1)], lambda c: line(c, "RD", "0 1", 1), 30 + 12 + 4 + 9, {}),
    ("tRTW", [act(0), line(30, "RD", "0 0", 1)], lambda c: line(c, "WR", "0 0", 1), 30 + 16 + 4 + 2 - 12, {}),
    ("tCS", [act(0), act(6, "1 0 0"), line(30, "RD", "0 0", 1)], lambda c: line(c, "RD", "1 0 0", 1), 30 + 4 + 2, {}),
    ("tRTP", [act(0), line(34, "RD", "0 0", 1)], lambda c: line(c, "PRE", "0 0"), 34 + 9, {}),
    ("tWR", [act(0), line(20, "WR", "0 0", 1)], lambda c: line(c, "PRE", "0 0"), 20 + 12 + 4 + 18, {}),
    ("tPPD", two_open("1 0") + [line(60, "PRE", "0 0")], lambda c: line(c, "PRE", "1 0"), 64, {}),
    ("tRFC", [line(100, "REF")], act, 100 + 433, {}),
    ("tRP before REF", [act(0), line(45, "PRE", "0 0")], lambda c: line(c, "REF"), 45 + 16, {}),
    ("tRFCpb", [line(100, "REFPB", "0 0")], act, 300, {}),
    ("tPBR", [line(100, "REFPB", "0 0")], lambda c: line(c, "REFPB", "0 1"), 200, {}),
    ("tXP", [line(100, "PDE"), line(120, "PDX")], act, 128, {}),
    ("tCKE", [line(100, "PDE")], lambda c: line(c, "PDX"), 106, {}),
    ("tXS", [line(100, "SRE"), line(120, "SRX")], act, 560, {}),
    ("tCKESR", [line(100, "SRE")], lambda c: line(c, "SRX"), 107, {}),
    ("tRP before SRE", [act(0), line(45, "PRE", "0 0")], lambda c: line(c, "SRE"), 61, {}),
]
# Rule; commands that break it; the same put right.
STATES = [
    ("ACT on a closed bank", [act(0), act(100)], [act(0), line(50, "PRE", "0 0"), act(100)]),
    ("column of the open row", [act(0), line(30, "RD", "0 0", 2)], [act(0, row=2), line(30, "RD", "0 0", 2)]),
    ("column of the open row", [line(30, "WR", "0 0", 2)], [act(0, row=2), line(30, "WR", "0 0", 2)]),
    ("REF with all banks closed", [act(0), line(100, "REF")], [act(0), line(50, "PREA"), line(100, "REF")]),
    ("REFPB on a closed bank", [act(0), line(100, "REFPB", "0 0")], [act(0), line(100, "REFPB", "0 1")]),
    ("SRE with all banks closed", [act(0), line(100, "SRE")], [act(0), line(50, "PREA"), line(100, "SRE")]),
    ("refresh interval", [line(9364, "REF"), line(10 * 9364 + 1, "REF")], [line(9364, "REF"), line(10 * 9364, "REF")]),
    ("asleep", [line(10, "PDE"), act(100)], [line(10, "PDE"), line(50, "PDX"), act(100)]),
    ("PDX in power-down", [line(10, "PDX")], [line(1, "PDE"), line(10, "PDX")]),
    ("SRX in self refresh", [line(10, "SRX")], [line(1, "SRE"), line(10, "SRX")]),
    ("sorted by time", [act(100), act(50, "1 0 0")], [act(50, "1 0 0"), act(100)]),
]


def check(path, settings, *options):
    sets = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    done = subprocess.run([*CHECKER, str(path), *sets, *options], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def seeded(folder):
    """Violations by hand."""
    wrong, cases = [], 0
    path = folder / "trace.csv"

    def expect(rule, commands, settings, legal):
        nonlocal cases
        cases += 1
        path.write_text(HEAD + "".join(commands), encoding="ascii")
        code, output = check(path, {**SETTINGS, **settings}, "--quiet")
        found = {text.split(":")[0] for text in output.splitlines() if ": line " in text}
        if (code, found) != ((0, set()) if legal else (1, {rule})):
            wrong.append(f"{rule}, {'kept' if legal else 'broken'}: exit code {code}, {output}")

    for rule, before, command, edge, settings in EDGES:
        expect(rule, [*before, command(edge - 1)], settings, False)
        expect(rule, [*before, command(edge)], settings, True)
    for rule, broken, kept in STATES:
        expect(rule, broken, {}, False)
        expect(rule, kept, {}, True)
    for text in ("", "nonsense\n", HEAD + "1,JUMP,0,0,,,,\n", HEAD + "x,ACT,0,0,0,0,1,\n", HEAD.replace("ddr4_2400", "ddr9") + act(0)):
        path.write_text(text, encoding="ascii")
        code, output = check(path, {}, "--quiet")
        if code != 2 and text != "":
            wrong.append(f"exit code {code} for {text!r}: {output}")
    print(f"{len(EDGES) + len(STATES)} violations, {cases} traces by hand")
    return wrong


def requests(seed, count):
    """Bursts of sequential and of random addresses, few rows and many, reads and writes, with pauses."""
    rng = random.Random(seed)
    lines, cycle = [], 0
    while len(lines) < count:
        cycle += rng.choice([0, 1, 5, 40, 700])
        base, step, write = rng.randrange(1 << 22) * 64, rng.choice([64, 256, 4096, 1 << 17]), rng.random() < 0.4
        for i in range(rng.randrange(1, 12)):
            lines.append(f"{cycle} {'W' if write else 'R'} {(base + i * step) % (1 << 28):x}\n")
            cycle += rng.randrange(3)
    return "".join(lines)


def implementations(visoc, devices, folder):
    """Everything that visoc issues is legal."""
    wrong, runs = [], 0
    for device in devices:
        path, commands = folder / "requests.txt", folder / "commands.csv"
        path.write_text(requests(device, 1500), encoding="ascii")
        policies = [("page=open",), ("page=closed",), ("page=adaptive", "page_timeout=60"), ("refresh=per_bank",), ("refresh=none",)]
        cycle_only = [("refresh_postpone=4",), ("scheduling=fcfs",), ("power_down_after=50",), ("self_refresh_after=600", "power_down_after=100"),
                      ("page=closed", "power_down_after=30")]
        for impl, policy in [(impl, policy) for impl in ("banked", "cycle") for policy in policies + (cycle_only if impl == "cycle" else [])]:
            for outstanding in ((), ("--outstanding", "16")):
                sets = [word for item in policy for word in ("--set", item)]
                done = subprocess.run([visoc, "dram", str(path), "--device", device, "--impl", impl, "--trace-commands", str(commands), *sets, *outstanding],
                                      capture_output=True, text=True, check=False, timeout=60)
                if done.returncode == 2 and "tRFCpb" in done.stderr and policy == ("refresh=per_bank",):
                    continue  # The device has none.
                runs += 1
                code, output = check(commands, {}, "--quiet", *(["--no-refresh"] if "refresh=none" in policy else []))
                if done.returncode != 0 or code != 0:
                    wrong.append(f"{device} {impl} {policy} {outstanding}: visoc {done.returncode} {done.stderr}\n{output}")
    print(f"{runs} runs of {len(devices)} devices")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("visoc")
    parser.add_argument("--devices", help="with commas between; otherwise all")
    arguments = parser.parse_args()
    devices = arguments.devices.split(",") if arguments.devices else sorted(p.stem for p in (ROOT / "ip/dram_controller/devices").glob("*.json"))
    with tempfile.TemporaryDirectory() as name:
        wrong = seeded(pathlib.Path(name)) + implementations(arguments.visoc, devices, pathlib.Path(name))
    for text in wrong[:10]:
        print(text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
