#!/usr/bin/env python3
"""Tests of the register generator: each rule is violated once; the outputs of testdata/specimen.regs.json were checked by hand.

SPDX-License-Identifier: Apache-2.0
"""

import contextlib
import copy
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

import description  # noqa: E402
import emit_c  # noqa: E402
import emit_cpp  # noqa: E402
import emit_md  # noqa: E402
import emit_sv  # noqa: E402
import regtool  # noqa: E402

SPECIMEN = os.path.join(HERE, "testdata", "specimen.regs.json")


def register(name="A", offset=0, access="rw", **more):
    return dict({"name": name, "offset": offset, "access": access, "doc": "Words."}, **more)


def field(name="F", bits="0", **more):
    return dict({"name": name, "bits": bits, "doc": "Words."}, **more)


def block(*registers, **more):
    return dict({"block": "toy", "doc": "Words.", "window": 64, "registers": list(registers)}, **more)


def trio(fields=None, **replaced):
    fields = fields or [field("DONE")]
    registers = {
        "INTR_STATE": register("INTR_STATE", 0, "rw1c", fields=copy.deepcopy(fields)),
        "INTR_ENABLE": register("INTR_ENABLE", 4, "rw", fields=copy.deepcopy(fields)),
        "INTR_TEST": register("INTR_TEST", 8, "wo", fields=copy.deepcopy(fields)),
    }
    registers.update(replaced)
    return [r for r in registers.values() if r is not None]


class InATree(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)

    def put(self, data, path="toy.regs.json"):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as stream:
            stream.write(data if isinstance(data, str) else json.dumps(data))
        return full

    def load(self, data):
        return description.load(self.put(data), self.root)

    def problems(self, data):
        try:
            self.load(data)
        except description.DescriptionError as error:
            return error.problems
        return []

    def assert_problem(self, data, pointer, text):
        """Exactly this problem and no other."""
        problems = self.problems(data)
        self.assertEqual(len(problems), 1, problems)
        self.assertTrue(problems[0].startswith("toy.regs.json: %s: " % pointer), problems)
        self.assertIn(text, problems[0])


class Rules(InATree):
    def test_a_correct_block_has_no_problem(self):
        self.assertEqual(self.problems(block(register())), [])
        self.assertEqual(self.problems(block(*trio(), interrupts=1)), [])

    def test_unknown_keys_are_named_at_each_level(self):
        self.assert_problem(block(register(), docs="x"), "/docs", "unknown key")
        self.assert_problem(block(register(ofset=0)), "/registers/0/ofset", "unknown key")
        self.assert_problem(block(register(fields=[field(bit=0)])), "/registers/0/fields/0/bit", "unknown key")
        self.assert_problem(block(register(array={"count": 1, "size": 4})), "/registers/0/array/size", "unknown key")
        self.assert_problem(block(register(conformance={"ignore": "x"})), "/registers/0/conformance/ignore", "unknown key")

    def test_a_key_given_twice_is_refused(self):
        self.assert_problem('{"block": "toy", "block": "toy"}', "/", "appears twice")

    def test_text_that_is_no_json_is_refused(self):
        self.assert_problem("{", "/", "not JSON")
        self.assert_problem("[]", "/", "expected an object")

    def test_a_missing_file_is_a_problem(self):
        with self.assertRaises(description.DescriptionError):
            description.load(os.path.join(self.root, "none.json"), self.root)

    def test_missing_docs_are_named(self):
        self.assert_problem(block(register(doc=" ")), "/registers/0/doc", "missing")
        self.assert_problem(block(register(fields=[field(doc="")])), "/registers/0/fields/0/doc", "missing")
        self.assert_problem(block(register(), doc=""), "/doc", "missing")

    def test_names_are_upper_case_with_underscores(self):
        self.assert_problem(block(register("control")), "/registers/0/name", "not a name")
        self.assert_problem(block(register("A__B")), "/registers/0/name", "not a name")
        self.assert_problem(block(register(), block="Toy"), "/block", "not a block name")

    def test_a_window_is_required_and_positive(self):
        data = block(register())
        del data["window"]
        self.assertTrue(any(": /window: " in p for p in self.problems(data)))
        self.assertTrue(any(": /window: " in p for p in self.problems(block(register(), window=0))))

    def test_numbers_are_checked(self):
        self.assert_problem(block(register(offset="zero")), "/registers/0/offset", "not a number")
        self.assert_problem(block(register(offset=True)), "/registers/0/offset", "expected a number")
        self.assert_problem(block(register(offset=-4)), "/registers/0/offset", "not in")
        self.assert_problem(block(register(size=3)), "/registers/0/size", "1, 2, 4 or 8")
        self.assert_problem(block(register(), access_sizes=[4, 4]), "/access_sizes/1", "twice")

    def test_an_offset_is_a_multiple_of_the_size(self):
        self.assert_problem(block(register(offset=2)), "/registers/0/offset", "multiple")

    def test_a_register_beyond_the_window_is_refused(self):
        self.assertEqual(self.problems(block(register(offset=60))), [])
        self.assert_problem(block(register(offset=64)), "/registers/0/offset", "beyond the window")
        self.assertEqual(self.problems(block(register(array={"count": 16, "stride": 4}))), [])
        self.assert_problem(block(register(array={"count": 17, "stride": 4})), "/registers/0/offset", "beyond the window")

    def test_overlapping_registers_are_refused(self):
        self.assert_problem(block(register("A", 0, size=8), register("B", 4)), "/registers/1/offset", "B overlaps A at 0x4")
        self.assert_problem(block(register("A", 0), register("B", 0)), "/registers/1/offset", "B overlaps A")

    def test_arrays_may_interleave_but_not_meet(self):
        interleaved = {"count": 3, "stride": 8}
        self.assertEqual(self.problems(block(register("A", 0, array=interleaved), register("B", 4, array=interleaved))), [])
        self.assert_problem(block(register("A", 0, array=interleaved), register("B", 16)), "/registers/1/offset", "B overlaps A at 0x10")

    def test_a_stride_smaller_than_the_register_is_refused(self):
        self.assert_problem(block(register(array={"count": 2, "stride": 2})), "/registers/0/array/stride", "multiple")

    def test_views_and_banks_may_share_an_offset(self):
        read, write = register("A", 0, "ro", view="read"), register("B", 0, "wo", view="write")
        self.assertEqual(self.problems(block(read, write)), [])
        self.assert_problem(block(read, dict(write, view="read")), "/registers/1/offset", "overlaps")
        lcr = register("LCR", 4, fields=[field("DLAB", "7")])
        zero = register("A", 0, bank={"when": "LCR.DLAB", "is": 0})
        one = register("B", 0, bank={"when": "LCR.DLAB", "is": 1})
        self.assertEqual(self.problems(block(lcr, zero, one)), [])
        self.assert_problem(block(lcr, zero, dict(one, bank={"when": "LCR.DLAB", "is": 0})), "/registers/2/offset", "overlaps")

    def test_a_bank_names_a_present_field_and_a_fitting_value(self):
        lcr = register("LCR", 4, fields=[field("DLAB", "7")])
        self.assert_problem(block(lcr, register(bank={"when": "MCR.DLAB", "is": 0})), "/registers/1/bank/when", "no register MCR")
        self.assert_problem(block(lcr, register(bank={"when": "LCR.BREAK", "is": 0})), "/registers/1/bank/when", "no field BREAK")
        self.assert_problem(block(lcr, register(bank={"when": "LCR.DLAB", "is": 2})), "/registers/1/bank/is", "does not fit")

    def test_a_view_is_read_or_write(self):
        self.assert_problem(block(register(view="both")), "/registers/0/view", "expected")

    def test_overlapping_fields_are_refused(self):
        self.assert_problem(block(register(fields=[field("F", "3:0"), field("G", "7:3")])), "/registers/0/fields/1/bits", "G overlaps F in bit 3")

    def test_a_field_stays_inside_its_register(self):
        self.assert_problem(block(register(fields=[field(bits="32")])), "/registers/0/fields/0/bits", "does not fit the 32 bits")
        self.assert_problem(block(register(fields=[field(bits="0:7")])), "/registers/0/fields/0/bits", "high bit comes first")
        self.assert_problem(block(register(fields=[field(bits="low")])), "/registers/0/fields/0/bits", "expected")

    def test_reset_values_fit(self):
        self.assert_problem(block(register(reset="0x100000000")), "/registers/0/reset", "does not fit 32 bits")
        self.assert_problem(block(register(fields=[field(bits="1:0", reset=4)])), "/registers/0/fields/0/reset", "does not fit 2 bits")
        self.assert_problem(block(register(reset=2, fields=[field()])), "/registers/0/reset", "reserved bits")
        self.assert_problem(block(register(reset=1, access="wo")), "/registers/0/reset", "cannot be read")

    def test_register_and_field_resets_agree(self):
        self.assert_problem(block(register(reset=1, fields=[field(reset=0)])), "/registers/0/fields/0/reset", "register's reset says")
        toy = self.load(block(register(reset=6, fields=[field("F", "0"), field("G", "2:1", reset=3)])))
        self.assertEqual([f.reset for f in toy.registers[0].fields], [0, 3])
        toy = self.load(block(register(fields=[field("F", "0", reset=1), field("G", "2:1", reset=2)])))
        self.assertEqual(toy.registers[0].reset, 5)

    def test_access_kinds_are_known(self):
        self.assert_problem(block(register(access="rx")), "/registers/0/access", "expected one of")
        self.assert_problem(block(register(fields=[field(access="w1c")])), "/registers/0/fields/0/access", "expected one of")
        data = block(register())
        del data["registers"][0]["access"]
        self.assert_problem(data, "/registers/0/access", "missing")

    def test_fields_do_not_contradict_their_register(self):
        self.assert_problem(block(register(access="ro", fields=[field(access="rw")])), "/registers/0/fields/0/access", "read-only")
        self.assert_problem(block(register(access="wo", fields=[field(access="ro")])), "/registers/0/fields/0/access", "write-only")
        self.assert_problem(block(register(access="rw", fields=[field(access="pop")])), "/registers/0/access", "whole register")
        self.assert_problem(block(register(access="pop", fields=[field(access="ro")])), "/registers/0/fields", "pop too")

    def test_enum_values_fit_and_differ(self):
        self.assert_problem(block(register(fields=[field(enum={"A": 2})])), "/registers/0/fields/0/enum/A", "does not fit 1 bits")
        self.assert_problem(block(register(fields=[field(enum={"A": 1, "B": 1})])), "/registers/0/fields/0/enum/B", "another name")
        self.assert_problem(block(register(fields=[field(enum={"a": 1})])), "/registers/0/fields/0/enum/a", "not a name")

    def test_duplicate_names_are_refused(self):
        self.assert_problem(block(register("A", 0), register("A", 4)), "/registers/1/name", "also the name of /registers/0")
        self.assert_problem(block(register(fields=[field("F", "0"), field("F", "1")])), "/registers/0/fields/1/name", "twice")

    def test_names_that_meet_in_generated_code_are_refused(self):
        data = block(register("A", 0, fields=[field("B_RESET", "0", enum={"VALUE": 1})]), register("A_B", 4))
        self.assertTrue(any("generated name" in p for p in self.problems(data)), self.problems(data))

    def test_the_interrupt_trio_is_complete_and_alike(self):
        for name in ("INTR_STATE", "INTR_ENABLE", "INTR_TEST"):
            self.assert_problem(block(*trio(**{name: None})), "/registers", "%s is missing" % name)
        other = register("INTR_TEST", 8, "wo", fields=[field("DONE", "1")])
        self.assert_problem(block(*trio(INTR_TEST=other)), "/registers/2/fields", "other fields")
        self.assert_problem(block(*trio(INTR_ENABLE=register("INTR_ENABLE", 4, "ro", fields=[field("DONE")]))), "/registers/1", "expected rw")
        self.assertEqual(len(self.problems(block(register(), interrupts=1))), 3)

    def test_an_outside_standard_needs_no_interrupt_trio(self):
        self.assertEqual(self.problems(block(register(), interrupts=1, external_standard=True)), [])

    def test_conformance_keys_are_checked(self):
        self.assert_problem(block(register(conformance={"skip": ""})), "/registers/0/conformance/skip", "reason")
        self.assert_problem(block(register(conformance={"changes": ["B"]})), "/registers/0/conformance/changes/0", "no register \"B\"")

    def test_all_problems_come_at_once(self):
        self.assertEqual(len(self.problems(block(register("a", 2, reset=-1, doc=""), register(oops=1)))), 5)


class Includes(InATree):
    def setUp(self):
        super().setUp()
        self.put(block(register("A", 0), register("B", 4, reset="block"), block="base", window=16, access_sizes=[4]), "base.json")

    def including(self, *registers, **more):
        return block(*registers, include=[dict({"file": "base.json", "at": 16}, **more)])

    def test_included_registers_come_first_and_are_moved(self):
        toy = self.load(self.including(register("C", 0)))
        self.assertEqual([(r.name, r.offset) for r in toy.registers], [("A", 16), ("B", 20), ("C", 0)])
        self.assertEqual(toy.access_sizes, [4])
        self.assertEqual(len(toy.sources), 2)

    def test_an_override_changes_reset_and_doc(self):
        toy = self.load(self.including(register("C", 0), override={"B": {"reset": 5, "doc": "Five."}}))
        self.assertEqual((toy.registers[1].reset, toy.registers[1].doc, toy.registers[1].reset_by_block), (5, "Five.", False))

    def test_bad_includes_are_named(self):
        self.assert_problem(self.including(register("C", 0), at=56), "/include/0/at", "does not fit the window")
        self.assert_problem(self.including(register("C", 0), override={"Z": {}}), "/include/0/override/Z", "no such register")
        self.assert_problem(self.including(register("C", 0), override={"B": {"offset": 0}}), "/include/0/override/B/offset", "unknown key")
        self.assert_problem(self.including(register("C", 0), override={"B": {"reset": "x"}}), "/include/0/override/B/reset", "not a number")
        self.assert_problem(self.including(register("C", 16)), "/registers/0/offset", "C overlaps A")
        self.assertIn("none.json: /: cannot be read", self.problems(self.including(register("C", 0), file="none.json"))[0])

    def test_a_problem_in_the_included_file_names_that_file(self):
        self.put(block(register("A", 0, doc=""), block="base", window=16), "base.json")
        self.assertEqual([p.split(": ")[:2] for p in self.problems(self.including(register("C", 0)))], [["base.json", "/registers/0/doc"]])


class Outputs(unittest.TestCase):
    def golden(self, name, text):
        with open(os.path.join(HERE, "testdata", name), encoding="utf-8") as stream:
            self.assertEqual(stream.read(), text)

    def test_the_specimen_gives_the_golden_files(self):
        specimen = description.load(SPECIMEN, ROOT)
        source = "tools/regtool/testdata/specimen.regs.json"
        self.golden("specimen_regs.h", emit_cpp.emit(specimen, source))
        self.golden("specimen_c_regs.h", emit_c.emit(specimen, source))
        self.golden("specimen_regs_pkg.sv", emit_sv.emit(specimen, source))
        self.golden("specimen.md", emit_md.emit(specimen, source))

    def test_masks_of_the_specimen(self):
        specimen = description.load(SPECIMEN, ROOT)
        mode = specimen.registers[0]
        # SPEED 2:0 rw, READY 5 ro and timing, BANK 7 rw.
        self.assertEqual((mode.mask_of(("rw",)), mode.mask_of(("ro",)), mode.timing_mask, mode.implemented), (0x87, 0x20, 0x20, 0xa7))
        # LIMIT at 0x40, 0x50, 0x60 and CLAIM at 0x44, 0x54, 0x64 interleave: one range to decode.
        self.assertEqual([(r.begin, r.end, r.numbers) for r in specimen.ranges][-1], (0x40, 0x68, [10, 11]))

    def test_text_outside_ascii_survives_in_cpp(self):
        self.assertEqual(emit_cpp._string("\u00b51\"\\"), "\"\\302\\2651\\\"\\\\\"")

    def test_the_c_header_compiles_freestanding(self):
        compiler = shutil.which("cc")
        if compiler is None:
            self.skipTest("no C compiler")
        code = b"#include \"specimen_c_regs.h\"\n_Static_assert(SPECIMEN_LIMIT_OFFSET(2) == 0x60, \"\");\n" \
               b"_Static_assert(SPECIMEN_TIME_RESET_VALUE == 0x1122334455667788ull, \"\");\n"
        subprocess.run([compiler, "-std=c11", "-ffreestanding", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I", os.path.join(HERE, "testdata"),
                        "-fsyntax-only", "-x", "c", "-"], input=code, check=True)

    def test_the_package_passes_the_lint_of_verilator(self):
        if shutil.which("verilator") is None:
            self.skipTest("no Verilator")
        with tempfile.TemporaryDirectory() as folder:
            top = os.path.join(folder, "top.sv")
            with open(top, "w", encoding="utf-8") as stream:
                stream.write("module top(output logic [63:0] q); assign q = specimen_regs_pkg::TIME_RESET_VALUE; endmodule\n")
            subprocess.run(["verilator", "--lint-only", "-Wall", "-Wno-DECLFILENAME", "-Wno-UNUSED", "-Wno-MULTITOP", "--top-module", "top",
                            os.path.join(HERE, "testdata", "specimen_regs_pkg.sv"), top], check=True, cwd=folder)


class CommandLine(InATree):
    def run_tool(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = regtool.main(list(arguments) + ["--root", self.root])
        return code, out.getvalue(), err.getvalue()

    def test_generate_writes_what_is_asked_and_a_depfile(self):
        source = self.put(block(register()))
        cpp, dep = os.path.join(self.root, "out", "a.h"), os.path.join(self.root, "a.d")
        self.assertEqual(self.run_tool("generate", source, "--cpp", cpp, "--depfile", dep)[0], 0)
        with open(dep, encoding="utf-8") as stream:
            self.assertEqual(stream.read(), "%s: %s\n" % (cpp, source))
        self.assertTrue(os.path.exists(cpp))

    def test_a_bad_description_ends_with_2_and_writes_nothing(self):
        source = self.put(block(register(oops=1)))
        cpp = os.path.join(self.root, "a.h")
        code, _, err = self.run_tool("generate", source, "--cpp", cpp)
        self.assertEqual((code, os.path.exists(cpp)), (2, False))
        self.assertIn("toy.regs.json: /registers/0/oops: unknown key", err)
        self.assertEqual(self.run_tool("check", source)[0], 2)

    def test_generate_all_writes_pages_and_check_finds_stale_ones(self):
        self.put(block(register()), "ip/toy/toy.regs.json")
        code, out, _ = self.run_tool("generate-all", "--check")
        self.assertEqual(code, 1)
        self.assertIn("+# Registers of toy", out)
        self.assertEqual(self.run_tool("generate-all")[0], 0)
        self.assertEqual(self.run_tool("generate-all", "--check"), (0, "", ""))
        self.put(block(register(doc="Other words.")), "ip/toy/toy.regs.json")
        code, out, _ = self.run_tool("generate-all", "--check")
        self.assertEqual(code, 1)
        self.assertIn("Other words.", out)


class Tree(unittest.TestCase):
    def test_every_register_page_of_the_tree_is_up_to_date(self):
        self.assertEqual(regtool.main(["generate-all", "--check", "--root", ROOT]), 0)


if __name__ == "__main__":
    unittest.main()
