"""The C extension by its own mnemonics (none is left to the assembler's choice), with expected values.

Source: RISC-V unprivileged ISA 20191213, chapter 16.

SPDX-License-Identifier: Apache-2.0
"""
import integer_model as model
from program import ALL, CORNERS, Program

EIGHT = range(8, 16)  # The registers of the three-bit fields: x8 to x15.
# rd', rs2' and the full forms compute as these do.
TWO = {"c.sub": "sub", "c.xor": "xor", "c.or": "or", "c.and": "and", "c.subw": "subw", "c.addw": "addw"}
VALUES = CORNERS + [0x123456789abcdef0, 0xfedcba9876543210]


class Compressed(Program):
    """s0 and s1 are among the registers under test, so the signature's pointer is in t6 here."""

    def sign(self, register, label, expected=None):
        self.lines += [f"sd {register}, 0(t6)", "addi t6, t6, 8"]
        self.slot(label, expected)

    def one(self, text, register, expected, **before):
        self.lines += [f"li {name}, {value:#x}" for name, value in before.items()] + [text]
        self.sign(register, f"{text} with {' '.join(f'{name}={value:#x}' for name, value in before.items())}", expected)


def arithmetic(p):
    for name, plain in TWO.items():
        for a in VALUES:
            for b in VALUES[::2]:
                d, s = p.random.sample(list(EIGHT), 2)
                p.one(f"{name} x{d}, x{s}", f"x{d}", model.THREE[plain](a, b), **{f"x{d}": a, f"x{s}": b})
            d = p.random.choice(EIGHT)
            p.one(f"{name} x{d}, x{d}", f"x{d}", model.THREE[plain](a, a), **{f"x{d}": a})
    for a in VALUES:
        for b in VALUES[:4]:
            d, s = p.random.sample(range(1, 31), 2)
            p.one(f"c.add x{d}, x{s}", f"x{d}", a + b, **{f"x{d}": a, f"x{s}": b})
        p.one(f"c.mv x{d}, x{s}", f"x{d}", a, **{f"x{d}": 5, f"x{s}": a})
        for immediate in (-32, -1, 1, 21, 31):
            d = p.random.randrange(1, 31)
            p.one(f"c.addi x{d}, {immediate}", f"x{d}", a + immediate, **{f"x{d}": a})
            p.one(f"c.addiw x{d}, {immediate}", f"x{d}", model.word(a + immediate), **{f"x{d}": a})
            d = p.random.choice(EIGHT)
            p.one(f"c.andi x{d}, {immediate}", f"x{d}", a & immediate, **{f"x{d}": a})
        p.one(f"c.addiw x{d}, 0", f"x{d}", model.word(a), **{f"x{d}": a})
        p.one(f"c.andi x{d}, 0", f"x{d}", 0, **{f"x{d}": a})
        for amount in (1, 7, 31, 32, 33, 63):
            d = p.random.randrange(1, 31)
            p.one(f"c.slli x{d}, {amount}", f"x{d}", a << amount, **{f"x{d}": a})
            d = p.random.choice(EIGHT)
            p.one(f"c.srli x{d}, {amount}", f"x{d}", a >> amount, **{f"x{d}": a})
            p.one(f"c.srai x{d}, {amount}", f"x{d}", model.signed(a) >> amount, **{f"x{d}": a})
        for immediate in (-512, -16, 16, 176, 336, 496):
            p.one(f"c.addi16sp sp, {immediate}", "sp", a + immediate, sp=a)
        for immediate in (4, 8, 16, 64, 340, 680, 1020):
            d = p.random.choice(EIGHT)
            p.one(f"c.addi4spn x{d}, sp, {immediate}", f"x{d}", a + immediate, **{"sp": a, f"x{d}": 1})
    for immediate in (-32, -1, 0, 1, 21, 31):
        for d in (1, 15, 30):
            p.one(f"c.li x{d}, {immediate}", f"x{d}", immediate, **{f"x{d}": 99})
    for immediate in (1, 31, 21, 0xfffe0, 0xfffff, 0xfffeb):
        for d in (1, 3, 15, 30):
            p.one(f"c.lui x{d}, {immediate:#x}", f"x{d}", model.sext(immediate << 12, 32), **{f"x{d}": 99})
    # Hints change nothing.
    for text in ("c.nop", ".insn 2, 0x0085 # c.nop 1, a hint", ".insn 2, 0x4005 # c.li x0, 1, a hint", ".insn 2, 0x6005 # c.lui x0, 1, a hint", ".insn 2, 0x8006 | 0 # c.mv x0, x1",
                 ".insn 2, 0x9006 # c.add x0, x1, a hint", ".insn 2, 0x0006 # c.slli x0, 1, a hint", ".insn 2, 0x0281 # c.addi x5, 0, a hint",
                 ".insn 2, 0x0282 # c.slli x5, 0, a hint", ".insn 2, 0x8001 # c.srli x8, 0, a hint", ".insn 2, 0x8401 # c.srai x8, 0, a hint"):
        p.lines += ["li x5, 0x1234", "li x8, 0x8000000000004321", text, "add x5, x5, x8", "add x5, x5, x0"]
        p.sign("x5", text, 0x8000000000005555)


def memory(p):
    content = bytearray(p.random.randrange(256) for _ in range(640))
    p.data += [".balign 4096", "cells:"] + [".byte " + ",".join(map(str, content[at:at + 32])) for at in range(0, 640, 32)]

    def read(at, size):
        return int.from_bytes(content[at:at + size], "little")

    for name, size, top in (("c.lw", 4, 124), ("c.ld", 8, 248), ("c.fld", 8, 248), ("c.lwsp", 4, 252), ("c.ldsp", 8, 504), ("c.fldsp", 8, 504)):
        for offset in [0] + [size << i for i in range(8) if size << i < top] + [top]:
            for start in (0, 3):  # Misaligned too.
                base, to = ("sp" if name.endswith("sp") else f"x{p.random.choice(EIGHT)}"), p.random.choice(EIGHT)
                p.lines += [f"la {base}, cells + {start}", f"{name} {'f' if 'f' in name else 'x'}{to}, {offset}({base})"]
                if "f" in name:
                    p.lines.append(f"fmv.x.d x{to}, f{to}")
                p.sign(f"x{to}", f"{name} {offset}({base}), base {start}", model.sext(read(start + offset, size), 8 * size))
    for name, size, top in (("c.sw", 4, 124), ("c.sd", 8, 248), ("c.fsd", 8, 248), ("c.swsp", 4, 252), ("c.sdsp", 8, 504), ("c.fsdsp", 8, 504)):
        for offset in [0] + [size << i for i in range(8) if size << i < top] + [top]:
            for start in (8, 13):
                registers = p.random.sample(list(EIGHT), 2)
                base, source = ("sp" if name.endswith("sp") else f"x{registers[0]}"), registers[1]
                value = p.random.getrandbits(64)
                p.lines += [f"la {base}, cells + {start}", f"li x{source}, {value:#x}"]
                if "f" in name:
                    p.lines.append(f"fmv.d.x f{source}, x{source}")
                p.lines.append(f"{name} {'f' if 'f' in name else 'x'}{source}, {offset}({base})")
                at = start + offset
                content[at:at + size] = value.to_bytes(8, "little")[:size]
                for near in (at & -8, (at & -8) + 8):
                    p.lines += [f"la x{source}, cells + {near}", f"ld x{source}, 0(x{source})"]
                    p.sign(f"x{source}", f"{name} {offset}({base}), base {start}: doubleword at {near}", read(near, 8))


def control(p):
    for name, taken in (("c.beqz", lambda a: a == 0), ("c.bnez", lambda a: a != 0)):
        for value in (0, 1, ALL, 1 << 63, 1 << 32):
            for register in EIGHT:
                p.lines += [f"li x{register}, {value:#x}", "li t0, 1", f"{name} x{register}, 1f", "li t0, 0", "1:"]
                p.sign("t0", f"{name} x{register} forward, {value:#x}", taken(value))
                p.lines += [f"li x{register}, {value:#x}", "li t0, 0", "c.j 3f", "2: li t0, 1", "c.j 4f", ".skip 200", f"3: {name} x{register}, 2b", "4:"]
                p.sign("t0", f"{name} x{register} backward, {value:#x}", taken(value))
    p.lines += ["li t0, 0", "c.j 1f", ".skip 2000", "2: addi t0, t0, 5", "c.j 3f", ".skip 30", "1: addi t0, t0, 2", "c.j 2b", "3:"]
    p.sign("t0", "c.j forward and backward, about 2000 bytes", 7)
    for register in (1, 5, 8, 29):
        p.lines += [f"la x{register}, 1f + 1", "li t2, 1", f"c.jr x{register}", "li t2, 0", "1:"]
        p.sign("t2", f"c.jr x{register}, an odd target", 1)
        p.lines += [f"la x{register}, 1f", "li t2, 1", f"c.jalr x{register}", "0: li t2, 0", "1: la t3, 0b", "sub t3, ra, t3"]
        p.sign("t2", f"c.jalr x{register} jumps", 1)
        p.sign("t3", f"c.jalr x{register} links the next instruction", 0)
    # A 32-bit instruction on each halfword of two cache lines: fetches across lines.
    p.lines += ["li t0, 0", ".balign 64"] + ["c.nop", ".option push", ".option norvc", "addi t0, t0, 1", ".option pop"] * 40
    p.sign("t0", "40 instructions of 32 bits at odd halfwords", 40)


def programs():
    program = Compressed("rv64c")
    program.lines += ["mv t6, s1"]
    for make in (arithmetic, memory, control):
        make(program)
    program.lines += ["mv s1, t6"]
    yield program
