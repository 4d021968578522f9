"""checkpin, run and env with agents that hang, lie or belong to somebody else; and the surroundings of a job."""

import json
import os
import signal
import socket
import struct
import threading

import harness
from harness import SOON, paths
from harness.process import until
from unattended_world import LOCKED, NO_AGENT, NO_TOKEN, PIN, UNLOCKED, USAGE, World

LIST, SIGN, ADD, FAILURE, SUCCESS, ANSWER = 11, 13, 25, 5, 6, 12


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def take(data: bytes) -> tuple[bytes, bytes]:
    """The string at the beginning, and the rest."""
    size = struct.unpack(">I", data[:4])[0]
    return data[4:4 + size], data[4 + size:]


class Agents(World):
    def test_dead_hung_missing_and_another_users(self):
        self.backup()
        self.unlock().expect()
        self.check(UNLOCKED)
        agent = self.stock.daemon.process
        agent.send_signal(signal.SIGSTOP)
        try:
            shown = self.check(NO_AGENT)
            self.assertIn("does not answer", shown["reason"])
            self.halligan("run", "--", "true").expect(NO_AGENT, err="did not run true")
            done = self.unlock().expect(4, err="does not answer")
            self.assertLess(done.seconds, SOON)
            self.fill(self.stock.socket)
            self.assertIn("does not answer", self.check(NO_AGENT)["reason"])
        finally:
            agent.send_signal(signal.SIGCONT)
        self.stock.daemon.stop()
        self.check(NO_AGENT)
        self.check(NO_AGENT, env={"SSH_AUTH_SOCK": ""})
        self.check(NO_AGENT, env={"SSH_AUTH_SOCK": "/" + "x" * 200})
        self.unlock(env={"SSH_AUTH_SOCK": ""}).expect(4, err="no ssh-agent")

    def fill(self, path) -> None:
        """So many connections that nobody accepts that the next one would wait for ever."""
        while True:
            one = socket.socket(socket.AF_UNIX)
            self.addCleanup(one.close)
            one.setblocking(False)
            try:
                one.connect(str(path))
            except BlockingIOError:
                return

    def test_another_users_agent_is_refused(self):
        if os.geteuid() != 0:
            return
        self.backup()
        self.work.root.chmod(0o755)
        folder = self.work.path("theirs")
        folder.mkdir(mode=0o700)
        os.chown(folder, 65534, 65534)
        daemon = self.work.daemon("theirs", ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "ssh-agent", "-D", "-a",
                                             folder / "agent"])
        daemon.wait_for("SSH_AUTH_SOCK=")
        theirs = {"SSH_AUTH_SOCK": str(folder / "agent")}
        before = self.token.requests()
        self.unlock(env=theirs).expect(4, err="is a socket of user nobody")
        self.assertEqual(self.token.requests(), before)
        self.assertIn("nobody", self.check(NO_AGENT, env=theirs)["reason"])
        for command in (["lock"], ["env"]):
            self.halligan(*command, env=theirs).expect(4, out="", err="is a socket of user nobody")
        self.assertIn("no identities", self.work.run("ssh-add", "-l", env=theirs).out)

    def test_one_that_may_not_load_the_library_or_does_not_find_the_token(self):
        self.backup()
        strict = self.agent(name="strict", providers="/nowhere/*", env=self.token.env)
        self.unlock(env=strict.env).expect(4, err="ssh-agent -P ")
        for elsewhere in ("", "internal"):  # then the one that lies beside the program is meant
            self.unlock(env={"SSH_SK_PROVIDER": elsewhere}).expect()
        self.unlock("--provider", "/nowhere/lib.so").expect(4, err="No such file")
        self.unlock("--provider", "/usr/bin/env").expect(3, err="is not a SecurityKeyProvider")
        blind = self.agent(name="blind", env={"HALLIGAN_DEVICE": "/nowhere/token"})
        self.unlock(env=blind.env).expect(5, err="the agent must find the token")
        self.assertEqual(blind.list(self.work), "", "nothing is left in it")

    def test_a_hung_token(self):
        self.backup()
        self.unlock().expect()
        process = self.token.daemon.process
        process.send_signal(signal.SIGSTOP)
        try:
            done = self.halligan("checkpin").expect(NO_TOKEN)
            self.assertLess(done.seconds, SOON)
        finally:
            process.send_signal(signal.SIGCONT)
        self.check(UNLOCKED)

    def test_a_wrong_token(self):
        self.backup()
        self.unlock().expect()
        self.token.stop()
        other = self.softkey("other", pin=PIN)
        self.token.path.symlink_to(os.readlink(other.path))
        self.assertIn("does not sign with the key in the ssh-agent", self.check(NO_TOKEN)["reason"])


class Liar:
    """Between halligan and the stock agent; `change(message, answer)` gives what halligan gets. None is silence."""

    def __init__(self, path, stock, change):
        self.path, self.env = path, {"SSH_AUTH_SOCK": str(path)}
        self._stock, self._change, self._silent = str(stock), change, []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    @staticmethod
    def receive(peer: socket.socket) -> bytes:
        with peer.makefile("rb") as stream:
            head = stream.read(4)
            return stream.read(struct.unpack(">I", head)[0]) if len(head) == 4 else b""

    def _serve(self):
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            message = self.receive(peer)
            if message:
                with socket.socket(socket.AF_UNIX) as real:
                    real.connect(self._stock)
                    real.sendall(string(message))
                    answer = self._change(message, self.receive(real))
                if answer is None:
                    self._silent.append(peer)
                    continue
                peer.sendall(answer)
            peer.close()

    def close(self):
        self._listener.close()
        for peer in self._silent:
            peer.close()


class Lies(World):
    def liar(self, name: str, change) -> dict:
        liar = Liar(self.work.path(name), self.stock.socket, change)
        self.addCleanup(liar.close)
        return liar.env

    def test_what_it_signs_is_verified(self):
        self.backup()
        self.backup(name="second")
        self.unlock().expect()
        blobs = []
        memory = {}

        def replayed(message, answer):
            """The signature of another challenge."""
            if message[0] == SIGN:
                answer = memory.setdefault("signature", answer)
            return string(answer)

        def other_key(message, answer):
            """Signed by another key of the same agent."""
            if message[0] == LIST:
                blobs[:] = [blob for blob in self.blobs(answer)]
            if message[0] == SIGN:
                blob, rest = take(message[1:])
                return string(self.ask(message[:1] + string(next(each for each in blobs if each != blob)) + rest))
            return string(answer)

        def flipped(message, answer):
            if message[0] == SIGN:
                answer = answer[:40] + bytes([answer[40] ^ 1]) + answer[41:]
            return string(answer)

        def counter(message, answer):
            """The counter is signed too."""
            return string(answer[:-1] + bytes([answer[-1] ^ 1])) if message[0] == SIGN else string(answer)

        on_sign = lambda given: lambda message, answer: given if message[0] == SIGN else string(answer)
        rows = [("flipped", flipped), ("other-key", other_key), ("counter", counter), ("success", on_sign(string(bytes([SUCCESS])))),
                ("garbage", on_sign(string(os.urandom(64)))), ("empty", on_sign(string(b""))), ("long", on_sign(b"\xff\xff\xff\xff")),
                ("torn", on_sign(b"\0\0\0\x40\x0e")), ("hangs-up", on_sign(b"")), ("silent", on_sign(None)),
                ("silent-list", lambda message, answer: None), ("garbage-list", lambda message, answer: string(os.urandom(64))),
                ("many", lambda message, answer: string(b"\x0c\xff\xff\xff\xff"))]
        for name, change in rows:
            with self.subTest(name):
                self.check(NO_AGENT, env=self.liar(name, change))
        honest = self.liar("honest", lambda message, answer: string(answer))
        self.check(UNLOCKED, env=honest)
        env = self.liar("replayed", replayed)
        self.check(UNLOCKED, "backup", env=env)  # it has a good signature of this key now
        self.check(NO_AGENT, "backup", env=env)  # which is for another challenge
        self.check(NO_AGENT, "second", env=env)
        self.halligan("run", "--key", "backup", "--", "true", env=env).expect(NO_AGENT)
        self.check(NO_TOKEN, env=self.liar("refuses", on_sign(string(bytes([FAILURE])))))
        empty = lambda message, answer: string(bytes([ANSWER]) + struct.pack(">I", 0)) if message[0] == LIST else string(answer)
        self.check(LOCKED, env=self.liar("forgets", empty))

    def test_a_key_of_its_own_is_no_ours(self):
        """Who names the fingerprint is not answered by another key of the same application."""
        self.backup()
        shown = json.loads(self.unlock("--json").expect().out)
        fingerprint = shown["keys"][0]["fingerprint"]
        self.check(UNLOCKED, fingerprint)
        self.halligan("lock").expect()
        other = self.softkey("theirs", pin=PIN)
        theirs = self.agent(name="their-agent", env=other.env)
        self.enroll("backup", "ed25519-sk", "no-touch-required", token=other)
        self.unlock(env={**other.env, **theirs.env}).expect()
        self.check(UNLOCKED, env=theirs.env)
        self.check(LOCKED, fingerprint, env=theirs.env)

    def test_unlock_and_lock_do_not_believe_it_either(self):
        self.backup()
        refuses = lambda message, answer: string(bytes([FAILURE])) if message[0] == ADD else string(answer)
        self.unlock(env=self.liar("refuses", refuses)).expect(4, err="refused a key of the library")
        forgets = lambda message, answer: string(bytes([ANSWER]) + struct.pack(">I", 0)) if message[0] == LIST else string(answer)
        self.unlock(env=self.liar("forgets", forgets)).expect(4, err="does not list it")
        wrong = lambda message, answer: string(answer[:-1] + bytes([answer[-1] ^ 1])) if message[0] == SIGN else string(answer)
        self.unlock(env=self.liar("wrong", wrong)).expect(1, err="does not sign with its key")
        self.assertEqual(self.stock.list(self.work), "")
        self.unlock().expect()
        keeps = {"list": b""}

        def kept(message, answer):
            if message[0] == LIST:
                answer = keeps["list"] = keeps["list"] or answer
            return string(answer)
        self.halligan("lock", env=self.liar("keeps", kept)).expect(4, err="still lists it")

    def blobs(self, answer: bytes) -> list[bytes]:
        count, rest, found = struct.unpack(">I", answer[1:5])[0], answer[5:], []
        for _ in range(count):
            blob, rest = take(rest)
            _, rest = take(rest)
            found.append(blob)
        return found

    def ask(self, message: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as real:
            real.connect(str(self.stock.socket))
            real.sendall(string(message))
            return Liar.receive(real)


class Run(World):
    def setUp(self):
        super().setUp()
        self.backup()
        self.unlock().expect()

    def test_the_surroundings_of_a_job(self):
        script = ("import os,sys; sys.stdout.write(repr((os.getsid(0) == os.getpid(), sys.stdin.read(), os.environ['SSH_AUTH_SOCK'],"
                  "os.environ['SSH_ASKPASS_REQUIRE'])))")
        done = self.halligan("run", "--", "/usr/bin/python3", "-c", script, stdin=b"not for it", env={"SSH_ASKPASS_REQUIRE": "force"})
        self.assertEqual(done.expect().out, repr((True, "", str(self.stock.socket), "never")))
        done = self.halligan("run", "--stdin", "--", "cat", stdin=b"for it").expect(0, out="for it")
        # No terminal, although there is one.
        done = self.work.converse(paths.HALLIGAN, "run", "--", "sh", "-c", ": </dev/tty", env=self.env)
        self.assertNotEqual(done.status, 0)

    def test_exit_statuses(self):
        for status in (0, 1, 5, 42, 255):
            self.halligan("run", "--", "sh", "-c", f"exit {status}").expect(status)
        self.halligan("run", "--", "sh", "-c", "kill -KILL $$").expect(137)
        self.halligan("run", "--", "no-such-program").expect(126, err="cannot run no-such-program")
        self.halligan("run").expect(USAGE, err="missing command")
        self.halligan("run", "true").expect(USAGE, err='unexpected argument "true"')
        for command in ("checkpin", "status", "run"):
            self.halligan(command, "--bogus").expect(USAGE, err="unknown option --bogus")
        shown = json.loads(self.halligan("checkpin", "--json", "--bogus").expect(USAGE).err)
        self.assertEqual((shown["status"], shown["code"]), (USAGE, "usage"))
        self.halligan("unlock", "--bogus").expect(2)
        self.halligan("status", "-q").expect(UNLOCKED, out="")
        self.work.run("sh", "-c", f"{paths.HALLIGAN} checkpin || exit 9", env={**self.env, "SSH_AUTH_SOCK": ""}).expect(9)

    def test_a_time_out_ends_all_that_it_started(self):
        script = self.work.write("job", "trap '' TERM\n(trap '' TERM; echo child; exec sleep 600) &\necho $! >child\nwait\nsleep 600\n")
        done = self.halligan("run", "--timeout", "2s", "--", "sh", script).expect(124, err="it timed out")
        self.assertGreaterEqual(done.seconds, 2)
        self.gone("child")

    def test_a_signal_ends_all_that_it_started(self):
        script = self.work.write("job", f"sleep 600 &\necho $! >{self.work.path('child')}\necho started\nwait\n")
        job = self.work.daemon("run", [paths.HALLIGAN, "run", "--", "sh", str(script)], env=self.env)
        job.wait_for("started")
        self.assertEqual(job.stop(), 128 + signal.SIGTERM)
        self.gone("child")

    def gone(self, file) -> None:
        process = int((self.work.root / file).read_text())

        def ended() -> bool:
            try:
                with open(f"/proc/{process}/stat", encoding="utf-8") as status:
                    return status.read().rsplit(")", 1)[1].split()[0] == "Z"
            except (FileNotFoundError, ProcessLookupError):
                return True
        until(ended, "the child to end")

    def test_the_environment_in_each_form(self):
        path = str(self.stock.socket)
        say = 'printf %s "$SSH_AUTH_SOCK"'
        odd = self.work.path("it's $HOME \"quoted\" \\ `x` ! %")
        odd.symlink_to(path)
        for socket_path in (path, str(odd)):
            env = {"SSH_AUTH_SOCK": socket_path}
            for shell, form in (("sh", "--sh"), ("bash", "--sh"), ("fish", "--fish")):
                self.halligan("env", form, env=env).expect()
                line = self.halligan("env", form, env=env).out
                done = self.work.run(shell, "-c", f"{line}{say}", env={"SSH_AUTH_SOCK": "none"}).expect()
                self.assertEqual(done.out, socket_path, line)
        self.assertEqual(self.halligan("env").out, self.halligan("env", "--sh").out)
        self.assertEqual(self.halligan("env", "--systemd").expect().out, f'SSH_AUTH_SOCK="{path}"\n')
        self.assertEqual(self.halligan("env", "--crontab").expect().out, f'SSH_AUTH_SOCK="{path}"\n')
        self.assertEqual(self.halligan("env", "--csh").expect().out, f"setenv SSH_AUTH_SOCK '{path}';\n")
        self.halligan("env", "--crontab", env={"SSH_AUTH_SOCK": str(odd)}).expect(3, out="", err="in that form")
        self.halligan("env", "--sh", "--fish").expect(2, err="cannot be combined")
        self.halligan("env", env={"SSH_AUTH_SOCK": "/nowhere"}).expect(4, out="")

    def test_the_agent_of_systemd_is_found(self):
        folder = self.work.path("run")
        folder.mkdir(mode=0o700)
        (folder / "openssh_agent").symlink_to(self.stock.socket)
        shown = self.check(UNLOCKED, env={"SSH_AUTH_SOCK": "", "XDG_RUNTIME_DIR": str(folder)})
        self.assertEqual(shown["agent"], str(folder / "openssh_agent"))
        self.check(UNLOCKED, "--agent", self.stock.socket, env={"SSH_AUTH_SOCK": "/nowhere"})


if __name__ == "__main__":
    harness.main()
