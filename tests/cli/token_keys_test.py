"""halligan token keys: list, rename, delete; what OpenSSH and fido2-tools see of it, and what a hostile token shows."""

import json

import harness
from harness import paths
from world import PIN, World, requests

HOSTILE_USER_ID = "1b5b33316d726f6f740aff"


class Keys(World):
    def make(self, token, name: str, *options: str, algorithm: str = "ecdsa-sk"):
        """A resident key, made by ssh-keygen; the file that it leaves."""
        file = self.work.path(f"{token.name}-{name}")
        flags = [word for option in ("resident", *options) for word in ("-O", option)]
        self.work.run("ssh-keygen", "-q", "-t", algorithm, "-w", paths.PROVIDER, "-N", "", "-f", file, *flags,
                      env={**token.env, **self.work.askpass(PIN).env}).expect()
        return file

    def keys(self, token, *arguments, **options) -> harness.Completed:
        return self.halligan(token, "token", "keys", *arguments, **options)

    def listed(self, token, *arguments) -> dict:
        return json.loads(self.keys(token, "list", "--json", *arguments).expect().out)

    def fingerprint(self, file) -> str:
        return self.work.run("ssh-keygen", "-l", "-f", f"{file}.pub").expect().out.split()[1]

    def fido2_token(self, token, *arguments) -> str:
        return self.work.converse("fido2-token", *arguments, token.path, answers=[(r"Enter PIN", PIN)]).expect().out

    def confirm(self, token, *arguments, answer: str):
        return self.work.converse(paths.HALLIGAN, "token", "keys", *arguments, env=token.env,
                                  answers=[("PIN of the token: ", PIN), ("Type DELETE to continue: ", answer)])


class List(Keys):
    def test_everything_about_a_key(self):
        token = self.token(options=("--residents", "9"))
        files = {"ssh:one": self.make(token, "one", "application=ssh:one", "user=ann"),
                 "ssh:two": self.make(token, "two", "application=ssh:two", "verify-required", algorithm="ed25519-sk")}
        said = self.listed(token)
        self.assertEqual((said["path"], said["used"], said["left"]), (str(token.path), 2, 7))
        one, two = sorted(said["keys"], key=lambda key: key["application"])
        self.assertEqual({key: one[key] for key in ("application", "user", "user_id", "user_name", "type", "ssh",
                                                    "protection", "cose_algorithm", "fingerprint")},
                         {"application": "ssh:one", "user": "ann", "user_id": b"ann".hex().ljust(64, "0"),
                          "user_name": "ann", "type": "ecdsa-sk", "ssh": True, "protection": 2,
                          "cose_algorithm": -7, "fingerprint": self.fingerprint(files["ssh:one"])})
        self.assertEqual((two["type"], two["user"], two["protection"], two["fingerprint"]),
                         ("ed25519-sk", "", 3, self.fingerprint(files["ssh:two"])))
        text = self.keys(token, "list").expect(out="Room        2 resident keys, room for 7 more").out
        for words in ("ssh:one", "ann", one["fingerprint"], "every use requires the PIN"):
            self.assertIn(words, text)
        self.assertEqual([key["application"] for key in self.listed(token, "--application", "ssh:two")["keys"]], ["ssh:two"])
        shown = self.fido2_token(token, "-L", "-r")
        for application in files:
            self.assertIn(application, shown)

    def test_an_empty_token_has_none(self):
        said = self.listed(self.token())
        self.assertEqual((said["keys"], said["used"], said["left"]), ([], 0, 25))

    def test_keys_that_ssh_cannot_use_are_marked_and_hide_none(self):
        token = self.token(options=("--misbehave", "foreign-resident,unknown-resident"))
        self.make(token, "one", "application=ssh:one")
        keys = {key["application"]: key for key in self.listed(token)["keys"]}
        self.assertEqual({name: key["ssh"] for name, key in keys.items()},
                         {"ssh:one": True, "ssh:foreign": False, "ssh:unknown": False})
        self.assertEqual((keys["ssh:foreign"]["type"], keys["ssh:foreign"]["fingerprint"]), ("COSE -257", None))
        text = self.keys(token, "list").expect().out
        self.assertEqual(text.count("For SSH     no: "), 2)
        self.assertEqual((keys["ssh:unknown"]["type"], keys["ssh:unknown"]["fingerprint"]), ("COSE -36", None))

    def test_tokens_of_each_generation(self):
        for number, options in enumerate([("--ctap", "2.0"), ("--misbehave", "credmgmt-only-0a"),
                                          ("--misbehave", "credmgmt-only-41"), ("--uv",)]):
            with self.subTest(options):
                token = self.token(f"token{number}")
                self.make(token, "one", "application=ssh:one")
                token.stop()
                changed = self.softkey(f"token{number}", options=options)
                self.assertEqual(self.listed(changed)["used"], 1)
                self.keys(changed, "delete", "--yes", "ssh:one").expect()
                self.assertEqual(self.listed(changed)["used"], 0)

    def test_without_a_pin_there_is_nothing_to_list(self):
        self.keys(self.token(pin=None), "list").expect(3, err="halligan token pin set")

    def test_names_cannot_steer_the_terminal(self):
        token = self.token(options=("--misbehave", "hostile-names"))
        for option in ((), ("--json",)):
            done = self.keys(token, "list", *option).expect()
            self.assertEqual([c for c in done.out if not c.isprintable() and c != "\n"], [])
        key, overlong = self.listed(token)["keys"]
        self.assertEqual((key["user_id"], key["application"]), (HOSTILE_USER_ID, "ssh:\x1b[2J\x1b]0;title\x07"))
        self.assertEqual((overlong["application"], overlong["user_name"]), ("ssh:overlong", r"\xc0\xaf\xe0\x80\xaf"))
        text = self.keys(token, "list").expect().out
        self.assertIn(r"ssh:\x1b[2J\x1b]0;title\x07", text)
        self.assertEqual(text.count("\nApplication") + text.startswith("Application"), 2, "a name makes no line")
        screen = self.confirm(token, "delete", key["fingerprint"], answer="no").expect(1).out
        self.assertEqual([c for c in screen if not c.isprintable() and c not in "\r\n"], [])


class Rename(Keys):
    def test_names_change_and_the_key_stays(self):
        token = self.token()
        file = self.make(token, "one", "application=ssh:one", "user=ann")
        before = self.listed(token)["keys"][0]
        said = json.loads(self.keys(token, "rename", "ssh:one", "--display-name", "Änn's key", "--json").expect().out)
        after = self.listed(token)["keys"][0]
        self.assertEqual(said, after)
        self.assertEqual(after, {**before, "display_name": "Änn's key"})
        self.keys(token, "rename", self.fingerprint(file), "--name", "ann", "--display-name", "").expect(out="User name   ann")
        self.assertEqual(self.listed(token)["keys"][0], {**before, "user_name": "ann", "display_name": ""})
        # fido2-token shows the display name, and no other member has changed.
        self.keys(token, "rename", "ssh:one", "--display-name", "shown").expect()
        self.assertIn(" shown ", self.fido2_token(token, "-L", "-k", "ssh:one"))

    def test_what_is_refused_costs_no_request(self):
        token = self.token()
        for arguments, status, message in [
                ((), 2, "no new name"), (("--name", "a\x1b[2J"), 3, "--name: "), (("--display-name", "x" * 65), 3, "65 bytes"),
                (("--display-name", "a\nb"), 3, "--display-name: ")]:
            self.keys(token, "rename", "ssh:one", *arguments).expect(status, err=message)
        self.assertEqual(token.requests(), 0)

    def test_a_token_that_cannot(self):
        for number, options in enumerate([("--ctap", "2.0"), ("--misbehave", "credmgmt-only-41")]):
            token = self.token(f"token{number}", options=options)
            self.make(token, "one", "application=ssh:one")
            self.keys(token, "rename", "ssh:one", "--name", "x").expect(3, err="cannot rename keys")


class Delete(Keys):
    def test_a_deleted_key_is_gone_for_openssh_and_the_others_log_in(self):
        token, sshd = self.token(), self.sshd()
        gone, stays = [self.make(token, name, f"application=ssh:{name}") for name in ("gone", "stays")]
        for file in (gone, stays):
            sshd.authorize(harness.public_part(file))
        fingerprint = self.fingerprint(gone)
        done = self.keys(token, "delete", "--yes", fingerprint).expect(out=fingerprint, err="deleted this key")
        self.assertNotIn(self.fingerprint(stays), done.out)
        folder = self.work.path("back")
        folder.mkdir()
        askpass = {**token.env, **self.work.askpass(PIN).env}
        self.work.run("ssh-keygen", "-K", "-w", paths.PROVIDER, "-N", "", cwd=folder, env=askpass).expect()
        left = harness.public_part(stays).split()[:2]
        self.assertEqual([file.read_text().split()[:2] for file in folder.glob("*.pub")], [left])
        agent = self.agent(env=askpass)
        self.work.run("ssh-add", "-K", "-S", paths.PROVIDER, env={**askpass, **agent.env}).expect()
        self.assertEqual([line.split()[:2] for line in agent.list(self.work).splitlines()], [left])
        lines = f"  SecurityKeyProvider {paths.PROVIDER}\n  IdentityFile %s"
        sshd.login(lines=lines % stays, env=token.env)
        sshd.refuse(lines=lines % gone, env=token.env)
        self.assertNotIn("ssh:gone", self.fido2_token(token, "-L", "-r"))

    def test_it_is_confirmed_by_a_word_that_is_typed(self):
        token = self.token()
        file = self.make(token, "one", "application=ssh:one", "user=ann")
        for answer in ("y", "delete", ""):
            done = self.confirm(token, "delete", "ssh:one", answer=answer).expect(1, out="nothing was changed")
            for words in ("ssh:one", "ann", self.fingerprint(file), "lost for good"):
                self.assertIn(words, done.out)
        self.keys(token, "delete", "ssh:one").expect(5, err="--yes")
        self.assertEqual(self.listed(token)["used"], 1)
        self.confirm(token, "delete", "ssh:one", answer="DELETE").expect(0, out="deleted this key")
        self.assertEqual(self.listed(token)["used"], 0)

    def test_an_ambiguous_name_deletes_nothing_and_names_the_candidates(self):
        token = self.token()
        files = {user: self.make(token, user, "application=ssh:one", f"user={user}") for user in ("ann", "ben")}
        done = self.keys(token, "delete", "--yes", "ssh:one").expect(3, err="ssh:one matches 2 keys")
        for user, file in files.items():
            self.assertIn(f"ssh:one (user {user}) {self.fingerprint(file)}", done.err)
        self.keys(token, "delete", "--yes", "ssh:one", "--user", "cleo").expect(4, err="of user cleo")
        self.keys(token, "delete", "--yes", "ssh:on").expect(4, err="has no key ssh:on")
        self.assertNotIn("deleteCredential", [record["sub"] for record in token.records()])
        self.keys(token, "delete", "--yes", "ssh:one", "--user", "ben").expect(0, out=self.fingerprint(files["ben"]))
        self.keys(token, "delete", "--yes", "ssh:one", "--user", b"ann".hex().ljust(64, "0")).expect()
        self.assertEqual(self.listed(token)["used"], 0)

    def test_a_token_that_stops_answering_midway(self):
        token = self.token()
        self.make(token, "one", "application=ssh:one")
        first = len(token.records())
        self.keys(token, "delete", "--yes", "ssh:one").expect()
        whole = len([name for name in requests(token, first) if name != "INIT"])
        self.assertEqual(token.records()[-1]["sub"], "deleteCredential")
        self.work.path("token-one").unlink()
        self.make(token, "one", "application=ssh:one")
        # Silent in the midst of the listing, and where it is told to delete.
        for answered, hint in ((whole // 2, "remove the token, insert it again"), (whole - 1, "check whether it was done with: halligan token keys list")):
            with self.subTest(answered):
                token.stop()
                token = self.softkey("token", options=("--misbehave", f"hang-after={answered}"))
                done = self.keys(token, "delete", "--yes", "ssh:one", env={"HALLIGAN_TIMEOUT": "1"})
                self.assertEqual(done.expect(4, err="does not respond").out, "")
                self.assertIn(hint, done.err)
        token.stop()
        self.assertEqual(self.listed(self.softkey("token"))["used"], 1)


if __name__ == "__main__":
    harness.main()
