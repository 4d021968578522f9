"""halligan sign --renew: a certificate of ours made again, valid from now on."""

import json

import harness
from harness import paths
from software_ca import SoftwareCa
from world import key_pair

LENGTH = 12 * 3600


class Renew(SoftwareCa):
    def setUp(self):
        super().setUp()
        key_pair(self.work, "software-ca")

    def made(self, *arguments, name: str = "user") -> dict:
        """A certificate by ssh-keygen that ended a month ago, as inspect shows it."""
        file = self.certificate("-V", "20260901000000Z:20260901120000Z", "-z", "5", *arguments, name=name)
        return self.shown(file)

    def shown(self, file: str) -> dict:
        return self.objects(file)[0]

    def renew(self, file: str, *arguments, **options) -> harness.Completed:
        return self.halligan(None, "sign", "--ca", "software-ca", "--renew", file, "--json", *arguments, **options)

    def same(self, old: dict, new: dict, *but: str) -> None:
        for name in ("type", "key", "ca", "key_id", "principals", "critical", "extensions", "comment"):
            if name not in but:
                self.assertEqual(old.get(name), new.get(name), name)

    def test_everything_but_time_and_serial_stays(self):
        rows = [("user", ["-I", "ann: 4711", "-n", "root,admin", "-O", "clear", "-O", "permit-pty", "-O", "source-address=10.0.0.0/8"]),
                ("host", ["-I", "web1", "-h", "-n", "web1,web1.example.org"])]
        for name, arguments in rows:
            with self.subTest(name):
                old = self.made(*arguments, name=name)
                done = self.renew(f"{name}-cert.pub").expect()
                new = self.shown(f"{name}-cert.pub")
                self.same(old, new)
                self.assertEqual(new["valid_before"] - new["valid_after"], LENGTH)
                self.assertTrue(new["valid_now"])
                self.assertGreater(new["serial"], 5)
                self.assertEqual(json.loads(done.out)["file"], f"{name}-cert.pub")
                self.work.run("ssh-keygen", "-L", "-f", f"{name}-cert.pub").expect(out=old["key_id"])
        listed = self.halligan(None, "ledger", "export", self.work.ledger_of("software-ca")).expect().out
        self.assertEqual(len([line for line in listed.splitlines() if '"certificate"' in line]), 2)

    def test_what_is_typed_replaces_what_it_says(self):
        old = self.made("-I", "ann: 4711", "-n", "root", "-O", "clear")
        self.renew("user-cert.pub", "-n", "admin", "-I", "ann: 4712", "-V", "+30m", "-O", "permit-port-forwarding").expect()
        new = self.shown("user-cert.pub")
        self.same(old, new, "key_id", "principals", "extensions")
        self.assertEqual((new["key_id"], new["principals"]), ("ann: 4712", ["admin"]))
        self.assertEqual([each["name"] for each in new["extensions"]], ["permit-port-forwarding", "permit-pty"])
        self.assertLess(new["valid_before"] - new["valid_after"], 2000)

    def test_through_a_pipe(self):
        self.made("-I", "ann: 4711", "-n", "root")
        text = self.work.path("user-cert.pub").read_bytes()
        done = self.halligan(None, "sign", "--ca", "software-ca", "--renew", "-", stdin=text).expect()
        self.work.write("new-cert.pub", done.out)
        self.assertTrue(self.shown("new-cert.pub")["valid_now"])
        self.assertEqual(self.work.path("user-cert.pub").read_bytes(), text)

    def test_what_is_not_renewed_stays_as_it_was(self):
        self.made("-I", "ann: 4711", "-n", "root")
        self.certificate("-I", "x", "-n", "root", "-V", "+1h", name="foreign", ca="other-ca")
        self.certificate("-I", "x", "-n", "root", name="forever")
        self.certificate("-I", "x", "-n", "root", "-V", "+1h", name="spoilt")
        self.spoil("spoilt-cert.pub")
        self.work.write("policy", '{"principals": ["admin"]}')
        rows = [("foreign-cert.pub", [], 1, "the certificate is by another CA"),
                ("forever-cert.pub", [], 3, "unbounded certificates are not allowed"),
                ("spoilt-cert.pub", [], 1, "spoilt-cert.pub: "),
                ("user.pub", [], 3, "this is a public key, not a certificate"),
                ("none", [], 4, "none"),
                ("user-cert.pub", ["--policy", "policy"], 3, "policy"),
                ("user-cert.pub", ["--host"], 2, "--host"),
                ("user-cert.pub", ["user.pub"], 2, "no other file can be given")]
        for file, arguments, status, words in rows:
            before = self.work.path(file).read_bytes() if self.work.path(file).exists() else None
            with self.subTest(file, arguments=arguments):
                self.renew(file, *arguments).expect(status, err=words)
                self.assertEqual(self.work.path(file).read_bytes() if before is not None else None, before)
        before = self.work.path("user-cert.pub").read_bytes()
        with self.work.terminal(paths.HALLIGAN, "sign", "--ca", "software-ca", "--renew", "user-cert.pub") as terminal:
            terminal.expect("Sign this certificate?")
            terminal.type("n\n")
            terminal.wait().expect(1)
        self.assertEqual(self.work.path("user-cert.pub").read_bytes(), before)


if __name__ == "__main__":
    harness.main()
