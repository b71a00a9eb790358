#!/usr/bin/env python3
"""Checks of the tree that no compiler makes: include directions, file sizes, licence lines, READMEs, links.

lint.py [ROOT]. Prints FILE:LINE: what is wrong; exit code 1 if anything is.

SPDX-License-Identifier: Apache-2.0
"""
import pathlib
import re
import sys

MAX_LINES = 640  # "About 600"; a generator's tables may need a few more.
SOURCES = {".h", ".cpp", ".c", ".S", ".py", ".sv", ".cmake", ".mjs", ".sh"}
# What a folder of platform/ may include of the others. sim and cli see everything below them.
PLATFORM = {
    "base": {"base"},
    "config": {"base", "config"},
    "image": {"base", "image"},
    "contract": {"base", "contract"},
    "tlm": {"base", "contract", "tlm"},
    "registry": {"base", "config", "contract", "tlm", "registry"},
    "observe": {"base", "contract", "observe"},
    "debug": {"base", "contract", "tlm", "debug"},
    "sim": {"base", "config", "image", "contract", "tlm", "registry", "observe", "debug", "sim"},
    "cli": {"base", "config", "image", "contract", "tlm", "registry", "observe", "debug", "sim", "cli"},
}
IP_SEES = {"base", "contract", "tlm", "registry"}
IP_MODEL_SEES = IP_SEES | {"config"}  # Text forms of quantities, for messages.
GENERATED = {"selftest_video_stream.h", "registers.md"}


def is_test(path):
    return path.name.endswith(("_test.cpp", "_fuzz.cpp", "_bench.h")) or "test" in path.parts[:1]


def allowed(path, target):
    """None, or why the file may not include `target` (parts of a path from the root)."""
    parts = path.parts
    if is_test(path):
        return None
    if parts[0] == "platform":
        if len(parts) == 2:  # main.cpp
            return None
        if target[0] == "platform":
            return None if target[1] in PLATFORM[parts[1]] else f"platform/{parts[1]} may not include platform/{target[1]}"
        if target[0] in ("ip", "rtl", "sw", "test"):
            return f"platform/ may not include {target[0]}/"
    if parts[0] == "ip":
        if target[0] == "platform" and target[1] not in (IP_MODEL_SEES if path.name.endswith(("_model.cpp", "_model.h")) else IP_SEES):
            return f"a block may not include platform/{target[1]}"
        if target[0] == "ip" and target[1] != parts[1]:
            return f"block {parts[1]} may not include block {target[1]}"
        if target[0] in ("rtl", "sw", "test"):
            return f"a block may not include {target[0]}/"
        if target[0] == "platform" and not path.name.endswith(("_model.cpp", "_model.h")) and target[1] in ("tlm", "registry"):
            return "a core is free of SystemC: it may not include platform/" + target[1]
    if parts[0] == "rtl":
        if target[0] == "platform" and target[1] not in IP_SEES:
            return f"RTL may not include platform/{target[1]}"
        if target[0] == "ip" and target[1] != parts[1]:
            return f"RTL of {parts[1]} may not include block {target[1]}"
    if parts[0] == "sw" and parts[1] in ("apps", "drivers", "runtime") and target[0] in ("platform", "ip", "rtl", "test"):
        return "firmware sees only sw/ and generated headers"
    return None


def check_source(path, text, problems):
    lines = text.splitlines()
    if path.name not in GENERATED and len(lines) > MAX_LINES:
        problems.append((path, len(lines), f"{len(lines)} lines; {MAX_LINES} are the limit"))
    if not any("SPDX-License-Identifier: Apache-2.0" in line for line in lines[:12]):
        problems.append((path, 1, "no SPDX licence line among the first twelve"))
    if path.suffix in (".h", ".cpp", ".c"):
        for number, line in enumerate(lines, 1):
            if re.search(r'TEST_CASE\("[^"]*;', line):
                problems.append((path, number, "a ';' in a test's name: CMake splits it, and the test never runs"))
            match = re.match(r'\s*#\s*include\s+"((?:platform|ip|rtl|sw|test)/[^"]+)"', line)
            if match:
                reason = allowed(path, pathlib.PurePosixPath(match.group(1)).parts)
                if reason:
                    problems.append((path, number, reason))


def check_markdown(root, path, text, problems):
    for number, line in enumerate(text.splitlines(), 1):
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
            if not re.match(r"[a-z]+:", target) and not (root / path.parent / target).exists():
                problems.append((path, number, f"the link {target} leads nowhere"))


def check_blocks(root, problems):
    for folder in sorted((root / "ip").glob("*/")):
        relative = folder.relative_to(root)
        readme = folder / "README.md"
        if not readme.exists():
            problems.append((relative, 1, "the block has no README.md"))
        elif not readme.read_text(encoding="utf-8").lstrip("# \n").startswith("Takes"):
            problems.append((relative / "README.md", 1, 'does not start with "Takes: ... / Gives: ... / Used by: ..."'))


def check_options(root, problems):
    """Long options that the documents show exist in the command line, in ./dev or in a tool."""
    known = set()
    for pattern in ("platform/cli/*.cpp", "platform/main.cpp", "sw/compiler/*.cpp", "dev", "tools/**/*.py", "test/**/*.py"):
        for file in root.glob(pattern):
            if file.is_file():
                known.update(re.findall(r"--[a-z][a-z-]+", file.read_text(encoding="utf-8")))
    for file in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        if not file.exists():
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            for option in re.findall(r"visoc [a-z-]+[^`]*?(--[a-z][a-z-]+)", line):
                if option not in known:
                    problems.append((file.relative_to(root), number, f"the option {option} does not exist"))


def lint(root):
    problems = []
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if not path.is_file() or relative.parts[0] in ("build", "out", ".git", "node_modules") or "node_modules" in relative.parts:
            continue
        if path.suffix in SOURCES:
            check_source(relative, path.read_text(encoding="utf-8"), problems)
        elif path.suffix == ".md" and "new_ip_template" not in relative.parts:
            check_markdown(root, relative, path.read_text(encoding="utf-8"), problems)
    check_blocks(root, problems)
    check_options(root, problems)
    return problems


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[1])
    problems = lint(root)
    for path, line, text in problems:
        print(f"{path}:{line}: {text}")
    print(f"{len(problems)} problems" if problems else "no problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
