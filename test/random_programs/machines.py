"""Builds programs and runs them on visoc and on QEMU.

SPDX-License-Identifier: Apache-2.0
"""
import array
import json
import os
import pathlib
import shutil
import subprocess
import sys

LINKER_SCRIPT = "ENTRY(_start) SECTIONS { . = 0x80000000; .text : { *(.text.start) *(.text*) } . = ALIGN(4096); .data : { *(.data*) } }"
MARCH = "-march=rv64imafdc_zicsr_zifencei_zba_zbb_zbs"
CPU = "rv64,zba=true,zbb=true,zbs=true,zbc=false,h=false,debug=false,sstc=true"
# With one hart, QEMU 7.2 makes a load and a store of an AMO, and its page faults are a load's; with two it is one access, as it should be. The
# second hart sleeps.
BAD_INPUT = 2  # visoc's exit code for configurations that it refuses.
SECONDS = 60  # A program needs a few; one that takes longer hangs.


def build(source, folder, name, linker_script=LINKER_SCRIPT):
    assembly, elf, script = (os.path.join(folder, name + end) for end in (".S", ".elf", ".ld"))
    pathlib.Path(assembly).write_text(source, encoding="ascii")
    pathlib.Path(script).write_text(linker_script, encoding="ascii")
    subprocess.run(["riscv64-unknown-elf-as", MARCH, assembly, "-o", elf + ".o"], check=True)
    subprocess.run(["riscv64-unknown-elf-ld", "-T", script, "--no-warn-rwx-segments", elf + ".o", "-o", elf], check=True)
    return elf


def qemu(elf, *more):
    command = ["qemu-system-riscv64", "-M", "virt", "-cpu", CPU, "-m", "256M", "-smp", "2", "-bios", "none", "-display", "none", "-monitor", "none", "-serial", "stdio",
               "-kernel", elf, *more]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False).stdout.decode(errors="replace")


def qemu_memory(elf, folder, base, size, single_step):
    """`size` bytes from `base` on, as they are when the program has ended."""
    backing = pathlib.Path(folder, "memory")
    backing.unlink(missing_ok=True)
    qemu(elf, "-object", f"memory-backend-file,id=memory,size=256M,mem-path={backing},share=on", "-machine", "memory-backend=memory",
         *(["-singlestep"] if single_step else []))
    with open(backing, "rb") as file:
        file.seek(base - 0x80000000)
        return array.array("Q", file.read(size))


class Visoc:
    """One binary with one set of options."""

    def __init__(self, binary, settings=()):
        self.binary, self.given = binary, list(settings)
        self.settings = [word for setting in settings for word in ("--set", setting)]

    def run(self, elf, folder, *more):
        """The finished process; results are in `folder`. Ends the campaign if visoc does not take the options."""
        shutil.rmtree(folder, ignore_errors=True)  # What is there afterwards is this run's.
        command = [self.binary, "run", elf, "--out", folder, "--quiet", "--no-report", *self.settings, *more]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False)
        if done.returncode == BAD_INPUT:
            sys.exit(done.stderr.decode(errors="replace"))
        return done

    @staticmethod
    def result(folder):
        return json.loads(pathlib.Path(folder, "result.json").read_text(encoding="utf-8"))

    @staticmethod
    def console(folder):
        log = pathlib.Path(folder, "console.log")
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

    def memory(self, elf, folder):
        """The memory between begin_signature and end_signature, and how the run ended: "" if it ended as it should."""
        signature = os.path.join(os.path.dirname(folder), "signature")
        pathlib.Path(signature).unlink(missing_ok=True)
        done = self.run(elf, folder, "--signature", signature, "--max-time", "10s")
        problem = "" if done.returncode == 0 else f"visoc ended with {done.returncode}: {done.stderr.decode(errors='replace')[:300]}"
        if not os.path.exists(signature):
            return array.array("Q"), problem or "no signature"
        words = bytes.fromhex(pathlib.Path(signature).read_text(encoding="ascii").replace("\n", ""))
        swapped = array.array("I", words)
        swapped.byteswap()
        return array.array("Q", swapped.tobytes()), problem
