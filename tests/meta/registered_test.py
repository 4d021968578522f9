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
MAY_BE_SKIPPED = re.compile("|".join((
    r"e2e\.(runbook\.[\w-]+|trust(_\w+)?|prove_(releases|grades|drills)|drill_(host|booted)|two_machines|bastion|booted|pages|ansible|chain)",
    r"e2e\.(card|unattended_card|syslog)", r"oracle\.softcard", r"vm\.(hidraw|audit)", r"foreign\.authenticator")))
