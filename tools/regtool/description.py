"""Reads a <block>.regs.json and checks all of it: either a Block, or every problem at once with its JSON pointer.

SPDX-License-Identifier: Apache-2.0
"""

import json
import os
import re

ACCESS_KINDS = ("ro", "rw", "wo", "rw1c", "rw1s", "rw0c", "rc", "pop", "push", "claim")
WHOLE_REGISTER_KINDS = ("pop", "push", "claim")
READABLE = ("ro", "rw", "rw1c", "rw1s", "rw0c", "rc", "pop", "claim")
WRITE_ONLY = ("wo", "push", "claim")
TRIO = {"INTR_STATE": ("rw1c", "ro"), "INTR_ENABLE": ("rw",), "INTR_TEST": ("wo",)}
MAX_ELEMENTS = 1 << 18

BLOCK_KEYS = ("block", "doc", "window", "width", "access_sizes", "include", "external_standard", "interrupts", "registers")
INCLUDE_KEYS = ("file", "at", "override")
OVERRIDE_KEYS = ("reset", "doc", "fields", "conformance")
REGISTER_KEYS = ("name", "offset", "size", "access", "reset", "doc", "timing", "array", "bank", "view", "fields", "conformance")
FIELD_KEYS = ("name", "bits", "access", "reset", "doc", "timing", "enum")
NAME = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
BLOCK_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class DescriptionError(Exception):
    """All problems of a description, one 'file: pointer: text' a line."""

    def __init__(self, problems):
        super().__init__("\n".join(problems))
        self.problems = problems


class Field:
    def __init__(self, name, lsb, width, access, reset, timing, enum, doc):
        self.name, self.lsb, self.width, self.access = name, lsb, width, access
        self.reset, self.timing, self.enum, self.doc = reset, timing, enum, doc

    @property
    def mask(self):
        return ((1 << self.width) - 1) << self.lsb


class Register:
    """One register or array; `fields` is empty if the register is a single value."""

    def __init__(self):
        self.name = self.doc = self.access = ""
        self.pointer = self.file = ""
        self.offset = self.size = self.reset = 0
        self.reset_by_block = self.timing = False
        self.count, self.stride = 1, 0
        self.view = ""          # "", "read" or "write"
        self.bank = None        # (register name, mask, value) after resolution
        self.bank_source = None
        self.fields = []
        self.skip = ""
        self.changes = []
        self.first_value = 0

    @property
    def bits(self):
        return 8 * self.size

    @property
    def full_mask(self):
        return (1 << self.bits) - 1

    @property
    def end(self):
        return self.offset + (self.count - 1) * self.stride + self.size

    def mask_of(self, kinds):
        if not self.fields:
            return self.full_mask if self.access in kinds else 0
        return sum(f.mask for f in self.fields if f.access in kinds)

    @property
    def implemented(self):
        return self.mask_of(ACCESS_KINDS)

    @property
    def timing_mask(self):
        if self.timing:
            return self.implemented
        return sum(f.mask for f in self.fields if f.timing)

    def elements(self):
        return (self.offset + i * self.stride for i in range(self.count))


class Range:
    """Offsets [begin, end) and the numbers of the registers with elements in them."""

    def __init__(self, begin, end, numbers):
        self.begin, self.end, self.numbers = begin, end, numbers


class Block:
    def __init__(self):
        self.name = self.doc = ""
        self.window = 0
        self.width = 4
        self.access_sizes = []
        self.external_standard = False
        self.interrupts = 0
        self.registers = []
        self.ranges = []
        self.sources = []  # Every file read, the description first.
        self.included = []  # (relative file, offset)

    def find(self, name):
        for number, register in enumerate(self.registers):
            if register.name == name:
                return number
        return None

    @property
    def value_count(self):
        return sum(r.count for r in self.registers)


class _DuplicateKey(ValueError):
    pass


def _unique_keys(pairs):
    result = {}
    for key, value in pairs:
        if key in result:
            raise _DuplicateKey(key)
        result[key] = value
    return result


def pascal(name):
    return "".join(part[:1].upper() + part[1:].lower() for part in name.split("_"))


class _Loader:
    def __init__(self, root):
        self.root = root
        self.problems = []
        self.sources = []

    # -- small checked readers -------------------------------------------------------------------------------------------

    def problem(self, file, pointer, text):
        self.problems.append("%s: %s: %s" % (file, pointer or "/", text))

    def number(self, file, pointer, value, minimum=0, maximum=(1 << 64) - 1):
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            self.problem(file, pointer, "expected a number or a string such as \"0x10\", found %s" % json.dumps(value))
            return None
        if isinstance(value, str):
            try:
                value = int(value.replace("_", ""), 0)
            except ValueError:
                self.problem(file, pointer, "%s is not a number" % json.dumps(value))
                return None
        if not minimum <= value <= maximum:
            self.problem(file, pointer, "%s is not in [%s, %s]" % (hex(value), hex(minimum), hex(maximum)))
            return None
        return value

    def size(self, file, pointer, value):
        value = self.number(file, pointer, value)
        if value is not None and value not in (1, 2, 4, 8):
            self.problem(file, pointer, "%d bytes: a register has 1, 2, 4 or 8" % value)
            return None
        return value

    def boolean(self, file, pointer, value):
        if not isinstance(value, bool):
            self.problem(file, pointer, "expected true or false, found %s" % json.dumps(value))
            return False
        return value

    def doc(self, file, pointer, holder):
        text = holder.get("doc")
        if not isinstance(text, str) or not text.strip():
            self.problem(file, pointer + "/doc", "missing: every block, register and field says what it is")
            return ""
        return text.strip()

    def name(self, file, pointer, holder, pattern=NAME, what="upper case with single underscores, such as RING_BASE_LO"):
        text = holder.get("name")
        if not isinstance(text, str) or not pattern.fullmatch(text):
            self.problem(file, pointer + "/name", "%s is not a name (%s)" % (json.dumps(text), what))
            return ""
        return text

    def keys(self, file, pointer, holder, allowed):
        if not isinstance(holder, dict):
            self.problem(file, pointer, "expected an object, found %s" % type(holder).__name__)
            return False
        for key in holder:
            if key not in allowed:
                self.problem(file, "%s/%s" % (pointer, key), "unknown key (known: %s)" % ", ".join(allowed))
        return True

    def list(self, file, pointer, value):
        if not isinstance(value, list):
            self.problem(file, pointer, "expected a list, found %s" % type(value).__name__)
            return []
        return value

    def read(self, path):
        file = os.path.relpath(path, self.root).replace(os.sep, "/")
        try:
            with open(path, encoding="utf-8") as stream:
                data = json.load(stream, object_pairs_hook=_unique_keys)
        except OSError as error:
            self.problem(file, "", "cannot be read: %s" % error.strerror)
            return file, None
        except _DuplicateKey as error:
            self.problem(file, "", "key \"%s\" appears twice in one object" % error)
            return file, None
        except ValueError as error:  # Malformed JSON or UTF-8.
            self.problem(file, "", "not JSON: %s" % error)
            return file, None
        if os.path.abspath(path) not in self.sources:
            self.sources.append(os.path.abspath(path))
        if not self.keys(file, "", data, BLOCK_KEYS):
            return file, None
        return file, data

    # -- the parts of a description --------------------------------------------------------------------------------------

    def block(self, path):
        file, data = self.read(path)
        if data is None:
            return None
        block = Block()
        if not isinstance(data.get("block"), str) or not BLOCK_NAME.fullmatch(data["block"]):
            self.problem(file, "/block", "%s is not a block name (lower case with single underscores)" % json.dumps(data.get("block")))
        else:
            block.name = data["block"]
        block.doc = self.doc(file, "", data)
        if "window" not in data:
            self.problem(file, "/window", "missing: the size of the register window in bytes")
        else:
            block.window = self.number(file, "/window", data["window"], 1, 1 << 40) or 0
        block.width = self.size(file, "/width", data.get("width", 4)) or 4
        for i, size in enumerate(self.list(file, "/access_sizes", data.get("access_sizes", []))):
            size = self.size(file, "/access_sizes/%d" % i, size)
            if size in block.access_sizes:
                self.problem(file, "/access_sizes/%d" % i, "%d appears twice" % size)
            elif size is not None:
                block.access_sizes.append(size)
        block.external_standard = self.boolean(file, "/external_standard", data.get("external_standard", False))
        block.interrupts = self.number(file, "/interrupts", data.get("interrupts", 0), 0, 1024) or 0

        for i, include in enumerate(self.list(file, "/include", data.get("include", []))):
            self.include(file, "/include/%d" % i, include, block)
        if "registers" not in data:
            self.problem(file, "/registers", "missing")
        for i, register in enumerate(self.list(file, "/registers", data.get("registers", []))):
            read = self.register(file, "/registers/%d" % i, register, block.width)
            if read is not None:
                block.registers.append(read)

        if not self.problems:
            self.whole(file, block)
        block.sources = self.sources
        return block

    def include(self, file, pointer, data, block):
        if not self.keys(file, pointer, data, INCLUDE_KEYS):
            return
        if not isinstance(data.get("file"), str):
            self.problem(file, pointer + "/file", "missing: a path from the root of the tree")
            return
        at = self.number(file, pointer + "/at", data.get("at", 0), 0, 1 << 40)
        path = os.path.join(self.root, data["file"])
        inner_file, inner = self.read(path)
        if inner is None or at is None:
            return
        if "include" in inner:
            self.problem(inner_file, "/include", "an included file includes nothing itself")
        window = self.number(inner_file, "/window", inner.get("window", 0)) or 0
        if at + window > block.window:
            self.problem(file, pointer + "/at", "[%s, %s) of %s does not fit the window of %s bytes"
                         % (hex(at), hex(at + window), inner_file, hex(block.window)))
        overrides = data.get("override", {})
        if not isinstance(overrides, dict):
            self.problem(file, pointer + "/override", "expected an object: register name -> keys")
            overrides = {}
        names = [r.get("name") for r in inner.get("registers", []) if isinstance(r, dict)]
        for name, override in overrides.items():
            where = "%s/override/%s" % (pointer, name)
            self.keys(file, where, override, OVERRIDE_KEYS)
            if name not in names:
                self.problem(file, where, "%s has no such register" % inner_file)
        width = self.size(inner_file, "/width", inner.get("width", 4)) or 4
        block.interrupts = max(block.interrupts, self.number(inner_file, "/interrupts", inner.get("interrupts", 0)) or 0)
        if block.access_sizes == [] and isinstance(inner.get("access_sizes"), list):
            block.access_sizes = list(inner["access_sizes"])
        for i, raw in enumerate(self.list(inner_file, "/registers", inner.get("registers", []))):
            inner_pointer = "/registers/%d" % i
            where_file, where = inner_file, inner_pointer
            if isinstance(raw, dict) and isinstance(overrides.get(raw.get("name")), dict):
                raw = dict(raw, **{k: v for k, v in overrides[raw["name"]].items() if k in OVERRIDE_KEYS})
                where_file, where = file, "%s/override/%s" % (pointer, raw["name"])
            register = self.register(where_file, where, raw, width)
            if register is None:
                continue
            if register.end > window:
                self.problem(where_file, where + "/offset", "%s ends at %s, beyond the window of %s bytes"
                             % (register.name, hex(register.end), hex(window)))
            register.offset += at
            block.registers.append(register)
        block.included.append((data["file"], at))

    def register(self, file, pointer, data, width):
        if not self.keys(file, pointer, data, REGISTER_KEYS):
            return None
        before = len(self.problems)
        register = Register()
        register.file, register.pointer = file, pointer
        register.name = self.name(file, pointer, data)
        register.doc = self.doc(file, pointer, data)
        register.size = self.size(file, pointer + "/size", data.get("size", width)) or width
        if "offset" not in data:
            self.problem(file, pointer + "/offset", "missing")
        else:
            register.offset = self.number(file, pointer + "/offset", data["offset"], 0, 1 << 40) or 0
            if register.offset % register.size:
                self.problem(file, pointer + "/offset", "%s is not a multiple of the register's %d bytes" % (hex(register.offset), register.size))
        register.timing = self.boolean(file, pointer + "/timing", data.get("timing", False))
        self.array(file, pointer, data, register)
        view = data.get("view", "")
        if view not in ("", "read", "write"):
            self.problem(file, pointer + "/view", "%s: expected \"read\" or \"write\"" % json.dumps(view))
        else:
            register.view = view
        if "bank" in data and self.keys(file, pointer + "/bank", data["bank"], ("when", "is")):
            value = self.number(file, pointer + "/bank/is", data["bank"].get("is"))
            if not isinstance(data["bank"].get("when"), str):
                self.problem(file, pointer + "/bank/when", "missing: REGISTER or REGISTER.FIELD")
            elif value is not None:
                register.bank_source = (data["bank"]["when"], value)
        self.access_and_fields(file, pointer, data, register)
        self.reset(file, pointer, data, register)
        if "conformance" in data and self.keys(file, pointer + "/conformance", data["conformance"], ("skip", "changes")):
            conformance = data["conformance"]
            if "skip" in conformance:
                if not isinstance(conformance["skip"], str) or not conformance["skip"].strip():
                    self.problem(file, pointer + "/conformance/skip", "expected the reason in words")
                else:
                    register.skip = conformance["skip"].strip()
            register.changes = self.list(file, pointer + "/conformance/changes", conformance.get("changes", []))
        return register if len(self.problems) == before else None

    def array(self, file, pointer, data, register):
        if "array" not in data or not self.keys(file, pointer + "/array", data["array"], ("count", "stride")):
            return
        count = self.number(file, pointer + "/array/count", data["array"].get("count"), 1, MAX_ELEMENTS)
        stride = self.number(file, pointer + "/array/stride", data["array"].get("stride", register.size), 1, 1 << 30)
        if count is None or stride is None:
            return
        if stride < register.size or stride % register.size:
            self.problem(file, pointer + "/array/stride", "%d is not a multiple of the register's %d bytes" % (stride, register.size))
            return
        register.count, register.stride = count, stride

    def access_and_fields(self, file, pointer, data, register):
        access = data.get("access")
        if access is not None and access not in ACCESS_KINDS:
            self.problem(file, pointer + "/access", "%s: expected one of %s" % (json.dumps(access), " ".join(ACCESS_KINDS)))
            access = None
        elif access is None and not data.get("fields"):
            self.problem(file, pointer + "/access", "missing: one of %s" % " ".join(ACCESS_KINDS))
        taken = {}
        names = set()
        for i, raw in enumerate(self.list(file, pointer + "/fields", data.get("fields", []))):
            where = "%s/fields/%d" % (pointer, i)
            field = self.field(file, where, raw, access, register)
            if field is None:
                continue
            if field.name in names:
                self.problem(file, where + "/name", "%s appears twice in %s" % (field.name, register.name))
            names.add(field.name)
            for bit in range(field.lsb, field.lsb + field.width):
                if bit in taken:
                    self.problem(file, where + "/bits", "%s overlaps %s in bit %d" % (field.name, taken[bit], bit))
                    break
                taken[bit] = field.name
            register.fields.append(field)
        kinds = {f.access for f in register.fields}
        register.access = access or (kinds.pop() if len(kinds) == 1 else "rw")
        if access == "ro":
            for i, field in enumerate(register.fields):
                if field.access not in ("ro", "rc"):
                    self.problem(file, "%s/fields/%d/access" % (pointer, i), "%s in a read-only register" % field.access)
        if access == "wo":
            for i, field in enumerate(register.fields):
                if field.access not in WRITE_ONLY:
                    self.problem(file, "%s/fields/%d/access" % (pointer, i), "%s in a write-only register" % field.access)
        if any(f.access in WHOLE_REGISTER_KINDS and f.access != access for f in register.fields):
            self.problem(file, pointer + "/access", "pop, push and claim act on a whole register; give them there")
        if access in WHOLE_REGISTER_KINDS and any(f.access != access for f in register.fields):
            self.problem(file, pointer + "/fields", "the fields of a %s register are %s too" % (access, access))

    def field(self, file, pointer, data, default_access, register):
        if not self.keys(file, pointer, data, FIELD_KEYS):
            return None
        before = len(self.problems)
        name = self.name(file, pointer, data)
        doc = self.doc(file, pointer, data)
        bits = data.get("bits")
        match = re.fullmatch(r"(\d+)(?::(\d+))?", str(bits)) if isinstance(bits, (str, int)) and not isinstance(bits, bool) else None
        lsb = width = 0
        if not match:
            self.problem(file, pointer + "/bits", "%s: expected \"7:0\" or \"3\"" % json.dumps(bits))
        else:
            msb = int(match.group(1))
            lsb = int(match.group(2)) if match.group(2) is not None else msb
            width = msb - lsb + 1
            if width < 1:
                self.problem(file, pointer + "/bits", "%s: the high bit comes first" % bits)
            elif msb >= register.bits:
                self.problem(file, pointer + "/bits", "%s does not fit the %d bits of %s" % (bits, register.bits, register.name))
        access = data.get("access", default_access)
        if access not in ACCESS_KINDS:
            self.problem(file, pointer + "/access", "%s: expected one of %s, here or at the register" % (json.dumps(access), " ".join(ACCESS_KINDS)))
        timing = self.boolean(file, pointer + "/timing", data.get("timing", False))
        if len(self.problems) != before:
            return None
        maximum = (1 << width) - 1
        reset = None
        if "reset" in data:
            reset = self.number(file, pointer + "/reset", data["reset"])
            if reset is not None and reset > maximum:
                self.problem(file, pointer + "/reset", "%s does not fit %d bits" % (hex(reset), width))
                reset = None
        enum = []
        if "enum" in data:
            if not isinstance(data["enum"], dict) or not data["enum"]:
                self.problem(file, pointer + "/enum", "expected an object: NAME -> value")
            else:
                for key, value in data["enum"].items():
                    where = "%s/enum/%s" % (pointer, key)
                    value = self.number(file, where, value)
                    if not NAME.fullmatch(key):
                        self.problem(file, where, "not a name (upper case with single underscores)")
                    elif value is not None and value > maximum:
                        self.problem(file, where, "%s does not fit %d bits" % (hex(value), width))
                    elif value is not None:
                        if value in (v for _, v in enum):
                            self.problem(file, where, "%s has another name already" % hex(value))
                        enum.append((key, value))
        return Field(name, lsb, width, access, reset, timing, enum, doc)

    def reset(self, file, pointer, data, register):
        """Register and field resets say the same; what one side leaves out comes from the other."""
        value = data.get("reset")
        if value == "block":
            register.reset_by_block = True
            value = None
        from_fields = sum((f.reset or 0) << f.lsb for f in register.fields)
        if value is None:
            register.reset = from_fields
        else:
            value = self.number(file, pointer + "/reset", value)
            if value is None:
                return
            if value > register.full_mask:
                self.problem(file, pointer + "/reset", "%s does not fit %d bits" % (hex(value), register.bits))
                return
            if value & ~register.implemented:
                self.problem(file, pointer + "/reset", "%s has ones in reserved bits" % hex(value))
            for i, field in enumerate(register.fields):
                here = (value & field.mask) >> field.lsb
                if field.reset is not None and field.reset != here:
                    self.problem(file, "%s/fields/%d/reset" % (pointer, i), "%s, but the register's reset says %s" % (hex(field.reset), hex(here)))
            register.reset = value
        for field in register.fields:
            field.reset = (register.reset & field.mask) >> field.lsb
        if register.reset & register.implemented & ~register.mask_of(READABLE):
            self.problem(file, pointer + "/reset", "%s has ones in bits that cannot be read" % hex(register.reset))

    # -- checks across registers -----------------------------------------------------------------------------------------

    def whole(self, file, block):
        seen = {}
        for register in block.registers:
            if register.name in seen:
                self.problem(register.file, register.pointer + "/name", "%s is also the name of %s" % (register.name, seen[register.name].pointer))
            seen.setdefault(register.name, register)
            if register.end > block.window:
                self.problem(register.file, register.pointer + "/offset", "%s ends at %s, beyond the window of %s bytes"
                             % (register.name, hex(register.end), hex(block.window)))
        if sum(r.count for r in block.registers) > MAX_ELEMENTS:
            self.problem(file, "/registers", "more than %d elements" % MAX_ELEMENTS)
        if len(block.registers) > 0xfff0:
            self.problem(file, "/registers", "more than %d registers" % 0xfff0)
        if not block.registers:
            self.problem(file, "/registers", "a block has at least one register")
        if self.problems:
            return
        self.banks(block)
        self.changes(block)
        self.overlaps(block)
        self.interrupt_trio(file, block)
        self.identifiers(block)
        if not self.problems:
            first = 0
            for register in block.registers:
                register.first_value = first
                first += register.count
            block.ranges = make_ranges(block.registers)

    def banks(self, block):
        for register in block.registers:
            if register.bank_source is None:
                continue
            when, value = register.bank_source
            pointer = register.pointer + "/bank"
            name, _, field_name = when.partition(".")
            number = block.find(name)
            if number is None:
                self.problem(register.file, pointer + "/when", "no register %s" % name)
                continue
            other = block.registers[number]
            if other.bank_source is not None or other.count != 1:
                self.problem(register.file, pointer + "/when", "%s is banked or an array itself" % name)
                continue
            mask, lsb = other.implemented, 0
            if field_name:
                fields = [f for f in other.fields if f.name == field_name]
                if not fields:
                    self.problem(register.file, pointer + "/when", "%s has no field %s" % (name, field_name))
                    continue
                mask, lsb = fields[0].mask, fields[0].lsb
            if (value << lsb) & ~mask:
                self.problem(register.file, pointer + "/is", "%s does not fit %s" % (hex(value), when))
                continue
            register.bank = (number, mask, value << lsb)

    def changes(self, block):
        for register in block.registers:
            for i, name in enumerate(register.changes):
                if not isinstance(name, str) or block.find(name) is None:
                    self.problem(register.file, "%s/conformance/changes/%d" % (register.pointer, i), "no register %s" % json.dumps(name))

    def overlaps(self, block):
        def may_share(a, b):
            if a.offset != b.offset or a.size != b.size or (a.count, a.stride) != (b.count, b.stride):
                return False
            if {a.view, b.view} == {"read", "write"}:
                return True
            return bool(a.bank and b.bank and a.bank[:2] == b.bank[:2] and a.bank[2] != b.bank[2])

        spans = []
        for number, register in enumerate(block.registers):
            spans.extend((at, at + register.size, number) for at in register.elements())
        spans.sort()
        reported = set()
        active = []
        for begin, end, number in spans:
            active = [span for span in active if span[1] > begin]
            for _, _, other in active:
                pair = (min(number, other), max(number, other))
                if pair in reported or may_share(block.registers[number], block.registers[other]):
                    continue
                reported.add(pair)
                a, b = block.registers[pair[0]], block.registers[pair[1]]
                self.problem(b.file, b.pointer + "/offset", "%s overlaps %s at %s (only opposite views or different values of one bank field may)"
                             % (b.name, a.name, hex(begin)))
            active.append((begin, end, number))

    def interrupt_trio(self, file, block):
        if block.external_standard:
            return
        present = {name: block.find(name) for name in TRIO}
        if block.interrupts == 0 and all(number is None for number in present.values()):
            return
        layouts = {}
        for name, allowed in TRIO.items():
            if present[name] is None:
                self.problem(file, "/registers", "%s is missing: a block with interrupts has INTR_STATE, INTR_ENABLE and INTR_TEST" % name)
                continue
            register = block.registers[present[name]]
            if not register.fields:
                self.problem(register.file, register.pointer + "/fields", "%s names its interrupts as fields" % name)
            for field in register.fields:
                if field.access not in allowed:
                    self.problem(register.file, register.pointer, "%s.%s is %s, expected %s" % (name, field.name, field.access, " or ".join(allowed)))
            layouts[name] = [(f.name, f.lsb, f.width) for f in register.fields]
        if len(layouts) == 3:
            for name in ("INTR_ENABLE", "INTR_TEST"):
                if sorted(layouts[name]) != sorted(layouts["INTR_STATE"]):
                    register = block.registers[present[name]]
                    self.problem(register.file, register.pointer + "/fields", "%s has other fields than INTR_STATE" % name)

    def identifiers(self, block):
        """Names that differ here may meet in generated code: register A_B and field B of register A."""
        owners = {}
        for register in block.registers:
            names = [(register.name + suffix, register.pointer) for suffix in ("_OFFSET", "_COUNT", "_STRIDE", "_RESET_VALUE")]
            for i, field in enumerate(register.fields):
                pointer = "%s/fields/%d" % (register.pointer, i)
                names += [("%s_%s%s" % (register.name, field.name, suffix), pointer) for suffix in ("_MASK", "_SHIFT", "_WIDTH", "_LSB")]
                names += [("%s_%s_%s" % (register.name, field.name, key), "%s/enum/%s" % (pointer, key)) for key, _ in field.enum]
            for name, pointer in names:
                key = pascal(name)
                if key in owners:
                    self.problem(register.file, pointer, "the generated name %s is also that of %s" % (name, owners[key]))
                owners.setdefault(key, pointer)
            key = pascal(register.name)
            if "reg:" + key in owners:
                self.problem(register.file, register.pointer + "/name", "%s and %s give the same name in C++" % (register.name, owners["reg:" + key]))
            owners["reg:" + key] = register.name


def make_ranges(registers):
    """Groups registers whose spans overlap, so that a binary search finds the few that can cover an offset."""
    order = sorted(range(len(registers)), key=lambda n: (registers[n].offset, n))
    ranges = []
    for number in order:
        register = registers[number]
        if ranges and register.offset < ranges[-1].end:
            ranges[-1].end = max(ranges[-1].end, register.end)
            ranges[-1].numbers.append(number)
        else:
            ranges.append(Range(register.offset, register.end, [number]))
    return ranges


def load(path, root):
    """The checked Block, or DescriptionError. `root` is where the paths of includes start."""
    loader = _Loader(os.path.abspath(root))
    block = loader.block(path)
    if loader.problems:
        raise DescriptionError(loader.problems)
    return block
