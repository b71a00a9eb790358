"""A bare-metal program that executes every F and D instruction on random and awkward operands in all rounding modes.

It prints a line a case: the number of the case, the result (64 bits of the register, so NaN boxing is seen) and fflags.

SPDX-License-Identifier: Apache-2.0
"""
import random

MODES = ["rne", "rtz", "rdn", "rup", "rmm"]
CORNERS_D = [0x0000000000000000, 0x0000000000000001, 0x0000000000000002, 0x000fffffffffffff, 0x0010000000000000, 0x0010000000000001, 0x001fffffffffffff,
             0x3ca0000000000000, 0x3ca0000000000001, 0x3fdfffffffffffff, 0x3fe0000000000000, 0x3fefffffffffffff, 0x3ff0000000000000, 0x3ff0000000000001,
             0x3ff8000000000000, 0x4000000000000000, 0x4004000000000000, 0x41dfffffffc00000, 0x41dfffffffe00000, 0x41e0000000000000, 0x41efffffffe00000,
             0x41effffffff00000, 0x43dfffffffffffff, 0x43e0000000000000, 0x43efffffffffffff, 0x43f0000000000000, 0x7c90000000000000, 0x7fefffffffffffff,
             0x7fe0000000000000, 0x7ff0000000000000, 0x7ff0000000000001, 0x7ff7ffffffffffff, 0x7ff8000000000000, 0x7ff8000000001234, 0x36a0000000000000,
             0x3810000000000000, 0x380fffffe0000000, 0x380fffffffffffff, 0x47efffffe0000000, 0x47efffffefffffff, 0x47effffff0000000]
CORNERS_S = [0x00000000, 0x00000001, 0x00000002, 0x007fffff, 0x00800000, 0x00800001, 0x00ffffff, 0x33000000, 0x33800000, 0x33800001, 0x3effffff, 0x3f000000,
             0x3f7fffff, 0x3f800000, 0x3f800001, 0x3f800800, 0x3fc00000, 0x40000000, 0x40200000, 0x4effffff, 0x4f000000, 0x4f7fffff, 0x4f800000, 0x5effffff,
             0x5f000000, 0x5f7fffff, 0x5f800000, 0x73000000, 0x7f000000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fbfffff, 0x7fc00000, 0x7fc01234]
CORNERS_X = [0, 1, 2, 3, (1 << 24) + 1, (1 << 25) + 2, (1 << 25) + 6, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, (1 << 53) + 1, (1 << 54) + 2, (1 << 54) + 6,
             (1 << 63) - 1, 1 << 63, (1 << 63) + 1, (1 << 63) + 1024, (1 << 63) + 1025, (1 << 64) - 1, (1 << 64) - 1024, (1 << 64) - 1025]

PROLOGUE = """
  .section .text.start, "ax"
  .globl _start
_start:
  csrr t0, mhartid
  bnez t0, park
  la t0, on_trap
  csrw mtvec, t0
  li t0, 0x6000
  csrs mstatus, t0
  li s8, PASSES
  j begin
on_trap:
  csrr t0, mcause
  li t1, 0xdead0000
  or t0, t0, t1
  sd t0, 0(s1)
  csrr t0, mepc
  addi t0, t0, 4
  csrw mepc, t0
  mret
park:
  wfi
  j park
begin:
  la s0, operands
  la s1, results
"""

# Each case left its result and flags in the next sixteen bytes.
PRINT = """
  addi s8, s8, -1
  beqz s8, print
  la t0, begin
  jr t0
print:
  la s0, results
  mv s3, s1
  li s2, 0x10000000
  li s4, 0
1:
  bgeu s0, s3, 9f
  mv s5, s4
  li s6, 20
  call put_hex
  ld s5, 0(s0)
  li s6, 60
  call put_hex
  lbu s5, 8(s0)
  li s6, 4
  call put_hex
  li a0, 10
  call put
  addi s0, s0, 16
  addi s4, s4, 1
  j 1b
9:
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
2:
  j 2b
put_hex:
  mv s7, ra
3:
  srl a0, s5, s6
  andi a0, a0, 15
  addi a0, a0, 48
  li t0, 58
  blt a0, t0, 4f
  addi a0, a0, 39
4:
  call put
  addi s6, s6, -4
  bgez s6, 3b
  li a0, 32
  call put
  jr s7
put:
  lbu t0, 5(s2)
  andi t0, t0, 0x20
  beqz t0, put
  sb a0, 0(s2)
  ret
"""


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.cases = []  # (instruction, operand bits)

    def double(self):
        r = self.random
        sign = r.getrandbits(1) << 63
        kind = r.randrange(5)
        if kind == 0:
            return sign | r.choice(CORNERS_D)
        exponent = r.choice([r.randrange(2048), 1023 + r.randrange(-60, 60), 1023 + r.randrange(-3, 3), r.randrange(4), 2046 - r.randrange(3), 512 + r.randrange(-60, 60)])
        mantissa = r.choice([r.getrandbits(52), 1 << r.randrange(52), (1 << 52) - 1 - (1 << r.randrange(52)), r.getrandbits(26) << 26, r.getrandbits(24) << 28, r.getrandbits(25) << 27])
        return sign | exponent << 52 | mantissa

    def single(self):
        r = self.random
        sign = r.getrandbits(1) << 31
        kind = r.randrange(5)
        if kind == 0:
            bits = sign | r.choice(CORNERS_S)
        else:
            exponent = r.choice([r.randrange(256), 127 + r.randrange(-30, 30), 127 + r.randrange(-3, 3), r.randrange(4), 254 - r.randrange(3), 64 + r.randrange(-30, 30)])
            mantissa = r.choice([r.getrandbits(23), 1 << r.randrange(23), (1 << 23) - 1 - (1 << r.randrange(23)), r.getrandbits(12) << 11, r.getrandbits(11) << 12])
            bits = sign | exponent << 23 | mantissa
        # One in twelve is not NaN-boxed.
        return r.choice([0, 0xfffffffe, 0x7fffffff, r.getrandbits(32)]) << 32 | bits if r.randrange(12) == 0 else 0xffffffff << 32 | bits

    def integer(self):
        r = self.random
        value = r.choice([r.choice(CORNERS_X), r.getrandbits(64), r.getrandbits(64) >> r.randrange(64)])
        return (value if r.randrange(3) else -value) & (1 << 64) - 1

    def add(self, name, operands, destination="f", modes=True):
        """`name` with the result in ft0 or t0, sources fa0, fa1, fa2 or a0."""
        for mode in MODES if modes else [""]:
            self.cases.append((name + (f", {mode}" if mode else ""), operands, destination))

    def round_of_cases(self):
        for width, operand in (("s", self.single), ("d", self.double)):
            for name in ("fadd", "fsub", "fmul", "fdiv"):
                self.add(f"{name}.{width} ft0, fa0, fa1", [operand(), operand()])
            # Sums of close operands: ties and cancellation.
            a = operand()
            close = a ^ self.random.getrandbits(3) ^ (self.random.getrandbits(1) << (31 if width == "s" else 63))
            self.add(f"{self.random.choice(['fadd', 'fsub'])}.{width} ft0, fa0, fa1", [a, close])
            self.add(f"fsqrt.{width} ft0, fa0", [operand() & ~(1 << (31 if width == "s" else 63)) if self.random.randrange(4) else operand()])
            for name in ("fmadd", "fmsub", "fnmsub", "fnmadd"):
                self.add(f"{name}.{width} ft0, fa0, fa1, fa2", [operand(), operand(), operand()])
            for integer in ("w", "wu", "l", "lu"):
                self.add(f"fcvt.{integer}.{width} t0, fa0", [operand()], "x")
                exact = width == "d" and integer in ("w", "wu")
                self.add(f"fcvt.{width}.{integer} ft0, a0", [self.integer()], "f", not exact)
            for name in ("fsgnj", "fsgnjn", "fsgnjx", "fmin", "fmax"):
                a = operand()
                b = a ^ (1 << (31 if width == "s" else 63)) if self.random.randrange(6) == 0 else operand()
                self.add(f"{name}.{width} ft0, fa0, fa1", [a, b], "f", False)
            for name in ("feq", "flt", "fle"):
                a = operand()
                b = a if self.random.randrange(4) == 0 else operand()
                self.add(f"{name}.{width} t0, fa0, fa1", [a, b], "x", False)
            self.add(f"fclass.{width} t0, fa0", [operand()], "x", False)
        self.add("fcvt.s.d ft0, fa0", [self.random.choice([self.double(), self.narrowable()])])
        self.add("fcvt.d.s ft0, fa0", [self.single()], "f", False)
        self.add("fmv.x.w t0, fa0", [self.single()], "x", False)
        self.add("fmv.w.x ft0, a0", [self.integer()], "f", False)
        self.add("fmv.x.d t0, fa0", [self.double()], "x", False)
        self.add("fmv.d.x ft0, a0", [self.integer()], "f", False)

    def narrowable(self):
        """A double in single's range, subnormal or overflowing; often a tie."""
        r = self.random
        exponent = r.choice([1023 + r.randrange(-152, -120), 1023 + r.randrange(120, 130), 1023 + r.randrange(-5, 5)])
        return r.getrandbits(1) << 63 | exponent << 52 | r.choice([r.getrandbits(52), r.getrandbits(24) << 28, 1 << 28, (1 << 52) - (1 << 28), (1 << 52) - (1 << r.randrange(52))])

    def program(self, passes):
        """Rounding modes are given by the instruction in even cases and by frm in odd ones. Only the last pass is printed: with many
        passes an engine that translates hot code has translated all of it."""
        code, data = [PROLOGUE.replace("PASSES", str(passes))], []
        for number, (text, operands, destination) in enumerate(self.cases):
            frm, (instruction, _, mode) = 0, text.rpartition(", ")
            if mode in MODES and number % 2:
                frm, text = MODES.index(mode), instruction + ", dyn"
            code.append(f"  fsrmi {frm}\n  fsflagsi 0")
            for at, _ in enumerate(operands):
                code.append(f"  {'ld a0' if ', a0' in text else f'fld fa{at}'}, {8 * at}(s0)")
            code.append(f"  {text}\n  frflags t1\n  {'sd t0' if destination == 'x' else 'fsd ft0'}, 0(s1)\n  sb t1, 8(s1)")
            code.append(f"  addi s0, s0, {8 * len(operands)}\n  addi s1, s1, 16")
            data += [f"  .dword {bits:#x}" for bits in operands]
        return "\n".join(code + [PRINT, "  .data", "  .balign 16", "operands:"] + data + ["  .balign 4096", "results:", f"  .zero {16 * len(self.cases) + 16}", ""])


def make(seed, cases, passes=1):
    """(assembly text, list of cases): about `cases` of them."""
    generator = Generator(seed)
    while len(generator.cases) < cases:
        generator.round_of_cases()
    return generator.program(passes), generator.cases
