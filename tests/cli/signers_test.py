"""Who signs: a key that an ssh-agent holds, a key in a file, and another library than ours."""

import json
import os
import pathlib
import select
import shutil
import signal

import harness
from harness import paths
from harness.process import Failure
from world import PIN, World, key_pair

SOFTWARE = ("ed25519", "ecdsa", "rsa")


class Signers(World):
    def setUp(self):
        super().setUp()
        self.subject = key_pair(self.work, "ben").with_name("ben.pub")
        self.certificate = self.work.path("ben-cert.pub")
        # Where a private agent has its folder: in a folder of the test's, which must be empty again.
        self.temporary = self.work.path("tmp")
        self.temporary.mkdir(mode=0o700)
        self.work.env["TMPDIR"] = str(self.temporary)

    def sign(self, *arguments, **options) -> harness.Completed:
        self.certificate.unlink(missing_ok=True)
        options.setdefault("pin", None)
        return self.halligan(None, "sign", "-I", "ben 4711", "-n", "root", *arguments, self.subject, **options)

    def held(self, *keys: str, env=None, letters=()) -> dict[str, str]:
        """An agent that holds these keys."""
        self._agents = getattr(self, "_agents", 0) + 1
        agent = self.agent(env=env, name=f"agent{self._agents}")
        for key in keys:
            self.work.run("ssh-add", "-q", *letters, key, env=agent.env).expect()
        return agent.env

    def signed_by(self, ca: pathlib.Path) -> str:
        """ssh-keygen's words on the certificate, which must be by this CA."""
        fingerprint = self.work.run("ssh-keygen", "-l", "-f", ca.with_name(f"{ca.name}.pub")).expect().out.split()[1]
        return self.work.run("ssh-keygen", "-L", "-f", self.certificate).expect(out=f" {fingerprint} (using ").out

    def records(self, ca: str) -> list[dict]:
        out = self.halligan(None, "ledger", "export", self.work.ledger_of(ca), pin=None).expect().out
        return [json.loads(line) for line in out.splitlines() if '"certificate"' in line]

    def nothing_is_left(self) -> None:
        self.assertEqual(list(self.temporary.iterdir()), [])
        self.assertEqual(self.agents(), [])

    def agents(self) -> list[int]:
        """The processes around private agents in this test's folder: agent, its keeper, ssh-add, ssh-sk-helper."""
        # ssh-agent is setgid on Debian, and such programs lose TMPDIR.
        folder, helpers = str(self.work.root).encode(), b"ssh-sk-helper"
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words, environment = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
            except OSError:
                continue
            if b"/halligan-agent." in words + environment and folder in words + environment or (helpers in words and folder in environment):
                found.append(int(process.name))
        return found

    def await_agents(self, count: int) -> list[int]:
        """agents(), once there are so many: when another program starts a process nobody is told."""
        found: list[int] = []

        def enough() -> bool:
            found[:] = self.agents()
            return len(found) >= count

        harness.until(enough, f"{count} processes around the private agent")
        return found

    def await_sleep(self, name: str) -> None:
        """Until the private agent's process of this name waits for something: it asks before it reads."""
        def state(process: int) -> str:
            words = pathlib.Path(f"/proc/{process}/stat").read_text()
            return words.rsplit(") ", 1)[1][0] if f"({name})" in words else ""
        harness.until(lambda: "S" in [state(process) for process in self.agents()], f"a {name} that waits")

    def child_of(self, process: int) -> int:
        return int(pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()[0])

    def await_the_end(self, processes: list[int]) -> None:
        for process in processes:
            try:
                fd = os.pidfd_open(process)
            except ProcessLookupError:
                continue
            ended, _, _ = select.select([fd], [], [], 10)
            os.close(fd)
            if not ended:
                words = pathlib.Path(f"/proc/{process}/cmdline").read_bytes()
                raise Failure(f"process {process} still runs: {words}")


class Agent(Signers):
    def test_keys_of_every_kind(self):
        cas = [key_pair(self.work, f"ca-{kind}", kind) for kind in SOFTWARE]
        env = self.held(*map(str, cas))
        for kind, ca in zip(SOFTWARE, cas):
            for named in (f"{ca}.pub", str(ca)):
                with self.subTest(named):
                    self.sign("-U", "--ca", named, env=env).expect(err=f"in the ssh-agent at {env['SSH_AUTH_SOCK']}")
                    self.assertIn({"ed25519": "using ssh-ed25519", "ecdsa": "using ecdsa-sha2-nistp256",
                                   "rsa": "using rsa-sha2-512"}[kind], self.signed_by(ca))
        self.halligan(None, "mint", "--ca-agent", "--ca", f"{cas[0]}.pub", "-I", "ann", "-n", "root", "-o", "em",
                      env=env, pin=None).expect()
        self.certificate = self.work.path("em-cert.pub")
        self.signed_by(cas[0])

    def test_the_policy_and_the_ledger_are_those_of_the_ca(self):
        ca = key_pair(self.work, "ca")
        env = self.held(str(ca))
        self.sign("-U", "--ca", f"{ca}.pub", env=env).expect(out="ca.ledger, record 1")
        self.sign("--ca", ca).expect(out="ca.ledger, record 2")
        self.assertEqual(len(self.records("ca")), 2)
        self.assertIsNone(self.records("ca")[0]["counter"])
        self.policy("ca", principals=["admin"])
        self.sign("-U", "--ca", f"{ca}.pub", env=env).expect(3, err="policy: principals")
        self.policy("ca", verify_required=True)
        for way in (["-U", "--ca", f"{ca}.pub"], ["--ca", ca]):
            self.sign(*way, env=env).expect(3, err="policy: ca-verify-required: the CA key is not on a token")
        self.assertFalse(self.certificate.exists())
        self.assertEqual(len(self.records("ca")), 2)

    def test_a_request_is_signed_too(self):
        ca = key_pair(self.work, "ca")
        env = self.held(str(ca))
        asked = self.work.run(paths.HALLIGAN, "request", "--key", "ben", "-n", "root", "-I", "incident 4711").expect().out
        self.work.write("ben.request", asked)
        self.halligan(None, "sign", "-U", "--ca", f"{ca}.pub", "--request", "ben.request", "-n", "root", env=env,
                      pin=None).expect()
        self.signed_by(ca)

    def test_what_can_be_wrong(self):
        ca, other = key_pair(self.work, "ca"), key_pair(self.work, "other")
        fingerprint = self.work.run("ssh-keygen", "-l", "-f", ca).expect().out.split()[1]
        lock = self.work.askpass("key of the lock", "lock").env
        locked = self.held(str(ca))
        self.work.run("ssh-add", "-x", env={**locked, **lock}).expect()
        refusing = {**self.work.env, "SSH_ASKPASS": "/bin/false", "SSH_ASKPASS_REQUIRE": "force"}
        rows = [({}, 4, "SSH_AUTH_SOCK is not set"), ({"SSH_AUTH_SOCK": "/nowhere"}, 4, "no ssh-agent at SSH_AUTH_SOCK: /nowhere"),
                ({"SSH_AUTH_SOCK": str(ca)}, 4, "Connection refused"),
                (self.agent(name="empty").env, 4, f"does not hold the key {fingerprint}: it is empty, or locked"),
                (self.held(str(other)), 4, f"does not hold the key {fingerprint}"), (locked, 4, "ssh-add -X"),
                (self.held(str(ca), env=refusing, letters=["-c"]), 5, "ssh-agent refused to sign")]
        for env, status, words in rows:
            with self.subTest(words):
                self.sign("-U", "--ca", f"{ca}.pub", env=env).expect(status, err=words)
                self.assertFalse(self.certificate.exists())
        # A key of another name that is called like the CA is not the CA.
        self.work.run("ssh-keygen", "-q", "-c", "-C", fingerprint, "-f", other).expect()
        self.sign("-U", "--ca", f"{ca}.pub", env=self.held(str(other))).expect(4, err="does not hold the key")

    def test_options_that_exclude_each_other(self):
        ca = key_pair(self.work, "ca")
        rows = [(["-U"], "-U needs --ca FILE"), (["--provider", "x"], "--provider needs --ca FILE"),
                (["-U", "--ca", ca, "--provider", "x"], "-U and --provider"),
                (["-U", "--ca", ca, "--device", "x"], "have no effect with -U"),
                (["--ca", ca, "--provider", paths.PROVIDER], "--provider needs a key on a token")]
        for options, words in rows:
            with self.subTest(words):
                self.sign(*options).expect(2, err=words)


class AgentsToken(Signers):
    def setUp(self):
        super().setUp()
        self.key = self.token(pin=None)

    def sk_key(self, name: str, *letters) -> pathlib.Path:
        self.work.run("ssh-keygen", "-q", "-t", "ecdsa-sk", "-N", "", "-f", name, *letters, env=self.key.env).expect()
        return self.work.path(name)

    def test_a_touch_is_announced_and_counted(self):
        ca = self.make_ca(self.key)
        env = self.held(str(ca), env=self.key.env)
        self.sign("-U", "--ca", f"{ca}.pub", env=env).expect(err="touch the token that blinks: ssh-agent is waiting for it")
        self.signed_by(ca)
        record = self.records("ca/ca")[0]
        self.assertEqual(record["flags"], 1)
        self.assertGreater(record["counter"], 0)

    def test_a_key_that_wants_no_touch_is_no_ca(self):
        ca = self.sk_key("untouched", "-O", "no-touch-required")
        env = self.held(str(ca), env=self.key.env)
        asked = len(self.key.records())
        self.sign("-U", "--ca", f"{ca}.pub", env=env).expect(4, err="policy: ca-touch: discarded the CA's signature, which was made without a touch")
        signed = [record for record in self.key.records()[asked:] if record["ctap"] == "getAssertion" and record["status"] == "0x00:OK"]
        self.assertTrue(signed, "nothing was signed that could be thrown away")
        self.assertFalse(self.certificate.exists())
        self.assertEqual(self.records("untouched"), [])

    def test_a_touch_that_does_not_come(self):
        ca = self.sk_key("ca")
        self.key.replug(touch="never")
        env = self.held(str(ca), env={**self.key.env, "HALLIGAN_TIMEOUT": "1"})
        self.sign("-U", "--ca", f"{ca}.pub", env=env).expect(5, err="ssh-agent refused to sign")
        self.assertFalse(self.certificate.exists())

    def test_another_library(self):
        ca = self.make_ca(self.key)
        library = self.work.path("other, library.so")
        shutil.copy(paths.PROVIDER, library)
        self.sign("--ca", ca, "--provider", library, env=self.key.env).expect(err=f"on a token, through {library}")
        self.signed_by(ca)
        self.nothing_is_left()
        self.halligan(self.key, "mint", "--ca", ca, "--provider", library, "-I", "ann", "-n", "root", "-o", "em").expect()
        self.assertEqual([record["flags"] for record in self.records("ca/ca")], [1, 1])

    def test_another_library_and_a_pin(self):
        self.key = self.token("with-pin", pin=PIN)
        ca = self.make_ca(self.key, "--verify-required")
        self.policy("ca/ca", verify_required=True)
        done = self.sign("--ca", ca, "--provider", paths.PROVIDER, env=self.key.env, pin=PIN).expect()
        self.assertNotIn(PIN, done.out + done.err)
        self.assertEqual(self.records("ca/ca")[0]["flags"], 5)
        self.nothing_is_left()

    def test_what_is_no_library(self):
        ca = self.make_ca(self.key)
        rows = [("/nowhere.so", 4, "--provider /nowhere.so"), ("/", 3, "folder"), ("/bin/true", 3, "is not a SecurityKeyProvider"),
                (self.work.write("words", "sk_api_version\n"), 5, "ssh-agent refused to sign")]
        for path, status, words in rows:
            with self.subTest(words):
                self.sign("--ca", ca, "--provider", path, env=self.key.env).expect(status, err=words)
                self.assertFalse(self.certificate.exists())
        self.nothing_is_left()

    def test_killed_while_the_token_waits(self):
        ca = self.make_ca(self.key)
        self.key.replug(touch="never")
        for number in (signal.SIGINT, signal.SIGKILL):
            with self.subTest(number.name):
                with self.work.terminal(paths.HALLIGAN, "sign", "--yes", "--ca", ca, "--provider", paths.PROVIDER, "-I", "x", "-n",
                                        "root", self.subject, env=self.key.env) as terminal:
                    terminal.expect("touch the token that blinks")
                    processes = self.await_agents(3)
                    os.kill(terminal.process.pid, number)
                    self.assertEqual(terminal.process.wait(10), -number)
                    self.await_the_end(processes)
                self.nothing_is_left()


class File(Signers):
    def test_a_key_without_a_passphrase(self):
        for kind in SOFTWARE:
            with self.subTest(kind):
                ca = key_pair(self.work, f"ca-{kind}", kind)
                done = self.sign("--ca", ca).expect(err=f"the CA key is stored unencrypted in {ca}; anyone who copies it can act as the CA")
                self.assertEqual(done.err.count("anyone who copies it"), 1)
                self.signed_by(ca)

    def test_the_hash_of_an_rsa_signature(self):
        ca, other = key_pair(self.work, "ca", "rsa"), key_pair(self.work, "other")
        self.work.run("ssh-keygen", "-q", "-p", "-N", "secret", "-f", key_pair(self.work, "locked", "rsa")).expect()
        self.work.env |= self.work.askpass("secret").env
        ways = [(ca, ["--ca", ca], {}), (self.work.path("locked"), ["--ca", "locked"], {}),
                (ca, ["-U", "--ca", f"{ca}.pub"], {"env": self.held(str(ca))})]
        for key, arguments, options in ways:
            for given, expected in (([], "rsa-sha2-512"), (["--rsa-hash", "sha512"], "rsa-sha2-512"),
                                    (["--rsa-hash", "sha256"], "rsa-sha2-256")):
                with self.subTest(arguments[0], given=given):
                    self.sign(*arguments, *given, **options).expect()
                    self.assertIn(f"(using {expected})", self.signed_by(key))
        self.sign("--ca", other, "--rsa-hash", "sha256").expect(2, err="--rsa-hash is for RSA, and the CA's key is ED25519")
        self.sign("--ca", ca, "--rsa-hash", "sha1").expect(2, err="sha1")

    def test_what_is_refused(self):
        ca, other = key_pair(self.work, "ca"), key_pair(self.work, "other")
        self.work.write("open", ca.read_text(), mode=0o644)
        rows = [(f"{ca}.pub", "a public key, which cannot sign"), ("open", "others can read"),
                (self.work.write("torn", ca.read_text()[:200]), "torn: "), (self.work.write("words", "no key"), "words: ")]
        self.work.path("ca.pub").chmod(0o644)
        for file, words in rows:
            with self.subTest(words):
                self.sign("--ca", file).expect(3, err=words)
        self.sign("--ca", self.work.path("none")).expect(4, err="none")
        self.halligan(None, "sign", "--ca", ca, "-I", "x", "-n", "root", f"{ca}.pub", pin=None).expect(3, err="is the CA's own")
        self.assertFalse(self.certificate.exists())
        self.assertTrue(other.exists())

    def encrypted(self) -> pathlib.Path:
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "horse staple", "-f", "locked").expect()
        return self.work.path("locked")

    def test_a_passphrase_from_askpass(self):
        ca = self.encrypted()
        asking = self.work.askpass("horse staple")
        done = self.sign("--ca", ca, env=asking.env).expect(err=f"in the file {ca}, encrypted")
        self.assertEqual(len(asking.questions()), 1)
        self.assertNotIn("anyone who copies it", done.err)
        self.signed_by(ca)
        self.nothing_is_left()

    def test_a_passphrase_from_the_terminal(self):
        ca = self.encrypted()
        command = [paths.HALLIGAN, "sign", "--ca", ca, "-I", "x", "-n", "root", self.subject]
        with self.work.terminal(*command) as terminal:
            terminal.expect("Enter passphrase for")
            self.assertTrue(terminal.echo_is_off())
            terminal.type("horse\n")
            terminal.expect("Bad passphrase, try again")
            terminal.type("horse staple\n")
            terminal.expect(r"Sign this certificate\?")
            self.assertNotEqual(self.agents(), [])
            terminal.type("n\n")
            self.assertEqual(terminal.wait().status, 1)
        self.nothing_is_left()
        self.work.converse(*command, answers=[("Enter passphrase", "horse staple"), (r"Sign this", "y")]).expect()
        self.signed_by(ca)
        self.nothing_is_left()

    def test_nobody_knows_the_passphrase(self):
        ca = self.encrypted()
        self.sign("--ca", ca).expect(5, err="ssh-add did not load")
        self.work.converse(paths.HALLIGAN, "sign", "--ca", ca, "-I", "x", "-n", "root", self.subject,
                           answers=[("Enter passphrase", "")]).expect(5, out="ssh-add did not load")
        self.assertFalse(self.certificate.exists())
        self.nothing_is_left()

    def test_killed_while_the_passphrase_is_awaited(self):
        ca = self.encrypted()
        # A shell that leads the session, as a person has one: what is left would stay at its terminal.
        shell = 'trap : INT; "$0" "$@"; echo over=$?=; read -r _'
        for number in (signal.SIGINT, signal.SIGKILL):
            with self.subTest(number.name):
                with self.work.terminal("sh", "-c", shell, paths.HALLIGAN, "sign", "--ca", ca, "-I", "x", "-n", "root",
                                        self.subject) as terminal:
                    terminal.expect("Enter passphrase for")
                    processes = self.await_agents(3)
                    self.await_sleep("ssh-add")
                    if number == signal.SIGINT:
                        terminal.type("\x03")
                    else:
                        os.kill(self.child_of(terminal.process.pid), number)
                    terminal.expect(f"over={128 + number}=")
                    self.await_the_end(processes)
                    self.assertFalse(terminal.echo_is_off())
                self.nothing_is_left()


class Together(Signers):
    def keys(self, count: int) -> list[pathlib.Path]:
        return [self.work.write(f"k{i:03}.pub", self.subject.read_text()) for i in range(count)]

    def test_one_question_for_all(self):
        ca = key_pair(self.work, "ca")
        files = self.keys(3)
        command = [paths.HALLIGAN, "sign", "--ca", ca, "-I", "x", "-n", "root", *files]
        self.work.converse(*command, answers=[(r"Sign these 3 certificates\? ", "n")]).expect(1)
        self.assertFalse(self.work.path("k000-cert.pub").exists())
        done = self.work.converse(*command, answers=[(r"Sign these 3 certificates\? ", "y")]).expect(out="records 1 to 3")
        self.assertEqual(done.out.count("To be signed, 3 certificates"), 1)
        serials = [self.inspect(self.work.path(f"k{i:03}-cert.pub"))["serial"] for i in range(3)]
        self.assertEqual(serials, list(range(serials[0], serials[0] + 3)))
        self.halligan(None, "ledger", "verify", self.work.ledger_of("ca"), pin=None).expect()

    def test_more_files_than_descriptors(self):
        ca = key_pair(self.work, "ca")
        files = self.keys(400)
        limited = 'ulimit -n 200; exec "$0" "$@"'
        out = self.work.run("sh", "-c", limited, paths.HALLIGAN, "sign", "--yes", "--json", "--ca", ca, "-I", "x", "-n", "root",
                            *files).expect().out
        self.assertEqual(len(out.splitlines()), 400)
        self.assertEqual(len(list(self.work.root.glob("k*-cert.pub"))), 400)
        self.assertEqual(len(self.records("ca")), 400)
        self.work.run("ssh-keygen", "-L", "-f", "k399-cert.pub").expect()

    def test_all_or_none(self):
        ca = key_pair(self.work, "ca")
        files = self.keys(3)
        self.work.write("k002-cert.pub", "precious")
        self.sign("--ca", ca, *files).expect(3, err="k002-cert.pub exists")
        self.assertFalse(self.work.path("k000-cert.pub").exists())
        self.sign("--ca", ca, "--force", *files).expect()
        self.assertNotEqual(self.work.path("k002-cert.pub").read_text(), "precious")


if __name__ == "__main__":
    harness.main()
