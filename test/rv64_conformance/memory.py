"""Programs for loads, stores, the A extension, fences and Zicsr. Every result has its expected value.

SPDX-License-Identifier: Apache-2.0
"""
import integer_model as model
from program import ALL, Program, hexadecimal

LOADS = {"lb": (1, True), "lbu": (1, False), "lh": (2, True), "lhu": (2, False), "lw": (4, True), "lwu": (4, False), "ld": (8, True), "flw": (4, None), "fld": (8, None)}
STORES = {"sb": 1, "sh": 2, "sw": 4, "sd": 8, "fsw": 4, "fsd": 8}
PAGE = 4096
# Every misalignment within a doubleword, across a line of 64 bytes and across a page.
OFFSETS = list(range(16)) + list(range(56, 65)) + list(range(PAGE - 8, PAGE + 1))


def buffer(program, label, size):
    """Random bytes on a page boundary; returns them."""
    content = bytearray(program.random.randrange(256) for _ in range(size))
    program.data += [f".balign {PAGE}", f"{label}:"]
    program.data += [".byte " + ",".join(str(value) for value in content[at:at + 32]) for at in range(0, size, 32)]
    return content


def read(content, at, size):
    return int.from_bytes(content[at:at + size], "little")


def loads(program):
    content = buffer(program, "source", PAGE + 64)
    for name, (size, extends) in LOADS.items():
        for offset in OFFSETS:
            base, to = program.registers(2)
            immediate = program.random.choice([-2048, -1, 0, 1, 8, 2047])
            value = read(content, offset, size)
            program.lines += [f"la x{base}, source + {offset - immediate}"]
            if extends is None:
                program.lines += [f"{name} f{to}, {immediate}(x{base})", f"fmv.x.d x{to}, f{to}"]
                expected = value | (0xffffffff00000000 if size == 4 else 0)  # NaN boxing.
            else:
                to = program.random.choice([to, base])
                program.lines += [f"{name} x{to}, {immediate}(x{base})"]
                expected = model.sext(value, 8 * size) if extends else value
            program.sign(f"x{to}", f"{name}, offset {offset} of the buffer, immediate {immediate}", expected)
        if extends is not None:
            program.lines += ["la t2, source", f"{name} x0, 8(t2)", "mv t3, x0"]
            program.sign("t3", f"{name} to x0", 0)


def stores(program):
    content = buffer(program, "target", PAGE + 64)
    for name, size in STORES.items():
        for offset in OFFSETS:
            base, source = program.registers(2)
            immediate = program.random.choice([-2048, -1, 0, 1, 8, 2047])
            value = program.random.getrandbits(64)
            program.lines += [f"la x{base}, target + {offset - immediate}", f"li x{source}, {value:#x}"]
            if name[0] == "f":
                program.lines += [f"fmv.d.x f{source}, x{source}", f"{name} f{source}, {immediate}(x{base})"]
            else:
                program.lines += [f"{name} x{source}, {immediate}(x{base})"]
            content[offset:offset + size] = value.to_bytes(8, "little")[:size]
            first = max(0, (offset & -8) - 8)
            program.lines += [f"la x{base}, target + {first}"]
            for at in range(first, first + 32, 8):
                program.lines += [f"ld x{source}, {at - first}(x{base})"]
                program.sign(f"x{source}", f"{name}, offset {offset} of the buffer: doubleword at {at}", read(content, at, 8))


def amos(program):
    program.data += [".balign 8", "cell: .dword 0"]
    corners = [0, 1, ALL, 1 << 63, (1 << 63) - 1, 0x80000000, 0x7fffffff, 0xffffffff, 0x7fffffff80000000] + [program.random.getrandbits(64) for _ in range(2)]
    pairs = [(a, b) for a in corners for b in corners]
    for name, function in model.AMO.items():
        for width, bits in (("w", 32), ("d", 64)):
            for order in ("", ".aq", ".rl", ".aqrl"):
                for half in ((0, 4) if bits == 32 and not order else (0,)):
                    rows = pairs if not order else pairs[7:40:5]
                    to, source, base = program.registers(3)
                    kinds = [(to, source)] if order or half else [(to, source), (source, source), (0, source), (to, 0), (base, source)]
                    for rd, rs2 in kinds:
                        use = rows if (rd, rs2) == (to, source) else rows[3:60:9]
                        text = f"{name}.{width}{order} x{rd}, x{rs2}, (x{base})"
                        load = [f"ld x{rs2}, 8(s0)"] if rs2 else []
                        program.loop(use, [f"la x{base}, cell", f"ld x{to}, 0(s0)", f"sd x{to}, 0(x{base})", f"addi x{base}, x{base}, {half}", *load, text,
                                           f"sd x{rd}, 0(s1)", f"la x{base}, cell", f"ld x{to}, 0(x{base})", f"sd x{to}, 8(s1)"], 2)
                        for old, register in use:
                            mask = (1 << bits) - 1
                            before = old >> 8 * half & mask
                            after = function(before, register & mask if rs2 else 0, bits) & mask
                            where = f"{text} at +{half}, memory and register {hexadecimal((old, register))}"
                            program.slot(where + ": old value", model.sext(before, bits) if rd else 0)
                            program.slot(where + ": memory after", old & ~(mask << 8 * half) | after << 8 * half)


def reservations(program):
    program.data += [".balign 64", "reserved: .dword 0x8123456789abcdef, 0xfedcba98f6543210", ".balign 64", "elsewhere: .dword 0x1111111111111111"]
    content = {"reserved": 0x8123456789abcdef, "elsewhere": 0x1111111111111111}

    def cell(label, what):
        program.lines += [f"la t6, {label}", "ld t6, 0(t6)"]
        program.sign("t6", what + ": memory", content[label])

    def result(what, fails):
        program.lines += ["snez t4, t4"]
        program.sign("t4", what + ": sc says", fails)

    value = 0xa5a5a5a580000001
    for width, bits in (("w", 32), ("d", 64)):
        mask = (1 << bits) - 1
        for lr_order, sc_order in (("", ""), (".aq", ""), ("", ".rl"), (".aq", ".rl"), (".aqrl", ".aqrl")):
            value = value * 0x5851f42d4c957f2d + 1 & ALL
            what = f"lr.{width}{lr_order}, sc.{width}{sc_order}"
            program.lines += ["la t2, reserved", f"li t5, {value:#x}", f"lr.{width}{lr_order} t3, (t2)", f"sc.{width}{sc_order} t4, t5, (t2)"]
            program.sign("t3", what + ": lr reads", model.sext(content["reserved"], bits))
            result(what, 0)
            content["reserved"] = content["reserved"] & ~mask | value & mask
            cell("reserved", what)
            program.lines += [f"sc.{width}{sc_order} t4, t2, (t2)"]
            result(what + ", a second sc", 1)
            cell("reserved", what + ", a second sc")
            program.lines += ["la t3, elsewhere", f"lr.{width}{lr_order} x0, (t2)", f"sc.{width}{sc_order} t4, t5, (t3)"]
            result(what + " to another address", 1)
            cell("elsewhere", what + " to another address")
            program.lines += [f"sc.{width}{sc_order} t4, t5, (t2)"]
            result(what + " to the first address after one that failed", 1)
            cell("reserved", what + " to the first address after one that failed")
            value = value * 0x5851f42d4c957f2d + 1 & ALL
            program.lines += [f"li t5, {value:#x}", f"lr.{width} t2, (t2)", "la t2, reserved", f"sc.{width} t5, t5, (t2)", "mv t4, t5"]
            result(what + ", rd as source", 0)
            content["reserved"] = content["reserved"] & ~mask | value & mask
            cell("reserved", what + ", rd as source")
            program.lines += [f"lr.{width} t3, (t2)", f"sc.{width} x0, x0, (t2)"]
            content["reserved"] &= ~mask
            cell("reserved", what + ", x0 stored and rd x0")
            program.lines += ["li t5, 10", f"1: lr.{width} t3, (t2)", "addi t3, t3, 3", f"sc.{width} t4, t3, (t2)", "bnez t4, 1b", "addi t5, t5, -1", "bnez t5, 1b"]
            content["reserved"] = content["reserved"] & ~mask | 30
            cell("reserved", what + ", ten times in a loop")
            content["reserved"] = content["reserved"] & ~mask | 0x80000000
            program.lines += ["li t5, 0x80000000", f"s{width} t5, 0(t2)"]


def fences(program):
    program.lines += ["li t2, 0x77", "la t3, modified"]
    for fence in ("fence", "fence rw, rw", "fence iorw, iorw", "fence w, r", "fence i, o", "fence.tso", "fence.i", ".insn i 0x0f, 0, x0, x0, 0x010 # pause",
                  ".insn i 0x0f, 0, x5, x6, 0x0ff # reserved fields are ignored", ".insn i 0x0f, 1, x5, x6, 0x123 # so are those of fence.i"):
        program.lines.append(fence)
        program.sign("t2", f"{fence} changes no register", 0x77)
    # Code that was written, at one address, many times, run before and after.
    program.data += [".section .text.modified, \"ax\"", ".balign 8", ".option push", ".option norvc", "modified:", "li a0, 1", "ret", ".option pop", ".data"]
    program.lines.append("call modified")
    program.sign("a0", "code before it is changed", 1)
    for value in (2, 0x7ff, -1, -2048):
        program.lines += [f"li t4, {(value & 0xfff) << 20 | 0x513:#x}", "sw t4, 0(t3)", "fence.i", "call modified"]
        program.sign("a0", f"code changed to return {value}", value)
    program.lines += ["li t5, 0", "li t6, 100", "1: slli t4, t6, 20", "addi t4, t4, 0x513", "sw t4, 0(t3)", "fence.i", "call modified", "add t5, t5, a0", "addi t6, t6, -1",
                      "bnez t6, 1b"]
    program.sign("t5", "code changed a hundred times in a loop", 5050)
    # Every kind of write counts.
    word = "li t4, {0:#x}"
    for number, (text, setup) in enumerate([("sb t5, 3(t3)", "srli t5, t4, 24"), ("sh t5, 2(t3)", "srli t5, t4, 16"), ("sw t4, 0(t3)", ""), ("sd t5, 0(t3)", ""),
                                            ("fsw ft0, 0(t3)", "fmv.w.x ft0, t4"), ("fsd ft0, 0(t3)", "fmv.d.x ft0, t5"), ("c.sw a4, 0(a5)", ""), ("c.sd a3, 0(a5)", ""),
                                            ("amoswap.w x0, t4, (t3)", ""), ("amoswap.d x0, t5, (t3)", ""), ("sc.w t6, t4, (t3)", "lr.w t6, (t3)"),
                                            ("sc.d t6, t5, (t3)", "lr.d t6, (t3)")]):
        value = 0x101 + 16 * number  # The last digit is there already, as sb does not reach it.
        doubleword = text.split()[0][-1] == "d" or ".d" in text
        program.lines += [word.format(value << 20 | 0x513)]
        if doubleword:
            program.lines += ["lwu t5, 4(t3)", "slli t5, t5, 32", "or t5, t5, t4"]
        program.lines += ["mv a3, t5", "mv a4, t4", "mv a5, t3", setup, text, "fence.i", "call modified"]
        program.sign("a0", f"code changed by {text}", value)
    # Two compressed instructions in place of one.
    program.lines += ["li t4, 0x4515 | 0x0505 << 16 # c.li a0, 5; c.addi a0, 1", "sw t4, 0(t3)", "fence.i", "call modified"]
    program.sign("a0", "code changed to two compressed instructions", 6)


def zicsr(program):
    operands = [0, 1, ALL, 0x5555555555555555, 0x8000000000000000, program.random.getrandbits(64)]
    set_bits = {"w": lambda old, new: new, "s": lambda old, new: old | new, "c": lambda old, new: old & ~new}
    for kind, function in set_bits.items():
        rows = [(old, new) for old in operands for new in operands]
        rd, rs1 = program.registers(2)
        for to, source in ((rd, rs1), (rs1, rs1), (0, rs1), (rd, 0)):
            text = f"csrr{kind} x{to}, mscratch, x{source}"
            load = [f"ld x{rs1}, 8(s0)"] if source else []
            program.loop(rows, [f"ld x{rs1}, 0(s0)", f"csrw mscratch, x{rs1}", *load, text, f"sd x{to}, 0(s1)", f"csrr x{rd}, mscratch", f"sd x{rd}, 8(s1)"], 2)
            for old, new in rows:
                program.slot(f"{text} of {hexadecimal((old, new))}: rd", old if to else 0)
                program.slot(f"{text} of {hexadecimal((old, new))}: mscratch", function(old, new if source else 0))
        for immediate in (0, 1, 0x15, 31):
            for to in (rd, 0):
                text = f"csrr{kind}i x{to}, mscratch, {immediate}"
                program.loop([(a,) for a in operands], [f"ld x{rs1}, 0(s0)", f"csrw mscratch, x{rs1}", text, f"sd x{to}, 0(s1)", f"csrr x{rd}, mscratch", f"sd x{rd}, 8(s1)"], 2)
                for old in operands:
                    program.slot(f"{text} of {old:#x}: rd", old if to else 0)
                    program.slot(f"{text} of {old:#x}: mscratch", function(old, immediate))
    for value in (0, 0xff, ALL, 0xe0, 0x1f, 0x55, 0xaa, 0x100):
        program.lines += [f"li t2, {value:#x}", "csrw fcsr, t2", "csrr t3, fcsr", "csrr t4, fflags", "csrr t5, frm"]
        program.sign("t3", f"fcsr written {value:#x}", value & 0xff)
        program.sign("t4", f"fcsr written {value:#x}: fflags", value & 0x1f)
        program.sign("t5", f"fcsr written {value:#x}: frm", value >> 5 & 7)
        program.lines += ["li t6, 0xff", "csrw fcsr, t6", "csrrw t3, fflags, t2", "csrr t4, fcsr", "csrw fcsr, t6", "csrrw t5, frm, t2", "csrr t6, fcsr"]
        program.sign("t3", f"fflags written {value:#x}: old value", 0x1f)
        program.sign("t4", f"fflags written {value:#x}: fcsr", 0xe0 | value & 0x1f)
        program.sign("t5", f"frm written {value:#x}: old value", 7)
        program.sign("t6", f"frm written {value:#x}: fcsr", 0x1f | (value & 7) << 5)
    program.lines += ["csrw fcsr, x0"]
    for counter in ("cycle", "instret", "mcycle", "minstret"):
        program.lines += [f"csrr t2, {counter}", "nop", "nop", f"csrr t3, {counter}", "sltu t3, t2, t3"]
        program.sign("t3", f"{counter} advances", 1)
    for counter in ("mcycle", "minstret"):
        program.lines += ["li t2, 0x123456789a000000", f"csrw {counter}, t2", f"csrr t3, {counter}", "srli t3, t3, 24"]
        program.sign("t3", f"{counter} counts on from what was written", 0x123456789a)
    program.lines += ["csrr t2, mhartid"]
    program.sign("t2", "mhartid", 0)
    program.lines += ["csrr t2, misa", "li t3, 2 << 62 | 0x112d | 1 << 18 | 1 << 20", "and t2, t2, t3"]
    program.sign("t2", "misa: RV64 ACDFIM, S and U", 2 << 62 | 0x112d | 1 << 18 | 1 << 20)


def programs():
    for name, makers in (("loads", [loads]), ("stores", [stores]), ("rv64a", [amos, reservations]), ("zicsr", [zicsr]), ("zifencei", [fences])):
        program = Program(name)
        for make in makers:
            make(program)
        yield program
