"""halligan(5): which CAs there are; and that one CA is one thing, whatever name it is called by."""

import json
import os
import shutil

import harness
from harness import paths
from world import World, key_pair

MINT = ("mint", "-I", "jo: 4711")


class Reading(World):
    def config(self, text: str, name: str = "config") -> str:
        return str(self.work.write(name, text))

    def show(self, file: str, *arguments) -> list[dict]:
        out = self.halligan(None, "config", "show", "--json", "--config", file, *arguments, pin=None).expect().out
        return [json.loads(line) for line in out.splitlines()]

    def values(self, file: str, name: str) -> dict:
        return {each["keyword"]: (each["value"], os.path.basename(each["file"]), each["line"])
                for each in self.show(file, name)[0]["settings"]}

    def test_the_first_value_holds_and_its_place_is_shown(self):
        self.work.path("conf.d").mkdir()
        self.config("User inner\nCA red\nValidity +2h\n", "conf.d/10.conf")
        file = self.config("""# which CAs there are
DefaultCA = red

CA blue red   # both
    Principals root, admin  deploy
CA blue
\tpolicy "blue policy"
    Include conf.d/*.conf nothing.*
    Application=ssh:blue
CA r?d
    Validity -5m:+10m
    Principals nobody
CA *
    POLICY ~/all.policy
    Agent no
""")
        root = str(self.work.root)
        self.assertEqual(self.values(file, "blue"), {
            "Application": ("ssh:blue", "config", 9), "Policy": (f"{root}/blue policy", "config", 7),
            "User": ("inner", "10.conf", 1), "Principals": ("root,admin,deploy", "config", 5), "Agent": ("no", "config", 15)})
        self.assertEqual(self.values(file, "red"), {
            "Policy": (f"{self.work.home}/all.policy", "config", 14), "Principals": ("root,admin,deploy", "config", 5),
            "Validity": ("+2h", "10.conf", 3), "Agent": ("no", "config", 15)})
        self.assertEqual([(each["name"], each["default"]) for each in self.show(file)], [("blue", False), ("red", True)])
        text = self.halligan(None, "config", "show", "red", "--config", file, pin=None).expect().out
        self.assertIn("CA          red (default)\nKey         the configuration of CA red has no PublicKey\n", text)
        self.assertIn(f"Validity    +2h\n              from {root}/conf.d/10.conf:3\n", text)
        self.halligan(None, "config", "show", "green", "--config", file, pin=None).expect(1, err="no CA is named green")

    def test_the_files_of_the_user_and_of_the_machine(self):
        folder = self.work.home / ".config/halligan"
        folder.mkdir(parents=True)
        (folder / "config").write_text("CA mine\nPublicKey x\n")
        other = self.work.path("xdg/halligan")
        other.mkdir(parents=True)
        (other / "config").write_text("CA other\n")

        machine = self.work.path("etc/halligan")
        machine.mkdir(parents=True)
        (machine / "config").write_text("CA machine\nPrincipals root\nCA mine\nPublicKey y\nPrincipals admin\n")

        def shown(**env) -> dict[str, list[str]]:
            """With that folder as /etc, in a namespace of the program's own."""
            inside = ["unshare", *([] if os.geteuid() == 0 else ["-r"]), "-m", "sh", "-c", 'mount --bind etc /etc && exec "$@"', "sh"]
            out = self.work.run(*inside, paths.HALLIGAN, "config", "show", "--json", env=env).expect().out
            cas = [json.loads(line) for line in out.splitlines()]
            return {ca["name"]: [f"{each['keyword']} {each['value']}" for each in ca["settings"]] for ca in cas}
        both = {"mine": [f"PublicKey {folder}/x", "Principals admin"], "machine": ["Principals root"]}
        theirs = {"machine": ["Principals root"], "mine": ["PublicKey /etc/halligan/y", "Principals admin"]}
        self.assertEqual(list(shown()), ["mine", "machine"])
        self.assertEqual(shown(), both)
        self.assertEqual(shown(XDG_CONFIG_HOME="relative"), both)
        self.assertEqual(shown(XDG_CONFIG_HOME="/nonexistent"), theirs)
        self.assertEqual(shown(XDG_CONFIG_HOME=str(self.work.path("xdg"))), {"other": [], **theirs})
        self.halligan(None, "config", "show", "--config", "none", pin=None).expect(out="Files       none")
        self.halligan(None, "config", "show", "--config", "missing", pin=None).expect(4, err="configuration: ")

    def test_what_is_wrong_is_named_with_its_line(self):
        rows = [("Polcy x", 1, "unknown keyword Polcy", "did you mean Policy?"), ("\nPolicy", 2, "Policy has no value", ""),
                ("CA a/b", 1, "a CA cannot be named a/b", "without a slash"), ("CA -a", 1, "a CA cannot be named -a", ""),
                ("CA a\nDefaultCA a", 2, "DefaultCA in a block of a CA", "move it to the top"),
                ("CA a\nUnattendedCard yes", 2, "UnattendedCard in a block of a CA", "move it to the top"), ("Policy \"x", 1, "a quote is not closed", ""),
                ("Policy \"x\"y", 1, "text right after a quote", ""), ("Policy x y", 1, "Policy has more than one value", "quote a value"),
                ("Agent maybe", 1, "Agent: expected yes or no, not maybe", ""), ("Validity 1x", 1, "Validity: ", ""),
                ("Application emergency", 1, "Application: emergency does not begin with", ""), ("Policy \"\"", 1, "Policy is empty", ""),
                ("Policy ~jo/x", 1, "~USER is not supported", "write the whole path"), ("Principals a,,b", 1, "an empty name in a,,b", ""),
                ("Include config", 1, "files include one another too deeply", ""), ("CA \x1b[31m", 1, "cannot be named \\x1b[31m", "")]
        for text, line, message, hint in rows:
            with self.subTest(text):
                file = self.config(text)
                done = self.halligan(None, "config", "show", "--config", file, pin=None).expect(3, out="", err=message)
                self.assertIn(f"{file}:{line}: ", done.err)
                self.assertIn(hint, done.err)
                self.assertNotIn("\x1b", done.err)
        file = self.config("DefaultCA red\nCA blue\n")
        self.halligan(None, *MINT, "--config", file, pin=None).expect(3, err=f"{file}:1: DefaultCA: no CA is named red")

    def test_what_an_emergency_would_miss(self):
        for name in ("ca", "other"):
            key_pair(self.work, name)
        file = self.config("CA blue\nPublicKey ca.pub\nKey ca\nPolicy night.policy\nKnownHosts known_hosts\nCoSigners signers\n")
        for name in ("known_hosts", "signers"):
            self.work.write(name, "")
        self.policy("night")
        check = ("config", "check", "--config", file)
        self.halligan(None, *check, pin=None).expect(0, out="CAs         1, nothing missing\n")
        breaks = [("night.policy", '{"colour": 1}', f'{file}:4: policy {self.work.root}/night.policy: unknown member colour'),
                  ("known_hosts", None, f"{file}:5: {self.work.root}/known_hosts: No such file"),
                  ("signers", None, f"{file}:6: "), ("ca.pub", self.work.path("other.pub").read_text(), f"{file}:3: Key and PublicKey are of different CAs"),
                  ("ca.pub", None, f"{file}:2: ")]
        for name, text, message in breaks:
            with self.subTest(name):
                before = self.work.path(name).read_text()
                self.work.path(name).unlink() if text is None else self.work.write(name, text)
                done = self.halligan(None, *check, "--json", pin=None).expect(1)
                self.assertIn(message, "\n".join(json.loads(done.out)["problems"]))
                self.work.write(name, before)
        self.halligan(None, *check, pin=None).expect(0)

    def test_files_that_others_can_change_decide_nothing(self):
        ca = key_pair(self.work, "ca")
        files = {"config": self.config(f"CA a\nPublicKey {ca}.pub\nKey {ca}\nPrincipals root\n"), "ca.policy": self.policy("ca"),
                 "signers": self.work.write("signers", "ann " + self.work.path("ca.pub").read_text())}
        self.halligan(None, "request", "-n", "root", "-I", "x", "-o", "ben", pin=None).expect()
        self.work.write("ben.request", json.loads(self.halligan(None, "request", "-n", "root", "-I", "x", "-o", "ben", "--force",
                                                                "--json", pin=None).expect().out)["request"])
        command = ("sign", "--config", files["config"], "--request", "ben.request", "--co-signers", "signers")
        for name, file in files.items():
            with self.subTest(name):
                os.chmod(file, 0o666)
                self.halligan(None, *command, pin=None).expect(3, out="", err=f"{file if name != 'signers' else name} is writable by others")
                os.chmod(file, 0o600)
                if os.geteuid() == 0:
                    os.chown(file, 65534, 65534)
                    self.halligan(None, *command, pin=None).expect(3, out="", err="belongs to another user (uid 65534)")
                    os.chown(file, 0, 0)
        self.halligan(None, *command, pin=None).expect(1, err="0 of 1 co-signatures")


class Using(World):
    def setUp(self):
        super().setUp()
        self.key = self.token()
        self.ca = self.make_ca(self.key)
        self.asked = len(self.key.records())

    def signatures(self, token) -> int:
        return sum(record["ctap"] == "getAssertion" for record in token.records())

    def configure(self, text: str) -> None:
        folder = self.work.home / ".config/halligan"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config").write_text(text)

    def test_one_word_is_enough(self):
        """What a person types in the emergency: the rest is configured."""
        self.policy("night", maximum_lifetime="15m", principals=["root"])
        self.configure(f"CA blue\nPublicKey {self.ca}.pub\nPolicy {self.work.root}/night.policy\nPrincipals root\n"
                       f"Validity -5m:+10m\nLedger {self.work.root}/night.ledger\n")
        done = self.halligan(self.key, *MINT).expect(out=f"Ledger      {self.work.root}/night.ledger, record 1")
        self.assertIn(f"  Policy      {self.work.root}/night.policy\n  Ledger      {self.work.root}/night.ledger\n", done.err)
        shown = self.inspect("emergency-cert.pub")
        self.assertEqual((shown["principals"], shown["valid_before"] - shown["valid_after"]), (["root"], 900))
        self.assertIn(str(shown["serial"]), self.halligan(None, "ledger", "list", "--wide", pin=None).expect().out)
        for name in ("blue", self.ca, f"./{self.ca.relative_to(self.work.root)}"):
            with self.subTest(name):
                done = self.halligan(self.key, *MINT, "--ca", name, "-V", "+1h", "-n", "root", "--force")
                done.expect(3, err="policy: maximum-lifetime")
        self.halligan(self.key, *MINT, "--ca", "red", "-n", "root", "--force").expect(4, err="red")
        # A request names its own principals, and a host is no account.
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "host").expect()
        self.halligan(self.key, "sign", "-I", "web1", "--host", "host.pub").expect(2, err="missing option --principals")

    def test_another_token_signs_nothing(self):
        other = self.token("other")
        theirs = self.make_ca(other, folder="theirs")
        self.configure(f"CA blue\nPublicKey {self.ca}.pub\nPrincipals root\nCA red\nPublicKey {theirs}.pub\nKey {self.ca}\nPrincipals root\n")
        touched = [self.signatures(token) for token in (self.key, other)]
        done = self.halligan(other, *MINT, "--ca", "blue").expect(3, out="", err="this is not the CA blue: its key is SHA256:")
        self.assertIn("config:2 names SHA256:", done.err)
        self.halligan(self.key, *MINT, "--ca", "red").expect(3, out="", err="this is not the CA red")
        self.assertEqual([self.signatures(token) for token in (self.key, other)], touched)
        self.assertFalse(self.work.path("emergency").exists())
        self.halligan(self.key, *MINT, "-n", "root").expect()  # neither is the default: what is on the token

    def test_a_ca_without_public_key_is_refused(self):
        self.configure("CA blue\nPolicy x\n")
        self.halligan(self.key, *MINT, "-n", "root").expect(3, err="the configuration of CA blue has no PublicKey")
        self.configure("DefaultCA red\nCA blue\nPublicKey gone.pub\nCA red\nPublicKey also-gone.pub\n")
        self.halligan(self.key, *MINT, "-n", "root", "--ca", self.ca).expect(4, err="cannot tell whether the configuration is about this CA")
        self.halligan(self.key, *MINT, "-n", "root", "--ca", self.ca, "--config", "none").expect()

    def test_whatever_it_is_called_it_is_one_ca(self):
        """Token, handle, relative path, links, copy, agent, another provider library: one ledger, one policy."""
        self.work.write("ca/ca.policy", json.dumps({"principals": ["root"], "maximum_lifetime": "2h"}))
        folder = self.work.path("else")
        folder.mkdir()
        (folder / "link").symlink_to("../ca/ca")
        os.link(self.ca, folder / "hard")
        shutil.copy(self.ca, folder / "copy")
        agent = self.agent(providers=paths.PROVIDER, env=self.key.env)
        self.work.run("ssh-add", "-q", "-S", paths.PROVIDER, self.ca, env={**self.key.env, **agent.env}).expect()
        names = [("handle", ["--ca", self.ca], {}), ("token", [], {}), ("relative path", ["--ca", "ca/ca"], {}),
                 ("symbolic link", ["--ca", folder / "link"], {}), ("hard link", ["--ca", folder / "hard"], {}),
                 ("copy", ["--ca", folder / "copy"], {}), ("agent", ["-U", "--ca", f"{self.ca}.pub"], agent.env),
                 ("provider", ["--ca", folder / "copy", "--provider", paths.PROVIDER], {})]
        ledger = self.work.ledger_of(self.ca)
        for number, (what, arguments, env) in enumerate(names, 1):
            with self.subTest(what):
                done = self.halligan(self.key, *MINT, "-n", "root", "--force", *arguments, env=env).expect(
                    out=f"Ledger      {ledger}, record {number}")
                self.assertRegex(done.err, f"  Policy      (\\S*/|)ca/ca.policy\n  Ledger      {ledger}\n")
                self.halligan(self.key, *MINT, "-n", "daemon", "--force", *arguments, env=env).expect(3, err="policy: principals")
        self.halligan(None, "ledger", "verify", pin=None).expect(0, out="intact")
        found = list(self.work.root.rglob("*.ledger"))
        self.assertEqual([file for file in found if not file.is_symlink()], [ledger])
        self.assertEqual({file.resolve() for file in found}, {ledger.resolve()})
        self.assertIn(self.work.path("ca/ca.ledger"), found)
        self.halligan(self.key, *MINT, "-n", "root", "--force", "--ledger", "ca/ca.ledger").expect(out=f"Ledger      {ledger}, record")
        # Moved with its folder it is found again; gone, nothing is signed.
        self.work.path("ca").rename(self.work.path("moved"))
        token = (self.key, *MINT, "--force", "-n")
        self.halligan(*token, "root").expect(4, err="which was in force for this CA, does not exist")
        self.halligan(*token, "root", "--ca", "moved/ca").expect()
        self.halligan(*token, "daemon").expect(3, err="policy: principals")
        self.work.write("else/copy.policy", "{}")
        self.halligan(*token, "root", "--ca", folder / "copy").expect(3, err="two policies differ: ")
        self.halligan(*token, "root", "--ca", folder / "copy", "--policy", folder / "copy.policy").expect()
        self.work.path("moved/ca.policy").unlink()
        hint = self.halligan(*token, "root").expect(4).err.splitlines()[-1]
        self.work.run("sh", "-c", hint[hint.index("rm "):]).expect()
        self.halligan(*token, "daemon").expect(0, err="  Policy      none\n")


class TakingOver(World):
    """Ledgers of earlier releases: beside the CA's file, and one for all CAs."""

    def setUp(self):
        super().setUp()
        self.ca = key_pair(self.work, "ca")
        self.own = self.work.ledger_of(self.ca)
        self.common = self.own.parent.with_name("ca.ledger")
        self.common.parent.mkdir(parents=True)

    def record(self, ledger, serial: int, ca: str = "ca") -> harness.Completed:
        return self.halligan(None, *MINT, "--ca", ca, "-n", "root", "--force", "--ledger", ledger, "-z", str(serial), pin=None).expect()

    def mint(self) -> harness.Completed:
        return self.halligan(None, *MINT, "--ca", "ca", "-n", "root", "--force", "--json", pin=None)

    def serials(self) -> list[int]:
        out = self.halligan(None, "ledger", "export", pin=None).expect().out
        return sorted(json.loads(line)["serial"] for line in out.splitlines())

    def test_nothing_is_lost_and_serials_go_on(self):
        key_pair(self.work, "other")
        self.record("ca.ledger", 7_000_000_000_000)
        self.record(self.common, 5)
        self.record(self.common, 8_000_000_000_000, ca="other")
        before = [self.work.path("ca.ledger").read_bytes(), self.common.read_bytes()]
        done = self.mint().expect()
        self.assertEqual(done.err.count("copied the ledger "), 2, done.err)
        self.assertEqual(json.loads(done.out)["serial"], 8_000_000_000_001)
        self.assertEqual(json.loads(done.out)["ledger"], {"file": str(self.own), "record": 1})
        self.assertEqual([self.work.path("ca.ledger").read_bytes(), self.common.read_bytes()], before)
        self.halligan(None, "ledger", "verify", pin=None).expect(0, out="intact")
        self.assertEqual(self.serials(), [5, 7_000_000_000_000, 8_000_000_000_000, 8_000_000_000_001])
        # An earlier release goes on with the old one; what it adds is copied, too, and only then.
        self.assertNotIn("copied the ledger", self.mint().expect().err)
        self.record("ca.ledger", 9_000_000_000_000)
        self.assertEqual(self.mint().expect().err.count("copied the ledger ca.ledger to "), 1)
        self.assertEqual(len(list(self.own.parent.glob("taken-*.ledger"))), 2)
        # A copy keeps what its original has lost.
        self.work.path("ca.ledger").write_bytes(before[0])
        self.assertNotIn("copied the ledger", self.mint().expect().err)
        self.assertIn(9_000_000_000_000, self.serials())
        self.assertEqual(len(self.serials()), 8)

    def test_what_cannot_be_taken_over_stops_the_signature(self):
        self.record("ca.ledger", 5)
        self.mint().expect()
        whole = self.work.path("ca.ledger").read_text()
        self.work.path("ca.ledger").unlink()
        self.mint().expect()
        self.work.path("ca.ledger").unlink()  # the link
        self.work.write("ca.ledger", "not a ledger\n")
        count = len(self.serials())
        self.mint().expect(3, out="", err="ledger: ca.ledger: not a ledger")
        self.work.path("ca.ledger").unlink()
        self.record("ca.ledger", 6)  # another chain
        self.mint().expect(0, err="copied the ledger")
        forked = self.work.write("fork", whole)
        self.record(forked, 77)
        taken = next(each for each in self.own.parent.glob("taken-*.ledger") if whole in each.read_text())
        self.record(self.work.write("fork2", whole), 78)
        taken.write_text(self.work.path("fork2").read_text())
        self.work.write("ca.ledger", forked.read_text())
        self.mint().expect(1, out="", err="and its copy: two copies of chain")
        self.assertGreater(len(self.serials()), count)


if __name__ == "__main__":
    harness.main()
