"""The SystemVerilog package: offsets, field positions, reset values.

SPDX-License-Identifier: Apache-2.0
"""


def emit(block, source):
    lines = []
    put = lines.append
    address_bits = max(1, (block.window - 1).bit_length())
    put("// Registers of %s. Generated from %s by tools/regtool; do not edit." % (block.name, source))
    put("// SPDX-License-Identifier: Apache-2.0")
    put("package %s_regs_pkg;" % block.name)
    put("")
    put("  localparam int unsigned ADDR_WIDTH = %d;" % address_bits)
    put("  localparam logic [63:0] WINDOW_BYTES = 64'h%x;" % block.window)
    for register in block.registers:
        put("")
        put("  // %s: %s, %d byte%s" % (register.name, register.access, register.size, "" if register.size == 1 else "s"))
        put("  localparam logic [%d:0] %s_OFFSET = %d'h%x;" % (address_bits - 1, register.name, address_bits, register.offset))
        if register.count != 1:
            put("  localparam int unsigned %s_COUNT = %d;" % (register.name, register.count))
            put("  localparam int unsigned %s_STRIDE = %d;" % (register.name, register.stride))
        if not register.reset_by_block:
            put("  localparam logic [%d:0] %s_RESET_VALUE = %d'h%x;" % (register.bits - 1, register.name, register.bits, register.reset))
        for field in register.fields:
            both = "%s_%s" % (register.name, field.name)
            put("  localparam int unsigned %s_LSB = %d;" % (both, field.lsb))
            put("  localparam int unsigned %s_WIDTH = %d;" % (both, field.width))
            for key, value in field.enum:
                put("  localparam logic [%d:0] %s_%s = %d'h%x;" % (field.width - 1, both, key, field.width, value))
    put("")
    put("endpackage")
    return "\n".join(lines) + "\n"
