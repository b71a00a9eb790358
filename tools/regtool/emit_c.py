"""The C header for firmware: freestanding C11, nothing but #defines.

SPDX-License-Identifier: Apache-2.0
"""


def _literal(value, size):
    return "0x%xull" % value if size == 8 else "0x%xu" % value


def emit(block, source):
    prefix = block.name.upper()
    guard = "VISOC_%s_REGS_H" % prefix
    lines = []
    put = lines.append
    put("// Registers of %s. Generated from %s by tools/regtool; do not edit." % (block.name, source))
    put("// SPDX-License-Identifier: Apache-2.0")
    put("#ifndef %s" % guard)
    put("#define %s" % guard)
    put("")
    put("#define %s_WINDOW_BYTES 0x%xu" % (prefix, block.window))
    for register in block.registers:
        name = "%s_%s" % (prefix, register.name)
        put("")
        put("// %s: %s, %d byte%s" % (register.name, register.access, register.size, "" if register.size == 1 else "s"))
        if register.count == 1:
            put("#define %s_OFFSET 0x%xu" % (name, register.offset))
        else:
            put("#define %s_OFFSET(i) (0x%xu + 0x%xu * (i))" % (name, register.offset, register.stride))
            put("#define %s_COUNT %du" % (name, register.count))
            put("#define %s_STRIDE 0x%xu" % (name, register.stride))
        if not register.reset_by_block:
            put("#define %s_RESET_VALUE %s" % (name, _literal(register.reset, register.size)))
        for field in register.fields:
            both = "%s_%s" % (name, field.name)
            put("#define %s_MASK %s" % (both, _literal(field.mask, register.size)))
            put("#define %s_SHIFT %du" % (both, field.lsb))
            put("#define %s_WIDTH %du" % (both, field.width))
            for key, value in field.enum:
                put("#define %s_%s %s" % (both, key, _literal(value, register.size)))
    put("")
    put("#endif  // %s" % guard)
    return "\n".join(lines) + "\n"
