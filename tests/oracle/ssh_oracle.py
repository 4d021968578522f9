"""What the ssh_*.py tests share: our tool, the real ssh-keygen, and a reader of certificates that is not ours in C++."""

import base64
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["HALLIGAN_BUILD"])
TOOL = BUILD / "bin" / "ssh_tool"
PAPER_TOKEN = BUILD / "lib" / "libpaper_token.so"
VECTORS = SOURCE / "tests" / "vectors" / "ssh"

SOFTWARE = {"ssh-ed25519": ["-t", "ed25519"], "ecdsa-sha2-nistp256": ["-t", "ecdsa", "-b", "256"],
            "ecdsa-sha2-nistp384": ["-t", "ecdsa", "-b", "384"], "ecdsa-sha2-nistp521": ["-t", "ecdsa", "-b", "521"],
            "ssh-rsa": ["-t", "rsa", "-b", "2048"]}
TOKENS = {"sk-ecdsa-sha2-nistp256@openssh.com": ["-t", "ecdsa-sk"], "sk-ssh-ed25519@openssh.com": ["-t", "ed25519-sk"]}


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="halligan-oracle-")
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)

    def run_any(self, *argv, zone="UTC", status=0, text=None):
        """Run, and fail with both outputs unless it ends with this status (None: any)."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.work), "TZ": zone, "LC_ALL": "C",
                       "SSH_SK_PROVIDER": str(PAPER_TOKEN)}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        done = subprocess.run([str(each) for each in argv], capture_output=True, env=environment, timeout=90,
                              stdin=subprocess.DEVNULL if text is None else None, input=text, check=False)
        if status is not None:
            self.assertEqual(done.returncode, status, f"{argv}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return done

    def keygen(self, *arguments, **options):
        return self.run_any("ssh-keygen", *arguments, **options)

    def tool(self, *arguments, **options):
        return self.run_any(TOOL, *arguments, **options)

    def keygen_key(self, type_name, name):
        """A key pair by ssh-keygen; of a security key by way of the token made of paper."""
        path = self.work / name
        self.keygen("-q", "-N", "", "-C", f"{name} comment", "-f", path, *{**SOFTWARE, **TOKENS}[type_name])
        return path


def strings(blob):
    while blob:
        size, = struct.unpack_from(">I", blob)
        yield blob[4:4 + size]
        blob = blob[4 + size:]


def certificate_times(path):
    """valid_after and valid_before of an ed25519 subject's certificate, read here and not by our C++."""
    blob = base64.b64decode(pathlib.Path(path).read_text().split()[1])
    for _ in range(3):  # type, nonce, public key
        blob = blob[4 + struct.unpack_from(">I", blob)[0]:]
    blob = blob[8 + 4:]  # serial, kind
    for _ in range(2):  # key id, principals
        blob = blob[4 + struct.unpack_from(">I", blob)[0]:]
    return struct.unpack_from(">QQ", blob)
