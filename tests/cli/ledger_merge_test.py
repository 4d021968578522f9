"""halligan ledger merge: the chains of several machines in one file, for reading."""

import stat

import harness
from ledger_test import GAP, LedgerCase


class Merging(LedgerCase):
    def test_two_machines_one_ca(self):
        self.mint_some(2)
        laptop = self.work.path("laptop")
        self.halligan(self.key, "mint", "--ca", self.ca, "--ledger", laptop, "-I", "x", "-n", "root", "-o", "l1").expect()
        self.mint_some(1)
        # Each by itself has a gap where the other signed; together they have none.
        self.assertEqual(self.codes(), GAP)
        self.assertEqual(self.verdict(laptop, file=self.file)["findings"], [])
        merged = self.work.path("merged")
        self.ledger("merge", "-o", merged, self.file, laptop).expect()
        self.assertEqual(stat.S_IMODE(merged.stat().st_mode), 0o600)
        verdict = self.verdict(file=merged)
        self.assertEqual((verdict["findings"], len(verdict["chains"])), ([], 2))
        self.assertEqual(merged.read_text(), self.file.read_text() + laptop.read_text())
        # What is merged again with what grew since is taken once.
        self.mint_some(1)
        again = self.work.path("again")
        self.ledger("merge", "-o", again, merged, self.file, laptop).expect()
        self.assertEqual([chain["certificates"] for chain in self.verdict(file=again)["chains"]], [4, 1])
        self.assertEqual(self.ledger("list", again).expect().out.count("\nchain "), 1)

    def test_a_merged_copy_does_not_grow(self):
        self.mint_some(1)
        other = self.work.path("other")
        self.halligan(self.key, "mint", "--ca", self.ca, "--ledger", other, "-I", "x", "-n", "root", "-o", "o").expect()
        self.ledger("merge", "-o", self.work.path("merged"), self.file, other).expect()
        self.mint(self.key, self.ca, "--ledger", self.work.path("merged"), file="no").expect(3, err="merged: this is a merged copy; records cannot be appended to it")

    def test_a_ledger_that_was_written_to_in_two_places(self):
        self.mint_some(1)
        copy = self.work.write("copy", self.file.read_text())
        self.mint_some(1)
        self.halligan(self.key, "mint", "--ca", self.ca, "--ledger", copy, "-I", "x", "-n", "root", "-o", "c").expect()
        for command in (["verify"], ["list"], ["merge", "-o", self.work.path("merged")]):
            self.ledger(*command, self.file, copy).expect(1, err="differ in record 2")
        self.assertFalse(self.work.path("merged").exists())

    def test_what_is_damaged_is_not_merged(self):
        self.mint_some(2)
        lines = self.file.read_text().splitlines()
        broken = self.work.write("broken", "\n".join([lines[0], lines[2]]) + "\n")
        self.ledger("merge", "-o", self.work.path("merged"), broken).expect(1, err="record 1 is missing")
        self.assertFalse(self.work.path("merged").exists())
        self.mint(self.key, self.ca, "--ledger", broken, file="no").expect(3, err="is damaged: record 2")


if __name__ == "__main__":
    harness.main()
