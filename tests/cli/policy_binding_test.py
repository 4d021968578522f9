"""A policy that travels with the token: bound at creation or later, asked of the token, and required of whoever signs."""

import base64
import hashlib
import json
import os

import harness
from world import APPLICATION, PIN, World, requests


class Bound(World):
    def setUp(self):
        super().setUp()
        self.key = self.token()
        self.rules = self.policy("rules", principals=["root", "admin"])
        self.hash = hashlib.sha256(self.rules.read_bytes()).hexdigest()

    def bound_ca(self, *arguments, **options):
        return self.make_ca(self.key, "--policy", self.rules, *arguments, **options)

    def display_name(self, token=None) -> str:
        shown = self.halligan(token or self.key, "token", "keys", "list", "--json").expect().out
        return json.loads(shown)["keys"][0]["display_name"]

    def searched(self, *arguments, file="em", **options):
        """mint with nothing but the token, as on a fresh laptop."""
        return self.halligan(self.key, "mint", "-I", "ann: 4711", "-n", "root", "-o", self.work.path(file), *arguments, **options)

    def bind(self, *arguments, token=None):
        return self.halligan(token or self.key, "ca", "bind-policy", *arguments)


class Binding(Bound):
    def test_at_creation(self):
        ca = self.bound_ca("-C", "token A")
        self.assertEqual(ca.with_name("ca.policy").read_bytes(), self.rules.read_bytes())
        self.assertEqual(json.loads(ca.with_name("ca.json").read_text())["policy_sha256"], self.hash)
        digits = base64.urlsafe_b64encode(bytes.fromhex(self.hash)).decode().rstrip("=")
        self.assertEqual(self.display_name(), f"policy:{digits} token A")
        self.halligan(self.key, "token", "keys", "list").expect(out=f"Policy      bound to SHA-256 {self.hash}")
        self.halligan(None, "inspect", ca, pin=None).expect(out=f"Policy      SHA-256 {self.hash}, by ca.json")
        again = self.work.path("again")
        again.mkdir()
        self.halligan(self.key, "ca", "export", "-d", again).expect(out=f"Policy      SHA-256 {self.hash}")
        self.assertEqual((again / "ca.pub").read_bytes(), ca.with_name("ca.pub").read_bytes())  # the comment too
        self.assertEqual(json.loads((again / "ca.json").read_text())["policy_sha256"], self.hash)

    def test_later_and_off_again(self):
        ca = self.make_ca(self.key, "-C", "token A")
        self.searched().expect()
        self.bind("-d", ca.parent, "--policy", self.rules).expect(out=f"Policy      bound to SHA-256 {self.hash}")
        self.assertEqual(json.loads(ca.with_name("ca.json").read_text())["policy_sha256"], self.hash)
        self.searched(file="b").expect(3, err="policy: binding")
        self.searched("--policy", self.rules, file="c").expect()
        shown = json.loads(self.bind("-d", ca.parent, "--none", "--json").expect().out)
        self.assertEqual((shown["display_name"], shown["policy_sha256"]), ("token A", None))
        self.assertNotIn("policy_sha256", json.loads(ca.with_name("ca.json").read_text()))
        self.searched(file="d").expect()

    def test_the_policy_beside_the_ca_is_the_default(self):
        ca = self.make_ca(self.key)
        self.bind("-d", ca.parent).expect(4, err="name the policy with --policy FILE")
        ca.with_name("ca.policy").write_bytes(self.rules.read_bytes())
        self.bind("-d", ca.parent).expect()
        self.mint(self.key, ca).expect()
        # Without the CA's files it says where the hash is known only.
        done = self.bind("-d", self.work.root, "--policy", self.rules).expect()
        self.assertIn("there is no ca.json of this CA in", done.err)

    def test_a_comment_that_does_not_fit(self):
        folder = self.work.path("ca")
        folder.mkdir()
        asked = len(self.key.records())
        self.halligan(self.key, "ca", "init", "-d", folder, "--policy", self.rules, "-C", "emergency CA, token A").expect(
            3, err="has 21 bytes, and beside a policy's hash the token has room for 13")
        self.assertEqual(len([each for each in requests(self.key, asked) if each == "makeCredential"]), 0)
        self.assertEqual(list(folder.iterdir()), [])
        ca = self.make_ca(self.key, "-C", "emergency CA, token A", folder="long")
        self.bind("-d", ca.parent, "--policy", self.rules).expect(3, err="choose a comment of at most 13 bytes: -C TEXT")
        self.assertEqual(self.display_name(), "emergency CA, token A")
        self.bind("-d", ca.parent, "--policy", self.rules, "-C", "token A").expect(out="Comment     token A")

    def test_nothing_is_overwritten_and_a_bad_policy_binds_nothing(self):
        folder = self.work.path("ca")
        folder.mkdir()
        (folder / "ca.policy").write_text("{}")
        asked = len(self.key.records())
        bad = self.work.write("bad.policy", "{")
        rows = [(self.rules, 3, "ca.policy exists"), (bad, 3, "not JSON"), (self.work.path("none"), 4, "none")]
        for policy, status, message in rows:
            self.halligan(self.key, "ca", "init", "-d", folder, "--policy", policy).expect(status, err=message)
        self.assertEqual(len(self.key.records()), asked)
        self.assertEqual((folder / "ca.policy").read_text(), "{}")
        self.halligan(self.key, "ca", "init", "-d", folder, "--policy", folder / "ca.policy").expect()
        self.bind("--policy", bad).expect(3, err="not JSON")
        self.bind("--none", "--policy", self.rules).expect(2)
        self.bind("--policy", self.rules, "--application", "ssh:other").expect(4, err="has no key ssh:other")

    def test_a_token_that_cannot_rename(self):
        old = self.token("old", options=("--ctap", "2.0"))
        ca = self.make_ca(old, folder="old-ca")
        self.bind("-d", ca.parent, "--policy", self.rules, token=old).expect(
            3, err="bind the policy when the CA is made: halligan ca init --policy FILE")
        self.halligan(old, "token", "keys", "delete", APPLICATION, "--yes").expect()
        self.make_ca(old, "--policy", self.rules, folder="old-bound")
        self.assertTrue(self.display_name(old).startswith("policy:"))
        self.halligan(old, "mint", "-I", "x", "-n", "root", "-o", "x").expect(3, err="policy: binding")

    def test_a_token_that_cuts_the_hash(self):
        cutting = self.token("cutting", options=("--misbehave", "cut-names"))
        ca = self.make_ca(cutting, "-C", "token A", folder="plain")
        self.bind("-d", ca.parent, "--policy", self.rules, token=cutting).expect(
            3, err="did not keep the policy's hash whole; it has its old name again")
        self.assertEqual(self.display_name(cutting), "token A")
        self.assertNotIn("policy_sha256", json.loads(ca.with_name("ca.json").read_text()))
        self.halligan(cutting, "token", "keys", "delete", APPLICATION, "--yes").expect()
        folder = self.work.path("cut")
        folder.mkdir()
        self.halligan(cutting, "ca", "init", "-d", folder, "--policy", self.rules).expect(
            3, err="did not keep the policy's hash whole")
        self.assertEqual(list(folder.iterdir()), [])

    def test_a_token_without_a_pin(self):
        bare = self.token("bare", pin=None)
        folder = self.work.path("bare-ca")
        folder.mkdir()
        self.halligan(bare, "ca", "init", "-d", folder, "--policy", self.rules).expect(err="only ca.json says so")
        self.bind("--none", token=bare).expect(3, err="no PIN is set on the token")
        (folder / "ca.policy").write_text("{}")
        self.mint(bare, folder / "ca").expect(3, err="policy: binding")


class Signing(Bound):
    def test_found_on_the_token_it_needs_its_policy(self):
        self.bound_ca()
        other = self.policy("other", principals=["root"])
        asked = len(self.key.records())
        done = self.searched().expect(3, err=f"policy: binding: this CA is bound to the policy with SHA-256 {self.hash}, and no policy")
        self.assertIn("name that policy with --policy FILE, or say why you sign without it: --without-policy REASON", done.err)
        self.searched("--policy", other).expect(3, err="and the one in force has " + hashlib.sha256(other.read_bytes()).hexdigest())
        changed = self.work.write("changed.policy", self.rules.read_text() + "\n")
        self.searched("--policy", changed).expect(3, err="policy: binding")
        self.assertNotIn("getAssertion", requests(self.key, asked))  # refused before the touch
        done = self.searched("--policy", self.rules).expect()
        self.assertIn("the one it is bound to, by the token", done.err)
        self.searched("--policy", self.rules, "-n", "deploy", file="d").expect(3, err="policy: principals")

    def test_without_it_is_on_record(self):
        ca = self.bound_ca()
        done = self.searched("--without-policy", "the kit burnt").expect()
        self.assertIn("NOT the one it is bound to, by the token", done.err)
        ledger = self.work.ledger_of(ca)
        run = lambda *arguments: self.halligan(None, "ledger", *arguments, ledger, pin=None).expect().out
        self.assertEqual(json.loads(run("export"))["without_policy"], "the kit burnt")
        self.assertIn("  NO POLICY: ann: 4711\n", run("list"))
        self.assertIn("(without its policy: the kit burnt)", run("list", "--wide"))
        self.assertIn("No policy   the kit burnt", run("show", "1"))
        self.assertIn(",certificate,the kit burnt,", run("export", "--csv"))
        self.assertTrue(json.loads(run("verify", "--json", "--ca", ca.with_name("ca.pub"), "--made", ca.with_name("ca.json")))["intact"])
        self.searched("--without-policy", "x", "--no-ledger", file="n").expect(2, err="--without-policy needs a ledger")
        self.searched("--without-policy", "two\nlines", file="l").expect(3, err="control characters")
        done = self.searched("--policy", self.rules, "--without-policy", "x", file="w").expect(err="--without-policy has no effect")
        self.assertEqual(json.loads(run("export").splitlines()[-1])["without_policy"], "")

    def test_sign_asks_for_it_too(self):
        self.bound_ca()
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "ben").expect()
        sign = ("sign", "-I", "x", "-n", "root", "ben.pub")
        self.halligan(self.key, *sign).expect(3, err="policy: binding")
        self.halligan(self.key, *sign, "--policy", self.rules).expect()

    def test_with_a_handle_ca_json_is_asked(self):
        """That is known without a PIN; it proves nothing, and the preview says so."""
        ca = self.bound_ca()
        done = self.mint(self.key, ca, pin=None).expect()
        self.assertIn("the one it is bound to, by ca.json alone", done.err)
        ca.with_name("ca.policy").write_text("{}")
        self.mint(self.key, ca, file="b", pin=None).expect(3, err="policy: binding")
        ca.with_name("ca.policy").unlink()
        self.mint(self.key, ca, file="b", pin=None).expect(4, err="ca.policy, which was in force for this CA, does not exist")
        self.mint(self.key, ca, "--without-policy", "drill", file="b", pin=None).expect()

    def test_a_policy_that_cannot_be_looked_at_is_not_gone(self):
        ca = self.bound_ca()
        self.mint(self.key, ca, pin=None).expect()  # from now on it is known by the CA's key
        policy = ca.with_name("ca.policy")
        policy.unlink()
        policy.symlink_to("ca.policy")
        self.searched("--without-policy", "x", file="b").expect(4, err="Too many levels of symbolic links")
        policy.unlink()
        self.searched("--without-policy", "x", file="b").expect()

    def test_with_a_pin_the_token_is_asked_whatever_ca_json_says(self):
        ca = self.bound_ca("--verify-required")
        made = json.loads(ca.with_name("ca.json").read_text())
        del made["policy_sha256"]
        ca.with_name("ca.json").write_text(json.dumps(made))
        ca.with_name("ca.policy").write_text("{}")
        self.mint(self.key, ca).expect(3, err="policy: binding")
        done = self.mint(self.key, ca, "--policy", self.rules).expect()
        self.assertIn("the one it is bound to, by the token", done.err)

    def test_a_fingerprint_is_not_asked_for_twice(self):
        """A handle that needs verification, on a token that verifies by itself: listing its keys would be another gesture."""
        finger = self.token("finger", pin=None, options=("--uv",))
        ca = self.make_ca(finger, "--verify-required", "--policy", self.rules, folder="finger-ca")
        asked = len(finger.records())
        done = self.mint(finger, ca, pin=None).expect()
        self.assertIn("the one it is bound to, by ca.json alone", done.err)
        self.assertNotIn("credentialManagement", requests(finger, asked))

    def test_a_token_that_is_not_there_yet(self):
        ca = self.bound_ca("--verify-required")
        self.key.stop()
        self.mint(self.key, ca).expect(4, err="no token")

    def test_a_ca_json_of_another_ca_says_nothing(self):
        ca = self.make_ca(self.key)
        other = self.token("other")
        bound = self.make_ca(other, "--policy", self.rules, folder="bound")
        ca.with_name("ca.json").write_bytes(bound.with_name("ca.json").read_bytes())
        self.mint(self.key, ca).expect()
        for text in ("", "{", "[]", '{"version":1}'):
            ca.with_name("ca.json").write_text(text)
            self.mint(self.key, ca, "--force").expect()
        os.unlink(ca.with_name("ca.json"))
        self.mint(self.key, ca, "--force").expect()


if __name__ == "__main__":
    harness.main()
