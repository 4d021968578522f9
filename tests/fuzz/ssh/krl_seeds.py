"""Makes the seeds of the KRL target's corpus with ssh-keygen -k; run once, the result is kept.

Usage: python3 -B tests/fuzz/ssh/krl_seeds.py
"""

import pathlib
import subprocess
import tempfile

CORPUS = pathlib.Path(__file__).resolve().parents[3] / "tests" / "fuzz" / "corpus" / "ssh_krl"

# name → specification, CA (None: keys alone; "": any CA)
LISTS = {
    "empty": ("", None),
    "serials": ("serial: 1\nserial: 7\nserial: 900\nserial: 123456789012\n", "ca"),
    "range": ("serial: 1-1000000\n", "ca"),
    "bitmap": ("".join(f"serial: {n}\n" for n in range(1, 60, 3)), "ca"),
    "ids": ("id: alice\nid: bob (incident 5)\nserial: 18446744073709551615\n", "ca"),
    "any-ca": ("serial: 5-10\nid: mallory\n", "none"),
    "keys": (None, None),
    "sha1": ("sha1: {key}", None),
    "sha256": ("sha256: {key}", None),
    "mixed": ("serial: 1-5\nserial: 7\nid: x\nkey: {key}sha1: {key}sha256: {key}", "ca"),
}


def main() -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        for key in ("ca", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path / key], check=True)
        public = (path / "user.pub").read_text().strip() + "\n"
        for name, (text, authority) in LISTS.items():
            source = path / "spec"
            source.write_text(text.format(key=public) if text is not None else public)
            signer = [] if authority is None else ["-s", "none" if authority == "none" else path / f"{authority}.pub"]
            # Without a file that begins with a keyword, ssh-keygen takes plain keys.
            subprocess.run(["ssh-keygen", "-q", "-k", "-f", CORPUS / name, "-z", "3", *signer, source], check=True)
    (CORPUS / "trusted").write_text(f"# CAs\n@cert-authority *.example.org {public}web1 {public}{public}")


if __name__ == "__main__":
    main()
