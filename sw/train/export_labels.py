#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the people masks of frames 675..794, the input of the street scenario, as one raw file: 120 frames of 192
rows of 256 bytes, each 0 or 1 (5898240 bytes, no header). The masks come from the clip and are not committed."""
import argparse

import street_data

kScenario = slice(675, 795)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", help="raw file to write")
    parser.add_argument("--work", help="scratch folder of street_data.py: the package is fetched there if need be")
    parser.add_argument("--clip", help="vtest.avi, where it is at hand already")
    args = parser.parse_args()
    if bool(args.work) == bool(args.clip):
        parser.error("give one of --work and --clip")
    labels = street_data.make_labels(args.clip or street_data.fetch_clip(args.work))
    if labels.shape[0] != street_data.kFrames:
        parser.error(f"the clip has {labels.shape[0]} frames, expected {street_data.kFrames}: nothing written")
    labels[kScenario].tofile(args.out)


if __name__ == "__main__":
    main()
