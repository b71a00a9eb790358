#!/usr/bin/env python3
"""Register generator: one <block>.regs.json -> C++ table, C header, SystemVerilog package, reference page.

SPDX-License-Identifier: Apache-2.0
"""

import argparse
import difflib
import glob
import os
import sys

import description
import emit_c
import emit_cpp
import emit_md
import emit_sv

EXIT_STALE = 1
EXIT_BAD_INPUT = 2
EXIT_HOST_IO = 3
DEFAULT_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def relative(path, root):
    return os.path.relpath(os.path.abspath(path), os.path.abspath(root)).replace(os.sep, "/")


def write(path, text):
    """Writes only what changed, so that a build does not recompile for nothing."""
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    try:
        with open(path, encoding="utf-8") as stream:
            if stream.read() == text:
                return
    except (OSError, UnicodeDecodeError):
        pass
    temporary = "%s.%d.tmp" % (path, os.getpid())
    with open(temporary, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
    os.replace(temporary, path)


def load(path, root):
    """The block, or None after its problems were printed."""
    try:
        return description.load(path, root)
    except description.DescriptionError as error:
        for line in error.problems:
            print(line, file=sys.stderr)
        return None


def generate(arguments):
    block = load(arguments.file, arguments.root)
    if block is None:
        return EXIT_BAD_INPUT
    source = relative(arguments.file, arguments.root)
    outputs = [(arguments.cpp, emit_cpp), (arguments.c, emit_c), (arguments.sv, emit_sv), (arguments.md, emit_md)]
    for path, emitter in outputs:
        if path:
            write(path, emitter.emit(block, source))
    if arguments.depfile:
        targets = " ".join(os.path.abspath(path).replace(" ", "\\ ") for path, _ in outputs if path)
        write(arguments.depfile, "%s: %s\n" % (targets, " ".join(s.replace(" ", "\\ ") for s in block.sources)))
    return 0


def check(arguments):
    results = [load(path, arguments.root) for path in arguments.file]
    return EXIT_BAD_INPUT if None in results else 0


def generate_all(arguments):
    files = sorted(glob.glob(os.path.join(arguments.root, "ip", "*", "*.regs.json")))
    bad = stale = False
    for path in files:
        block = load(path, arguments.root)
        if block is None:
            bad = True
            continue
        page = os.path.join(os.path.dirname(path), "registers.md")
        text = emit_md.emit(block, relative(path, arguments.root))
        if not arguments.check:
            write(page, text)
            continue
        try:
            with open(page, encoding="utf-8") as stream:
                present = stream.read()
        except FileNotFoundError:
            present = ""
        if present != text:
            stale = True
            name = relative(page, arguments.root)
            sys.stdout.writelines(difflib.unified_diff(present.splitlines(True), text.splitlines(True), name, name + " (generated)"))
    if stale:
        print("stale: run tools/regtool/regtool.py generate-all", file=sys.stderr)
    return EXIT_BAD_INPUT if bad else EXIT_STALE if stale else 0


def main(argv=None):
    parser = argparse.ArgumentParser(prog="regtool", description="Register generator; see tools/regtool/README.md.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("generate", help="write the outputs asked for")
    one.add_argument("file")
    one.add_argument("--cpp", help="C++ header")
    one.add_argument("--c", help="C header for firmware")
    one.add_argument("--sv", help="SystemVerilog package")
    one.add_argument("--md", help="reference page")
    one.add_argument("--depfile", help="make rules with the files that were read")
    one.set_defaults(run=generate)
    only = commands.add_parser("check", help="check descriptions, write nothing")
    only.add_argument("file", nargs="+")
    only.set_defaults(run=check)
    every = commands.add_parser("generate-all", help="write ip/*/registers.md")
    every.add_argument("--check", action="store_true", help="write nothing; print the differences, exit 1 if there are any")
    every.set_defaults(run=generate_all)
    for command in (one, only, every):
        command.add_argument("--root", default=DEFAULT_ROOT, help="the tree; paths of includes start here")
    arguments = parser.parse_args(argv)
    try:
        return arguments.run(arguments)
    except OSError as error:
        print("%s: %s" % (error.filename, error.strerror), file=sys.stderr)
        return EXIT_HOST_IO


if __name__ == "__main__":
    sys.exit(main())
