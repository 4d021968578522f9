"""What a card keeps while it has no power, in one file."""

import base64
import json
import os
import pathlib

import keys
from objects import ALGORITHMS, DEFAULT_RSA, UIF_OFF

FULL = 3  # tries


class State:
    def __init__(self, path: pathlib.Path, serial: bytes):
        self._path = path
        self.pins = {1: b"123456", 3: b"12345678"}
        self.tries = {1: FULL, 3: FULL}
        self.forced = True  # one signature for each PW1
        self.signatures = 0
        self.serial = serial
        self.attributes = [DEFAULT_RSA] * 3
        self.uif = [UIF_OFF] * 3
        self.keys: list = [None] * 3
        self.fingerprints = [bytes(20)] * 3
        self.ca_fingerprints = [bytes(20)] * 3
        self.dates = [bytes(4)] * 3
        self.objects: dict[int, bytes] = {}
        if path.exists():
            self._load()

    def personalize(self, algorithm: str) -> None:
        """A key in the first and in the third slot, as if GnuPG had made them."""
        for slot in (0, 2):
            self.attributes[slot] = ALGORITHMS[algorithm][0]
            self.keys[slot] = keys.make(self.attributes[slot])
        self.save()

    def save(self) -> None:
        """At once and whole, or not at all."""
        def text(value: bytes) -> str:
            return base64.b64encode(value).decode()
        content = {
            "pins": {number: text(pin) for number, pin in self.pins.items()}, "tries": self.tries, "forced": self.forced,
            "signatures": self.signatures, "serial": text(self.serial),
            "lists": {name: [text(each) for each in getattr(self, name)] for name in self._LISTS},
            "keys": [each and keys.to_text(each) for each in self.keys],
            "objects": {tag: text(value) for tag, value in self.objects.items()},
        }
        new = self._path.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(content, indent=1))
        os.replace(new, self._path)

    _LISTS = ("attributes", "uif", "fingerprints", "ca_fingerprints", "dates")

    def _load(self) -> None:
        content = json.loads(self._path.read_text())
        self.pins = {int(number): base64.b64decode(pin) for number, pin in content["pins"].items()}
        self.tries = {int(number): left for number, left in content["tries"].items()}
        self.forced, self.signatures = content["forced"], content["signatures"]
        self.serial = base64.b64decode(content["serial"])
        for name in self._LISTS:
            setattr(self, name, [base64.b64decode(each) for each in content["lists"][name]])
        self.keys = [each and keys.from_text(each) for each in content["keys"]]
        self.objects = {int(tag): base64.b64decode(value) for tag, value in content["objects"].items()}
