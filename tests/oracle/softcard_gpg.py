"""The OpenPGP card of the tests, judged by GnuPG: it is recognized, makes keys, signs, counts PIN tries, and logs in by ssh."""

import os

import harness
from harness.openpgp import ADMIN_PIN, Gnupg, OpenPgpCard, other_release

# One PIN for both, so that it does not matter which of them GnuPG asks for.
BOTH = ADMIN_PIN


class Softcard(harness.Case):
    def setUp(self):
        super().setUp()
        self.readers = harness.Readers(self.work, other_release(self.work))

    def card(self, **options) -> OpenPgpCard:
        card = OpenPgpCard(self.work, self.readers, **options)
        self._reporters.append(card)
        return card

    def gnupg(self, name: str = "gnupg") -> Gnupg:
        gnupg = Gnupg(self.work, name)
        self._reporters.append(gnupg)
        return gnupg

    def test_it_is_recognized(self):
        self.card()
        shown = self.gnupg().run("gpg", "--card-status", "--with-colons").expect().out
        for line in ("AID:D276000124010304FFFE000015010000:", "version:0304:", "serial:00001501:", "forcepin:1:", "maxpinlen:32:32:32:",
                     "pinretry:3:0:3:", "sigcount:0:::", "keyattr:1:22:Ed25519:", "keyattr:3:22:Ed25519:"):
            self.assertIn(line, shown)

    def test_keys_made_by_gpg_sign_and_log_in(self):
        """The questions of key-attr are: 1 RSA, 2 ECC; then the size, or 1 for Curve 25519 and 3 for NIST P-256."""
        rows = [("rsa2048", ["1"] * 3, [], "ssh-rsa"), ("ed25519", ["2"] * 3, ["1"] * 3, "ssh-ed25519"),
                ("nistp256", ["2"] * 3, ["3"] * 3, "ecdsa-sha2-nistp256")]
        sshd = self.sshd()
        for name, kinds, curves, ssh_type in rows:
            with self.subTest(name):
                card, gnupg = self.card(name=name, keys=None, pin=BOTH), self.gnupg(f"{name}-home")
                gnupg.edit(["admin", "key-attr", "forcesig", "generate"], {
                    "cardedit.genkeys.algo": kinds, "keygen.curve": curves, "cardedit.genkeys.size": ["2048"] * 3,
                    "cardedit.genkeys.backup_enc": ["n"], "keygen.valid": ["0"], "keygen.name": ["Bay One"],
                    "keygen.email": ["bay1@example.org"], "keygen.comment": [""], "keygen.userid.cmd": ["O"],
                    "passphrase.enter": [BOTH] * 12})
                status = gnupg.run("gpg", "--card-status", "--with-colons").expect().out
                self.assertRegex(status, r"(?m)^fpr:[0-9A-F]{40}:[0-9A-F]{40}:[0-9A-F]{40}:$")
                self.assertIn("forcepin:0:", status)
                self.work.write("data", "to be signed\n")
                self.work.path("data.sig").unlink(missing_ok=True)
                before = card.records()
                gnupg.run("gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", BOTH, "--detach-sign", "data").expect()
                self.assertTrue(any(line.startswith("SIGN 9e9a") and line.endswith("9000") for line in card.records()[len(before):]))
                gnupg.run("gpg", "--verify", "data.sig", "data").expect(err="Good signature")
                line = gnupg.public_line()
                self.assertEqual(line.split()[0], ssh_type)
                sshd.authorize(line)
                gnupg.ask("SCD KILLSCD")
                harness.until(lambda: gnupg.is_ready(), "scdaemon to come back")
                self.assertIn("OK", gnupg.unlock(BOTH).splitlines()[-1])
                self.logs_in(sshd, gnupg)
                gnupg.stop()
                card.stop()

    def logs_in(self, sshd, gnupg: Gnupg, works: bool = True) -> None:
        config = sshd.ssh_config()
        config.write_text(config.read_text().replace("IdentitiesOnly yes", "").replace("IdentityAgent none", ""))
        done = gnupg.run("ssh", "-F", config, "host", "echo logged in", env=gnupg.ssh_env)
        if works:
            done.expect(0, out="logged in")
        else:
            done.expect(255, err="Permission denied")

    def test_a_pin_is_changed_counted_blocked_and_unblocked(self):
        card, gnupg, sshd = self.card(), self.gnupg(), self.sshd()
        sshd.authorize(gnupg.public_line())
        self.logs_in(sshd, gnupg, works=False)
        gnupg.edit(["admin", "passwd"], {"cardutil.change_pin.menu": ["1", "q"], "passphrase.enter": ["123456", "654321", "654321"]})
        for left in (2, 1, 0):
            self.assertRegex(gnupg.unlock("123456"), "(?m)^ERR .*(Bad PIN|blocked)")
            self.assertIn(f"CHV-STATUS +0+32+32+32+{left}+0+3", gnupg.ask("SCD GETATTR CHV-STATUS"))
        self.assertRegex(gnupg.unlock("654321"), "(?m)^ERR .*blocked")
        gnupg.edit(["admin", "passwd"], {"cardutil.change_pin.menu": ["2", "q"], "passphrase.enter": [ADMIN_PIN, "777777", "777777"]})
        self.assertTrue(gnupg.unlock("777777").endswith("OK\n"))
        self.logs_in(sshd, gnupg)
        self.assertIn("CHV-STATUS +0+32+32+32+3+0+3", gnupg.ask("SCD GETATTR CHV-STATUS"))
        # Out and in again: nothing is verified any more.
        card.restart()
        harness.until(lambda: gnupg.is_ready(), "scdaemon to see the card")
        self.logs_in(sshd, gnupg, works=False)
        self.assertTrue(gnupg.unlock("777777").endswith("OK\n"))
        self.logs_in(sshd, gnupg)

    def test_without_a_touch_there_is_no_answer(self):
        card, gnupg = self.card(options=["--trap", "touch"]), self.gnupg()
        self.assertTrue(gnupg.unlock().endswith("OK\n"))
        self.assertIn("01 20", gnupg.run("gpg-connect-agent", "--no-autostart", "--hex", "SCD APDU 00CA00D800", "/bye").out)
        asking = self.work.daemon("asking", ["gpg-connect-agent", "--no-autostart", "SCD SETDATA " + "00" * 47, "SCD PKAUTH OPENPGP.3", "/bye"],
                                  env=gnupg.env)
        harness.until(lambda: "AUTHENTICATE silent" in card.records(), "the card to wait for a touch")
        self.assertTrue(asking.alive())
        card.stop()
        asking.wait_for("ERR")


if __name__ == "__main__":
    if os.geteuid() != 0:
        harness.skip("pcscd for the test alone needs root: sudo ctest --test-dir build/release -R oracle.softcard")
    harness.main(network=True)
