"""halligan token info and wink: the same as fido2-token says, in words; one token of several."""

import json
import re

import harness
from world import World, requests


class Info(World):
    def info(self, token) -> dict:
        return json.loads(self.halligan(token, "token", "info", "--json").expect().out)

    def test_it_says_what_fido2_token_says(self):
        rows = [(), ("--uv",), ("--ctap", "2.0"), ("--always-uv",), ("--misbehave", "no-credprotect")]
        for number, options in enumerate(rows):
            with self.subTest(options):
                token = self.token(f"token{number}", options=options)
                judge = dict(line.split(": ", 1) for line in self.work.run("fido2-token", "-I", token.path).out.splitlines()
                             if ": " in line)
                said = self.info(token)
                self.assertEqual(", ".join(said["versions"]), judge["version strings"])
                self.assertEqual(", ".join(said["extensions"]), judge.get("extension strings", ""))
                self.assertEqual(said["aaguid"].replace("-", ""), judge["aaguid"])
                options_said = ", ".join(name if value else "no" + name for name, value in said["options"].items())
                self.assertEqual(options_said, judge["options"])
                self.assertEqual(said["firmware"] or 0, int(judge["fwversion"], 16))
                self.assertEqual(said["pin_tries_left"], int(judge["pin retries"]))
                self.assertEqual(", ".join(map(str, said["pin_protocols"])), judge["pin protocols"])
                self.assertEqual(said["max_message_size"], int(judge["maxmsgsiz"]))
                self.assertEqual(said["resident_keys_left"], int(judge["remaining rk(s)"])
                                 if judge.get("remaining rk(s)", "undefined") != "undefined" else None)
                self.assertEqual(said["verification_tries_left"], 5 if options == ("--uv",) else None)

    def test_in_words(self):
        token = self.token(options=("--uv", "--residents", "7"))
        text = self.halligan(token, "token", "info").expect().out
        for words in ("FIDO_2_0, FIDO_2_1_PRE, FIDO_2_1", "5bd1073c-0a91-4e26-8f3e-c47269ae15f0", "usb",
                      "ecdsa-sk, ed25519-sk", "set, 8 tries left; at least 4 characters",
                      "by PIN or built-in user verification, 5 tries left", "7 more resident keys", "credProtect",
                      "clientPin yes: a PIN is set"):
            self.assertIn(words, text)
        self.assertNotIn("unknown to this program", text)
        bare = self.halligan(self.token("bare", pin=None), "token", "info").expect().out
        self.assertIn("not set; at least 4 characters", bare)
        self.assertIn("by PIN alone", bare)

    def test_it_needs_no_pin_and_no_touch(self):
        token = self.token(touch="never")
        self.halligan(token, "token", "info", pin=None).expect()
        self.assertEqual(requests(token), ["INIT", "getInfo", "clientPIN"])

    def test_of_several_one_must_be_named(self):
        one, two = self.token("one"), self.token("two")
        both = {"HALLIGAN_DEVICE": f"{one.path}:{two.path}"}
        for command in (["info"], ["pin", "status"], ["pin", "set"], ["pin", "change"], ["keys", "list"], ["wink"],
                        ["keys", "delete", "--yes", "ssh:x"], ["reset", "--yes"]):
            with self.subTest(command):
                done = self.halligan(None, "token", *command, env=both).expect(2, err="there are 2 tokens")
                self.assertIn(f"{one.path}, {two.path}", done.err)
        self.assertEqual(one.requests() + two.requests(), 0)
        self.halligan(None, "token", "info", "--device", two.path, env=both).expect(out=str(two.path))
        self.assertGreater(two.requests(), 0)

    def test_what_is_no_token(self):
        rows = [(self.work.path("gone"), 4, "no token at"), (self.work.write("file", ""), 4, "is not a token")]
        for path, status, message in rows:
            self.halligan(None, "token", "info", "--device", path).expect(status, err=message)
        liar = self.token(options=("--misbehave", "getinfo-fails"))
        self.halligan(liar, "token", "info").expect(4)


class Wink(World):
    def test_it_winks(self):
        token = self.token()
        done = self.halligan(token, "token", "wink", pin=None).expect(err="is blinking")
        self.assertEqual(done.out, "")
        self.assertEqual(requests(token)[-1], "WINK")
        token.daemon.wait_for("softkey winks")
        said = json.loads(self.halligan(token, "token", "wink", "--json").expect().out)
        self.assertEqual(said, {"path": str(token.path), "winked": True})

    def test_one_that_cannot(self):
        token = self.token(options=("--no-wink",))
        self.assertRegex(self.work.run("fido2-token", "-I", token.path).out, r"caps: 0x0\w \(nowink")
        self.halligan(token, "token", "wink").expect(4, err="cannot wink")
        self.assertNotIn("WINK", requests(token))

    def test_one_that_does_not_answer(self):
        token = self.token(options=("--misbehave", "hang-after=1"))
        done = self.halligan(token, "token", "wink", env={"HALLIGAN_TIMEOUT": "1"}).expect(4, err="does not respond")
        self.assertTrue(re.search(r"remove the token", done.err))


if __name__ == "__main__":
    harness.main()
