"""halligan drill --fetch-log over an ordinary login: the files that syslog writes."""

import os
import pathlib

import harness
from harness.drill import ACCEPTED, DrillCase
from harness.isolation import tmpfs
from harness.work import USER

LOG = pathlib.Path("/var/log/auth.log")


class DrillHost(DrillCase):
    def setUp(self):
        super().setUp()
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.work.path("own")).expect()
        self.own = f"Host *\n  IdentityFile {self.work.path('own')}\n"

    def test_the_files_of_syslog(self):
        tmpfs("/var/log")
        public = self.work.path("own.pub").read_text()
        for name, more in (("up", ""), ("quiet", "LogLevel QUIET"), ("own-login-closed", "")):
            host = self.host(name, log=LOG, more=more)
            if name != "own-login-closed":
                host.authorize(public)
        drill = self.drill("up", f"{USER}@quiet", "own-login-closed", "--fetch-log", "--timeout", "8", lines=self.own, status=1)
        up, quiet, closed = drill["hosts"]
        self.assertTrue(up["log"]["line"].startswith(f"{ACCEPTED} {USER} from 127.0.0.1 port "), up)
        self.assertIn(f"(serial {drill['serial']})", up["log"]["line"])
        self.assertEqual((quiet["outcome"], quiet["log"]["line"], quiet["detail"]), ("opened", "", "its log has no line about this login"))
        self.assertEqual((closed["outcome"], closed["log"]["line"], closed["detail"]),
                         ("opened", "", "its log could not be read: ssh ended with status 255"))
        # It was read by an ordinary key, which is in the same file.
        logins = [line for line in LOG.read_text().splitlines() if line.startswith(ACCEPTED)]
        certified = [line for line in logins if "-CERT " in line]
        self.assertIn(up["log"]["line"], certified)
        self.assertEqual((len(certified), len(logins)), (2, 3))
        print(f"drilled\tthe host's own line, fetched {up['log']['milliseconds'] / 1000:.2f} s after the login", flush=True)


if __name__ == "__main__":
    if os.geteuid() != 0:
        harness.skip("/var/log is the machine's unless there are mounts of the test's own, which need root: sudo ctest -R e2e.drill_host")
    harness.main()
