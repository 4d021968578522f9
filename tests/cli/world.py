"""What the tests of `halligan` share: a token with a PIN, a CA made on it, and the program run against it."""

import json
import pathlib

import harness
from harness import paths
from harness.work import need

PIN = "314159"
APPLICATION = "ssh:emergency-ca"


class World(harness.Case):
    def token(self, name: str = "token", **options) -> harness.Softkey:
        options.setdefault("pin", PIN)
        return self.softkey(name, **options)

    def halligan(self, token, *arguments, pin: str | None = PIN, env=None, **options) -> harness.Completed:
        """Run without a terminal; the PIN comes through askpass, as it would on a desktop, and the yes with the command."""
        asking = self.work.askpass(pin).env if pin else {}
        if arguments and arguments[0] in ("mint", "sign", "co-sign"):
            arguments += ("--yes",)
        return self.work.run(need(paths.HALLIGAN), *arguments, env={**(token.env if token else {}), **asking, **(env or {})},
                             **options)

    def make_ca(self, token, *arguments, folder: str = "ca") -> pathlib.Path:
        """A CA on the token, its files in a folder; the handle file."""
        path = self.work.path(folder)
        path.mkdir()
        self.halligan(token, "ca", "init", "-d", path, *arguments).expect()
        return path / "ca"

    def policy(self, name: str = "policy", **members) -> pathlib.Path:
        """A policy file for --policy."""
        return self.work.write(f"{name}.policy", json.dumps(members))

    def mint(self, token, ca: pathlib.Path, *arguments, file: str = "emergency", **options) -> harness.Completed:
        return self.halligan(token, "mint", "--ca", ca, "-I", "ann: incident 4711", "-n", "root", "-o",
                             self.work.path(file), *arguments, **options)

    def inspect(self, *arguments, **options) -> dict:
        return json.loads(self.halligan(None, "inspect", "--json", *arguments, **options).expect().out)

    def files(self) -> set[str]:
        """The names in the work folder that commands may have left."""
        return {path.name for path in self.work.root.iterdir() if not path.name.startswith("askpass")}


_KEYS: dict[tuple[str, str], tuple[str, str]] = {}


def key_pair(work, name: str, kind: str = "ed25519") -> pathlib.Path:
    """A software key by ssh-keygen in the work folder: made once in a test program, because some kinds take long."""
    path = work.path(name)
    if (name, kind) not in _KEYS:
        size = ["-b", "2048"] if kind == "rsa" else []
        work.run("ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-C", name, "-f", path).expect()
        _KEYS[name, kind] = (path.read_text(), path.with_name(f"{name}.pub").read_text())
    private, public = _KEYS[name, kind]
    work.write(name, private)
    work.write(f"{name}.pub", public)
    return path


def requests(token, since: int = 0) -> list[str]:
    """What the token was asked, in order: CTAP commands, or CTAPHID ones where there is no CTAP command in them."""
    return [record["hid"] if record["hid"] != "CBOR" else record["ctap"] for record in token.records()[since:]]
