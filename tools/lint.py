#!/usr/bin/env python3
"""Checks of the tree that no compiler makes: include directions, file sizes, licence lines, READMEs, links, paths and options in documents.

lint.py [ROOT]. Prints FILE:LINE: what is wrong; exit code 1 if anything is.

SPDX-License-Identifier: Apache-2.0
"""
import pathlib
import posixpath
import re
import sys

MAX_LINES = 640  # "About 600"; a generator's tables may need a few more.
SOURCES = {".h", ".cpp", ".c", ".S", ".py", ".sv", ".cmake", ".mjs", ".sh", ".ld"}
SOURCE_NAMES = {"CMakeLists.txt", "dev", "new_ip"}  # Sources that have no telling suffix.
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
TREE = ("platform", "ip", "rtl", "sw", "test")  # What an include from the root may begin with.


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
        if parts[1] not in PLATFORM:
            return f"platform/{parts[1]} has no place in the include order; give it one in tools/lint.py"
        if target[0] == "platform":
            return None if target[1] in PLATFORM[parts[1]] else f"platform/{parts[1]} may not include platform/{target[1]}"
        if target[0] in ("ip", "rtl", "sw", "test"):
            return f"platform/ may not include {target[0]}/"
    if parts[0] == "ip":
        if path.name.endswith("_verb.cpp") and target[0] == "platform":  # A command of visoc.
            return None if target[1] in {"base", "config", "contract", "cli"} else f"a verb may not include platform/{target[1]}"
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


def included(path, name):
    """The included file as a path from the root, or None if it is no file of the tree (a bare name, a system header)."""
    if name.startswith("."):
        return pathlib.PurePosixPath(posixpath.normpath(posixpath.join(path.parent.as_posix(), name)))
    target = pathlib.PurePosixPath(name)
    return target if target.parts[0] in TREE and len(target.parts) > 1 else None


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
            match = re.match(r'\s*#\s*include\s*["<]([^">]+)[">]', line)
            target = included(path, match.group(1)) if match else None
            if target and len(target.parts) > 1:
                reason = allowed(path, target.parts)
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


def code_in(text):
    """(line number, code) for each indented or fenced line and each `span` of a Markdown text."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            yield number, line.strip()
        else:
            for span in re.findall(r"`([^`]+)`", line):
                yield number, span


def check_commands(root, documents, problems):
    """Verbs and long options of visoc and ./dev that the documents show exist."""
    def found(patterns, expression):
        files = [file for pattern in patterns for file in root.glob(pattern) if file.is_file()]
        return {match for file in files for match in re.findall(expression, file.read_text(encoding="utf-8"), re.MULTILINE)}

    command_line = ("platform/cli/*.cpp", "platform/main.cpp", "ip/*/*_verb.cpp", "sw/compiler/*.cpp")
    verbs = found(command_line, r'add_subcommand\("([a-z-]+)"')
    options = found(command_line, r"--[a-z][a-z-]+") | {"--help"}
    dev_verbs = found(("dev",), r"^  ([a-z]+)\)")
    others = options | found(("dev", "tools/**/*.py", "tools/new_ip", "test/**/*.py"), r"--[a-z][a-z-]+")
    for path, text in documents:
        for number, code in code_in(text):
            code = code.split(" # ")[0]
            for verb, rest in re.findall(r"(?:^|[/\s])visoc ([a-z][a-z-]+)([^|;&]*)", code):
                if verbs and verb not in verbs:
                    problems.append((path, number, f"the verb 'visoc {verb}' does not exist"))
                for option in re.findall(r"(?<!\S)--[a-z][a-z-]+", rest):
                    if option not in options:
                        problems.append((path, number, f"the option {option} does not exist"))
            for verb in re.findall(r"(?:^|\s)\./dev ([a-z]+)", code):
                if verb not in dev_verbs:
                    problems.append((path, number, f"the verb './dev {verb}' does not exist"))
            match = re.match(r"--[a-z][a-z-]+", code)
            if match and match.group() not in others:
                problems.append((path, number, f"the option {match.group()} does not exist"))


def check_paths(root, documents, problems):
    """Files and folders of the tree that the documents name exist; <block>, NAME and * may stand for a part."""
    for path, text in documents:
        for number, line in enumerate(text.splitlines(), 1):
            for name in re.findall(r"`((?:platform|platforms|ip|rtl|sw|test|tools|docs|cmake|energy|scenarios)/[^`\s(]*)`", line):
                pattern = re.sub(r"<[^>]*>|\bNAME\b", "*", name).replace("**", "*").rstrip("/.,")
                if not re.search(r"[{}]|\.\.\.", pattern) and not any(root.glob(pattern)) and not any(root.glob(pattern + ".*")):
                    problems.append((path, number, f"{name} does not exist"))


def lint(root):
    problems = []
    documents = []
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if not path.is_file() or relative.parts[0] in ("build", "out", ".git", "node_modules") or "node_modules" in relative.parts:
            continue
        if path.suffix in SOURCES or path.name in SOURCE_NAMES:
            check_source(relative, path.read_text(encoding="utf-8"), problems)
        elif path.suffix == ".md" and "new_ip_template" not in relative.parts:
            text = path.read_text(encoding="utf-8")
            check_markdown(root, relative, text, problems)
            if "tutorial" not in path.name:  # It names files that it makes itself.
                documents.append((relative, text))
    check_blocks(root, problems)
    check_commands(root, documents, problems)
    check_paths(root, documents, problems)
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
