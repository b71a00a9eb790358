"""All programs: generated ones and those written by hand.

SPDX-License-Identifier: Apache-2.0
"""
import compressed
import floating
import integer
import memory


class Case:
    """A program to run. labels and expected are None until load_labels for programs whose slots the macros lay."""

    def __init__(self, name, kind, source, labels=None, expected=None, known_of_qemu=()):
        self.name, self.kind, self.source = name, kind, source
        self.labels, self.expected, self.known_of_qemu = labels, expected, set(known_of_qemu)
        self.words_on_visoc = []

    def planted(self):
        """The same program with a wrong result or two: the frame stores the first slot's complement at the end."""
        return self.source.replace('.include "conformance.inc"', '.equ PLANT_DIFFERENCE, 1\n.include "conformance.inc"')

    def load_labels(self, labels, checks, expected):
        """From what the macros left in the ELF."""
        self.labels = labels
        self.expected = [value if checked else None for value, checked in zip(expected, checks)]


def generated(everything):
    for module in (integer, memory, compressed):
        yield from module.programs()
    yield from floating.programs(everything)


def programs(everything):
    """`everything`: with the long tables."""
    for program in generated(everything):
        known = [label for label in program.labels if label.startswith("ctzw ")]
        yield Case(program.name, "unprivileged", program.source(), program.labels, program.expected, known)
