"""Random RV64 programs that print their end state.

A program sets all registers to random values, runs random instructions (integer, multiply, bit manipulation, atomic, floating point in every
rounding mode, compressed, loads and stores into a buffer, forward branches, bounded loops, instructions that trap, reserved encodings) and then writes every register, the floating
point flags, a hash of all traps and the buffer to the console. Equal consoles, equal end states.

SPDX-License-Identifier: Apache-2.0
"""
import random

from instruction_words import compressed, odd

BUFFER_BYTES = 4096
# sp points to the buffer, gp to its middle, tp to the trap hash, t5 (x30) counts loops, t6 (x31) is scratch.
RESERVED = {0, 2, 3, 4, 30, 31}
FREE = [register for register in range(32) if register not in RESERVED]

THREE = ("add sub sll slt sltu xor srl sra or and addw subw sllw srlw sraw mul mulh mulhsu mulhu div divu rem remu mulw divw divuw remw remuw "
         "sh1add sh2add sh3add add.uw sh1add.uw sh2add.uw sh3add.uw andn orn xnor max maxu min minu rol rolw ror rorw bclr bext binv bset").split()
TWO = "clz clzw ctz cpop cpopw sext.b sext.h zext.h orc.b rev8".split()
IMMEDIATE = "addi slti sltiu xori ori andi addiw".split()
SHIFT6 = "slli srli srai rori slli.uw bclri bexti binvi bseti".split()
SHIFT5 = "slliw srliw sraiw roriw".split()
LOADS = {"lb": 1, "lbu": 1, "lh": 2, "lhu": 2, "lw": 4, "lwu": 4, "ld": 8}
STORES = {"sb": 1, "sh": 2, "sw": 4, "sd": 8}
AMOS = "amoswap amoadd amoxor amoand amoor amomin amomax amominu amomaxu".split()
BRANCHES = "beq bne blt bge bltu bgeu".split()
ROUNDING = ["rne", "rtz", "rdn", "rup", "rmm", "dyn", "dyn"]
FP_THREE = "fadd fsub fmul fdiv".split()
FP_FOUR = "fmadd fmsub fnmsub fnmadd".split()
FP_PLAIN = "fsgnj fsgnjn fsgnjx fmin fmax".split()
FP_COMPARE = "feq flt fle".split()
FP_BITS = [0x0000000000000000, 0x8000000000000000, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0x7ff0000000000001, 0x0000000000000001,
           0x3ff0000000000000, 0xbff0000000000000, 0x7fefffffffffffff, 0xffffffff7f800000, 0xffffffff7fc00000, 0xffffffff7f800001, 0xffffffff00000001,
           0xffffffff3f800000, 0xffffffffcf000000, 0xffffffff80000000, 0x43e0000000000000, 0xc3e0000000000000, 0x41dfffffffc00000]

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
  csrw fcsr, zero
  la gp, buffer_middle
  la sp, buffer
  la tp, trap_hash
"""

# Every trap goes into the hash: cause, offset of the instruction and, where both machines define it alike, mtval. Then it is skipped.
EPILOGUE = """
  j finish
park:
  wfi
  j park
  .align 2
on_trap:
  csrw mscratch, t6
  ld t6, 0(tp)
  sd t5, 16(tp)
  sd t4, 24(tp)
  csrr t5, mcause
  li t4, 31
  mul t6, t6, t4
  add t6, t6, t5
  csrr t5, mepc
  la t4, _start
  sub t5, t5, t4
  slli t4, t6, 5
  xor t6, t4, t6
  add t6, t6, t5
  csrr t5, mcause
  li t4, 3
  beq t5, t4, 1f
  csrr t5, mtval
  xor t6, t6, t5
1:
  sd t6, 0(tp)
  csrr t5, mepc
  lhu t4, 0(t5)
  andi t4, t4, 3
  addi t5, t5, 2
  addi t4, t4, -3
  bnez t4, 2f
  addi t5, t5, 2
2:
  csrw mepc, t5
  ld t5, 16(tp)
  ld t4, 24(tp)
  csrr t6, mscratch
  mret

finish:
  csrw mscratch, t6
  la t6, state
"""

PRINT = """
  la s0, state
  la s1, state_end
  li s2, 0x10000000
3:
  lbu s3, 0(s0)
  srli a0, s3, 4
  call put_digit
  andi a0, s3, 15
  call put_digit
  addi s0, s0, 1
  andi t0, s0, 31
  bnez t0, 4f
  li a0, 10
  call put
4:
  bltu s0, s1, 3b
  li a0, 10
  call put
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
5:
  j 5b
put_digit:
  addi a0, a0, 48
  li t0, 58
  blt a0, t0, put
  addi a0, a0, 39
put:
  lbu t0, 5(s2)
  andi t0, t0, 0x20
  beqz t0, put
  sb a0, 0(s2)
  ret

  .data
  .balign 4096
state:
  .zero 8 * 66
trap_hash:
  .zero 32
  .balign 32
buffer:
"""


def state_dump():
    lines = []
    for register in range(1, 31):
        lines.append(f"  sd x{register}, {8 * register}(t6)")
    lines += ["  csrr t0, mscratch", "  sd t0, 248(t6)"]
    for register in range(32):
        lines.append(f"  fsd f{register}, {256 + 8 * register}(t6)")
    lines += ["  frcsr t0", "  sd t0, 512(t6)"]
    # Addresses differ in nothing, but sp is not set by the program.
    lines += ["  sd zero, 16(t6)", "  sd zero, 0(t6)"]
    return "\n".join(lines)


class Generator:
    free = FREE

    def __init__(self, seed, instructions):
        self.random = random.Random(seed)
        self.instructions = instructions
        self.label = 0

    def new_label(self):
        self.label += 1
        return f"skip{self.label}"

    def x(self):
        return f"x{self.random.choice(self.free)}"

    def source(self):
        return f"x{self.random.choice(self.free + [0])}"

    def f(self):
        return f"f{self.random.randrange(32)}"

    def offset(self, size):
        """Of the buffer's middle; mostly aligned, always inside."""
        at = self.random.randrange(-BUFFER_BYTES // 2, BUFFER_BYTES // 2 - 8)
        return at if self.random.random() < 0.15 else at & -size

    def rounding(self):
        return self.random.choice(ROUNDING)

    def address(self, size):
        """Leaves an aligned address in t6."""
        return f"addi t6, gp, {self.random.randrange(-2048, 2040) & -size}"

    def floating(self):
        r, width = self.random, self.random.choice("sd")
        kind = r.randrange(10)
        if kind < 3:
            return [f"{r.choice(FP_THREE)}.{width} {self.f()}, {self.f()}, {self.f()}, {self.rounding()}"]
        if kind == 3:
            return [f"{r.choice(FP_FOUR)}.{width} {self.f()}, {self.f()}, {self.f()}, {self.f()}, {self.rounding()}"]
        if kind == 4:
            return [f"{r.choice(FP_PLAIN)}.{width} {self.f()}, {self.f()}, {self.f()}"]
        if kind == 5:
            return [f"{r.choice(FP_COMPARE)}.{width} {self.x()}, {self.f()}, {self.f()}"]
        if kind == 6:
            return [f"fsqrt.{width} {self.f()}, {self.f()}, {self.rounding()}"]
        if kind == 7:
            return [r.choice([f"fcvt.{r.choice(['w', 'wu', 'l', 'lu'])}.{width} {self.x()}, {self.f()}, {self.rounding()}",
                              f"fclass.{width} {self.x()}, {self.f()}", f"fmv.x.{'w' if width == 's' else 'd'} {self.x()}, {self.f()}"])]
        if kind == 8:
            integer = r.choice(["w", "wu", "l", "lu"])
            exact = width == "d" and integer in ("w", "wu")
            return [r.choice([f"fcvt.{width}.{integer} {self.f()}, {self.source()}" + ("" if exact else f", {self.rounding()}"),
                              f"fmv.{'w' if width == 's' else 'd'}.x {self.f()}, {self.source()}",
                              f"fcvt.s.d {self.f()}, {self.f()}, {self.rounding()}", f"fcvt.d.s {self.f()}, {self.f()}"])]
        size = 4 if width == "s" else 8
        name = r.choice(["fl", "fs"]) + ("w" if width == "s" else "d")
        return [f"{name} {self.f()}, {self.offset(size)}(gp)"]

    def trapping(self):
        # An unmapped address, below the devices; a misaligned atomic; an illegal word; a call.
        return self.random.choice([
            [f"addi t6, gp, {self.random.randrange(-2048, 2040) & -8 | self.random.choice([1, 2, 3, 5, 6, 7])}", f"amoadd.d {self.x()}, {self.source()}, (t6)"],
            [f"addi t6, gp, {self.random.randrange(-2048, 2040) & -4 | self.random.choice([1, 2, 3])}", f"lr.w {self.x()}, (t6)"],
            ["li t6, 0x500000", f"ld {self.x()}, 16(t6)"],
            ["li t6, 0x500000", f"sw {self.source()}, 8(t6)"],
            ["ecall"],
            [".insn 4, 0xfe00707b"],
            [".insn 2, 0x0000"],
            ["csrr x5, 0x7c0"],
            [f"csrw mhartid, {self.source()}"],
        ])

    def one(self):
        r = self.random
        kind = r.random()
        if kind < 0.08:
            return compressed(r, self.free, self.new_label())
        if kind < 0.26:
            return [f"{r.choice(THREE)} {self.x()}, {self.source()}, {self.source()}"]
        if kind < 0.295:
            return [f"{r.choice(TWO)} {self.x()}, {self.source()}"]
        if kind < 0.30:
            # QEMU 7.2's ctzw looks at all 64 bits when the low word is zero; the specification says 32 (bitmanip 1.0.0, ctzw).
            return [f"ori t6, {self.source()}, 1024", f"ctzw {self.x()}, t6"]
        if kind < 0.40:
            return [f"{r.choice(IMMEDIATE)} {self.x()}, {self.source()}, {r.randrange(-2048, 2048)}"]
        if kind < 0.46:
            return [f"{r.choice(SHIFT6)} {self.x()}, {self.source()}, {r.randrange(64)}"]
        if kind < 0.48:
            return [f"{r.choice(SHIFT5)} {self.x()}, {self.source()}, {r.randrange(32)}"]
        if kind < 0.50:
            return [f"lui {self.x()}, {r.randrange(1 << 20)}"]
        if kind < 0.52:
            return [f"li {self.x()}, {r.randrange(-(1 << 63), 1 << 63)}"]
        if kind < 0.60:
            name = r.choice(list(LOADS))
            return [f"{name} {self.x()}, {self.offset(LOADS[name])}(gp)"]
        if kind < 0.68:
            name = r.choice(list(STORES))
            return [f"{name} {self.source()}, {self.offset(STORES[name])}(gp)"]
        if kind < 0.71:
            width = r.choice("wd")
            return [self.address(4 if width == "w" else 8), f"{r.choice(AMOS)}.{width} {self.x()}, {self.source()}, (t6)"]
        if kind < 0.72:
            width = r.choice("wd")
            return [self.address(4 if width == "w" else 8), f"lr.{width} {self.x()}, (t6)", f"sc.{width} {self.x()}, {self.source()}, (t6)"]
        if kind < 0.94:
            return self.floating()
        if kind < 0.955:
            # Modes 5 to 7 are invalid: what then asks for the dynamic mode is illegal.
            invalid = [f"csrwi frm, {r.randrange(5, 8)}", *self.floating(), *self.floating()] if r.random() < 0.3 else []
            return [f"csrr {self.x()}, fcsr"] + invalid + [f"csrwi frm, {r.randrange(5)}"]
        if kind < 0.960:
            return odd(r, self.free)
        if kind < 0.965:
            return self.trapping()
        label = self.new_label()
        body = [line for _ in range(r.randrange(1, 4)) for line in self.one()]
        return [f"{r.choice(BRANCHES)} {self.source()}, {self.source()}, {label}"] + body + [f"{label}:"]

    def starting_values(self):
        r, lines = self.random, []
        for register in range(32):
            bits = r.choice(FP_BITS) if r.random() < 0.4 else r.getrandbits(64)
            lines += [f"li t0, {bits - (1 << 64) if bits >> 63 else bits}", f"fmv.d.x f{register}, t0"]
        for register in FREE:
            value = r.choice([0, 1, -1, 1 << 31, -(1 << 31), (1 << 63) - 1, -(1 << 63), r.getrandbits(63), -r.getrandbits(31)])
            lines.append(f"li x{register}, {value}")
        return lines

    def frame_loop(self, item, before, after, lines):
        """The item's lines, with the beginning and the end of its loop if it is the first or the last of the loop's items."""
        loop = item.loop
        if loop is None:
            return lines
        first = [] if before is not None and before.loop == loop else [f"li x30, {self.loops[loop]}", f"loop{loop}:"]
        last = [] if after is not None and after.loop == loop else ["addi x30, x30, -1", f"blez x30, end{loop}", f"j loop{loop}", f"end{loop}:"]
        return first + lines + last


class Item:
    """Lines that stay together. `loop`: None, or the number of the loop around it; `chunk`: of privileged programs."""

    def __init__(self, lines, loop, chunk=0):
        self.lines, self.loop, self.chunk = lines, loop, chunk

    def instructions(self):
        """Pseudo-instructions count as one."""
        return sum(1 for line in self.lines if not line.endswith(":"))


def neighbours(items):
    return zip(items, [None, *items[:-1]], [*items[1:], None])


class PlainProgram(Generator):
    """Machine mode without translation. `items` is the random part; source_of() any part of it."""

    def __init__(self, seed, instructions=600):
        super().__init__(seed, instructions)
        r = self.random
        self.start, self.items, self.loops = self.starting_values(), [], {}
        made = 0
        while made < instructions:
            loop = None
            if r.random() < 0.3:
                loop = len(self.loops)
                self.loops[loop] = r.randrange(2, 9)
            for _ in range(r.randrange(5, 30)):
                self.items.append(Item(self.one(), loop))
                made += len(self.items[-1].lines)
        self.buffer = [r.getrandbits(64) for _ in range(BUFFER_BYTES // 8)]

    def source_of(self, items, planted=None):
        """`planted`: an item after which a register gets another value."""
        lines = [PROLOGUE, *self.start]
        for item, before, after in neighbours(items):
            lines += self.frame_loop(item, before, after, item.lines + (change_result(item) if item is planted else []))
        lines += [EPILOGUE, state_dump(), PRINT]
        for index, value in enumerate(self.buffer):
            lines += (["buffer_middle:"] if index == BUFFER_BYTES // 16 else []) + [f"  .dword {value:#x}"]
        lines.append("state_end:")
        return "\n".join(lines) + "\n"


def plantable(item):
    """The item is one integer instruction with a result in a register."""
    return len(item.lines) == 1 and item.lines[0].split()[0] in THREE + IMMEDIATE


def change_result(item):
    register = item.lines[0].split()[1].rstrip(",")
    return [f"xori {register}, {register}, 1"]
