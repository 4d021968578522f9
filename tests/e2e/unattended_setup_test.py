"""halligan unattended setup: restricted lines of authorized_keys, shown first, on a host that is reached with another key."""

import os
import pathlib

import harness
from harness import paths
from unattended_world import World


class Setup(World):
    def setUp(self):
        super().setUp()
        # As another user it would be that user's own home folder.
        if os.geteuid() != 0:
            self.skipped = True
            return
        self.skipped = False
        self.folder = pathlib.Path(os.environ["HOME"]) / ".ssh"
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.file = self.folder / "authorized_keys"
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "mine", "-f", "mine").expect()
        self.mine = harness.public_part(self.work.path("mine"))
        self.host = self.sshd("AuthorizedKeysFile .ssh/authorized_keys")
        self.config = self.host.ssh_config(f"  IdentityFile {self.work.path('mine')}")
        self.line = self.backup()
        self.unlock().expect()
        self.begin(self.mine + "\n")

    def begin(self, text: str) -> None:
        for file in self.folder.iterdir():
            file.unlink()
        self.file.write_text(text)
        self.file.chmod(0o640)

    def add(self, *arguments, yes: bool = True, **options) -> harness.Completed:
        return self.halligan("unattended", "setup", "host", *(["--yes"] if yes else []), *arguments, "--", "-F", self.config, **options)

    def job(self, sshd, command: str = "echo logged in") -> list:
        config = sshd.ssh_config(name="job_config")
        config.write_text(config.read_text().replace("IdentitiesOnly yes", "").replace("IdentityAgent none", ""))
        return ["ssh", "-F", config, "host", command]

    def test_a_key_whose_pin_is_held(self):
        """Its line insists on the PIN, as the key does."""
        if self.skipped:
            return
        folder = self.work.path("runtime")
        folder.mkdir(mode=0o700)
        env = {"XDG_RUNTIME_DIR": str(folder)}
        env.update(self.agent(name="held", env={**self.token.env, **env}).env)
        self.enroll("careful", "ed25519-sk", "no-touch-required", "verify-required")
        self.token.replug(touch="never")
        self.unlock("--hold-pin", "1h", env=env).expect()
        self.add("--key", "careful", "--command", "echo in", env=env).expect(0, out=",no-touch-required,verify-required sk-ssh-ed25519@")
        self.halligan("run", "--key", "careful", "--", *self.job(self.host), env=env).expect(0, out="in")
        self.halligan("lock", env=env).expect()

    def test_it_shows_adds_and_is_done(self):
        if self.skipped:
            return
        blob = " ".join(self.line.split()[:2])
        expected = f'restrict,from="127.0.0.1",command="echo \\"the only one\\"",no-touch-required {blob} halligan ssh:backup'
        with self.work.terminal(paths.HALLIGAN, "unattended", "setup", "host", "--command", 'echo "the only one"', "--", "-F",
                                str(self.config), env=self.env) as terminal:
            terminal.expect(r"Add these lines\? \[y/N\] ")
            terminal.type("n\n")
            done = terminal.wait().expect(1)
        self.assertIn(expected, done.out.replace("\r\n", "\n"))
        self.assertEqual(self.file.read_text(), self.mine + "\n")
        done = self.add("--command", 'echo "the only one"').expect(0, out=expected)
        self.assertEqual(self.file.read_text(), f"{self.mine}\n{expected}\n")
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o640)
        self.assertEqual(sorted(file.name for file in self.folder.iterdir()), ["authorized_keys"])
        self.token.replug(touch="never")
        self.halligan("run", "--", *self.job(self.host, "echo another")).expect(0, out="the only one")
        self.add("--command", 'echo "the only one"').expect(0, out="nothing to do")
        self.add("--command", "other").expect(3, err="by another line")
        self.assertEqual(self.file.read_text(), f"{self.mine}\n{expected}\n")

    def test_files_of_many_shapes(self):
        if self.skipped:
            return
        other = self.folder / "elsewhere"
        for name, text in (("no newline", self.mine), ("empty lines", f"\n\n{self.mine}\n\n"), ("a comment", f"# {self.line}\n{self.mine}\n"),
                           ("CRLF", f"{self.mine}\r\n"), ("long", f"{self.mine}\n" + "# filler\n" * 20000)):
            for link in (False, True):
                with self.subTest(name, link=link):
                    self.begin(text)
                    if link:
                        self.file.rename(other)
                        self.file.symlink_to("elsewhere")
                    done = self.add("--from", "127.0.0.0/8,::1").expect()
                    self.assertIn("without --command the key may run any command", done.err)
                    added = self.file.read_bytes().decode()[len(text):]
                    self.assertEqual(self.file.read_bytes().decode()[:len(text)], text)
                    self.assertRegex(added, r'^\n?restrict,from="127\.0\.0\.0/8,::1",no-touch-required sk-\S+ \S+ halligan ssh:backup\n$')
                    self.assertEqual(self.file.is_symlink(), link)
                    self.halligan("run", "--", *self.job(self.host)).expect(0, out="logged in")

    def test_what_is_refused_changes_nothing(self):
        if self.skipped:
            return
        before = self.file.read_text()
        for arguments, status, message in ((["--from", '1",command="x'], 3, "not a list of addresses"), (["--command", "a\nb"], 3, "control character"),
                                           (["--command", "a\\"], 3, "backslash"), (["--key", "none"], 1, "holds no unlocked key")):
            with self.subTest(arguments):
                self.add(*arguments).expect(status, err=message)
                self.assertEqual(self.file.read_text(), before)
        self.add(yes=False).expect(5, err="confirm with --yes")
        self.halligan("unattended", "setup", "-y", "--", "-F", self.config).expect(2, err="missing argument HOST")
        self.halligan("unattended", "setup", "-y", "nowhere", "--", "-F", "/dev/null", "-o", "HostName=127.0.0.1", "-o", "Port=1").expect(4)
        self.folder.chmod(0o700)
        self.file.write_text(f"{self.line}\n{self.mine}\n")
        self.add().expect(3, err="by another line")
        self.halligan("lock").expect()
        self.add().expect(1, err="holds no unlocked key")


if __name__ == "__main__":
    harness.main()
