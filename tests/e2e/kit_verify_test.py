"""halligan kit stick and kit verify: each fault that is planted is caught, and named."""

import json
import pathlib
import re
import shutil
import signal
import subprocess

import harness
from harness import paths
from harness.process import until
from kit_world import KitWorld
from world import key_pair


class KitVerify(KitWorld):
    def setUp(self):
        super().setUp()
        key_pair(self.work, "jo")
        self.stick = self.work.path("stick")

    def make(self, *arguments, status: int = 0, **expected):
        done = self.kit("stick", self.stick, *self.contents(), *arguments)
        done.expect(status, **expected)
        return done

    def check(self, what=None, *arguments, status: int = 0) -> dict[str, list[tuple[str, str]]]:
        """By the names of the checks: verdicts and what was found."""
        done = self.kit("verify", "--json", what or self.stick, *arguments).expect(status)
        found: dict[str, list[tuple[str, str]]] = {}
        for line in done.out.splitlines():
            each = json.loads(line)
            found.setdefault(each["name"], []).append((each["verdict"], each["what"]))
        return found

    def wrong(self, found) -> list[tuple[str, str]]:
        return [(name, what) for name, rows in found.items() for verdict, what in rows if verdict == "wrong"]

    def only(self, name: str, pattern: str, what=None, *arguments) -> None:
        """Exactly one fault is reported. For tests/show/16-kit, which counts."""
        faults = self.wrong(self.check(what, *arguments, status=1))
        self.assertEqual([each for each, _ in faults], [name], faults)
        self.assertRegex(faults[0][1], pattern)
        print(f"caught {name}: {self.id().rsplit('.', 1)[1]}: {faults[0][1]}", flush=True)

    def resum(self) -> None:
        """As somebody who changes the manifest, too."""
        names = sorted(file.name for file in self.stick.iterdir() if not file.name.startswith("SHA256SUMS"))
        done = self.work.run("sha256sum", *names, cwd=self.stick).expect()
        (self.stick / "SHA256SUMS").write_text(done.out)

    def canary(self, validity: str) -> None:
        self.halligan(None, "prove", "--make", "--yes", "--ca", self.work.path("red"), "--account", "root", "-V", validity,
                      "--canaries", self.work.path("canaries")).expect()

    # --- a stick as it should be

    def test_a_stick_is_whole_and_signed(self):
        self.canary("-5m:+365d")
        self.make("--canaries", self.work.path("canaries"), "--key", self.work.path("jo"), out=", signed\n")
        self.work.run("sha256sum", "--strict", "-c", "SHA256SUMS", cwd=self.stick).expect()
        self.work.write("signers", f"jo {self.public('jo')}\n")
        self.work.run("ssh-keygen", "-Y", "verify", "-n", "halligan-kit", "-f", self.work.path("signers"), "-I", "jo", "-s",
                      self.stick / "SHA256SUMS.sig", stdin=(self.stick / "SHA256SUMS").read_bytes()).expect()
        names = {file.name for file in self.stick.iterdir()}
        self.assertLess({"ca-blue.pub", "ca-red.pub", "known_hosts", "hosts", "config", "canaries.pub", "kit.pdf", "README.txt",
                         "style.css", "emergency-access.html", "emergency-access.md"}, names)
        found = self.check(None, "--signer", self.work.path("jo.pub"))
        self.assertEqual(self.wrong(found), [])
        self.assertEqual(found["signature"][0][0], "fine")
        self.assertIn("unknown", dict(self.check()["signature"]))
        self.assertEqual(self.wrong(self.check(self.stick / "kit.pdf")), [])

    def test_its_files_are_those_of_openssh_and_of_this_program(self):
        self.make()
        for name, address in (("web1.example.com", "192.0.2.1"), ("[db1.example.com]:2222", "[2001:db8::7]:2222")):
            for host in (name, address):
                self.work.run("ssh-keygen", "-F", host, "-f", self.stick / "known_hosts").expect(0, out="found: line")
        shown = self.kit("print", "-o", self.work.path("other.pdf"), "--config", self.stick / "config", "--runbooks", self.runbooks)
        shown.expect(0, out="CA          blue SHA256:")
        self.assertEqual((self.stick / "hosts").read_text(),
                         "192.0.2.1 web1.example.com\n192.0.2.7 db1.example.com\n2001:db8::7 db1.example.com\n")

    def test_runbooks_for_a_browser(self):
        self.make()
        page = (self.stick / "emergency-access.html").read_text()
        self.assertIn('<a href="handing-over.html">', page)
        self.assertIn("$ halligan mint --yes -I &quot;$WHY&quot; -n root --ssh &quot;$HOST&quot;", page)
        self.assertIn("<th>you see instead</th>", page)
        self.assertNotRegex(page, r"<script|https?://|test:")
        self.assertIn("prefers-color-scheme: dark", (self.stick / "style.css").read_text())

    def test_no_secret_gets_on_a_stick(self):
        self.make("--add", self.work.path("jo"), status=3, err="jo holds a private key")
        self.work.write("age.txt", "# key\nAGE-SECRET-KEY-1QQQ\n")
        self.make("--add", self.work.path("age.txt"), status=3, err="age.txt holds a private key")
        self.assertFalse(self.stick.exists())
        self.stick.mkdir()
        self.make(status=3, err="stick exists")

    # --- faults

    def test_a_changed_character(self):
        self.make()
        file = self.stick / "known_hosts"
        file.write_text(file.read_text().replace("192.0.2.1", "192.0.2.9", 1))
        self.only("manifest", "known_hosts was changed")

    def test_a_changed_manifest_is_not_signed(self):
        self.make("--key", self.work.path("jo"))
        file = self.stick / "style.css"
        file.write_text(file.read_text() + " ")
        self.resum()
        self.only("signature", "does not verify|signature", None, "--signer", self.work.path("jo.pub"))

    def test_another_signer_and_none(self):
        key_pair(self.work, "stranger")
        self.make("--key", self.work.path("stranger"))
        self.only("signature", "which no --signer is", None, "--signer", self.work.path("jo.pub"))
        (self.stick / "SHA256SUMS.sig").unlink()
        self.only("signature", "not signed", None, "--signer", self.work.path("jo.pub"))

    def test_a_file_too_many_and_one_too_few(self):
        self.make()
        (self.stick / "extra.html").write_text("hello")
        self.only("manifest", "extra.html was added")
        (self.stick / "extra.html").unlink()
        (self.stick / "style.css").unlink()
        self.only("manifest", "style.css is missing")

    def test_a_private_key_that_was_put_there(self):
        self.make()
        shutil.copy(self.work.path("jo"), self.stick / "id")
        self.resum()
        self.only("secrets", "id holds a private key")

    def test_an_expired_canary(self):
        self.canary("-2d:-1d")
        self.make("--canaries", self.work.path("canaries"))
        self.only("canaries", "the canary of root by red expired (24 h|1 day)")

    def test_an_expired_certificate(self):
        self.certificate("-I", "x", "-n", "root", "-V", "-2d:-1d", ca="red")
        self.make("--add", self.work.path("user-cert.pub"))
        self.only("certificates", "user-cert.pub expired")

    def test_a_step_that_needs_dns(self):
        text = (self.runbooks / "emergency-access.md").read_text()
        for command, what in (("ssh root@jump.corp.net", "jump.corp.net is a name, which needs DNS"), ("dig +short web1", "dig asks DNS"),
                              ("scp jump.corp.net:/etc/hosts .", "jump.corp.net is a name"),
                              ("curl -s http://192.0.2.1/", "curl fetches from the network"),
                              ("kinit jo", "kinit needs single sign-on"), ("bw get password safe", "bw needs a password manager"),
                              ("true && op read op://safe/pin", "op needs a password manager")):
            with self.subTest(command):
                self.runbook("extra.md", f"# Extra\n\n```sh laptop\n$ {command}\n```\n")
                shutil.rmtree(self.stick, ignore_errors=True)
                self.make()
                faults = self.wrong(self.check(status=1))
                self.assertIn("runbooks", {name for name, _ in faults})
                self.assertIn(f"extra.md:4: {what}", " ".join(found for _, found in faults))
                print(f"caught runbooks: {command}", flush=True)
        for command in ("ssh root@192.0.2.1", "ssh root@web1.example.com", 'ssh "root@$HOST" cat halligan.conf', "ssh -F none root@[2001:db8::1]"):
            with self.subTest(command):
                self.runbook("extra.md", f"# Extra\n\n```sh laptop\n$ {command}\n```\n")
                shutil.rmtree(self.stick)
                self.make()
                self.assertEqual(self.wrong(self.check()), [])
        self.assertIn("HOST=", text)

    def test_a_host_without_an_address(self):
        self.make("--host", "nowhere.corp.net")
        self.only("hosts", "nowhere.corp.net has no address")

    def test_another_ca(self):
        self.make("--ca", "blue")
        self.only("ca", "the key of the CA red is not on the stick")
        faults = self.wrong(self.check(None, "--ca", self.work.path("red.pub"), "--config", "none", status=1))
        self.assertIn("ca-blue.pub is no CA's key", " ".join(what for _, what in faults))

    def test_a_ledger_that_was_cut(self):
        key = self.token()
        ca = self.make_ca(key)
        self.mint(key, ca).expect()
        self.mint(key, ca, file="second").expect()
        self.make("--ca", ca)
        found = self.check(None, "--ca", ca)
        self.assertIn("0 records older", found["ledger"][0][1])
        self.mint(key, ca, file="third").expect()
        self.assertIn("1 records older", self.check(None, "--ca", ca)["ledger"][0][1])
        ledger = self.work.ledger_of(ca)
        lines = ledger.read_text().splitlines(keepends=True)
        ledger.write_text("".join(lines[:2]))
        self.only("ledger", "lacks the last record", None, "--ca", ca)
        ledger.write_text("")  # one that cannot be read is still there
        self.only("ledger", "cannot be compared with this computer's: ", None, "--ca", ca)

    # --- programs

    def archive(self, *arguments):
        """A small one of the portable program's form: what the whole archive is, tests/show/13-portable tries."""
        top = self.work.path("halligan-portable-0-x86_64")
        if not top.exists():
            subprocess.run([paths.SOURCE / "portable", "--build", paths.BUILD, "--folder", top], check=True, capture_output=True)
            self.addCleanup(shutil.rmtree, top)
        for name in arguments:
            (top / name).write_bytes(b"")  # one that is missing would be found in this computer's folders
        file = self.work.path(f"{top.name}.tar.xz")
        self.work.run("tar", "-C", self.work.root, "-cf", file.with_suffix(""), top.name).expect()
        self.work.run("xz", "-0", "-f", file.with_suffix("")).expect()
        return file

    def test_a_damaged_library(self):
        self.make("--portable", self.archive(), "--key", self.work.path("jo"))
        signer = ["--signer", self.work.path("jo.pub")]
        self.assertRegex(" ".join(what for _, what in self.check(None, *signer)["programs"]), r"halligan-portable\S+ starts: ")
        self.assertIn("was not started", " ".join(what for _, what in self.check()["programs"]))
        shutil.rmtree(self.stick)
        self.make("--portable", self.archive("lib/libcbor.so.0.8" if list(self.work.root.glob("halligan-portable-*/lib/libcbor.so.0.8"))
                                             else "lib/libfido2.so.1"), "--key", self.work.path("jo"))
        self.only("programs", r"does not start here: .*(libcbor|libfido2)\S*: file too short", None, *signer)

    # --- paper

    def test_paper_with_the_keys(self):
        self.print().expect()
        notes = sorted((self.work.home / ".local/state/halligan").glob("ca-*/kit"))
        self.assertEqual(len(notes), 2)
        scanned = [page for page in self.pictures() if self.codes([page])]
        for note in notes:
            note.unlink()
        self.assertEqual(self.wrong(self.check(scanned[0])), [])
        blank = self.pictures_of_first()
        self.only("code", "no QR code could be read", blank)
        self.assertFalse(any(note.exists() for note in notes), "a page is no kit, nor is one with a fault")
        found = self.check(self.work.path("kit.pdf"))
        self.assertEqual(self.wrong(found), [])
        self.assertEqual(len(found["code"]), 2)
        self.assertTrue(all(note.exists() for note in notes))

    def pictures_of_first(self):
        self.work.run("pdftoppm", "-r", "60", "-f", "1", "-l", "1", "-singlefile", "-png", self.work.path("kit.pdf"), self.work.path("first")).expect()
        return self.work.path("first.png")

    def test_a_changed_character_of_a_key_on_paper(self):
        """A kit with another red: one character of its key differs."""
        self.print().expect()
        file = self.work.path("red.pub")
        kind, blob, comment = file.read_text().split(" ", 2)
        for swapped in set("ABCDEFGHIJKLMNOP") - {blob[-5]}:
            file.write_text(f"{kind} {blob[:-5]}{swapped}{blob[-4:]} {comment}")
            if self.kit("verify", self.work.path("kit.pdf")).status != 3:  # half of them are no key
                break
        faults = self.wrong(self.check(self.work.path("kit.pdf"), status=1))
        self.assertEqual(sorted({name for name, _ in faults}), ["code", "text"])
        self.assertTrue(any("a key that is no CA's" in what for _, what in faults), faults)
        print(f"caught code: a changed character of a key on paper: {faults[0][1]}", flush=True)

    def test_programs_that_are_missing_are_named(self):
        self.print().expect()
        done = self.kit("verify", self.work.path("kit.pdf"), env={"PATH": str(self.work.root)})
        done.expect(4, err="sudo apt-get install poppler-utils")
        self.assertIn("pdftoppm", done.err)

    def test_nothing_stays_when_it_is_ended(self):
        """While pdftoppm makes pictures of the pages: they, their folder and the program go."""
        self.print().expect()
        self.work.path("bin").mkdir()
        self.work.write("bin/pdftoppm", '#!/bin/sh\nfor pages; do :; done\necho $$ >"$pages-1.png"\nexec sleep 1000\n', mode=0o755)
        scratch = self.work.path("scratch")
        scratch.mkdir()
        env = {"PATH": f"{self.work.path('bin')}:{self.work.env['PATH']}", "TMPDIR": str(scratch)}
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            verify = self.work.daemon("verify", [paths.HALLIGAN, "kit", "verify", self.work.path("kit.pdf")], env=env)
            until(lambda: any(each.read_text().endswith("\n") for each in scratch.glob("*/*.png")), "half of the pages")
            pdftoppm = next(scratch.glob("*/*.png")).read_text().strip()
            verify.process.send_signal(number)
            self.assertEqual(verify.process.wait(harness.PATIENCE), -number)
            self.assertEqual(list(scratch.iterdir()), [], verify.text())
            self.assertFalse(pathlib.Path("/proc", pdftoppm).exists())

    def test_what_is_no_kit(self):
        self.work.write("text", "hello\n")
        self.kit("verify", self.work.path("text")).expect(3, err="zbarimg cannot read it")
        self.kit("verify", self.work.path("none")).expect(4, err="none")
        self.kit("verify", self.work.home).expect(1, out="manifest    WRONG: no SHA256SUMS")
        self.kit("verify", self.work.path("text"), "--config", "none").expect(2, err="no CA is configured")

    def test_a_hostile_stick_is_only_text(self):
        self.make()
        (self.stick / "a\x1b[31mb").write_text("x")
        done = self.kit("verify", self.stick).expect(1)
        self.assertNotIn("\x1b", done.out)
        self.assertIn("a\\x1b[31mb was added", done.out)


if __name__ == "__main__":
    harness.main()
