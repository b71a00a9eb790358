"""The C++ header: numbers, constants and the constexpr register table.

SPDX-License-Identifier: Apache-2.0
"""

from description import pascal


def _string(text):
    out = []
    for char in text:
        if char in "\"\\":
            out.append("\\" + char)
        elif " " <= char <= "~":
            out.append(char)
        else:  # Octal escapes end after three digits, so the text that follows stays itself.
            out.extend("\\%03o" % byte for byte in char.encode("utf-8"))
    return "\"%s\"" % "".join(out)


def _hex(value):
    return "0x%x" % value


def _access(kind):
    return "RegisterAccess::k" + kind.capitalize()


def _bool(value):
    return "true" if value else "false"


def emit(block, source):
    lines = []
    put = lines.append
    put("// Registers of %s. Generated from %s by tools/regtool; do not edit." % (block.name, source))
    put("// SPDX-License-Identifier: Apache-2.0")
    put("#pragma once")
    put("")
    put("#include <cstdint>")
    put("")
    put("#include \"platform/contract/register_table.h\"")
    put("")
    put("namespace visoc::regs::%s {" % block.name)
    put("")
    put("/// Numbers of the registers: indices into kTable.registers.")
    put("enum class Reg : std::uint16_t {")
    for number, register in enumerate(block.registers):
        put("  k%s = %d," % (pascal(register.name), number))
    put("};")
    put("")
    put("inline constexpr std::uint64_t kWindowBytes = %s;" % _hex(block.window))
    for register in block.registers:
        name = pascal(register.name)
        kind = "std::uint64_t" if register.size == 8 else "std::uint32_t"
        put("")
        put("// %s (%s)" % (register.name, register.access))
        put("inline constexpr Offset k%sOffset = %s;" % (name, _hex(register.offset)))
        if register.count != 1:
            put("inline constexpr std::uint32_t k%sCount = %d;" % (name, register.count))
            put("inline constexpr Offset k%sStride = %s;" % (name, _hex(register.stride)))
        if not register.reset_by_block:
            put("inline constexpr %s k%sResetValue = %s;" % (kind, name, _hex(register.reset)))
        for field in register.fields:
            both = name + pascal(field.name)
            put("inline constexpr %s k%sMask = %s;" % (kind, both, _hex(field.mask)))
            put("inline constexpr unsigned k%sShift = %d;" % (both, field.lsb))
            put("inline constexpr unsigned k%sWidth = %d;" % (both, field.width))
            for key, value in field.enum:
                put("inline constexpr %s k%s%s = %s;" % (kind, both, pascal(key), _hex(value)))
    put("")
    put("namespace detail {")
    put("")
    for register in block.registers:
        if register.fields:
            put("inline constexpr FieldInfo k%sFields[] = {" % pascal(register.name))
            for f in register.fields:
                put("    {%s, %d, %d, %s, %s, %s, %s}," % (_string(f.name), f.lsb, f.width, _access(f.access), _hex(f.reset), _bool(f.timing), _string(f.doc)))
            put("};")
        if register.changes:
            numbers = ", ".join(str(block.find(name)) for name in register.changes)
            put("inline constexpr std::uint16_t k%sChanges[] = {%s};" % (pascal(register.name), numbers))
    put("")
    put("inline constexpr RegisterInfo kRegisters[] = {")
    for register in block.registers:
        name = pascal(register.name)
        view = {"": "kBoth", "read": "kRead", "write": "kWrite"}[register.view]
        masks = [register.mask_of(kinds) for kinds in (
            ("ro", "rw", "rw1c", "rw1s", "rw0c", "rc", "pop", "claim"), ("rw",), ("rw1c",), ("rw1s",), ("rw0c",), ("rc",),
            ("wo", "push", "claim"))] + [register.timing_mask, register.implemented]
        bank = register.bank or (0, 0, 0)
        put("    {%s, %s, %d, %s, RegisterView::%s, %s, %s, %d, %d, %d, %s," % (
            _string(register.name), _hex(register.offset), register.size, _access(register.access), view, _bool(register.timing),
            _bool(register.reset_by_block), register.count, register.stride, register.first_value, _hex(register.reset)))
        put("     {%s}," % ", ".join(_hex(m) for m in masks))
        put("     {%s, %s, %d}," % (_hex(bank[1]), _hex(bank[2]), bank[0]))
        put("     %s, %d, %s, %s, %d, %s}," % (
            "k%sFields" % name if register.fields else "nullptr", len(register.fields),
            _string(register.skip) if register.skip else "nullptr",
            "k%sChanges" % name if register.changes else "nullptr", len(register.changes), _string(register.doc)))
    put("};")
    put("")
    put("inline constexpr std::uint16_t kRangeRegisters[] = {%s};" % ", ".join(str(n) for r in block.ranges for n in r.numbers))
    put("inline constexpr RegisterRange kRanges[] = {")
    first = 0
    for r in block.ranges:
        put("    {%s, %s, %d, %d}," % (_hex(r.begin), _hex(r.end), first, len(r.numbers)))
        first += len(r.numbers)
    put("};")
    put("")
    put("}  // namespace detail")
    put("")
    put("inline constexpr RegisterTable kTable = {")
    put("    %s," % _string(block.name))
    put("    %s," % _string(block.doc))
    put("    kWindowBytes, %d, %s, %d, detail::kRegisters, %d, %d, detail::kRanges, %d, detail::kRangeRegisters};" % (
        sum(block.access_sizes), _bool(block.external_standard), block.interrupts, len(block.registers), block.value_count, len(block.ranges)))
    put("")
    put("}  // namespace visoc::regs::%s" % block.name)
    return "\n".join(lines) + "\n"
