"""halligan inspect of bundles, requests and encrypted files: told by what is in them, not by their names."""

import datetime
import json

import harness
from request_block import Block
from software_ca import SoftwareCa
from world import key_pair


class Kinds(SoftwareCa):
    def bundle(self, *, armor: bool = False) -> bytes:
        """Sealed with age to a recipient; tar inside."""
        self.certificate("-I", "ann: 4711", "-n", "root", "-z", "5", "-V", "+1h")
        self.work.write("known_hosts", "web1 " + self.work.path("software-ca.pub").read_text())
        self.work.run("age-keygen", "-o", "identity").expect()
        recipient = self.work.run("age-keygen", "-y", "identity").expect().out.strip()
        self.halligan(None, "handoff", "seal", "--known-hosts", "known_hosts", "--host", "web1", "-i", "user", "--to", recipient,
                      "-o", "photo.jpg", *(["--armor"] if armor else [])).expect()
        return self.work.path("photo.jpg").read_bytes()

    def opened(self) -> bytes:
        self.bundle()
        return self.work.run("age", "-d", "-i", "identity", "photo.jpg").expect().raw

    def test_an_opened_bundle_shows_its_certificate_and_no_key(self):
        archive = self.opened()
        self.work.path("opened").write_bytes(archive)
        shown = self.objects("--ca", "software-ca.pub", "opened")[0]
        self.assertEqual((shown["kind"], shown["hosts"]), ("bundle", ["web1"]))
        self.assertRegex(shown["sealed_at"], "^20..-..-..T..:..:..Z$")
        self.assertEqual(shown["certificate"]["key_id"], "ann: 4711")
        self.assertIs(shown["certificate"]["ca_known"], True)
        for done in (self.halligan(None, "inspect", "opened"), self.halligan(None, "inspect", "-", stdin=archive)):
            done.expect(0, out="it holds the PRIVATE KEY")
            self.assertNotIn(self.work.path("user").read_text().splitlines()[2], done.out)
        self.work.path("cut").write_bytes(archive[:-600])
        self.halligan(None, "inspect", "cut").expect(3, err="cut: ")
        self.work.path("long").write_bytes(archive + bytes(200 * 1024))
        self.halligan(None, "inspect", "long").expect(3, err="too large for a bundle")

    def test_a_bundle_is_checked_as_its_certificate_is(self):
        self.work.path("opened").write_bytes(self.opened())
        self.halligan(None, "inspect", "--check", "opened").expect(0, out="")
        self.halligan(None, "inspect", "--expires-in", "2h", "opened").expect(1, out='opened: "ann: 4711", serial 5: expires in')
        shown = self.objects("--expires-in", "2h", "opened", status=1)[0]
        self.assertEqual((shown["kind"], shown["problems"][0]["code"]), ("bundle", "expires-soon"))

    def test_of_a_key_with_a_passphrase_the_public_half(self):
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", "enc").expect()
        listed = self.work.run("ssh-keygen", "-l", "-f", "enc.pub").expect().out.split()[1]
        shown = self.inspect("enc")
        self.assertEqual((shown["file"], shown["kind"], shown["key"]["fingerprint"], shown["encrypted"]),
                         ("enc", "public_key", listed, True))
        self.halligan(None, "inspect", "enc").expect(out="encrypted with a passphrase")
        self.assertNotIn("encrypted", self.inspect("enc.pub"))

    def test_an_encrypted_file_is_named_and_not_opened(self):
        for armor in (False, True):
            with self.subTest(armor=armor):
                sealed = self.bundle(armor=armor)
                self.halligan(None, "inspect", "photo.jpg").expect(0, out="halligan handoff open photo.jpg")
                self.work.path("photo.jpg").unlink()
                shown = json.loads(self.halligan(None, "inspect", "--json", "-", stdin=sealed).expect().out)
                self.assertEqual((shown["kind"], shown["armor"]), ("encrypted", armor))
                self.assertIn("X25519", shown["recipients"])
                self.halligan(None, "inspect", "--check", "-", stdin=sealed).expect(3, err="cannot be checked")
                self.work.path("identity").unlink()

    def test_a_passphrase_is_seen_in_the_header(self):
        header = b"age-encryption.org/v1\n-> scrypt c2FsdHNhbHRzYWx0c2FsdA 18\nabc\n--- mac\n" + bytes(100)
        self.halligan(None, "inspect", "-", stdin=header).expect(0, out="For         a passphrase")
        self.halligan(None, "inspect", "-", stdin=header[:22]).expect(0, out="encrypted by age")
        self.halligan(None, "inspect", "-", stdin=b"age-encryption.org/v1\n-> \x1b[31m x\n---").expect(0, out="\\x1b[31m")

    def request(self, *arguments) -> str:
        done = self.halligan(None, "request", "-n", "root,admin", "-I", "ben: 4711", "-o", "fresh", "--force", *arguments)
        self.code = done.expect().err.split()[done.err.split().index("signs:") + 2]
        return done.out

    def test_a_request_is_shown_with_the_code_that_is_read_out(self):
        text = self.request("--host", "web1")
        self.work.write("mail", "\r\n" + text.replace("\n", "\r\n"))
        shown = self.objects("mail")[0]
        self.assertEqual((shown["kind"], shown["code"]), ("request", self.code))
        self.assertEqual((shown["principals"], shown["hosts"], shown["problems"]), (["root", "admin"], ["web1"], []))
        for number, twin in (("valid_after", "valid_from"), ("valid_before", "valid_to"), ("made", "made_at")):
            self.assertEqual(datetime.datetime.fromisoformat(shown[twin].replace("Z", "+00:00")).timestamp(), shown[number])
        self.halligan(None, "inspect", "-", stdin=text.encode()).expect(0, out=f"Code        {self.code}")
        self.assertEqual(self.halligan(None, "inspect", "--check", "mail").expect().out, "")

    def test_a_forged_request_is_a_no(self):
        block = Block.of(self.request())
        block.request = block.request.replace(b"ben: 4711", b"eve: 4711")
        self.work.write("forged", block.text())
        self.halligan(None, "inspect", "forged").expect(1, out="does not prove possession of the key")
        self.assertEqual(self.objects("forged", status=1)[0]["problems"][0]["code"], "proof-bad")
        self.halligan(None, "inspect", "--check", "forged").expect(1, out='forged: request "eve: 4711": ')
        self.halligan(None, "inspect", self.work.write("cut", block.text()[:200])).expect(3, err="cut: ")

    def test_co_signatures_are_judged(self):
        custodian = key_pair(self.work, "custodian")
        text = self.work.write("asked", self.request())
        signed = self.halligan(None, "co-sign", "--key", custodian, text).expect().out
        self.work.write("signed", signed)
        shown = self.objects("signed")[0]
        self.assertEqual([each["valid"] for each in shown["co_signatures"]], [True])
        self.assertEqual(shown["code"], self.code)
        other = Block.of(self.request())
        other.co_signatures = Block.of(signed).co_signatures
        self.work.write("moved", other.text())
        self.halligan(None, "inspect", "moved").expect(1, out="Co-signed   BAD")

    def test_a_wish_that_is_over_counts_for_check_only(self):
        self.work.write("old", self.request("-V", "20200101:20200102"))
        self.halligan(None, "inspect", "old").expect(0, out="the requested validity ended")
        self.halligan(None, "inspect", "--check", "old").expect(1, out="the requested validity ended")


if __name__ == "__main__":
    harness.main()
