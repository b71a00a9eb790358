#!/usr/bin/env python3
"""How far the loosely timed DRAM controller is from the cycle-scheduled one: dram_accuracy.py VISOC [--device NAME] [--soc BUS_TRACE.csv].

Each pattern with 1 and 32 requests in flight, then with random arrivals at shares of the bandwidth that `cycle` reaches with 64 in flight.
--soc: a bus trace of `visoc run --trace` (of a memory without bank timing, so that its times do not follow from what is compared).
Prints Markdown: differences of `banked` to `cycle` in percent.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import csv
import json
import pathlib
import random
import subprocess
import sys
import tempfile

REQUESTS = 20000
LOADS = (0.25, 0.5, 0.75, 0.9)


def patterns():
    """Names and lists of (R or W, address, bytes); ddr4_2400's mapping has the row from bit 17 on."""
    rng = random.Random(1)
    mixed = lambda: "W" if rng.random() < 1 / 3 else "R"
    yield "sequential", [("R", i * 64, 64) for i in range(REQUESTS)]
    yield "random", [("R", rng.randrange(1 << 22) * 64, 64) for _ in range(REQUESTS)]
    yield "row conflict", [("R", i << 17, 64) for i in range(REQUESTS)]
    yield "bank-group ping-pong", [("R", (i & 1) << 6 | (i >> 1) % 128 << 8, 64) for i in range(REQUESTS)]
    yield "sequential, 1/3 writes", [(mixed(), i * 64, 64) for i in range(REQUESTS)]
    yield "random, 1/3 writes", [(mixed(), rng.randrange(1 << 22) * 64, 64) for _ in range(REQUESTS)]
    streams, items = [rng.randrange(1 << 22) * 64 for _ in range(4)], []
    for _ in range(REQUESTS):
        k = rng.randrange(4)
        streams[k] += 64
        items.append(("W" if k == 3 else "R", streams[k], 64))
    yield "4 streams, one writes", items
    yield "few rows at random, 1/3 writes", [(mixed(), rng.randrange(4) << 20 | rng.randrange(1 << 10) * 64, 64) for _ in range(REQUESTS)]


class Comparison:
    def __init__(self, visoc, device, folder):
        self.visoc, self.device, self.path = visoc, device, pathlib.Path(folder) / "trace"

    def run(self, impl, lines, *options):
        self.path.write_text("".join(lines), encoding="ascii")
        done = subprocess.run([self.visoc, "dram", str(self.path), "--device", self.device, "--impl", impl, "--json", *options],
                              capture_output=True, text=True, check=True, timeout=600)
        return json.loads(done.stdout)

    def both(self, lines, *options):
        return [self.run(impl, lines, *options) for impl in ("cycle", "banked")]


def difference(pair, name):
    cycle, banked = pair[0][name], pair[1][name]
    return 100 * (banked / cycle - 1) if cycle else 0.0


def row(comparison, name, items):
    lines = [f"{kind} {address:x} {size}\n" for kind, address, size in items]
    cells = []
    for outstanding in ("1", "32"):
        pair = comparison.both(lines, "--outstanding", outstanding)
        cells.append(f"{pair[0]['bandwidth_mb_s']:.0f} ({difference(pair, 'bandwidth_mb_s'):+.1f} %)")
        cells.append(f"{pair[0]['mean_read_latency_ns']:.1f} ({difference(pair, 'mean_read_latency_ns'):+.1f} %)")
    most = comparison.run("cycle", lines, "--outstanding", "64")["bandwidth_mb_s"]
    size = sum(item[2] for item in items) / len(items)
    for load in LOADS:
        rng, at, timed = random.Random(3), 0.0, []
        for line in lines:
            at += rng.expovariate(most * load / size / 1000)
            timed.append(f"{at:.3f}ns {line}")
        pair = comparison.both(timed)
        cells.append(f"{pair[0]['mean_read_latency_ns']:.0f} ({difference(pair, 'mean_read_latency_ns'):+.1f} %)")
    print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def soc(comparison, path):
    """The accesses to DRAM of a recorded run, at their times; addresses from the start of the memory."""
    lines = []
    with open(path, encoding="utf-8") as file:
        for item in csv.DictReader(file):
            if item["target"].startswith("dram") and item["command"] in ("read", "write"):
                at, kind = int(item["begin_ps"]), "W" if item["command"] == "write" else "R"
                lines.append((at, f"{kind} {int(item['address'], 16) % (1 << 31):x} {item['bytes']}\n"))
    lines.sort(key=lambda line: line[0])
    pair = comparison.both([f"{at / 1000:.3f}ns {text}" for at, text in lines])
    print(f"\nRecorded SoC traffic, {len(lines)} accesses: mean read latency {pair[0]['mean_read_latency_ns']:.1f} ns under cycle, "
          f"{difference(pair, 'mean_read_latency_ns'):+.1f} % under banked; 99th percentile {pair[0]['p99_read_latency_ns']:.1f} ns, "
          f"{difference(pair, 'p99_read_latency_ns'):+.1f} %; row hits {pair[0]['row_hits']} and {pair[1]['row_hits']}.")
    pair = comparison.both([text for _, text in lines], "--outstanding", "8")
    print(f"The same with 8 in flight: {pair[0]['bandwidth_mb_s']:.0f} MB/s, {difference(pair, 'bandwidth_mb_s'):+.1f} %; "
          f"{pair[0]['mean_read_latency_ns']:.1f} ns, {difference(pair, 'mean_read_latency_ns'):+.1f} %.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("visoc")
    parser.add_argument("--device", default="ddr4_2400")
    parser.add_argument("--soc")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(arguments.visoc, arguments.device, folder)
        print("| pattern | MB/s, 1 in flight | read ns | MB/s, 32 in flight | read ns | " + " | ".join(f"read ns at {load:.0%}" for load in LOADS) + " |")
        print("|---" * (5 + len(LOADS)) + "|")
        for name, items in patterns():
            row(comparison, name, items)
        if arguments.soc:
            soc(comparison, arguments.soc)
    return 0


if __name__ == "__main__":
    sys.exit(main())
