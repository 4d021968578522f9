"""halligan token list: what hidapi finds, what is named, and a token that this user may not open."""

import json
import os
import shlex
import shutil

import harness
from harness import paths
from harness.mockdev import Mockdev
from world import World

NOBODY = 65534
RULE = ('SUBSYSTEM=="hidraw", ATTRS{idVendor}=="1209", ATTRS{idProduct}=="aaaa", TAG+="uaccess", '
        'GROUP="plugdev", MODE="0660"')


class Named(World):
    def test_what_is_no_device_is_none(self):
        named = {"HALLIGAN_DEVICE": str(self.work.write("file", ""))}
        self.halligan(None, "token", "list", env=named).expect(1, err="no FIDO token found")

    def test_none_is_the_answer_no(self):
        done = self.halligan(None, "token", "list", env={"HALLIGAN_DEVICE": str(self.work.path("gone"))})
        done.expect(1, err="no FIDO token found")
        self.assertEqual(done.out, "")
        self.assertEqual(self.halligan(None, "token", "list", "--json").expect(1).out, "")

    def test_those_that_the_variable_names(self):
        one, two = self.token("one"), self.token("two")
        both = {"HALLIGAN_DEVICE": f"{one.path}:{self.work.path('gone')}:{two.path}"}
        listed = [json.loads(line) for line in
                  self.halligan(None, "token", "list", "--json", env=both).expect().out.splitlines()]
        self.assertEqual(listed, [{"path": str(token.path), "named": True, "usable": True} for token in (one, two)])
        self.halligan(None, "token", "list", env=both).expect(out=f"Token       {two.path}\n")
        self.assertEqual(one.requests() + two.requests(), 0, "listing talks to no token")


class Found(World):
    def mocked(self, **texts) -> Mockdev:
        return Mockdev(self.work, self.token(pin=None), **texts)

    def run_mocked(self, mock: Mockdev, *arguments, **options) -> harness.Completed:
        return mock.run(paths.HALLIGAN, *arguments, env=self.loadable(), **options)

    @staticmethod
    def loadable() -> dict:
        """umockdev's library comes in front of AddressSanitizer's, which would not have it so."""
        return {"ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"} if paths.sanitized(paths.HALLIGAN) else {}

    def test_product_serial_number_and_ids(self):
        mock = self.mocked(product="soft kéy", serial="S4711")
        shown = json.loads(self.run_mocked(mock, "token", "list", "--json").expect().out)
        self.assertEqual(shown, {"path": "/dev/hidraw0", "manufacturer": "Halligan", "product": "soft kéy",
                                 "serial": "S4711", "vendor_id": "1209", "product_id": "aaaa", "named": False,
                                 "usable": True})
        text = self.run_mocked(mock, "token", "list").expect(out="Halligan soft kéy").out
        for words in ("S4711", "1209:aaaa", "ready"):
            self.assertIn(words, text)
        self.assertIn("vendor=0x1209, product=0xaaaa", mock.run("fido2-token", "-L").expect(out="/dev/hidraw0").out)

    def test_the_found_one_is_used(self):
        self.run_mocked(self.mocked(), "token", "pin", "status").expect(1, out="/dev/hidraw0 (Halligan softkey)")

    def test_of_several_that_are_found_one_must_be_named(self):
        mock = Mockdev(self.work, self.token("one", pin=None), self.token("two"))
        self.assertEqual(self.run_mocked(mock, "token", "list").expect().out.count("State       ready"), 2)
        self.run_mocked(mock, "token", "pin", "status").expect(2, err="/dev/hidraw0 (Halligan softkey), /dev/hidraw1 (Hall")
        self.run_mocked(mock, "token", "pin", "status", "--device", "/dev/hidraw1").expect(0)
        self.run_mocked(mock, "token", "pin", "status", "--device", "/dev/hidraw0").expect(1)

    def test_names_cannot_steer_the_terminal(self):
        mock = self.mocked(product="a\x1b[2Jb\x07", serial="\x1b]0;x")
        for command in (["list"], ["list", "--json"], ["info"], ["pin", "status"]):
            with self.subTest(command):
                done = self.run_mocked(mock, "token", *command)
                self.assertNotEqual(done.out, "")
                self.assertEqual([c for c in done.out + done.err if not c.isprintable() and c != "\n"], [])

    def test_one_that_may_not_be_opened(self):
        mock = self.mocked(serial="S4711")
        os.chmod(os.path.realpath(self.work.path("token")), 0)
        drop = ""
        program = paths.HALLIGAN
        if os.geteuid() == 0:  # whom no mode keeps out, and whose build folder others may not enter
            program = self.work.path("halligan")
            shutil.copy(paths.HALLIGAN, program)
            self.work.root.chmod(0o755)
            drop = f"setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups "
        for json_option in ("", " --json"):
            # Others may reach the sockets of umockdev's ioctls (0.19), but not the token.
            script = f'chmod 755 "$UMOCKDEV_DIR"; chmod -R a+rwX "$UMOCKDEV_DIR/ioctl"; exec {drop}{shlex.quote(str(program))} token list{json_option}'
            done = mock.run("sh", "-c", script, env=self.loadable()).expect(0, err="no permission to open a token")
            if json_option:
                shown = json.loads(done.out)
                self.assertEqual((shown["usable"], shown["serial"]), (False, "S4711"))
                self.assertEqual((shown["udev_rule"], shown["udev_file"]), (RULE, "/etc/udev/rules.d/70-fido-token.rules"))
            else:
                self.assertIn(f"udev rule   {RULE}\n", done.out)
                self.assertIn("goes into   /etc/udev/rules.d/70-fido-token.rules\n", done.out)


if __name__ == "__main__":
    harness.main()
