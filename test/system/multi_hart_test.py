#!/usr/bin/env python3
"""Several harts, images besides the firmware, and OpenSBI: multi_hart_test.py GROUP BUILD_FOLDER. Exit 77: QEMU, dtc or OpenSBI is not there.

SPDX-License-Identifier: Apache-2.0
"""
import filecmp
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPENSBI = pathlib.Path("/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.elf")
SCENARIO = ROOT / "scenarios/opensbi"
PLATFORMS = {1: ROOT / "platforms/standard.json", 4: ROOT / "platforms/quad.json"}
PAYLOAD_BASE = 0x80200000


class Failure(Exception):
    pass


def expect(condition, text):
    if not condition:
        raise Failure(text)


class Bench:
    def __init__(self, build, folder):
        self.visoc, self.firmware, self.folder = pathlib.Path(build, "visoc"), pathlib.Path(build, "firmware"), pathlib.Path(folder)

    def call(self, arguments, code=0):
        done = subprocess.run([str(self.visoc)] + [str(argument) for argument in arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=100)
        errors = done.stderr.decode(errors="replace")
        expect(done.returncode == code, f"visoc {arguments}: exit code {done.returncode} instead of {code}\n{done.stdout[-2000:]}\n{errors}")
        return done.stdout.decode(errors="replace"), errors

    def run(self, name, arguments):
        """The folder of the results and the console's text."""
        out = self.folder / name
        self.call(["run", *arguments, "--out", out, "--quiet"])
        return out, (out / "console.log").read_text(encoding="utf-8")

    def scenario(self, name, **keys):
        path = self.folder / f"{name}.json"
        scenario = {"schema": "visoc-scenario-1", "name": name, "platform": str(PLATFORMS[1]), "firmware": str(OPENSBI), **keys}
        path.write_text(json.dumps(scenario), encoding="utf-8")
        return path


def qemu(*arguments):
    command = ["qemu-system-riscv64", "-m", "256M", "-display", "none", "-monitor", "none", *[str(argument) for argument in arguments]]
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=60).stdout.decode(errors="replace")


def payload_lines(console):
    return [line for line in console.splitlines() if line.startswith("payload: ")]


def banner(console):
    """What OpenSBI found out about the machine, without what differs by design (names, counters, the H extension)."""
    wanted = ("Platform HART Count", "Platform IPI Device", "Platform Timer Device", "Platform Console Device", "Platform Shutdown Device", "Firmware Base",
              "Firmware Size", "Runtime SBI Version", "Domain0 HARTs", "Domain0 Next Arg1", "Domain0 Next Mode", "Boot HART Priv Version",
              "Boot HART ISA Extensions", "Boot HART PMP Count", "Boot HART PMP Granularity")
    pairs = (line.split(" : ", 1) for line in console.splitlines() if " : " in line)
    found = {name.strip(): value.strip() for name, value in pairs}
    # Whichever hart boots is starred.
    return {name: found.get(name, "").replace("*", "") for name in wanted}


def tree_of(text):
    """{path: {property: text}} of what dtc writes."""
    nodes, path = {}, []
    for line in text.splitlines():
        line = line.strip()
        if line.endswith("{"):
            path.append(line[:-1].strip())
            nodes["/".join(path)] = {}
        elif line == "};":
            path.pop()
        elif line.endswith(";") and path:
            name, _, value = line[:-1].partition(" = ")
            nodes["/".join(path)][name] = value
    return nodes


def cells(text):
    return [int(cell, 16) for cell in text.strip("<>").split()]


def interrupts_extended(nodes, device):
    """[(hart, interrupt)] in order of the device's outputs."""
    harts = {}
    for path, properties in nodes.items():
        if properties.get("compatible") == '"riscv,cpu-intc"':
            harts[cells(properties["phandle"])[0]] = cells(nodes[path.rsplit("/", 1)[0]]["reg"])[0]
    flat = cells(nodes[f"//soc/{device}"]["interrupts-extended"])
    return [(harts[flat[i]], flat[i + 1]) for i in range(0, len(flat), 2)]


def decompiled(blob):
    return tree_of(subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", str(blob)], check=True, capture_output=True).stdout.decode())


def check_tree(bench):
    """Harts and the wiring of CLINT and PLIC are described as QEMU describes them."""
    for harts, platform in PLATFORMS.items():
        theirs_file, ours_file, source = bench.folder / "virt.dtb", bench.folder / "visoc.dtb", bench.folder / "visoc.dts"
        qemu("-M", f"virt,dumpdtb={theirs_file}", "-smp", harts)
        source.write_text(bench.call(["map", "--dts", "--platform", platform])[0], encoding="utf-8")
        subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", str(ours_file), str(source)], check=True)
        theirs, ours = decompiled(theirs_file), decompiled(ours_file)
        for device in ("clint@2000000", "plic@c000000"):
            expect(interrupts_extended(ours, device) == interrupts_extended(theirs, device), f"{harts} harts, {device}: {interrupts_extended(ours, device)}")
            for key in ("reg", "compatible"):
                expect(ours[f"//soc/{device}"][key] == theirs[f"//soc/{device}"][key], f"{device}: {key} is {ours[f'//soc/{device}'][key]}")
        expect(ours["//cpus"]["timebase-frequency"] == theirs["//cpus"]["timebase-frequency"], "another timebase")
        for hart in range(harts):
            for key in ("reg", "device_type", "status", "compatible"):
                expect(ours[f"//cpus/cpu@{hart}"][key] == theirs[f"//cpus/cpu@{hart}"][key], f"cpu@{hart}: {key} is {ours[f'//cpus/cpu@{hart}'][key]}")
        expect(f"//cpus/cpu@{harts}" not in ours, f"more than {harts} harts")


def check_bare(bench):
    """Firmware in machine mode finds four harts and uses them; a second run gives the same bytes."""
    out, console = bench.run("hello", ["--platform", PLATFORMS[4], bench.firmware / "hello.elf"])
    expect("harts: 4," in console, f"hello sees other harts:\n{console}")
    out, console = bench.run("selftest", ["--platform", PLATFORMS[4], bench.firmware / "selftest.elf"])
    expect("selftest: runtime ok" in console and "selftest: clint0 ok" in console and "selftest: 0 failed" in console, console)
    instances = json.loads((out / "result.json").read_text())["instances"]
    for hart in range(4):
        expect(instances[f"cpu{hart}"]["statistics"]["instructions"] > 0, f"cpu{hart} did nothing")
    again, _ = bench.run("again", ["--platform", PLATFORMS[4], bench.firmware / "selftest.elf"])
    for name in ("result.json", "console.log"):
        expect(filecmp.cmp(out / name, again / name, shallow=False), f"{name} differs between two runs")


def check_opensbi(bench):
    """OpenSBI boots the payload, which gets from it what it gets on QEMU, line by line; on 1 and 4 harts, on each implementation, at any quantum."""
    models = json.loads(bench.call(["list", "--json"])[0])
    impls = next(model["impls"] for model in models if model["model"] == "rv64")
    for harts, platform in PLATFORMS.items():
        theirs = qemu("-M", "virt", "-smp", harts, "-serial", "stdio", "-bios", OPENSBI, "-kernel", bench.firmware / "sbi_payload.elf")
        expected = payload_lines(theirs)
        expect(expected and expected[-1] == "payload: failures 0" and f"payload: harts {harts}" in expected, f"QEMU:\n{theirs}")
        for impl, quantum in ((impl, quantum) for impl in impls for quantum in ("10us", "200ns")):
            chosen = [word for hart in range(harts) for word in ("--set", f"cpu{hart}.impl={impl}")]
            _, console = bench.run(f"{harts}_{impl}_{quantum}", [SCENARIO, "--platform", platform, "--quantum", quantum, *chosen])
            expect(payload_lines(console) == expected, f"{harts} harts, {impl}, quantum {quantum}: QEMU says\n{theirs}\nvisoc says\n{console}")
            for name, value in banner(theirs).items():
                expect(banner(console)[name] == value, f"{harts} harts: '{name}' is '{banner(console)[name]}', on QEMU '{value}'")


def check_images(bench):
    """Bytes at an address do what the ELF does; wrong images are refused with their reason; the dump can be fed back."""
    payload = bench.firmware / "sbi_payload.elf"
    _, expected = bench.run("elf", [bench.scenario("elf", images={"payload": "app:sbi_payload"})])
    raw = bench.folder / "payload.bin"
    subprocess.run(["riscv64-unknown-elf-objcopy", "-O", "binary", payload, raw], check=True)
    scenario = bench.scenario("raw", images={"payload": {"file": raw.name, "at": hex(PAYLOAD_BASE)}})
    out, console = bench.run("raw", [scenario])
    expect(console == expected and payload_lines(console)[-1] == "payload: failures 0", f"as bytes:\n{console}")
    expect(len(json.loads((out / "result.json").read_text())["inputs"]["payload"]) == 64, "result.json has no hash of the image")
    dump = bench.call(["dump-config", scenario])[0]
    again = bench.folder / "dumped.json"
    again.write_text(dump, encoding="utf-8")
    expect(bench.call(["dump-config", again])[0] == dump, "the dump fed back gives another")
    _, console = bench.run("set", [bench.scenario("set"), "--set", f"images.payload={payload}"])
    expect(console == expected, f"by --set:\n{console}")

    big = bench.folder / "big.bin"
    big.write_bytes(bytes(4096))
    (bench.folder / "empty.bin").write_bytes(b"")
    for images, words in (
        ({"a": {"file": big.name, "at": "0x80000100"}}, r"overlaps .*fw_jump\.elf \[0x8000_?0000"),
        ({"a": "app:sbi_payload", "b": {"file": big.name, "at": "0x80200000"}}, r"overlaps .*sbi_payload\.elf"),
        ({"a": {"file": big.name, "at": "0x8fff_ff00"}}, "does not fit dram0"),
        ({"a": {"file": big.name, "at": "0x1000_0000"}}, "lies over the registers of uart0"),
        ({"a": {"file": big.name, "at": "0xffff_ffff_ffff_ff00"}}, "wraps around"),
        ({"a": {"file": big.name}}, "the address of the file's bytes is missing"),
        ({"a": {"at": "0x80200000"}}, "a file name was expected"),
        ({"a": {"file": big.name, "at": "0x80200000", "entry": 1}}, "unknown key"),
        ({"a": {"file": "empty.bin", "at": "0x80200000"}}, "the file is empty"),
        ({"a": {"file": "missing.bin", "at": "0x80200000"}}, r"missing\.bin.*\(image 'a'\)"),
        ({"a": big.name}, r"not an ELF file.*\(image 'a'\)"),
        ({"a": 7}, "an ELF's name or"),
        ([], "an object was expected"),
    ):
        errors = bench.call(["check", bench.scenario("bad", images=images)], code=2)[1]
        expect(re.search(words, errors), f"{images}: '{words}' was expected:\n{errors}")


def main():
    groups = {name[6:]: check for name, check in globals().items() if name.startswith("check_")}
    if len(sys.argv) != 3 or sys.argv[1] not in groups:
        print(__doc__, *groups)
        return 2
    if not OPENSBI.exists() or not all(shutil.which(tool) for tool in ("qemu-system-riscv64", "dtc", "riscv64-unknown-elf-objcopy")):
        print("QEMU, dtc, OpenSBI or the cross binutils are not there; skipped")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        try:
            groups[sys.argv[1]](Bench(sys.argv[2], folder))
        except Failure as failure:
            print(f"FAILED: {failure}")
            return 1
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
