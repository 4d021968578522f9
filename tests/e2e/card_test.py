"""Tokens that are cards: stock OpenSSH and halligan with our provider, pcscd, a virtual reader, the software token in it."""

import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import signal
import threading
import time

import harness
from harness import paths
from harness.isolation import tmpfs

PIN = "602214"
# What a failure may take beside the time that was allowed for a touch.
SOON = 8


def setUpModule():
    """Tokens that are plugged into the machine are no part of this."""
    if os.path.isdir("/sys/class/hidraw"):
        tmpfs("/sys/class/hidraw")


class Cards(harness.Case):
    def setUp(self):
        super().setUp()
        self.readers = harness.Readers(self.work)
        self.work.write("data", "to be signed\n")

    def card(self, name: str = "card", **options) -> harness.Card:
        card = harness.Card(self.work, self.readers, name, **options)
        self._reporters.append(card)
        return card

    def run_with(self, card, *argv, env=None, **options) -> harness.Completed:
        """With the card named, and its PIN at hand."""
        return self.work.run(*argv, env={**(card.env if card else {}), **self.work.askpass(PIN).env, **(env or {})}, **options)

    def enroll(self, card, *options: str, name: str = "key", algorithm: str = "ecdsa-sk", env=None) -> pathlib.Path:
        flags = [argument for option in options for argument in ("-O", option)]
        self.run_with(card, "ssh-keygen", "-q", "-t", algorithm, "-N", "", "-f", name, *flags, env=env).expect()
        return self.work.path(name)

    def sign(self, card, key: pathlib.Path, **options) -> harness.Completed:
        self.work.path("data.sig").unlink(missing_ok=True)
        done = self.run_with(card, "ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "file", "data", **options)
        if done.status == 0:
            signers = self.work.write("signers", "me " + harness.public_part(key) + "\n")
            self.work.run("ssh-keygen", "-Y", "verify", "-f", signers, "-I", "me", "-n", "file", "-s", "data.sig",
                          stdin=b"to be signed\n").expect()
        return done

    @contextlib.contextmanager
    def touching(self, card):
        """Somebody touches a card that never is, as often as it wants."""
        done = threading.Event()

        def keep_touching():
            while not done.wait(0.02):
                card.touch_it()

        finger = threading.Thread(target=keep_touching, daemon=True)
        finger.start()
        yield
        done.set()
        finger.join(SOON)

    @contextlib.contextmanager
    def when_opened(self, card, action):
        """Do it as soon as the card has answered the next getInfo, behind which the request follows that matters."""
        since = len(card.records())

        def watch():
            while not any(record["ctap"] == "getInfo" for record in card.records()[since:]):
                time.sleep(0.005)
            action()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        yield
        watcher.join(SOON)

    @contextlib.contextmanager
    def powered(self, card):
        """Keep the card's power on, by a connection of our own: pcscd cuts that of a card that no program is connected to,
        and powering it up again would count as another tap."""
        from smartcard import scard
        _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        result, handle, _ = scard.SCardConnect(context, self.readers.names[card.reader], scard.SCARD_SHARE_SHARED,
                                               scard.SCARD_PROTOCOL_T1)
        self.assertEqual(result, scard.SCARD_S_SUCCESS)
        yield
        scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)
        scard.SCardReleaseContext(context)

    def fails(self, done: harness.Completed, message: str, seconds: float = SOON) -> None:
        done.expect_failure(message)
        self.assertLess(done.seconds, seconds, done.report())


class Judges(Cards):
    """What others say of the software token's card, which judges the provider in turn."""

    def test_opensc_sees_a_card_and_its_status_words(self):
        card = self.card()
        seen = self.work.run("opensc-tool", "--atr").expect().out
        self.assertEqual(bytes.fromhex(seen.strip().replace(":", ""))[-9:-1], b"Wsoftkey")
        rows = [("00a4040008a0000006472f0001", "U2F_V2", 0x9000), ("0003000000", "U2F_V2", 0x9000), ("80100000010400", "FIDO_2_1", 0x9000),
                ("8011000000", "", 0x6985), ("00c0000000", "", 0x6985), ("00a40400021234", "", 0x6A82),
                ("80ff000000", "", 0x6D00), ("70a40000", "", 0x6E00), ("80120100", "", 0x9000), ("80100000010400", "", 0x6985)]
        arguments = [argument for apdu, _, _ in rows for argument in ("-s", apdu)]
        answers = self.work.run("opensc-tool", *arguments).expect().out.split("Sending:")[1:]
        self.assertEqual(len(answers), len(rows))
        for (apdu, text, status), answer in zip(rows, answers):
            with self.subTest(apdu):
                self.assertIn(f"SW1=0x{status >> 8:02X}, SW2=0x{status & 0xFF:02X}", answer)
                shown = "".join(line.rsplit(" ", 1)[-1] for line in answer.splitlines()[2:])
                self.assertIn(text, shown)

    def test_python_fido2_makes_and_uses_a_key(self):
        from fido2.ctap2 import Ctap2
        from fido2.ctap2.pin import ClientPin
        from fido2.pcsc import CtapPcscDevice
        card = self.card(pin=PIN, touch="auto")
        device = next(iter(CtapPcscDevice.list_devices(self.readers.names[0])))
        for extended in (False, True):
            with self.subTest(extended=extended):
                device.use_ext_apdu = extended
                ctap = Ctap2(device)
                self.assertEqual(ctap.info.transports, ["nfc"])
                pin = ClientPin(ctap)
                token = pin.get_pin_token(PIN, ClientPin.PERMISSION.MAKE_CREDENTIAL | ClientPin.PERMISSION.GET_ASSERTION, "ssh:x")
                # long enough to be chained where it is not extended
                user = {"id": b"u", "name": "n" * 300}
                made = ctap.make_credential(b"h" * 32, {"id": "ssh:x"}, user, [{"alg": -7, "type": "public-key"}],
                                            pin_uv_param=pin.protocol.authenticate(token, b"h" * 32),
                                            pin_uv_protocol=pin.protocol.VERSION)
                credential = made.auth_data.credential_data
                got = ctap.get_assertion("ssh:x", b"g" * 32, [{"id": credential.credential_id, "type": "public-key"}])
                got.verify(b"g" * 32, credential.public_key)
        self.assertGreater(max(int(record["in"]) for record in card.records()), 255)
        device.close()

    def test_python_fido2_is_told_that_a_touch_is_awaited(self):
        from fido2.ctap2 import Ctap2
        from fido2.pcsc import CtapPcscDevice
        card = self.card(touch="never")
        device = next(iter(CtapPcscDevice.list_devices(self.readers.names[0])))
        told = []

        def on_keepalive(status):
            told.append(int(status))
            card.touch_it()

        Ctap2(device).make_credential(b"h" * 32, {"id": "ssh:x"}, {"id": b"u", "name": "n"}, [{"alg": -7, "type": "public-key"}],
                                      on_keepalive=on_keepalive)
        self.assertEqual(told, [2])
        device.close()


class Uses(Cards):
    def test_a_tap_is_good_for_one_signature(self):
        card = self.card()
        key = self.enroll(card)
        card.tap()
        with self.powered(card):
            since = len(card.records())
            self.sign(card, key).expect()
            # SELECT, getInfo, getAssertion: as few as with a token on USB
            self.assertEqual([record["hid"] for record in card.records()[since:]], ["INIT", "CBOR", "CBOR"])
            self.fails(self.sign(card, key), "timed out waiting for a touch")
        card.tap()
        self.sign(card, key).expect()

    def test_resident_keys_come_back_with_the_pin(self):
        card = self.card(pin=PIN, touch="auto")
        made = [harness.public_part(self.enroll(card, "resident", f"application=ssh:{kind}", name=kind, algorithm=kind))
                for kind in ("ecdsa-sk", "ed25519-sk")]
        verified = self.enroll(card, "verify-required", name="verified")
        self.sign(card, verified).expect()
        self.run_with(card, "ssh-keygen", "-q", "-K", "-N", "").expect()
        found = [file.read_text() for file in self.work.root.glob("id_*_rk*.pub")]
        self.assertEqual({text.split()[1] for text in made}, {text.split()[1] for text in found})

    def test_a_card_is_found_by_itself_and_logs_in(self):
        card, sshd = self.card(touch="auto"), self.sshd()
        self.card("other", reader=1, touch="auto")
        key = self.enroll(card)
        sshd.authorize(harness.public_part(key))
        done = sshd.login(lines=f"  SecurityKeyProvider {paths.PROVIDER}\n  IdentityFile {key}", env={"HALLIGAN_DEBUG": "1"})
        self.assertIn(f"signed by the token at {card.device}", done.err)

    def test_an_emergency_ca_on_a_card(self):
        card = self.card(pin=PIN, touch="auto")
        self.work.path("ca").mkdir()
        self.run_with(card, paths.HALLIGAN, "ca", "init", "-d", "ca").expect()
        self.run_with(card, paths.HALLIGAN, "mint", "--ca", "ca/ca", "-I", "ann", "-n", "root", "-o", "emergency",
                      "--yes").expect()
        self.work.run("ssh-keygen", "-L", "-f", "emergency-cert.pub").expect(out="Signing CA: ECDSA-SK")

    def test_a_card_that_takes_only_short_apdus(self):
        card = self.card(touch="auto", options=["--short-apdus"])
        key = self.enroll(card, "application=ssh:" + "a" * 200)
        self.assertGreater(max(int(record["in"]) for record in card.records()), 255)
        self.sign(card, key).expect()

    def test_a_card_that_speaks_u2f_alone(self):
        card = self.card(options=["--ctap", "u2f"])
        key = self.enroll(card)
        card.tap()
        self.sign(card, key).expect()

    def test_a_touch_is_awaited_and_told(self):
        card = self.card(touch="never", pin=PIN)
        self.work.path("ca").mkdir()
        with self.touching(card):
            self.run_with(card, paths.HALLIGAN, "ca", "init", "-d", "ca").expect()
        with self.work.terminal(paths.HALLIGAN, "mint", "--ca", "ca/ca", "-I", "ann", "-n", "root", "-o", "late", "--yes",
                                env={**card.env, "HALLIGAN_TIMEOUT": "20"}) as minting:
            minting.expect("[Tt]ouch")
            card.touch_it()
            minting.wait().expect()

    def test_a_named_card_is_waited_for(self):
        card = self.card(touch="auto")
        key = self.enroll(card)
        card.pull()
        signing = self.work.terminal("ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "file", "data", env=card.env)
        signing.expect("no card in the reader")
        card.put_in()
        signing.wait().expect()

    def test_several_devices_are_named_at_once(self):
        card = self.card(touch="auto")
        key = self.enroll(card)
        for listed in (f"/dev/null/none:{card.device}", f"{card.device}:/dev/null/none", "pcsc:Virtual PCD 00 00"):
            with self.subTest(listed):
                self.sign(None, key, env={"HALLIGAN_DEVICE": listed}).expect()


class Failures(Cards):
    def test_what_is_not_there_is_said(self):
        card = self.card(touch="auto")
        key = self.enroll(card)
        for device, message in (("pcsc:ACS", "no card reader ACS"), ("pcsc:", 'device "pcsc:" names no reader'),
                                ("pcsc:Virtual PCD 00 01", "no card in the reader Virtual PCD 00 01"),
                                ("pcsc:Virtual", "several card readers match Virtual")):
            with self.subTest(device):
                self.fails(self.sign(None, key, env={"HALLIGAN_DEVICE": device}), message)
        card.pull()
        self.fails(self.sign(None, key), "no FIDO2 token found")
        self.readers.daemon.stop()
        self.fails(self.sign(None, key), "no FIDO2 token found")
        self.fails(self.sign(card, key), "needs pcscd, which is not running")

    def test_pulled_out_in_the_middle(self):
        card = self.card(touch="never")
        with self.touching(card):
            key = self.enroll(card)
        with self.when_opened(card, card.pull):
            self.fails(self.sign(card, key), "disappeared while in use")
        card.put_in()
        with self.touching(card):
            self.sign(card, key).expect()

    def test_nobody_touches_it(self):
        card = self.card(touch="never")
        with self.touching(card):
            key = self.enroll(card)
        self.fails(self.sign(card, key, env={"HALLIGAN_TIMEOUT": "1"}), "waiting for a touch on the token", 1 + SOON)

    def test_a_daemon_that_dies_or_hangs(self):
        card = self.card(touch="never")
        with self.touching(card):
            key = self.enroll(card)
        os.kill(self.readers.daemon.process.pid, signal.SIGSTOP)
        with concurrent.futures.ThreadPoolExecutor(2) as both:
            named = both.submit(self.sign, card, key, env={"HALLIGAN_TIMEOUT": "1"})
            unnamed = both.submit(self.sign, None, key)
            self.fails(named.result(), "does not respond", 1 + SOON)
            self.fails(unnamed.result(), "no FIDO2 token found")
        os.kill(self.readers.daemon.process.pid, signal.SIGCONT)
        with self.when_opened(card, self.readers.daemon.process.kill):
            self.fails(self.sign(card, key), "disappeared while in use")

    def test_another_program_has_the_card(self):
        from smartcard import scard
        card = self.card(touch="auto")
        key = self.enroll(card)
        _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        _, handle, _ = scard.SCardConnect(context, self.readers.names[0], scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T1)
        for named in (card, None):
            self.fails(self.sign(named, key), "another program (gpg's scdaemon?) holds the card")
        scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)
        _, handle, _ = scard.SCardConnect(context, self.readers.names[0], scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T1)
        self.assertEqual(scard.SCardBeginTransaction(handle), scard.SCARD_S_SUCCESS)
        # the one that waits goes on when the other is done
        waiting = self.work.terminal("ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "file", "data", env=card.env)
        waiting.expect("which another program is using")
        self.assertEqual(scard.SCardEndTransaction(handle, scard.SCARD_LEAVE_CARD), scard.SCARD_S_SUCCESS)
        waiting.wait().expect()
        scard.SCardReleaseContext(context)

    def test_hostile_answers(self):
        card = self.card(touch="auto")
        key = self.enroll(card)
        card.stop()
        shutil.copytree(card.state, self.work.path("liar.state"))
        # the same token twice: of an answer in two halves only one ever comes; the other's has no end
        lies = (self.card(touch="auto", options=["--misbehave", "endless-response"]),
                self.card("liar", reader=1, touch="auto", options=["--misbehave", "oversized-length"]))
        for liar, message in zip(lies, ("cannot communicate with the token", "does not respond")):
            self.fails(self.sign(liar, key, env={"HALLIGAN_TIMEOUT": "1"}), message, 1 + SOON)

    def test_pulled_out_in_the_middle_of_an_answer(self):
        card = self.card(touch="auto", options=["--misbehave", "pulled-midway"])
        done = self.run_with(card, "ssh-keygen", "-q", "-t", "ecdsa-sk", "-N", "", "-f", "key")
        # pcscd looks for the card a few times a second: it may know already that none is in, or only that its answer broke off.
        self.assertRegex(done.err, "cannot communicate with the token|disappeared while in use")
        done.expect_failure("insert it again and retry")
        self.assertFalse(self.work.path("key").exists())


if __name__ == "__main__":
    if os.geteuid() != 0:
        harness.skip("pcscd for the test alone needs root: sudo ctest --test-dir build/release -R e2e.card")
    harness.main(network=True)
