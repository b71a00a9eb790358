#!/usr/bin/env python3
"""Boots hello, selftest and fault: firmware_test.py qemu|visoc BUILD_FOLDER. Exit 77: that machine is not there.

SPDX-License-Identifier: Apache-2.0
"""

import os
import shutil
import subprocess
import sys
import tempfile

TIMEOUT_S = 50


def run_on_qemu(elf, harts):
    command = ["qemu-system-riscv64", "-M", "virt", "-smp", str(harts), "-m", "128M", "-bios", "none", "-display", "none", "-monitor",
               "none", "-serial", "stdio", "-kernel", elf]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def run_on_visoc(visoc, elf, out):
    done = subprocess.run([visoc, "run", elf, "--out", out, "--max-time", "100ms", "--quiet"], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=TIMEOUT_S)
    try:
        with open(os.path.join(out, "console.log"), errors="replace") as console:
            text = console.read()
    except OSError:
        text = ""
    return done.returncode, text, done.stderr.decode(errors="replace")


def expect(condition, what, result):
    if not condition:
        code, console, errors = result
        print(f"failed: {what}\nexit code {code}\nconsole:\n{console}\nstderr:\n{errors}")
        sys.exit(1)


def lines_of(console):
    return [line for line in console.splitlines() if line.startswith("selftest: ")]


def check_hello(result, model, harts):
    expect(result[0] == 0, "hello passes", result)
    expect(f"hello from {model}" in result[1], f"hello names the machine {model}", result)
    expect(f"harts: {harts}," in result[1], f"hello finds {harts} harts", result)
    expect("slept for 100 us: yes" in result[1], "hello slept", result)


def check_selftest(result, present):
    expect(result[0] == 0, "selftest passes", result)
    lines = lines_of(result[1])
    expect(lines and lines[-1] == "selftest: 0 failed", "selftest comes to its end", result)
    for name in present:
        expect(f"selftest: {name} ok" in lines, f"selftest tests {name}", result)


def check_fault(result, exit_code):
    expect(result[0] == exit_code, f"the exit code is {exit_code}", result)
    expect("fault: loading from nowhere" in result[1], "fault starts", result)
    expect("trap: hart 0: load access fault, mcause 5, mepc 0x8" in result[1], "the exception is reported", result)
    expect("mtval 0x500000," in result[1], "the report names the address", result)


def main():
    machine, build = sys.argv[1], sys.argv[2]
    hello, selftest, fault = (os.path.join(build, "firmware", name + ".elf") for name in ("hello", "selftest", "fault"))
    common = ["memory", "traps", "runtime", "uart0", "clint0", "plic0"]
    if machine == "qemu":
        if shutil.which("qemu-system-riscv64") is None:
            return 77
        for harts in (1, 4):
            check_hello(run_on_qemu(hello, harts), "riscv-virtio,qemu", harts)
            check_selftest(run_on_qemu(selftest, harts), common)
        check_fault(run_on_qemu(fault, 1), 0x45)
        return 0
    visoc = os.path.join(build, "visoc")
    if not os.path.exists(visoc):
        return 77
    with tempfile.TemporaryDirectory() as out:
        check_hello(run_on_visoc(visoc, hello, os.path.join(out, "hello")), "visoc,standard", 1)
        check_selftest(run_on_visoc(visoc, selftest, os.path.join(out, "selftest")), common + ["sync0"])
        check_fault(run_on_visoc(visoc, fault, os.path.join(out, "fault")), 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
