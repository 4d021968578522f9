"""Kits of software CAs, for tests that have no token to ask, and the programs that read them back."""

import pathlib
import re
import sys

import harness
from harness import paths
from harness.process import Completed
from harness.work import need

sys.path.insert(0, str(paths.SOURCE / "tests/cli"))
from software_ca import SoftwareCa  # noqa: E402
from world import key_pair  # noqa: E402

RUNBOOKS = paths.SOURCE / "runbooks"
# A4 in points.
WIDTH, HEIGHT = 595.3, 841.9


class KitWorld(SoftwareCa):
    """Two CAs, blue and red, in a configuration; hosts with keys and addresses."""

    def setUp(self):
        super().setUp()
        # Runbooks are trusted by their owner: those of the source tree may be somebody else's.
        self.runbooks = self.work.path("runbooks")
        self.runbooks.mkdir(mode=0o755)
        for page in RUNBOOKS.glob("*.md"):
            self.runbook(page.name, page.read_text())
        for name, kind in (("blue", "ecdsa"), ("red", "ed25519")):
            key_pair(self.work, name, kind)
        self.configure("blue", "red")
        for name in ("web1-key", "db1-key"):
            key_pair(self.work, name)
        self.know(("web1.example.com,192.0.2.1", "web1-key"), ("[db1.example.com]:2222", "db1-key"))
        self.work.write("addresses", "# of the data centre\n192.0.2.7\tdb1.example.com db1\n2001:db8::7 DB1.example.com\n")

    def configure(self, *names: str) -> None:
        folder = self.work.home / ".config/halligan"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config").write_text("".join(f'CA {name}\nPublicKey "{self.work.path(name)}.pub"\n' for name in names))

    def runbook(self, name: str, text: str) -> pathlib.Path:
        return self.work.write(f"runbooks/{name}", text, mode=0o644)

    def know(self, *lines: tuple[str, str]) -> None:
        """known_hosts: names, and whose key is theirs."""
        self.work.write("known_hosts", "".join(f"{names} {self.public(key)}\n" for names, key in lines))

    def public(self, key: str) -> str:
        """Type and base64 of a key."""
        return " ".join(self.work.path(f"{key}.pub").read_text().split()[:2])

    def kit(self, *arguments, **options) -> Completed:
        return self.work.run(need(paths.HALLIGAN), "kit", *arguments, **options)

    def contents(self) -> list:
        return ["--known-hosts", self.work.path("known_hosts"), "--addresses", self.work.path("addresses"), "--runbooks", self.runbooks]

    def print(self, *arguments, file: str = "kit.pdf", **options) -> Completed:
        return self.kit("print", "-o", self.work.path(file), *self.contents(), *arguments, **options)

    def text(self, file: str = "kit.pdf", *arguments) -> str:
        return self.work.run("pdftotext", *arguments, self.work.path(file), "-").expect().out

    def pictures(self, file: str = "kit.pdf", dpi: int = 150) -> list[pathlib.Path]:
        """Of each page, as a printer would make it."""
        folder = self.work.path(f"{file}.pages")
        folder.mkdir()
        self.work.run("pdftoppm", "-r", str(dpi), "-gray", "-png", self.work.path(file), folder / "page").expect()
        return sorted(folder.iterdir())

    def codes(self, pictures: list[pathlib.Path]) -> list[str]:
        """What is in the QR codes, by somebody else's reader. It ends with 4 where there is none."""
        found = []
        for each in pictures:
            done = self.work.run("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", each)
            self.assertIn(done.status, (0, 4), done.report())
            found += done.out.splitlines()
        return found

    def squeezed(self, text: str) -> str:
        return re.sub(r"\s+", "", text)
