"""halligan kit on exFAT, which sticks are sold with: no permissions, no hard links, no way to rename only where nothing is."""

import os
import pathlib

import harness
from kit_world import KitWorld

NEEDED = ("/dev/fuse", "/dev/loop-control")


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


if __name__ == "__main__":
    if os.geteuid() != 0:
        harness.skip("to mount a file system needs root: sudo ctest --test-dir build/release -R e2e.kit_exfat")
    if missing := [name for name in NEEDED if not os.path.exists(name)]:
        harness.skip(f"this machine has no {missing[0]}")
    harness.main()
