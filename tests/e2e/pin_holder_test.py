"""halligan unlock --hold-pin: keys that require the PIN for every signature, used by jobs while nobody is there; and how that ends."""

import ctypes
import json
import os
import pathlib
import shutil
import signal
import stat
import time

import harness
from harness import SOON, paths
from harness.memory import holders
from harness.process import until
from pin_holder_world import Held
from unattended_world import LOCKED, NO_TOKEN, PIN, UNLOCKED

HAS_SECRET_MEMORY = ctypes.CDLL(None).syscall(447, 0o2000000) >= 0
# Runs a program on a kernel that does not know memfd_secret(2): a filter answers ENOSYS to it.
WITHOUT_SECRET_MEMORY = """
import ctypes, os, struct, sys
code = b"".join(struct.pack("HBBI", *each) for each in
                ((0x20, 0, 0, 0), (0x15, 0, 1, 447), (0x06, 0, 0, 0x00050000 | 38), (0x06, 0, 0, 0x7fff0000)))
memory = ctypes.create_string_buffer(code)
program = struct.pack("HxxxxxxP", 4, ctypes.addressof(memory))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, ctypes.create_string_buffer(program), 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


class Story(Held):
    def test_unlocked_with_nobody_there_and_locked(self):
        sshd = self.server(self.careful())
        self.token.replug(touch="never")
        self.unlock().expect(4, err="left out ssh:careful: requires the PIN for every signature")
        self.unlock("careful").expect(3, err="--hold-pin 8h")
        began = int(time.time())
        shown = json.loads(self.hold("--json").expect().out)
        self.assertGreaterEqual(shown["pin_held_until"], began + 3600)
        self.assertLessEqual(shown["pin_held_until"], int(time.time()) + 3600)
        self.assertEqual(stat.S_IMODE(self.socket.stat().st_mode) & 0o077, 0)
        for _ in range(3):
            self.logs_in(sshd)
        self.assertIn("verify-required", sshd.folder.joinpath("authorized_keys").read_text())
        self.halligan("run", "--key", "careful", "--", *self.job(sshd)).expect(0, out="logged in")
        self.assertEqual(self.held(UNLOCKED)["pin_held_until"], shown["pin_held_until"])
        self.assertIn("PIN held", self.halligan("status").expect(0).out)
        self.assertEqual(self.tries(), 8)
        process = self.process()

        self.halligan("lock").expect(0, out="ssh:careful")
        self.assertFalse(self.socket.exists())
        self.gone(process)
        self.refused(sshd)
        self.assertIsNone(self.held(LOCKED)["pin_held_until"])
        # Where the key is in the agent all the same, nothing signs with it.
        self.hold().expect()
        self.halligan("lock", env={"SSH_AUTH_SOCK": "/nowhere"}).expect(4)
        before = self.token.requests()
        self.refused(sshd)
        self.assertEqual(self.sends_pins(before), 0)
        self.assertIn("is not held any more", self.held(LOCKED)["reason"])

    def test_keys_beside_each_other(self):
        lines = [self.careful(), self.careful("second", "ecdsa-sk"), self.backup(name="plain")]
        sshd = self.sshd_for(f"restrict,no-touch-required,verify-required {lines[1]}", f"restrict,no-touch-required {lines[2]}")
        self.token.replug(touch="never")
        self.assertEqual(len(json.loads(self.hold("--json").expect().out)["keys"]), 3)
        self.halligan("run", "--key", "second", "--", *self.job(sshd)).expect(0, out="logged in")
        self.halligan("lock", "careful").expect(0, out="ssh:careful")
        self.held(UNLOCKED)
        self.logs_in(sshd)
        process = self.process()
        self.halligan("lock", "second").expect(0, out="ssh:second")
        self.gone(process)  # no key is left that it is held for
        self.logs_in(sshd)  # with the plain one
        self.assertIn("so it is not held", self.hold("plain").expect().err)
        self.assertFalse(self.socket.exists())

    def test_another_unlock_takes_its_place(self):
        sshd = self.server(self.careful())
        self.hold().expect()
        first = self.process()
        self.unlock("--hold-pin", "2h").expect()
        self.gone(first)
        self.assertNotEqual(self.process(), first)
        self.logs_in(sshd)
        self.unlock("--hold-pin", "2h", pin="wrong-pin").expect(5)
        self.logs_in(sshd)  # a wrong one changes nothing

    def test_a_token_that_always_verifies(self):
        sshd = self.sshd("PubkeyAuthOptions verify-required")
        sshd.authorize(f"restrict,no-touch-required {self.backup(name='careful')}")
        self.token.stop()
        self.token._options.append("--always-uv")
        self.token.start()
        self.hold().expect()
        self.logs_in(sshd)

    def test_the_touch_is_kept_where_the_key_has_one(self):
        """ssh with a key file, whose flags ask for a touch and the PIN, and no agent: the PIN is held, the touch is not."""
        self.work.run("ssh-keygen", "-q", "-t", "ed25519-sk", "-N", "", "-f", "touched", "-O", "resident", "-O", "verify-required", "-O",
                      "application=ssh:touched", env={**self.token.env, **self.work.askpass(PIN, "enrolling").env}).expect()
        sshd = self.sshd_for("restrict,verify-required " + harness.public_part(self.work.path("touched")))
        lines = f"  IdentityFile {self.work.path('touched')}\n  SecurityKeyProvider {paths.PROVIDER}\n  BatchMode yes\n"
        sshd.refuse(lines=lines, env=self.env)
        self.hold().expect()
        before = self.token.requests()
        sshd.login(lines=lines, env=self.env)
        asked = [record for record in self.token.records()[before:] if record["ctap"] == "getAssertion"]
        self.assertEqual([record["up"] for record in asked], ["1"])
        # Nobody touches it: the wait ends with whoever asked, and the holder serves the next one.
        self.token.stop()
        self.token.start(touch="never")
        self.hold().expect()
        done = sshd.ssh(lines=lines, env={**self.env, "HALLIGAN_TIMEOUT": "1"}).expect(255)
        self.assertIn("Permission denied", done.err)
        self.held(UNLOCKED)


class Ends(Held):
    def test_when_its_time_is_over(self):
        sshd = self.server(self.careful())
        for seconds in (5, 20, 60):
            began = time.monotonic()
            self.unlock("--hold-pin", f"{seconds}s").expect()
            process = self.process()
            self.logs_in(sshd)
            if time.monotonic() - began < seconds - 1:
                break
        self.gone(process)
        self.assertGreaterEqual(time.monotonic() - began, seconds - 1)
        self.refused(sshd)
        until(lambda: not self.stock.list(self.work), "the agent to forget the key")
        self.held(LOCKED)

    def test_when_the_token_is_pulled(self):
        sshd = self.server(self.careful())
        self.hold().expect()
        process = self.process()
        self.token.stop()
        self.gone(process)
        self.assertFalse(self.socket.exists())
        self.held(NO_TOKEN)
        self.token.start()
        self.refused(sshd)
        self.assertIn("is not held any more", self.held(LOCKED)["reason"])

    def test_when_another_token_has_its_place(self):
        self.careful()
        self.hold().expect()
        process = self.process()
        other = self.softkey("other", pin="another-pin-1")
        # The holder follows no link again: it keeps to the node, and the other token gets no PIN from it.
        self.token.path.unlink()
        self.token.path.symlink_to(os.readlink(other.path))
        self.halligan("checkpin")
        self.assertEqual(sum("Token" in record["sub"] for record in other.records() if record["rp"]), 0)
        self.assertEqual(json.loads(self.halligan("token", "pin", "status", "--json", env=other.env).out)["pin_tries_left"], 8)
        self.token.stop()
        self.gone(process)

    def test_by_a_signal(self):
        sshd = self.server(self.careful())
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL):
            with self.subTest(number):
                self.hold().expect()
                process = self.process()
                os.kill(process, number)
                self.gone(process)
                self.assertEqual(self.socket.exists(), number == signal.SIGKILL)
                self.refused(sshd)
                self.assertIn("is not held any more", self.held(LOCKED)["reason"])

    def test_when_nobody_can_find_it(self):
        """systemd removes the folder of a user whose last session has ended."""
        self.careful()
        for remove in (self.socket.unlink, lambda: self.socket.rename(self.runtime / "elsewhere"),
                       lambda: shutil.rmtree(self.runtime / "halligan")):
            self.hold().expect()
            process = self.process()
            remove()
            self.gone(process)
            self.held(LOCKED)

    def test_a_changed_pin_costs_one_try(self):
        sshd = self.server(self.careful())
        self.hold().expect()
        process = self.process()
        with open(self.work.write("old", PIN), "rb") as old, open(self.work.write("new", "another-pin-2"), "rb") as new:
            self.halligan("token", "pin", "change", "--pin-fd", old.fileno(), "--new-pin-fd", new.fileno(),
                          pass_fds=[old.fileno(), new.fileno()]).expect()
        self.assertEqual(self.tries(), 8)
        self.refused(sshd)
        self.assertEqual(self.tries(), 7)
        self.gone(process)
        for _ in range(3):
            self.refused(sshd)
        self.held(LOCKED)
        self.assertEqual(self.tries(), 7)

    def test_it_answers_nobody_and_is_locked_all_the_same(self):
        """Stopped in the middle: ssh goes on without it, and lock kills it."""
        sshd = self.server(self.careful())
        self.hold().expect()
        process = self.process()
        os.kill(process, signal.SIGSTOP)
        self.refused(sshd)
        self.assertIn("does not answer", self.held(LOCKED)["reason"])
        done = self.halligan("lock").expect()
        self.assertLess(done.seconds, SOON)
        self.gone(process)

    def test_a_person_can_still_be_asked(self):
        """Without a holder it is as ever: the agent asks by askpass."""
        sshd = self.server(self.careful())
        askpass = self.work.askpass(PIN, "asked-by-agent")
        agent = self.agent(name="asks", env={**self.env, **askpass.env})
        self.env.update(agent.env)
        self.hold().expect()
        self.logs_in(sshd)
        self.assertEqual(askpass.questions(), [])
        os.kill(self.process(), signal.SIGKILL)
        self.held(LOCKED)
        self.assertEqual(askpass.questions(), [], "checkpin asks nobody")
        self.logs_in(sshd)
        self.assertEqual(len(askpass.questions()), 1)

    def test_nothing_is_left_where_the_agent_does_not_find_it(self):
        self.careful()
        blind = self.agent(name="blind", env={**self.token.env, "XDG_RUNTIME_DIR": str(self.work.home)})
        self.hold(env=blind.env).expect(5, err="with the same XDG_RUNTIME_DIR")
        self.assertEqual(blind.list(self.work), "")
        self.assertFalse(self.socket.exists())

    def test_it_needs_a_folder_of_its_own(self):
        self.careful()
        self.runtime.chmod(0o755)
        self.hold().expect(4, err="no private folder")
        self.runtime.chmod(0o700)
        self.socket.parent.symlink_to(self.work.home)
        self.hold().expect(4, err="no private folder")
        self.assertEqual(self.stock.list(self.work), "")
        for bad in ("0", "x", "1y"):
            self.unlock("--hold-pin", bad).expect(2, err="--hold-pin")
        self.unlock("--card", "--hold-pin", "1h").expect(2, err="not for an OpenPGP card")


class Secrecy(Held):
    def search(self, *front) -> tuple[int, list, list]:
        """Who has the PIN while it is held, logins having used it."""
        sshd = self.server(self.careful())
        read_end, write_end = os.pipe()
        os.write(write_end, PIN.encode() + b"\n")
        os.close(write_end)
        self.work.run(*front, paths.HALLIGAN, "unlock", "--hold-pin", "1h", "--pin-fd", read_end, pass_fds=[read_end], env=self.env).expect()
        os.close(read_end)
        self.logs_in(sshd)
        self.logs_in(sshd)
        found, seen = holders(PIN.encode(), {self.token.daemon.process.pid})
        return self.process(), found, seen

    def test_its_page_cannot_be_read(self):
        if os.geteuid() != 0 or not HAS_SECRET_MEMORY:
            return
        process, found, seen = self.search()
        self.assertEqual(found, [])
        self.assertTrue(any("--hold-pin" in each for each in seen), seen)  # the holder was searched
        self.assertIn("secretmem", pathlib.Path(f"/proc/{process}/maps").read_text())
        for file in self.work.root.rglob("*"):
            if file.is_file() and not file.name.endswith(".pin") and self.token.state not in file.parents:
                self.assertNotIn(PIN.encode(), file.read_bytes(), file)
        self.halligan("lock").expect()
        self.assertEqual(holders(PIN.encode(), {self.token.daemon.process.pid})[0], [])

    def test_without_such_pages_it_alone_has_it(self):
        if os.geteuid() != 0:
            return
        process, found, _ = self.search("/usr/bin/python3", "-c", WITHOUT_SECRET_MEMORY)
        self.assertEqual(len(found), 1, found)  # and so the search above finds what is there
        self.assertIn("--hold-pin", found[0])
        self.assertNotIn("secretmem", pathlib.Path(f"/proc/{process}/maps").read_text())
        locked = [line.split()[1] for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmLck")]
        self.assertGreater(int(locked[0]), 0)
        self.halligan("lock").expect()
        self.assertEqual(holders(PIN.encode(), {self.token.daemon.process.pid})[0], [])

    def test_its_process(self):
        """Nothing of whoever started it, no dumps, no terminal."""
        self.careful()
        with self.work.terminal(paths.HALLIGAN, "unlock", "--hold-pin", "1h", env=self.env) as terminal:
            terminal.expect("8 tries left: ")
            terminal.type(PIN + "\n")
            terminal.wait().expect(0)
        process = self.process()
        self.held(UNLOCKED)  # the terminal is gone
        folder = pathlib.Path(f"/proc/{process}")
        self.assertRegex((folder / "limits").read_text(), r"Max core file size +0 +0 ")
        self.assertIn("NoNewPrivs:\t1", (folder / "status").read_text())
        fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        self.assertEqual((int(fields[3]), int(fields[4])), (process, 0), "a session of its own, without a terminal")
        if os.geteuid() != 0:
            for name in ("mem", "environ", "maps"):
                with self.assertRaises(PermissionError):
                    (folder / name).read_bytes()
            return
        self.assertEqual(os.readlink(folder / "cwd"), "/")
        names = sorted(os.readlink(each) for each in (folder / "fd").iterdir())
        self.assertEqual(names.count("/dev/null"), 3, names)
        self.assertFalse(any(name.startswith("pipe:") for name in names), names)


if __name__ == "__main__":
    harness.main()
