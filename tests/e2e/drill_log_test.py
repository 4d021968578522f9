"""halligan drill and the log of each host: which line counts as that of a login, and which does not."""

import os
import re
import sys

import harness
from harness import paths
from harness.drill import ACCEPTED, DrillCase
from harness.work import USER, need

sys.path.insert(0, str(paths.SOURCE / "tests/cli"))
from json_reference import Reference  # noqa: E402: the folder of the tests of the command line

REFERENCE = Reference((paths.SOURCE / "docs/json.md").read_text())

# What becomes of the host's true log on its way to us, and whether the login may still be seen in it.
COUNTS = {"as sshd -E writes it": "cat", "with carriage returns": "sed 's/$/\\r/'", "after a terminal's commands": "sed 's/^/\\x1b[2J/'", "from syslog": "sed 's/^/Nov 28 01:02:03 web1 sshd[71]: /'",
          "from journalctl": """sed 's/\\\\/\\\\\\\\/g; s/"/\\\\"/g; s/.*/{"MESSAGE":"&","_COMM":"sshd","_UID":"0"}/'""",
          "after much else": "{ seq 100000; cat; }"}
DOES_NOT = {"another serial": "sed 's/(serial [0-9]*)/(serial 1)/'", "another key ID": "sed 's/ID drill/ID drilL/'",
            "another CA": "sed 's/ CA ED25519 SHA256:.../ CA ED25519 SHA256:___/'", "another key": "sed 's/CERT SHA256:.../CERT SHA256:___/'",
            "another account": "sed 's/ for [^ ]* from / for somebody from /'", "another connection": "sed 's/ port [0-9]* ssh2/ port 1 ssh2/'",
            "from elsewhere": "sed 's/ from [^ ]* port / from 192.0.2.1 port /'", "a part of a login": "sed 's/Accepted publickey/Partial publickey/'",
            "refused": "sed 's/Accepted publickey/Failed publickey/'", "quoted": "sed 's/^/Invalid user /'",
            "by another program": "sed 's/^/Nov 28 01:02:03 web1 evil[71]: /'", "by another user": """sed 's/.*/{"MESSAGE":"&","_COMM":"sshd","_UID":"1000"}/'""",
            "no end": "sed 's/ CA .*//'", "a terminal's commands": "sed 's/ID drill/ID \\x1b[2Jdrill/'", "nothing": "true",
            "too much": "{ cat; head -c 2000000 /dev/zero | tr '\\\\0' x; }", "bytes": "{ head -c 20000 /dev/urandom; sed 's/serial/sErial/'; }"}


class DrillLog(DrillCase):
    def setUp(self):
        super().setUp()
        self.log = self.work.path("log")

    def logs(self, drill: dict) -> dict:
        return {each["host"]: each.get("log", {}).get("line") for each in drill["hosts"]}

    def test_each_host_s_own_line_and_not_another_s(self):
        self.host("up", log=self.log)
        self.host("quiet", log=self.log, more="LogLevel QUIET")  # what its sshd does not say, the other's line must not say for it
        self.hosts["closed"] = self.host("closed", "", log=self.log)
        drill = self.drill("up", "quiet", "closed", "--log-command", f"cat {self.log}", status=1)
        self.assertEqual(REFERENCE.check("halligan drill run", drill), [])
        logs = self.logs(drill)
        self.assertRegex(logs["up"], rf"^{ACCEPTED} {USER} from 127\.0\.0\.1 port \d+ ssh2: ED25519-CERT SHA256:\S+ ID drill \(quarterly\): \S+ "
                         rf"\(serial {drill['serial']}\) CA ED25519 {re.escape(drill['ca'])}$")
        self.assertEqual((logs["quiet"], logs["closed"]), ("", None))
        up, quiet, closed = drill["hosts"]
        self.assertEqual([each["step"] for each in up["steps"]], ["connect", "exchange", "login", "proof", "log"])
        login, seen = up["steps"][2], up["steps"][4]
        self.assertEqual(up["log"]["milliseconds"], seen["began"] + seen["milliseconds"] - login["began"] - login["milliseconds"])
        self.assertEqual((quiet["outcome"], quiet["detail"], drill["passed"]), ("opened", "its log has no line about this login", False))
        self.assertEqual(closed["outcome"], "refused")
        page = self.work.path("page.html")
        text = self.halligan("drill", "report", "--html", page).expect(0).out
        self.assertRegex(text, r"up +opened, logged after \d+\.\d\d s\n")
        self.assertRegex(text, r"quiet +opened, not in its log\n")
        self.assertIn("FAILED: 2 of 3 hosts opened, 1 not in the host's log\n", text)
        self.assertIn("Log" + "".join(logs["up"].split()), "".join(text.split()))  # over several lines
        self.assertIn(f"(serial {drill['serial']}) CA ED25519", page.read_text())
        self.assertEqual(self.status(1)["state"], "failed")
        print("drilled\tof two hosts that opened, whose lines are in one file, one is logged; the line of the other does not count for it", flush=True)

    def test_what_counts_and_what_does_not(self):
        self.host("up", log=self.log)
        for rows, status in ((COUNTS, 0), (DOES_NOT, 1)):
            for name, way in rows.items():
                with self.subTest(name):
                    command = f'grep -F "(serial $HALLIGAN_DRILL_SERIAL)" {self.log} | tr -d "\\r" | {way}'
                    drill = self.drill("up", "--log-command", command, status=status)
                    line = self.logs(drill)["up"]
                    self.assertEqual(line.startswith(ACCEPTED) and f"(serial {drill['serial']})" in line, status == 0, line)
                    self.assertEqual(line == "", status == 1)
                    done = self.halligan("drill", "report").expect(0)
                    self.assertNotIn("\x1b", done.out + self.records()[-1])
        print(f"drilled\t{len(COUNTS)} ways in which a line counts, {len(DOES_NOT)} in which it does not", flush=True)

    def test_commands_that_fail_or_do_not_end(self):
        self.host("up", log=self.log)
        for command, options, why in ((f"cat {self.log}; exit 3", (), None), ("exit 3", (), "its log could not be read: the command ended with status 3"),
                                      ("echo $$ >pid; exec sleep 1000", ("--timeout", "2"), "its log could not be read: sh timed out after 2 s")):
            with self.subTest(command):
                drill = self.drill("up", "--log-command", command, *options, status=0 if why is None else 1)
                self.assertEqual(drill["hosts"][0]["detail"], why or "")
        self.assertFalse(os.path.exists(f"/proc/{self.work.path('pid').read_text().strip()}"))
        self.halligan(*self.argv("--no-alert", "up", "--log-sudo")).expect(2, err="--log-sudo")
        self.halligan(*self.argv("--no-alert", "up", "--fetch-log", "--log-command", "x")).expect(2)
        self.halligan(*self.argv("--no-alert", "up", "--fetch-log", "--log-login=-oProxyCommand=x")).expect(2, err="--log-login")

    def test_a_key_id_that_looks_like_the_end_of_the_line(self):
        self.host("up", log=self.log)
        text = "x" * 100 + f" (serial 1) CA ED25519 SHA256:{'x' * 43}"
        drill = self.drill("up", "-I", text, "--log-command", f"cat {self.log}")
        self.assertIn(f"ID {text} (serial {drill['serial']})", self.logs(drill)["up"])


if __name__ == "__main__":
    need(paths.HALLIGAN)
    harness.main()
