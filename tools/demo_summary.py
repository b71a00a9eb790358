#!/usr/bin/env python3
"""Prints what a run of the street scenario found and cost: demo_summary.py OUTPUT_FOLDER.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import re
import sys


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "result.json"), encoding="utf-8") as file:
        result = json.load(file)
    with open(os.path.join(folder, "host.json"), encoding="utf-8") as file:
        host = json.load(file)
    with open(os.path.join(folder, "console.log"), encoding="utf-8", errors="replace") as file:
        people = [int(count) for count in re.findall(r"^frame +\d+ .: (\d+) people", file.read(), re.MULTILINE)]
    simulated = result["simulated_time_ps"] / 1e12
    frames = result["frames_shown"]
    print(f"  verdict        {result['status']}: {result['reason']}")
    if people:
        print(f"  people         {min(people)} to {max(people)} a frame, {sum(people) / len(people):.1f} on average, in {len(people)} frames")
    if frames and simulated:
        print(f"  simulated      {simulated * 1e3:.1f} ms, {frames / simulated:.0f} frames a simulated second")
    print(f"  wall           {host['wall_seconds']:.1f} s, simulated/wall {host['simulated_per_wall']:.3f}")
    dram = result["instances"].get("dram0", {}).get("statistics", {})
    if frames and "bytes_read" in dram:
        moved = (dram["bytes_read"] + dram.get("bytes_written", 0)) / frames / 2**20
        print(f"  DRAM traffic   {moved:.1f} MiB a frame over the bus")
    if frames:
        print(f"  energy         {result['energy']['total_microjoule'] / frames / 1000:.2f} mJ a frame, of counted events (sources in report.html)")
    print("  files          result.json, report.html, frames/*.png, console.log, masks.raw")


if __name__ == "__main__":
    main()
