"""Where things are: the build that ctest names, the programs of the machine, the source tree."""

import os
import pathlib
import shutil
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("HALLIGAN_BUILD", SOURCE / "build" / "release")).resolve()

PROVIDER = BUILD / "lib" / "libsk-halligan.so"
SOFTKEY = BUILD / "bin" / "softkey"
HALLIGAN = BUILD / "bin" / "halligan"


def program(name: str) -> str:
    """The machine's own program, by absolute path."""
    found = shutil.which(name, path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    if not found:
        raise FileNotFoundError(f"{name} is not installed: run ./setup")
    return found


def sshd_parts() -> dict[str, pathlib.Path]:
    """The programs that an sshd of OpenSSH 9.8 or later starts, by the keyword of sshd_config that names each. They lie beside
    it where it was unpacked."""
    folder = pathlib.Path(sshd()).parents[1] / "lib" / "openssh"
    names = {"SshdSessionPath": "sshd-session", "SshdAuthPath": "sshd-auth"}
    return {keyword: folder / name for keyword, name in names.items() if (folder / name).exists()}


def sshd_helpers() -> str:
    """Lines of sshd_config for the sshd that is used. One that is in parts also makes an address wait that failed to log in,
    which many tests do on purpose."""
    lines = [f"{keyword} {path}" for keyword, path in sshd_parts().items()]
    return "\n".join([*lines, "PerSourcePenalties no"] if lines else [])


def sshd() -> str:
    """The machine's sshd where there is one, else the one that ./setup unpacked into build/."""
    for path in (pathlib.Path("/usr/sbin/sshd"), SOURCE / "build" / "openssh-server" / "usr" / "sbin" / "sshd"):
        if os.access(path, os.X_OK):
            return str(path)
    raise FileNotFoundError("there is no sshd: run ./setup")


def smart_card(file: str) -> str:
    """A file of pcscd or of vsmartcard-vpcd: the machine's where it has it, else the one that ./setup unpacked."""
    for path in (pathlib.Path("/") / file, SOURCE / "build" / "smartcard" / file):
        if path.exists():
            return str(path)
    raise FileNotFoundError(f"there is no {file}: run ./setup")


def sanitized(binary: pathlib.Path) -> bool:
    """Whether this file of the build was made with AddressSanitizer."""
    return b"__asan_init" in binary.read_bytes()


def sanitizer_runtime(binary: pathlib.Path) -> str:
    """The AddressSanitizer runtime that a sanitized library needs loaded before everything else."""
    linked = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, check=True).stdout
    return next(line.split()[2] for line in linked.splitlines() if "asan" in line.split()[0])
