"""halligan drill status HOST: another major version of sshd makes a drill due, and nobody logs in to know it."""

import json
import os
import sys

import harness
from harness import paths
from harness.drill import ACCEPTED, DrillCase, Listener, reseal

sys.path.insert(0, str(paths.SOURCE / "tests/cli"))
from json_reference import Reference  # noqa: E402: the folder of the tests of the command line

REFERENCE = Reference((paths.SOURCE / "docs/json.md").read_text())


class DrillVersions(DrillCase):
    def asked(self, *hosts, status: int, lines: str = "") -> dict:
        shown = self.status(status, "--timeout", "3", *hosts, "--", *self.config(lines))
        self.assertEqual(REFERENCE.check("halligan drill status", shown), [])
        return shown

    def then(self, version: str, **changes) -> None:
        """The last drill met this version."""
        record = json.loads(self.records()[-1])
        for host in record["hosts"]:
            host.update({"sshd": version, **changes})
        self.file().write_text("".join(line + "\n" for line in [*self.records()[:-1], reseal(record)]))

    def test_each_host_is_compared_with_its_last_drill(self):
        up = self.host("up")
        self.host("new")
        version = self.banner(up)
        self.drill("up")
        mark = len(up.daemon.text())
        status = self.asked("up", status=0)
        self.assertEqual((status["state"], status["changes"], [(each["host"], each["state"], each["then"], each["now"]) for each in status["hosts"]]),
                         ("fine", [], [("up", "same", version, version)]))
        self.assertEqual(up.daemon.text()[mark:].count(ACCEPTED), 0)
        self.assertEqual(self.status(0)["hosts"], [])
        major = version.split(".")[0]
        rows = {f"{major}.0p1 Else-7": "same", f"{major}": "same", "OpenSSH_1.2p1": "changed", f"{major}0.1p1": "changed", "dropbear_2022.83": "changed", "": "changed"}
        for then, state in rows.items():
            with self.subTest(then):
                self.then(then)
                status = self.asked("up", status=0 if state == "same" else 1)
                self.assertEqual((status["hosts"][0]["state"], status["state"], status["good"], len(status["changes"])),
                                 (state, "fine", True, 0) if state == "same" else (state, "changed", False, 1))
        self.then("OpenSSH_1.2p1")
        self.assertIn(f"up: sshd was OpenSSH_1.2p1, and is {version}", " ".join(self.halligan("drill", "status", "up", "--", *self.config()).expect(1).out.split()))
        self.then(version)
        status = self.asked("up", "new", status=1)
        self.assertEqual([(each["host"], each["state"]) for each in status["hosts"]], [("up", "same"), ("new", "never")])
        self.assertEqual((status["state"], status["changes"]), ("changed", ["new: no drill was there"]))
        self.then(version, outcome="refused")
        self.assertEqual(self.asked("up", status=1)["hosts"][0]["state"], "failed")
        print(f"drilled\t{len(rows)} versions at the last drill, compared with what the host says now", flush=True)

    def test_hosts_that_do_not_answer_or_answer_something_else(self):
        self.host("up")
        self.drill("up")
        real = self.hosts["up"]
        for name, greeting, now in (("mute", b"", None), ("web", b"HTTP/1.0 200 OK\r\n\r\n", None),
                                    ("liar", b"SSH-2.0-OpenSSH_1.0\x1b[31m\x07 <b>\r\n", "OpenSSH_1.0\\x1b[31m\\x07 <b>"), ("long", b"SSH-2.0-" + b"x" * 4000 + b"\r\n", "x" * 255),
                                    ("chatty", b"hello\r\nthere\r\nSSH-2.0-OpenSSH_1.0\r\n", "OpenSSH_1.0")):
            with self.subTest(name):
                self.hosts["up"] = Listener(self, greeting)
                record = json.loads(self.records()[-1])
                record["hosts"][0]["port"] = self.hosts["up"].port
                self.file().write_text(reseal(record) + "\n")
                status = self.asked("up", status=4 if now is None else 1)
                host = status["hosts"][0]
                if now is not None:
                    self.assertEqual((host["state"], host["now"]), ("changed", now))
                else:
                    self.assertEqual((host["state"], host["now"], host["why"] != "", status["good"]), ("unreachable", "", True, True))
                self.assertNotIn("\x1b", self.halligan("drill", "status", "--timeout", "3", "up", "--", *self.config()).out)
                self.assertLess(len(host["now"]), 1024)
        self.hosts["up"] = real
        pwned = self.work.path("pwned")
        for name in (f"-oProxyCommand=touch {pwned}", f"$(touch {pwned})", f"a;touch {pwned}"):
            self.halligan("drill", "status", "--timeout", "1", "--", *self.config(), name)
            self.halligan("drill", "status", "--timeout", "1", "--json", name)
        self.assertFalse(pwned.exists())

    def test_through_a_jump_host(self):
        up, jump = self.host("up"), self.host("jump")
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.work.path("own")).expect()
        jump.authorize(self.work.path("own.pub").read_text())
        lines = f"Host up\n  ProxyJump jump\nHost jump\n  IdentityFile {self.work.path('own')}\n"
        self.drill("up", lines=lines)
        mark = up.daemon.mark()
        status = self.asked("up", status=0, lines=lines)
        self.assertEqual((status["hosts"][0]["state"], status["hosts"][0]["now"]), ("same", self.banner(up)))
        self.assertEqual(up.daemon.text()[mark:].count(ACCEPTED), 0)
        jump.daemon.stop()
        self.assertEqual(self.asked("up", status=4, lines=lines)["hosts"][0]["state"], "unreachable")

    def test_without_hosts_nothing_is_asked(self):
        self.host("up")
        self.drill("up")
        # There is no ssh to ask with, and nobody is there.
        self.hosts["up"].daemon.stop()
        empty = self.work.path("empty")
        empty.mkdir()
        self.env["PATH"] = os.fspath(empty)
        self.assertEqual(self.status(0)["state"], "fine")


if __name__ == "__main__":
    harness.main()
