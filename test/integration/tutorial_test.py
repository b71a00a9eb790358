#!/usr/bin/env python3
"""Runs the shell commands of docs/tutorial-new-ip.md, in order, in a copy of the tree.

SPDX-License-Identifier: Apache-2.0
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TUTORIAL = "docs/tutorial-new-ip.md"
NOT_COPIED = shutil.ignore_patterns("build", "out", ".git", "node_modules", "__pycache__", "results")
TOOLS = ("cmake", "ninja", "git", "cc")
SKIPPED = 77


def files_of(root):
    found = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if f not in ("build", "__pycache__")]
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as stream:
                found[os.path.relpath(path, root)] = hash(stream.read())
    return found


def main():
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print("skipped: %s not installed" % ", ".join(missing))
        return SKIPPED
    with open(os.path.join(ROOT, TUTORIAL), encoding="utf-8") as stream:
        fences = re.findall(r"^```sh\n(.*?)^```$", stream.read(), re.MULTILINE | re.DOTALL)
    if not fences:
        print("%s has no sh fence" % TUTORIAL)
        return 1
    with tempfile.TemporaryDirectory(prefix="tutorial-") as folder:
        tree = os.path.join(folder, "tree")
        shutil.copytree(ROOT, tree, ignore=NOT_COPIED, symlinks=True)
        before = files_of(tree)
        # Objects in the compiler cache are found again although the copy lies elsewhere each time.
        environment = dict(os.environ, CCACHE_BASEDIR=folder, CCACHE_NOHASHDIR="1", GIT_CEILING_DIRECTORIES=folder)
        for number, fence in enumerate(fences, 1):
            # A line that begins with "!" must fail; bash -e alone would not notice if it succeeds.
            script = re.sub(r"^! (.*)$", r"if \1; then echo 'this was to fail'; exit 1; fi", fence, flags=re.MULTILINE)
            result = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=tree, env=environment, text=True, errors="replace",
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if result.returncode != 0:
                print("%s: fence %d ended with %d:\n%s\nIts output:\n%s" % (TUTORIAL, number, result.returncode, fence, result.stdout[-8000:]))
                return 1
        after = files_of(tree)
        changed = sorted(path for path in before if after.get(path) != before[path])
        if changed:
            print("the tutorial was to create files only, but changed: %s" % ", ".join(changed))
            return 1
        print("%d fences, %d new files" % (len(fences), len(after) - len(before)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
