#!/usr/bin/env python3
"""Splits planar YUV 4:4:4 frames into one int8 NHWC tensor a file, as the scaler block writes them (value minus 128).

Usage: calibration_frames.py FRAMES.yuv WIDTH HEIGHT FOLDER

SPDX-License-Identifier: Apache-2.0
"""
import pathlib
import sys


def main():
    source, width, height, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), pathlib.Path(sys.argv[4])
    plane = width * height
    minus_128 = bytes((value - 128) & 0xFF for value in range(256))
    data = pathlib.Path(source).read_bytes().translate(minus_128)
    count = len(data) // (3 * plane)
    for index in range(count):
        frame = data[index * 3 * plane:(index + 1) * 3 * plane]
        tensor = bytearray(3 * plane)
        for channel in range(3):
            tensor[channel::3] = frame[channel * plane:(channel + 1) * plane]
        (folder / f"frame_{index:03d}.s8").write_bytes(tensor)
    if count == 0:
        sys.exit(f"{source}: no whole frame of {width}x{height} in {len(data)} bytes")


if __name__ == "__main__":
    main()
