#!/usr/bin/env python3
"""gdb_test.py GROUP --program ELF --selftest ELF --visoc BINARY: gdb-multiarch on a run of gdb_program.c. Exit 77: there is no gdb-multiarch.

Expected values are read off gdb_program.c by hand; what a run gives is compared with the same run without a debugger.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import difflib
import json
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 40.0


class Failure(Exception):
    pass


def expect(condition, text):
    if not condition:
        raise Failure(text)


class Output:
    """Reads a pipe of a process with patience."""

    def __init__(self, pipe):
        self.pipe, self.text = pipe, ""

    def until(self, pattern):
        """What comes up to and with the first match of a regular expression."""
        deadline = time.monotonic() + PATIENCE
        while not (match := re.search(pattern, self.text)):
            ready, _, _ = select.select([self.pipe], [], [], max(0.0, deadline - time.monotonic()))
            data = self.pipe.read1(65536) if ready else b""
            expect(data, f"'{pattern}' does not come; so far:\n{self.text[-3000:]}")
            self.text += data.decode(errors="replace")
        taken, self.text = self.text[:match.end()], self.text[match.end():]
        return taken


class Run:
    """visoc with --gdb, on a port of its own choice."""

    def __init__(self, bench, name, *arguments):
        self.out = bench.folder / name
        self.process = subprocess.Popen([bench.visoc, "run", bench.program, "--out", self.out, "--quiet", "--no-report", "--state-hash", "--gdb", "0", *arguments],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        bench.processes.append(self.process)
        self.stderr = Output(self.process.stderr)
        self.port = int(re.search(r":(\d+)\n", self.stderr.until(r"visoc: waiting for GDB on 127\.0\.0\.1:\d+\n")).group(1))

    def end(self, code=0):
        """The result, once the process has ended with `code`."""
        try:
            self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failure("the run does not end") from None
        expect(self.process.returncode == code, f"the run ends with {self.process.returncode} instead of {code}: {self.process.stderr.read()}")
        result = json.loads((self.out / "result.json").read_text(encoding="utf-8"))
        expect(result["exit_code"] == code, f"result.json says {result['exit_code']}")
        return result


class Gdb:
    def __init__(self, bench, port):
        self.process = subprocess.Popen([bench.gdb, "-nx", "-q", bench.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        cwd=bench.folder)
        bench.processes.append(self.process)
        self.output, self.steps = Output(self.process.stdout), 0
        for setting in ("pagination off", "confirm off", "width 0", "remotetimeout 20"):
            self.say("set " + setting)
        self.say(f"target remote 127.0.0.1:{port}", r"0x0*1000 in \?\?")  # The boot ROM: nothing has run yet.

    def start(self, command):
        self.steps += 1
        self.process.stdin.write(f"{command}\necho <{self.steps}>\\n\n".encode())
        self.process.stdin.flush()

    def finish(self, *patterns):
        answer = self.output.until(f"<{self.steps}>\n")
        for pattern in patterns:
            expect(re.search(pattern, answer), f"step {self.steps}: nothing like '{pattern}' in:\n{answer}")
        return answer

    def say(self, command, *patterns):
        self.start(command)
        return self.finish(*patterns)

    def interrupt(self):
        """Ctrl-C, a moment after the machine went on."""
        self.output.until(r"Continuing\.\n")
        time.sleep(0.05)
        self.process.send_signal(signal.SIGINT)

    def quit(self):
        self.process.stdin.write(b"quit\n")
        self.process.stdin.flush()
        self.process.wait(timeout=PATIENCE)


class Bench:
    def __init__(self, arguments, folder):
        self.folder = pathlib.Path(folder)
        self.visoc, self.program, self.selftest = (str(pathlib.Path(path).resolve()) for path in (arguments.visoc, arguments.program, arguments.selftest))
        self.gdb, self.processes = shutil.which("gdb-multiarch"), []
        self.lines = pathlib.Path(__file__).with_name("gdb_program.c").read_text(encoding="utf-8").splitlines()

    def line(self, text):
        """Number of the one line of the program that contains `text`."""
        numbers = [number for number, line in enumerate(self.lines, 1) if text in line]
        expect(len(numbers) == 1, f"{len(numbers)} lines of the program have '{text}'")
        return numbers[0]

    def plain(self, *arguments):
        out = self.folder / "plain"
        subprocess.run([self.visoc, "run", self.program, "--out", out, "--quiet", "--no-report", "--state-hash", *arguments], check=True, timeout=PATIENCE,
                       stderr=subprocess.DEVNULL)
        return json.loads((out / "result.json").read_text(encoding="utf-8"))

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()


def same_run(debugged, plain):
    """Everything but what the host did to make it fast."""
    for result in (debugged, plain):
        checked = result.pop("protocol", {"protocol_violations": 0})  # A debugger's own accesses are checked, and so counted, too.
        expect(checked["protocol_violations"] == 0, "a rule of TLM-2.0 is broken")
        for instance in result["instances"].values():
            for name in ("blocks_decoded", "blocks_dropped", "blocks_translated"):
                instance["statistics"].pop(name, None)
    for name in ("instructions", "simulated_time_ps"):
        expect(debugged[name] == plain[name], f"{name}: {debugged[name]} with a debugger, {plain[name]} without")
    texts = [json.dumps(result, indent=1, sort_keys=True).splitlines() for result in (debugged, plain)]
    expect(debugged == plain, "another result with a debugger:\n" + "\n".join(difflib.unified_diff(*texts, "with", "without", lineterm="", n=0)))


def check_translated(bench):
    """The same session on translated code."""
    check_session(bench, "--set", "cpu0.impl=jit")


def check_session(bench, *arguments):
    """A person's session, step by step; at its end the run is the one that it would have been."""
    run = Run(bench, "debugged", *arguments)
    gdb = Gdb(bench, run.port)
    gdb.say("info threads", r"\* 1 .*hart 0, machine mode")
    gdb.say("break twice", r"Breakpoint 1 at 0x8.*gdb_program\.c")
    gdb.say("continue", r"Breakpoint 1, twice \(value=21\)")
    gdb.say("backtrace", r"#0 +twice \(value=21\)", r"#1 .*work \(value=21\)", r"#2 .*start \(hart=0\)")
    gdb.say("info registers", r"sp\s+0x8\w+", r"gp\s+0x8\w+", r"pc\s+0x8\w+\s+0x8\w+ <twice\+\d+>")
    gdb.say("print/x $mscratch", r"= 0x1234567890abcdef")
    gdb.say("print $mhartid", r"= 0\b")
    gdb.say("print ($mstatus >> 13) & 3", r"= 3\b")  # FS is dirty: there was floating point.
    gdb.say("print ($misa >> 2) & 1", r"= 1\b")  # C
    gdb.say("print $priv", r"= 3\b|Machine")
    gdb.say("print half", r"= 2\.5\b")
    gdb.say("info registers float", r"fa0 +\{float = .*double = ", r"fcsr")
    gdb.say("info registers csr", r"mtvec", r"mepc", r"minstret", r"mcycle")
    gdb.say("print/x scratch", r"= 0x1122334455667788")
    gdb.say("set var scratch = 0xfeedfacecafebeef")
    gdb.say("x/8xb &scratch", r"0xef\s+0xbe\s+0xfe\s+0xca\s+0xce\s+0xfa\s+0xed\s+0xfe")
    gdb.say("set var scratch = 0x1122334455667788")
    gdb.say("print counter", r"= 0\b")
    gdb.say("step", r"add \(a=21, b=21\)")
    gdb.say("finish", r"Run till exit", r"Value returned is \$\d+ = 42")
    gdb.say("watch counter", r"atchpoint 2: counter")
    gdb.say("continue", r"atchpoint 2: counter", r"Old value = 0\n", r"New value = 42\n")
    gdb.say("print counter", r"= 42\b")
    gdb.say("delete 2")
    gdb.say("rwatch half")
    gdb.say("tbreak spin")
    gdb.say("continue", r"Breakpoint 1, twice \(value=43\)")
    before = int(re.search(r"= (\d+)", gdb.say("print/u $minstret")).group(1))
    first = int(re.search(r"= 0x(\w+)", gdb.say("print/x $pc")).group(1), 16)
    gdb.say("stepi 3")
    expect(int(re.search(r"= (\d+)", gdb.say("print/u $minstret")).group(1)) == before + 3, "stepi 3 are not three instructions")
    after = int(re.search(r"= 0x(\w+)", gdb.say("print/x $pc")).group(1), 16)
    expect(6 <= after - first <= 12, f"stepi 3 goes from {first:#x} to {after:#x}")
    gdb.say("next", rf"\b{bench.line('counter = (unsigned long)result')}\s")
    gdb.say("continue", r"breakpoint 4, spin \(rounds=60000000\)")
    gdb.say("delete")
    gdb.start("continue")
    gdb.interrupt()
    gdb.finish(r"Program received signal SIGINT", r"spin \(rounds=60000000\)")
    ticks = int(re.search(r"= (\d+)", gdb.say("print ticks")).group(1))
    expect(0 < ticks < 60000000 - 1, f"Ctrl-C came at tick {ticks}")
    body = bench.line("ticks = i;")
    gdb.say("next", rf"\b({body - 1}|{body}|{body + 1})\s")  # To another line of the loop, wherever it was.
    gdb.say(f"break {bench.line('int done = work')}")  # Was passed; never hit again.
    gdb.say("detach", r"detached")
    gdb.quit()
    same_run(run.end(), bench.plain(*arguments))
    print(f"{gdb.steps} steps")


def check_memory(bench):
    """What is written is what the program goes on with; the client hears how the run ends; registers and jumps work."""
    run = Run(bench, "written")
    gdb = Gdb(bench, run.port)
    gdb.say("hbreak add", r"Hardware assisted breakpoint 1")
    gdb.say("continue", r"Breakpoint 1, .*add \(a=21, b=21\)")
    gdb.say("set var code = 3")
    gdb.say("set var a = 20")
    gdb.say("set var b = 22")
    gdb.say("awatch scratch")
    gdb.say("tbreak spin")
    gdb.say("disable 1")
    gdb.say("continue", r"breakpoint 3, spin")
    gdb.say("print counter", r"= 86\b")  # twice(42 + 1), where 42 is 20 + 22.
    gdb.say("set var $a1 = 0x8877665544332211")
    gdb.say("print/x $a1", r"= 0x8877665544332211")
    gdb.say("set var $mscratch = 0x42")
    gdb.say("print/x $mscratch", r"= 0x42\b")
    gdb.say("set var $fs3.double = 1.5")
    gdb.say("print $fs3.double", r"= 1\.5\b")
    gdb.say("print rounds", r"= 60000000")
    gdb.say("set var rounds = 10")
    gdb.say("x/i 0x70000000", r"Cannot access memory")
    gdb.say("set var *(int*)0x70000000 = 1", r"Cannot access memory")
    gdb.say("stepi")
    gdb.say("continue", r"exited with code 01\]")
    gdb.quit()
    result = run.end(code=1)
    expect(result["firmware_code"] == 3 and result["status"] == "fail", f"the run ends as {result['status']} {result['firmware_code']}")
    expect(result["instructions"] < 1000000, "the loop was not shortened")

    killed = Run(bench, "killed")
    gdb = Gdb(bench, killed.port)
    gdb.say("break twice")
    gdb.say("continue", r"Breakpoint 1, twice")
    gdb.say("kill", r"killed")
    gdb.quit()
    expect("debugger" in killed.end(code=143)["reason"], "the result does not say that the debugger ended the run")


def check_harts(bench):
    """Four harts are four threads: each is stopped, stepped and read; no breakpoint is missed; the run is the one without a debugger."""
    quad = ("--platform", str(ROOT / "platforms/quad.json"))
    run = Run(bench, "quad", *quad)
    gdb = Gdb(bench, run.port)
    gdb.say("info threads", r"1 .*hart 0", r"2 .*hart 1", r"3 .*hart 2", r"4 .*hart 3")
    gdb.say("break lap if hart == 2")
    gdb.say("continue", r"hit Breakpoint 1, lap \(hart=2\)", r"Thread 3 ")
    gdb.say("print $mhartid", r"= 2\b")
    gdb.say("thread 2", r"Switching to thread 2")
    gdb.say("print $mhartid", r"= 1\b")
    gdb.say("thread 3")
    laps = int(re.search(r"= (\d+)", gdb.say("print laps[2]")).group(1))
    for more in range(1, 6):
        gdb.say("continue", r"lap \(hart=2\)")
        gdb.say("print laps[2]", rf"= {laps + more}\b")  # Each lap stops: none is missed while others are stepped over their breakpoints.
    gdb.say("stepi")
    gdb.say("print $_thread", r"= 3\b")
    gdb.say("delete")
    gdb.say("watch laps[3]")
    gdb.say("continue", r"atchpoint 2: laps\[3\]", r"Thread 4 ", r"lap \(hart=3\)")
    gdb.say("delete")
    gdb.start("continue")
    gdb.interrupt()
    gdb.finish(r"received signal SIGINT")
    gdb.say("tbreak end")
    gdb.say("continue", r"Thread 1 .*hit Temporary breakpoint 3, end \(with=0\)")
    gdb.say("print code", r"= 0\b")
    gdb.say("detach", r"detached")
    gdb.quit()
    same_run(run.end(), bench.plain(*quad))


def check_devices(bench):
    """Stops and steps between accesses to devices, in interrupt handlers and around sleep leave the run as it is."""
    bench.program = bench.selftest
    run = Run(bench, "devices")
    gdb = Gdb(bench, run.port)
    gdb.say("stepi 300")
    gdb.say("break print")
    gdb.say("ignore 1 3", r"Will ignore next 3")
    gdb.say("continue", r"Breakpoint 1, print")
    gdb.say("stepi 50")
    gdb.say("delete")
    for function, steps in (("dma_wait", 7), ("npu_wait", 70), ("trap_entry", 100)):
        gdb.say("tbreak " + function)
        gdb.say("continue", function)
        gdb.say(f"stepi {steps}")
    gdb.say("detach", r"detached")
    gdb.quit()
    same_run(run.end(), bench.plain())


def check_host(bench):
    """Signals end a run that waits or is held; wall limits do not; clients come, go and come again; a taken port is the host's refusal."""
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        waiting = Run(bench, f"waiting{code}")
        waiting.process.send_signal(number)
        expect(waiting.end(code)["instructions"] == 0, "something ran before a client came")
        held = Run(bench, f"held{code}")
        gdb = Gdb(bench, held.port)
        gdb.say("tbreak twice")
        gdb.say("continue", r"twice \(value=21\)")
        held.process.send_signal(number)
        expect(held.end(code)["status"] == "interrupted", "the result does not say that the run was interrupted")
        gdb.quit()

    patient = Run(bench, "patient", "--max-wall", "5s")
    gdb = Gdb(bench, patient.port)
    time.sleep(5.5)
    gdb.say("tbreak twice")
    gdb.say("continue", r"twice \(value=21\)")
    taken = subprocess.run([bench.visoc, "run", bench.program, "--out", bench.folder / "taken", "--gdb", str(patient.port)], capture_output=True, check=False,
                           timeout=PATIENCE)
    expect(taken.returncode == 3 and f"127.0.0.1:{patient.port}".encode() in taken.stderr, f"a taken port gives {taken.returncode}: {taken.stderr}")
    with socket.create_connection(("127.0.0.1", patient.port)) as second:
        second.settimeout(PATIENCE)
        expect(second.recv(1) == b"", "a second client is not refused")
    gdb.process.kill()  # It vanishes with a breakpoint set, or about to be.
    gdb.process.wait()
    with socket.create_connection(("127.0.0.1", patient.port)) as again:
        again.settimeout(PATIENCE)
        again.sendall(b"$?#3f")
        expect(again.recv(2) == b"+$", "the next client is not served")
    patient.end()
    wrong = subprocess.run([bench.visoc, "run", bench.program, "--out", bench.folder / "wrong", "--gdb", "65536"], capture_output=True, check=False,
                           timeout=PATIENCE)
    expect(wrong.returncode == 2, f"port 65536 gives {wrong.returncode}")


def main():
    groups = {name[6:]: check for name, check in globals().items() if name.startswith("check_")}
    parser = argparse.ArgumentParser()
    parser.add_argument("group", choices=sorted(groups))
    parser.add_argument("--program", required=True)
    parser.add_argument("--selftest", required=True)
    parser.add_argument("--visoc", required=True)
    arguments = parser.parse_args()
    if shutil.which("gdb-multiarch") is None:
        print("gdb-multiarch is not installed; skipped")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments, folder)
        try:
            groups[arguments.group](bench)
        except Failure as failure:
            print(f"FAILED: {failure}")
            return 1
        finally:
            bench.end()
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
