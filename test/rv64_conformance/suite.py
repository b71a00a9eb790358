"""All programs: generated ones, and those written by hand in privileged/.

SPDX-License-Identifier: Apache-2.0
"""
import pathlib

import compressed
import floating
import integer
import memory


class Case:
    """A program to run.

    known_of_qemu: labels whose expected value QEMU is known to miss; visoc must have it. labels and expected are None until load_slots for
    programs whose slots the macros lay.
    """

    def __init__(self, name, kind, source, labels=None, expected=None, known_of_qemu=()):
        self.name, self.kind, self.source = name, kind, source
        self.labels, self.expected, self.known_of_qemu = labels, expected, set(known_of_qemu)
        self.words_on_visoc = []

    def planted(self):
        """The same program with a wrong result or two: the frame stores the first slot's complement at the end."""
        return self.source.replace('.include "conformance.inc"', '.equ PLANT_DIFFERENCE, 1\n.include "conformance.inc"')

    def load_slots(self, labels, checks, expected):
        """From what the macros left in the ELF."""
        self.labels, self.known_of_qemu = labels, {label for label in labels if "[QEMU" in label}
        self.expected = [value if checked else None for value, checked in zip(expected, checks)]


PRIVILEGED = pathlib.Path(__file__).resolve().parent / "privileged"


def generated(everything):
    for module in (integer, memory, compressed):
        yield from module.programs()
    yield from floating.programs(everything)


def programs(everything):
    """`everything`: with the long tables."""
    for program in generated(everything):
        known = [label for label in program.labels if label.startswith("ctzw ")]  # See integer_model.trailing_zeros.
        yield Case(program.name, "unprivileged", program.source(), program.labels, program.expected, known)
    for path in sorted(PRIVILEGED.glob("*.S")):
        yield Case(path.stem, "privileged", path.read_text(encoding="ascii"))
