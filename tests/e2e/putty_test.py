"""PuTTY's programs beside halligan: what docs/agents.md says of them. They must be of 0.78 or later, as in Debian 12."""

import pathlib

import harness
from harness import USER, paths
from harness.work import need

PIN = "271828"


class Putty(harness.Case):
    def setUp(self):
        super().setUp()
        self.token = self.softkey(pin=PIN)
        self.folder = self.work.path("ca")
        self.folder.mkdir()
        self.env = {**self.token.env, **self.work.askpass(PIN).env, "HOME": str(self.work.path("."))}
        self.halligan("ca", "init", "-t", "ed25519-sk", "-d", self.folder)
        self.host = self.sshd(f"TrustedUserCAKeys {self.folder}/ca.pub")

    def halligan(self, *arguments, env=None) -> harness.Completed:
        return self.work.run(need(paths.HALLIGAN), *arguments, env=env or self.env).expect()

    def mint(self, *arguments, env=None) -> pathlib.Path:
        key = self.work.path("emergency")
        self.halligan("mint", "--yes", "--ca", self.folder / "ca", "-I", "ann: incident 4711", "-n", USER, *arguments, env=env)
        return key

    def plink(self, *options, env=None) -> harness.Completed:
        fingerprint = self.work.run("ssh-keygen", "-l", "-f", self.host.host_key).expect().out.split()[1]
        return self.work.run("plink", "-batch", "-ssh", "-P", self.host.port, "-hostkey", fingerprint, *options, f"{USER}@127.0.0.1",
                             "echo logged in", env=env or {**self.env, "SSH_AUTH_SOCK": ""})

    def test_a_certificate_beside_its_key_and_in_one_file_with_it(self):
        key = self.mint("-o", self.work.path("emergency"))
        alone, both = self.work.path("alone.ppk"), self.work.path("both.ppk")
        self.work.run("puttygen", key, "-O", "private", "-o", alone).expect()
        self.work.run("puttygen", key, "--certificate", f"{key}-cert.pub", "-O", "private", "-o", both).expect()
        self.assertNotEqual(self.plink("-i", alone).status, 0)
        for options in (["-i", alone, "-cert", f"{key}-cert.pub"], ["-i", both]):
            mark = self.host.daemon.mark()
            self.plink(*options).expect(0, out="logged in")
            self.host.daemon.wait_for("ID ann: incident 4711", after=mark)
        shown = self.work.run("puttygen", both, "--cert-info").expect().out
        self.assertIn("ann: incident 4711", shown)

    def test_a_certificate_in_the_agent(self):
        agent = self.agent(env=self.env)
        self.mint("--agent", env={**self.env, **agent.env})
        self.plink("-agent", env={**self.env, **agent.env}).expect(0, out="logged in")
        self.host.daemon.wait_for("ID ann: incident 4711")

    def test_a_key_on_a_token_through_the_agent(self):
        agent = self.agent(env=self.env)
        key = self.work.path("key")
        self.work.run("ssh-keygen", "-q", "-t", "ed25519-sk", "-w", paths.PROVIDER, "-N", "", "-f", key, env=self.env).expect()
        self.work.run("ssh-add", "-q", "-S", paths.PROVIDER, key, env={**self.env, **agent.env}).expect()
        self.host.authorize(harness.public_part(key))
        self.plink("-agent", env={**self.env, **agent.env}).expect(0, out="logged in")

    def test_a_key_that_is_for_one_host_serves_ssh_and_not_putty(self):
        """PuTTY does not tell the agent which host it has reached, so the agent keeps the key back."""
        agent, key = self.agent(env=self.env), self.work.path("key")
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).expect()
        self.host.authorize(harness.public_part(key))
        known = self.work.write("known_hosts", f"there {harness.public_part(self.host.host_key)}\n")
        self.work.run("ssh-add", "-q", "-H", known, "-h", "there", key, env={**self.env, **agent.env}).expect()
        self.host.login(lines=f"  IdentityAgent {agent.socket}\n  IdentityFile {key}.pub\n  IdentitiesOnly yes")
        self.assertNotEqual(self.plink("-agent", env={**self.env, **agent.env}).status, 0)


if __name__ == "__main__":
    harness.main()
