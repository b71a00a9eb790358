#!/usr/bin/env python3
# Inputs of the street network (192 x 256 pixels of Y, U, V as int8, value = s8 / 128), and their float32 form.
# SPDX-License-Identifier: Apache-2.0
"""usage: draw_scenes.py FOLDER                          draws FOLDER/calibration/*.s8 and FOLDER/evaluation/*.s8
       draw_scenes.py --to-float CHANNELS FROM TO      FROM/*.s8 (rows x columns x channels) -> TO/*.f32 (channels first)

A scene is paved ground with a gradient and noise, and upright figures with head, torso and legs. Drawn from fixed seeds, so every run
has the same bytes."""
import array
import pathlib
import random
import sys

kRows, kColumns = 192, 256


def draw(seed):
    rng = random.Random(seed)
    y_plane = [[30 + row // 6 + (6 if (row // 12 + column // 16) % 2 else 0) + rng.randrange(-4, 5) for column in range(kColumns)]
               for row in range(kRows)]
    u_plane = [[rng.randrange(-3, 4) for _ in range(kColumns)] for _ in range(kRows)]
    v_plane = [[rng.randrange(-3, 4) for _ in range(kColumns)] for _ in range(kRows)]

    def fill(top, left, height, width, y, u, v):
        for row in range(max(0, top), min(kRows, top + height)):
            for column in range(max(0, left), min(kColumns, left + width)):
                y_plane[row][column], u_plane[row][column], v_plane[row][column] = y + rng.randrange(-5, 6), u, v

    for _ in range(10):
        height = rng.randrange(18, 42)
        top, left, width = rng.randrange(10, kRows - height), rng.randrange(5, kColumns - 20), max(5, height // 3)
        coat = rng.choice(((-90, 0, 0), (-60, 10, -8), (-70, -6, 14), (90, 0, 0)))
        fill(top, left + width // 4, height // 6, width // 2, -10, -8, 12)             # head
        fill(top + height // 6, left, height * 2 // 5, width, *coat)                   # torso
        fill(top + height * 17 // 30, left + 1, height * 13 // 30, width - 2, -85, 4, -2)  # legs
    out = array.array("b")
    for row in range(kRows):
        for column in range(kColumns):
            for plane in (y_plane, u_plane, v_plane):
                out.append(max(-128, min(127, plane[row][column])))
    return out


def draw_all(folder):
    for name, seeds in (("calibration", range(1, 9)), ("evaluation", range(101, 109))):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for seed in seeds:
            (folder / name / f"scene{seed:03}.s8").write_bytes(draw(seed).tobytes())


def to_float(channels, source, target):
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.s8")):
        pixels = array.array("b")
        pixels.frombytes(path.read_bytes())
        planes = array.array("f", (value / 128 for channel in range(channels) for value in pixels[channel::channels]))
        if sys.byteorder == "big":
            planes.byteswap()
        (target / (path.stem + ".f32")).write_bytes(planes.tobytes())


if __name__ == "__main__":
    if len(sys.argv) == 2:
        draw_all(pathlib.Path(sys.argv[1]))
    elif len(sys.argv) == 5 and sys.argv[1] == "--to-float":
        to_float(int(sys.argv[2]), pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4]))
    else:
        sys.exit(__doc__)
