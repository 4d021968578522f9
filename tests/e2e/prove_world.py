"""What the tests of `halligan prove` share."""

import json

import harness
from harness import paths
from harness.work import USER, need

NOBODY = "Accepted publickey for"  # what sshd logs of a login, and of nothing else


class ProveWorld(harness.Case):
    """CAs as files, canaries by them, and halligan prove with files of its own."""

    def setUp(self):
        super().setUp()
        self.env = {"HOME": str(self.work.path(".")), "XDG_STATE_HOME": str(self.work.path("state")),
                    "XDG_CONFIG_HOME": str(self.work.path("config"))}
        for name, kind in (("ca-a", "ed25519"), ("ca-b", "ecdsa"), ("stranger", "ed25519")):
            self.work.run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", name, "-f", self.work.path(name)).expect()
        self.known = self.work.write("known", "")

    def halligan(self, *arguments, **options) -> harness.Completed:
        return self.work.run(need(paths.HALLIGAN), *arguments, env=self.env, **options)

    def make(self, *arguments, account: str = USER, ca: str = "ca-a", file: str = "canaries.pub") -> harness.Completed:
        return self.halligan("prove", "--make", "--yes", "--ca", self.work.path(ca), "--account", account, "--canaries",
                             self.work.path(file), *arguments).expect()

    def trust(self, *names: str) -> str:
        text = "".join(self.work.path(f"{name}.pub").read_text() for name in names)
        return f"TrustedUserCAKeys {self.work.write('trusted-' + '-'.join(names), text)}"

    def know(self, *sshds) -> None:
        self.known.write_text(self.known.read_text() + "".join(each.known_hosts.read_text() for each in sshds))

    def prove(self, *arguments, status: int = 0, file: str = "canaries.pub", **options) -> list[dict]:
        done = self.halligan("prove", "--json", "--canaries", self.work.path(file), "--known-hosts", self.known,
                             *arguments, **options).expect(status)
        return [json.loads(line) for line in done.out.splitlines()]

    def one(self, sshd_or_port, *arguments, status: int = 0, **options) -> dict:
        port = getattr(sshd_or_port, "port", sshd_or_port)
        answers = self.prove(f"127.0.0.1:{port}", *arguments, status=status, **options)
        self.assertEqual(len(answers), 1, answers)
        return answers[0]

    def nobody_got_in(self, *sshds) -> None:
        for sshd in sshds:
            self.assertNotIn(NOBODY, sshd.daemon.text())
