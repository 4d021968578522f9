"""The ledger's file: whose it is, what may take its place, and what may be missing at its end."""

import fcntl
import os
import shutil

import harness
from harness import paths
from harness.work import need
from ledger_test import LedgerCase
from world import key_pair


class LedgerFile(LedgerCase):
    def test_a_ledger_that_is_replaced_during_the_touch(self):
        key_pair(self.work, "ben")
        for way in ("replaced", "removed", "folder"):
            with self.subTest(way):
                ledger = self.work.path(f"folder-{way}") / "ledger"
                ledger.parent.mkdir()
                arguments = ["sign", "--ca", self.ca, "--ledger", ledger, "-I", "x", "-n", "root",
                             self.work.path("ben.pub"), "--force"]
                self.halligan(self.key, *arguments).expect()
                self.work.path("ben-cert.pub").unlink()
                before = ledger.read_bytes()
                self.key.replug(touch="ask")
                sign = self.work.daemon(way, [need(paths.HALLIGAN), *arguments, "--yes"], env=self.key.env)
                self.key.wait_for_touch()
                if way == "replaced":
                    self.work.write("copy", ledger.read_text()).rename(ledger)
                elif way == "removed":
                    ledger.unlink()
                else:
                    ledger.parent.rename(self.work.path("away"))
                    shutil.copytree(self.work.path("away"), ledger.parent)
                self.key.press()
                sign.wait_for(f"the certificate is not released: ledger: {ledger} was taken away or replaced")
                self.assertFalse(self.work.path("ben-cert.pub").exists())
                if way != "removed":
                    self.assertEqual(ledger.read_bytes(), before)
                self.key.replug(touch="auto")

    def test_a_ledger_is_not_replaced_by_a_copy_of_itself(self):
        self.mint_some(2)
        before = self.file.read_bytes()
        other = self.work.path("other")
        self.halligan(self.key, "mint", "--ca", self.ca, "--ledger", other, "-I", "x", "-n", "root", "-o", "o").expect()
        self.work.path("link").symlink_to(self.file)
        os.link(self.file, self.work.path("hard"))
        for output in (self.file, self.file.parent / ".." / self.file.parent.name / self.file.name, self.work.path("link"),
                       self.work.path("hard")):
            for force in ((), ("--force",)):
                with self.subTest(output, force=force):
                    self.ledger("merge", "-o", output, *force, other, self.file).expect(2, err="is one of the ledgers to be merged")
        self.assertEqual(self.file.read_bytes(), before)
        self.assertTrue(self.work.path("link").is_symlink())
        self.ledger("merge", "-o", other, self.file).expect(3, err="exists")
        self.ledger("merge", "-o", other, "--force", self.file).expect()
        self.assertEqual(other.read_bytes(), before)

    def test_merge_waits_for_whoever_writes_to_what_it_replaces(self):
        self.mint_some(1)
        other = self.work.write("other", self.file.read_text())
        with open(other, "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            merge = self.work.daemon("merge", [need(paths.HALLIGAN), "ledger", "merge", "-o", other, "--force", self.file])
            merge.wait_for("another halligan writes to")
            self.assertEqual(os.fstat(held.fileno()).st_ino, other.stat().st_ino)
            fcntl.flock(held, fcntl.LOCK_UN)
        merge.wait_for("1 certificate")
        self.assertEqual(other.read_text(), self.file.read_text())


if __name__ == "__main__":
    harness.main()
