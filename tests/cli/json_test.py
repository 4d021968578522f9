"""docs/json.md says what --json prints: every command that has the option is run and compared with its tables."""

import base64
import json
import os
import pathlib
import re
import textwrap

import harness
from harness import paths, vendor
from harness.mockdev import Mockdev
from harness.work import need
from explain_test import EFFECTIVE, snapshot
from json_jobs import Jobs
from json_reference import Reference, objects, undocumented
from ledger_test import chained, signature, string
from world import PIN, key_pair

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "json.md"


def with_json(*words: str) -> list[str]:
    """The commands whose help declares --json, found by walking the help of every group."""
    text = harness.process.run([need(paths.HALLIGAN), *words, "--help"]).expect().out
    if " COMMAND [OPTION...]" in text:
        return [found for names in re.findall(r"^ {2}([a-z][a-z-]*(?:, [a-z-]+)*)(?: {2,}|\n {3,})\S", text, re.M)
                for name in names.split(", ") for found in with_json(*words, name)]
    return [" ".join(words)] if re.search(r"^ +--json\b", text, re.M) else []


NOT_UTF8 = os.fsdecode(b"\xff")

# cli.token_list has the device for these: one that is found, and may not be opened.
NOT_MET = {("halligan token list", "udev_rule"), ("halligan token list", "udev_file")}
# e2e.trust has hosts that can be changed.
NOT_MET |= {(f"halligan trust {name}", "login") for name in ("apply", "remove", "rollback")}
if os.geteuid() != 0:  # then no host says what would change
    NOT_MET |= {("trust change", name) for name in ("path", "action", "diff")}
    NOT_MET |= {("trust effect", name) for name in ("account", "keyword", "before", "after")}
# e2e.prove_grades has snapshots of hosts, e2e.prove_drills drills.
NOT_MET |= {("halligan prove", name) for name in "rule why place next snapshot snapshot_at drill_rule drill_why drill_next drill drill_at".split()}
# e2e.drill_log has hosts that open, e2e.drill_stop drills that are broken off, e2e.drill_versions hosts that were drilled.
NOT_MET |= {("drilled host", "log"), ("host log", "line"), ("host log", "milliseconds"), ("halligan drill run", "broken_off")}
NOT_MET |= {("asked host", name) for name in ("drilled", "drilled_at")}
NOT_MET |= {("trust canary", name) for name in ("account", "canary", "ca", "verdict")}


class Shown(Jobs):
    """run_COMMAND() runs a command in all its shapes, and compares what it prints."""

    def setUp(self):
        super().setUp()
        self.key = self.token()
        self.ca = self.make_ca(self.key)
        self.reference = Reference(DOCUMENT.read_text())
        key_pair(self.work, "ann")
        key_pair(self.work, "user")

    def compare(self, heading: str, done: harness.Completed, status: int = 0) -> list[dict]:
        done.expect(status)
        shown = objects(done.raw)
        self.assertGreater(len(shown), 0, done.report())
        for each in shown:
            name = heading
            if heading.startswith("halligan ledger") and each.get("kind") == "use":
                name = "use"
            if heading == "halligan inspect":
                name += f": {each['kind']}"
                self.assertEqual(self.reference.check(heading, {"kind": each["kind"]}), [])
            self.assertEqual(self.reference.check(name, each), [], done.report())
        return shown

    def show(self, *arguments, heading: str | None = None, status: int = 0, token=None, **options) -> list[dict]:
        """`halligan COMMAND --json ...`; the command is the first argument."""
        command, *rest = arguments
        done = self.halligan(token or self.key, *command.split(), "--json", *rest, **options)
        return self.compare(heading or f"halligan {command}", done, status)

    def spec(self, principals: str = "root") -> list:
        return ["--ca", self.ca, "-I", "ann: 4711", "-n", principals]

    def secret(self, text: str) -> int:
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        os.write(write_end, text.encode() + b"\n")
        os.close(write_end)
        return read_end

    def by_descriptor(self, command: str, *arguments, token, env=None, **secrets) -> list[dict]:
        fds = {option: self.secret(text) for option, text in secrets.items()}
        words = [word for option, fd in fds.items() for word in (f"--{option.replace('_', '-')}", str(fd))]
        return self.show(command, *arguments, *words, token=token, pin=None, env=env, pass_fds=list(fds.values()))

    def run_ca_init(self):
        self.work.run("mkdir", "other", "bound").expect()
        self.show("ca init", "-d", "other", "-C", "CA \u00e9", token=self.token("other-token"))
        self.bound = self.token("bound-token")
        self.show("ca init", "-d", "bound", "--policy", self.policy("rules"), token=self.bound)
        self.show("inspect", "bound/ca", token=self.bound)

    def run_ca_export(self):
        self.show("ca export", "-d", self.ca.parent, "--force")
        self.show("ca export", "-d", "bound", "--force", token=self.bound)

    def run_ca_attest(self):
        ca = self.make_ca(self.token("attested-token"), folder="attested")
        own, _, cbor = vendor.read_file(ca.with_name("ca.attestation").read_bytes())
        aaguid = vendor.unwrap(cbor)[37:53]
        publisher = vendor.Publisher(kind="ec")
        blob, root = self.work.path("blob.jwt"), self.work.path("mds.pem")
        blob.write_bytes(publisher.blob([vendor.entry(aaguid, [own])]))
        root.write_bytes(vendor.pem(publisher.root.certificate))
        trusted = ("--metadata", blob, "--metadata-root", root)
        shown, = self.show("ca attest", ca, *trusted)
        self.assertEqual(shown["proven"], "hardware")
        self.show("ca attest", ca, status=1)
        blob.write_bytes(publisher.blob([]))
        self.show("ca attest", ca, *trusted, status=1)

    def run_ca_bind_policy(self):
        self.show("ca bind-policy", "-d", self.ca.parent, "--policy", self.policy("rules"))
        self.show("ca bind-policy", "-d", self.ca.parent, "--none")

    def run_config_show(self):
        file = self.work.write("config", f"CA known\nPublicKey {self.ca}.pub\nPrincipals r\u00f6ot\nCA unknown\nPublicKey missing\n")
        known, unknown = self.show("config show", "--config", file)
        self.assertIn("fingerprint", known)
        self.assertNotIn("fingerprint", unknown)

    def run_config_check(self):
        file = self.work.write("config", f"CA known\nPublicKey {self.ca}.pub\n")
        self.show("config check", "--config", file)
        self.work.write("config", "CA unknown\nPublicKey missing\n")
        self.show("config check", "--config", file, status=1)

    def run_kit_verify(self):
        self.show("kit verify", "--ca", self.work.path("ann.pub"), self.work.home, status=1)

    def run_doctor(self):
        self.show("doctor", env={"XDG_STATE_HOME": str(self.work.path("no-state"))})
        self.show("doctor", "--portable")
        self.show("doctor", "--host", "root@web1", status=1)

    def runbook(self) -> pathlib.Path:
        self.work.path("pages").mkdir(mode=0o755, exist_ok=True)
        return self.work.write("pages/page.md", "# Page\n\n```sh laptop\n$ NAME=x # a name\n```\n\n```sh web1\n$ true\n```\n\n```sh laptop\n$ false\n```\n", mode=0o644)

    def run_runbook_list(self):
        self.runbook()
        self.work.path("pages").rename(self.work.path("runbooks"))
        self.show("runbook list")
        self.work.path("runbooks").rename(self.work.path("pages"))

    def run_runbook_show(self):
        self.show("runbook show", self.runbook())

    def run_runbook_check(self):
        self.work.converse(paths.HALLIGAN, "runbook", "run", self.runbook(), answers=
                           [(r"NAME, a name \[x\]: \Z", ""), (r"\] \Z", ""), (r"yourself\) \Z", ""), (r"\] \Z", ""), (r"\] \Z", ""),
                            (r"stop\] \Z", "g"), (r"\? \Z", "why not")]).expect(1)
        transcript = next((self.work.home / ".local/state/halligan/runbooks").glob("page-*.jsonl"))
        self.show("runbook check", transcript, heading="halligan runbook check -- a transcript")
        self.show("runbook check", self.runbook(), "--ran", transcript, status=1)
        for record in objects(transcript.read_bytes()):
            self.assertEqual(self.reference.check("Transcript of a runbook", record), [])

    def run_mint(self):
        self.show("mint", *self.spec(), "-o", "minted", "-O", "source-address=10.0.0.0/8", "--no-ledger")
        self.show("mint", *self.spec(), "-o", "recorded")
        agent = self.agent(name="minted")
        for extra in ((), ("--no-ledger",)):
            self.show("mint", *self.spec(), "--agent", *extra, env=agent.env, heading="halligan mint --agent")

    def asked(self, file: str) -> list[dict]:
        shown = self.show("request", "-n", "root", "-I", "ben: 4711", "--host", "web1", "-o", file, "--force")
        self.work.write(f"{file}.request", shown[0]["request"])
        return shown

    def run_request(self):
        self.assertEqual(self.asked("b\u00e9n")[0]["key_file"], "b\u00e9n")
        agent = self.agent(name="requests")
        self.work.run("ssh-add", "-q", "ann", env=agent.env).expect()
        self.show("request", "-n", "root", "-I", "ben: 4711", "--agent-key", "ann", env=agent.env)

    def run_co_sign(self):
        self.asked("cosigned")
        shown = self.show("co-sign", "cosigned.request", "--key", "ann")
        self.work.write("cosigned.request", shown[0]["request"])

    def run_sign(self):
        self.show("sign", *self.spec(), "user.pub", "ann.pub")
        self.run_co_sign()
        self.answer()
        self.answer("--no-ledger")

    def answer(self, *arguments):
        self.work.write("signers", "ann " + self.work.path("ann.pub").read_text())
        self.show("sign", *self.spec(), "--request", "cosigned.request", "--co-signers", "signers", "--force", *arguments,
                  heading="halligan sign --request")

    def odd_certificate(self) -> str:
        return self.certificate("-I", NOT_UTF8, "-n", f"r{NOT_UTF8}", "-O", f"extension:x{NOT_UTF8}@y={NOT_UTF8}", "-O",
                                "force-command=ls", "-z", "5", "-V", "-1h:+1h", name="odd")

    @staticmethod
    def with_weak_point(handle: str) -> str:
        """A handle file with (0, 1) in place of its point of P-256, which is on no curve."""
        begin, *lines, end = handle.split("\n")[:-1]
        data = base64.b64decode("".join(lines))
        at = data.index(string(b"nistp256")) + 12 + 5
        weak = base64.b64encode(data.replace(data[at:at + 64], bytes(63) + b"\x01")).decode()
        return "\n".join([begin, *textwrap.wrap(weak, 70), end, ""])

    def run_inspect(self):
        odd = self.odd_certificate()
        self.work.run("ssh-keygen", "-q", "-k", "-f", "list.krl", "-s", "software-ca.pub",
                      self.work.write("spec", "serial: 5-9\nserial: 4\nid: mallory\n")).expect()
        self.show("inspect", odd, "user.pub", "--ca", "software-ca.pub", "--krl", "list.krl", "--expires-in", "2h", status=1)
        self.work.write("by-key", self.work.path("user.pub").read_text())
        self.show("inspect", odd, "user", "user.pub", self.ca, "--krl", "by-key", status=1)
        self.show("inspect", self.ca, "user.pub", "--krl", self.work.write("both", self.work.path("ca/ca.pub").read_text() +
                  self.work.path("by-key").read_text()), "--check", status=1)
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", "locked").expect()
        odd_key = string(b"sk-ssh-ed25519@openssh.com") + string(bytes(32)) + string(b"ssh:\xff")
        self.work.write("odd-key.pub", f"sk-ssh-ed25519@openssh.com {base64.b64encode(odd_key).decode()}\n")
        # Its point has a small order: anybody can sign for it.
        self.work.run("ssh-keygen", "-q", "-s", "software-ca", "-I", "x", "-n", "root", "odd-key.pub").expect()
        self.work.write("weak", self.with_weak_point(self.work.path(self.ca).read_text()), mode=0o600)
        self.show("inspect", "locked", "odd-key.pub", "odd-key-cert.pub", "weak", status=1)
        later = base64.b64encode(string(b"ssh-later@openssh.com") + bytes(8)).decode()
        for number, entry in enumerate((b"", b"web1 ", b"web\xff ")):
            self.work.path(f"later{number}").write_bytes(entry + f"ssh-later@openssh.com {later}\n".encode())
        self.show("inspect", "later0", "later1", "later2")
        self.show("inspect", "--check", "later0", status=1)
        kind, blob = self.work.path(odd).read_text().split()[:2]
        value = string(b"\xff")
        bad = base64.b64decode(blob).replace(string(value), string(value[:3] + b"\x09\xff"))
        self.work.write("bad", f"{kind} {base64.b64encode(bad).decode()}\n")
        self.show("inspect", "bad", status=1)
        self.show("mint", *self.spec(), "-o", "by-token", "--no-ledger")
        self.show("inspect", "by-token-cert.pub")
        self.lists()
        self.run_handoff_seal()
        self.bundles()
        self.run_co_sign()
        self.show("inspect", "cosigned.request")
        done = self.halligan(None, "inspect", "--json", "none", "spec")
        self.compare("halligan inspect", done, 4)
        agent = self.agent(name="inspected")
        self.work.run("ssh-add", "-q", "user", env=agent.env).expect()
        self.show("inspect", "--agent", env=agent.env)
        self.certificate("-h", "-I", "web1", "-n", "localhost", name="host")
        sshd = self.sshd(f"HostCertificate {self.work.path('host-cert.pub')}\n", host_key=self.work.path("host"))
        self.show("inspect", "--host", f"127.0.0.1:{sshd.port}", "--check", status=1)

    def lists(self):
        keys = [self.work.path(name).read_text() for name in ("user.pub", "ann.pub")]
        self.work.write("keys", f"key: {keys[0]}sha256: {keys[1]}sha1: {keys[1]}")
        self.work.path("ids").write_bytes(b"id: mallory \xff\nserial: 1\n")
        self.work.run("ssh-keygen", "-q", "-k", "-f", "keys.krl", "keys").expect()
        self.work.run("ssh-keygen", "-q", "-k", "-f", "ids.krl", "-s", "software-ca.pub", "-C", NOT_UTF8, "ids").expect()
        extension = string(b"x@example.org") + b"\0" + string(b"contents")
        self.work.path("ids.krl").write_bytes(self.work.path("ids.krl").read_bytes() + b"\xff" + string(extension))
        self.show("inspect", "keys.krl", "ids.krl", "list.krl")

    def bundles(self):
        self.certificate("-I", "x", "-n", "root", "-V", "+1h")
        self.run_handoff_seal()
        opened = self.work.run("age", "-d", "-i", "ann", "sealed.age").expect().raw
        self.work.path("opened").write_bytes(opened)
        self.show("inspect", "opened", "--expires-in", "2h", status=1)
        self.work.path("odd.age").write_bytes(b"age-encryption.org/v1\n-> \xff x\n--- mac\n")
        self.show("inspect", "opened", "sealed.age", "odd.age")

    def run_handoff_seal(self):
        if not self.work.path("user-cert.pub").exists():
            self.certificate("-I", "x", "-n", "root", "-V", "+1h")
        self.work.write("known_hosts", "web1 " + self.work.path("software-ca.pub").read_text())
        self.odd_certificate()
        for key in ("odd", "user"):
            self.show("handoff seal", "--known-hosts", "known_hosts", "--host", "web1", "-i", key, "--to", "ann.pub", "-o",
                      "sealed.age", "--force")

    def run_handoff_open(self):
        self.run_handoff_seal()
        self.show("handoff open", "-i", "ann", "-d", "handed", "sealed.age")

    def run_handoff_receive(self):
        self.run_handoff_seal()
        self.work.path("bin").mkdir()
        self.work.write("bin/wormhole", '#!/bin/sh\ncp sealed.age "$4"\n', mode=0o700)
        self.show("handoff receive", "-o", "received.age", env={"PATH": f"{self.work.path('bin')}:{self.work.env['PATH']}"})

    def ledger(self) -> pathlib.Path:
        """With a certificate by request, and one between others that is not recorded."""
        file = self.work.path("some.ledger")
        if not file.exists():
            for name in ("before", "between", "after"):
                option = "--no-ledger" if name == "between" else "--ledger=some.ledger"
                self.show("mint", *self.spec(), "-o", name, option)
            self.run_co_sign()
            self.answer("--ledger", file)
        return file

    def odd_ledger(self) -> str:
        file = self.ledger()
        start, certificate = map(json.loads, file.read_text().splitlines()[:2])
        odd = " ".join(self.work.path(self.odd_certificate()).read_text().split()[:2])
        record = {"n": 1, "prev": "", "time": start["time"], "kind": "certificate", "certificate": odd}
        use = {"n": 2, "prev": "", "time": start["time"], "kind": "use",
               "ca": " ".join(self.ca.with_name("ca.pub").read_text().split()[:2]), "purpose": "x"}
        signed = {"signatures": [signature(certificate)]}
        self.work.write("odd.ledger", chained([start, record, {**use, "hash": "0" * 64, **signed}, {**use, **signed}]))
        return "odd.ledger"

    def run_ledger_list(self):
        self.show("ledger list", self.ledger())
        self.show("ledger list", self.odd_ledger())

    def run_ledger_show(self):
        self.show("ledger show", "1", self.ledger())

    def run_ledger_export(self):
        self.show("ledger export", self.ledger())
        self.compare("halligan ledger export", self.halligan(None, "ledger", "export", self.ledger()))

    def run_ledger_verify(self):
        self.show("ledger verify", self.ledger(), status=1)

    def run_ledger_attest(self):
        self.show("ledger attest", self.ledger(), "-o", "report", "--to", "20991231Z", status=1)
        self.show("ledger verify", "report", heading="report verdict", status=1)

    def run_ledger_reconcile(self):
        self.work.write("log", "1795000000.0 web1 sshd[71]: Accepted publickey for root from 127.0.0.1 port 1 ssh2: "
                               "ED25519-CERT SHA256:x ID y (serial 1) CA ED25519 SHA256:z\n")
        self.show("ledger reconcile", "--ledger", self.ledger(), "log", status=1)

    def run_ledger_merge(self):
        self.show("ledger merge", "-o", "merged", self.ledger())

    def run_revoke_make(self):
        ledger = self.ledger()
        self.show("revoke make", "-o", "made.krl", "--key", "user.pub")
        self.show("revoke make", "-o", "other.krl", "--ledger", ledger, "--key", "user.pub")

    def run_revoke_plan(self):
        which = ("--ledger", self.ledger(), "--ca", self.ca.with_name("ca.pub"))
        self.show("revoke plan", *which, "--key", "user.pub")
        self.show("revoke plan", *which, "--until-now")
        self.show("revoke plan", "--ledger", self.odd_ledger(), "--key", "user.pub")

    def run_revoke_check(self):
        self.halligan(None, "revoke", "make", "-o", "check.krl", "--key", "user.pub").expect()
        self.show("revoke check", "check.krl", "user.pub", "ann.pub", status=1)

    def run_prove(self):
        made = self.show("prove", "--make", "--yes", "--ca", self.ca, "--account", "root", "--canaries", "canaries.pub", heading="halligan sign")
        self.assertTrue(made[0]["canary"])
        ask = ["--canaries", "canaries.pub", "--known-hosts", self.work.write("known", ""), "127.0.0.1:1"]
        self.assertEqual(len(self.show("prove", *ask, status=4) + self.show("prove", "--map", *ask, status=4, heading="prove row")), 2)

    def run_explain(self):
        self.work.path("web1.json").write_text(snapshot(self.ca.with_name("ca.pub").read_text(), "", EFFECTIVE, {}))
        self.show("explain", "user.pub", "--snapshot", "web1.json", status=1)

    def on_this_machine(self, command: str, *arguments):
        """Nothing is changed without --yes; whether something forbids it is the machine's matter."""
        done = self.halligan(None, "trust", command, "--json", "--local", *arguments)
        self.assertIn(done.status, (0, 1), done.report())
        self.compare(f"halligan trust {command}", done, done.status)

    def run_trust_plan(self):
        self.on_this_machine("plan", "--ca", self.ca.with_name("ca.pub"), "--account", "no-such-account")

    def run_trust_status(self):
        self.on_this_machine("status", "--ca", self.ca.with_name("ca.pub"), "--account", "no-such-account")

    def run_trust_apply(self):
        self.on_this_machine("apply", "--ca", self.ca.with_name("ca.pub"), "--account", "no-such-account")

    def run_trust_remove(self):
        self.on_this_machine("remove", "--ca", self.ca.with_name("ca.pub"))

    def run_trust_rollback(self):
        self.on_this_machine("rollback")

    def run_token_list(self):
        self.show("token list")
        mock = Mockdev(self.work, self.token("found", pin=None))
        loadable = {"ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"} if paths.sanitized(paths.HALLIGAN) else {}
        self.compare("halligan token list", mock.run(paths.HALLIGAN, "token", "list", "--json", env=loadable))

    def run_token_info(self):
        self.show("token info")
        self.show("token info", token=self.token("uv", options=("--uv",)))

    def run_token_wink(self):
        self.show("token wink")

    def run_token_pin_status(self):
        self.show("token pin status")
        self.show("token pin status", token=self.token("no-pin", pin=None), status=1)

    def run_token_pin_set(self):
        self.by_descriptor("token pin set", token=self.token("fresh", pin=None), new_pin_fd=PIN)

    def run_token_pin_change(self):
        self.by_descriptor("token pin change", token=self.token("changed"), pin_fd=PIN, new_pin_fd="271828")

    def run_token_keys_list(self):
        self.show("token keys list")

    def run_token_keys_rename(self):
        self.show("token keys rename", "ssh:emergency-ca", "--name", "z\u00f6e")

    def run_token_keys_delete(self):
        token = self.token("emptied")
        self.make_ca(token, folder="lost")
        self.show("token keys delete", "--yes", "ssh:emergency-ca", token=token)

    def run_token_reset(self):
        self.by_descriptor("token reset", "--yes", token=self.token("reset"), pin_fd=PIN)
        self.show("token reset", "--yes", token=self.token("reset-blind"))


class Documented(Shown):
    def test_every_command_prints_what_is_documented(self):
        commands = with_json()
        self.assertGreater(len(commands), 20)
        self.assertEqual(undocumented(commands, self.reference), [])
        for command in commands:
            with self.subTest(command):
                run = getattr(self, "run_" + re.sub("[ -]", "_", command), None)
                self.assertIsNotNone(run, f"halligan {command} has --json, and nothing here runs it")
                run()
        # A row for what no command prints would be as wrong as a missing row.
        self.assertEqual(self.reference.never_met(), NOT_MET)

    def test_a_section_is_of_a_command_that_has_the_option(self):
        commands = [f"halligan {command}" for command in with_json()]
        for heading in self.reference.headings:
            if heading.startswith("halligan "):
                self.assertIn(re.sub(r": .*| --.*", "", heading), commands)


# A failing run for each command or group that `halligan help` lists.
FAILING = {
    "explain": (["explain", "none", "--local"], 4, "not-found"),
    "agent": (["agent", "audit", "./none"], 4, "not-found"),
    "config": (["config", "show", "none"], 1, "no"),
    "doctor": (["doctor", "--frob"], 2, "usage"),
    "drill": (["drill", "report"], 1, "no"),
    "runbook": (["runbook", "show", "none"], 4, "not-found"),
    "ca": (["ca", "export", "-d", "none"], 4, "not-found"),
    "mint": (["mint", "--ca", "none", "-I", "x", "-n", "root", "-o", "m"], 4, "not-found"),
    "sign": (["sign", "--ca", "none", "-I", "x", "-n", "root", "user.pub"], 4, "not-found"),
    "inspect": (["inspect", "none"], 4, "not-found"),
    "request": (["request", "-n", "root", "-I", "x", "--key", "none"], 4, "not-found"),
    "co-sign": (["co-sign", "none", "--key", "ann"], 4, "not-found"),
    "handoff": (["handoff", "open", "none"], 4, "not-found"),
    "kit": (["kit", "verify", "none", "--config", "none"], 2, "usage"),
    "ledger": (["ledger", "verify", "none"], 4, "not-found"),
    "revoke": (["revoke", "check", "none"], 4, "not-found"),
    "prove": (["prove", "--canaries", "none", "web1"], 4, "not-found"),
    "trust": (["trust", "plan", "root@host", "--ca", "none"], 4, "not-found"),
    "token": (["token", "keys", "rename", "ssh:none", "--name", "x"], 4, "not-found"),
    "unlock": (["unlock"], 4, "unreachable"),
    "lock": (["lock"], 4, "unreachable"),
    "checkpin": (["checkpin", "--frob"], 64, "usage"),
    "status": (["status", "--frob"], 64, "usage"),
}


class Errors(Shown):
    def test_an_error_of_every_group_is_one_object_on_stderr(self):
        self.assertEqual({command.split()[0] for command in with_json()}, set(FAILING))
        for group, (arguments, status, code) in FAILING.items():
            with self.subTest(group):
                done = self.halligan(self.key, *arguments, "--json").expect(status)
                shown = objects(done.err.encode())
                self.assertEqual(len(shown), 1, done.report())
                self.assertEqual(self.reference.check("Errors", shown[0]), [])
                self.assertEqual((shown[0]["status"], shown[0]["code"]), (status, code))


if __name__ == "__main__":
    harness.main()
