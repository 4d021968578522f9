"""Whose file a ledger may be. Wants root, who alone can make a file of another user."""

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


if __name__ == "__main__":
    if os.geteuid() != 0:
        harness.skip("only root can make a file of another user")
    harness.main()
