"""halligan ca attest: what is proven of a CA's key, by a maker and metadata that python3-cryptography plays."""

import base64
import functools
import hashlib
import json
import pathlib
import resource
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

import harness
from harness import paths, vendor
from world import World

OTHER_MODEL = bytes(range(16))


@functools.cache
def maker() -> vendor.Issuer:
    return vendor.Issuer("Example Tokens Root")


@functools.cache
def publisher(kind: str = "rsa") -> vendor.Publisher:
    return vendor.Publisher(kind=kind)


class Attest(World):
    """A CA made by `ca init` on softkey, whose authenticator data another token's key then attests in a maker's name."""

    def setUp(self):
        super().setUp()
        self.ca = self.make_ca(self.token(), "-C", "token A")
        self.kept = self.ca.with_name("ca.attestation")
        self.own_certificate, self.own_signature, cbor = vendor.read_file(self.kept.read_bytes())
        self.auth_data = vendor.unwrap(cbor)
        self.aaguid = self.auth_data[37:53]
        self.notes = json.loads(self.ca.with_name("ca.json").read_text())
        self.challenge = base64.b64decode(self.notes["attestation_challenge"])

    def attest_by(self, token: vendor.Token | None = None, auth_data: bytes | None = None, **certificate) -> vendor.Token:
        """Put another attestation in the place of softkey's."""
        token = token or vendor.Token(maker(), self.aaguid, **certificate)
        self.kept.write_bytes(vendor.packed(token, auth_data or self.auth_data, self.challenge))
        return token

    def put(self, name: str, contents: bytes) -> pathlib.Path:
        self.work.path(name).write_bytes(contents)
        return self.work.path(name)

    def roots(self, *certificates) -> list:
        return ["--roots", self.put("roots.pem", vendor.pem(*(certificates or [maker().certificate])))]

    def metadata(self, *entries, blob: bytes | None = None, by: vendor.Publisher | None = None, root=None, **more) -> list:
        by = by or publisher()
        blob = blob if blob is not None else by.blob(list(entries) or [vendor.entry(self.aaguid, [maker().certificate])], **more)
        return ["--metadata", self.put("blob.jwt", blob),
                "--metadata-root", self.put("mds.pem", vendor.pem(root or by.root.certificate))]

    def attest(self, *arguments, ca=None):
        return self.halligan(None, "ca", "attest", ca or self.ca.with_name("ca.pub"), *arguments, pin=None)

    def answer(self, *arguments, status: int, **options) -> dict:
        return json.loads(self.attest(*arguments, "--json", **options).expect(status).out)

    def codes(self, *arguments, proven: str, **options) -> list[str]:
        said = self.answer(*arguments, status=0 if proven == "hardware" else 1, **options)
        self.assertEqual(said["proven"], proven, said)
        return [each["code"] for each in said["findings"]]

    # What is proven.

    def test_hardware_is_proven_by_a_maker_and_by_metadata(self):
        self.attest_by()
        said = self.answer(*self.metadata(), status=0)
        self.assertEqual((said["proven"], said["attestation"], said["findings"]), ("hardware", "packed", []))
        self.assertEqual((said["user_present"], said["user_verified"]), (True, True))
        self.assertEqual(said["aaguid"], vendor.aaguid_text(self.aaguid))
        self.assertEqual(said["vouched_by"], "CN=Example Tokens Root,O=Example Tokens,C=ZZ")
        self.assertEqual(said["metadata"]["certification"], "FIDO_CERTIFIED_L2")
        self.assertEqual(said["judged_at"], self.notes["created"])
        done = self.attest(*self.metadata()).expect(0)
        for row in ("Attested    by a certificate of CN=Example Tokens Root", "Made with   touch and PIN", "Model       Example Token Plus",
                    "Certified   FIDO_CERTIFIED_L2 since 2023-05-01", "Keys in     hardware, secure_element", "PIN checked on_chip",
                    "Attached    external, wired", "Metadata    number 77, next due 2049-12-01",
                    "Proven      made in hardware, which does not give the key out"):
            self.assertIn(row, done.out)

    def test_es256_metadata_a_handle_and_a_configured_ca_do_as_well(self):
        self.attest_by()
        arguments = self.metadata(by=publisher("ec"))
        self.assertEqual(self.codes(*arguments, proven="hardware", ca=self.ca), [])
        config = self.work.write("config", f"CA safe\n  PublicKey {self.ca.with_name('ca.pub')}\n")
        for name in (["safe"], []):
            self.halligan(None, "ca", "attest", *name, "--config", config, *arguments, pin=None).expect(0, out="Proven      made in hardware")
        self.work.run(paths.HALLIGAN, "ca", "attest", *arguments, cwd=self.ca.parent).expect(0, out="Proven      made in hardware")

    def test_a_root_alone_proves_the_maker_and_says_what_it_cannot(self):
        self.attest_by()
        self.assertEqual(self.codes(*self.roots(), proven="maker"), ["no-metadata"])
        self.attest(*self.roots()).expect(1, out="in hardware or not, cannot be known")
        self.assertEqual(self.codes(proven="nothing"), ["no-roots"])
        folder = self.work.path("folder")
        folder.mkdir()
        self.attest("--roots", folder).expect(3, err="has no file *.pem")
        (folder / "a.pem").write_bytes(vendor.pem(vendor.Issuer("Another maker").certificate))
        (folder / "note.txt").write_text("no certificate\n")
        self.assertEqual(self.codes("--roots", folder, proven="nothing"), ["not-vouched", "no-metadata"])
        (folder / "b.crt").write_bytes(b"a comment\n" + vendor.pem(maker().certificate))
        self.assertEqual(self.codes("--roots", folder, proven="maker"), ["no-metadata"])
        (folder / "c.cer").write_bytes(vendor.der(maker().certificate))
        self.attest("--roots", folder).expect(3, err="c.cer: no certificate in PEM")

    def test_roots_and_metadata_must_both_hold(self):
        self.attest_by()
        self.assertEqual(self.codes(*self.metadata(), *self.roots(), proven="hardware"), [])
        other = vendor.Issuer("Another maker").certificate
        self.assertEqual(self.codes(*self.metadata(), *self.roots(other), proven="nothing"), ["not-vouched"])
        entry = vendor.entry(self.aaguid, [other])
        self.assertEqual(self.codes(*self.metadata(entry), *self.roots(), proven="nothing"), ["not-vouched"])

    def test_a_chain_may_have_a_ca_between_and_metadata_may_name_the_leaf(self):
        middle = vendor.Issuer("Example Tokens CA 1", maker())
        token = self.attest_by(vendor.Token(middle, self.aaguid))
        # The file holds the leaf alone.
        self.assertEqual(self.codes(*self.roots(), proven="nothing"), ["not-vouched", "no-metadata"])
        self.assertEqual(self.codes(*self.roots(maker().certificate, middle.certificate), proven="maker"), ["no-metadata"])
        for named in (middle.certificate, token.certificate):
            self.assertEqual(self.codes(*self.metadata(vendor.entry(self.aaguid, [named])), proven="hardware"), [])

    def test_keys_of_all_kinds_attest(self):
        for key in (rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()):
            with self.subTest(type(key).__name__):
                self.attest_by(key=key)
                self.assertEqual(self.codes(*self.metadata(), proven="hardware"), [])
        self.attest_by(aaguid=None)  # the extension is not needed where a root is for one model
        self.assertEqual(self.codes(*self.metadata(), proven="hardware"), [])

    def test_u2f_is_known_by_its_certificate_alone(self):
        token = vendor.Token(maker(), self.aaguid, unit=None, aaguid=None)
        self.kept.write_bytes(vendor.u2f(token, self.auth_data, self.challenge))
        entry = vendor.entry(None, [maker().certificate], attestationCertificateKeyIdentifiers=[token.key_identifier()])
        by_aaguid = vendor.entry(self.aaguid, [maker().certificate])
        said = self.answer(*self.metadata(by_aaguid, entry), status=0)
        self.assertEqual((said["proven"], said["attestation"]), ("hardware", "fido-u2f"))
        # What U2F does not sign is not said.
        self.assertEqual({"aaguid", "user_present", "user_verified"} & set(said), set())
        self.assertEqual(self.codes(*self.metadata(by_aaguid), *self.roots(), proven="maker"), ["u2f", "unknown-model"])

    # What cannot be known, by real tokens and real ssh-keygen.

    def test_what_softkey_attests_proves_nothing(self):
        said = self.answer(status=1)
        self.assertEqual([each["code"] for each in said["findings"]], ["self-signed", "no-roots"])
        self.attest().expect(1, out="Proven      nothing: what made this key cannot be known")
        # The truth about softkey, by metadata that say it; a maker who lies is believed, as he must be.
        own = self.own_certificate
        self.assertEqual(self.codes(*self.metadata(vendor.entry(self.aaguid, [own], keys=["software"])), proven="nothing"),
                         ["self-signed", "not-in-hardware"])
        self.assertEqual(self.codes(*self.metadata(vendor.entry(self.aaguid, [own])), proven="hardware"), ["self-signed"])

    def test_forms_without_a_maker(self):
        for form, code in (("self", "self-attested"), ("none", "not-attested")):
            with self.subTest(form):
                ca = self.make_ca(self.token(form, options=["--attestation", form]), folder=f"ca-{form}")
                arguments = self.metadata()
                self.assertEqual(self.codes(*arguments, proven="nothing", ca=ca), [code])
                self.attest(*arguments, ca=ca).expect(1, out="cannot be known")
        ca = self.make_ca(self.token("u2f", options=["--attestation", "fido-u2f"]), folder="ca-u2f")
        said = self.answer(status=1, ca=ca)
        self.assertEqual((said["attestation"], said["proven"]), ("fido-u2f", "nothing"))

    def test_what_ssh_keygen_kept_is_read(self):
        token = self.softkey("plain")
        challenge = self.put("challenge", b"the challenge of that day")
        for kind in ("ecdsa-sk", "ed25519-sk"):
            kept = self.work.path(f"{kind}.attestation")
            self.work.run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", self.work.path(kind), "-O", "application=ssh:x", "-O",
                          f"challenge={challenge}", "-O", f"write-attestation={kept}",
                          env={**token.env, "SSH_SK_PROVIDER": str(paths.PROVIDER)}).expect()
            certificate = x509.load_der_x509_certificate(vendor.read_file(kept.read_bytes())[0])
            arguments = ["--challenge", challenge, "--roots", self.put("own.pem", vendor.pem(certificate))]
            for ca in (self.work.path(f"{kind}.pub"), self.work.path(kind)):
                said = self.answer(*arguments, status=1, ca=ca)
                self.assertEqual((said["proven"], said["user_verified"]), ("maker", False))
            other = self.put("other", b"the challenge of another day")
            said = self.answer("--challenge", other, *arguments[2:], status=1, ca=self.work.path(kind))
            self.assertIn("bad-signature", [each["code"] for each in said["findings"]])
            self.attest(*arguments[2:], ca=self.work.path(kind)).expect(4, err="--challenge FILE")

    # Contradictions.

    def test_every_changed_byte_is_found(self):
        self.attest_by()
        good = self.kept.read_bytes()
        arguments = [*self.metadata(), "--json"]
        self.attest(*arguments).expect(0)
        kinds = {1: 0, 3: 0}
        for place in range(0, len(good), 7):
            for bit in (1, 0x80):
                bad = bytearray(good)
                bad[place] ^= bit
                self.kept.write_bytes(bad)
                done = self.attest(*arguments)
                self.assertIn(done.status, kinds, (place, bit, done))
                kinds[done.status] += 1
        self.assertGreater(kinds[1], 20)
        self.assertGreater(kinds[3], 5)
        for cut in (0, 1, len(good) // 2, len(good) - 1):
            self.kept.write_bytes(good[:cut])
            self.attest(*arguments).expect(3)
        self.kept.write_bytes(good + b"\0")
        self.attest(*arguments).expect(3, err="attestation: 1 trailing byte")

    def test_another_key_application_counter_or_challenge(self):
        self.attest_by()
        arguments = self.metadata()
        public = self.ca.with_name("ca.pub")
        keys = [self.make_ca(self.token("second"), folder="ca-second"),
                self.make_ca(self.token("third"), "--application", "ssh:other", folder="ca-third")]
        for other, codes in zip(keys, (["other-key"], ["other-application", "other-key"])):
            kept = ["--attestation", self.kept, "--challenge", self.put("challenge", self.challenge)]
            found = self.codes(*arguments, *kept, proven="nothing", ca=other)
            self.assertEqual([each for each in found if each != "other-counter"], codes)
        notes = dict(self.notes, counter=self.notes["counter"] + 1)
        self.ca.with_name("ca.json").write_text(json.dumps(notes))
        self.assertEqual(self.codes(*arguments, proven="nothing"), ["other-counter"])
        notes = dict(self.notes, attestation_challenge=base64.b64encode(bytes(32)).decode())
        self.ca.with_name("ca.json").write_text(json.dumps(notes))
        self.assertEqual(self.codes(*arguments, proven="nothing"), ["bad-signature"])
        # Without a ca.json nothing says what was signed.
        self.ca.with_name("ca.json").unlink()
        self.attest(*arguments).expect(4, err="no ca.json of this CA")
        self.kept.unlink()
        self.attest(*arguments).expect(4, err="no attestation was kept")
        software = self.work.path("software")
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", software).expect()
        self.attest(ca=software.with_suffix(".pub")).expect(3, err="not a key on a token")
        self.assertTrue(public.exists())

    def test_a_key_that_was_made_without_a_touch(self):
        data = bytearray(self.auth_data)
        data[32] &= ~1
        self.attest_by(auth_data=bytes(data))
        self.assertEqual(self.codes(*self.metadata(), proven="nothing"), ["no-touch"])

    def test_certificates_that_may_not_attest(self):
        rows = [({"unit": "Something"}, "OU"), ({"ca": True}, "is a CA's"), ({"ca": None}, "does not say that it is not"),
                ({"aaguid": self.aaguid[:15]}, "malformed extension"), ({"aaguid": OTHER_MODEL}, "another model"),
                ({"begin": "2020-01-01", "end": "2021-01-01"}, "expired"), ({"begin": "2049-01-01"}, "not yet valid"),
                ({"extensions": [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"), True)]}, "unhandled critical")]
        for certificate, words in rows:
            with self.subTest(words):
                self.attest_by(**certificate)
                said = self.answer(*self.metadata(), status=1)
                self.assertEqual(said["proven"], "nothing")
                self.assertIn(words, "".join(each["text"] for each in said["findings"]))

    def test_chains_that_do_not_hold(self):
        impostor = vendor.Issuer("Example Tokens Root")  # the same name, another key
        plain = vendor.Issuer("Example Tokens CA 2", maker(), path_length=0)
        below = vendor.Issuer("Example Tokens CA 3", plain)
        no_ca = vendor.Token(maker(), self.aaguid)
        pretender = vendor.Issuer("Pretender")
        pretender.key, pretender.certificate = no_ca.key, no_ca.certificate
        weak = vendor.Issuer("Example Tokens of 2005", kind="rsa-1024")  # trusted, and too short
        rows = [(vendor.Token(impostor, self.aaguid), []), (vendor.Token(below, self.aaguid), [plain.certificate, below.certificate]),
                (vendor.Token(pretender, self.aaguid), [no_ca.certificate]),
                (vendor.Token(weak, self.aaguid), [weak.certificate])]
        for number, (token, more) in enumerate(rows):
            with self.subTest(number):
                self.attest_by(token)
                if number == 1:  # the limit on the length of the chain binds from the root on
                    more = [below.certificate]
                    self.assertEqual(self.codes(*self.roots(maker().certificate), proven="nothing")[0], "not-vouched")
                    continue
                self.assertEqual(self.codes(*self.roots(maker().certificate, *more), proven="nothing")[0], "not-vouched")

    def test_a_certificate_counts_at_the_time_when_the_key_was_made(self):
        self.attest_by(begin="2024-01-01", end="2025-01-01")
        self.ca.with_name("ca.json").write_text(json.dumps(dict(self.notes, created="2024-06-01T00:00:00Z")))
        said = self.answer(*self.metadata(), status=0)
        self.assertEqual(said["judged_at"], "2024-06-01T00:00:00Z")
        self.ca.with_name("ca.json").write_text(json.dumps(dict(self.notes, created="2025-06-01T00:00:00Z")))
        self.assertEqual(self.codes(*self.metadata(), proven="nothing"), ["not-vouched"])

    # Metadata.

    def test_models_that_fido_warns_of_are_refused(self):
        self.attest_by()
        for status in ("REVOKED", "ATTESTATION_KEY_COMPROMISE", "USER_KEY_PHYSICAL_COMPROMISE", "USER_KEY_REMOTE_COMPROMISE",
                       "USER_VERIFICATION_BYPASS"):
            with self.subTest(status):
                reports = [("FIDO_CERTIFIED_L1", "2020-01-01"), (status, "2024-02-03"), ("UPDATE_AVAILABLE", "2024-03-03")]
                entry = vendor.entry(self.aaguid, [maker().certificate], reports=reports)
                self.assertEqual(self.codes(*self.metadata(entry), proven="nothing"), ["model-refused"])
                self.attest(*self.metadata(entry)).expect(1, out=f"Fault       FIDO warns of it: {status} since 2024-02-03\n")

    def test_where_a_model_keeps_its_keys(self):
        self.attest_by()
        rows = [(["software"], "nothing", ["not-in-hardware"]), (["hardware", "software"], "nothing", ["not-in-hardware"]),
                (["remote_handle"], "nothing", ["not-in-hardware"]), (["remote_handle", "secure_element"], "hardware", []),
                (["hardware", "tee"], "hardware", []), ((), "maker", ["no-key-protection"])]
        for keys, proven, codes in rows:
            with self.subTest(keys):
                self.assertEqual(self.codes(*self.metadata(vendor.entry(self.aaguid, [maker().certificate], keys=keys)), proven=proven), codes)
        certified = self.answer(*self.metadata(vendor.entry(self.aaguid, [maker().certificate], reports=[("NOT_FIDO_CERTIFIED", "2023-01-01")])), status=0)
        self.assertNotIn("certification", certified["metadata"])

    def test_the_entry_is_found_among_others_or_is_not_there(self):
        self.attest_by()
        others = [vendor.entry(bytes([number] * 16), [maker().certificate], keys=["software"]) for number in range(1, 100)]
        mine = vendor.entry(self.aaguid, [maker().certificate])
        self.assertEqual(self.codes(*self.metadata(*others[:50], mine, *others[50:]), proven="hardware"), [])
        self.assertEqual(self.codes(*self.metadata(*others), proven="nothing"), ["unknown-model"])
        self.attest(*self.metadata(mine, mine)).expect(3, err="several entries for this model")
        without = dict(mine)
        del without["statusReports"]
        self.attest(*self.metadata(without)).expect(3, err="no status reports")

    def test_metadata_out_of_date_are_named(self):
        self.attest_by()
        arguments = self.metadata(next_update="2026-01-31")
        self.assertEqual(self.codes(*arguments, proven="hardware"), ["metadata-old"])
        self.assertEqual(self.codes(*arguments, "--at", "2026-01-31T12:00:00Z", proven="hardware"), [])

    def test_whoever_else_signs_metadata_is_refused(self):
        self.attest_by()
        entry = vendor.entry(self.aaguid, [maker().certificate])
        self.attest(*self.metadata(by=vendor.Publisher(), root=publisher().root.certificate)).expect(1, err="the certificate of its signer")
        # The same root issues certificates for every site there is.
        self.attest(*self.metadata(by=vendor.Publisher(host="shop.example.com"))).expect(1, err="mismatch")
        own = vendor.Publisher(host="metadata.example.com")
        self.assertEqual(self.codes(*self.metadata(by=own), "--metadata-signer", "metadata.example.com", proven="hardware"), [])
        old = vendor.Publisher(begin="2022-01-01", end="2023-01-01")
        self.attest(*self.metadata(by=old)).expect(1, err="expired")
        self.assertEqual(self.codes(*self.metadata(by=old), "--at", "2022-06-01T00:00:00Z", proven="hardware"), [])
        foreign = publisher().blob([entry], header={"x5c": [base64.b64encode(vendor.der(vendor.Publisher().certificate)).decode()]})
        self.attest(*self.metadata(blob=foreign)).expect(1, err="the signature does not verify")

    def test_headers_that_would_do_without_a_signature(self):
        self.attest_by()
        entries = [vendor.entry(self.aaguid, [maker().certificate])]
        rows = [({"alg": "none"}, 3, 'not signed with RS256 or ES256 but "none"'), ({"alg": "HS256"}, 3, "HS256"), ({"alg": "ES256"}, 1, "another size"),
                ({"alg": 1}, 3, "names no algorithm"), ({"crit": ["exp"]}, 3, "an extension of JWS"), ({"x5c": []}, 3, "x5c"),
                ({"x5c": ["AAAA"]}, 3, "not a certificate"), ({"x5c": "AAAA"}, 3, "x5c"), ({"x5c": [1]}, 3, "not a string")]
        for header, status, words in rows:
            with self.subTest(header):
                self.attest(*self.metadata(blob=publisher().blob(entries, header=header))).expect(status, err=words)
        good = publisher().blob(entries)
        head, payload, signature = good.split(b".")
        for blob, status in ((b".".join((head, payload, b"")), 1), (head + b"." + payload, 3), (good + b".x", 3), (b"", 3), (b"..", 3),
                             (good[:-1], 3), (b".".join((head, payload[:-4], signature)), 3)):
            with self.subTest(blob[-20:]):
                done = self.attest(*self.metadata(blob=blob))
                self.assertIn(done.status, (1, 3) if status == 3 else (1,), done)
                self.assertNotIn("made in hardware", done.out)
        for place in range(0, len(good), len(good) // 40):
            bad = bytearray(good)
            bad[place] = ord("A") if bad[place] != ord("A") else ord("B")
            self.assertIn(self.attest(*self.metadata(blob=bytes(bad))).status, (1, 3))
        self.attest("--metadata", "blob.jwt").expect(2, err="--metadata-root")

    def test_payloads_that_are_no_metadata(self):
        self.attest_by()
        rows = [(b"", "not a JSON object"), (b"[]", "not a JSON object"), (b"{}", "lacks its number"),
                (b'{"no":1,"nextUpdate":"soon","entries":[]}', "lacks its number"), (b'{"no":1,"nextUpdate":"2049-01-01","entries":{}}', "lacks its"),
                (b'{"a":' + b"[" * 100000 + b"]" * 100000 + b"}", "nests too deep"), (b'{"a":"' + b"\xff" * 20 + b'"}', "not a JSON object")]
        for payload, words in rows:
            with self.subTest(payload[:40]):
                self.attest(*self.metadata(blob=publisher().sign(payload))).expect(3, err=words)

    def test_large_metadata_need_no_more_memory_than_they_are_large(self):
        self.attest_by()
        icon = "data:image/png;base64," + "A" * 200000
        others = [vendor.entry(bytes([1 + number] * 16), [maker().certificate]) for number in range(100)]
        for each in others:
            each["metadataStatement"]["icon"] = icon
        blob = publisher().blob([*others, vendor.entry(self.aaguid, [maker().certificate])])
        self.assertGreater(len(blob), 25 << 20)
        arguments = self.metadata(blob=blob)

        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (160 << 20, 160 << 20))
        done = subprocess.run([str(each) for each in (paths.HALLIGAN, "ca", "attest", self.ca, *arguments)], env=self.work.env, preexec_fn=limit,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("made in hardware", done.stdout)
        self.attest(*self.metadata(blob=b"A" * (33 << 20))).expect(3, err="blob.jwt")

    def test_texts_of_strangers_do_nothing_to_a_terminal(self):
        self.attest_by()
        entry = vendor.entry(self.aaguid, [maker().certificate], reports=[("FIDO_CERTIFIED\x1b[2J", "\u202e1")])
        entry["metadataStatement"]["description"] = "evil\x1b]0;title\x07"
        done = self.attest(*self.metadata(entry)).expect(0, out="evil\\x1b]0;title\\x07")
        self.assertTrue(done.out.isascii() and "\x1b" not in done.out)

    def test_nothing_is_asked_of_the_network_or_a_token(self):
        self.attest_by()
        trace = self.work.path("trace")
        self.work.run("strace", "-f", "-qq", "-e", "trace=socket,connect", "-o", trace, paths.HALLIGAN, "ca", "attest", self.ca, *self.metadata()).expect(0)
        self.assertNotIn("AF_INET", trace.read_text())

    def test_openssl_says_the_same_of_a_chain(self):
        """The judge's judge: the chain that we accept, and one that we do not, by openssl verify."""
        token = self.attest_by()
        leaf = self.put("leaf.pem", vendor.pem(token.certificate))
        root = self.put("root.pem", vendor.pem(maker().certificate))
        self.work.run("openssl", "verify", "-CAfile", root, leaf).expect(0, out="OK")
        other = self.put("other.pem", vendor.pem(vendor.Issuer("Example Tokens Root").certificate))
        self.assertNotEqual(self.work.run("openssl", "verify", "-CAfile", other, leaf).status, 0)
        digest = hashlib.sha256(self.challenge).digest()
        certificate, signature, cbor = vendor.read_file(self.kept.read_bytes())
        x509.load_der_x509_certificate(certificate).public_key().verify(signature, vendor.unwrap(cbor) + digest, ec.ECDSA(hashes.SHA256()))


if __name__ == "__main__":
    harness.main()
