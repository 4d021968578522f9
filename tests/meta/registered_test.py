"""Every test on disk runs, and every test that runs is on disk."""

import json
import os
import pathlib
import re
import subprocess
import unittest

from tree import SOURCE, Tree

BUILD = pathlib.Path(os.environ["HALLIGAN_BUILD"])


def orphans(names: list[str], compiled: set[str], commands: list[list[str]], tests: set[str]) -> list[str]:
    """@param names     paths of the project's files
    @param compiled  paths of the files that the build compiles
    @param commands  the commands of ctest's tests
    @param tests     the names of ctest's tests"""
    arguments = {argument for command in commands for argument in command}
    found = []
    for name in names:
        parts = name.split("/")
        if name.endswith(".cpp") and parts[0] in ("tests", "sk-provider", "ca-tool") and name not in compiled \
                and name != "tests/fuzz/replay_main.cpp":
            found.append(f"{name}: compiled by nothing")
        if name.endswith("_test.py") and parts[0] == "tests" and name not in arguments:
            found.append(f"{name}: run by no test")
        if name.startswith("tests/fuzz/corpus/") and f"fuzz.{parts[3]}" not in tests:
            found.append(f"{name}: a corpus of no fuzz target")
        if re.fullmatch(r"runbooks/(?!README)[^/]+\.md", name) and f"e2e.runbook.{parts[1][:-3]}" not in tests:
            found.append(f"{name}: a runbook that no test executes")
    return found


# What a machine may lack: root for the stage of the runbooks, of trust and of the two machines and for a pcscd of its own, qemu or
# Debian's kernel, what only `./setup foreign` or `./setup trees` fetches.
MAY_BE_SKIPPED = re.compile(r"e2e\.runbook\.[\w-]+|e2e\.card|e2e\.syslog|e2e\.two_machines|e2e\.bastion|e2e\.booted|e2e\.prove_releases|e2e\.trust(_\w+)?|e2e\.pages|vm\.hidraw|foreign\.authenticator")


def skippable(tests: list[dict]) -> list[str]:
    """The names of ctest's tests that may end as skipped, though nothing allows it."""
    return [test["name"] for test in tests if not MAY_BE_SKIPPED.fullmatch(test["name"]) and
            any(property["name"] == "SKIP_RETURN_CODE" for property in test.get("properties", []))]


def missing(commands: list[list[str]], exists) -> list[str]:
    """Commands of ctest that name a script that is not there."""
    return [f"{argument}: not on disk" for command in commands for argument in command
            if argument.endswith(".py") and not exists(argument)]


def relative(path: str) -> str:
    return os.path.relpath(path, SOURCE) if path.startswith(str(SOURCE)) else path


def sources(entry: str) -> set[str]:
    """The project's files behind one entry of the compile commands: itself, or what a unity file puts together."""
    if "/Unity/unity_" not in entry:
        return {relative(entry)}
    return {relative(name) for name in re.findall(r'^#include "(.+)"$', pathlib.Path(entry).read_text(), re.M)}


class Registered(unittest.TestCase):
    def setUp(self):
        listed = subprocess.run(["ctest", "--test-dir", BUILD, "--show-only=json-v1"], capture_output=True, check=True)
        self.tests = tests = json.loads(listed.stdout)["tests"]
        self.names = {test["name"] for test in tests}
        self.commands = [[relative(argument) for argument in test.get("command", [])] for test in tests]
        entries = json.loads((BUILD / "compile_commands.json").read_text())
        self.compiled = set().union(*(sources(entry["file"]) for entry in entries))

    def test_no_test_of_the_project_is_left_out(self):
        listed = subprocess.run(["git", "-C", SOURCE, "ls-files"], capture_output=True, text=True, check=True).stdout
        on_disk = [name for name in listed.splitlines() if (SOURCE / name).is_file()]
        self.assertGreater(len(on_disk), 50)
        self.assertEqual(orphans(on_disk, self.compiled, self.commands, self.names), [])

    def test_every_registered_script_is_there(self):
        self.assertGreater(len(self.commands), 5)
        self.assertEqual(missing(self.commands, lambda name: (SOURCE / name).exists()), [])

    def test_only_what_a_machine_may_lack_is_skipped(self):
        self.assertEqual(skippable(self.tests), [])
        property = {"name": "SKIP_RETURN_CODE", "value": 77}
        samples = [{"name": name, "properties": [property]} for name in ("cli.mint", "vm.hidraw", "e2e.runbook.x", "e2e.x")]
        self.assertEqual(skippable(samples), ["cli.mint", "e2e.x"])

    def test_each_kind_of_orphan_is_found(self):
        for name in ["tests/unit/x/x_test.cpp", "tests/e2e/x_test.py", "tests/fuzz/corpus/x/1", "runbooks/x.md",
                     "ca-tool/ssh/x.cpp"]:
            with self.subTest(name=name):
                self.assertEqual(len(orphans([name], set(), [], set())), 1)

    def test_what_is_registered_is_no_orphan(self):
        names = ["tests/unit/x/x_test.cpp", "tests/e2e/x_test.py", "tests/fuzz/corpus/x/1", "runbooks/x.md"]
        self.assertEqual(orphans(names, {names[0]}, [["python3", names[1]]], {"fuzz.x", "e2e.runbook.x"}), [])

    def test_a_script_that_went_away_is_found(self):
        self.assertEqual(missing([["python3", "tests/gone_test.py"]], lambda name: False),
                         ["tests/gone_test.py: not on disk"])


if __name__ == "__main__":
    unittest.main()
