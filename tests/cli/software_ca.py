"""Certificates by ssh-keygen under software CAs, for tests that have no token to ask."""

import json

from world import World, key_pair


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


# OpenSSH before 9.8 reads it, and since 10.0 it does not; nobody checks that its four numbers are of a key. As text, too.
DSA_KEY = _string(b"ssh-dss") + b"".join(_string(b"\x40" + bytes(size - 1)) for size in (96, 20, 96, 33))


def krl_of_ca(key: bytes) -> bytes:
    """A revocation list, version 1, with serial 9 of the CA that has this key."""
    head = b"SSHKRL\n\0" + b"\0\0\0\1" + bytes(7) + b"\1" + bytes(16) + bytes(8)
    return head + b"\1" + _string(_string(key) + _string(b"") + b"\x20" + _string((9).to_bytes(8, "big")))


class SoftwareCa(World):
    def certificate(self, *arguments, name: str = "user", ca: str = "software-ca", kind: str = "ed25519") -> str:
        """NAME-cert.pub, for a key of its own, with the letters of ssh-keygen -s."""
        for key in (ca, name):
            if not self.work.path(key).exists():
                key_pair(self.work, key, kind if key == ca else "ed25519")
        self.work.run("ssh-keygen", "-q", "-s", ca, *arguments, f"{name}.pub").expect()
        return f"{name}-cert.pub"

    def spoil(self, name: str) -> str:
        """Change one character of the CA's signature."""
        file = self.work.path(name)
        kind, blob, comment = file.read_text().split(" ", 2)
        swapped = "B" if blob[-10] != "B" else "C"
        file.write_text(f"{kind} {blob[:-10]}{swapped}{blob[-9:]} {comment}")
        return name

    def objects(self, *arguments, status: int = 0, **options) -> list[dict]:
        """What inspect --json prints, an object for each line."""
        done = self.halligan(None, "inspect", "--json", *arguments, **options).expect(status)
        return [json.loads(line) for line in done.out.splitlines()]
