"""halligan kit print, read back by programs that this project did not write: poppler, zbar, ssh-keygen."""

import hashlib
import json
import re
import shutil
import xml.etree.ElementTree

import harness
from harness import paths
from kit_world import HEIGHT, KitWorld, RUNBOOKS, WIDTH

TOKENS = ["--token", "blue: YubiKey 5C, serial 12345678, safe A", "--token", "red: Token2, serial 99, safe B"]
HOSTILE = "x\x1b[31m \u202egnp \u2028$(id) `id` ';\"<b>&amp;\\ é"


class KitPrint(KitWorld):
    def test_pages_of_paper_with_their_fonts(self):
        self.print(*TOKENS, "--seal", "A-0042").expect(0, out="Hosts       2\n")
        self.assertEqual(self.work.path("kit.pdf").stat().st_mode & 0o777, 0o600)
        told = self.work.run("pdfinfo", self.work.path("kit.pdf")).expect().out
        self.assertRegex(told, r"Page size: .*\(A4\)")
        fonts = self.work.run("pdffonts", self.work.path("kit.pdf")).expect().out.splitlines()[2:]
        self.assertGreater(len(fonts), 1)
        for font in fonts:
            self.assertRegex(font, r" yes yes yes ", "embedded, a subset, with a table of characters")
        text = self.text()
        for wanted in ("YubiKey 5C, serial 12345678, safe A", "A-0042", "PIN of the token blue", "PIN of the token red", "cut here"):
            self.assertIn(wanted, text)
        pages = int(re.search(r"Pages: +(\d+)", told)[1])
        self.assertEqual(len(re.findall(rf": page \d+ of {pages}\n", text)), pages)

    def test_the_emergency_page_is_one_page_with_every_command(self):
        self.print().expect()
        page = self.text("kit.pdf", "-f", "1", "-l", "1", "-layout")
        self.assertEqual(self.text().count("Emergency access: page"), 1)
        commands = re.findall(r"^\$ (.*)$", (RUNBOOKS / "emergency-access.md").read_text(), re.M)
        self.assertGreater(len(commands), 5)
        for command in commands:
            self.assertIn(self.squeezed(command), self.squeezed(page))
        fallback = self.squeezed(self.text("kit.pdf", "-layout"))
        for command in re.findall(r"^\$ (.*)$", (RUNBOOKS / "without-halligan.md").read_text(), re.M):
            self.assertIn(self.squeezed(command), fallback)
        self.assertNotIn("test:", page, "directions for tests are not for people")

    def test_an_emergency_page_that_is_too_long_is_refused(self):
        text = (RUNBOOKS / "emergency-access.md").read_text()
        self.runbook("emergency-access.md", text + "\nAnd so on.\n" * 60)
        self.print().expect(3, err="Emergency access: does not fit on one page")
        self.assertFalse(self.work.path("kit.pdf").exists())

    def test_a_code_is_the_line_of_ca_pub(self):
        self.print().expect()
        lines = [self.work.path(f"{name}.pub").read_text().rstrip("\n") for name in ("blue", "red")]
        self.assertEqual(sorted(self.codes(self.pictures())), sorted(lines))
        for line in lines:
            self.assertIn(self.squeezed(line), self.squeezed(self.text()))

    def test_large_keys_have_codes_too(self):
        self.work.run("ssh-keygen", "-q", "-t", "rsa", "-b", "4096", "-N", "", "-C", "large", "-f", self.work.path("large")).expect()
        self.print("--ca", self.work.path("large.pub")).expect()
        self.assertEqual(self.codes(self.pictures(dpi=200)), [self.work.path("large.pub").read_text().rstrip("\n")])

    def test_fingerprints_and_randomart_are_those_of_ssh_keygen(self):
        self.print().expect()
        shown = [line.strip() for line in self.text("kit.pdf", "-layout").splitlines()]
        flat = self.squeezed("".join(shown))
        for name in ("blue", "red"):
            art = self.work.run("ssh-keygen", "-lv", "-f", self.work.path(f"{name}.pub")).expect().out.splitlines()
            self.assertIn(art[0].split()[1], " ".join(shown))
            self.assertEqual(len(art), 12)
            self.assertIn(self.squeezed("".join(art[1:])), flat)

    def test_hosts_have_addresses_and_keys(self):
        self.print().expect()
        text = self.text("kit.pdf", "-layout")
        row = re.search(r"web1\.example\.com +192\.0\.2\.1 +ssh-ed25519", text)
        self.assertIsNotNone(row, text)
        self.assertRegex(text, r"db1\.example\.com, port 2222 +192\.0\.2\.7")
        self.assertIn("2001:db8::7", text)
        for key in ("web1-key", "db1-key"):
            self.assertIn(self.work.run("ssh-keygen", "-l", "-f", self.work.path(f"{key}.pub")).expect().out.split()[1], text)
        self.print("--host", "nowhere.example.com", file="bare.pdf").expect(0, out="Hosts       1, 1 without an address\n")
        self.assertRegex(self.text("bare.pdf", "-layout"), r"nowhere\.example\.com +none: needs DNS")

    def test_the_record_is_on_paper(self):
        key = self.token()
        ca = self.make_ca(key)
        self.mint(key, ca).expect()
        self.print("--ca", ca).expect()
        record = self.work.ledger_of(ca).read_bytes().splitlines()[-1]
        self.assertIn(hashlib.sha256(record).hexdigest(), self.squeezed(self.text()))
        self.assertRegex(self.text("kit.pdf", "-layout"), rf"SHA256:\S+ +{json.loads(record)['counter']}\n")

    def test_no_text_leaves_the_page(self):
        name = "n" * 60 + "." + "m" * 60 + "." + "o" * 60 + ".example.com"
        self.know((f"{name},192.0.2.1", "web1-key"))
        self.print("--token", "t" * 300, "--token", "a: " + "word " * 300, "--seal", "9" * 200).expect()
        words = re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">', self.text("kit.pdf", "-bbox"))
        self.assertGreater(len(words), 500)
        for left, top, right, bottom in (map(float, each) for each in words):
            self.assertTrue(30 < left < right < WIDTH - 30 and 30 < top < bottom < HEIGHT - 30, (left, top, right, bottom))
        self.assertIn(name, self.squeezed(self.text()))

    def test_many_hosts_go_on_with_the_head_of_the_table(self):
        self.know(*((f"host{number}.example.com,192.0.2.{number}", "web1-key") for number in range(1, 121)))
        self.print().expect(0, out="Hosts       120\n")
        text = self.text("kit.pdf", "-layout")
        pages = [page for page in text.split("\f") if "Hosts: page" in page]
        self.assertGreater(len(pages), 2)
        for page in pages:
            self.assertRegex(page, r"host +addresses +host keys")
        self.assertEqual(len(set(re.findall(r"host\d+\.example\.com", text))), 120)

    def test_hostile_names_and_comments_are_only_text(self):
        blue = self.work.path("blue.pub")
        blue.write_text(f"{self.public('blue')} {HOSTILE}\n")
        inventory = {"all": {"hosts": [HOSTILE]}, "_meta": {"hostvars": {HOSTILE: {"ansible_host": "web1.example.com"}}}}
        self.work.write("inventory", json.dumps(inventory))
        self.print("--token", HOSTILE, "--seal", HOSTILE, "--inventory", self.work.path("inventory")).expect(0, out="Hosts       1\n")
        text = self.text()
        for character in ("\x1b", "\u202e", "\u2028"):
            self.assertNotIn(character, text)
        self.assertIn("<b>&amp;", text, "no markup")
        self.assertIn("\\x1b", text)
        # The line without the comment, which readers would decode each in their own way.
        self.assertIn(self.public("blue"), self.codes(self.pictures()))

    def test_a_character_without_a_font_is_an_error(self):
        self.print("--token", "safe \U0010fffd").expect(3, err="no font of this computer has some of its characters")

    def test_pictures_of_the_pages(self):
        self.print("--svg", self.work.path("svg")).expect()
        pages = sorted(self.work.path("svg").iterdir())
        pdf = int(re.search(r"Pages: +(\d+)", self.work.run("pdfinfo", self.work.path("kit.pdf")).expect().out)[1])
        self.assertEqual(len(pages), pdf)
        for page in pages:
            root = xml.etree.ElementTree.parse(page).getroot()
            self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
            self.assertEqual(list(root.iter("{http://www.w3.org/2000/svg}text")), [], "letters are outlines")

    def test_what_is_there_is_kept(self):
        self.work.write("kit.pdf", "mine")
        self.print().expect(3, err="kit.pdf exists")
        self.assertEqual(self.work.path("kit.pdf").read_text(), "mine")
        self.print("--force").expect()
        self.work.path("pages").mkdir()
        self.print("--svg", self.work.path("pages"), file="other.pdf").expect(3, err="pages exists")
        self.assertFalse(self.work.path("other.pdf").exists())

    def test_everything_else_works_without_the_layout(self):
        alone = self.work.path("alone")
        alone.mkdir()
        shutil.copy(paths.HALLIGAN, alone / "halligan")
        done = self.work.run(alone / "halligan", "kit", "print", "-o", self.work.path("kit.pdf"), *self.contents())
        done.expect(4, err="install the package halligan-kit")
        self.work.run(alone / "halligan", "inspect", self.work.path("blue.pub")).expect()
        needed = self.work.run("ldd", paths.HALLIGAN).expect().out
        self.assertNotRegex(needed, "cairo|pango|qrencode|fontconfig")

    def test_no_ca_and_no_runbook(self):
        self.print("--config", "none").expect(2, err="no CA is configured")
        (self.runbooks / "without-halligan.md").unlink()
        self.print().expect(4, err='no runbook "without-halligan"')


if __name__ == "__main__":
    harness.main()
