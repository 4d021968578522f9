"""The ledger's file: whose it is, what may take its place, and what may be missing at its end."""

import base64
import csv
import fcntl
import hashlib
import io
import json
import os
import shutil

import harness
from harness import paths
from harness.work import need
from ledger_test import LedgerCase, seal
from world import key_pair, requests


class LedgerFile(LedgerCase):
    def test_a_table_has_no_formulas(self):
        formulas = ["=1+2", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://x\",\"y\")"]
        for number, text in enumerate([*formulas, "a=1"]):
            self.halligan(self.key, "mint", "--ca", self.ca, f"--key-id={text}", "--reason", text, "-n", "root", "-o", f"f{number}").expect()
        shown = self.halligan(None, "ledger", "export", "--csv", self.file, pin=None).expect().out
        table = list(csv.DictReader(io.StringIO(shown)))
        for column in ("key_id", "reason"):
            self.assertEqual([line[column] for line in table], [*(f"'{text}" for text in formulas), "a=1"])
        self.assertEqual([int(line["serial"]) > 0 for line in table], [True] * len(table))

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
                sign.wait_for(f"the certificate is not released: ledger: {ledger} was removed or replaced")
                self.assertFalse(self.work.path("ben-cert.pub").exists())
                if way != "removed":
                    self.assertEqual(ledger.read_bytes(), before)
                self.key.replug(touch="auto")

    def test_a_record_that_lost_only_its_newline_is_kept(self):
        ca = key_pair(self.work, "file-ca")
        ledger = self.work.ledger_of("file-ca")
        request = self.work.write("ben.request", self.work.run(need(paths.HALLIGAN), "request", "-n", "root", "-I", "why", "-o",
                                                               self.work.path("ben")).expect().out)
        answer = ["sign", "--ca", ca, "--request", request, "--force"]
        self.halligan(None, *answer, pin=None).expect()
        whole = ledger.read_bytes()
        for records in (2, 1):  # of the certificate's record, and of the first of all
            lines = whole.splitlines(keepends=True)[:records]
            ledger.write_bytes(b"".join(lines)[:-1])
            self.assertEqual(self.codes(file=ledger), ["newline-missing"])
            found = self.verdict(file=ledger)
            self.assertEqual(found["chains"][0]["certificates"], records - 1)
            merged = self.work.path(f"merged{records}")
            self.ledger("merge", "-o", merged, ledger).expect(err="the newline after its last record is missing")
            self.assertEqual(merged.read_bytes(), b"".join(lines))
            done = self.halligan(None, *answer, pin=None).expect(1 if records == 2 else 0, err="restored the missing newline")
            self.assertNotIn("cut off", done.err)
            self.assertTrue(ledger.read_bytes().startswith(b"".join(lines)))
            if records == 2:
                self.assertIn("this request was answered already: record 1", done.err)
                self.assertEqual(ledger.read_bytes(), whole)
            self.assertEqual(self.codes(file=ledger), [])
        self.assertEqual(list(self.work.root.glob("*.torn-*")), [])
        # A record that does not belong there is neither kept nor taken away.
        stranger = whole + seal({**json.loads(whole.splitlines()[1]), "n": 2}).encode()
        ledger.write_bytes(stranger)
        self.halligan(None, *answer, pin=None).expect(3, err="is damaged: record 2")
        self.assertEqual(ledger.read_bytes(), stranger)

    def test_a_file_of_many_lines_takes_little_memory(self):
        """Whatever is in them: empty lines, words, brackets; 20 MB with 200 MB of memory."""
        for name, line in (("empty", b"\n"), ("brackets", b"[[[[[[[[\n"), ("object", b"{}\n"), ("deep", b"[" * (1 << 20) + b"\n")):
            with self.subTest(name):
                self.work.path(name).write_bytes(line * ((20 << 20) // len(line)))
                done = self.work.run("prlimit", f"--data={200 << 20}", paths.HALLIGAN, "ledger", "verify", name)
                done.expect(3, err=f"{name}: ")
        # A damaged line or a few hide no record.
        self.mint(self.key, self.ca).expect()
        ledger = self.work.ledger_of(self.ca)
        self.work.path("damaged").write_bytes(b"junk\n" * 500 + ledger.read_bytes())
        done = self.halligan(None, "ledger", "verify", "damaged", pin=None)
        self.assertEqual(done.status, 1)

    def test_a_full_ledger(self):
        """What could not be read again is not written: nothing is signed by a token in vain, nothing is released."""
        self.work.path("full.ledger").touch(0o600)
        os.truncate(self.work.path("full.ledger"), (255 << 20) + 1)
        before = len(requests(self.key))
        done = self.mint(self.key, self.ca, "--ledger", "full.ledger").expect(3, err="full.ledger is full: a ledger has at most 256 MiB")
        self.assertIn("begin another with --ledger FILE", done.err)
        self.assertEqual([each for each in requests(self.key, before) if each == "getAssertion"], [])
        # One with room for one more record, of the longest that there are.
        ca = key_pair(self.work, "file-ca")
        self.halligan(None, "sign", "--ca", ca, "-I", "full", "--ledger", "first.ledger", "-n", "root", f"{key_pair(self.work, 'ann')}.pub", pin=None).expect()
        start, issued = map(json.loads, self.work.path("first.ledger").read_text().splitlines())
        kind, blob = issued["certificate"].split()
        lines, wanted = [seal(start)], 255 << 20
        size = len(lines[0]) + 1
        while size < wanted:
            number = len(lines)
            text = bytearray(base64.b64decode(blob))
            text[108:116] = number.to_bytes(8, "big")
            record = {**issued, "n": number, "prev": hashlib.sha256(lines[-1].encode()).hexdigest(),
                      "certificate": f"{kind} {base64.b64encode(text).decode()}", "request": ""}
            room = wanted - size - len(seal(record)) - 1
            record["request"] = "\u00e9" * min(room // 6, 32768)
            if room < 200000:
                record["request"] += "x" * (room % 6)
            lines.append(seal(record))
            size += len(lines[-1]) + 1
        ledger = self.work.write("full.ledger", "".join(line + "\n" for line in lines))
        ledger.chmod(0o600)
        self.assertEqual(ledger.stat().st_size, wanted)
        names = [f"{number}.pub" for number in range(700)]
        for name in names:
            os.link(self.work.path("ann.pub"), self.work.path(name))

        def sign(file: str, *keys: str):
            return self.halligan(None, "sign", "--ca", ca, "-I", "full", "--ledger", file, "--reason", "x" * 1024, "-n", "root", *keys, pin=None)

        sign("full.ledger", *names).expect(3, err="full.ledger is full")
        self.assertEqual((ledger.stat().st_size, self.work.path("0-cert.pub").exists()), (wanted, False))
        sign("full.ledger", names[0]).expect()
        self.assertGreater(ledger.stat().st_size, wanted)
        sign("full.ledger", names[1]).expect(3, err="full.ledger is full")
        sign("other.ledger", *names[1:]).expect()
        merged = self.halligan(None, "ledger", "merge", "-o", "both.ledger", "full.ledger", "other.ledger", pin=None)
        merged.expect(3, err="together they are larger than 256 MiB")
        self.assertFalse(self.work.path("both.ledger").exists())

    def test_no_ledger_of_one_s_own(self):
        for command in (["list"], ["export"], ["verify"], ["show", "1"]):
            self.ledger(*command).expect(4, err="no certificate was recorded by this user")
        self.assertNotIn("--ca FILE", self.ledger("list", self.work.path("none")).expect(4).err)

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
                    self.ledger("merge", "-o", output, *force, other, self.file).expect(2, err="is one of the ledgers to merge")
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
            merge.wait_for("another halligan is writing to")
            self.assertEqual(os.fstat(held.fileno()).st_ino, other.stat().st_ino)
            fcntl.flock(held, fcntl.LOCK_UN)
        merge.wait_for("1 certificate")
        self.assertEqual(other.read_text(), self.file.read_text())


if __name__ == "__main__":
    harness.main()
