"""Where an agent's stderr leads nowhere, the reason of a failure is in syslog."""

import os
import socket

import harness

PIN = "161803"

# An agent in a /dev of its own, in which there is little but LOG as /dev/log.
QUIET_AGENT = """set -e
mkdir /run/dev && mount -t tmpfs -o mode=755 tmpfs /run/dev && cd /run/dev
for node in null zero full random urandom tty; do : >$node; mount --bind /dev/$node $node; done
mkdir pts && mount --bind /dev/pts pts
: >log && mount --bind LOG log
mount --rbind . /dev && cd /
exec ssh-agent -a SOCKET -P '*'"""


class Syslog(harness.Case):
    def test_an_agent_whose_stderr_leads_nowhere(self):
        log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(log.close)
        log.bind(str(self.work.path("log")))
        log.settimeout(harness.PATIENCE)
        token = self.softkey(pin=PIN)
        key = self.work.path("key")
        self.work.run("ssh-keygen", "-q", "-t", "ed25519-sk", "-O", "verify-required", "-N", "", "-f", key,
                      env={**token.env, **self.work.askpass(PIN).env}).expect()
        env = {**token.env, "SSH_ASKPASS_REQUIRE": "never"}
        script = QUIET_AGENT.replace("LOG", str(self.work.path("log"))).replace("SOCKET", str(self.work.path("quiet")))
        started = self.work.run("unshare", "--mount", "sh", "-c", script, env=env).expect().out
        process = int(started.split("SSH_AGENT_PID=")[1].split(";")[0])
        self.addCleanup(os.kill, process, 15)
        held = {"SSH_AUTH_SOCK": str(self.work.path("quiet"))}
        self.work.run("ssh-add", "-q", key, env=held).expect()
        self.work.run("ssh-keygen", "-q", "-Y", "sign", "-f", f"{key}.pub", "-n", "file", self.work.write("data", "x\n"),
                      env=held).expect_failure("agent refused operation")
        said = ""
        while "halligan: " not in said:
            said = log.recv(4096).decode()
        self.assertRegex(said, r"^<\d+>.*halligan: this key requires the PIN of the token at \S+; nobody can be asked for it")


if __name__ == "__main__":
    if os.geteuid() != 0:
        harness.skip("/dev/log is the machine's unless there is a /dev of the test's own, which needs root: sudo ctest -R e2e.syslog")
    harness.main()
