#!/usr/bin/env python3
"""The selftest firmware with and without protocol checkers: the same result, and no rule broken: protocol_test.py SELFTEST VISOC.
SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile


def expect(condition, what):
    if not condition:
        sys.exit("failed: " + what)


def run(visoc, elf, out, *arguments, code=0):
    environment = {name: value for name, value in os.environ.items() if name != "VISOC_CHECK_PROTOCOL"}
    done = subprocess.run([visoc, "run", elf, "--out", str(out), "--quiet", "--no-report", "--state-hash", *arguments],
                          capture_output=True, text=True, timeout=120, env=environment)
    expect(done.returncode == code, "%s: exit code %d\n%s" % (" ".join(arguments), done.returncode, done.stderr))
    return done.stderr


def switch_is_configuration(visoc, elf, folder):
    """It goes into the effective configuration, and back; where nobody asked for it, it is not there."""
    def dump(*arguments):
        return subprocess.run([visoc, "dump-config", *arguments], capture_output=True, text=True, timeout=60, check=True).stdout
    expect("check_protocol" not in dump(elf), "the switch is not in a configuration that does not have it")
    text = dump(elf, "--set", "run.check_protocol=dma0_to_*")
    expect(json.loads(text)["run"]["check_protocol"] == "dma0_to_*", "the switch is in the configuration")
    scenario = folder / "scenario.json"
    scenario.write_text(text)
    expect(dump(str(scenario)) == text, "fed back it is the same")
    wrong = json.loads(text)
    wrong["run"]["check_protocol"] = True
    scenario.write_text(json.dumps(wrong))
    done = subprocess.run([visoc, "check", str(scenario)], capture_output=True, text=True, timeout=60)
    expect(done.returncode == 2 and "/run/check_protocol" in done.stderr, "true is no name of links:\n" + done.stderr)


def main():
    elf, visoc = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run(visoc, elf, folder / "plain")
        run(visoc, elf, folder / "checked", "--check-protocol")
        run(visoc, elf, folder / "one", "--check-protocol=dma0_to_*")
        plain, checked, one = (json.loads((folder / run_name / "result.json").read_text()) for run_name in ("plain", "checked", "one"))
        expect((folder / "plain/console.log").read_bytes() == (folder / "checked/console.log").read_bytes(), "the console is the same")
        message = run(visoc, elf, folder / "none", "--check-protocol=dna0_to_*", code=2)
        switch_is_configuration(visoc, elf, folder)
    expect("dna0_to_*" in message and "dma0_to_bus0" in message, "a pattern that names no link is shown with the links:\n" + message)
    expect("protocol" not in plain, "without the switch nothing is checked")
    protocol = checked.pop("protocol")
    one.pop("protocol")
    for result in (plain, checked, one):
        result.pop("configuration_sha256")  # It holds the switch.
    expect(checked == plain, "the results are the same but for the checks")
    expect(one == plain, "the results are the same with one checker")
    expect(protocol["protocol_violations"] == 0, "no rule is broken: " + json.dumps(protocol))
    links = protocol["links"]
    expect(protocol["protocol_checks"] == sum(link["protocol_checks"] for link in links.values()), "the sum is that of the links")
    for name in plain["instances"]:
        if name != "bus0" and name != "cpu0":
            expect(links["bus0_to_" + name]["protocol_checks"] > 0, "accesses to %s are checked" % name)
    for name in ("cpu0", "dma0", "npu0", "vdec0"):
        expect(links[name + "_to_bus0"]["protocol_checks"] > 0, "accesses of %s are checked" % name)
    print("%d checks on %d links" % (protocol["protocol_checks"], len(links)))


main()
