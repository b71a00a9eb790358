#!/usr/bin/env python3
"""system_test.py GROUP --build FOLDER --visoc BINARY --run-vnet BINARY. Exit 77: the street inputs are not there (./dev test gets them).

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import csv
import filecmp
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import street_truth as truth

ROOT = pathlib.Path(__file__).resolve().parents[2]
INPUTS = ROOT / "build/inputs"
SHORT_FRAMES = 10


class Failure(Exception):
    pass


def expect(condition, text):
    if not condition:
        raise Failure(text)


class Bench:
    def __init__(self, arguments, folder):
        self.visoc, self.run_vnet, self.build, self.folder = arguments.visoc, arguments.run_vnet, pathlib.Path(arguments.build), pathlib.Path(folder)
        self.firmware = self.build / "firmware"

    def call(self, arguments, code=0, binary=False):
        done = subprocess.run([self.visoc] + [str(argument) for argument in arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=250)
        text = done.stderr.decode(errors="replace")
        expect(done.returncode == code, f"visoc {arguments}: exit code {done.returncode} instead of {code}\n{done.stdout[-2000:]}\n{text}")
        return done.stdout if binary else done.stdout.decode(errors="replace")

    def run(self, name, arguments, code=0):
        out = self.folder / name
        self.call(["run", *arguments, "--out", out, "--quiet"], code)
        return out

    def short_stream(self):
        path = self.folder / "short.h264"
        if not path.exists():
            truth.cut(str(INPUTS / "street.h264"), SHORT_FRAMES, str(path))
        return path

    def street(self, name, *arguments, stream=None, code=0):
        network = INPUTS / "street.vnet"
        return self.run(name, [ROOT / "scenarios/street", "--set", f"inputs.network={network}", "--set", f"inputs.stream={stream or self.short_stream()}",
                               *arguments], code)


def load(out):
    return json.loads((out / "result.json").read_text(encoding="utf-8"))


def statistics(result, instance):
    return result["instances"][instance]["statistics"]


def check_street(bench):
    """The whole clip: every line, picture and mask is there; masks are those of another decoder and scaler; people are found."""
    stream = INPUTS / "street.h264"
    out = bench.street("street", stream=stream)
    result, console = load(out), (out / "console.log").read_text(encoding="utf-8")
    people = [int(count) for count in re.findall(r"^frame +\d+ [IPB]: (\d+) people", console, re.MULTILINE)]
    expect(len(people) == 120 and result["frames_shown"] == 120, f"{len(people)} lines, {result['frames_shown']} frames shown; 120 wanted")
    pictures = sorted((out / "frames").glob("*.png"))
    expect(len(pictures) == 120 and all(picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" for picture in pictures), "120 pictures were wanted")
    expect(3 <= sum(people) / len(people) <= 10, f"{sum(people) / len(people)} people a frame in a street with about six")
    expect(result["instances"]["cpu0"]["statistics"]["sleep_ps"] > result["simulated_time_ps"] // 10, "the hart hardly sleeps")

    masks = (out / "masks.raw").read_bytes()
    frames = truth.decode(str(stream))
    expect(len(frames) == 120, f"ffmpeg decodes {len(frames)} frames")
    chosen = [0, 1, 59, 119]
    tensors, outputs = bench.folder / "tensors", bench.folder / "outputs"
    tensors.mkdir()
    for number in chosen:
        (tensors / f"{number}.s8").write_bytes(truth.scale(frames[number]))
    subprocess.run([bench.run_vnet, INPUTS / "street.vnet", tensors, outputs], check=True, stdout=subprocess.DEVNULL)
    for number in chosen:
        scores = (outputs / f"{number}.s8").read_bytes()
        ours = masks[number * truth.MASK_BYTES:(number + 1) * truth.MASK_BYTES]
        expect(0 < sum(ours) < truth.MASK_BYTES // 4, f"frame {number}: {sum(ours)} pixels in the mask")
        # Sigmoid's output is quantised with zero point -128 and scale 1/256, so a half is at 0.
        theirs = bytes(1 if score < 128 else 0 for score in scores)
        expect(ours == theirs, f"frame {number}: {sum(a != b for a, b in zip(ours, theirs))} mask pixels differ from ffmpeg + Python + the core alone")

    html = (out / "report.html").read_text(encoding="utf-8")
    for text in ("Time line of the blocks", "Traffic", "Energy of counted events", "frames/frame_0000.png"):
        expect(text in html, f"report.html lacks '{text}'")


def check_repeatable(bench):
    """Same configuration, inputs and seed: the same bytes. One flipped bit of the stream in memory: others."""
    a, b = bench.street("a", "--state-hash", "--seed", "5"), bench.street("b", "--state-hash", "--seed", "5")
    names = ["result.json", "console.log", "config.json", "masks.raw"] + [f"frames/{picture.name}" for picture in (a / "frames").iterdir()]
    expect(len(names) == 4 + SHORT_FRAMES, f"{len(names)} files")
    _, different, missing = filecmp.cmpfiles(a, b, names, shallow=False)
    expect(not different and not missing, f"differ between two runs: {different + missing}")
    expect(re.fullmatch("[0-9a-f]{64}", load(a).get("state_sha256", "")), "no state hash")
    other_seed = bench.street("c", "--state-hash", "--seed", "6")
    expect(load(other_seed)["seed"] == 6, "the seed is not in the result")

    stream = bytearray(bench.short_stream().read_bytes())
    stream[len(stream) * 2 // 3] ^= 0x10
    flipped = bench.folder / "flipped.h264"
    flipped.write_bytes(stream)
    out = bench.folder / "flipped"
    done = subprocess.run([bench.visoc, "run", str(ROOT / "scenarios/street"), "--set", f"inputs.network={INPUTS / 'street.vnet'}", "--set",
                           f"inputs.stream={flipped}", "--out", str(out), "--quiet"], stdin=subprocess.DEVNULL, capture_output=True, timeout=200)
    expect(done.returncode in (0, 1), f"a flipped bit ends with {done.returncode}")
    same = all((a / name).read_bytes() == (out / name).read_bytes() for name in names if name.startswith("frames/") and (out / name).exists())
    expect(not same, "a flipped bit of the stream changes no picture")
    vnet = bytearray((INPUTS / "street.vnet").read_bytes())
    vnet[len(vnet) // 2] ^= 1
    (bench.folder / "damaged.vnet").write_bytes(vnet)
    bench.run("damaged", [ROOT / "scenarios/street", "--set", f"inputs.network={bench.folder / 'damaged.vnet'}", "--set",
                          f"inputs.stream={bench.short_stream()}"], code=1)


def check_quantum(bench):
    """How far harts run ahead changes timing a little and results not at all."""
    runs = {quantum: bench.street("q" + quantum, "--quantum", quantum) for quantum in ("100ns", "1us", "10us")}
    reference = runs["100ns"]
    times = {quantum: load(out)["simulated_time_ps"] for quantum, out in runs.items()}
    for quantum, out in runs.items():
        expect((out / "masks.raw").read_bytes() == (reference / "masks.raw").read_bytes(), f"masks differ at a quantum of {quantum}")
        expect(abs(times[quantum] - times["100ns"]) <= 0.02 * times["100ns"], f"simulated time at {quantum}: {times[quantum]} ps, at 100 ns {times['100ns']} ps")
    print("simulated time:", {quantum: f"{time / 1e9:.3f} ms" for quantum, time in times.items()})


def check_bytes(bench):
    """Bytes that a master sent are bytes that the bus carried and bytes that the target got."""
    result = load(bench.street("bytes"))
    bus = statistics(result, "bus0")
    masters = [name for name in result["instances"] if f"{name}_to_dram0_transactions" in bus or f"{name}_to_dram0_direct_bytes_read" in bus]
    expect({"cpu0", "vdec0", "scale0", "npu0", "display0"} <= set(masters), f"masters seen: {masters}")
    for way in ("bytes_read", "bytes_written"):
        for master in masters:
            sent = statistics(result, master)[way]
            carried = sum(value for name, value in bus.items() if re.fullmatch(rf"{master}_to_(?!.*direct)\w+_{way}", name) and "direct" not in name)
            expect(sent == carried, f"{master} counts {sent} {way}, the bus {carried}")
        to_dram = sum(value for name, value in bus.items() if re.fullmatch(rf"\w+_to_dram0_{way}", name))
        expect(to_dram == statistics(result, "dram0")[way], f"the bus carried {to_dram} {way} to and from dram0, which counts {statistics(result, 'dram0')[way]}")
        direct = statistics(result, "cpu0")["direct_" + way]
        expect(direct > 0 and direct == bus["direct_" + way] == bus["cpu0_to_dram0_direct_" + way], f"direct {way}: hart {direct}, bus {bus['direct_' + way]}")
    # What the hart stored directly is in memory: the masks are its work.
    expect(statistics(result, "cpu0")["direct_bytes_written"] >= SHORT_FRAMES * truth.MASK_BYTES, "the hart stored less than the masks")


def check_configuration(bench):
    """dump-config gives itself back; the device tree is one; list and describe know every block."""
    first = bench.call(["dump-config", ROOT / "scenarios/street"], binary=True)
    (bench.folder / "dumped.json").write_bytes(first)
    expect(bench.call(["dump-config", bench.folder / "dumped.json"], binary=True) == first, "dump-config of a dump differs")
    changed = bench.call(["dump-config", ROOT / "scenarios/street", "--set", "npu0.clock=123MHz", "--set", "run.seed=9"])
    expect("123" in changed and '"seed": 9' in changed, "--set is not in the dump")
    elf = bench.firmware / "hello.elf"
    tree = bench.call(["map", elf, "--dts"])
    if shutil.which("dtc"):
        blob = subprocess.run(["dtc", "-I", "dts", "-O", "dtb", "-q"], input=tree.encode(), capture_output=True, check=True).stdout
        back = subprocess.run(["dtc", "-I", "dtb", "-O", "dts", "-q"], input=blob, capture_output=True, check=True).stdout.decode()
        for text in ("visoc,video-decoder", "visoc,npu", "ns16550a", "timebase-frequency"):
            expect(text in back, f"the device tree lacks {text}")
    table = bench.call(["map", elf])
    expect("npu0" in table and "0x12040000" in table.replace("_", ""), "map lacks npu0 and its address")
    listed = json.loads(bench.call(["list", "--json"]))
    text = json.dumps(listed)
    for folder in sorted((ROOT / "ip").iterdir()):
        if not any(folder.glob("*_model.cpp")):
            continue
        expect(f'"{folder.name}"' in text, f"list --json lacks {folder.name}")
        expect(folder.name in bench.call(["describe", folder.name]), f"describe {folder.name}")
    a, b = bench.run("plain", [elf]), bench.run("other", [elf, "--set", "cpu0.cycles_per_instruction=2"])
    expect("simulated_time_ps" not in bench.call(["compare", a, a]), "compare sees a difference between a result and itself")
    different = subprocess.run([bench.visoc, "compare", str(a), str(b)], capture_output=True, check=False).stdout.decode()
    expect("/simulated_time_ps" in different, f"compare does not see another simulated time:\n{different}")


def check_trace(bench):
    """Every transaction that the bus counts is a line of the trace, with names of registers; tracing changes nothing else."""
    elf, trace = bench.firmware / "selftest.elf", bench.folder / "trace.csv"
    plain, traced = bench.run("plain", [elf]), bench.run("traced", [elf, "--trace", trace])
    expect((plain / "result.json").read_bytes() == (traced / "result.json").read_bytes(), "tracing changes the result")
    with open(trace, newline="", encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    bus = statistics(load(traced), "bus0")
    answered = [row for row in rows if row["target"]]
    expect(len(answered) == bus["transactions"], f"{len(answered)} lines for {bus['transactions']} transactions")
    expect(len(rows) - len(answered) == bus["decode_errors"], "lines without a target are not the decode errors")
    for way, command in (("bytes_read", "read"), ("bytes_written", "write")):
        moved = sum(int(row["bytes"]) for row in rows if row["command"] == command and row["status"] == "ok")
        expect(moved == bus[way], f"{moved} {way} in the trace, {bus[way]} on the bus")
    doorbells = [row for row in rows if row["target"] == "dma0" and row["register"] == "RING_HEAD" and row["command"] == "write"]
    expect(doorbells and all(int(row["value"], 16) > 0 for row in doorbells), "no doorbell of dma0 by name")
    expect(all(int(row["begin_ps"]) <= int(row["end_ps"]) for row in rows), "a transaction ends before it begins")


def check_time(bench):
    """A hart's time is its instructions: exact at any quantum, and a limit ends the run at that instant."""
    for cycles in (1, 3):
        for quantum in ("100ns", "10us"):
            out = bench.run(f"time_{cycles}_{quantum}", [bench.firmware / "hello.elf", "--max-instr", "500", "--quantum", quantum, "--set",
                                                         f"cpu0.cycles_per_instruction={cycles}", "--set", "cpu0.clock=500MHz"], code=4)
            result = load(out)
            hart = statistics(result, "cpu0")
            expect(result["instructions"] == 500, f"{result['instructions']} instructions")
            # Until then the program touches nothing but memory and the boot ROM, whose reads take bus time besides.
            least = 500 * cycles * 2000
            on_bus = result["instances"]["bus0"]["statistics"]["transactions"]
            if on_bus == 0:
                expect(result["simulated_time_ps"] == least, f"{result['simulated_time_ps']} ps instead of {least}")
            expect(result["simulated_time_ps"] >= least, f"{result['simulated_time_ps']} ps for {least} ps of instructions")
            expect(hart["instructions"] == 500, "the hart counts other instructions")
    times = [load(bench.run(f"same_{quantum}", [bench.firmware / "hello.elf", "--max-instr", "500", "--quantum", quantum], code=4))["simulated_time_ps"]
             for quantum in ("100ns", "1us", "10us")]
    expect(len(set(times)) == 1, f"500 instructions take {times} ps at three quanta")
    ideal, charged = (load(bench.run(timing, [bench.firmware / "mvm.elf", "--set", f"cpu0.timing={timing}"]))["simulated_time_ps"] for timing in ("ideal", "dmi"))
    expect(charged > 1.2 * ideal, f"memory latency charged: {charged} ps, ideal: {ideal} ps")


TOHOST = """
  .globl _start
_start: la t0, tohost
  li t1, VALUE
  sw t1, 0(t0)
1: j 1b
  .data
  .balign 64
  .globl tohost
tohost: .dword 0
  .globl begin_signature
begin_signature: .word 0x12345678, 0x9abcdef0, 1
  .globl end_signature
end_signature:
"""


def check_tohost(bench):
    """riscv-tests' conventions: tohost ends the run, the signature is eight hex digits a word."""
    for value, code, firmware_code in ((1, 0, 0), (7, 1, 3)):
        source, elf = bench.folder / "tohost.S", bench.folder / f"tohost_{value}.elf"
        source.write_text(TOHOST.replace("VALUE", str(value)), encoding="ascii")
        subprocess.run(["riscv64-unknown-elf-as", "-march=rv64imac", source, "-o", f"{elf}.o"], check=True)
        subprocess.run(["riscv64-unknown-elf-ld", "-n", "-Ttext=0x80000000", "--no-warn-rwx-segments", f"{elf}.o", "-o", elf], check=True)
        signature = bench.folder / f"signature_{value}"
        out = bench.run(f"tohost_{value}", [elf, "--exit-on", "tohost", "--signature", signature], code=code)
        expect(load(out)["firmware_code"] == firmware_code, f"tohost {value}: firmware code {load(out)['firmware_code']}")
        expect(signature.read_text(encoding="ascii") == "12345678\n9abcdef0\n00000001\n", f"signature: {signature.read_text(encoding='ascii')!r}")


def check_apps(bench):
    """selftest touches every block; mvm checks itself; the commit log and the limits are exact."""
    out = bench.run("selftest", [bench.firmware / "selftest.elf"])
    console = (out / "console.log").read_text(encoding="utf-8")
    for name in ("memory", "traps", "uart0", "clint0", "plic0", "sync0", "dma0", "npu0", "pim0", "vdec0", "scale0", "display0"):
        expect(f"selftest: {name} ok" in console, f"selftest says nothing of {name}:\n{console}")
    bench.run("mvm", [bench.firmware / "mvm.elf"])
    log = bench.folder / "commits.log"
    out = bench.run("log", [bench.firmware / "hello.elf", "--commit-log", log, "--max-instr", "1000"], code=4)
    lines = log.read_text(encoding="ascii").splitlines()
    expect(len(lines) == 1000 == load(out)["instructions"], f"{len(lines)} lines for 1000 instructions")
    expect(re.fullmatch(r"core   0: 3 0x0000000000001000 \(0x00000297\) x5  0x0000000000001000", lines[0]), f"first line: {lines[0]}")
    expect(all(re.match(r"core   0: 3 0x[0-9a-f]{16} \(0x([0-9a-f]{4}|[0-9a-f]{8})\)", line) for line in lines), "a line has another form")


def main():
    groups = {name[6:]: check for name, check in globals().items() if name.startswith("check_")}
    parser = argparse.ArgumentParser()
    parser.add_argument("group", choices=sorted(groups))
    parser.add_argument("--build", required=True)
    parser.add_argument("--visoc", required=True)
    parser.add_argument("--run-vnet", required=True)
    arguments = parser.parse_args()
    if not (INPUTS / "street.h264").exists() or not (INPUTS / "street.vnet").exists():
        print("build/inputs has no street clip; skipped")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        try:
            groups[arguments.group](Bench(arguments, folder))
        except Failure as failure:
            print(f"FAILED: {failure}")
            return 1
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
