"""The file system of the virtual machine: programs of this machine with the libraries that they are linked with.

Written as a cpio archive ("newc") by hand, so that owners and modes, the agent's setgid bit among them, are as given
without being root.
"""

import os
import pathlib
import re
import stat
import subprocess


class Initramfs:
    """Paths are the guest's, absolute; /bin, /sbin, /lib and /lib64 lead into /usr as on Debian."""

    def __init__(self):
        self._entries: dict[str, tuple[int, int, int, bytes]] = {}
        for name in ("bin", "sbin", "lib", "lib64"):
            self.link(f"/{name}", f"usr/{name}")
            self.folder(f"/usr/{name}")

    def folder(self, path: str, mode: int = 0o755, uid: int = 0, gid: int = 0) -> None:
        self._add(path, stat.S_IFDIR | mode, uid, gid, b"")

    def link(self, path: str, target: str) -> None:
        self._add(path, stat.S_IFLNK | 0o777, 0, 0, target.encode())

    def file(self, path: str, content: bytes | str, mode: int = 0o644, uid: int = 0, gid: int = 0) -> None:
        content = content.encode() if isinstance(content, str) else content
        self._add(path, stat.S_IFREG | mode, uid, gid, content)

    def program(self, source: pathlib.Path | str, path: str | None = None, mode: int = 0o755, gid: int = 0) -> None:
        """A program or library of this machine, at the same place unless `path` says another, and what it needs."""
        source = str(source)
        self.file(path or self._in_usr(source), pathlib.Path(source).read_bytes(), mode, 0, gid)
        listed = subprocess.run(["ldd", source], capture_output=True, text=True, check=False).stdout
        if "not found" in listed:
            raise FileNotFoundError(f"{source}: a library is missing:\n{listed}")
        for library in re.findall(r"(?:=> |^\s+)(/\S+) \(0x", listed, re.M):
            place = self._in_usr(library)
            if place not in self._entries:
                self.file(place, pathlib.Path(library).read_bytes(), 0o755)

    def write(self, file: pathlib.Path) -> None:
        with open(file, "wb") as out:
            for number, (path, (mode, uid, gid, content)) in enumerate(self._entries.items(), 1):
                self._write(out, path[1:], number, mode, uid, gid, content)
            self._write(out, "TRAILER!!!", 0, 0, 0, 0, b"")

    @staticmethod
    def _in_usr(path: str) -> str:
        """Where a file lies once the links of / are followed; its own name stays."""
        return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))

    def _add(self, path: str, mode: int, uid: int, gid: int, content: bytes) -> None:
        parent = os.path.dirname(path)
        if parent != "/" and parent not in self._entries:
            self.folder(parent)
        self._entries[path] = (mode, uid, gid, content)

    @staticmethod
    def _write(out, name: str, number: int, mode: int, uid: int, gid: int, content: bytes) -> None:
        # Magic, then 13 fields of 8 hexadecimal digits; name and content are padded to 4 bytes each.
        links, time, no_device, check = 1, 0, (0, 0, 0, 0), 0
        encoded = name.encode() + b"\0"
        fields = (number, mode, uid, gid, links, time, len(content), *no_device, len(encoded), check)
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + encoded
        out.write(head + bytes(-len(head) % 4))
        out.write(content + bytes(-len(content) % 4))
