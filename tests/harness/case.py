"""What a test program of this harness looks like: unittest, in a world of its own, failing with everything it saw."""

import sys
import unittest

from .isolation import isolate
from .softkey import Softkey
from .ssh import Agent, Sshd
from .work import Work


class Case(unittest.TestCase):
    """A test with a Work folder; its programs' output is part of every failure."""

    maxDiff = None

    def setUp(self) -> None:
        self.work = Work()
        self.addCleanup(self.work.close)
        self._reporters = [self.work]

    def softkey(self, name: str = "token", **options) -> Softkey:
        key = Softkey(self.work, name, **options)
        self._reporters.append(key)
        return key

    def sshd(self, config: str = "", **options) -> Sshd:
        return Sshd(self.work, config, **options)

    def agent(self, **options) -> Agent:
        return Agent(self.work, **options)

    def report(self) -> str:
        return "\n".join(reporter.report() for reporter in self._reporters)


class _Result(unittest.TextTestResult):
    """Adds the daemons' output to a failure while they still run."""

    def _exc_info_to_string(self, err, test):
        text = super()._exc_info_to_string(err, test)
        test = getattr(test, "test_case", test)  # a subtest's case
        return text + (test.report() + "\n" if isinstance(test, Case) and hasattr(test, "_reporters") else "")


def main(*, network: bool = False) -> None:
    """Run the calling program's test cases. A program that holds none fails: it would be a test that cannot fail."""
    isolate(network)
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=_Result)
    program = unittest.main(module="__main__", testRunner=runner, exit=False)
    if program.result.testsRun == 0:
        print("no test ran")
        sys.exit(1)
    if program.result.skipped:
        print("a case was skipped inside a program: use harness.skip, which ctest sees")
        sys.exit(1)
    sys.exit(0 if program.result.wasSuccessful() else 1)
