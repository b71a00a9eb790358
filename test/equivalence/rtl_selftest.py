#!/usr/bin/env python3
"""The selftest firmware, unchanged, with the dma as model and as RTL: rtl_selftest.py BUILD_FOLDER.

Both pass with the same console, the RTL was really there, and it moved the same bytes.
SPDX-License-Identifier: Apache-2.0
"""

import json
import os
import subprocess
import sys
import tempfile

TIMEOUT_S = 120


def run(build, folder, impl):
    out = os.path.join(folder, impl)
    done = subprocess.run([os.path.join(build, "visoc"), "run", os.path.join(build, "firmware", "selftest.elf"), "--set", "dma0.impl=" + impl,
                           "--out", out, "--max-time", "100ms", "--quiet", "--no-report"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S)
    if done.returncode != 0:
        sys.exit("%s: exit code %d\n%s" % (impl, done.returncode, done.stderr.decode(errors="replace")))
    with open(os.path.join(out, "console.log")) as console:
        text = console.read()
    with open(os.path.join(out, "result.json")) as result:
        return text, find(json.load(result), "dma0")


def find(tree, name):
    if isinstance(tree, dict):
        if name in tree and "statistics" in (tree[name] or {}):
            return tree[name]
        for value in tree.values():
            found = find(value, name)
            if found:
                return found
    return None


def expect(condition, what):
    if not condition:
        sys.exit("failed: " + what)


def main():
    build = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        console, model = run(build, folder, "tlm")
        rtl_console, rtl = run(build, folder, "rtl")
    expect(console.rstrip().endswith("selftest: 0 failed") and "selftest: dma0 ok" in console, "the model passes:\n" + console)
    expect(rtl_console == console, "the RTL's console is the model's:\n" + rtl_console)
    expect(rtl["impl"] == "rtl" and rtl["statistics"]["clocked_cycles"] > 0, "the RTL was clocked")
    moved = sum(model["statistics"][name] for name in ("bytes_copied", "bytes_filled", "bytes_checked"))
    expect(moved > 0 and rtl["statistics"]["work_done"] == moved, "both moved %d bytes, the RTL %d" % (moved, rtl["statistics"]["work_done"]))
    expect(rtl["statistics"]["violations"] == 0, "the RTL keeps the AXI rules")
    print("selftest: %d bytes moved in %d clocked cycles" % (moved, rtl["statistics"]["clocked_cycles"]))


main()
