"""What the integer instructions compute, one small function an instruction, written from the text of the specifications.

Sources: RISC-V unprivileged ISA 20191213, chapters 2, 5 and 7; Bit-Manipulation ISA extensions 1.0.0 (Zba, Zbb, Zbs). Values are unsigned
integers below 2**64; an immediate is given as its unsigned 64-bit value (sign-extended) too.

SPDX-License-Identifier: Apache-2.0
"""
ALL = (1 << 64) - 1
WORD = (1 << 32) - 1


def signed(value, bits=64):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def sext(value, bits):
    return signed(value, bits) & ALL


def word(value):
    """The result of an instruction ending in W: 32 bits, sign-extended."""
    return sext(value, 32)


def quotient(a, b, bits):
    """Signed division rounds towards zero; by zero gives -1; the overflow gives the dividend."""
    a, b = signed(a, bits), signed(b, bits)
    if b == 0:
        return -1
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def remainder(a, b, bits):
    """The sign follows the dividend; by zero gives the dividend."""
    a, b = signed(a, bits), signed(b, bits)
    return a if b == 0 else a - b * quotient(a, b, bits)


def leading_zeros(a, bits):
    return bits - (a & ((1 << bits) - 1)).bit_length()


def trailing_zeros(a, bits):
    """Within `bits` alone: QEMU 7.2 counts over 64 bits for ctzw of a word that is zero, the specification does not."""
    return next((i for i in range(bits) if a >> i & 1), bits)


def ones(a, bits):
    return bin(a & ((1 << bits) - 1)).count("1")


def rotate_right(a, by, bits):
    a &= (1 << bits) - 1
    by %= bits
    return (a >> by | a << (bits - by)) & ((1 << bits) - 1)


def each_byte(a, function):
    return sum(function(a >> 8 * i & 0xff) << 8 * i for i in range(8))


def reversed_bytes(a):
    return sum((a >> 8 * i & 0xff) << 8 * (7 - i) for i in range(8))


# rd = f(rs1, rs2); results are cut to 64 bits by the caller.
THREE = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "sll": lambda a, b: a << (b & 63),
    "slt": lambda a, b: signed(a) < signed(b),
    "sltu": lambda a, b: a < b,
    "xor": lambda a, b: a ^ b,
    "srl": lambda a, b: a >> (b & 63),
    "sra": lambda a, b: signed(a) >> (b & 63),
    "or": lambda a, b: a | b,
    "and": lambda a, b: a & b,
    "addw": lambda a, b: word(a + b),
    "subw": lambda a, b: word(a - b),
    "sllw": lambda a, b: word(a << (b & 31)),
    "srlw": lambda a, b: word((a & WORD) >> (b & 31)),
    "sraw": lambda a, b: word(signed(a, 32) >> (b & 31)),
}
MULTIPLY = {
    "mul": lambda a, b: a * b,
    "mulh": lambda a, b: signed(a) * signed(b) >> 64,
    "mulhsu": lambda a, b: signed(a) * b >> 64,
    "mulhu": lambda a, b: a * b >> 64,
    "div": lambda a, b: quotient(a, b, 64),
    "divu": lambda a, b: a // b if b else ALL,
    "rem": lambda a, b: remainder(a, b, 64),
    "remu": lambda a, b: a % b if b else a,
    "mulw": lambda a, b: word(a * b),
    "divw": lambda a, b: word(quotient(a, b, 32)),
    "divuw": lambda a, b: word((a & WORD) // (b & WORD) if b & WORD else ALL),
    "remw": lambda a, b: word(remainder(a, b, 32)),
    "remuw": lambda a, b: word((a & WORD) % (b & WORD) if b & WORD else a),
}
ZBA = {
    "add.uw": lambda a, b: (a & WORD) + b,
    "sh1add": lambda a, b: (a << 1) + b,
    "sh2add": lambda a, b: (a << 2) + b,
    "sh3add": lambda a, b: (a << 3) + b,
    "sh1add.uw": lambda a, b: ((a & WORD) << 1) + b,
    "sh2add.uw": lambda a, b: ((a & WORD) << 2) + b,
    "sh3add.uw": lambda a, b: ((a & WORD) << 3) + b,
}
ZBB = {
    "andn": lambda a, b: a & ~b,
    "orn": lambda a, b: a | ~b,
    "xnor": lambda a, b: ~(a ^ b),
    "max": lambda a, b: a if signed(a) > signed(b) else b,
    "maxu": max,
    "min": lambda a, b: a if signed(a) < signed(b) else b,
    "minu": min,
    "rol": lambda a, b: rotate_right(a, -(b & 63), 64),
    "ror": lambda a, b: rotate_right(a, b & 63, 64),
    "rolw": lambda a, b: word(rotate_right(a, -(b & 31), 32)),
    "rorw": lambda a, b: word(rotate_right(a, b & 31, 32)),
}
ZBS = {
    "bclr": lambda a, b: a & ~(1 << (b & 63)),
    "bext": lambda a, b: a >> (b & 63) & 1,
    "binv": lambda a, b: a ^ 1 << (b & 63),
    "bset": lambda a, b: a | 1 << (b & 63),
}
# rd = f(rs1)
ZBB_TWO = {
    "clz": lambda a: leading_zeros(a, 64),
    "ctz": lambda a: trailing_zeros(a, 64),
    "cpop": lambda a: ones(a, 64),
    "clzw": lambda a: leading_zeros(a, 32),
    "ctzw": lambda a: trailing_zeros(a, 32),
    "cpopw": lambda a: ones(a, 32),
    "sext.b": lambda a: sext(a, 8),
    "sext.h": lambda a: sext(a, 16),
    "zext.h": lambda a: a & 0xffff,
    "orc.b": lambda a: each_byte(a, lambda byte: 0xff if byte else 0),
    "rev8": reversed_bytes,
}
# rd = f(rs1, immediate of 12 bits)
IMMEDIATE = {"addi": THREE["add"], "slti": THREE["slt"], "sltiu": THREE["sltu"], "xori": THREE["xor"], "ori": THREE["or"], "andi": THREE["and"],
             "addiw": THREE["addw"]}
# rd = f(rs1, shift amount), 6 bits and 5 bits wide
SHIFT6 = {"slli": THREE["sll"], "srli": THREE["srl"], "srai": THREE["sra"]}
SHIFT5 = {"slliw": THREE["sllw"], "srliw": THREE["srlw"], "sraiw": THREE["sraw"]}
ZBA_SHIFT6 = {"slli.uw": lambda a, by: (a & WORD) << by}
ZBB_SHIFT6 = {"rori": ZBB["ror"]}
ZBB_SHIFT5 = {"roriw": ZBB["rorw"]}
ZBS_SHIFT6 = {"bclri": ZBS["bclr"], "bexti": ZBS["bext"], "binvi": ZBS["binv"], "bseti": ZBS["bset"]}

BRANCH = {
    "beq": lambda a, b: a == b,
    "bne": lambda a, b: a != b,
    "blt": lambda a, b: signed(a) < signed(b),
    "bge": lambda a, b: signed(a) >= signed(b),
    "bltu": lambda a, b: a < b,
    "bgeu": lambda a, b: a >= b,
}
# New memory value of an AMO = f(old, register), operands cut to `bits` and read as unsigned.
AMO = {
    "amoswap": lambda old, register, bits: register,
    "amoadd": lambda old, register, bits: old + register,
    "amoxor": lambda old, register, bits: old ^ register,
    "amoand": lambda old, register, bits: old & register,
    "amoor": lambda old, register, bits: old | register,
    "amomin": lambda old, register, bits: old if signed(old, bits) < signed(register, bits) else register,
    "amomax": lambda old, register, bits: old if signed(old, bits) > signed(register, bits) else register,
    "amominu": lambda old, register, bits: min(old, register),
    "amomaxu": lambda old, register, bits: max(old, register),
}
