"""What the street scenario must give, worked out another way: ffmpeg decodes, plain Python scales.

SPDX-License-Identifier: Apache-2.0
"""
import subprocess

WIDTH, HEIGHT = 768, 576
FRAME_BYTES = WIDTH * HEIGHT * 3 // 2
MASK_WIDTH, MASK_HEIGHT = WIDTH // 3, HEIGHT // 3
MASK_BYTES = MASK_WIDTH * MASK_HEIGHT


def ffmpeg(arguments, data=None):
    return subprocess.run(["ffmpeg", "-nostdin" if data is None else "-y", "-loglevel", "error"] + arguments, input=data, capture_output=True,
                          check=True).stdout


def decode(stream_path):
    """All frames as packed NV12."""
    raw = ffmpeg(["-f", "h264", "-i", stream_path, "-f", "rawvideo", "-pix_fmt", "nv12", "-"])
    return [raw[at:at + FRAME_BYTES] for at in range(0, len(raw), FRAME_BYTES)]


def cut(stream_path, frames, out_path):
    """The first frames of a stream, coded bytes unchanged."""
    ffmpeg(["-f", "h264", "-i", stream_path, "-c", "copy", "-frames:v", str(frames), "-f", "h264", "-y", out_path])


def scale(nv12):
    """The network's input: averages over 3x3 luma pixels and over the chroma samples they cover, less 128. Rounded to nearest."""
    chroma_at = WIDTH * HEIGHT
    out = bytearray()
    for row in range(MASK_HEIGHT):
        lines = [nv12[y * WIDTH:(y + 1) * WIDTH] for y in range(3 * row, 3 * row + 3)]
        chroma = [nv12[chroma_at + (y // 2) * WIDTH:chroma_at + (y // 2 + 1) * WIDTH] for y in range(3 * row, 3 * row + 3)]
        for column in range(MASK_WIDTH):
            x = 3 * column
            luma = sum(line[x] + line[x + 1] + line[x + 2] for line in lines)
            pairs = [(x + i) // 2 * 2 for i in range(3)]
            blue = sum(line[pair] for line in chroma for pair in pairs)
            red = sum(line[pair + 1] for line in chroma for pair in pairs)
            out += bytes(((2 * total + 9) // 18 - 128) & 0xFF for total in (luma, blue, red))
    return bytes(out)
