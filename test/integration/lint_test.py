#!/usr/bin/env python3
"""Plants ways round the tree's rules, and documents that name what is not there; the linter must name file and line of each.

The rules themselves are tested in test/lint; here the command is run as `./dev lint` runs it.

SPDX-License-Identifier: Apache-2.0
"""
import pathlib
import subprocess
import sys
import tempfile

LINT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "lint.py"
SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
SOUND = {
    "dev": "# SPDX-License-Identifier: Apache-2.0\ncase $verb in\n  demo) verb_demo ;;\nesac\n",
    "ip/uart/README.md": "Takes: bytes. / Gives: text. / Used by: firmware.\n",
    "ip/uart/uart_core.h": SPDX + "#include <vector>\n",
    "ip/uart/uart_core.cpp": SPDX + '#include "../uart/uart_core.h"\n#include "regs/uart_regs.h"\n',
    "platform/base/units.h": SPDX,
    "platform/cli/run_verb.cpp": SPDX + 'app.add_subcommand("run", "");\nverb->add_option("--out");\nverb->add_option("--set");\n',
    "docs/run.md": "`ip/<block>/README.md`, `ip/uart/uart_core`, `platform/*`, `ip/uart/uart_core.{h,cpp}`; a verb of visoc and `visoc run`\n\n"
                   "    ./dev demo          # visoc and more --later\n    visoc run a.elf --set b=c --out d\n    cmake --build e\n",
}
# file, content, start of the line that must be printed
VIOLATIONS = [
    ("ip/uart/uart_core.cpp", SPDX + '#include "../dma/dma_core.h"\n', "ip/uart/uart_core.cpp:2: block uart may not include block dma"),
    ("ip/uart/uart_core.cpp", SPDX + '#include "../../sw/runtime/mmio.h"\n', "ip/uart/uart_core.cpp:2: a block may not include sw/"),
    ("ip/uart/uart_core.cpp", SPDX + "#include <platform/sim/run.h>\n", "ip/uart/uart_core.cpp:2: a block may not include platform/sim"),
    ("sw/drivers/uart/uart.c", SPDX + '#include "../../../ip/uart/uart_core.h"\n', "sw/drivers/uart/uart.c:2: firmware sees only"),
    ("platform/extra/a.h", SPDX + '#include "platform/base/units.h"\n', "platform/extra/a.h:2: platform/extra has no place"),
    ("test/CMakeLists.txt", "add_test()\n", "test/CMakeLists.txt:1: no SPDX licence line"),
    ("dev", "case $verb in\n  demo) verb_demo ;;\nesac\n", "dev:1: no SPDX licence line"),
    ("sw/runtime/link.ld", "SECTIONS {}\n", "sw/runtime/link.ld:1: no SPDX licence line"),
    ("docs/run.md", "\n`visoc rum a.elf`\n", "docs/run.md:2: the verb 'visoc rum' does not exist"),
    ("docs/run.md", "`visoc run a.elf --out d --sett b=c`\n", "docs/run.md:1: the option --sett does not exist"),
    ("docs/run.md", "```sh\nbuild/visoc run a.elf --otu d\n```\n", "docs/run.md:2: the option --otu does not exist"),
    ("docs/run.md", "With `--otu d`.\n", "docs/run.md:1: the option --otu does not exist"),
    ("docs/run.md", "    ./dev dmo\n", "docs/run.md:1: the verb './dev dmo' does not exist"),
    ("docs/run.md", "See `ip/uart/uart_model.cpp`.\n", "docs/run.md:1: ip/uart/uart_model.cpp does not exist"),
    ("ip/uart/README.md", "Takes: bytes. / Gives: text.\n`rtl/<block>/`\n", "ip/uart/README.md:2: rtl/<block>/ does not exist"),
]


def lint(changes):
    with tempfile.TemporaryDirectory(prefix="lint-") as folder:
        for name, content in {**SOUND, **changes}.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return subprocess.run([sys.executable, str(LINT), folder], capture_output=True, text=True)


def main():
    failures = 0
    sound = lint({})
    if sound.returncode != 0:
        failures += 1
        print("a sound tree:", sound.stdout, sound.stderr)
    for name, content, wanted in VIOLATIONS:
        result = lint({name: content})
        lines = result.stdout.splitlines()
        if result.returncode != 1 or len(lines) != 2 or not lines[0].startswith(wanted):
            failures += 1
            print(f"wanted exit code 1 and only '{wanted}', got {result.returncode}:\n{result.stdout}{result.stderr}")
    print(f"{len(VIOLATIONS)} violations, {failures} not seen")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
