#!/usr/bin/env python3
# Compares int8 masks (scale 1/256, zero point -128: q >= 0 is probability >= 0.5) with float32 masks of the same names.
# SPDX-License-Identifier: Apache-2.0
"""usage: mask_iou.py INT8_FOLDER FLOAT_FOLDER [--least 0.95]

Pairs NAME.s8 with NAME.f32, prints the IoU of each pair's masks and of all pixels together, and fails (exit 1) if the
latter is below --least. The masks have one channel, so that both files hold the same order of pixels."""
import argparse
import array
import pathlib
import sys


def load_int8(path):
    values = array.array("b")
    values.frombytes(path.read_bytes())
    return [value >= 0 for value in values]


def load_float(path):
    values = array.array("f")
    values.frombytes(path.read_bytes())
    if sys.byteorder == "big":
        values.byteswap()
    return [value >= 0.5 for value in values]


def overlap(a, b):
    """(intersection, union) of two masks of one length."""
    both = sum(x and y for x, y in zip(a, b))
    return both, sum(a) + sum(b) - both


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("int8_folder", type=pathlib.Path)
    parser.add_argument("float_folder", type=pathlib.Path)
    parser.add_argument("--least", type=float, default=0.95)
    arguments = parser.parse_args()
    both_all = either_all = pairs = 0
    for path in sorted(arguments.int8_folder.glob("*.s8")):
        other = arguments.float_folder / (path.stem + ".f32")
        if not other.is_file():
            sys.exit(f"{path}: no {other}")
        a, b = load_int8(path), load_float(other)
        if len(a) != len(b):
            sys.exit(f"{path}: {len(a)} pixels, {other}: {len(b)}")
        both, either = overlap(a, b)
        pairs, both_all, either_all = pairs + 1, both_all + both, either_all + either
        print(f"{path.stem}: IoU {both / either if either else 1:.4f} ({either} pixels in either mask)")
    if pairs == 0:
        sys.exit(f"{arguments.int8_folder}: contains no *.s8 file")
    if either_all == 0:
        sys.exit("no mask has a pixel in it; this would compare nothing with nothing")
    iou = both_all / either_all
    print(f"all {pairs}: IoU {iou:.4f}, required {arguments.least}")
    return 0 if iou >= arguments.least else 1


if __name__ == "__main__":
    sys.exit(main())
