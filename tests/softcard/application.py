"""The OpenPGP application: its commands. Source: OpenPGP application 3.4.1, section 7."""

import os

import keys
import objects
from apdu import BLOCKED, NO_DATA, NO_FILE, NO_INSTRUCTION, NOT_ALLOWED, NOT_VERIFIED, WRONG_DATA, Command, Status
from objects import tlv
from state import FULL, State

# What a card in the field does, or has been seen to do, that a program must not fall for.
TRAPS = {
    "query-clears": "VERIFY without a PIN says 9000, and forgets that PW1 was verified",
    "touch": "a key says that it wants a touch (UIF), and nobody comes",
    "hang": "a key never answers, and does not say why",
    "bad-signature": "signatures are wrong by one bit",
    "no-status": "the PIN's counters are cut off",
    "empty": "there is no key for authentication",
    "yubikey": "GnuPG takes it for a YubiKey, and hands the PIN to gpg-agent",
    "few-tries": "two tries are left",
}
_MANAGER = bytes.fromhex("a000000527471117")


class Silence(Exception):
    """No answer will ever come."""


class Application:
    def __init__(self, state: State, traps: set[str]):
        self.state, self.traps = state, traps
        self._commands = {0xA4: self._select, 0xCA: self._get_data, 0xDA: self._put_data, 0x20: self._verify, 0x24: self._change,
                          0x2C: self._unblock, 0x47: self._generate, 0x2A: self._sign, 0x88: self._authenticate, 0x84: self._challenge}
        self.reset()

    def reset(self) -> None:
        """Without power, or with another application selected, nothing is verified."""
        self.selected = self._manager = False
        self.forget()

    def forget(self) -> None:
        self.verified: set[int] = set()

    def answer(self, command: Command) -> bytes:
        if self._manager and command.ins == 0x1D:  # serial number, form factor and firmware
            config = tlv(2, bytes.fromhex("00bc614e")) + tlv(4, b"\x01") + tlv(5, b"\x05\x04\x03")
            return bytes([len(config)]) + config
        known = self._commands.get(command.ins)
        if known is None or not (self.selected or command.ins == 0xA4):
            raise Status(NO_INSTRUCTION)
        return known(command)

    def _select(self, command: Command) -> bytes:
        if command.p1 != 4:
            raise Status(NO_INSTRUCTION if "yubikey" in self.traps else NO_FILE)
        if "yubikey" in self.traps and command.data == _MANAGER:
            self.reset()
            self._manager = True
            return b"5.4.3"
        if not command.data or not self._aid().startswith(command.data):
            raise Status(NO_FILE)
        self.reset()
        self.selected = True
        return b""

    def _aid(self) -> bytes:
        maker = b"\x00\x06" if "yubikey" in self.traps else b"\xff\xfe"  # the last is for tests
        return objects.AID_PREFIX + b"\x03\x04" + maker + self.state.serial + b"\0\0"

    # Data objects

    def _get_data(self, command: Command) -> bytes:
        tag, state = command.p12, self.state
        found = {
            0x4F: self._aid, 0x5F52: lambda: objects.HISTORICAL, 0x6E: self._related_data, 0xC4: self._pin_status,
            0x65: lambda: tlv(0x65, b"".join(tlv(each, state.objects.get(each, b"")) for each in (0x5B, 0x5F2D, 0x5F35))),
            0x7A: lambda: tlv(0x7A, tlv(0x93, state.signatures.to_bytes(3, "big"))), 0xFA: objects.algorithm_information,
            0xF9: lambda: b"\x81\x01\x00", **{0xD6 + slot: lambda slot=slot: self._uif(slot) for slot in range(3)},
        }.get(tag)
        if found:
            return found()
        if tag in objects.WRITABLE:
            return state.objects.get(tag, b"")
        raise Status(NO_DATA)

    def _uif(self, slot: int) -> bytes:
        return objects.UIF_ON if slot == 2 and "touch" in self.traps else self.state.uif[slot]

    def _pin_status(self) -> bytes:
        tries = self.state.tries
        status = bytes([0 if self.state.forced else 1, 32, 32, 32, tries[1], 0, tries[3]])
        return status[:3] if "no-status" in self.traps else status

    def _related_data(self) -> bytes:
        state = self.state
        made = b"".join(bytes([slot + 1, 1 if state.keys[slot] else 0]) for slot in range(3))
        parts = tlv(0xC0, objects.CAPABILITIES) + b"".join(tlv(0xC1 + slot, state.attributes[slot]) for slot in range(3))
        parts += tlv(0xC4, self._pin_status()) + tlv(0xC5, b"".join(state.fingerprints)) + tlv(0xC6, b"".join(state.ca_fingerprints))
        parts += tlv(0xCD, b"".join(state.dates)) + tlv(0xDE, made) + b"".join(tlv(0xD6 + slot, self._uif(slot)) for slot in range(3))
        button = tlv(0x7F74, objects.BUTTON) if "touch" in self.traps else b""
        return tlv(0x6E, tlv(0x4F, self._aid()) + tlv(0x5F52, objects.HISTORICAL) + button + tlv(0x73, parts))

    def _put_data(self, command: Command) -> bytes:
        tag, data, state = command.p12, command.data, self.state
        if 3 not in self.verified:
            raise Status(NOT_VERIFIED)
        if tag in objects.WRITABLE and len(data) <= objects.WRITABLE[tag]:
            state.objects[tag] = data
        elif tag == 0xC4 and data in (b"\0", b"\1"):
            state.forced = data == b"\0"
        elif 0xC1 <= tag <= 0xC3 and data in [pair[tag == 0xC2] for pair in objects.ALGORITHMS.values()]:
            state.attributes[tag - 0xC1], state.keys[tag - 0xC1] = data, None
        elif 0xC7 <= tag <= 0xC9 and len(data) == 20:
            state.fingerprints[tag - 0xC7] = data
        elif 0xCA <= tag <= 0xCC and len(data) == 20:
            state.ca_fingerprints[tag - 0xCA] = data
        elif 0xCE <= tag <= 0xD0 and len(data) == 4:
            state.dates[tag - 0xCE] = data
        elif 0xD6 <= tag <= 0xD8 and len(data) == 2:
            state.uif[tag - 0xD6] = data
        else:
            raise Status(WRONG_DATA)
        state.save()
        return b""

    # PINs

    def _reference(self, p2: int, allowed=(0x81, 0x82, 0x83)) -> tuple[int, int]:
        """Which of them is meant, 81, 82 or 83, and the PIN behind it."""
        if p2 not in allowed:
            raise Status(WRONG_DATA)
        return p2 - 0x80, 3 if p2 == 0x83 else 1

    def _try(self, number: int, given: bytes) -> None:
        """@errors the PIN is wrong, which costs a try, or none is left"""
        state = self.state
        if state.tries[number] == 0:
            raise Status(BLOCKED)
        right = given == state.pins[number]
        state.tries[number] = FULL if right else state.tries[number] - 1
        state.save()
        if not right:
            self.verified -= {3} if number == 3 else {1, 2}
            raise Status(NOT_VERIFIED)

    def _verify(self, command: Command) -> bytes:
        which, number = self._reference(command.p2)
        if command.p1 == 0xFF and not command.data:
            self.verified.discard(which)
        elif command.data:
            self._try(number, command.data)
            self.verified.add(which)
        elif "query-clears" in self.traps:
            self.verified.discard(which)
        elif which not in self.verified:
            raise Status(0x63C0 | self.state.tries[number])
        return b""

    def _change(self, command: Command) -> bytes:
        _, number = self._reference(command.p2, (0x81, 0x83))
        size = len(self.state.pins[number])
        new = command.data[size:]
        self._try(number, command.data[:size])
        return self._set(number, new)

    def _set(self, number: int, new: bytes) -> bytes:
        if not (8 if number == 3 else 6) <= len(new) <= 32:
            raise Status(WRONG_DATA)
        self.state.pins[number], self.state.tries[number] = new, FULL
        self.state.save()
        return b""

    def _unblock(self, command: Command) -> bytes:
        """RESET RETRY COUNTER, by the admin PIN alone."""
        if command.p12 != 0x0281 or 3 not in self.verified:
            raise Status(NOT_VERIFIED)
        return self._set(1, command.data)

    # Keys

    def _generate(self, command: Command) -> bytes:
        slot = keys.SLOTS.get(command.data[0] if command.data else 0)
        if slot is None:
            raise Status(WRONG_DATA)
        state = self.state
        if command.p1 == 0x80:
            if 3 not in self.verified:
                raise Status(NOT_VERIFIED)
            state.keys[slot] = keys.make(state.attributes[slot])
            if slot == 0:
                state.signatures = 0
            state.save()
        return keys.public_template(self._key(slot))

    def _key(self, slot: int):
        if self.state.keys[slot] is None or slot == 2 and "empty" in self.traps:
            raise Status(NO_DATA)
        return self.state.keys[slot]

    def _sign(self, command: Command) -> bytes:
        if command.p12 != 0x9E9A:
            raise Status(WRONG_DATA)
        key = self._key(0)
        if 1 not in self.verified:
            raise Status(NOT_VERIFIED)
        self.state.signatures += 1
        self.state.save()
        if self.state.forced:
            self.verified.discard(1)
        return keys.sign(key, command.data)

    def _authenticate(self, command: Command) -> bytes:
        if command.p12 != 0:
            raise Status(NOT_ALLOWED)
        key = self._key(2)
        if 2 not in self.verified:
            raise Status(NOT_VERIFIED)
        if self.traps & {"touch", "hang"}:
            raise Silence
        signature = keys.sign(key, command.data)
        return bytes([signature[0] ^ 1]) + signature[1:] if "bad-signature" in self.traps else signature

    def _challenge(self, command: Command) -> bytes:
        return os.urandom(min(command.expected, 255))
