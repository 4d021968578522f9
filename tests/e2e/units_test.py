"""runbooks/systemd: units that systemd takes without a word, and what they keep from the agent."""

import os
import re
import shutil

import harness
from harness import paths

UNITS = paths.SOURCE / "runbooks" / "systemd"
MOST_EXPOSED = 2.0
# systemd looks whether a command is there; these are where the packages have them.
STAND_IN = {"/usr/bin/halligan": "/bin/true", "/usr/bin/rsnapshot": "/bin/true"}


class Units(harness.Case):
    def verify(self, kind: str, change=lambda text: text) -> harness.Completed:
        """A copy of all units of that kind, judged by systemd-analyze as for the user backup."""
        folder = self.work.path(kind)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        files = []
        for file in sorted((UNITS / kind).iterdir()):
            text = change(file.read_text())
            for command, other in STAND_IN.items():
                text = text.replace(command, other)
            copy = folder / file.name.replace("@.", "@backup.")
            copy.write_text(text)
            files.append(copy)
        self.assertNotEqual(files, [])
        env = {"SYSTEMD_UNIT_PATH": f"{folder}:/usr/lib/systemd/{kind}", "XDG_RUNTIME_DIR": str(folder)}
        return self.work.run("systemd-analyze", *(["--user"] if kind == "user" else []), "verify", "--man=no", *files, env=env)

    def test_systemd_takes_them(self):
        for kind in ("system", "user"):
            with self.subTest(kind):
                done = self.verify(kind).expect()
                self.assertEqual(done.err, "")
                self.assertIn("Unknown key", self.verify(kind, lambda text: text.replace("[Service]", "[Service]\nWrong=1")).err)

    def exposure(self, text: str, name: str) -> float:
        file = self.work.write(name, text)
        done = self.work.run("systemd-analyze", "security", "--offline=true", "--no-pager", file).expect()
        return float(re.search(r"Overall exposure level .*: ([0-9.]+)", done.out)[1])

    def test_the_units_of_the_system_are_hardened(self):
        for name in ("halligan-agent@.service", "halligan-lock@.service"):
            text = (UNITS / "system" / name).read_text()
            found = self.exposure(text, name.replace("@", "@backup"))
            print(f"{name}: exposure {found}", flush=True)
            self.assertLessEqual(found, MOST_EXPOSED)
            bare = "\n".join(line for line in text.split("\n") if not re.match(r"(Protect|Private|Restrict|System|Capab)", line))
            self.assertGreater(self.exposure(bare, "bare@backup.service"), MOST_EXPOSED, "the figure depends on what the unit says")

    def test_no_agent_leaves_a_core_or_lets_others_in(self):
        for file in UNITS.glob("*/*.service"):
            text = file.read_text()
            if "ssh-agent" in text.split("ExecStart=")[1].split("\n")[0]:
                with self.subTest(file.name):
                    self.assertIn("\nLimitCORE=0\n", text)
                    self.assertIn("\nUMask=0077\n", text)
        system = (UNITS / "system/halligan-agent@.service").read_text()
        for line in ("RuntimeDirectory=halligan-agent/%i", "RuntimeDirectoryMode=0700", "DeviceAllow=char-hidraw rw"):
            self.assertIn(f"\n{line}\n", system)
        for file in (UNITS / "user").glob("*.socket"):
            self.assertIn("\nSocketMode=0600\n", file.read_text())

    def test_the_agent_starts_with_what_the_unit_says(self):
        """Its command, in a folder as RuntimeDirectory= makes it, is one that halligan finds by itself."""
        if os.geteuid() != 0:
            return
        line = re.search(r"^ExecStart=(.*)$", (UNITS / "system/halligan-agent@.service").read_text(), re.M)[1]
        argv = line.replace("%t", "/run").replace("%i", "root").split()
        os.makedirs("/run/halligan-agent/root", mode=0o700)  # /run is the test's own
        self.work.daemon("agent", argv).wait_for("SSH_AUTH_SOCK=")
        self.work.run(paths.HALLIGAN, "env", "--start").expect(0, out="'/run/halligan-agent/root/agent'")

    def test_the_rule_of_udev_names_units_that_are_there(self):
        text = (UNITS / "70-halligan-lock.rules").read_text()
        started = re.findall(r"start ([a-z-]+@)backup\.service", text)
        self.assertEqual(started, ["halligan-lock@"])
        self.assertTrue((UNITS / f"system/{started[0]}.service").is_file())
        self.assertTrue(text.count('ACTION=="remove"') == 1 and 'ENV{ID_FIDO_TOKEN}=="1"' in text)
        if shutil.which("udevadm") and "verify" in self.work.run("udevadm", "--help").out:  # systemd 254
            self.work.run("udevadm", "verify", UNITS / "70-halligan-lock.rules").expect()


if __name__ == "__main__":
    harness.main()
