"""The reference page that is checked in beside the description.

SPDX-License-Identifier: Apache-2.0
"""


def _cell(text):
    return text.replace("|", "\\|").replace("\n", " ")


def _reset(register):
    return "block" if register.reset_by_block else "0x%x" % register.reset


def _bits(field):
    msb = field.lsb + field.width - 1
    return "%d:%d" % (msb, field.lsb) if field.width > 1 else "%d" % msb


def _notes(block, register):
    notes = []
    if register.view:
        notes.append("%s view of its offset" % register.view)
    if register.bank:
        notes.append("visible while %s is %d" % register.bank_source)
    if register.timing:
        notes.append("hangs on time")
    if register.changes:
        notes.append("a write may change %s" % ", ".join(register.changes))
    if register.skip:
        notes.append("left out of the generic register tests: %s" % register.skip.rstrip("."))
    return "; ".join(notes)


def emit(block, source):
    lines = []
    put = lines.append
    put("<!-- Generated from %s by tools/regtool; do not edit. -->" % source)
    put("# Registers of %s" % block.name)
    put("")
    put(block.doc)
    put("")
    sizes = " or ".join(str(s) for s in sorted(block.access_sizes)) + " bytes" if block.access_sizes else "each register's own size"
    put("Window 0x%x bytes. Access size: %s. Access kinds are explained in tools/regtool/README.md." % (block.window, sizes))
    if block.external_standard:
        put("")
        put("The registers follow an outside standard, so there is no INTR_STATE / INTR_ENABLE / INTR_TEST.")
    for file, at in block.included:
        put("")
        put("From 0x%x on: the registers of %s." % (at, file))
    put("")
    put("| offset | name | bytes | access | reset | meaning |")
    put("|---|---|---|---|---|---|")
    for register in sorted(block.registers, key=lambda r: r.offset):
        offset = "0x%02x" % register.offset
        name = register.name
        if register.count != 1:
            offset += " + 0x%x i" % register.stride
            name += "[%d]" % register.count
        notes = _notes(block, register)
        doc = register.doc + (" *%s.*" % (notes[0].upper() + notes[1:]) if notes else "")
        put("| %s | %s | %d | %s | %s | %s |" % (offset, name, register.size, register.access, _reset(register), _cell(doc)))
    for register in sorted(block.registers, key=lambda r: r.offset):
        if not register.fields:
            continue
        put("")
        put("## %s" % register.name)
        put("")
        put("| bits | field | access | reset | meaning |")
        put("|---|---|---|---|---|")
        for field in sorted(register.fields, key=lambda f: -f.lsb):
            doc = field.doc
            if field.enum:
                doc += " " + ", ".join("%d %s" % (value, key) for key, value in field.enum) + "."
            if field.timing:
                doc += " *Hangs on time.*"
            reset = "block" if register.reset_by_block else "0x%x" % field.reset
            put("| %s | %s | %s | %s | %s |" % (_bits(field), field.name, field.access, reset, _cell(doc)))
    return "\n".join(lines) + "\n"
