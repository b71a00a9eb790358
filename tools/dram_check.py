#!/usr/bin/env python3
"""Checks a DRAM command trace against the device's table: dram_check.py TRACE.csv [--device NAME] [--set tRCD=17 ...] [--no-refresh].

Reads devices/<name>.json and the trace, nothing else: what the models think of a timing plays no part. The trace has the lines
`cycle,command,channel,rank,bank_group,bank,row,column`, sorted by time, under a line `# device=<name> tCK_ps=<n>`.
Exit code 0: legal; 1: violations, each with its rule and both lines; 2: not a trace. Counts the checks of every rule, so that nothing
wrong can be told from nothing looked at.
SPDX-License-Identifier: Apache-2.0
"""
import argparse
import collections
import csv
import json
import pathlib
import sys

DEVICES = pathlib.Path(__file__).resolve().parents[1] / "ip/dram_controller/devices"
MOST_SHOWN = 20
REFRESHES_LATE = 9  # Intervals between two refreshes: JEDEC lets eight be postponed.
COLUMNS = ("RD", "WR")
PRECHARGES = ("PRE", "PREA")


class Timing:
    """Cycles by name; 0 for what the table does not have."""

    def __init__(self, name, overrides):
        table = json.loads((DEVICES / f"{name}.json").read_text(encoding="utf-8"))
        self.values = {key: entry["value"] for key, entry in table["timing"].items()}
        geometry = {key: entry["value"] for key, entry in table["geometry"].items()}
        self.values.update(overrides)
        self.values["CL"] = self.values["tCL"] + self.values.get("tDQSCK", 0)
        self.values.setdefault("tRPab", self.values["tRP"])
        self.burst = geometry["burst_length"] // geometry.get("transfers_per_clock", 2)
        self.banks = geometry["bank_groups"] * geometry["banks_per_group"]

    def __getattr__(self, name):
        return self.values.get(name, 0)


class Line(collections.namedtuple("Line", "number cycle command channel rank group bank row")):
    def __str__(self):
        place = ".".join(str(part) for part in (self.channel, self.rank, self.group, self.bank) if part is not None)
        return f"line {self.number} ({self.command} {place} at {self.cycle})"


class Bank:
    def __init__(self):
        self.row, self.act, self.closed, self.refreshed = None, None, None, None
        self.read, self.write = None, None  # Last of each since the row was opened.


class Rank:
    def __init__(self, banks):
        self.banks = collections.defaultdict(Bank)
        self.count = banks
        self.acts, self.pre, self.refresh, self.refresh_bank = [], None, None, None
        self.power_down, self.power_up, self.sleep, self.awake = None, None, None, None
        self.refreshed_at = 0


class Checker:
    def __init__(self, timing, refresh):
        self.t, self.refresh = timing, refresh
        self.checks, self.violations = collections.Counter(), []
        self.ranks = {}
        self.columns = collections.defaultdict(list)  # By channel, newest last.
        self.last = None

    def fail(self, rule, early, late, needed=None):
        text = f"{rule}: {late}" + (f" after {early}" if early else "") + (f", {needed} cycles needed" if needed is not None else "")
        self.violations.append((rule, text))

    def apart(self, rule, early, late, cycles):
        """`late` comes at least so many cycles after `early`, which may be None: it has not happened."""
        if early is None or cycles == 0:
            return
        self.checks[rule] += 1
        if late.cycle - early.cycle < cycles:
            self.fail(rule, early, late, cycles)

    def state(self, rule, good, line):
        self.checks[rule] += 1
        if not good:
            self.fail(rule, None, line)

    def feed(self, line):
        if self.last is not None:
            self.state("sorted by time", line.cycle >= self.last.cycle, line)
        self.last = line
        rank = self.ranks.setdefault((line.channel, line.rank), Rank(self.t.banks))
        self.awake(rank, line)
        getattr(self, {"RD": "column", "WR": "column", "PRE": "precharge", "PREA": "precharge"}.get(line.command, line.command.lower()))(rank, line)

    def awake(self, rank, line):
        if line.command not in ("PDX", "SRX"):
            self.state("asleep", rank.power_down is None and rank.sleep is None, line)
        self.apart("tXP", rank.power_up, line, self.t.tXP)
        self.apart("tXS", rank.awake, line, self.t.tXS)

    def closing(self, bank):
        return ("tRPab", self.t.tRPab) if bank.closed is not None and bank.closed.command == "PREA" else ("tRP", self.t.tRP)

    def act(self, rank, line):
        t, bank = self.t, rank.banks[(line.group, line.bank)]
        self.state("ACT on a closed bank", bank.row is None, line)
        self.apart("tRC", bank.act, line, t.tRC)
        self.apart(self.closing(bank)[0], bank.closed, line, self.closing(bank)[1])
        self.apart("tRFC", rank.refresh, line, t.tRFC)
        self.apart("tRFCpb", bank.refreshed, line, t.tRFCpb)
        for other in rank.acts[-4:]:
            same = other.group == line.group
            self.apart("tRRD_L" if same else "tRRD_S", other, line, t.tRRD_L if same else t.tRRD_S)
        if len(rank.acts) >= 4:
            self.apart("tFAW", rank.acts[-4], line, t.tFAW)
        rank.acts = rank.acts[-3:] + [line]
        bank.row, bank.act, bank.read, bank.write = line.row, line, None, None

    def column(self, rank, line):
        t, bank, write = self.t, rank.banks[(line.group, line.bank)], line.command == "WR"
        self.state("column of the open row", bank.row is not None and bank.row == line.row, line)
        self.apart("tRCD", bank.act, line, t.tRCD)
        begins = line.cycle + (t.tCWL if write else t.CL)
        for other in reversed(self.columns[line.channel]):
            other_write = other.command == "WR"
            ends = other.cycle + (t.tCWL if other_write else t.CL) + t.burst
            same_rank, same_group = other.rank == line.rank, other.rank == line.rank and other.group == line.group
            if not same_rank:
                rule, good = "tCS", begins >= ends + t.tCS
            elif write == other_write:
                rule = "tCCD_L" if same_group else "tCCD_S"
                good = line.cycle >= other.cycle + (t.tCCD_L if same_group else t.tCCD_S)
            elif write:
                rule, good = "tRTW", begins >= ends + t.tRTW
            else:
                rule = "tWTR_L" if same_group else "tWTR_S"
                good = line.cycle >= ends + (t.tWTR_L if same_group else t.tWTR_S)
            for name, right in ((rule, good), ("data bus", begins >= ends or ends - t.burst >= begins + t.burst)):
                self.checks[name] += 1
                if not right:
                    self.fail(name, other, line)
        self.columns[line.channel] = self.columns[line.channel][-7:] + [line]
        if write:
            bank.write = line
        else:
            bank.read = line

    def close(self, bank, line):
        t = self.t
        if bank.row is None:
            return
        self.apart("tRAS", bank.act, line, t.tRAS)
        self.apart("tRTP", bank.read, line, t.tRTP)
        self.apart("tWR", bank.write, line, t.tCWL + t.burst + t.tWR)
        bank.closed = line
        bank.row = bank.read = bank.write = None

    def precharge(self, rank, line):
        self.apart("tPPD", rank.pre, line, self.t.tPPD)
        rank.pre = line
        for bank in [rank.banks[(line.group, line.bank)]] if line.command == "PRE" else rank.banks.values():
            self.close(bank, line)

    def refresh_interval(self, rank, line, most):
        if self.refresh:
            self.state("refresh interval", line.cycle - rank.refreshed_at <= most, line)
        rank.refreshed_at = line.cycle

    def ref(self, rank, line):
        t = self.t
        self.state("REF with all banks closed", all(bank.row is None for bank in rank.banks.values()), line)
        for bank in rank.banks.values():
            self.apart("tRP before REF", bank.closed, line, self.closing(bank)[1])
        self.apart("tRFC", rank.refresh, line, t.tRFC)
        self.refresh_interval(rank, line, REFRESHES_LATE * t.tREFI)
        rank.refresh = line

    def refpb(self, rank, line):
        t, bank = self.t, rank.banks[(line.group, line.bank)]
        self.state("REFPB on a closed bank", bank.row is None, line)
        self.apart("tRP before REF", bank.closed, line, t.tRP)
        self.apart("tRFCpb", bank.refreshed, line, t.tRFCpb)
        self.apart("tPBR", rank.refresh_bank, line, t.tPBR)
        self.refresh_interval(rank, line, REFRESHES_LATE * t.tREFI // t.banks)
        rank.refresh_bank = bank.refreshed = line

    def pde(self, rank, line):
        rank.power_down = line

    def pdx(self, rank, line):
        self.state("PDX in power-down", rank.power_down is not None, line)
        self.apart("tCKE", rank.power_down, line, self.t.tCKE)
        rank.power_down, rank.power_up = None, line

    def sre(self, rank, line):
        self.state("SRE with all banks closed", all(bank.row is None for bank in rank.banks.values()), line)
        for bank in rank.banks.values():
            self.apart("tRP before SRE", bank.closed, line, self.t.tRP)
        rank.sleep = line

    def srx(self, rank, line):
        self.state("SRX in self refresh", rank.sleep is not None, line)
        self.apart("tCKESR", rank.sleep, line, self.t.tCKESR)
        rank.sleep, rank.awake, rank.refreshed_at = None, line, line.cycle


def read_trace(path):
    """The device's name and the lines; ValueError for what is not a trace."""
    with open(path, encoding="utf-8") as file:
        head = file.readline()
        names = dict(part.split("=", 1) for part in head.lstrip("# ").split() if "=" in part)
        rows = csv.DictReader(file)
        lines = []
        for number, row in enumerate(rows, 3):
            value = lambda key: int(row[key]) if row[key] not in ("", None) else None
            if row["command"] not in COLUMNS + PRECHARGES + ("ACT", "REF", "REFPB", "PDE", "PDX", "SRE", "SRX"):
                raise ValueError(f"line {number}: no such command: {row['command']}")
            lines.append(Line(number, int(row["cycle"]), row["command"], int(row["channel"]), int(row["rank"]), value("bank_group"), value("bank"),
                              value("row")))
    return names.get("device"), lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trace")
    parser.add_argument("--device", help="table; otherwise the trace's first line names it")
    parser.add_argument("--set", action="append", default=[], metavar="TIMING=CYCLES")
    parser.add_argument("--no-refresh", action="store_true", help="refreshes need not come")
    parser.add_argument("--quiet", action="store_true", help="no counts of checks")
    arguments = parser.parse_args()
    try:
        device, lines = read_trace(arguments.trace)
        overrides = {name: int(value) for name, value in (item.split("=", 1) for item in arguments.set)}
        checker = Checker(Timing(arguments.device or device, overrides), not arguments.no_refresh)
        for line in lines:
            checker.feed(line)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{arguments.trace}: {error!r}", file=sys.stderr)
        return 2
    if not arguments.quiet:
        for rule, count in sorted(checker.checks.items()):
            print(f"{rule:<28}{count:>12} checks")
    for _, text in checker.violations[:MOST_SHOWN]:
        print(text)
    print(f"{len(lines)} commands, {sum(checker.checks.values())} checks, {len(checker.violations)} violations")
    return 1 if checker.violations else 0


if __name__ == "__main__":
    sys.exit(main())
