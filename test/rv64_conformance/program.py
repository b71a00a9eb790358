"""One generated conformance program: its text, its operand tables, and for each slot of the signature a label and what it must be.

SPDX-License-Identifier: Apache-2.0
"""
import random

ALL = (1 << 64) - 1
OPERANDS, RESULTS, COUNT = 8, 9, 19  # s0 and s1 walk through operands and signature, s3 counts.
FREE = [number for number in range(1, 32) if number not in (OPERANDS, RESULTS, COUNT)]
CORNERS = [0, 1, ALL, 1 << 63, (1 << 63) - 1, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa, 0x7fffffff, 0x80000000, 0xffffffff, 0xffffffff80000000, 0xffffffff00000000]


def hexadecimal(values):
    return " ".join(f"{value:#x}" for value in values)


class Program:
    """Text goes through main in order; each result goes to the next slot (s1)."""

    def __init__(self, name):
        self.name = name
        self.random = random.Random(name)
        self.lines, self.data, self.labels, self.expected, self.tables = [], [], [], [], {}

    def registers(self, count):
        """Different ones, none of them x0 or one that the frame needs."""
        return self.random.sample(FREE, count)

    def operands(self, count):
        return CORNERS + [self.random.getrandbits(64) for _ in range(count)]

    def table(self, values):
        """The label of a data table of dwords; equal tables are one."""
        key = tuple(values)
        if key not in self.tables:
            self.tables[key] = f"table{len(self.tables)}"
        return self.tables[key]

    def slot(self, label, expected=None):
        """A slot that the text fills; None: compared with QEMU alone."""
        self.labels.append(label)
        self.expected.append(None if expected is None else int(expected) & ALL)

    def sign(self, register, label, expected=None):
        self.lines += [f"sd {register}, 0(s1)", "addi s1, s1, 8"]
        self.slot(label, expected)

    def loop(self, rows, body, results):
        """`body` for each row of operands (s0 points to it), then s1 moves over its `results`. The slots are the caller's."""
        flat = [value for row in rows for value in row]
        self.lines += [f"la s0, {self.table(flat)}", f"li s3, {len(rows)}", "1:", *body, f"addi s0, s0, {8 * len(rows[0])}", f"addi s1, s1, {8 * results}",
                       "addi s3, s3, -1", "bnez s3, 1b"]

    def source(self):
        out = ["# Generated: see test/rv64_conformance.", '.include "conformance.inc"', ".text", "main:", *self.lines, "j finish", ".data", ".balign 64", *self.data]
        for values, label in self.tables.items():
            out.append(".balign 8")
            out.append(f"{label}:")
            out += [".dword " + ",".join(f"{value:#x}" for value in values[at:at + 16]) for at in range(0, len(values), 16)]
        out += ['.section .signature, "aw"', f".rept {len(self.labels)}", ".dword UNWRITTEN", ".endr", '.section .expected, "aw"']
        for at in range(0, len(self.expected), 16):
            out.append(".dword " + ",".join(f"{value or 0:#x}" for value in self.expected[at:at + 16]))
        out.append('.section .checks, "aw"')
        for at in range(0, len(self.expected), 64):
            out.append(".byte " + ",".join(str(int(value is not None)) for value in self.expected[at:at + 64]))
        return "\n".join(out) + "\n"
