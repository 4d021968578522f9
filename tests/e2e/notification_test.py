"""A touch that is awaited is shown on the desktop: by a real bus, for who asked for it, and with nothing left behind."""

import os
import pathlib
import signal
import time

import harness
from harness import paths

SIGN = ("ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f")
# What a desktop has: somebody who owns org.freedesktop.Notifications and answers.
SERVER = '''
import dbus, dbus.mainloop.glib, dbus.service
from gi.repository import GLib
dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
NAME = "org.freedesktop.Notifications"
class Server(dbus.service.Object):
    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, expire):
        print("notified:", app, "|", summary, "|", body, "|", expire, flush=True)
        return 1
    @dbus.service.method(NAME, out_signature="ssss")
    def GetServerInformation(self):
        return ("test", "test", "1", "1.2")
    @dbus.service.method(NAME, out_signature="as")
    def GetCapabilities(self):
        return ["body", "body-markup"]
bus = dbus.SessionBus()
name = dbus.service.BusName(NAME, bus)
server = Server(bus, "/org/freedesktop/Notifications")
print("serving", flush=True)
GLib.MainLoop().run()
'''


class Notification(harness.Case):
    def setUp(self):
        super().setUp()
        runtime = self.work.path("runtime")
        runtime.mkdir(mode=0o700)
        self.runtime = {"XDG_RUNTIME_DIR": str(runtime)}
        self.address = f"unix:path={runtime}/bus"
        bus = self.work.daemon("bus", [paths.program("dbus-daemon"), "--session", "--nofork", "--print-address",
                                       f"--address={self.address}"])
        bus.wait_for(str(runtime))
        self.server = self.work.daemon("server", ["/usr/bin/python3", "-c", SERVER],
                                       env={"DBUS_SESSION_BUS_ADDRESS": self.address})
        self.server.wait_for("serving")
        self.token = self.softkey()
        self.work.run("ssh-keygen", "-q", "-t", "ecdsa-sk", "-O", "application=ssh:<b>&co", "-N", "", "-f", "key",
                      env=self.token.env).expect()
        self.key = self.work.path("key")
        self.data = self.work.write("data", "x\n")
        self.token.replug(touch="ask")

    def sign_while(self, env, seen) -> harness.Completed:
        """Sign on a terminal, touching only after `seen`."""
        self.work.path("data.sig").unlink(missing_ok=True)
        with self.work.terminal(*SIGN, self.key, self.data, env={**self.token.env, **env}) as terminal:
            self.token.wait_for_touch()
            seen()
            self.token.press()
            return terminal.wait().expect()

    def notified(self) -> int:
        return self.server.text().count("notified:")

    def test_it_names_the_token_and_the_purpose_without_markup(self):
        self.sign_while({"HALLIGAN_NOTIFY": "1", **self.runtime}, lambda: self.server.wait_for("notified:"))
        self.assertIn(f"notified: halligan | Touch your security key | Touch the token at {self.token.path} "
                      "to sign for ssh:&lt;b&gt;&amp;co | 30000", self.server.text())
        self.assertEqual(self.notified(), 1)

    def test_the_address_of_the_bus_is_taken_from_its_variable(self):
        self.sign_while({"HALLIGAN_NOTIFY": "1", "DBUS_SESSION_BUS_ADDRESS": self.address},
                        lambda: self.server.wait_for("notified:"))

    def test_an_agent_shows_it(self):
        agent = self.agent(env={**self.token.env, **self.runtime, "HALLIGAN_NOTIFY": "yes"})
        self.work.run("ssh-add", "-q", self.key, env=agent.env).expect()
        with self.work.terminal(*SIGN, f"{self.key}.pub", self.data, env=agent.env) as terminal:
            self.server.wait_for("notified:")
            self.token.press()
            terminal.wait().expect()

    def test_nobody_is_told_who_did_not_ask_for_it(self):
        # The server answers what comes after: had there been a notification, it would be there by then.
        for env in (self.runtime, {**self.runtime, "HALLIGAN_NOTIFY": "0"}, {"HALLIGAN_NOTIFY": "1"},
                    {"HALLIGAN_NOTIFY": "1", "XDG_RUNTIME_DIR": str(self.work.home)}):
            self.sign_while(env, lambda: None)
        self.sign_while({"HALLIGAN_NOTIFY": "1", **self.runtime}, lambda: self.server.wait_for("notified:"))
        self.assertEqual(self.notified(), 1)

    def test_a_bus_that_does_not_answer_costs_nothing_and_leaves_no_process(self):
        os.kill(self.server.process.pid, signal.SIGSTOP)  # notify-send now waits for its answer
        self.addCleanup(os.kill, self.server.process.pid, signal.SIGCONT)

        def started():
            harness.until(self.notify_sends, "notify-send")
            self.assertEqual(len(self.notify_sends()), 1)
            environment = pathlib.Path(f"/proc/{self.notify_sends()[0]}/environ").read_bytes()
            self.assertNotIn(b"HALLIGAN", environment)
            self.assertNotIn(b"HOME=", environment)

        began = time.monotonic()
        self.sign_while({"HALLIGAN_NOTIFY": "1", **self.runtime}, started)
        self.assertLess(time.monotonic() - began, harness.SOON)
        self.assertEqual(self.notify_sends(), [])

    def notify_sends(self) -> list[str]:
        """The process ids of ours, zombies (which have no environment any more) included."""
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes()
                ours = not environment or self.address.encode() in environment
                if ours and (folder / "comm").read_text() == "notify-send\n":
                    found.append(folder.name)
            except OSError:  # ended meanwhile, or another user's
                pass
        return found


if __name__ == "__main__":
    harness.main()
