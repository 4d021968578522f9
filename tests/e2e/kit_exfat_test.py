"""halligan kit on exFAT, which sticks are sold with: no permissions, no hard links, no way to rename only where nothing is."""

import os
import pathlib
import subprocess
import tempfile

import harness
from kit_world import KitWorld


class Stick(KitWorld):
    def setUp(self):
        super().setUp()
        image = self.work.path("image")
        with open(image, "wb") as file:
            file.truncate(64 << 20)
        self.work.run("/usr/sbin/mkfs.exfat", image).expect()
        device = self.work.run("/usr/sbin/losetup", "--find", "--show", image).expect().out.strip()
        self.addCleanup(lambda: self.work.run("/usr/sbin/losetup", "--detach", device).expect())
        self.media = self.work.path("media")
        self.media.mkdir()
        # As the kernel's own does where nothing is said.
        self.work.run("/usr/sbin/mount.exfat-fuse", "-o", "umask=022", device, self.media).expect()
        self.addCleanup(lambda: self.work.run("umount", self.media).expect())

    def left(self, folder: pathlib.Path) -> list[str]:
        return sorted(name for name in os.listdir(folder) if name.startswith("."))

    def test_a_kit_is_made_and_verified_there(self):
        kit = self.media / "kit"
        self.kit("stick", kit, *self.contents()).expect(0)
        self.assertNotEqual(kit.stat().st_mode & 0o777, 0o700, "this file system keeps permissions")
        self.work.run("sha256sum", "--strict", "-c", "SHA256SUMS", cwd=kit).expect()
        self.kit("verify", kit).expect(0)
        before = (kit / "SHA256SUMS").read_bytes()
        self.kit("stick", kit, *self.contents()).expect(3, err="kit exists")
        self.assertEqual(((kit / "SHA256SUMS").read_bytes(), self.left(self.media), self.left(kit)), (before, [], []))
        (kit / "README.txt").write_bytes(b"changed")
        self.kit("verify", kit).expect(1, out="README.txt")

    def test_a_file_is_made_refused_and_replaced_there(self):
        pdf = self.media / "kit.pdf"
        self.kit("print", "-o", pdf, *self.contents()).expect(0)
        pdf.write_bytes(b"another")
        self.kit("print", "-o", pdf, *self.contents()).expect(3, err="kit.pdf exists")
        self.assertEqual(pdf.read_bytes(), b"another")
        self.kit("print", "-o", pdf, "--force", *self.contents()).expect(0)
        self.assertEqual((pdf.read_bytes()[:5], self.left(self.media)), (b"%PDF-", []))


# A container may have the devices and not be allowed to use them.
TRY = """set -e
truncate -s 8M image
/usr/sbin/mkfs.exfat image
mkdir media
device=$(/usr/sbin/losetup --find --show image)
trap '/usr/sbin/losetup --detach "$device"' EXIT
/usr/sbin/mount.exfat-fuse "$device" media
umount media
"""


def problem() -> str | None:
    """None where exFAT can be mounted, else what was said."""
    if os.geteuid() != 0:
        return "to mount a file system needs root: sudo ctest --test-dir build/release -R e2e.kit_exfat"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["unshare", "-m", "sh", "-c", TRY], cwd=folder, capture_output=True, text=True, check=False)
    return f"exFAT cannot be mounted here: {done.stderr.strip()}" if done.returncode != 0 else None


if __name__ == "__main__":
    if (missing := problem()):
        harness.skip(missing)
    harness.main()
