"""Our provider at an authenticator that we did not write: what both of our sides misunderstand alike shows here."""

import pathlib
import sys

import harness
from harness import paths

HERE = pathlib.Path(__file__).resolve().parent
INSTALLED = paths.SOURCE / "build" / "foreign"
KINDS = ("ecdsa-sk", "ed25519-sk")


def missing() -> str | None:
    """Why it cannot be used here, or nothing."""
    try:
        paths.program("node")
    except FileNotFoundError:
        return "there is no node: ./setup foreign installs it"
    if not (INSTALLED / "node_modules" / "nid-webauthn-emulator").is_dir():
        return "build/foreign is missing: ./setup foreign fetches it"
    return None


class Foreign(harness.Case):
    def authenticator(self, name: str = "token") -> dict[str, str]:
        """Plug one in; what tells the provider to use it."""
        link = self.work.path(name)
        daemon = self.work.daemon(name, [sys.executable, "-B", HERE / "front.py", link, paths.program("node"),
                                         HERE / "authenticator.js", INSTALLED])
        daemon.wait_for("ready on")
        return {"HALLIGAN_DEVICE": str(link)}

    def keygen(self, env, *arguments, stdin: bytes = b"") -> harness.Completed:
        return self.work.run("ssh-keygen", "-q", *arguments, env=env, stdin=stdin)

    def make(self, env, kind: str, *options: str) -> pathlib.Path:
        self.keygen(env, "-t", kind, "-N", "", "-f", kind, *options).expect()
        return self.work.path(kind)

    def test_keys_are_made_and_sign_what_ssh_keygen_verifies(self):
        env = self.authenticator()
        for kind in KINDS:
            with self.subTest(kind):
                key = self.make(env, kind, "-O", f"write-attestation={kind}.attestation")
                self.assertTrue(self.work.path(f"{kind}.attestation").read_bytes().startswith(b"\0\0\0\x11ssh-sk-attest-v01"))
                signature = self.keygen(env, "-Y", "sign", "-f", key, "-n", "file", stdin=b"text\n").expect().raw
                self.work.path("signature").write_bytes(signature)
                self.work.write("signers", f"jo {harness.public_part(key)}\n")
                check = ("-Y", "verify", "-f", "signers", "-I", "jo", "-n", "file", "-s", "signature")
                self.keygen({}, *check, stdin=b"text\n").expect()
                self.keygen({}, *check, stdin=b"other text\n").expect_failure("incorrect signature")

    def test_sshd_lets_the_key_in_that_it_knows(self):
        env = self.authenticator()
        sshd = self.sshd()
        for kind in KINDS:
            with self.subTest(kind):
                lines = f"  SecurityKeyProvider {paths.PROVIDER}\n  IdentityFile {self.make(env, kind)}"
                sshd.refuse(lines=lines, env=env)
                sshd.authorize(harness.public_part(self.work.path(kind)))
                sshd.login(lines=lines, env=env)

    def test_a_key_of_another_authenticator_is_refused_in_words(self):
        env, other = self.authenticator(), self.authenticator("other")
        for kind in KINDS:
            with self.subTest(kind):
                key = self.make(other, kind)
                self.keygen(env, "-Y", "sign", "-f", key, "-n", "file", stdin=b"x\n").expect_failure("does not hold this key")

    def test_what_it_cannot_do_is_said(self):
        env = self.authenticator()
        self.keygen(env, "-t", "ecdsa-sk", "-O", "verify-required", "-N", "", "-f", "key").expect_failure("halligan: ")
        self.assertFalse(self.work.path("key").exists())


if __name__ == "__main__":
    reason = missing()
    if reason:
        harness.skip(reason)
    harness.main()
