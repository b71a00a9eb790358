#!/usr/bin/env python3
"""robustness_test.py elf|configuration|guest|host --visoc BINARY

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from harness import BASE, PASS_CODE, Harness, elf

ROOT = pathlib.Path(__file__).resolve().parents[2]
STANDARD = json.loads((ROOT / "platforms/standard.json").read_text(encoding="utf-8"))


def elf_cases(h):
    good = elf()

    def bad(name, content, *texts, code=2, arguments=()):
        h.run_case(name, h.write(name.replace(" ", "_").replace("/", "_") + ".elf", content), code, *texts, arguments=arguments)

    h.run_case("a sound ELF", h.write("good.elf", good), 0)
    bad("empty", b"", "empty|short|ELF")
    for at in (1, 4, 15, 16, 32, 63, 64, 65, 100, 119):
        bad(f"cut at {at}", good[:at], "ELF|beyond|ends|short|cut")
    bad("cut inside the segment", good[:0x1002], "do not fit the file")
    bad("wrong magic", elf(magic=b"\x7fELV"), "ELF")
    bad("32-bit", elf(bits=1), "32|64")
    bad("big-endian", elf(endian=2), "endian")
    bad("another machine", elf(machine=62), "RISC-V|machine")
    bad("relocatable", elf(type=1), "exec|ET_")
    bad("shared object", elf(type=3), "exec|ET_")
    bad("phoff beyond the file", elf(phoff=1 << 20), "program header|phoff")
    bad("phoff wraps", elf(phoff=2**64 - 8), "program header|phoff")
    bad("65535 headers", elf(phnum=65535), "program header|phnum")
    bad("phentsize 0", elf(phentsize=0), "phentsize|program header")
    bad("no headers", elf(phnum=0), "segment|program header|nothing")
    bad("offset beyond the file", elf(offset=1 << 40), "beyond|file")
    bad("filesz above memsz", elf(memsz=4), "memsz|memory|larger")
    bad("memsz 2 to the 63", elf(memsz=1 << 63), "fit|memory|wrap")
    bad("outside memory", elf(vaddr=0x40000000, entry=0x40000000), "dram0")
    bad("over the end of memory", elf(vaddr=0x8FFFFFF8, entry=0x8FFFFFF8), "dram0")
    bad("address wraps", elf(vaddr=2**64 - 8, entry=BASE, memsz=64), "wrap|fit")
    bad("over registers", elf(vaddr=0x10000000, entry=0x10000000), "uart0")
    bad("two segments overlap", elf(second={"vaddr": BASE + 4}), "overlap")
    bad("entry outside", elf(entry=0x80100000), "entry")
    bad("entry misaligned", elf(entry=BASE + 1), "entry")
    bad("tohost without symbol", good, "tohost", arguments=("--exit-on", "tohost"))
    h.run_case("a folder", h.path("."), 2, "not a regular file")
    h.case("not there", ["run", h.path("nothing.elf"), "--out", h.path("o1")], 2, "nothing.elf")
    sparse = h.path("sparse.elf")
    with open(sparse, "wb") as file:
        file.write(elf(offset=1 << 31, filesz=1 << 31, memsz=1 << 31))
        file.truncate(4 << 30)
    h.case("sparse of 4 GiB", ["run", sparse, "--out", h.path("o2")], 2, "at most [0-9]+ are allowed")
    fifo = h.path("fifo.elf")
    os.mkfifo(fifo)
    h.case("a FIFO", ["run", fifo, "--out", h.path("o3")], 2, "fifo.elf")


def platform(**changes):
    description = json.loads(json.dumps(STANDARD))
    for name, instance in changes.items():
        if instance is None:
            del description["instances"][name]
        else:
            description["instances"].setdefault(name, {}).update(instance)
    return description


def configuration_cases(h):
    good = h.write("good.elf", elf())

    def bad(name, content, *texts, arguments=()):
        text = content if isinstance(content, (str, bytes)) else json.dumps(content)
        file = h.write(name.replace(" ", "_") + ".json", text)
        h.case(name, ["check", good, "--platform", file, *arguments], 2, *texts)

    h.case("the standard platform", ["check", good], 0)
    bad("not JSON", "platform:", "JSON")
    bad("empty", "", "empty|JSON")
    bad("trailing bytes", json.dumps(STANDARD) + "}", "JSON|trailing|after")
    bad("invalid UTF-8", b'{"schema": "visoc-platform-1", "name": "\xff\xfe", "instances": {}}', "UTF-8")
    bad("duplicate key", '{"schema": "visoc-platform-1", "schema": "visoc-platform-1", "instances": {}}', "twice|duplicate")
    bad("depth 10000", "[" * 10000 + "]" * 10000, "deep|depth|nest")
    bad("a list", "[]", "object")
    bad("wrong type of base", platform(uart0={"base": True}), "/instances/uart0/base")
    bad("negative size", platform(dram0={"size": -1}), "/instances/dram0/size")
    bad("2 to the 64", platform(uart0={"base": "0x1_0000_0000_0000_0000"}), "/instances/uart0/base")
    bad("number too large", '{"schema": "visoc-platform-1", "name": "x", "instances": {"dram0": {"model": "dram_controller", "size": 1e400}}}', "1e400|number|range")
    bad("unit missing", platform(dram0={"size": "256"}), "/instances/dram0/size", "MiB|unit")
    bad("wrong unit", platform(cpu0={"clock": "10ms"}), "/instances/cpu0/clock", "Hz")
    bad("unknown key", platform(npu0={"cor": "systolic"}), "/instances/npu0/cor", "core")
    bad("missing base", {**STANDARD, "instances": {**STANDARD["instances"], "uart0": {"model": "uart"}}}, "/instances/uart0", "base")
    bad("unknown model", platform(uart0={"model": "uarts"}), "/instances/uart0/model", "uart")
    bad("unknown impl", platform(dram0={"impl": "bankd"}), "/instances/dram0/impl", "banked")
    bad("overlap", platform(uart0={"base": "0x0c00_1000"}), "uart0", "plic0")
    bad("range wraps", platform(dram0={"base": "0xffff_ffff_f000_0000", "size": "1GiB"}), "dram0")
    bad("misaligned base", platform(uart0={"base": "0x1000_0001"}), "/instances/uart0/base")
    bad("size 0", platform(dram0={"size": "0MiB"}), "/instances/dram0/size")
    bad("interrupt used twice", platform(dma0={"irq": 36}), "irq", "36")
    bad("interrupt out of range", platform(dma0={"irq": 99999}), "irq")
    bad("missing bus", platform(uart0={"bus": "bus9"}), "/instances/uart0/bus", "bus0")
    bad("clock 0", platform(cpu0={"clock": "0Hz"}), "/instances/cpu0/clock")
    bad("1 TiB of memory", platform(dram0={"size": "1024GiB"}), "/instances/dram0/size")
    bad("two harts of one id", platform(cpu1={"model": "rv64", "hart_id": 0}), "hart_id")
    bad("hart beyond the clint", platform(cpu1={"model": "rv64", "hart_id": 63}), "hart_id|harts")
    bad("no hart", platform(cpu0=None), "hart")
    bad("no memory", platform(dram0=None), "memory|dram")
    bad("include loop", '{"schema": "visoc-platform-1", "name": "x", "extends": "include_loop.json", "instances": {}}', "loop|itself")
    bad("extends nothing", '{"schema": "visoc-platform-1", "name": "x", "extends": "nowhere.json", "instances": {}}', "nowhere.json")
    bad("all at once", platform(uart0={"bas": 1, "irq": "x"}, dram0={"size": "5"}, npu0={"impl": "tml"}), "uart0/bas", "uart0/irq", "dram0/size", "npu0/impl")
    h.case("quantum 0", ["check", good, "--set", "run.quantum=0ns"], 2, "quantum")
    h.case("--set without value", ["check", good, "--set", "npu0.core"], 2, "KEY=VALUE")
    h.case("--set of an unknown instance", ["check", good, "--set", "npu7.core=systolic"], 2, "npu7", "npu0")
    h.case("an option that is none", ["run", good, "--sed", "7"], 2, "--sed")
    h.case("a verb that is none", ["rnu"], 2)
    scenario = {"schema": "visoc-scenario-1", "name": "x", "firmware": "nothing.elf", "inputs": {"a": "missing.bin"}}
    h.case("missing files of a scenario", ["run", h.write("scenario.json", json.dumps(scenario)), "--out", h.path("o4")], 2, "nothing.elf")
    h.case("an implementation that is none", ["check", good, "--set", "dma0.impl=rtx"], 2, "tlm")


# Registers: x5 t0, x6 t1, x7 t2, x10 a0.
def lui(rd, value):
    return value << 12 | rd << 7 | 0x37


def addi(rd, rs, value):
    return (value & 0xFFF) << 20 | rs << 15 | rd << 7 | 0x13


def load(rd, rs, offset, width=3):
    return (offset & 0xFFF) << 20 | rs << 15 | width << 12 | rd << 7 | 0x03


def store(rs2, rs1, offset, width=2):
    return (offset >> 5 & 0x7F) << 25 | rs2 << 20 | rs1 << 15 | width << 12 | (offset & 31) << 7 | 0x23


def csrw(csr, rs):
    return csr << 20 | rs << 15 | 1 << 12 | 0x73


def csrr(rd, csr):
    return csr << 20 | 2 << 12 | rd << 7 | 0x73


def branch_ne(rs1, rs2, offset):
    return (offset >> 12 & 1) << 31 | (offset >> 5 & 0x3F) << 25 | rs2 << 20 | rs1 << 15 | 1 << 12 | (offset >> 1 & 15) << 8 | (offset >> 11 & 1) << 7 | 0x63


FAIL_FINISH = [lui(5, 0x100), lui(6, 0x13), addi(6, 6, 0x333), store(6, 5, 0), 0x6F]  # 0x13333: failure code 1
WFI, JUMP_SELF, EBREAK, MTVEC, MEPC, MCAUSE, MTVAL, AUIPC_T0 = 0x10500073, 0x6F, 0x00100073, 0x305, 0x341, 0x342, 0x343, 0x297


def expect_trap(access, cause, value):
    """The access traps with that cause and mtval (a value that lui can load); the run then passes."""
    handler_at = 4 * (3 + len(access) + len(FAIL_FINISH))
    code = [AUIPC_T0, addi(5, 5, handler_at), csrw(MTVEC, 5)] + access + FAIL_FINISH
    wrong = FAIL_FINISH
    check = [csrr(7, MCAUSE), addi(28, 0, cause), branch_ne(7, 28, 4 * (5 + len(PASS_CODE))), csrr(7, MTVAL), lui(28, value >> 12),
             addi(28, 28, value & 0xFFF), branch_ne(7, 28, 4 * (1 + len(PASS_CODE)))]
    return code + check + PASS_CODE + wrong


def guest_cases(h):
    def run(name, code, exit_code, *texts, arguments=()):
        return h.run_case(name, h.write(name.replace(" ", "_") + ".elf", elf(code)), exit_code, *texts, arguments=arguments)

    nowhere = 0x500000
    run("reports failure", FAIL_FINISH, 1, "failure")
    run("load from nowhere", expect_trap([lui(5, nowhere >> 12), load(6, 5, 0)], 5, nowhere), 0)
    run("store to nowhere", expect_trap([lui(5, nowhere >> 12), store(6, 5, 0)], 7, nowhere), 0)
    run("fetch from nowhere", expect_trap([lui(5, nowhere >> 12), 5 << 15 | 0x67], 1, nowhere), 0)
    run("wrong size on a register", expect_trap([lui(5, 0x12010), load(6, 5, 0, width=0)], 5, 0x12010000), 0)
    run("misaligned register", expect_trap([lui(5, 0x12010), addi(5, 5, 0), load(6, 5, 2, width=2)], 4, 0x12010002), 0)
    run("illegal instruction", expect_trap([0x0000007B], 2, 0x7B), 0)
    run("write to a read-only register", [lui(5, 0x12010), addi(6, 0, 1), store(6, 5, 0)] + PASS_CODE, 0)
    run("traps inside its handler", [addi(5, 0, 0), csrw(MTVEC, 5), lui(5, nowhere >> 12), load(6, 5, 0)], 5, "cpu0", "trap")
    run("traps with no handler set", [EBREAK], 5, "trap")
    run("spins for ever", [JUMP_SELF], 4, "cpu0 at 0x80000000", arguments=("--max-time", "5ms"))
    run("spins past an instruction limit", [JUMP_SELF], 4, "--max-instr", arguments=("--max-instr", "12345"))
    result, _ = h.run_case("stops exactly there", h.path("spins_past_an_instruction_limit.elf"), 4, arguments=("--max-instr", "777"))
    if result.get("instructions") != 777:
        h.failures.append(f"the limit of 777 instructions gave {result.get('instructions')}")
    result, _ = h.run_case("and at that instant", h.path("spins_past_an_instruction_limit.elf"), 4,
                           arguments=("--max-instr", "777", "--set", "cpu0.cycles_per_instruction=3", "--set", "cpu0.clock=500MHz"))
    boot_rom_ps = result.get("simulated_time_ps", 0) - 777 * 3 * 2000  # The reset code reads two words of the boot ROM over the bus.
    if not 0 <= boot_rom_ps < 1_000_000:
        h.failures.append(f"777 instructions of 6 ns took {result.get('simulated_time_ps')} ps")
    run("sleeps with nothing to wake it", [WFI, JUMP_SELF], 4, "nothing can happen", "WFI", "mie 0x0")
    print_for_ever = [lui(5, 0x10000), addi(6, 0, 0x41), store(6, 5, 0, width=0), 0xFFDFF06F]
    result, _ = run("prints for ever", print_for_ever, 6, "max-output", arguments=("--max-output", "4KiB"))
    if result.get("console_bytes") != 4096:
        h.failures.append(f"prints for ever: {result.get('console_bytes')} console bytes instead of 4096")
    # A ring in a hole of the map: the engine stops with a status, the hart goes on.
    ring = [lui(5, 0x12010), lui(6, nowhere >> 12), store(6, 5, 0x20), store(6, 5, 0x34), addi(6, 0, 1), store(6, 5, 0x08), store(6, 5, 0x2C)]
    run("a command ring in nowhere", ring + PASS_CODE, 0)
    # Changes the instruction behind itself, without and with FENCE.I: no host fault; with it the new one runs.
    nop, fence_i = 0x13, 0x0000100F
    patched = [AUIPC_T0, addi(6, 0, nop), store(6, 5, 16), fence_i, EBREAK] + PASS_CODE  # The EBREAK becomes a NOP.
    run("self-modifying code with a fence", patched, 0)
    patched[3] = nop
    got = h.run(["run", h.write("unfenced.elf", elf(patched)), "--out", h.path("unfenced"), "--quiet"])
    if got[0] not in (0, 5):
        h.failures.append(f"self-modifying code without a fence: exit code {got[0]}")


def host_cases(h):
    good = h.write("good.elf", elf())
    spin = h.write("spin.elf", elf([JUMP_SELF]))
    file = h.write("a_file", "x")
    h.case("output folder is a file", ["run", good, "--out", file], 3, "a_file")
    h.case("output folder inside a file", ["run", good, "--out", file + "/x"], 3, "a_file")
    h.case("path with space and newline", ["run", good, "--out", h.path("a b\nc")], 0)
    h.case("no HOME, other locale", ["run", good, "--out", h.path("nohome")], 0, env={"LC_ALL": "de_DE.UTF-8", "PATH": os.environ["PATH"]})
    h.case("commit log nowhere", ["run", good, "--out", h.path("log"), "--commit-log", h.path("no/where")], 3, "no/where")
    h.cases += 1
    closed = subprocess.run(["sh", "-c", '"$0" run "$1" --out "$2" >&-', h.visoc, good, h.path("closed")], capture_output=True, timeout=10)
    if closed.returncode != 0 or not os.path.exists(h.path("closed/result.json")):
        h.failures.append(f"closed stdout: exit code {closed.returncode}")
    for name, number, code in (("SIGINT", signal.SIGINT, 130), ("SIGTERM", signal.SIGTERM, 143)):
        h.cases += 1
        out = h.path(name)
        process = subprocess.Popen([h.visoc, "run", spin, "--out", out, "--quiet"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.4)
        process.send_signal(number)
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            h.failures.append(f"{name}: does not end")
            continue
        if process.returncode != code:
            h.failures.append(f"{name}: exit code {process.returncode} instead of {code}")
        try:
            result = json.loads(pathlib.Path(out, "result.json").read_text(encoding="utf-8"))
            if result["exit_code"] != code or result["status"] != "interrupted":
                h.failures.append(f"{name}: result.json says {result['status']}, {result['exit_code']}")
        except (OSError, ValueError) as error:
            h.failures.append(f"{name}: no valid result.json: {error}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("group", choices=["elf", "configuration", "guest", "host"])
    parser.add_argument("--visoc", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        h = Harness(arguments.visoc, folder)
        {"elf": elf_cases, "configuration": configuration_cases, "guest": guest_cases, "host": host_cases}[arguments.group](h)
        return h.verdict()


if __name__ == "__main__":
    sys.exit(main())
