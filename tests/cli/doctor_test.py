"""halligan doctor: for each planted fault it names exactly that one, and what it prints mends it."""

import json
import os
import shlex
import shutil
import time

import harness
from harness import paths
from harness.work import need
from world import PIN, World

NOBODY = 65534
ALL = ["program", "account", "openssh", "provider", "agent", "library", "permissions", "cards", "handoff", "token", "pin", "config", "policy",
       "ledger", "clock", "canaries", "drill", "kit", "unattended"]
PORTABLE = ALL[:9]


class Doctor(World):
    def setUp(self):
        super().setUp()
        self.key = self.token()
        self.policy_file = self.policy(maximum_lifetime="8h")
        self.ca = self.make_ca(self.key, "--policy", self.policy_file)
        (self.work.home / ".config/halligan").mkdir(parents=True)
        self.config = self.work.home / ".config/halligan/config"
        self.write_config(self.ca)
        self.mint(self.key, self.ca).expect()
        self.started = self.agent(providers=f"{os.path.realpath(paths.PROVIDER)},{self.work.root}/*", env=self.key.env)
        # What the printed commands call.
        (self.work.path("bin")).mkdir()
        (self.work.path("bin") / "halligan").symlink_to(paths.HALLIGAN)
        self.work.write("bin/sudo", '#!/bin/sh\nexec "$@"\n', mode=0o755)
        self.environment = {**self.key.env, **self.started.env, **self.work.askpass(PIN).env, "SSH_ASKPASS_REQUIRE": "force",
                            "PATH": f"{self.work.path('bin')}:{self.work.env['PATH']}"}

    def write_config(self, ca) -> None:
        self.config.write_text(f'CA emergency\nPublicKey "{ca}.pub"\nKey "{ca}"\nPolicy "{self.policy_file}"\n')

    def examine(self, *arguments, before: str = "", env=None, prefix: str = "") -> dict[str, dict]:
        """What doctor finds in a shell that first runs `before`, by the names of the checks."""
        script = (f"{before}\n{prefix}halligan doctor --json {shlex.join(arguments)}\nstatus=$?\n"
                  '[ -z "$SSH_AGENT_PID" ] || kill "$SSH_AGENT_PID"\nexit $status')
        done = self.work.run("/bin/sh", "-c", script, env={**self.environment, **(env or {})})
        found = {each["name"]: each for each in map(json.loads, [line for line in done.out.splitlines() if line.startswith("{")])}
        wrong = any(each["verdict"] == "wrong" for each in found.values())
        self.assertEqual(done.status, 1 if wrong else 0, done.report())
        return found

    def planted(self, name: str, what: str) -> None:
        """For tests/show/16-doctor, which counts."""
        print(f"planted {name}: {self.id().rsplit('.', 1)[1]}\t{what}", flush=True)

    def expect_only(self, name: str, found: dict[str, dict]) -> str:
        """The command that mends the only fault."""
        self.planted(name, "named")
        self.assertEqual([each for each in found if found[each]["verdict"] == "wrong"], [name], found)
        self.assertNotEqual(found[name]["mend"], "")
        return found[name]["mend"]

    def expect_fine(self, name: str, found: dict[str, dict]) -> None:
        self.assertEqual([each for each in found if found[each]["verdict"] == "wrong"], [], found)
        self.assertEqual(found[name]["verdict"], "fine", found[name])

    def mended(self, name: str, *arguments, **options) -> str:
        """The fault is found, the command is run, and it is gone. @return the command"""
        command = self.expect_only(name, self.examine(*arguments, **options))
        self.expect_fine(name, self.examine(*arguments, before=command, **options))
        self.planted(name, "mended by its command")
        return command

    def test_a_healthy_computer(self):
        records = len(self.key.records())
        found = self.examine()
        self.assertEqual(list(found), ALL)
        # This computer may have pcscd, or not.
        self.assertEqual({each["verdict"] for name, each in found.items() if name not in ("cards", "canaries", "drill", "kit", "unattended")}, {"fine"}, found)
        self.assertEqual({found[name]["verdict"] for name in ("canaries", "unattended")}, {"unknown"}, "not everybody needs them")
        asked = [record["ctap"] for record in self.key.records()[records:] if record["hid"] == "CBOR"]
        self.assertNotIn("authenticatorGetAssertion", asked)
        self.assertNotIn("authenticatorMakeCredential", asked)
        self.assertEqual(self.started.list(self.work), "", "nothing is left in the agent")
        self.assertEqual(list(self.examine("--portable")), PORTABLE)
        self.work.run("halligan", "doctor", env=self.environment).expect(0, out="pin         fine\n            8 tries left\n")

    def test_what_is_printed_is_safe_and_says_where(self):
        found = self.examine("--portable")
        self.assertIn(str(paths.HALLIGAN.resolve()), found["program"]["what"])
        self.assertIn("/ssh-keygen", found["openssh"]["what"])
        self.assertIn("OpenSSH_", found["openssh"]["what"])
        self.assertIn(os.path.realpath(paths.PROVIDER), found["provider"]["what"])

    def test_openssh_that_is_not_in_path(self):
        nothing = {"PATH": str(self.work.path("bin"))}
        self.assertRegex(self.mended("openssh", env=nothing), "^export PATH=")
        self.assertEqual(self.examine(env=nothing)["handoff"]["verdict"], "unknown")

    def test_a_provider_that_ssh_does_not_load(self):
        broken = self.work.write("broken.so", "sk_api_version\n", mode=0o755)
        self.assertEqual(self.mended("provider", env={"SSH_SK_PROVIDER": str(broken)}), "unset SSH_SK_PROVIDER")

    def test_an_agent_that_is_gone(self):
        self.mended("agent", env={"SSH_AUTH_SOCK": str(self.work.path("gone"))})
        self.assertEqual(self.examine(env={"SSH_AUTH_SOCK": ""})["agent"]["verdict"], "unknown", "mint needs none")

    def test_an_agent_that_does_not_load_the_provider(self):
        other = self.agent(name="other", providers="/nowhere/*")
        self.mended("library", env=other.env)

    def test_a_token_that_this_user_may_not_open(self):
        if os.geteuid() != 0:
            return  # the token of an ordinary user's test is that user's own
        # This user may not be allowed into the folder of the project either.
        self.work.root.chmod(0o755)
        self.work.path("bin/halligan").unlink()
        for file in (paths.HALLIGAN, paths.PROVIDER):
            shutil.copyfile(file, self.work.path("bin") / file.name)
            (self.work.path("bin") / file.name).chmod(0o755)
        prefix = (f"setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups env HOME=/nonexistent SSH_AUTH_SOCK= "
                  f"SSH_SK_PROVIDER={self.work.path('bin') / paths.PROVIDER.name} ")
        command = self.expect_only("permissions", self.examine("--portable", prefix=prefix))
        self.assertRegex(command, rf"^sudo chown {NOBODY} /")
        self.expect_fine("permissions", self.examine("--portable", prefix=prefix, before=command))
        nameless = self.examine("--portable", prefix=prefix.replace(str(NOBODY), "64999"), before=command.replace(str(NOBODY), "64999"))
        self.assertEqual(nameless["account"]["verdict"], "unknown")

    def test_a_token_that_is_not_there(self):
        self.key.stop()
        self.assertIn("insert the token", self.expect_only("token", self.examine()))
        self.key.start()
        self.expect_fine("token", self.examine())

    def test_a_token_without_a_pin(self):
        self.assertEqual(self.mended("pin", env=self.token("fresh", pin=None).env), "halligan token pin set")

    def test_a_pin_that_has_to_be_changed(self):
        first = self.token("first", options=["--force-pin-change"])
        self.assertEqual(self.expect_only("pin", self.examine(env=first.env)), "halligan token pin change")

    def test_two_tokens(self):
        second = self.token("second")
        both = {"HALLIGAN_DEVICE": f"{self.key.path}:{second.path}"}
        self.assertEqual(self.mended("token", env=both), f"export HALLIGAN_DEVICE={self.key.path}")

    def wrong_pins(self, count: int) -> None:
        wrong = self.work.askpass("000000", "wrong").env
        for _ in range(count):
            self.work.run("halligan", "token", "keys", "list", env={**self.environment, **wrong}).expect(5)

    def test_a_pin_that_was_mistyped(self):
        self.wrong_pins(3)
        self.assertIn("remove it, insert it again", self.expect_only("pin", self.examine()))
        for mistakes in (3, None):
            self.key.stop()
            self.key.start()
            found = self.examine()
            if mistakes:
                self.expect_fine("pin", found)
                self.wrong_pins(mistakes)
        # Two tries are left.
        self.assertIn("2 tries left", found["pin"]["what"])
        self.assertEqual(self.mended("pin"), "halligan token keys list")
        self.assertIn("8 tries left", self.examine()["pin"]["what"])

    def test_a_pin_that_is_blocked_for_good(self):
        for count in (3, 3, 2):
            self.wrong_pins(count)
            self.key.stop()
            self.key.start()
        self.assertIn("use another token", self.expect_only("pin", self.examine()))
        self.expect_fine("pin", self.examine(env=self.token("another").env))

    def test_a_clock_that_is_late(self):
        late = {"LD_PRELOAD": f"{os.environ.get('LD_PRELOAD', '')}:{need(paths.BUILD / 'lib' / 'fault.so')}".strip(":")}
        before = int(time.time())
        late["FAULT_CLOCK"] = "-86400"
        found = self.examine(env=late)
        self.assertRegex(self.expect_only("clock", found), r"^sudo date -s @\d+$")
        # The clock of this machine is not to be set: the command names a time that is right.
        self.assertLessEqual(abs(int(found["clock"]["mend"].rsplit("@", 1)[1]) - before), harness.PATIENCE)
        del late["FAULT_CLOCK"]
        self.expect_fine("clock", self.examine(env=late))

    def canaries(self, *arguments):
        self.work.run("halligan", "prove", "--make", "--yes", "--account", "root", *arguments, env=self.environment).expect()

    def test_canaries_that_end_soon_or_have_ended(self):
        for validity, says in (("-5m:+13d", "expires in 1"), ("-2d:-1d", "expired 2")):
            with self.subTest(validity):
                self.canaries("-V", validity)
                self.assertIn(says, self.examine()["canaries"]["what"])
                self.assertEqual(self.mended("canaries"), "halligan prove --make --yes --account root --ca emergency")

    def test_canaries_of_another_ca(self):
        other = self.make_ca(self.token("other"), folder="other-ca")
        env = {**self.environment, "HALLIGAN_DEVICE": str(self.work.path("other"))}
        self.work.run("halligan", "prove", "--make", "--yes", "--account", "root", "--config", "none", "--ca", other, env=env).expect()
        self.assertIn("no canary is by the CA emergency", self.examine()["canaries"]["what"])
        self.mended("canaries")

    def test_canaries_that_are_none(self):
        file = self.work.home / ".config/halligan/canaries.pub"
        file.write_text("ssh-ed25519 AAAA\n")
        self.assertRegex(self.expect_only("canaries", self.examine()), "^mv ")
        self.assertEqual(self.examine(before=f"mv {file} {file}.wrong")["canaries"]["verdict"], "unknown")

    def test_an_old_kit(self):
        """The one in the envelope was never looked at again, or has not all that is needed now."""
        shutil.copytree(paths.SOURCE / "runbooks", self.work.path("runbooks"))
        print_it = "halligan kit print -o kit.pdf"
        found = self.examine()["kit"]
        self.assertEqual((found["verdict"], found["mend"]), ("unknown", print_it))
        self.work.run("/bin/sh", "-c", print_it, env=self.environment).expect()
        self.expect_fine("kit", self.examine())
        [note] = (self.work.home / ".local/state/halligan").glob("ca-*/kit")
        self.assertEqual(note.stat().st_mode & 0o777, 0o600)
        for text, says in ((f"{int(time.time()) - 91 * 86400}\n", "91 d"), ("soon\n", "has no time in it"), ("1" * 33, "larger"), ("", "has no time")):
            with self.subTest(text):
                self.work.path("kit.pdf").unlink(missing_ok=True)
                note.write_text(text)
                self.assertIn(says, self.examine()["kit"]["what"])
                self.assertEqual(self.mended("kit"), print_it)
        other = self.make_ca(self.token("other"), folder="other-ca")
        self.config.write_text(self.config.read_text() + f'CA other\nPublicKey "{other}.pub"\n')
        self.work.path("kit.pdf").unlink(missing_ok=True)
        self.assertIn("no kit has the CA other", self.examine()["kit"]["what"])

    def test_jobs_that_are_locked(self):
        self.work.run("ssh-keygen", "-q", "-t", "ed25519-sk", "-N", "", "-f", "backup", "-O", "resident", "-O", "application=ssh:backup", "-O",
                      "no-touch-required", env={**self.environment, "SSH_SK_PROVIDER": str(paths.PROVIDER)}).expect()
        self.assertEqual(self.mended("unattended", "--unattended"), "halligan unlock")
        self.expect_fine("unattended", self.examine("--unattended"))

    def test_a_signature_that_is_on_no_record(self):
        """Nothing mends that: it has to be explained."""
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "other").expect()
        self.work.run("ssh-keygen", "-q", "-s", self.ca, "-I", "x", "-n", "root", "-V", "+5m", "-w", paths.PROVIDER, "other.pub",
                      env=self.environment).expect()
        self.mint(self.key, self.ca, file="later").expect()
        found = self.examine()
        self.assertEqual(self.expect_only("ledger", found), "halligan ledger verify")
        self.assertIn("unrecorded", found["ledger"]["what"])

    def test_a_configuration_that_others_may_write(self):
        self.config.chmod(0o666)
        self.assertRegex(self.mended("config"), "^chmod go-w ")

    def test_a_configuration_that_is_wrong(self):
        for text, word in (("Colour red\n", "config:1"), ("CA x\nPublicKey /nonexistent\n", "/nonexistent")):
            with self.subTest(text):
                self.config.write_text(text)
                found = self.examine()
                self.expect_only("config", found)
                self.assertIn(word, found["config"]["what"])

    def test_a_ca_that_is_bound_to_no_policy(self):
        free = self.make_ca(self.token("free"), folder="free ca")
        self.write_config(free)
        env = {"HALLIGAN_DEVICE": str(self.work.path("free"))}
        self.assertIn("bound to no policy", self.examine(env=env)["policy"]["what"])
        self.mended("policy", env=env)

    def test_a_ca_whose_policy_was_changed(self):
        self.policy_file.write_text('{"maximum_lifetime": "9h"}\n')
        self.assertIn("another policy", self.examine()["policy"]["what"])
        self.mended("policy")

    def test_a_ledger_with_a_torn_record(self):
        ledger = self.work.ledger_of(self.ca)
        whole = ledger.read_bytes()
        ledger.write_bytes(whole[:-40])
        command = self.expect_only("ledger", self.examine())
        self.assertEqual(command, "halligan ledger verify")
        self.work.run("sh", "-c", command, env=self.environment).expect(1, out="FAULT")
        ledger.write_bytes(whole)
        self.expect_fine("ledger", self.examine())


if __name__ == "__main__":
    harness.main()
