"""The request block and SSHSIG in Python, so that ssh-keygen -Y can judge the signatures and make them."""

import base64
import dataclasses
import pathlib
import textwrap

BEGIN, END = "-----BEGIN HALLIGAN REQUEST-----", "-----END HALLIGAN REQUEST-----"
PROOF, CO_SIGN = "halligan-request@v1", "halligan-co-sign@v1"


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


class Reader:
    def __init__(self, data: bytes):
        self.data = data

    def take(self, count: int) -> bytes:
        assert count <= len(self.data)
        out, self.data = self.data[:count], self.data[count:]
        return out

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def string(self) -> bytes:
        return self.take(self.number(4))

    def strings(self) -> list[bytes]:
        return [self.string() for _ in range(self.number(4))]


def armor(text: str, begin: str, end: str) -> str:
    return "\n".join([begin, *textwrap.wrap(text, 70), end]) + "\n"


@dataclasses.dataclass
class Block:
    """The three parts; `request` is what the proof signs, signed_part() what co-signatures sign."""
    request: bytes
    proof: bytes
    co_signatures: list[bytes]

    @staticmethod
    def of(text: str) -> "Block":
        lines = text.strip().splitlines()
        assert lines[0] == BEGIN and lines[-1] == END, text
        reader = Reader(base64.b64decode("".join(lines[1:-1]), validate=True))
        assert reader.string() == PROOF.encode()
        block = Block(reader.string(), reader.string(), reader.strings())
        assert not reader.data
        return block

    def signed_part(self) -> bytes:
        return string(PROOF.encode()) + string(self.request) + string(self.proof)

    def text(self) -> str:
        data = self.signed_part() + len(self.co_signatures).to_bytes(4, "big") + b"".join(map(string, self.co_signatures))
        return armor(base64.b64encode(data).decode(), BEGIN, END)


@dataclasses.dataclass
class Fields:
    """The request itself."""
    key: bytes
    principals: list[bytes]
    hosts: list[bytes]
    reason: bytes
    after: int
    before: int
    time: int
    nonce: bytes
    version: int = 1

    @staticmethod
    def of(data: bytes) -> "Fields":
        reader = Reader(data)
        version = reader.number(4)
        fields = Fields(reader.string(), reader.strings(), reader.strings(), reader.string(), reader.number(8),
                        reader.number(8), reader.number(8), reader.string(), version)
        assert not reader.data and fields.bytes() == data
        return fields

    def bytes(self) -> bytes:
        names = lambda each: len(each).to_bytes(4, "big") + b"".join(map(string, each))
        numbers = b"".join(number.to_bytes(8, "big") for number in (self.after, self.before, self.time))
        return (self.version.to_bytes(4, "big") + string(self.key) + names(self.principals) + names(self.hosts)
                + string(self.reason) + numbers + string(self.nonce))


def keygen_verifies(work, public_line: str, name_space: str, signature: bytes, message: bytes, options: str = "") -> bool:
    """ssh-keygen's word on an SSHSIG. `options` stand before the key in the list of signers, with a blank behind."""
    allowed = work.write("keygen.allowed", f"someone {options}{' '.join(public_line.split()[:2])}\n")
    file = work.write("keygen.sig", armor(base64.b64encode(signature).decode(), "-----BEGIN SSH SIGNATURE-----",
                                          "-----END SSH SIGNATURE-----"))
    return work.run("ssh-keygen", "-Y", "verify", "-f", allowed, "-I", "someone", "-n", name_space, "-s", file,
                    stdin=message).status == 0


def keygen_signs(work, key: pathlib.Path, name_space: str, message: bytes, *options: str, env=None) -> bytes:
    """An SSHSIG by ssh-keygen -Y sign."""
    done = work.run("ssh-keygen", "-Y", "sign", "-f", key, "-n", name_space, *options, stdin=message, env=env).expect()
    return base64.b64decode("".join(done.out.strip().splitlines()[1:-1]))


def blob(public: pathlib.Path) -> bytes:
    return base64.b64decode(public.read_text().split()[1])
