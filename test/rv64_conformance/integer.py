"""Programs for RV64I, M, Zba, Zbb and Zbs. Every result has its expected value from integer_model.

SPDX-License-Identifier: Apache-2.0
"""
import integer_model as model
from program import ALL, Program, hexadecimal

IMMEDIATES = [-2048, -1366, -1, 0, 1, 1365, 2047]


def load(register, offset):
    return [f"ld x{register}, {offset}(s0)"] if register else []


def three_registers(program, name, function):
    """Corner operands against each other, then each way in which registers may coincide or be x0."""
    operands = program.operands(2)
    pairs = [(a, b) for a in operands for b in operands]
    few = [(0x123456789abcdef0, 5), (1 << 63, ALL), (0xfedcba9876543210, 0x80000001), (3, 1 << 62)]
    rd, rs1, rs2 = program.registers(3)
    for registers, rows in [((rd, rs1, rs2), pairs), ((rs1, rs1, rs2), few), ((rs2, rs1, rs2), few), ((rd, rs1, rs1), few), ((rd, rd, rd), few), ((0, rs1, rs2), few[:1]),
                            ((rd, 0, rs2), few), ((rd, rs1, 0), few)]:
        to, left, right = registers
        text = f"{name} x{to}, x{left}, x{right}"
        program.loop(rows, load(left, 0) + load(right, 8) + [text, f"sd x{to}, 0(s1)"], 1)
        for a, b in rows:
            a = b if left == right else a  # The second load wins.
            a, b = a if left else 0, b if right else 0
            program.slot(f"{text} of {hexadecimal((a, b))}", function(a, b) if to else 0)


def two_registers(program, name, function):
    operands = program.operands(8) + [1 << i for i in range(0, 64, 5)] + [ALL << i & ALL for i in range(0, 64, 7)]
    rd, rs1 = program.registers(2)
    for to, source in [(rd, rs1), (rd, rd), (0, rs1), (rd, 0)]:
        rows = operands if (to, source) == (rd, rs1) else operands[:6] if to and source else operands[2:3]
        text = f"{name} x{to}, x{source}"
        program.loop([(a,) for a in rows], load(source, 0) + [text, f"sd x{to}, 0(s1)"], 1)
        for a in rows:
            program.slot(f"{text} of {a:#x}", function(a if source else 0) if to else 0)


def with_immediate(program, name, function, immediates):
    operands = program.operands(3)
    for immediate in immediates:
        rd, rs1 = program.registers(2)
        for to, source in [(rd, rs1), (rd, rd), (0, rs1), (rd, 0)]:
            rows = operands if (to, source) == (rd, rs1) else operands[3:6]
            text = f"{name} x{to}, x{source}, {immediate}"
            program.loop([(a,) for a in rows], load(source, 0) + [text, f"sd x{to}, 0(s1)"], 1)
            for a in rows:
                program.slot(f"{text} of {a:#x}", function(a if source else 0, immediate & ALL) if to else 0)


def upper_immediates(program):
    for value in [0, 1, 0x7ffff, 0x80000, 0xfffff, 0x55555]:
        program.lines.append(f"lui t2, {value:#x}")
        program.sign("t2", f"lui t2, {value:#x}", model.sext(value << 12, 32))
        program.lines += ["here:".replace("here", f"here{value}"), f"auipc t2, {value:#x}", f"la t3, here{value}", "sub t2, t2, t3"]
        program.sign("t2", f"auipc t2, {value:#x}, from its own address", model.sext(value << 12, 32))
    program.lines += ["li t2, 5", "lui x0, 0x12345", "auipc x0, 1", "mv t2, x0"]
    program.sign("t2", "lui and auipc to x0", 0)


def branches(program):
    """Taken: 1. Backward branches too."""
    operands = program.operands(1)
    pairs = [(a, b) for a in operands for b in operands]
    for name, function in model.BRANCH.items():
        rs1, rs2, result = program.registers(3)
        body = [f"ld x{rs1}, 0(s0)", f"ld x{rs2}, 8(s0)", f"li x{result}, 1", f"{name} x{rs1}, x{rs2}, 2f", f"li x{result}, 0", "2:", f"sd x{result}, 0(s1)"]
        program.loop(pairs, body, 1)
        for a, b in pairs:
            program.slot(f"{name} forward on {hexadecimal((a, b))}", function(a, b))
        body = [f"ld x{rs1}, 0(s0)", f"ld x{rs2}, 8(s0)", f"li x{result}, 0", "j 3f", "2:", f"addi x{result}, x{result}, 1", "j 4f", "3:",
                f"{name} x{rs1}, x{rs2}, 2b", "4:", f"sd x{result}, 0(s1)"]
        program.loop(pairs[:30], body, 1)
        for a, b in pairs[:30]:
            program.slot(f"{name} backward on {hexadecimal((a, b))}", function(a, b))
        body = [f"ld x{rs1}, 0(s0)", f"li x{result}, 1", f"{name} x{rs1}, x0, 2f", f"li x{result}, 0", "2:", f"sd x{result}, 0(s1)",
                f"li x{result}, 1", f"{name} x{rs1}, x{rs1}, 2f", f"li x{result}, 0", "2:", f"sd x{result}, 8(s1)"]
        program.loop([(a,) for a in operands], body, 2)
        for a in operands:
            program.slot(f"{name} {a:#x} with x0", function(a, 0))
            program.slot(f"{name} {a:#x} with the same register", function(a, a))


def jumps(program):
    add = program.lines.extend
    add([".option push", ".option norvc", "jal t2, 1f", "0: li t3, 99", "1: la t4, 0b", "sub t2, t2, t4", ".option pop"])
    program.sign("t2", "jal links the next instruction", 0)
    add(["li t3, 0", "jal x0, 1f", "li t3, 1", "1:"])
    program.sign("t3", "jal x0 jumps", 0)
    add(["j 2f", "1: li t3, 7", "j 3f", "2: jal ra, 1b", "3:"])
    program.sign("t3", "jal backward", 7)
    for register, offset in [("t2", 0), ("t2", 1), ("t3", 0), ("t3", 1), ("t3", -2048), ("t3", 2046), ("x0", 0)]:
        # rd = rs1 for t2: the target is read before the link is written. The target's lowest bit is cleared.
        add([".option push", ".option norvc", "la t2, 1f", f"li t4, {offset}", "sub t2, t2, t4", "li t5, 1", f"jalr {register}, {offset}(t2)" if offset != 1 else
             f"jalr {register}, 2(t2)", "0: li t5, 0", "1: la t4, 0b", f"sub t4, {register}, t4" if register != "x0" else "li t4, 0", ".option pop"])
        program.sign("t4", f"jalr {register}, offset {offset}: link", 0)
        program.sign("t5", f"jalr {register}, offset {offset}: jumped", 1)


def all_of(name, three=(), two=(), immediate=(), shift6=(), shift5=()):
    program = Program(name)
    for group in three:
        for instruction, function in group.items():
            three_registers(program, instruction, function)
    for group in two:
        for instruction, function in group.items():
            two_registers(program, instruction, function)
    for group in immediate:
        for instruction, function in group.items():
            with_immediate(program, instruction, function, IMMEDIATES)
    for group in shift6:
        for instruction, function in group.items():
            with_immediate(program, instruction, function, [0, 1, 7, 31, 32, 33, 63])
    for group in shift5:
        for instruction, function in group.items():
            with_immediate(program, instruction, function, [0, 1, 7, 15, 31])
    return program


def programs():
    base = all_of("rv64i", three=[model.THREE], immediate=[model.IMMEDIATE], shift6=[model.SHIFT6], shift5=[model.SHIFT5])
    control = Program("rv64i_control")
    upper_immediates(control)
    jumps(control)
    branches(control)
    return [base, control, all_of("rv64m", three=[model.MULTIPLY]), all_of("zba", three=[model.ZBA], shift6=[model.ZBA_SHIFT6]),
            all_of("zbb", three=[model.ZBB], two=[model.ZBB_TWO], shift6=[model.ZBB_SHIFT6], shift5=[model.ZBB_SHIFT5]),
            all_of("zbs", three=[model.ZBS], shift6=[model.ZBS_SHIFT6])]
