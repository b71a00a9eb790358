#!/usr/bin/env python3
"""Measures visoc against references in the same run and prints a table of ratios:
bench.py BUILD_FOLDER [--rounds N] [--only SECTION,...] [--json FILE].

Absolute speeds hang on the machine and its load; the ratios are what to compare. Medians of the rounds.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HART_PROGRAMS = ("mix", "coremark_like", "dhrystone_like", "sort", "sparse", "memcpy", "matmul", "mmio_uart", "mmio_clint")
CACHED_PROGRAMS = ("mix", "sort", "sparse", "memcpy", "matmul")
# Least speed against QEMU's, by the hart's implementation.
HART_MARKS = {
    "interp": {"mix": 0.25},
    "jit": {"mix": 0.8, "coremark_like": 0.8, "dhrystone_like": 0.8, "sort": 0.8, "sparse": 0.8, "memcpy": 1.5, "matmul": 1.5, "mmio_uart": 1.0, "mmio_clint": 1.0},
}
DRAM_MARKS = {"row_hits_64": 30, "random_64": 10, "cycle_row_hits": 1.5, "cycle_random": 1.5}  # Millions of column bursts, of requests a second.
RESIDENT_MARK = 1.1  # Resident bytes for each byte in a page of the simulated memory that was written.
CACHED_MARK = 60  # MIPS of mix with two levels of cache.
HARTS_MARK = 0.85  # Four harts at once against one: instructions a second in all.
QUANTUM_MARK = 0.7  # Quantum 1 us against 1 ms.


def processor_seconds(work):
    """User and system time of the processes that `work` starts and waits for, and what it returns."""

    def used():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = used()
    result = work()
    return used() - before, result


class Bench:
    def __init__(self, build, rounds, folder):
        self.build, self.rounds, self.folder = pathlib.Path(build), rounds, folder
        self.rows = []

    def row(self, what, ours, reference, ratio, mark):
        """`ratio` and `mark` as numbers; mark: (">=" or "<=", figure) or None."""
        met = "" if mark is None else ("yes" if (ratio >= mark[1] if mark[0] == ">=" else ratio <= mark[1]) else "NO")
        self.rows.append({"what": what, "ours": ours, "reference": reference, "ratio": ratio, "mark": "" if mark is None else f"{mark[0]} {mark[1]}", "met": met})

    def elf(self, name):
        return str(self.build / "bench" / f"{name}.elf")

    def visoc(self, elf, *arguments):
        """Wall seconds of the process, result.json, host.json."""
        out = os.path.join(self.folder, "out")
        begin = time.perf_counter()
        subprocess.run([str(self.build / "visoc"), "run", elf, "--out", out, "--quiet", *arguments], check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - begin
        return seconds, json.loads(pathlib.Path(out, "result.json").read_text()), json.loads(pathlib.Path(out, "host.json").read_text())

    @staticmethod
    def qemu(elf):
        begin = time.perf_counter()
        subprocess.run(["qemu-system-riscv64", "-M", "virt", "-m", "256M", "-bios", "none", "-display", "none", "-monitor", "none", "-serial", "null", "-kernel",
                        elf], check=True, stdin=subprocess.DEVNULL)
        return time.perf_counter() - begin

    def median(self, work):
        return statistics.median(work() for _ in range(self.rounds))

    def hart(self):
        empty_ours = self.median(lambda: self.visoc(self.elf("empty"))[0])
        has_qemu = shutil.which("qemu-system-riscv64") is not None
        empty_theirs = self.median(lambda: self.qemu(self.elf("empty"))) if has_qemu else 0
        for name, mark in (("alu", None), ("memory", None), ("mix", (">=", 0.12))):
            instructions = self.visoc(self.elf(name))[1]["instructions"]
            ours = self.median(lambda: self.visoc(self.elf(name))[0]) - empty_ours
            if not has_qemu:
                continue
            theirs = self.median(lambda: self.qemu(self.elf(name))) - empty_theirs
            self.row(f"hart, {name} ({instructions / 1e6:.0f} M instructions)", f"{instructions / ours / 1e6:.0f} MIPS", f"QEMU {instructions / theirs / 1e6:.0f} MIPS",
                     theirs / ours, mark)

    def rv64(self):
        """Each program on QEMU and on every implementation of the hart, one after the other in each round, so that a change of the host's load meets all.

        Processor time, not wall time: both simulate on one thread, and a busy host would decide otherwise.
        """
        models = json.loads(subprocess.run([str(self.build / "visoc"), "list", "--json"], check=True, capture_output=True).stdout)
        impls = next(model["impls"] for model in models if model["model"] == "rv64")
        has_qemu = shutil.which("qemu-system-riscv64") is not None
        runs = {impl: (lambda elf, impl=impl: self.visoc(elf, "--set", f"cpu0.impl={impl}")) for impl in impls}
        if has_qemu:
            runs["QEMU"] = self.qemu
        empty = self.medians(runs, self.elf("empty"))
        for name in HART_PROGRAMS:
            instructions = self.visoc(self.elf(name), "--set", f"cpu0.impl={impls[0]}")[1]["instructions"]
            seconds = self.medians(runs, self.elf(name))
            mips = {run: instructions / (seconds[run] - empty[run]) / 1e6 for run in runs}
            for impl in impls:
                if not has_qemu:
                    print(f"rv64 {impl}, {name}: {mips[impl]:.0f} MIPS")
                    continue
                mark = HART_MARKS.get(impl, {}).get(name)
                self.row(f"rv64 {impl}, {name} ({instructions / 1e6:.0f} M instructions)", f"{mips[impl]:.0f} MIPS", f"QEMU {mips['QEMU']:.0f} MIPS",
                         mips[impl] / mips["QEMU"], None if mark is None else (">=", mark))
        self.rv64_cached()
        for impl in impls:
            self.rv64_harts(impl)
            self.rv64_quantum(impl)

    def rv64_cached(self):
        """With caches everything is interpreted, so the interpreter without them is the reference; the mark is an absolute speed."""
        cached = ["--platform", str(ROOT / "platforms/cached.json")]
        runs = {"ideal": lambda elf: self.visoc(elf, "--set", "cpu0.impl=interp"), "cached": lambda elf: self.visoc(elf, *cached)}
        empty = self.medians(runs, self.elf("empty"))
        for name in CACHED_PROGRAMS:
            _, result, _ = self.visoc(self.elf(name), *cached)
            seconds = self.medians(runs, self.elf(name))
            mips = {run: result["instructions"] / (seconds[run] - empty[run]) / 1e6 for run in runs}
            if name == "mix":
                self.row("rv64 timing cached, mix", f"{mips['cached']:.0f} MIPS", f"mark {CACHED_MARK} MIPS", mips["cached"] / CACHED_MARK, (">=", 1.0))
            self.row(f"rv64 timing cached, {name}", f"{mips['cached']:.0f} MIPS", f"interp, ideal {mips['ideal']:.0f} MIPS", mips["cached"] / mips["ideal"], None)

    def rv64_harts(self, impl):
        quad = ["--platform", str(ROOT / "platforms/quad.json")] + [word for hart in range(4) for word in ("--set", f"cpu{hart}.impl={impl}")]
        runs = {
            "empty": lambda: self.visoc(self.elf("empty"), "--set", f"cpu0.impl={impl}"),
            "one": lambda: self.visoc(self.elf("mix"), "--set", f"cpu0.impl={impl}"),
            "four": lambda: self.visoc(self.elf("mix_4_harts"), *quad),
        }
        seconds, instructions = {run: [] for run in runs}, {}
        for _ in range(self.rounds):
            for run, work in runs.items():
                used, (_, result, _) = processor_seconds(work)
                seconds[run].append(used)
                instructions[run] = result["instructions"]
        mips = {run: instructions[run] / (statistics.median(seconds[run]) - statistics.median(seconds["empty"])) / 1e6 for run in ("one", "four")}
        self.row(f"rv64 {impl}, mix on 4 harts at once", f"{mips['four']:.0f} MIPS", f"one hart {mips['one']:.0f} MIPS", mips["four"] / mips["one"], (">=", HARTS_MARK))

    def rv64_quantum(self, impl):
        runs = {quantum: (lambda elf, quantum=quantum: self.visoc(elf, "--set", f"cpu0.impl={impl}", "--quantum", quantum)) for quantum in ("1us", "1ms")}
        empty, seconds = self.medians(runs, self.elf("empty")), self.medians(runs, self.elf("mix"))
        short, long = (seconds[quantum] - empty[quantum] for quantum in ("1us", "1ms"))
        self.row(f"rv64 {impl}, mix at quantum 1 us", f"{short:.2f} s", f"quantum 1 ms {long:.2f} s", long / short, (">=", QUANTUM_MARK))

    def medians(self, runs, elf):
        """Of processor seconds, by name in `runs`; each round runs all."""
        seconds = {run: [] for run in runs}
        for _ in range(self.rounds):
            for run, work in runs.items():
                seconds[run].append(processor_seconds(lambda work=work: work(elf))[0])
        return {run: statistics.median(values) for run, values in seconds.items()}

    def bus(self):
        copied = float(subprocess.run([str(self.build / "test/bench/host_bench")], check=True, capture_output=True).stdout)
        empty = self.median(lambda: self.visoc(self.elf("empty"))[0])
        result = self.visoc(self.elf("transport"))[1]
        transactions = result["instances"]["bus0"]["statistics"]["transactions"]
        seconds = self.median(lambda: self.visoc(self.elf("transport"))[0]) - empty
        self.row("register reads by b_transport", f"{transactions / seconds / 1e6:.2f} M/s", f"memcpy of 4 bytes each {copied / 4 / 1e6:.0f} M/s",
                 transactions * 4 / seconds / copied, None)
        result = self.visoc(self.elf("copy"))[1]
        moved = result["instances"]["dma0"]["statistics"]["bytes_written"]
        seconds = self.median(lambda: self.visoc(self.elf("copy"))[0]) - empty
        self.row("DMA copy, banked DRAM", f"{moved / seconds / 1e6:.0f} MB/s", f"memcpy {copied / 1e6:.0f} MB/s", moved / seconds / copied, None)
        seconds = self.median(lambda: self.visoc(self.elf("copy"), "--set", "dram0.impl=fixed")[0]) - empty
        self.row("DMA copy, fixed DRAM", f"{moved / seconds / 1e6:.0f} MB/s", f"memcpy {copied / 1e6:.0f} MB/s", moved / seconds / copied, None)

    def dram(self):
        text = subprocess.run([str(self.build / "test/bench/dram_bench")], check=True, capture_output=True, env={**os.environ, "VISOC_ROOT": str(ROOT)}).stdout.decode()
        rates = {name: float(rate) for name, rate in (line.split() for line in text.splitlines())}
        for name, what in (("row_hits_64", "row hits, 64 bytes an access"), ("row_hits_4096", "row hits, 4 KiB an access"), ("random_64", "random addresses"),
                           ("decoder", "rows of frames as the decoder writes them"), ("cycle_row_hits", "cycle, row hits, 32 in flight"),
                           ("cycle_random", "cycle, random addresses, 32 in flight")):
            mark = DRAM_MARKS.get(name)
            reference, base = ("row hits, 64 bytes an access", rates["row_hits_64"]) if mark is None else (f"mark {mark} M/s", mark)
            self.row(f"DRAM timing, {what}", f"{rates[name]:.1f} M bursts/s", reference, rates[name] / base, None if mark is None else (">=", 1.0))

    def scale(self):
        """How time grows: traffic generators in front of banked DRAM, one machine a process; figures of test/bench/scale_bench_main.cpp."""
        rates = {}
        for pattern in ("stream", "random"):
            for generators in (1, 2, 4, 8, 16, 32, 64):
                rate = self.scaled(generators, 1, 1, pattern)[0]
                rates[pattern, generators] = rate
                self.row(f"traffic generators: {generators}, {pattern} addresses", f"{rate:.2f} M accesses/s", f"one generator {rates[pattern, 1]:.2f} M/s", rate / rates[pattern, 1], None)
        for channels in (1, 2, 4, 8):
            rate = self.scaled(16, channels, 1, "random")[0]
            rates[channels] = rate
            self.row(f"16 traffic generators, random addresses, channels: {channels}", f"{rate:.2f} M accesses/s", f"one channel {rates[1]:.2f} M/s", rate / rates[1], None)
        for gigabytes in (1, 2, 4, 8, 16, 32, 64):
            rate, figures = self.scaled(4, 1, gigabytes, "sparse")
            written, resident = figures["written_kib"] / 1024, figures["resident_kib"] / 1024
            self.row(f"memory of {gigabytes} GiB, sparse, {rate:.2f} M accesses/s", f"{resident:.1f} MiB resident",
                     f"{written:.1f} MiB written, page tables {figures['tables_kib'] / 1024:.0f}", resident / written, ("<=", RESIDENT_MARK))

    def scaled(self, generators, channels, gigabytes, pattern):
        """Millions of accesses a second, the median of the rounds, and the figures of one of them."""
        rates = []
        for _ in range(self.rounds):
            text = subprocess.run([str(self.build / "test/bench/scale_bench"), str(generators), str(channels), str(gigabytes), pattern], check=True, capture_output=True,
                                  env={**os.environ, "VISOC_ROOT": str(ROOT)}).stdout.decode()
            figures = {name: float(value) for name, value in (line.split() for line in text.splitlines() if len(line.split()) == 2)}
            rates.append(figures["accesses"] / figures["seconds"] / 1e6)
        return statistics.median(rates), figures

    def start(self):
        seconds = self.median(lambda: self.visoc(self.elf("empty"))[2]["start_seconds"])
        self.row("start-up: elaborate, load, first instruction", f"{seconds * 1e3:.1f} ms", "mark 300 ms", seconds / 0.3, ("<=", 1.0))

    def decoder(self):
        stream = ROOT / "build/inputs/street.h264"
        text = subprocess.run([str(self.build / "video_decoder_bench"), str(stream)], check=True, capture_output=True).stdout.decode()
        print(text)
        ratio = re.search(r"ratio\D*([0-9.]+)", text)
        alone = re.search(r"libavcodec alone\s+([0-9.]+) ms", text)
        if alone:
            reference = float(alone.group(1)) / 1e3
            # Both without the start of a process.
            empty = self.median(lambda: self.visoc(self.elf("empty"))[0])
            for memory, mark in (("banked", ("<=", 1.5)), ("fixed", ("<=", 1.5))):
                seconds = self.median(lambda: self.visoc(str(ROOT / "test/bench/decode.json"), "--set", f"dram0.impl={memory}")[0]) - empty
                self.row(f"decode through the SoC, {memory} DRAM", f"{seconds * 1e3:.0f} ms", f"libavcodec, one thread, vectors {reference * 1e3:.0f} ms", seconds / reference, mark)
        if ratio:
            self.row("video decoder core, street clip", "see above", "the same", float(ratio.group(1)), None)

    def npu(self):
        # One thread for oneDNN: its pool would wait for a second core that has other work.
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        text = subprocess.run([str(self.build / "npu_bench")], check=True, capture_output=True, env=environment).stdout.decode()
        print(text)
        totals = [line.split() for line in text.splitlines() if len(line.split()) == 6 and line.split()[0] not in ("layer",)]
        if totals:
            name, _, ours, theirs, speed, ratio = totals[-1]
            self.row(f"NPU arithmetic ({name}), all layers", f"{speed} GMAC/s", "oneDNN f32, same layers", float(ratio), None)

    def street(self):
        if not (ROOT / "build/inputs/street.vnet").exists():
            return
        seconds, result, _ = self.visoc(str(ROOT / "scenarios/street"))
        self.row("street scenario, 120 frames", f"{seconds:.1f} s wall", f"{result['simulated_time_ps'] / 1e12:.3f} s simulated", result["simulated_time_ps"] / 1e12 / seconds, None)


SECTIONS = ("start", "hart", "rv64", "bus", "dram", "scale", "decoder", "npu", "street")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", help="write the table there too")
    parser.add_argument("--only", help=f"only these sections, with commas between: {', '.join(SECTIONS)}")
    arguments = parser.parse_args()
    chosen = arguments.only.split(",") if arguments.only else SECTIONS
    for name in chosen:
        if name not in SECTIONS:
            parser.error(f"there is no section '{name}'; valid: {', '.join(SECTIONS)}")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments.build, arguments.rounds, folder)
        for name in chosen:
            print(f"{name} ...", file=sys.stderr)
            getattr(bench, name)()
    print(f"{'what':58} {'visoc':>16} {'reference':>42} {'ratio':>8} {'mark':>8} {'met':>4}")
    for row in bench.rows:
        print(f"{row['what']:58} {row['ours']:>16} {row['reference']:>42} {row['ratio']:8.3f} {row['mark']:>8} {row['met']:>4}")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(bench.rows, indent=2) + "\n")
    return 1 if any(row["met"] == "NO" for row in bench.rows) else 0


if __name__ == "__main__":
    sys.exit(main())
