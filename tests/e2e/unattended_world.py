"""What the tests of unlock, lock, checkpin, run and env share: a token with resident keys, and a stock ssh-agent that finds it."""

import json
import os

import harness
from harness import SOON, paths
from harness.work import need

# In pieces: no file of this program's has the text.
PIN = "-".join(["482", "unattended", "913"])
UNLOCKED, LOCKED, NO_TOKEN, REPLUG, BLOCKED, NO_AGENT, USAGE = 0, 1, 2, 3, 4, 5, 64


class World(harness.Case):
    def setUp(self):
        super().setUp()
        self.token = self.softkey(pin=PIN)
        self.stock = self.agent(env=self.token.env)
        self.env = {**self.token.env, **self.stock.env}

    def enroll(self, name: str, kind: str = "ed25519-sk", *options: str, token=None) -> str:
        """A resident key of application ssh:NAME; the line of its public key."""
        token = token or self.token
        flags = [word for option in ("resident", f"application=ssh:{name}", *options) for word in ("-O", option)]
        self.work.run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", name, *flags,
                      env={**token.env, **self.work.askpass(PIN, "enrolling").env}).expect()
        for file in (name, f"{name}.pub"):
            text = self.work.path(file).read_text()
            self.work.path(file).unlink()  # the token has it: that is the point
        return text.strip()

    def backup(self, kind: str = "ed25519-sk", name: str = "backup") -> str:
        return self.enroll(name, kind, "no-touch-required")

    def halligan(self, *arguments, env=None, **options) -> harness.Completed:
        return self.work.run(need(paths.HALLIGAN), *arguments, env={**self.env, **(env or {})}, **options)

    def unlock(self, *arguments, pin: str = PIN, **options) -> harness.Completed:
        read_end, write_end = os.pipe()
        os.write(write_end, pin.encode() + b"\n")
        os.close(write_end)
        try:
            return self.halligan("unlock", "--pin-fd", read_end, *arguments, pass_fds=[read_end], **options)
        finally:
            os.close(read_end)

    def check(self, status: int, *arguments, **options) -> dict:
        """checkpin says so, also to who reads JSON; it touches nothing and spends no try."""
        before = self.token.requests()
        done = self.halligan("checkpin", "--json", *arguments, **options).expect(status)
        self.assertLess(done.seconds, SOON)
        for record in self.token.records()[before:]:
            self.assertNotEqual(record["up"], "1", record.line)
            self.assertNotIn("Token", record["sub"], record.line)
        shown = json.loads(done.out)
        self.assertEqual(shown["status"], status)
        return shown

    def tries(self) -> int:
        return json.loads(self.halligan("token", "pin", "status", "--json").out)["pin_tries_left"]

    def sshd_for(self, *lines: str) -> harness.Sshd:
        sshd = self.sshd()
        for line in lines:
            sshd.authorize(line)
        return sshd

    def job(self, sshd, command: str = "echo logged in") -> list:
        """The ssh of a job: with the agent, and no key file."""
        config = sshd.ssh_config()
        config.write_text(config.read_text().replace("IdentitiesOnly yes", "").replace("IdentityAgent none", ""))
        return ["ssh", "-F", config, "host", command]
