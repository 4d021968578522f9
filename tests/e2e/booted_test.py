"""Trees of Debian and whole systems that boot from them: what the tests of hosts take for granted."""

import os
import pathlib

import harness
from harness import booted, fresh, paths, trees

RELEASE = "trixie"


class Systems(harness.Case):
    def setUp(self):
        super().setUp()
        self.tree = trees.tree(RELEASE, "booted")

    def test_two_systems_at_once_with_files_of_the_test(self):
        shown = self.work.write("shown", "of the machine\n", mode=0o644)
        first = booted.Booted(self.work, self.tree, "web1", files={"/etc/motd": "of the test\n"},
                              binds={"/opt/shown": shown})
        second = booted.Booted(self.work, self.tree, "db1", ssh=False)
        self.assertNotEqual(first.address, second.address)
        self.assertEqual(first.run("hostname").expect().out, "web1\n")
        self.assertEqual(first.shell("cat /etc/motd /opt/shown").expect().out, "of the test\nof the machine\n")
        self.assertEqual(second.run("hostname").expect().out, "db1\n")
        first.run("sh", "-c", "exit 3").expect(3)
        first.run("systemctl", "reload", "ssh").expect()
        first.run("systemctl", "is-system-running", "--wait").expect(0, out="running")
        # What it writes is the test's alone, and outlives its end.
        first.run("sh", "-c", "echo changed >/etc/motd").expect()
        self.assertEqual((first.upper / "etc/motd").read_text(), "changed\n")
        first.end()
        second.end()
        self.assertFalse(pathlib.Path(f"/proc/{first.init}").exists())
        self.assertNotEqual((self.tree / "etc/motd").read_text() if (self.tree / "etc/motd").exists() else "", "changed\n")
        first.boot()
        self.assertEqual(first.run("cat", "/etc/motd").expect().out, "changed\n")

    def test_one_may_log_in_and_a_system_that_fails_to_boot_says_so(self):
        key = self.work.path("key")
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).expect()
        system = booted.Booted(self.work, self.tree, "web1",
                               files={"/root/.ssh/authorized_keys": harness.public_part(key) + "\n"})
        known = self.work.write("known_hosts", system.host_key() + "\n")
        self.work.run("ssh", "-F", "none", "-i", key, "-o", f"UserKnownHostsFile={known}", f"root@{system.address}",
                      "systemctl is-active ssh").expect(0, out="active")
        with self.assertRaisesRegex(harness.Failure, "broken ended before"):
            booted.Booted(self.work, self.tree, "broken",
                          before=lambda root: (root.root / "lib/systemd/systemd").unlink())


class Trees(harness.Case):
    def test_a_program_of_the_tree_runs_without_booting_it(self):
        root = trees.Root(self.work, trees.tree(RELEASE, "booted"), "plain")
        root.mount_system()
        self.assertIn(f"VERSION_CODENAME={RELEASE}\n", root.run("cat", "/etc/os-release").expect().out)
        root.run("sh", "-c", "echo $$ >/dev/null; rm -r /usr/share").expect()
        self.assertTrue((trees.tree(RELEASE, "booted") / "usr/share").exists())

    def test_a_command_in_a_clean_clone_on_a_bare_system(self):
        before = set((paths.SOURCE / "build/on").glob(f"{RELEASE}.*"))
        script = 'test -f check && test ! -e build && ! command -v g++ && git status --short >"$1" && test ! -s "$1" && exit 7'
        self.assertEqual(fresh.run(RELEASE, ["sh", "-c", script, "sh", "/tmp/status"]), 7)
        left = {path.name for path in set((paths.SOURCE / "build/on").glob(f"{RELEASE}.*")) - before}
        self.assertLessEqual(left, {f"{RELEASE}.ccache"})

    def test_a_release_that_no_archive_has_is_a_failure_that_says_so(self):
        os.environ["HALLIGAN_TREES"] = str(self.work.path("trees"))
        self.addCleanup(os.environ.pop, "HALLIGAN_TREES")
        with self.assertRaisesRegex(harness.Failure, "no Debian nosuch from any archive"):
            trees.tree("nosuch")
        self.assertEqual([path.name for path in trees.folder().iterdir() if path.is_dir()], [])


if __name__ == "__main__":
    if (missing := booted.problem() or trees.not_made(f"{RELEASE}-booted")):
        harness.skip(missing)
    harness.main(network=True)
