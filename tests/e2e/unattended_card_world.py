"""What the tests of unlock, lock, checkpin, run and env share for OpenPGP cards: a card in a reader, GnuPG's own agent, and sshd."""

import json
import os
import re

import harness
from harness import SOON, paths
from harness.openpgp import Gnupg, OpenPgpCard, other_release
from harness.work import need

# In pieces: no file of this program's has the text.
PIN = "-".join(["57", "bay", "3160"])
UNLOCKED, LOCKED, NO_TOKEN, REPLUG, BLOCKED, NO_AGENT, USAGE = 0, 1, 2, 3, 4, 5, 64


class CardWorld(harness.Case):
    def setUp(self):
        super().setUp()
        self.readers = harness.Readers(self.work, other_release(self.work))
        self.env: dict[str, str] = {}

    def bay(self, *traps: str, keys: str = "ed25519", more=(), **options) -> None:
        """A backup bay: a card with these misbehaviours, and an agent that serves it."""
        self.card = self.new_card(*traps, name=keys, keys=keys, more=more)
        self.gnupg = Gnupg(self.work, **options)
        self._reporters.append(self.gnupg)
        self.env = self.gnupg.env

    def new_card(self, *traps: str, name: str = "openpgp", keys: str = "ed25519", more=(), **options) -> OpenPgpCard:
        flags = [word for trap in traps for word in ("--trap", trap)]
        card = OpenPgpCard(self.work, self.readers, name, keys=keys, pin=PIN, options=[*flags, *more], **options)
        self._reporters.append(card)
        return card

    def halligan(self, command: str, *arguments, env=None, **options) -> harness.Completed:
        return self.work.run(need(paths.HALLIGAN), command, "--card", *arguments, env={**self.env, **(env or {})}, **options)

    def unlock(self, *arguments, pin: str = PIN, **options) -> harness.Completed:
        read_end, write_end = os.pipe()
        os.write(write_end, pin.encode() + b"\n")
        os.close(write_end)
        try:
            return self.halligan("unlock", "--pin-fd", read_end, *arguments, pass_fds=[read_end], **options)
        finally:
            os.close(read_end)

    def check(self, status: int, *arguments, **options) -> dict:
        """checkpin says so, in time; no PIN reaches the card, and no try is spent."""
        before = len(self.card.records())
        done = self.halligan("checkpin", "--json", *arguments, **options).expect(status)
        self.assertLess(done.seconds, SOON)
        for record in self.card.records()[before:]:
            self.assertNotRegex(record, "^(VERIFY|CHANGE|UNBLOCK)")
        shown = json.loads(done.out)
        self.assertEqual(shown["status"], status)
        return shown

    def tries(self) -> int:
        return int(re.search(r"CHV-STATUS \+\d+\+\d+\+\d+\+\d+\+(\d+)", self.gnupg.ask("SCD GETATTR CHV-STATUS"))[1])

    def sshd_for_card(self) -> harness.Sshd:
        sshd = self.sshd(name=f"sshd-{self.card.name}")
        sshd.authorize(f"restrict {self.gnupg.public_line()}")
        return sshd

    def job(self, sshd, command: str = "echo logged in") -> list:
        """The ssh of a job: with the agent, and no key file."""
        config = sshd.ssh_config()
        config.write_text(config.read_text().replace("IdentitiesOnly yes", "").replace("IdentityAgent none", ""))
        return ["ssh", "-F", config, "host", command]
