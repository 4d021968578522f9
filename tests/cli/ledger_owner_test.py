"""Whose file a ledger may be, and whose programs root runs. Wants root, who alone can make a file of another user."""

import os

import harness
from world import World, key_pair


class Owner(World):
    def test_the_ledger_of_another_user(self):
        key_pair(self.work, "file-ca")
        theirs = self.work.write("theirs", "")
        os.chown(theirs, 65534, -1)
        mint = lambda file, name: self.halligan(None, "mint", "--ca", self.work.path("file-ca"), "--ledger", file, "-I", "x", "-n", "root",
                                                "-o", name, pin=None)
        mint(theirs, "no").expect(3, err="belongs to another user (uid 65534)")
        self.assertFalse(self.work.path("no").exists())
        self.assertEqual(theirs.read_text(), "")
        # In a folder of theirs root works for them, as with sudo.
        folder = self.work.path("folder of theirs")
        folder.mkdir()
        os.chown(folder, 65534, -1)
        mint(theirs.rename(folder / "ledger"), "sudo").expect()
        (folder / "ledger").rename(theirs)
        os.chown(theirs, 0, -1)
        mint(theirs, "yes").expect()

    def test_a_program_that_somebody_else_can_change(self):
        """Root's PATH leads to it before it leads to the system's."""
        folder = self.work.path("programs")
        folder.mkdir(mode=0o755)
        program = folder / "ssh-keyscan"
        ran = self.work.path("ran")
        program.write_text(f"#!/bin/sh\ntouch {ran}\n")
        program.chmod(0o755)
        sshd = self.sshd("")
        env = {"PATH": f"{folder}:{os.environ['PATH']}"}
        inspect = ["inspect", "--host", f"127.0.0.1:{sshd.port}"]
        for path, what in ((folder, "folder"), (program, "program")):
            for owner, mode in ((65534, 0o755), (0, 0o757)):
                with self.subTest(what, owner=owner):
                    os.chown(path, owner, -1)
                    path.chmod(mode)
                    self.halligan(None, *inspect, env=env, pin=None).expect(3, err=f"will not run {program} as root")
                    self.assertFalse(ran.exists())
                    os.chown(path, 0, -1)
                    path.chmod(0o755)
        self.halligan(None, *inspect, env=env, pin=None)
        self.assertTrue(ran.exists())


if __name__ == "__main__":
    if os.geteuid() != 0:
        harness.skip("only root can make a file of another user")
    harness.main()
