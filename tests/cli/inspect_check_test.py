"""halligan inspect --ca, --check and --expires-in: what a cron job asks."""

import base64

import harness
from harness.work import USER
from software_ca import SoftwareCa


def wire(*strings: bytes) -> bytes:
    return b"".join(len(each).to_bytes(4, "big") + each for each in strings)


def line(blob: bytes, comment: str, kind: str = "ssh-ed25519") -> str:
    return f"{kind} {base64.b64encode(blob).decode()} {comment}\n"


class WhoseCa(SoftwareCa):
    def test_the_ca_is_named_by_its_comment_and_its_line(self):
        file = self.certificate("-I", "x", "-n", "root", "-V", "+1h")
        self.certificate("-I", "y", "-n", "root", "-V", "+1h", name="other", ca="other-ca")
        key = self.work.path("software-ca.pub").read_text()
        other = self.work.path("other-ca.pub").read_text()
        bare = " ".join(key.split()[:2])
        rows = {"ca.pub": (key, "CA software-ca (ca.pub:1)"), "bare.pub": (bare + "\n", "CA bare.pub:1"),
                "TrustedUserCAKeys": (f"# of ours\n\n{other}{key}", "CA software-ca (TrustedUserCAKeys:4)"),
                "known_hosts": (f"web1 {bare}\n@revoked * {other}@cert-authority *.example.org {bare} hosts\n",
                                "CA hosts (known_hosts:3)")}
        for name, (text, words) in rows.items():
            with self.subTest(name):
                self.work.write(name, text)
                self.halligan(None, "inspect", "--ca", name, file).expect(0, out=f"Signed by   {words}\n")
        self.halligan(None, "inspect", "--ca", "other-ca.pub", file).expect(1, out="a CA that is NOT among those given")
        self.halligan(None, "inspect", "--ca", "other-ca.pub", "--ca", "ca.pub", file).expect(0, out="CA software-ca (ca.pub:1)")
        shown = self.objects("--ca", "TrustedUserCAKeys", file)[0]
        self.assertEqual(shown["signed_by"], {"file": "TrustedUserCAKeys", "line": 4, "comment": "software-ca"})
        self.assertIs(shown["ca_known"], True)
        self.assertIs(self.objects("--ca", "other-ca.pub", file, status=1)[0]["ca_known"], False)
        self.halligan(None, "inspect", "--ca", "other-ca.pub", "user.pub").expect()  # a key has no CA

    def test_files_that_name_no_ca(self):
        file = self.certificate("-I", "x", "-n", "root", "-V", "+1h")
        for name, text, message in (("empty", "", "contains no CA"), ("junk", "\nhello world again\n", "line 2")):
            with self.subTest(name):
                self.halligan(None, "inspect", "--ca", self.work.write(name, text), file).expect(3, err=message)
        self.halligan(None, "inspect", "--ca", "none", file).expect(4, err="none")


class Check(SoftwareCa):
    def test_nothing_is_said_of_what_is_good(self):
        good = self.certificate("-I", "x", "-n", "root", "-V", "+1h")
        done = self.halligan(None, "inspect", "--check", "--ca", "software-ca.pub", good, "user.pub", "user").expect()
        self.assertEqual((done.out, done.err), ("", ""))
        self.assertEqual(self.objects("--check", good), [])

    def test_each_problem_is_a_line_and_its_code_is_in_json(self):
        files = {
            "expired": self.certificate("-I", "a", "-n", "root", "-z", "1", "-V", "20200101:20200102", name="a"),
            "not-yet-valid": self.certificate("-I", "b", "-n", "root", "-z", "2", "-V", "20900101:20910101", name="b"),
            "signature-bad": self.spoil(self.certificate("-I", "c", "-n", "root", "-z", "3", "-V", "+1h", name="c")),
            "ca-unknown": self.certificate("-I", "d", "-n", "root", "-z", "4", "-V", "+1h", name="d", ca="other-ca"),
            "revoked": self.certificate("-I", "e", "-n", "root", "-z", "5", "-V", "+1h", name="e"),
        }
        self.work.run("ssh-keygen", "-q", "-k", "-f", "list.krl", "-s", "software-ca.pub",
                      self.work.write("spec", "serial: 5\n")).expect()
        good = self.certificate("-I", "f", "-n", "root", "-V", "+1h", name="f")
        asked = ("--check", "--ca", "software-ca.pub", "--krl", "list.krl")
        done = self.halligan(None, "inspect", *asked, *files.values(), good).expect(1)
        lines = done.out.splitlines()
        self.assertEqual(len(lines), len(files))
        for line, file in zip(lines, files.values()):
            self.assertRegex(line, rf'^{file}:1: "[a-e]", serial [1-5]: ')
        objects = self.objects(*asked, *files.values(), good, status=1)
        self.assertEqual([[each["code"] for each in shown["problems"]] for shown in objects], [[code] for code in files])
        for code, file in files.items():
            with self.subTest(code):
                self.halligan(None, "inspect", *asked, file).expect(1)

    def test_without_check_time_alone_is_no_no(self):
        old = self.certificate("-I", "a", "-n", "root", "-V", "20200101:20200102")
        self.halligan(None, "inspect", old).expect(0, out="expired")
        self.halligan(None, "inspect", "--check", old).expect(1, out="expired")

    def test_what_sshd_refuses_for_its_content_is_a_problem(self):
        """Each certificate is judged by a login."""
        rows = [("-O", "critical:nope@x"), ("-O", "critical:verify-required=x"), ("-O", "critical:source-address=127.0.0.1/8"),
                ("-O", "critical:force-command"), ("-O", "extension:permit-pty=x"), ("-O", "no-pty"), ("-O", "extension:nope@x")]
        self.certificate("-I", "x")
        sshd = self.sshd(f"TrustedUserCAKeys {self.work.path('software-ca.pub')}")
        seen = set()
        for letters in rows:
            with self.subTest(letters):
                file = self.certificate("-I", "x", "-n", USER, "-V", "-5m:+1h", *letters)
                login = sshd.ssh(lines=f"  IdentityFile {self.work.path('user')}\n  CertificateFile {self.work.path(file)}")
                good = login.status == 0
                seen.add(good)
                self.assertEqual(self.halligan(None, "inspect", "--check", file).status, 0 if good else 1, login.err)
                shown = self.objects("--check", file, status=0 if good else 1)
                codes = [problem["code"] for each in shown for problem in each["problems"]]
                self.assertEqual(codes, [] if good else ["refused"])
                self.halligan(None, "inspect", file).expect(0)
        self.assertEqual(seen, {True, False})

    def test_odd_source_addresses_are_refused_where_sshd_refuses_them(self):
        """In: the login works; from elsewhere: sshd has read the address; else it takes the whole certificate for bad."""
        rows = ["127.1", "0177.0.0.1", "2130706433", "127.0.0.1,10.1", "127.1/32", "127.1/8", "0x7f.1", "127.0.0.0/08", "08.0.0.1", "10.1",
                "4294967296", "0" * 50, "127.0.0.1," + "0" * 46 + "10.1.1", "::ffff:127.1", "127.1,"]
        self.certificate("-I", "x")
        sshd = self.sshd(f"TrustedUserCAKeys {self.work.path('software-ca.pub')}\nMaxStartups 100")
        seen = set()
        for value in rows:
            with self.subTest(value):
                file = self.certificate("-I", "x", "-n", USER, "-V", "-5m:+1h", "-O", f"critical:source-address={value}")
                mark = sshd.daemon.mark()
                login = sshd.ssh(lines=f"  IdentityFile {self.work.path('user')}\n  CertificateFile {self.work.path(file)}")
                read = login.status == 0 or "not from a permitted source" in sshd.daemon.text()[mark:]
                seen.add(read)
                done = self.halligan(None, "inspect", "--check", file).expect(0 if read else 1)
                self.assertEqual(done.out == "", read)
        self.assertEqual(seen, {True, False})
        odd = self.certificate("-I", "x", "-n", USER, "-V", "+1h", "-O", "critical:source-address=127.1")
        self.halligan(None, "inspect", odd).expect(0, out="has an unusual address: OpenSSH reads it as 127.0.0.1")

    def test_a_refusal_is_said_in_a_line(self):
        self.certificate("-I", "x", "-n", USER, "-V", "-5m:+1h", "-O", "critical:nope@x")
        done = self.halligan(None, "inspect", "--check", "user-cert.pub").expect(1)
        self.assertEqual(done.out, 'user-cert.pub:1: "x", serial 0: refused: critical option nope@x is unknown: '
                                   'OpenSSH refuses the certificate\n')

    def test_several_files_with_one_that_is_not_there(self):
        old = self.certificate("-I", "a", "-n", "root", "-V", "20200101:20200102", name="a")
        new = self.certificate("-I", "b", "-n", "root", "-V", "+1h", name="b")
        done = self.halligan(None, "inspect", "--check", old, "none", new).expect(4, err="none: No such file")
        self.assertEqual(len(done.out.splitlines()), 1)
        broken = self.work.write("broken", "hello world\n")
        self.halligan(None, "inspect", "--check", broken, old).expect(3, out="expired", err="line 1")

    def test_expires_in(self):
        certificate = self.certificate("-I", "x", "-n", "root", "-V", "-1h:+1h")
        rows = [("30m", 0), ("2h", 1), ("1d", 1), ("0s", 0), ("100%", 0), ("60%", 0), ("40%", 1), ("0%", 1)]
        for threshold, status in rows:
            with self.subTest(threshold):
                done = self.halligan(None, "inspect", "--expires-in", threshold, certificate).expect(status)
                self.assertEqual("expires in" in done.out, status == 1)
        self.assertEqual(self.objects("--expires-in", "2h", certificate, status=1)[0]["problems"][0]["code"], "expires-soon")
        for threshold in ("soon", "101%", "-5%", "%", "1e1%", "99999999999999999999%"):
            with self.subTest(threshold):
                self.halligan(None, "inspect", f"--expires-in={threshold}", certificate).expect(2, err="--expires-in")

    def test_what_never_ends_never_expires_soon(self):
        forever = self.certificate("-I", "x", "-n", "root", "-V", "always:forever")
        self.halligan(None, "inspect", "--expires-in", "1000w", forever).expect()
        self.halligan(None, "inspect", "--expires-in", "1%", forever).expect()
        expired = self.certificate("-I", "x", "-n", "root", "-V", "20200101:20200102")
        self.halligan(None, "inspect", "--expires-in", "1s", expired).expect(1, out="expired")

    def test_a_key_that_anybody_can_use(self):
        words = "its point has a small order, so anybody can sign for it"
        identity = bytes([1]) + bytes(31)
        weak = wire(b"ssh-ed25519", identity)
        public = self.work.write("weak.pub", line(weak, "mine"))
        self.halligan(None, "inspect", public).expect(1, out=f"Weak key    its key: a weak key: {words}")
        self.halligan(None, "inspect", "--check", public).expect(1, out=f": its key: a weak key: {words}")
        self.assertIn(words, self.objects(public, status=1)[0]["weak_key"])
        # Certified by ssh-keygen, which does not look
        good = self.certificate("-I", "x", "-n", "root", "-V", "+1h")
        self.work.run("ssh-keygen", "-q", "-s", "software-ca", "-I", "x", "-n", "root", "-V", "+1h", public).expect()
        self.halligan(None, "inspect", "weak-cert.pub").expect(1, out="Weak key    the certified key: a weak key")
        self.assertEqual([each["code"] for each in self.objects("--check", "weak-cert.pub", status=1)[0]["problems"]], ["key-weak"])
        # A certificate of a CA whose signature is the same for everything: R is the point, S is 0.
        body = base64.b64decode(self.work.path(good).read_text().split()[1])
        ca = wire(base64.b64decode(self.work.path("software-ca.pub").read_text().split()[1]))
        forged = body[:body.rindex(ca)] + wire(weak, wire(b"ssh-ed25519", identity + bytes(32)))
        file = self.work.write("forged-cert.pub", line(forged, "forged", "ssh-ed25519-cert-v01@openssh.com"))
        done = self.halligan(None, "inspect", file).expect(1, out="Weak key    the CA's key: a weak key")
        self.assertIn("Signature   good", done.out)
        modulus = 2**1279 - 1  # prime
        rsa = wire(b"ssh-rsa", b"\x01\x00\x01", modulus.to_bytes(160, "big"))
        self.halligan(None, "inspect", self.work.write("prime.pub", line(rsa, "p", "ssh-rsa"))).expect(1, out="not a modulus that only its maker can factor")
        many = self.work.write("many.pub", line(weak, "mine") * 16)
        self.halligan(None, "inspect", many).expect(0)
        self.halligan(None, "inspect", "--check", many).expect(1, out=words)

    def test_nothing_raw_reaches_the_terminal(self):
        file = self.certificate("-I", "\x1b[2Jx\ny", "-n", "root", "-V", "20200101:20200102")
        done = self.halligan(None, "inspect", "--check", file).expect(1, out="\\x1b[2Jx\\x0ay")
        self.assertEqual(len(done.out.splitlines()), 1)

    def test_nothing_named_is_a_usage_error(self):
        self.halligan(None, "inspect", "--check").expect(2, err="nothing to inspect")


if __name__ == "__main__":
    harness.main()
