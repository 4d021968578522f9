"""halligan inspect of key revocation lists: ssh-keygen -k makes them, and ssh-keygen -Q says what they revoke."""

import base64
import re

import harness
from software_ca import DSA_KEY, SoftwareCa, krl_of_ca
from harness import releases
from harness.work import USER
from world import key_pair

SPECIFICATION = """serial: 1-1000
serial: 2000
serial: 2002
serial: 2005
serial: 4000000000
serial: 18446744073709551615
id: mallory
id: trudy \x1b[31m
"""


class Krl(SoftwareCa):
    def list(self, specification: str, *arguments, name: str = "list.krl") -> str:
        self.work.run("ssh-keygen", "-q", "-k", "-f", name, *arguments, self.work.write(f"{name}.spec", specification)).expect()
        return name

    def key(self, name: str, kind: str = "ed25519") -> str:
        return key_pair(self.work, name, kind).with_name(f"{name}.pub").read_text()

    def keygen_list(self, name: str) -> dict:
        """What ssh-keygen -Q -l says: serials as intervals, key ids, hashes of keys."""
        text = self.work.run("ssh-keygen", "-Q", "-l", "-f", name).expect().out
        serials = [[int(n) for n in (line.split("-") * 2)[:2]] for line in re.findall(r"^serial: (\S+)$", text, re.M)]
        return {"serials": serials, "ids": re.findall(r"^id: (.*)$", text, re.M),
                "hashes": re.findall(r"^hash: (SHA256:\S+)", text, re.M), "text": text}

    def test_serials_and_key_ids_are_those_that_ssh_keygen_lists(self):
        self.key("software-ca")
        name = self.list(SPECIFICATION, "-s", "software-ca.pub", "-z", "42")
        theirs = self.keygen_list(name)
        shown = self.objects(name)[0]
        self.assertEqual(shown["kind"], "krl")
        self.assertEqual(shown["version"], 42)
        authority = shown["certificates"][0]
        self.assertEqual(authority["serials"], theirs["serials"])
        self.assertEqual(authority["serial_count"], 1005)
        self.assertEqual(authority["key_ids"], ["mallory", "trudy \x1b[31m"])
        self.assertIn(authority["ca"]["fingerprint"], theirs["text"])
        self.assertIn(shown["generated_at"].replace("-", "").replace(":", "")[:15], theirs["text"])
        done = self.halligan(None, "inspect", name).expect(0, out="1005: 1-1000, 2000, 2002, 2005, 4000000000, 18446744073709551615")
        self.assertIn("mallory, trudy \\x1b[31m", done.out)
        self.assertNotIn("\x1b", done.out)

    def test_keys_and_hashes(self):
        lines = {kind: self.key(f"{kind}-user", kind) for kind in ("ed25519", "ecdsa", "rsa")}
        name = self.list(f"key: {lines['ed25519']}sha256: {lines['ecdsa']}sha1: {lines['rsa']}")
        shown = self.objects(name)[0]
        theirs = self.keygen_list(name)
        self.assertEqual([key["fingerprint"] for key in shown["keys"]], theirs["hashes"][:1])
        self.assertEqual([f"SHA256:{digits}" for digits in shown["sha256"]], theirs["hashes"][1:])
        self.assertIn(f"# hash SHA1:{shown['sha1'][0]}", theirs["text"])
        self.halligan(None, "inspect", name).expect(0, out="1 by key, 2 by hash")
        for kind, entry in (("ed25519", "key"), ("ecdsa", "sha256"), ("rsa", "sha1")):
            with self.subTest(kind):
                self.work.run("ssh-keygen", "-Q", "-f", name, f"{kind}-user.pub").expect(1)
                done = self.objects("--krl", name, f"{kind}-user.pub", status=1)[0]
                self.assertIs(done["revoked"], True)
                self.assertEqual(done["revoked_by"]["entry"], entry)

    def test_each_entry_revokes_what_ssh_keygen_says_and_is_named(self):
        """The same certificates against lists by each kind of entry; both must say the same of all of them."""
        certificates = {}
        for number, (serial, key_id) in enumerate([(5, "alice"), (2002, "bob"), (2003, "carol"), (0, "dave"), (9, "mallory"),
                                                   (0, "mallory"), (2**64 - 1, "erin")]):
            name = self.certificate("-I", key_id, "-n", "root", "-z", str(serial), "-V", "+1h", name=f"u{number}")
            certificates[name] = (serial, key_id)
        other = self.certificate("-I", "alice", "-n", "root", "-z", "5", "-V", "+1h", name="v", ca="other-ca")
        certificates[other] = (5, "alice")
        ours = ["-s", "software-ca.pub"]
        # Of these serials ssh-keygen makes a range, a list and a bitmap.
        forms = "serial: 1-1000\nserial: 2000\nserial: 2002\nserial: 18446744073709551615\nid: mallory\n"
        subject = self.work.path("u2.pub").read_text()
        authority = self.work.path("software-ca.pub").read_text()
        rows = {"ours": (forms, ours), "any": (forms, ["-s", "none"]), "key": (f"key: {subject}", []),
                "sha1": (f"sha1: {subject}", []), "sha256": (f"sha256: {subject}", []), "ca": (f"key: {authority}", []),
                "ca-hash": (f"sha256: {authority}", []), "ids": ("id: alice\n", ours), "empty": ("", []),
                "bitmap": ("".join(f"serial: {n}\n" for n in range(2000, 2040, 2)), ours)}
        entries, no = set(), 0
        for row, (specification, arguments) in rows.items():
            krl = self.list(specification, *arguments, name=f"{row}.krl")
            shown = {each["file"]: each for each in self.objects("--krl", krl, *certificates, status=0 if row == "empty" else 1)}
            said = self.work.run("ssh-keygen", "-Q", "-f", krl, *certificates).out.splitlines()
            self.assertEqual(len(said), len(certificates))
            for line, name in zip(said, certificates):
                with self.subTest(row=row, name=name, certificate=certificates[name]):
                    self.assertEqual(shown[name]["revoked"], line.endswith("REVOKED"), line)
                    if shown[name]["revoked"]:
                        by = shown[name]["revoked_by"]
                        self.assertEqual(by["ca_key"], row.startswith("ca"))
                        self.assertEqual(by["any_ca"], row == "any")
                        entries.add(by["entry"])
                    else:
                        no += 1
        self.assertLessEqual({"key", "sha1", "sha256", "key-id", "serial-range", "serial-list", "serial-bitmap"}, entries)
        self.assertGreater(no, 20)

    def test_words_for_a_person(self):
        file = self.certificate("-I", "x", "-n", "root", "-z", "5", "-V", "+1h")
        ours = ("-s", "software-ca.pub")
        self.halligan(None, "inspect", "--krl", self.list("serial: 1-1000000\n", *ours), file).expect(
            1, out="YES, by its serial, 5, among 1-1000000 in a range (list.krl)")
        self.halligan(None, "inspect", "--krl", self.list("serial: 6\n", *ours), file).expect(0, out="Revoked     no\n")
        second = self.list("id: x\n", "-s", "none", name="second.krl")
        done = self.halligan(None, "inspect", "--check", "--krl", "list.krl", "--krl", second, file, "user.pub").expect(1)
        self.assertEqual(done.out, 'user-cert.pub:1: "x", serial 5: revoked by its key ID of any CA in second.krl\n')

    def test_a_long_list_is_shortened_in_text_and_whole_in_json(self):
        self.key("software-ca")
        wanted = [7 * n * n + n for n in range(1, 5000)]
        name = self.list("".join(f"serial: {n}\n" for n in wanted), "-s", "software-ca.pub")
        done = self.halligan(None, "inspect", name).expect(0, out=f"… {len(wanted) - 10} more, see --json")
        self.assertLess(len(done.out), 2000)
        authority = self.objects(name)[0]["certificates"][0]
        self.assertEqual(authority["serials"], [[n, n] for n in wanted])
        self.assertEqual(authority["serials"], self.keygen_list(name)["serials"])

    def test_what_is_broken_is_refused_as_ssh_keygen_refuses_it(self):
        self.key("software-ca")
        good = self.work.path(self.list(SPECIFICATION, "-s", "software-ca.pub")).read_bytes()
        rows = [good[:-1], good + b"\0", good[:8] + b"\0\0\0\2" + good[12:], good[:20]]
        for data in rows:
            with self.subTest(data[:24]):
                self.work.path("bad.krl").write_bytes(data)
                self.work.run("ssh-keygen", "-Q", "-l", "-f", "bad.krl").expect_failure("")
                self.halligan(None, "inspect", "bad.krl").expect(3, err="bad.krl: ")
                self.halligan(None, "inspect", "--krl", "bad.krl", "software-ca.pub").expect(3, err="bad.krl: ")
        text = self.work.write("text", f"# keys\n\n{self.key('user')}nonsense\n")
        self.halligan(None, "inspect", "--krl", text, "software-ca.pub").expect(3, err="nor a list of public keys: line 4: ")
        self.halligan(None, "inspect", "--krl", "none", "software-ca.pub").expect(4, err="none")

    def test_a_list_of_keys_revokes_whom_sshd_refuses(self):
        """sshd takes one in RevokedKeys instead of a KRL; each row is judged by a login, and must be told alike."""
        certificate = self.certificate("-I", "ann", "-n", USER, "-z", "7", "-V", "-5m:+1h")
        other = self.key("other", "ecdsa")
        sshd = self.sshd(f"TrustedUserCAKeys {self.work.path('software-ca.pub')}\nRevokedKeys {self.work.path('revoked')}")
        user, ca = (self.work.path(f"{name}.pub").read_text() for name in ("user", "software-ca"))
        rows = [("", None), (f"# {user}", None), (other, None), (f"{other}\r\n \t{user}", False),
                (self.work.path(certificate).read_text(), False), (f"\n# CA\n{other}{ca.strip()}", True)]
        for number, (text, by_ca) in enumerate(rows):
            with self.subTest(number):
                self.work.write("revoked", text)
                login = sshd.ssh(lines=f"  IdentityFile {self.work.path('user')}\n  CertificateFile {self.work.path(certificate)}")
                self.assertEqual(login.status, 0 if by_ca is None else 255, login.err)
                shown = self.objects("--krl", "revoked", certificate, status=0 if by_ca is None else 1)[0]
                self.assertIs(shown["revoked"], by_ca is not None)
                if by_ca is not None:
                    self.assertEqual((shown["revoked_by"]["entry"], shown["revoked_by"]["ca_key"]), ("key", by_ca))
                    self.assertNotIn("version", shown["revoked_by"])
        # sshd refuses every key with a list that it cannot read to its end.
        self.work.write("revoked", f"{other}nonsense\n")
        sshd.refuse(lines=f"  IdentityFile {self.work.path('user')}\n  CertificateFile {self.work.path(certificate)}")
        done = self.halligan(None, "inspect", "--krl", "revoked", certificate).expect(3, err="line 2: ")
        self.assertIn("sshd may refuse every key", done.err)

    def test_extensions_are_told_and_critical_ones_revoke_nothing_silently(self):
        public = self.key("user")
        good = self.work.path(self.list(f"key: {public}")).read_bytes()
        string = lambda data: len(data).to_bytes(4, "big") + data
        extension = lambda critical: b"\xff" + string(string(b"new@example.org") + bytes([critical]) + string(b"xyz"))
        self.work.path("passed.krl").write_bytes(good + extension(0))
        self.halligan(None, "inspect", "passed.krl").expect(0, out="warning: unknown extension new@example.org of 3 bytes")
        self.halligan(None, "inspect", "--krl", "passed.krl", "user.pub").expect(1, out="YES, by an entry of its key")
        self.work.path("critical.krl").write_bytes(good + extension(1))
        self.assertIs(self.objects("critical.krl")[0]["refused_by_sshd"], True)
        self.halligan(None, "inspect", "--krl", "critical.krl", "user.pub").expect(3, err="critical extension new@example.org")
        self.halligan(None, "inspect", "--check", "critical.krl").expect(3, err="critical extension")

    def test_a_ca_whose_key_openssh_cannot_read_spoils_the_list(self):
        """Each key of a CA is judged by ssh-keygen, the first that it cannot read also by a login."""
        certificate = self.certificate("-I", "x", "-n", USER, "-z", "4", "-V", "-5m:+1h")
        blob = lambda name: base64.b64decode(self.work.path(name).read_text().split()[1])
        string = lambda data: len(data).to_bytes(4, "big") + data
        self.key("rsa-user", "rsa")
        self.key("ecdsa-user", "ecdsa")
        self.work.run("ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", "small").expect()
        ecdsa, own = blob("ecdsa-user.pub"), blob(certificate)
        keys = {"none": b"", "ed25519": blob("software-ca.pub"), "rsa": blob("rsa-user.pub"), "ecdsa": ecdsa,
                "half a dsa": DSA_KEY[:-3], "small rsa": blob("small.pub"),
                "certificate": own, "unknown": string(b"ssh-mldsa65@example.org") + string(b"x" * 100),
                "off its curve": ecdsa[:-1] + bytes([ecdsa[-1] ^ 1]), "cut": ecdsa[:-1], "trailing": ecdsa + b"x",
                "spoilt certificate": own[:-1] + bytes([own[-1] ^ 1]),
                "no key": b"x", "ed25519 of 31": string(b"ssh-ed25519") + string(b"x" * 31)}
        seen = {True: 0, False: 0}
        for name, key in keys.items():
            with self.subTest(name):
                self.work.path("odd.krl").write_bytes(krl_of_ca(key))
                keygen = self.work.run("ssh-keygen", "-Q", "-f", "odd.krl", certificate)
                taken = keygen.status == 0
                seen[taken] += 1
                self.assertIs(self.objects("odd.krl")[0]["refused_by_sshd"], not taken, keygen.err)
                self.assertEqual("sshd refuses every key" in self.halligan(None, "inspect", "odd.krl").expect().out, not taken)
                for asked in (("--krl", "odd.krl", certificate), ("--check", "odd.krl")):
                    done = self.halligan(None, "inspect", *asked).expect(0 if taken else 3)
                    self.assertEqual("OpenSSH cannot read the key of a CA" in done.err, not taken)
                if name == "unknown":
                    sshd = self.sshd(f"TrustedUserCAKeys {self.work.path('software-ca.pub')}\nRevokedKeys {self.work.path('odd.krl')}")
                    sshd.refuse(lines=f"  IdentityFile {self.work.path('user')}\n  CertificateFile {self.work.path(certificate)}")
        self.assertGreater(min(seen.values()), 4)

    def test_a_ca_with_a_dsa_key_spoils_the_list_for_newer_versions_only(self):
        certificate = self.certificate("-I", "x", "-n", USER, "-z", "4", "-V", "-5m:+1h")
        self.work.path("dsa.krl").write_bytes(krl_of_ca(DSA_KEY))
        version = tuple(map(int, releases.version([]).split(".")))
        if version < (9, 8) or version >= (10, 0):
            taken = self.work.run("ssh-keygen", "-Q", "-f", "dsa.krl", certificate).status == 0
            self.assertIs(taken, version < (9, 8))
        shown = self.objects("dsa.krl")[0]
        self.assertEqual((shown["refused_by_sshd"], shown["refused_by"]), (True, ["since 9.8: a CA with a DSA key"]))
        words = "OpenSSH since 9.8 cannot read the key of a CA in it, DSA SHA256:"
        self.halligan(None, "inspect", "dsa.krl").expect(0, out=f"Finding     refused: {words}")
        for asked in (("--krl", "dsa.krl", certificate), ("--check", "dsa.krl")):
            self.halligan(None, "inspect", *asked).expect(3, err=words)
        self.halligan(None, "revoke", "check", "dsa.krl", certificate).expect(3, out="sshd since 9.8: a CA with a DSA key")
        self.halligan(None, "revoke", "make", "-o", "new.krl", "--ca", "software-ca.pub", "--serial", "5", "--update", "dsa.krl",
                      env={"HOME": self.work.path(".")}).expect(3, err=words)
        self.assertFalse(self.work.path("new.krl").exists())

    def test_from_standard_input(self):
        self.key("software-ca")
        data = self.work.path(self.list("serial: 5\n", "-s", "software-ca.pub")).read_bytes()
        self.halligan(None, "inspect", "-", stdin=data).expect(0, out="1: 5")


if __name__ == "__main__":
    harness.main()
