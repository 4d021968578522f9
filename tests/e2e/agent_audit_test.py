"""`halligan agent audit`: lines of authorized_keys for jobs. sshd is the judge: a mended line lets the job in, and nothing else."""

import json

import harness
from unattended_world import World

FOUND = {
    "": ["no-restrict", "agent-forwarding", "from-anywhere", "any-command", "touch-required"],
    "restrict": ["from-anywhere", "any-command", "touch-required"],
    'restrict,from="127.0.0.1",command="echo job",no-touch-required': [],
    'Restrict,FROM="127.0.0.1",command="echo \\"a, b\\"",No-Touch-Required': [],
    'restrict,agent-forwarding,from="127.0.0.1",command="x",no-touch-required': ["agent-forwarding"],
    'restrict,pty,port-forwarding,from="127.0.0.1",command="x",no-touch-required': ["forwarding"],
    'no-agent-forwarding,no-pty,from="127.0.0.1",command="x",no-touch-required': ["no-restrict"],
    'restrict,from="10.0.0.1,*",command="x",no-touch-required': ["from-anywhere"],
    'restrict,from="0.0.0.0/0",command="x",no-touch-required': ["from-anywhere"],
    'restrict,from="127.0.0.1",command="x",no-touch-required,verify-required': ["pin-required"],
    'restrict,from="127.0.0.1",command="x",no-touch-required,nonsense': ["ignored"],
}


class Audit(World):
    def audit(self, text: str, *arguments, status: int) -> list[dict]:
        file = self.work.write("authorized_keys", text)
        done = self.halligan("agent", "audit", "--json", file, *arguments).expect(status)
        return [json.loads(line) for line in done.out.splitlines()]

    def test_what_is_found(self):
        key = self.backup()
        for options, codes in FOUND.items():
            with self.subTest(options):
                [shown] = self.audit(f"# a comment\n{options} {key}\n".replace("\n ", "\n"), status=1 if codes else 0)
                self.assertEqual([each["code"] for each in shown["findings"]], codes)
                self.assertEqual(shown["line"], 2)
                if not codes:
                    self.assertEqual(shown["mended"], f"{options} {key}")
                    continue
                # A mended line is one in which nothing more is found.
                self.assertEqual(self.audit(shown["mended"] + "\n", status=0)[0]["findings"], [], shown["mended"])

    def test_what_is_kept_and_what_is_filled_in(self):
        key = self.backup()
        line = f'environment="A=1",permitopen="db:1",permitopen="db:2",expiry-time="20990101",pty {key}'
        [shown] = self.audit(line + "\n", "--from", "192.0.2.7", "--command", 'say "hi"', status=1)
        self.assertEqual(shown["mended"], 'restrict,from="192.0.2.7",command="say \\"hi\\"",environment="A=1",permitopen="db:1",'
                                          f'permitopen="db:2",expiry-time="20990101",no-touch-required {key}')
        self.halligan("agent", "audit", "--command", "a\nb", self.work.write("authorized_keys", line)).expect(3)

    def test_sshd_takes_a_mended_line(self):
        key = self.backup()
        self.unlock().expect()
        sshd = self.sshd_for(key)
        job = self.job(sshd)
        self.work.run(*job, env=self.env).expect(255)  # sshd requires the touch that nobody gives
        file = sshd.folder / "authorized_keys"
        [shown] = [json.loads(line) for line in self.halligan("agent", "audit", "--json", file, "--from", "127.0.0.1", "--command",
                                                              "echo the job").expect(1).out.splitlines()]
        file.write_text(shown["mended"] + "\n")
        self.work.run(*job, env=self.env).expect(0, out="the job\n")
        done = self.work.run(job[0], "-A", *job[1:-1], 'test -n "$SSH_AUTH_SOCK" && echo lent', env=self.env).expect(0)
        self.assertEqual(done.out, "the job\n")
        # Without --from and --command nobody is let in: nothing is guessed.
        [shown] = self.audit(key + "\n", status=1)
        file.write_text(shown["mended"] + "\n")
        self.work.run(*job, env=self.env).expect(255)

    def test_other_keys_cas_and_hostile_files(self):
        key = self.backup()
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "a file", "-f", self.work.path("soft")).expect()
        soft = self.work.path("soft.pub").read_text().strip()
        text = f'cert-authority {soft}\nnonsense\n\0\n{soft}\n{key}\n'
        rows = self.audit(text, status=1)
        self.assertEqual([row["line"] for row in rows], [4, 5])
        self.assertIn("copyable", [each["code"] for each in rows[0]["findings"]])
        self.assertEqual([row["line"] for row in self.audit(text, "--key", "a file", status=1)], [4])
        self.halligan("agent", "audit", "--key", "nobody", self.work.path("authorized_keys")).expect(4, err="no key to audit")
        self.halligan("agent", "audit", "/nowhere/file").expect(4)
        shown = self.halligan("agent", "audit", self.work.write("hostile", f"{key}\x1b[2J\u202e\n")).expect(1)
        self.assertNotIn("\x1b", shown.out)
        self.assertNotIn("\u202e", shown.out)
        self.assertIn("ADDRESS-OF-THE-JOBS", shown.err)
        huge = self.work.write("huge", f'command="{"x," * 500000}" {key}\n')
        self.assertLess(self.halligan("agent", "audit", huge).expect(1).seconds, harness.SOON)

    def test_a_host_is_asked_by_ssh(self):
        key = self.backup()
        sshd = self.sshd()
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.work.path("admin")).expect()
        sshd.authorize(self.work.path("admin.pub").read_text())
        home = self.work.path("there")
        (home / ".ssh").mkdir(parents=True)
        (home / ".ssh/authorized_keys").write_text(f"{key}\n")
        config = sshd.ssh_config(f"  IdentityFile {self.work.path('admin')}\n  SetEnv X=1")
        sshd.folder.joinpath("authorized_keys").write_text(
            f'environment="HOME={home}" ' + self.work.path("admin.pub").read_text())
        sshd.config_file.write_text("PermitUserEnvironment yes\n" + sshd.config_file.read_text())
        sshd.reload()
        done = self.halligan("agent", "audit", "--json", "host", "--", "-F", config).expect(1)
        [shown] = [json.loads(line) for line in done.out.splitlines()]
        self.assertEqual((shown["place"], shown["line"]), ("host", 1))


if __name__ == "__main__":
    harness.main()
