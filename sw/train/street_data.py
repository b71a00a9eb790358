#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The street clip as the network sees it: fetched, H.264-coded, decoded, scaled to 256x192, and labelled.

The clip is vtest.avi of Debian's opencv-doc (795 frames, 768x576, 10 frames/s). Neither the clip nor anything
derived from it is committed; everything here is rebuilt from the package in about half a minute.
"""
import argparse
import glob
import os
import subprocess

import cv2
import numpy as np

kFrames = 795
kSrcWidth, kSrcHeight = 768, 576        # luma of the clip; chroma is half of it both ways (4:2:0)
kNetWidth, kNetHeight = 256, 192        # what the network takes and gives
kCarRows, kCarColumns = slice(36, 96), slice(732, 768)  # a parked car at 768x576; its boot is opened from frame 745 on
kClipPath = "usr/share/doc/opencv-doc/examples/data/vtest.avi"

# Coding as deployed: one reference, no B-pyramid, no weighted prediction, so that a small decoder suffices.
kX264 = ["-c:v", "libx264", "-preset", "medium", "-crf", "26", "-g", "40", "-bf", "3", "-x264-params",
         "threads=1:ref=1:b-pyramid=none:weightp=0:weightb=0", "-pix_fmt", "yuv420p", "-an"]


def fetch_clip(work):
    """Path of vtest.avi below the folder `work`; downloads and unpacks the Debian package if it is not there."""
    clip = os.path.join(work, "deb", kClipPath)
    if not os.path.exists(clip):
        os.makedirs(work, exist_ok=True)
        subprocess.run(["apt-get", "download", "opencv-doc"], cwd=work, check=True, stdout=subprocess.DEVNULL)
        deb = sorted(glob.glob(os.path.join(work, "opencv-doc_*.deb")))[-1]
        subprocess.run(["dpkg-deb", "-x", deb, os.path.join(work, "deb")], check=True)
    return clip


def encode_clip(clip, out):
    """Codes `clip` as H.264 (yuv420p, 768x576) into the file `out`, with the settings of the deployed stream."""
    if not os.path.exists(out):
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", clip, *kX264, out], check=True)


def decode_yuv420(path):
    """Yields (y, u, v) per decoded frame: uint8 arrays of 576x768, 288x384, 288x384 (rows x columns), BT.601
    limited range as coded. No colour conversion takes place."""
    luma, chroma = kSrcWidth * kSrcHeight, kSrcWidth * kSrcHeight // 4
    pipe = subprocess.Popen(["ffmpeg", "-v", "error", "-i", path, "-vsync", "passthrough", "-f", "rawvideo",
                             "-pix_fmt", "yuv420p", "-"], stdout=subprocess.PIPE)
    while True:
        raw = pipe.stdout.read(luma + 2 * chroma)
        if len(raw) < luma + 2 * chroma:
            break
        frame = np.frombuffer(raw, np.uint8)
        yield (frame[:luma].reshape(kSrcHeight, kSrcWidth),
               frame[luma:luma + chroma].reshape(kSrcHeight // 2, kSrcWidth // 2),
               frame[luma + chroma:].reshape(kSrcHeight // 2, kSrcWidth // 2))
    if pipe.wait() != 0:
        raise RuntimeError(f"{path}: ffmpeg ended with {pipe.returncode}")


def box3(plane):
    """3:1 both ways by exact box average: out[r,c] = (sum of in[3r..3r+2, 3c..3c+2] + 4) // 9.

    uint8 (3R)x(3C) -> uint8 RxC. Nine is odd, so there are no ties: adding 4 is rounding to the nearest integer.
    """
    rows, cols = plane.shape[0] // 3, plane.shape[1] // 3
    total = plane.astype(np.int32).reshape(rows, 3, cols, 3).sum(axis=(1, 3))
    return ((total + 4) // 9).astype(np.uint8)


def area_3to2(plane):
    """3:2 both ways by area: each output sample covers 1.5 x 1.5 input samples.

    uint8 (3R)x(3C) -> uint8 (2R)x(2C). In one dimension inputs s0 s1 s2 give outputs (2*s0 + s1)/3 and
    (s1 + 2*s2)/3; in two dimensions the weights multiply to {4 2 2 1}/9. Sums are exact integers and rounded once:
    out = (4*corner + 2*edge_in_row + 2*edge_in_column + centre + 4) // 9.
    """
    def one_axis(x):                                     # (3R) x C -> (2R) x C, scaled by 3
        s = x.reshape(x.shape[0] // 3, 3, x.shape[1])
        return np.stack([2 * s[:, 0] + s[:, 1], s[:, 1] + 2 * s[:, 2]], axis=1).reshape(-1, x.shape[1])
    total = one_axis(one_axis(plane.astype(np.int32)).T).T
    return ((total + 4) // 9).astype(np.uint8)


def downscale(y, u, v):
    """One decoded frame to the network's raster: uint8 3x192x256, channels Y, U, V.

    Y (576x768) by box3, U and V (288x384 each) by area_3to2. Integer arithmetic only: hardware does the same.
    """
    return np.stack([box3(y), area_3to2(u), area_3to2(v)])


def to_input(frames):
    """uint8 ...x3x192x256 to the value fed to the net: (x - 128) / 128 as float32, in [-1, 0.9921875], exact."""
    return (frames.astype(np.float32) - 128.0) / 128.0


def _clean(mask, min_blob_px):
    """Opens 3x3 and 5 rows x 1 column (the second takes away the barrier tape, which swings when touched), closes 9x9,
    fills holes, drops 8-connected blobs of `min_blob_px` or fewer. uint8 0/1, any size."""
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 1), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9)))
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    out = np.zeros_like(mask)
    for contour in contours:
        blob = np.zeros_like(mask)
        cv2.drawContours(blob, [contour], -1, 1, -1)
        if int(blob.sum()) > min_blob_px:
            out |= blob
    return out


def median_background(clip, step=5):
    """Per-pixel median of every `step`-th frame of the clip: uint8 576x768x3 (B, G, R)."""
    video, frames, index = cv2.VideoCapture(clip), [], 0
    while True:
        ok, bgr = video.read()
        if not ok:
            break
        if index % step == 0:
            frames.append(bgr)
        index += 1
    frames = np.stack(frames)
    return np.concatenate([np.median(frames[:, r:r + 32], axis=0) for r in range(0, kSrcHeight, 32)]).astype(np.uint8)


def make_labels(clip):
    """People masks of the whole clip: uint8 0/1, 795x192x256, from the frames of the AVI, not of the H.264 stream.

    Two detectors on 768x576, combined per pixel before cleaning:
      MOG2    two passes over the clip (history 300, threshold 32), masks of the second pass; shadow pixels dropped.
              It loses people who stand still and leaves ghosts where they stood.
      median  difference to the clip's median background, largest of B, G, R. Has neither fault, but sees shadows.
    A pixel is a person's if the median difference is over 30 and MOG2 does not call it shadow (over 60: regardless),
    or if MOG2 says foreground and the median difference is over 14. The parked car at the upper right is never people.
    Then opened 3x3 and 5x1, closed 9x9, holes filled, blobs over 250 px kept; at 256x192 a pixel is set if at least 5
    of its 9 source pixels are.
    """
    background = median_background(clip)
    mog2 = cv2.createBackgroundSubtractorMOG2(history=300, varThreshold=32, detectShadows=True)
    labels = []
    for second_pass in (False, True):
        video = cv2.VideoCapture(clip)
        while True:
            ok, bgr = video.read()
            if not ok:
                break
            kind = mog2.apply(bgr)                       # 255 foreground, 127 shadow, 0 background
            if not second_pass:
                continue
            diff = cv2.absdiff(bgr, background).max(axis=2)
            raw = ((diff > 30) & (kind != 127)) | (diff > 60) | ((kind == 255) & (diff > 14))
            raw[kCarRows, kCarColumns] = False
            labels.append((cv2.resize(_clean(raw.astype(np.uint8), 250) * 9, (kNetWidth, kNetHeight),
                                      interpolation=cv2.INTER_AREA) >= 5).astype(np.uint8))
    return np.stack(labels)


def load(work):
    """(frames, labels): uint8 795x3x192x256 (Y, U, V) and uint8 0/1 795x192x256. Cached as street.npz below `work`."""
    cache = os.path.join(work, "street.npz")
    if not os.path.exists(cache):
        clip, coded = fetch_clip(work), os.path.join(work, "street.mp4")
        encode_clip(clip, coded)
        frames = np.stack([downscale(*planes) for planes in decode_yuv420(coded)])
        labels = make_labels(clip)
        if len(frames) != kFrames or len(labels) != kFrames:
            raise RuntimeError(f"{clip}: {len(frames)} decoded frames, {len(labels)} labels, expected {kFrames}")
        np.savez(cache, frames=frames, labels=labels)
    with np.load(cache) as saved:
        return saved["frames"], saved["labels"]


def self_test():
    """Checks both downscalers against values worked out by hand and against a plain floating-point area average."""
    ramp = np.arange(9, dtype=np.uint8).reshape(3, 3)
    assert box3(ramp).tolist() == [[4]]                                  # mean of 0..8
    # corner weights 4 2 / 2 1: (0*4 + 1*2 + 3*2 + 4)/9 = 1.33; (2*4 + 1*2 + 5*2 + 4)/9 = 2.67; 5.33; 6.67
    assert area_3to2(ramp).tolist() == [[1, 3], [5, 7]]
    noise = np.random.default_rng(1).integers(0, 256, (30, 45), dtype=np.uint8)
    fine = np.repeat(np.repeat(noise, 2, 0), 2, 1).astype(np.float64)    # halves, so that 1.5 samples are 3
    mean = fine.reshape(20, 3, 30, 3).mean(axis=(1, 3))
    assert np.array_equal(area_3to2(noise), np.floor(mean + 0.5).astype(np.uint8))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", help="scratch folder for the package, the coded clip and the cache (about 350 MB)")
    work = parser.parse_args().work
    self_test()
    frames, labels = load(work)
    print(f"{len(frames)} frames {frames.shape[1:]}, people on {100 * labels.mean():.2f} % of the pixels")


if __name__ == "__main__":
    main()
