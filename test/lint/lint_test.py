#!/usr/bin/env python3
"""Plants each kind of violation in a small tree and sees that the linter says so.

SPDX-License-Identifier: Apache-2.0
"""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from lint import lint  # noqa: E402

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
SOUND = {
    "ip/uart/README.md": "Takes: bytes. / Gives: text. / Used by: firmware.\n[registers](registers.md)\n",
    "ip/uart/registers.md": "# Registers\n",
    "ip/uart/uart_core.h": SPDX + '#include "platform/contract/device_core.h"\n',
    "ip/uart/uart_model.cpp": SPDX + '#include "platform/registry/registry.h"\n#include "ip/uart/uart_core.h"\n',
    "platform/base/units.h": SPDX,
    "platform/sim/run.cpp": SPDX + '#include "platform/observe/report.h"\n',
    "platform/cli/run.cpp": SPDX + 'add("--out");\n',
    "sw/apps/hello/hello.c": SPDX + '#include "print.h"\n',
    "README.md": "`visoc run hello.elf --out DIR`\n",
}
# file, content, what must be said
VIOLATIONS = [
    ("platform/base/units.h", SPDX + '#include "platform/config/quantity.h"\n', "may not include platform/config"),
    ("platform/observe/a.cpp", SPDX + '#include "platform/sim/run.h"\n', "may not include platform/sim"),
    ("platform/sim/run.cpp", SPDX + '#include "ip/uart/uart_core.h"\n', "may not include ip/"),
    ("ip/uart/uart_core.cpp", SPDX + '#include "ip/dma/dma_core.h"\n', "may not include block dma"),
    ("ip/uart/uart_core.cpp", SPDX + '#include "platform/tlm/block.h"\n', "free of SystemC"),
    ("ip/uart/uart_model.cpp", SPDX + '#include "platform/sim/run.h"\n', "may not include platform/sim"),
    ("rtl/dma/dma_rtl.cpp", SPDX + '#include "platform/sim/run.h"\n', "RTL may not include"),
    ("sw/apps/hello/hello.c", SPDX + '#include "ip/uart/uart_core.h"\n', "firmware sees only"),
    ("platform/base/long.cpp", SPDX + "//\n" * 640, "640 are the limit"),
    ("platform/base/units.h", "#pragma once\n", "SPDX"),
    ("ip/uart/uart_test.cpp", SPDX + 'TEST_CASE("a' + '; b") {}\n', "never runs"),
    ("README.md", "[missing](docs/none.md)\n", "leads nowhere"),
    ("README.md", "`visoc run hello.elf --otu DIR`\n", "--otu does not exist"),
    ("ip/uart/README.md", "# A serial port\n", "does not start with"),
    ("ip/dma/dma_core.h", SPDX, "has no README.md"),
]


def tree(changes):
    folder = tempfile.TemporaryDirectory()
    for name, content in {**SOUND, **changes}.items():
        path = pathlib.Path(folder.name, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def main():
    failures = 0
    with tree({}) as sound:
        problems = lint(pathlib.Path(sound))
        if problems:
            failures += 1
            print("a sound tree:", problems)
    for name, content, wanted in VIOLATIONS:
        with tree({name: content}) as folder:
            problems = lint(pathlib.Path(folder))
            if not any(str(path).startswith(name.rsplit("/", 1)[0] if wanted.startswith("has no") else name) and wanted in text for path, _, text in problems):
                failures += 1
                print(f"{name}: '{wanted}' was not said, but {problems}")
    print(f"{len(VIOLATIONS)} violations, {failures} not seen")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
