"""The commands that write files, each with the world that it writes in, and those whose answer must not be cut short."""

import base64
import hashlib
import json
import os
import time

from faults import Story, Trial
from harness import paths
from ledger_journal_test import entry
from world import World, key_pair

MINT = ("mint", "-I", "ann: incident 4711", "-n", "root", "--yes")
SIGN = ("sign", "-I", "ben: incident 4711", "-n", "root", "--yes")


class FaultWorld(World):
    """@var trial    to try stories with
    @var stories  by name"""

    def setUp(self):
        super().setUp()
        self.env = {"TMPDIR": str(self.work.root)}
        self.stories: dict[str, Story] = {}
        for name in ("old-ca", "new-ca", "ben", "eve", "sam", "host"):
            key_pair(self.work, name)
        self.run_ok(*MINT, "--ca", "old-ca", "-o", "old")
        self.run_ok(*SIGN, "--ca", "old-ca", "ben.pub", "eve.pub")
        self.trial = Trial(self.work, self.env, ("askpass", "token", "agent"))

    def run_ok(self, *arguments, **options):
        return self.halligan(None, *arguments, pin=None, env=self.env, **options).expect()

    def state(self, ca: str) -> str:
        """The CA's state folder, in the work folder."""
        return str(self.work.ledger_of(ca).parent.relative_to(self.work.root))

    def tell(self, name: str, *argv, **more) -> None:
        self.stories[name] = Story(name, argv, env=self.env, **more)

    def of_a_ca(self, ca: str) -> tuple[str, ...]:
        """What a first certificate of this CA makes besides."""
        return tuple(f"{self.state(ca)}/{name}" for name in ("ca.pub", "ca.ledger")) + (f"{ca}.ledger",)

    def tell_of_files(self) -> None:
        """Everything that needs no token."""
        old, new = self.of_a_ca("old-ca"), self.of_a_ca("new-ca")
        minted = ("em", "em.pub", "em-cert.pub")
        self.tell("mint", *MINT, "--ca", "old-ca", "-o", "em", files=minted, also=old, again=("--force",))
        self.tell("mint, a CA's first", *MINT, "--ca", "new-ca", "-o", "em", files=minted, also=new, again=("--force",))
        self.tell("mint --force", *MINT, "--ca", "old-ca", "-o", "old", "--force", files=("old", "old.pub", "old-cert.pub"), also=old)
        self.work.write("rules", '{ "principals": ["root"] }\n')
        self.tell("mint --policy", *MINT, "--ca", "old-ca", "-o", "em", "--policy", "rules", files=minted, also=(*old, f"{self.state('old-ca')}/ca.policy"),
                  again=("--force",))
        self.tell_of_a_bound_ca(minted)
        self.tell("mint --run", *MINT, "--ca", "old-ca", "--run", "--", "true", also=old)
        self.tell("sign", *SIGN, "--ca", "old-ca", "sam.pub", "host.pub", files=("sam-cert.pub", "host-cert.pub"), also=old, again=("--force",))
        many = tuple(f"many{number}" for number in range(17))  # more than are synced one by one
        for name in many:
            self.work.write(f"{name}.pub", self.work.path("ben.pub").read_text())
        self.tell("sign 17 keys", *SIGN, "--ca", "old-ca", *(f"{name}.pub" for name in many), files=tuple(f"{name}-cert.pub" for name in many), also=old,
                  again=("--force",))
        self.tell("sign --renew", "sign", "--ca", "old-ca", "--yes", "--renew", "ben-cert.pub", files=("ben-cert.pub",), also=old)
        self.tell_of_requests(old)
        self.tell_of_answers()
        self.tell_of_records()
        self.tell_of_handoff()
        self.tell("revoke make", "revoke", "make", "-o", "made.krl", "--ca", "old-ca.pub", "--serial", "7", files=("made.krl",), again=("--force",))
        self.run_ok("revoke", "make", "-o", "list.krl", "--ca", "old-ca.pub", "--serial", "7")
        self.tell("revoke make --update", "revoke", "make", "--update", "list.krl", "--ca", "old-ca.pub", "--serial", "9", files=("list.krl",))

    def tell_of_a_bound_ca(self, minted) -> None:
        """What is refused without a fault is not done because of one."""
        for name in ("bound-ca", "bound-ca.pub"):
            self.work.write(name, self.work.path(name.replace("bound", "old")).read_text())
        self.work.write("bound-ca.json", json.dumps({"version": 1, "public_key": self.work.path("old-ca.pub").read_text().strip(), "policy_sha256": "0" * 64}))
        self.tell("mint, refused by the bound policy", *MINT, "--ca", "bound-ca", "-o", "em", status=3, refused=True)

    def tell_of_requests(self, old) -> None:
        self.tell("request", "request", "-n", "root", "-I", "joe: 4711", "-o", "joe", files=("joe", "joe.pub"), again=("--force",))
        asked = self.run_ok("request", "-n", "root", "-I", "ann: 4711", "-o", "ann").out
        self.work.write("ann.request", asked)
        self.tell("sign --request", "sign", "--ca", "old-ca", "--yes", "--request", "ann.request", files=("ann-cert.pub",), also=old, again=("--force",), once="this request was answered already")
        self.tell("co-sign", "co-sign", "ann.request", "--key", "sam", "--yes")

    def tell_of_answers(self) -> None:
        """What only reads: half of an answer must not look like the whole one."""
        self.run_ok(*MINT, "--ca", "old-ca", "--ledger", "apart.ledger", "-o", "apart")
        for status, *argv in ((1, "ledger", "verify"), (0, "ledger", "list"), (0, "ledger", "export"), (1, "ledger", "reconcile", "sshd.log"),
                              (0, "inspect", "old-cert.pub", "ben-cert.pub"), (0, "config", "show")):  # 1: one of the ledgers is torn
            self.tell(" ".join(argv), *argv, status=status, prints=True)
        # So many that threads share them.
        names = [f"ben{number}.pub" for number in range(20)]
        for name in names:
            self.work.write(name, self.work.path("ben.pub").read_text())
        self.run_ok(*SIGN, "--ca", "old-ca", "--ledger", "many.ledger", *names)
        self.tell("ledger verify, many records", "ledger", "verify", "many.ledger", prints=True)
        self.work.write("sshd.log", "2026-01-02T03:04:05+00:00 web1 sshd[71]: Server listening on :: port 22.\n")

    def tell_of_records(self) -> None:
        self.run_ok(*MINT, "--ca", "old-ca", "--ledger", "laptop.ledger", "-o", "elsewhere")
        ledgers = (f"{self.state('old-ca')}/ca.ledger", "laptop.ledger")
        self.tell("ledger merge", "ledger", "merge", "-o", "merged.ledger", *ledgers, files=("merged.ledger",), again=("--force",))
        self.run_ok("ledger", "merge", "-o", "together.ledger", ledgers[0])
        self.tell("ledger merge --force", "ledger", "merge", "--force", "-o", "together.ledger", *ledgers, files=("together.ledger",))
        # A ledger as earlier versions kept it, beside the CA.
        key_pair(self.work, "moved-ca")
        self.run_ok(*MINT, "--ca", "moved-ca", "--ledger", "moved-ca.ledger", "-o", "moved")
        blob = base64.b64decode(self.work.path("moved-ca.pub").read_text().split()[1])
        chain = self.work.path("moved-ca.ledger").read_text().split('"id":"')[1][:16] if '"id":"' in self.work.path("moved-ca.ledger").read_text() else ""
        folder = f"home/.local/state/halligan/ca-{hashlib.sha256(blob).hexdigest()[:16]}"
        self.tell("mint, a ledger taken over", *MINT, "--ca", "moved-ca", "-o", "em", files=("em", "em.pub", "em-cert.pub"),
                  also=(f"{folder}/ca.pub", f"{folder}/ca.ledger", f"{folder}/taken-{chain}.ledger"), again=("--force",))
        self.tell_of_torn_ledger()
        writer = paths.SOURCE / "build/journal-remote/usr/lib/systemd/systemd-journal-remote"
        if not writer.exists():
            return
        self.work.path(f"var-log/journal/{'1' * 32}").mkdir(parents=True)
        self.work.path("etc").mkdir()
        self.work.write("etc/machine-id", "1" * 32 + "\n")
        for number, name in enumerate(("system", "system@1", "user-0")):
            self.work.path("export").write_bytes(entry(time.time() - 9 + number, "Server listening on :: port 22."))
            self.work.run(writer, "-o", f"var-log/journal/{'1' * 32}/{name}.journal", "export").expect()
        script = 'mount --bind etc /etc && mount --bind var-log /var/log && mount -t tmpfs tmpfs /run && exec "$@"'
        inside = ("unshare", *(() if os.geteuid() == 0 else ("-r",)), "-m", "sh", "-c", script, "sh")
        self.tell("ledger reconcile", "ledger", "reconcile", "--ledger", ledgers[0], "--journal", "--cursor-file", "cursor", files=("cursor",), inside=inside, prints=True)
        folder = "var-log/journal"
        self.tell("ledger reconcile, a folder", "ledger", "reconcile", "--ledger", ledgers[0], folder, prints=True)

    def tell_of_torn_ledger(self) -> None:
        key_pair(self.work, "torn-ca")
        self.run_ok(*MINT, "--ca", "torn-ca", "-o", "torn")
        ledger = self.work.ledger_of("torn-ca")
        whole = ledger.read_bytes()
        end = whole.rindex(b"\n", 0, -1) + 1
        torn = whole[end:end + 40]
        ledger.write_bytes(whole + torn)
        aside = f"{self.state('torn-ca')}/ca.ledger.torn-{hashlib.sha256(torn).hexdigest()[:16]}"
        self.tell("mint, after a crash", *MINT, "--ca", "torn-ca", "-o", "em", files=("em", "em.pub", "em-cert.pub"), also=(*self.of_a_ca("torn-ca"), aside),
                  again=("--force",), whole={str(ledger.relative_to(self.work.root)): whole})

    def tell_of_handoff(self) -> None:
        self.work.write("known_hosts", "web1 " + self.work.path("host.pub").read_text())
        seal = ("handoff", "seal", "-i", "old", "--host", "web1", "--known-hosts", "known_hosts", "--to", "sam.pub")
        self.tell("handoff seal", *seal, "-o", "made.age", files=("made.age",), again=("--force",))
        self.run_ok(*seal, "-o", "sealed.age")
        names = ("README", "emergency", "emergency-cert.pub", "known_hosts", "hosts")
        self.tell("handoff open", "handoff", "open", "-i", "sam", "sealed.age", "-d", "bundle", files=tuple(f"bundle/{name}" for name in names), again=None)
        # The program that brings it is wormhole, which tests/e2e/wormhole_test.py uses; here it is a copy.
        self.work.path("bin").mkdir()
        self.work.write("bin/wormhole", '#!/bin/sh\nfor last; do :; done\ncat sealed.age >"$last.new" && mv "$last.new" "$last"\n', mode=0o700)
        path = f"{self.work.path('bin')}:{self.work.env['PATH']}"
        self.tell("handoff receive", "handoff", "receive", "-o", "got.age", files=("got.age",), again=None, inside=("env", f"PATH={path}"))
