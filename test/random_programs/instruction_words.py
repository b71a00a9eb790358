"""Instructions by their encoding: compressed ones as such, words that may be reserved, hints.

Functions take a random.Random and the registers that may be changed, and return lines of assembly. x31 is scratch; gp and sp point into memory
that may be changed: gp from -2048 to 2047, sp from 0 to 511.

SPDX-License-Identifier: Apache-2.0
"""

C_BINARY = "c.sub c.xor c.or c.and c.subw c.addw".split()


def near(free):
    """The free ones of x8 to x15, which three bits can name."""
    return [register for register in free if 8 <= register <= 15]


def compressed(r, free, label):
    """`label`: a name that the function may define."""
    x = r.choice([register for register in free if register != 0])
    y = r.choice([register for register in free if register != 0])
    small, other = r.choice(near(free)), r.choice(near(free))
    kind = r.randrange(16)
    nonzero = r.choice([value for value in range(-32, 32) if value != 0])
    if kind == 0:
        return [f"c.addi x{x}, {nonzero}"]
    if kind == 1:
        return [r.choice([f"c.addiw x{x}, {r.randrange(-32, 32)}", f"c.li x{x}, {r.randrange(-32, 32)}", "c.nop"])]
    if kind == 2:
        return [f"c.lui x{x}, {r.choice([1, 5, 31, 0xfffe0, 0xfffff])}"]
    if kind == 3:
        return [f"{r.choice(['c.srli', 'c.srai'])} x{small}, {r.randrange(1, 64)}"]
    if kind == 4:
        return [f"c.andi x{small}, {r.randrange(-32, 32)}"]
    if kind in (5, 6):
        return [f"{r.choice(C_BINARY)} x{small}, x{other}"]
    if kind == 7:
        return [r.choice([f"c.mv x{x}, x{y}", f"c.add x{x}, x{y}", f"c.slli x{x}, {r.randrange(1, 64)}"])]
    if kind == 8:
        return [f"c.addi4spn x{small}, sp, {4 * r.randrange(1, 128)}"]
    if kind == 9:
        name, size, what = r.choice([("c.lw", 4, "x"), ("c.ld", 8, "x"), ("c.fld", 8, "f"), ("c.sw", 4, "x"), ("c.sd", 8, "x"), ("c.fsd", 8, "f")])
        target = r.choice(near(free)) if what == "x" else r.randrange(8, 16)
        return [f"addi x{small}, gp, {r.randrange(-2048, 1700) & (-size if r.random() < 0.9 else -1)}", f"{name} {what}{target}, {size * r.randrange(32)}(x{small})"]
    if kind in (10, 11):
        name, size, what = r.choice([("c.lwsp", 4, "x"), ("c.ldsp", 8, "x"), ("c.fldsp", 8, "f"), ("c.swsp", 4, "x"), ("c.sdsp", 8, "x"), ("c.fsdsp", 8, "f")])
        return [f"{name} {what}{x if what == 'x' else r.randrange(32)}, {size * r.randrange(60)}(sp)"]
    if kind == 12:
        step = 16 * r.randrange(1, 31)
        return [f"c.addi16sp sp, {step}", f"c.add x{x}, sp", f"c.addi16sp sp, {-step}"]
    if kind == 13:
        return [f"{r.choice(['c.beqz', 'c.bnez'])} x{small}, {label}", f"c.addi x{x}, {nonzero}", f"{label}:"]
    if kind == 14:
        return [f"c.j {label}", f"c.li x{x}, {nonzero}", f"{label}:"]
    return [f"la x31, {label}", r.choice(["c.jr x31", "c.jalr x31"]), f"c.li x{x}, {nonzero}", f"{label}:"]


def odd_half(r, free):
    """A reserved compressed encoding or a hint."""
    small = r.randrange(8)
    x = r.choice(free) << 7
    return r.choice([
        0x0000, small << 2 if small else 0x0004, 0x8000 | small << 2 | small << 7, 0x2001 | r.randrange(32) << 2, 0x6101, 0x6001 | (x or 0x80),
        0x9c41 | small << 7 | small << 2, 0x9c61 | small << 7, 0x4002 | r.randrange(32) << 2, 0x6002 | r.randrange(32) << 2, 0x8002,
        0x0001 | r.randrange(1, 32) << 2, 0x4001 | r.randrange(32) << 2, 0x0002 | r.randrange(1, 32) << 2, 0x6001 | r.randrange(1, 32) << 2,
        0x8002 | r.randrange(1, 32) << 2, 0x9002 | r.randrange(1, 32) << 2])


def odd_word(r, free):
    """A word of 32 bits of which most are reserved; what is legal changes free registers and memory around gp only."""
    rd, rs1, rs2 = r.choice(free), r.choice(free), r.choice(free)
    funct3, funct7 = r.randrange(8), r.randrange(128)
    base = rs2 << 20 | rs1 << 15 | rd << 7
    kind = r.randrange(16)
    if kind < 2:
        return funct7 << 25 | base | funct3 << 12 | r.choice([0x33, 0x3b])
    if kind == 2:
        return funct7 << 25 | base | r.choice([1, 5]) << 12 | 0x13
    if kind == 3:
        # CTZW is left out: see Generator.one.
        return (funct7 & 0x3f) << 25 | (base & ~(31 << 20)) | r.choice([0, 2, 3, 8, 31]) << 20 | r.choice([1, 2, 3, 4, 5, 6, 7]) << 12 | 0x1b
    if kind == 4:
        return r.choice([funct7 << 25 | base | 7 << 12 | 0x03, funct7 << 25 | base | r.choice([4, 5, 6, 7]) << 12 | 0x23,
                         funct7 << 25 | base | r.choice([2, 3]) << 12 | 0x63, funct7 << 25 | base | r.randrange(1, 8) << 12 | 0x67])
    if kind == 5:
        return funct7 << 25 | base | 4 << 12 | 0x73
    if kind == 6:
        return r.choice([0x002, 0x003, 0x10a, 0x202, 0x2ff, 0x7b2, 0x303, 0x122, 0x642, 0x5c0]) << 20 | 0x73
    if kind == 7:
        # Atomics that are not there; LR with rs2; widths that are not there.
        return r.choice([(5, 2), (6, 3), (7, 2), (9, 3), (10, 2), (31, 3), (2, 2), (2, 3), (0, 0), (0, 1), (1, 4), (4, 7)])[0] << 27 | \
            (rs2 or 1) << 20 | 3 << 15 | rd << 7 | r.choice([0, 1, 4, 5, 6, 7]) << 12 | 0x2f
    if kind < 11:
        return funct7 << 25 | base | funct3 << 12 | 0x53
    if kind == 11:
        return r.randrange(32) << 27 | r.choice([2, 3]) << 25 | base | funct3 << 12 | r.choice([0x43, 0x47, 0x4b, 0x4f])
    if kind == 12:
        return funct7 << 25 | base | r.choice([0, 1, 5, 6, 7, 4]) << 12 | r.choice([0x07, 0x27])
    if kind == 13:
        return funct7 << 25 | base | r.choice([3, 4, 5, 6, 7]) << 12 | 0x0f
    return funct7 << 25 | base | funct3 << 12 | r.choice([0x0b, 0x2b, 0x5b, 0x7b, 0x57, 0x6b, 0x77, 0x1f, 0x3f, 0x5f, 0x7f])


def odd(r, free):
    return [f".2byte {odd_half(r, free):#06x}" if r.random() < 0.3 else f".4byte {odd_word(r, free):#010x}"]
