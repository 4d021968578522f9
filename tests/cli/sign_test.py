"""halligan sign: certificates for keys that exist."""

import base64
import json
import stat

import harness
from world import World, requests


class Sign(World):
    def setUp(self):
        super().setUp()
        self.key = self.token()
        self.ca = self.make_ca(self.key)

    def keygen(self, name: str, *arguments):
        self.work.run("ssh-keygen", "-q", "-N", "", "-C", f"{name}@laptop", "-f", name, *arguments).expect()
        return self.work.path(f"{name}.pub")

    def sign(self, *arguments, **options) -> harness.Completed:
        return self.halligan(self.key, "sign", "--ca", self.ca, "-I", "ben 4711", "-n", "root", *arguments, **options)

    def test_a_key_on_standard_input_gives_a_certificate_on_standard_output(self):
        key = self.keygen("streamed", "-t", "ed25519")
        sign = ("sign", "--ca", self.ca, "-I", "x", "-n", "root", "-z", "+7", "-V", "2026-01-01T00:00:00Z:2026-01-01T00:10:00+00:00", "-")
        done = self.halligan(self.key, *sign, stdin=key.read_bytes()).expect()
        self.assertRegex(done.out, r"\Assh-ed25519-cert-v01@openssh.com \S+ streamed@laptop\n\Z")
        self.work.write("out-cert.pub", done.out)
        shown = self.work.run("ssh-keygen", "-L", "-f", "out-cert.pub", env={"TZ": "UTC"}).expect().out
        self.assertIn("Serial: 7\n", shown)
        self.assertIn("Valid: from 2026-01-01T00:00:00 to 2026-01-01T00:10:00\n", shown)
        self.assertIn("Valid       expired", done.err)
        for more in (["--json"], [key]):
            self.halligan(self.key, *sign, *more, stdin=b"").expect(2, err="- is for one key")
        self.halligan(self.key, *sign, stdin=b"no key\n").expect(3)

    def test_a_certificate_lies_where_ssh_looks_for_it(self):
        public = self.keygen("ben", "-t", "ed25519")
        self.sign("-V", "+15m", public).expect()
        certificate = self.work.path("ben-cert.pub")
        self.assertEqual(stat.S_IMODE(certificate.stat().st_mode), 0o644)
        self.assertTrue(certificate.read_text().endswith(" ben@laptop\n"))
        self.work.run("ssh-keygen", "-L", "-f", certificate).expect(out='Key ID: "ben 4711"')

    def test_every_type_of_key_that_a_colleague_may_have(self):
        for name, arguments in (("rsa", ["-t", "rsa", "-b", "2048"]), ("ecdsa", ["-t", "ecdsa", "-b", "384"]),
                                ("ed", ["-t", "ed25519"])):
            with self.subTest(name):
                self.sign(self.keygen(name, *arguments)).expect()
                self.work.run("ssh-keygen", "-L", "-f", f"{name}-cert.pub").expect(out="Signing CA: ECDSA-SK")

    def test_several_keys_have_rising_serials_and_a_touch_each(self):
        files = [self.keygen(f"k{i}", "-t", "ed25519") for i in range(3)]
        since = len(self.key.records())
        out = self.sign("--json", "-z", "100", *files).expect().out
        self.assertEqual([json.loads(line)["serial"] for line in out.splitlines()], [100, 101, 102])
        self.assertEqual(requests(self.key, since).count("getAssertion"), 3)

    def test_a_key_that_anybody_can_sign_for_is_not_certified(self):
        points = {"order-1": bytes([1]) + bytes(31), "order-2": bytes([0xEC]) + b"\xff" * 30 + b"\x7f", "order-4": bytes(32)}
        for name, point in points.items():
            with self.subTest(name):
                blob = b"".join(len(part).to_bytes(4, "big") + part for part in (b"ssh-ed25519", point))
                public = self.work.write(f"{name}.pub", f"ssh-ed25519 {base64.b64encode(blob).decode()} weak\n")
                since = len(self.key.records())
                self.sign(public).expect(3, err="a weak key")
                self.assertFalse(self.work.path(f"{name}-cert.pub").exists())
                self.assertNotIn("getAssertion", requests(self.key, since))

    def test_a_host_certificate(self):
        public = self.keygen("host", "-t", "ed25519")
        self.halligan(self.key, "sign", "--ca", self.ca, "--host", "-I", "web1", "-n", "web1.example.com", public).expect()
        shown = self.work.run("ssh-keygen", "-L", "-f", "host-cert.pub").expect(out="host certificate").out
        self.assertIn("Extensions: (none)", shown)

    def test_all_is_checked_before_the_first_touch(self):
        good = self.keygen("good", "-t", "ed25519")
        asked = len(self.key.records())
        private = self.work.path("good")
        certificate = self.work.write("mine-cert.pub", "precious")
        rows = [([good, self.work.path("none.pub")], 4, "none.pub"), ([good, private], 3, "private key"),
                ([good, self.work.write("two.pub", good.read_text() * 2)], 3, "two.pub"),
                ([good, good], 2, "good-cert.pub"), ([good, self.ca.with_name("ca.pub")], 3, "CA's own"),
                ([self.work.write("mine.pub", good.read_text())], 3, "mine-cert.pub exists")]
        for files, status, message in rows:
            with self.subTest(message):
                self.sign(*files).expect(status, err=message)
                self.assertFalse(self.work.path("good-cert.pub").exists())
        self.assertEqual(certificate.read_text(), "precious")
        self.assertEqual(len(self.key.records()), asked)

    def test_force_replaces_a_certificate(self):
        public = self.keygen("ben", "-t", "ed25519")
        self.work.write("ben-cert.pub", "old")
        self.sign(public).expect(3, err="ben-cert.pub exists")
        self.sign("--force", public).expect()
        self.work.run("ssh-keygen", "-L", "-f", "ben-cert.pub").expect()


if __name__ == "__main__":
    harness.main()
