"""Programs for the F and D extensions: all classes of operands in all rounding modes, results and accrued flags; QEMU says what is right.

SPDX-License-Identifier: Apache-2.0
"""
from program import ALL, Program, hexadecimal

MODES = ["rne", "rtz", "rdn", "rup", "rmm", "dyn"]
BOX = 0xffffffff00000000
# One and more of each class: zeros, subnormals (least, some, greatest), normals (least, greatest, near one), infinities, quiet and
# signalling NaNs with payloads; then values that round.
DOUBLE = [0, 1 << 63, 1, 0x800fffffffffffff, 0x0008000000000001, 0x0010000000000000, 0x3ff0000000000000, 0xbff0000000000001, 0x3fb999999999999a,
          0xc340000000000001, 0x7fefffffffffffff, 0xffefffffffffffff, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0xfff8000000012345,
          0x7ff0000000000001, 0xfff4000000000000, 0x3ca0000000000001, 0x5fe0123456789abc]
SINGLE = [BOX | bits for bits in (0, 1 << 31, 1, 0x807fffff, 0x00400001, 0x00800000, 0x3f800000, 0xbf800001, 0x3dcccccd, 0xcb800001, 0x7f7fffff, 0xff7fffff, 0x7f800000,
                                  0xff800000, 0x7fc00000, 0xffc12345, 0x7f800001, 0xffa00000, 0x33800001)] + [0x3f800000, 0x000000007f800001]  # The last two are not boxed.
# Round the halves, the limits of each integer, and beyond.
TO_INTEGER = {
    "d": DOUBLE + [0x3fe0000000000000, 0xbfe0000000000000, 0x3ff8000000000000, 0xc004000000000000, 0x3fefffffffffffff, 0x41dfffffffc00000, 0x41dfffffffe00000,
                   0x41e0000000000000, 0xc1e0000000000000, 0xc1e0000000100000, 0xc1e0000000200000, 0x41efffffffe00000, 0x41efffffffe80000, 0x41effffffff00000,
                   0x41f0000000000000, 0x43dfffffffffffff, 0x43e0000000000000, 0xc3e0000000000000, 0xc3e0000000000001, 0x43efffffffffffff, 0x43f0000000000000],
    "s": SINGLE + [BOX | bits for bits in (0x3f000000, 0xbf000000, 0x3fc00000, 0xc0200000, 0x3f7fffff, 0x4effffff, 0x4f000000, 0xcf000000, 0xcf000001, 0x4f7fffff,
                                           0x4f800000, 0x5effffff, 0x5f000000, 0xdf000000, 0xdf000001, 0x5f7fffff, 0x5f800000)],
}
INTEGERS = [0, 1, ALL, 1 << 63, (1 << 63) - 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xffffffff80000000, 0x1000001, 0x1000003, 0x20000000000001, 0x20000000000003,
            0x7fffffbfffffffff, 0xfffffffffffffbff, 0xfffffffffffffc00, 0x8000004000000001, 0x123456789abcdef]
NARROWING = [0x380fffffffffffff, 0x3810000000000000, 0x380fffffe0000000, 0x380fffffefffffff, 0x36a0000000000000, 0x3690000000000000, 0x3690000000000001,
             0x47efffffe0000000, 0x47efffffefffffff, 0x47effffff0000000, 0x3ff0000010000000, 0x3ff0000030000000]


def operands(width):
    return DOUBLE if width == "d" else SINGLE


def rounded(program, text, rows, setup, modes=MODES):
    """`text` without its mode, ft0 to ft2 or a1 to ft3 or a0, for each row and mode. The dynamic mode takes each value of frm in turn."""
    to_register = text.split()[1].startswith("a0")
    store = ["sd a0, 0(s1)"] if to_register else ["fsd ft3, 0(s1)"]
    for mode in modes:
        for frm in (range(5) if mode == "dyn" else [4 if mode == "rne" else 0]):
            use = rows if mode != "dyn" else rows[frm::5]
            program.lines.append(f"fsrmi {frm}")
            program.loop(use, setup + ["fsflags x0", f"{text}, {mode}" if mode else text, "frflags a3", *store, "sd a3, 8(s1)"], 2)
            for row in use:
                label = f"{text}, {mode}{f' with frm {frm}' if mode == 'dyn' else ''} of {hexadecimal(row)}"
                program.slot(label)
                program.slot(label + ": fflags")


def loads(count):
    return [f"fld ft{number}, {8 * number}(s0)" for number in range(count)]


def arithmetic(width):
    program = Program(f"fp_{width}_arithmetic")
    pairs = [(a, b) for a in operands(width) for b in operands(width)]
    for name in ("fadd", "fsub", "fmul", "fdiv"):
        rounded(program, f"{name}.{width} ft3, ft0, ft1", pairs, loads(2))
    rounded(program, f"fadd.{width} ft3, ft3, ft3", [(a,) for a in operands(width)], ["fld ft3, 0(s0)"])
    more = [(a,) for a in operands(width)] + [(program.random.getrandbits(63) if width == "d" else BOX | program.random.getrandbits(31),) for _ in range(20)]
    rounded(program, f"fsqrt.{width} ft3, ft0", more, loads(1))
    return program


def plain(width):
    """What does not round: signs, minima, comparisons, classes, moves."""
    program = Program(f"fp_{width}_plain")
    pairs = [(a, b) for a in operands(width) for b in operands(width)]
    for name in ("fsgnj", "fsgnjn", "fsgnjx", "fmin", "fmax"):
        rounded(program, f"{name}.{width} ft3, ft0, ft1", pairs, loads(2), [""])
    for name in ("feq", "flt", "fle"):
        rounded(program, f"{name}.{width} a0, ft0, ft1", pairs, loads(2), [""])
    singles = [(a,) for a in operands(width)]
    rounded(program, f"fclass.{width} a0, ft0", singles, loads(1), [""])
    rounded(program, f"fmv.x.{'w' if width == 's' else 'd'} a0, ft0", singles, loads(1), [""])
    rounded(program, f"fmv.{'w' if width == 's' else 'd'}.x ft3, a1", [(a,) for a in INTEGERS], ["ld a1, 0(s0)"], [""])
    # To x0 the flags are still raised.
    program.lines += ["la s0, signalling", f"fl{'w' if width == 's' else 'd'} ft0, 0(s0)", "fsflags x0", f"feq.{width} x0, ft0, ft0", "frflags a3"]
    program.data += [".balign 8", f"signalling: .{'word 0x7f800001, 0' if width == 's' else 'dword 0x7ff0000000000001'}"]
    program.sign("a3", "feq to x0 of a signalling NaN: fflags", 0x10)
    program.lines += ["fmv.d.x ft0, x0", "fsflags x0", f"fcvt.{width}.l ft1, x0", f"li a1, 1", f"fcvt.{width}.l ft1, a1", f"fdiv.{width} ft1, ft1, ft0" if width == "d" else
                      "fmv.w.x ft0, x0; fdiv.s ft1, ft1, ft0", "fsqrt.s ft2, ft1", "frflags a3"]
    program.sign("a3", "flags accrue: division by zero stays")
    return program


def convert(width):
    program = Program(f"fp_{width}_convert")
    for integer in ("w", "wu", "l", "lu"):
        rounded(program, f"fcvt.{integer}.{width} a0, ft0", [(a,) for a in TO_INTEGER[width]], loads(1))
        exact = width == "d" and integer in ("w", "wu")
        rounded(program, f"fcvt.{width}.{integer} ft3, a1", [(a,) for a in INTEGERS], ["ld a1, 0(s0)"], [""] if exact else MODES)
    if width == "d":
        rounded(program, "fcvt.s.d ft3, ft0", [(a,) for a in DOUBLE + NARROWING], loads(1))
        rounded(program, "fcvt.d.s ft3, ft0", [(a,) for a in SINGLE], loads(1), [""])
    return program


def fused(width, everything):
    program = Program(f"fp_{width}_fused")
    some = operands(width) if everything else operands(width)[0:2] + operands(width)[6:8] + operands(width)[10:17:2]
    rows = [(a, b, c) for a in some for b in some for c in some]
    if everything:
        rows = program.random.sample(rows, 2500)
    # Products whose tail decides how the sum rounds, and cancellations.
    one = {"d": 0x3ff0000000000000, "s": 0x3f800000}[width]
    bits = [0 if width == "d" else BOX, {"d": 63, "s": 31}[width]]
    near = [bits[0] | value for value in (one, one + 1, one + 3, one - 1, one | 1 << bits[1], one + 2 | 1 << bits[1])]
    rows += [(a, b, c) for a in near for b in near for c in near]
    for name in ("fmadd", "fmsub", "fnmsub", "fnmadd"):
        rounded(program, f"{name}.{width} ft3, ft0, ft1, ft2", rows, loads(3))
    return program


def programs(everything):
    for width in ("s", "d"):
        yield arithmetic(width)
        yield plain(width)
        yield convert(width)
        yield fused(width, everything)
