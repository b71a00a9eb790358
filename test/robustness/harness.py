"""Runs visoc on bad input and checks what it answers.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import pathlib
import re
import struct
import subprocess
import time

SECONDS = 2.0  # By then every answer is there; a loaded machine gets five times as long before the case is called a hang.
PASS_CODE = [0x001002B7, 0x00005337, 0x55530313, 0x0062A023, 0x0000006F]  # Writes "pass" to the finisher.
BASE = 0x80000000


class Harness:
    def __init__(self, visoc, folder):
        self.visoc, self.folder = visoc, pathlib.Path(folder)
        self.failures, self.cases = [], 0

    def path(self, name):
        return str(self.folder / name)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def run(self, arguments, **options):
        started = time.monotonic()
        done = subprocess.run([self.visoc] + arguments, stdin=subprocess.DEVNULL, capture_output=True, timeout=5 * SECONDS, **options)
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"), time.monotonic() - started

    def case(self, name, arguments, code, *texts, **options):
        """`texts`: regular expressions that stdout + stderr must match."""
        self.cases += 1
        try:
            got, out, err, _ = self.run(arguments, **options)
        except subprocess.TimeoutExpired:
            self.failures.append(f"{name}: hangs")
            return None
        text = out + err
        problems = []
        if got != code:
            problems.append(f"exit code {got} instead of {code}")
        for wanted in texts:
            if not re.search(wanted, text):
                problems.append(f"says nothing like '{wanted}'")
        if re.search(r"terminate called|Sanitizer|core dumped|internal error|Traceback", text):
            problems.append("shows its insides")
        if problems:
            self.failures.append(f"{name}: {'; '.join(problems)}\n    {text.strip()[:600]}")
        return text

    def run_case(self, name, elf, code, *texts, arguments=()):
        """A run: result.json must be there and say the same."""
        out = self.path("out_" + re.sub(r"\W", "_", name))
        text = self.case(name, ["run", elf, "--out", out, "--quiet", *arguments], code, *texts)
        try:
            with open(os.path.join(out, "result.json"), encoding="utf-8") as file:
                result = json.load(file)
        except (OSError, ValueError) as error:
            self.failures.append(f"{name}: no valid result.json: {error}")
            return {}, text
        if result["exit_code"] != code:
            self.failures.append(f"{name}: result.json says exit code {result['exit_code']}")
        return result, text

    def verdict(self):
        for failure in self.failures:
            print("FAILED " + failure)
        print(f"{self.cases} cases, {len(self.failures)} failed")
        return 1 if self.failures else 0


def words(code):
    return b"".join(struct.pack("<I", word & 0xFFFFFFFF) for word in code)


def elf(code=None, **changes):
    """A minimal ELF64 executable; `changes` replaces header or program header fields."""
    payload = words(PASS_CODE if code is None else code)
    fields = {"magic": b"\x7fELF", "bits": 2, "endian": 1, "type": 2, "machine": 243, "entry": BASE, "phoff": 64, "phentsize": 56, "phnum": 1,
              "p_type": 1, "offset": 0x1000, "vaddr": BASE, "paddr": None, "filesz": len(payload), "memsz": None}
    second = changes.pop("second", None)
    fields.update(changes)
    if fields["paddr"] is None:
        fields["paddr"] = fields["vaddr"]
    if fields["memsz"] is None:
        fields["memsz"] = fields["filesz"]
    if second is not None:
        fields["phnum"] = 2
    order = "<" if fields["endian"] == 1 else ">"
    ident = fields["magic"] + bytes([fields["bits"], fields["endian"], 1]) + bytes(9)
    header = ident + struct.pack(order + "HHIQQQIHHHHHH", fields["type"], fields["machine"], 1, fields["entry"], fields["phoff"] & (2**64 - 1), 0, 0, 64,
                                 fields["phentsize"], fields["phnum"], 0, 0, 0)

    def program_header(f):
        return struct.pack(order + "IIQQQQQQ", f["p_type"], 5, f["offset"], f["vaddr"], f["paddr"], f["filesz"], f["memsz"], 4096)
    headers = program_header(fields)
    if second is not None:
        headers += program_header({**fields, **second})
    return (header + headers).ljust(0x1000, b"\0") + payload
