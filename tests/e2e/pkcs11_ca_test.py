"""A CA key that OpenSSH's own agents reach and we do not: in a PKCS#11 token, in GnuPG's agent. A real sshd judges."""

import re

import harness
from harness import paths
from harness.work import USER, need

PIN = "314159"
LIBRARY = "/usr/lib/softhsm/libsofthsm2.so"


class OthersKeys(harness.Case):
    def is_signed(self, file: str, algorithm: str) -> None:
        self.work.run(paths.HALLIGAN, "inspect", file).expect(out=f"Signature   good, {algorithm}\n")

    def logs_in(self, ca_line: str, env: dict[str, str]) -> harness.Completed:
        """Mint by the agent of `env` with this CA, and log in to an sshd that trusts it."""
        public = self.work.write("ca.pub", ca_line, mode=0o644)
        sshd = self.sshd(f"TrustedUserCAKeys {public}")
        done = self.work.run(need(paths.HALLIGAN), "mint", "--yes", "-U", "--ca", public, "-I", "ann 4711", "-n", USER, "-o", "em",
                             env=env).expect(err=f"in the ssh-agent at {env['SSH_AUTH_SOCK']}")
        mark = sshd.daemon.mark()
        sshd.login(lines=f"  IdentityFile {self.work.path('em')}")
        sshd.daemon.wait_for("ID ann 4711 (serial ", after=mark)
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "other").expect()
        sshd.refuse(lines=f"  IdentityFile {self.work.path('other')}")
        return done

    def softhsm(self) -> dict[str, str]:
        """A PKCS#11 token in files of its own; the environment that finds it."""
        tokens = self.work.path("tokens")
        tokens.mkdir()
        config = self.work.write("softhsm2.conf", f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
        env = {"SOFTHSM2_CONF": str(config)}
        self.work.run("softhsm2-util", "--init-token", "--free", "--label", "ca", "--pin", PIN, "--so-pin", "87654321", env=env).expect()
        return env

    def test_a_pkcs11_token(self):
        env = self.softhsm()
        for number, (kind, name) in enumerate([("EC:prime256v1", "ecdsa-sha2-nistp256"), ("rsa:2048", "rsa-sha2-512")], 1):
            self.work.run("pkcs11-tool", "--module", LIBRARY, "--login", "--pin", PIN, "--keypairgen", "--key-type", kind, "--id",
                          f"0{number}", "--label", f"ca{number}", env=env).expect()
        asking = self.work.askpass(PIN)
        agent = self.agent(env=env)
        # The agent has to be told twice: by its list of libraries (Debian's default has this one), and by ssh-add -s.
        self.work.run("ssh-add", "-q", "-s", LIBRARY, env={**agent.env, **asking.env}).expect()
        lines = {line.split()[0]: line + "\n" for line in agent.list(self.work).splitlines()}
        self.assertEqual(set(lines), {"ecdsa-sha2-nistp256", "ssh-rsa"})
        self.logs_in(lines["ecdsa-sha2-nistp256"], agent.env)
        self.is_signed("em-cert.pub", "ecdsa-sha2-nistp256")
        # sshd takes no certificate that RSA signed with SHA-1, which an agent makes unless it is told otherwise.
        self.work.write("rsa.pub", lines["ssh-rsa"])
        self.work.run(paths.HALLIGAN, "sign", "--yes", "-U", "--ca", "rsa.pub", "-I", "x", "-n", "root", "other.pub",
                      env=agent.env).expect()
        self.is_signed("other-cert.pub", "rsa-sha2-512")
        self.work.run("ssh-keygen", "-L", "-f", "other-cert.pub").expect(out="using rsa-sha2-512")
        # Taken out, the agent has nothing that signs.
        self.work.run("ssh-add", "-q", "-e", LIBRARY, env=agent.env).expect()
        self.work.run(paths.HALLIGAN, "sign", "--yes", "--force", "-U", "--ca", "rsa.pub", "-I", "x", "-n", "root", "other.pub",
                      env=agent.env).expect(4, err="ssh-agent does not hold the key SHA256:")

    def test_gnupg_s_agent(self):
        # What an OpenPGP card's key is reached through; the key here is GnuPG's own, in a file: there is no card.
        home = self.work.path("gnupg")
        home.mkdir(mode=0o700)
        env = {"GNUPGHOME": str(home)}
        self.work.daemon("gpg-agent", ["gpg-agent", "--homedir", home, "--enable-ssh-support", "--daemon", "--no-detach"],
                         env=env).wait_for("started")
        gpg = ["gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", ""]
        self.work.run(*gpg, "--quick-generate-key", "ca@example.org", "rsa2048", "auth", "never", env=env).expect()
        listed = self.work.run("gpg", "--with-colons", "--with-keygrip", "--list-secret-keys", env=env).expect().out
        grip = re.search(r"^grp:+([0-9A-F]{40}):", listed, re.M)[1]
        self.work.write("gnupg/sshcontrol", f"{grip} 0\n")
        # In /run/user, where there is one.
        self.addCleanup(self.work.run, "gpgconf", "--remove-socketdir", env=env)
        socket = {"SSH_AUTH_SOCK": self.work.run("gpgconf", "--list-dirs", "agent-ssh-socket", env=env).expect().out.strip()}
        self.logs_in(self.work.run("ssh-add", "-L", env=socket).expect().out, socket)
        self.is_signed("em-cert.pub", "rsa-sha2-512")


if __name__ == "__main__":
    harness.main()
