"""halligan mint --agent: key and certificate in the running ssh-agent and nowhere else, for as long as they are valid."""

import json
import os
import resource
import socket
import struct
import subprocess
import threading
import time

import harness
from harness import paths
from harness.process import die_with_parent
from harness.work import need
from world import World, key_pair

LIST, ADD, REMOVE, FAILURE, SUCCESS, ANSWER = 11, 25, 18, 5, 6, 12


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


class FakeAgent:
    """An agent in this process. `answer(message)` gives what goes over the socket; None is silence, b"" hangs up."""

    def __init__(self, path, answer):
        self.path, self.seen = path, []
        self._answer = answer
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._silent = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            with peer.makefile("rb") as stream:
                head = stream.read(4)
                if len(head) < 4:
                    continue
                message = stream.read(struct.unpack(">I", head)[0])
            self.seen.append(message[0])
            answer = self._answer(message)
            if answer is None:
                self._silent.append(peer)
                continue
            if answer:
                peer.sendall(answer)
            peer.close()

    def close(self):
        self._listener.close()
        for peer in self._silent:
            peer.close()


class Honest:
    """What a good agent answers, until it has had enough."""

    def __init__(self, adds: int = 100, listing: bool = True):
        self.adds, self.listing, self.held = adds, listing, []

    def __call__(self, message: bytes) -> bytes:
        if message[0] == LIST:
            held = self.held if self.listing else []
            return string(bytes([ANSWER]) + struct.pack(">I", len(held)) + b"".join(string(b) + string(b"") for b in held))
        if message[0] == ADD:
            if self.adds == 0:
                return string(bytes([FAILURE]))
            self.adds -= 1
            size = struct.unpack(">I", message[1:5])[0]
            blob = message[5 + size:]
            self.held.append(blob[4:4 + struct.unpack(">I", blob[:4])[0]])
        return string(bytes([SUCCESS]))


class MintAgent(World):
    def setUp(self):
        super().setUp()
        self.key = self.token()
        self.ca = self.make_ca(self.key)

    def into(self, agent, *arguments, **options) -> harness.Completed:
        env = {**(agent.env if agent else {}), **options.pop("env", {})}
        return self.halligan(self.key, "mint", "--ca", self.ca, "-I", "ann: incident 4711", "-n", "root", "--agent",
                             *arguments, env=env, **options)

    def test_another_user_s_agent_gets_no_key(self):
        """`sudo -E` and `su` keep SSH_AUTH_SOCK. Only root can make another user's agent here."""
        if os.geteuid() != 0:
            return
        folder = self.work.path("theirs")
        folder.mkdir(mode=0o700)
        os.chown(folder, 65534, 65534)
        self.work.root.chmod(0o755)
        agent = folder / "agent"
        daemon = self.work.daemon("theirs", ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "ssh-agent", "-D", "-a", agent])
        daemon.wait_for("SSH_AUTH_SOCK=")
        env = {"SSH_AUTH_SOCK": str(agent)}
        asked = len(self.key.records())
        done = self.halligan(self.key, "mint", "--ca", self.ca, "-I", "x", "-n", "root", "--agent", env=env)
        done.expect(4, out="", err=f"{agent} is a socket of user nobody")
        self.assertEqual((len(self.key.records()), self.ledger_size()), (asked, 0))
        self.assertIn("no identities", self.work.run("ssh-add", "-l", env=env).out)
        # It may sign as a CA, since its signature is checked; whose it is is said.
        key_pair(self.work, "soft-ca")
        self.work.run("ssh-add", "-q", "soft-ca", env=env).expect()
        done = self.halligan(None, "mint", "-U", "--ca", "soft-ca.pub", "-I", "x", "-n", "root", env=env, pin=None).expect()
        self.assertIn(f"in the ssh-agent at {agent} of user nobody", done.err)

    def fake(self, answer, name: str = "fake") -> harness.Agent:
        fake = FakeAgent(self.work.path(name), answer)
        fake.env = {"SSH_AUTH_SOCK": str(fake.path)}
        self.addCleanup(fake.close)
        return fake

    def ledger_size(self) -> int:
        file = self.work.ledger_of(self.ca)
        return len(file.read_text().splitlines()) if file.exists() else 0

    def works(self, agent, line: str) -> harness.Completed:
        """The agent signs with it, and the signature is right: ssh-add says so."""
        return self.work.run("ssh-add", "-T", self.work.write("held.pub", line), env=agent.env)

    def test_the_agent_lists_the_certificate_and_signs_with_its_key(self):
        agent = self.agent()
        kinds = [("ed25519", None), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("rsa", "2048")]
        for kind, bits in kinds:
            with self.subTest(f"{kind} {bits}"):
                done = self.into(agent, "-t", kind, *(["-b", bits] if bits else [])).expect(out="Log in      ssh root@HOST")
                self.assertIn(f"Agent       {agent.socket}, forgets it in 59 min", done.out)
                self.assertIn("Ledger      ", done.out)
                listed = agent.list(self.work).splitlines()
                self.assertEqual(len(listed), 1, "the key without its certificate, or the trial, is there as well")
                self.assertTrue(listed[0].endswith(" ann: incident 4711"))
                self.works(agent, listed[0] + "\n").expect()
                serial = self.inspect(self.work.path("held.pub"))["serial"]
                self.assertIn(f"Serial      {serial}\n", done.err)
                self.work.run("ssh-add", "-D", env=agent.env).expect()

    def test_not_a_byte_is_written_to_any_file(self):
        agent = self.agent()
        before = self.files()

        def no_files():
            die_with_parent()
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # more than no byte ends the writer

        child = subprocess.run([need(paths.HALLIGAN), "mint", "--ca", self.ca, "-I", "x", "-n", "root", "--agent",
                                "--no-ledger", "--yes"], env={**self.work.env, **self.key.env, **agent.env},
                               cwd=self.work.root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, preexec_fn=no_files, timeout=harness.PATIENCE)
        self.assertEqual(child.returncode, 0, child.stderr.decode())
        self.assertEqual(len(agent.list(self.work).splitlines()), 1)
        self.assertEqual(self.files(), before)

    def test_it_is_forgotten_when_it_ends(self):
        agent = self.agent()
        policy = self.policy(clock_skew=0)
        for seconds in (5, 15, 45):
            validity = ("-V", f"-1m:+{seconds}s")
            shown = json.loads(self.into(agent, "--json", *validity, "--policy", policy).expect().out)
            held = agent.list(self.work)
            if time.time() < shown["valid_before"] - 1:
                break  # else the machine is too busy to look within so few seconds
        self.assertNotIn("file", shown)
        self.assertEqual((shown["agent"], shown["confirm"], shown["kind"]), (str(agent.socket), False, "certificate"))
        self.assertIn(shown["lifetime"], range(1, seconds + 1))
        self.assertTrue(held)
        asked = time.time()
        while agent.list(self.work):
            self.assertLessEqual(asked, shown["valid_before"] + 1, "it is still there")
            time.sleep(0.05)  # until it is empty: that is the event
            asked = time.time()

    def test_confirmation_is_asked_for_at_each_use(self):
        askpass = self.work.askpass("yes", "confirm")
        agent = self.agent(env=askpass.env)
        self.into(agent, "--confirm").expect(out="asks before each use")
        self.assertEqual(askpass.questions(), [])
        self.works(agent, agent.list(self.work)).expect()
        self.assertEqual(len(askpass.questions()), 1)
        self.work.path("confirm").write_text("#!/bin/sh\nexit 1\n")
        self.assertNotEqual(self.works(agent, agent.list(self.work)).status, 0)

    def test_an_agent_that_is_no_good_costs_no_touch(self):
        locked = self.agent(name="locked")
        self.work.run("ssh-add", "-x", env={**locked.env, **self.work.askpass("secret", "lock").env}).expect()
        gnupg = self.fake(Honest(), "S.gpg-agent.ssh")
        self.work.path("link").symlink_to(gnupg.path)
        at = lambda path: {"SSH_AUTH_SOCK": str(path)}
        rows = [
            (None, {}, 4, "no ssh-agent: SSH_AUTH_SOCK is not set"),
            (None, at(""), 4, "no ssh-agent: SSH_AUTH_SOCK is not set"),
            (None, at(self.work.path("nobody")), 4, "nobody: No such file or directory"),
            (None, at("/" + "x" * 200), 3, "not a socket path"),
            (locked, {}, 4, "unlock it"),
            (gnupg, {}, 4, "the agent is GnuPG's"),
            (None, at(self.work.path("link")), 4, "the agent is GnuPG's"),
            (self.fake(Honest(adds=0), "refuses"), {}, 4, "refused a key with a certificate and a lifetime"),
            (self.fake(Honest(listing=False), "forgets"), {}, 4, "accepted the certificate, but does not list it"),
            (self.fake(lambda m: string(bytes([FAILURE])), "fails"), {}, 4, "refused to list its keys"),
            (self.fake(lambda m: string(b""), "empty"), {}, 3, ""),
            (self.fake(lambda m: string(b"\x0c\xff\xff\xff\xff"), "many"), {}, 3, "4294967295 keys"),
            (self.fake(lambda m: string(b"\x0c\0\0\0\1\0\0\0\x09short"), "short"), {}, 3, ""),
            (self.fake(lambda m: string(b"\x0c\0\0\0\0more"), "more"), {}, 3, ""),
            (self.fake(lambda m: os.urandom(64), "garbage"), {}, None, ""),
            (self.fake(lambda m: b"\xff\xff\xff\xff", "long"), {}, 3, "a response of 4294967295 bytes is too large"),
            (self.fake(lambda m: b"\0\0\0\5\x0c", "torn"), {}, 4, "closed in the middle of a response"),
            (self.fake(lambda m: b"", "hangs-up"), {}, 4, "closed in the middle of a response"),
            (self.fake(lambda m: None, "never"), {}, 4, "does not answer"),
        ]
        asked, recorded = len(self.key.records()), self.ledger_size()
        for agent, env, status, message in rows:
            with self.subTest(message or env or agent.path.name):
                done = self.into(agent, env=env)
                self.assertIn(done.status, (status,) if status else (3, 4), done.report())
                self.assertIn(message, done.err)
                self.assertEqual(done.out, "")
        self.assertEqual(gnupg.seen, [])
        self.assertEqual((len(self.key.records()), self.ledger_size()), (asked, recorded))

    def test_an_agent_that_fails_behind_the_touch_loses_a_certificate_that_is_on_record(self):
        recorded = self.ledger_size()
        done = self.into(self.fake(Honest(adds=1), "once")).expect(4, out="")
        self.assertRegex(done.err, r"certificate \d+ was signed and recorded, but not delivered: ssh-agent refused")
        self.assertIn("; then mint another", done.err)
        self.assertEqual(self.ledger_size(), max(recorded, 1) + 1)
        self.into(self.fake(Honest(adds=1), "unrecorded"), "--no-ledger").expect(4, err=" was signed, but not delivered: ")

    def test_what_does_not_go_together(self):
        agent = self.agent()
        rows = [
            (["--agent", "-o", "file"], "--agent and --output cannot be combined"),
            (["--agent", "--force"], "--agent and --force cannot be combined"),
            (["--confirm"], "--confirm requires --agent"),
            (["--agent", "--ssh", "web1"], "--agent and --ssh cannot be combined"),
            (["--ssh", "web1", "-o", "file"], "--ssh and --output cannot be combined"),
            (["--ssh", "web1", "--json"], "--ssh and --json cannot be combined"),
            (["--ssh", "web1", "web2"], "web2"),
            (["--ssh=-oProxyCommand=touch x"], "--ssh: not a host"),
            (["--ssh="], "--ssh"),
            (["--", "uptime"], "arguments after -- need --ssh HOST"),
            (["--agent", "--", "uptime"], "arguments after -- need --ssh HOST"),
        ]
        before, asked = self.files(), len(self.key.records())
        for arguments, message in rows:
            with self.subTest(arguments):
                self.work.run(need(paths.HALLIGAN), "mint", "--yes", "--ca", self.ca, "-I", "x", "-n", "root", *arguments,
                              env={**self.key.env, **agent.env}).expect(2, out="", err=message)
        self.assertEqual((self.files(), len(self.key.records())), (before, asked))


if __name__ == "__main__":
    harness.main()
