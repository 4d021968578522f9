"""halligan explain: logs of sshd, and what sshd would do by a snapshot. tests/show/14-explain has real sshds judge it."""

import base64
import json

import harness
from software_ca import DSA_KEY, SoftwareCa, krl_of_ca
from world import key_pair

REASONS = [
    ("Invalid user bob from 192.0.2.1 port 40000", "user"),
    ("User ann from 192.0.2.1 not allowed because not listed in AllowUsers", "allow-users"),
    ("User ann not allowed because account is locked", "locked"),
    ("Certificate invalid: expired", "validity"),
    ('Refusing certificate ID "x: Certificate lacks principal list" serial=1 signed by ED25519 CA SHA256:x: '
     "Certificate invalid: not yet valid", "validity"),
    ("error: Authentication key ED25519-CERT SHA256:x revoked by file /etc/ssh/revoked", "revoked"),
    ("error: Error checking authentication key ED25519 SHA256:x in revoked keys file none: No such file or directory", "revoked-keys"),
    ("userauth_pubkey: certificate signature algorithm ssh-ed25519: signature algorithm not supported [preauth]", "ca-algorithm"),
    ("userauth_pubkey: key type ssh-ed25519 not in PubkeyAcceptedKeyTypes [preauth]", "algorithm"),
    ("/root/.ssh/authorized_keys:3: Authentication tried for root with valid certificate but not from a permitted source address (192.0.2.1).",
     "source-address"),
    ("ROOT LOGIN REFUSED FROM 192.0.2.1 port 40000", "root"),
    ("Connection closed by authenticating user root 192.0.2.1 port 40000 [preauth]", "ca"),
]
# What strangers choose, or other programs write, is not a refusal of the rule that it names.
FORGED = [
    "Accepted publickey for root from 192.0.2.1 port 1 ssh2: ED25519-CERT SHA256:x ID Certificate invalid: expired (serial 1)",
    "Server listening on 0.0.0.0 port 22.",
    "Received disconnect from 192.0.2.1 port 1:11: Certificate invalid: expired [preauth]",
]

ALGORITHM = "ssh-ed25519-cert-v01@openssh.com"


def snapshot(authority: str, config: str, effective: str, files: dict[str, str], shadow: str = "ok",
             version: str = "9.2", authorized: str = "") -> str:
    """As halligan trust snapshot writes it, of a host that there is not. @param authorized  a line of root's keys"""
    def block(kind, name, text):
        return f"block {len(text.encode())} {kind} {name}\n{text}\n"

    def file(path, text):
        return f"stat 644 0 0 0 1 1:{len(text)}\nreal {path}\n" + block("file", path, text)
    text = ("halligan-trust-facts 1\nset uid 0\nset host web1\nset time 1\nset from 192.0.2.1\nset config /etc/ssh/sshd_config\n"
            f"set version OpenSSH_{version}p1\nset checked 0\n" + file("/etc/ssh/sshd_config", config) + file("/etc/ssh/ca", authority) +
            "".join(file(path, content) for path, content in files.items()) +
            "set account root 0 yes root\nset home root /root\nset shell root /bin/sh\n" + f"set shadow root {shadow}\n" +
            (block("authorized", "root", f"600 0 /root/.ssh/authorized_keys\n1:{authorized}") if authorized else "") +
            block("effective", "root", effective) + "end\n")
    return json.dumps({"halligan_snapshot": 1, "host": "web1", "taken": 1, "by": "me", "tool": "0",
                       "facts": base64.b64encode(text.encode()).decode()}) + "\n"


EFFECTIVE = (f"usepam no\nchrootdirectory none\npubkeyauthentication yes\npubkeyacceptedalgorithms {ALGORITHM}\n"
             "casignaturealgorithms ssh-ed25519\nrevokedkeys none\ntrustedusercakeys /etc/ssh/ca\n"
             "authorizedprincipalsfile none\nauthorizedprincipalscommand none\nauthorizedkeyscommand none\n"
             "authenticationmethods any\npermitrootlogin without-password\nstrictmodes yes\n")


class Explain(SoftwareCa):
    def explain(self, *arguments, **options):
        return self.halligan(None, "explain", *arguments, **options)

    def test_each_refusal_in_a_log_has_its_rule(self):
        for message, rule in REASONS:
            with self.subTest(message):
                done = self.explain("--json", "--log", "-", stdin=f"Nov 22 06:55:12 web1 sshd[71]: {message}\n".encode()).expect(1)
                self.assertEqual([json.loads(line)["rule"] for line in done.out.splitlines()], [rule])

    def test_what_is_no_refusal_or_is_quoted_is_not_explained(self):
        log = "".join(f"Nov 22 06:55:12 web1 sshd[71]: {line}\n" for line in FORGED)
        log += "Nov 22 06:55:12 web1 cron[71]: Certificate invalid: expired\n"
        self.assertEqual(self.explain("--log", "-", stdin=log.encode()).expect(0).out, "")

    def test_a_snapshot_decides_by_the_rules(self):
        for name in ("software-ca", "user"):
            key_pair(self.work, name)
        made = self.certificate("-I", "id", "-n", "root", "-V", "-1h:+1h")
        authority = self.work.path("software-ca.pub").read_text()
        for config, effective, more, rule, place in (
                ("TrustedUserCAKeys /etc/ssh/ca\n", EFFECTIVE, (), None, ""),
                ("TrustedUserCAKeys /etc/ssh/ca\n", EFFECTIVE, ("--at", "+2h"), "validity", "/etc/ssh/ca:1"),
                ("PermitRootLogin no\n", EFFECTIVE.replace("without-password", "no"), (), "root", "/etc/ssh/sshd_config:1"),
                ("Match User root\n RevokedKeys none\n", EFFECTIVE, (), "revoked-keys", "/etc/ssh/sshd_config:2"),
                ("Match Address 192.0.2.9\n TrustedUserCAKeys none\n", EFFECTIVE, ("--from", "192.0.2.9"), "ca", "/etc/ssh/sshd_config:2"),
                ("Match Address 192.0.2.9\n TrustedUserCAKeys none\n", EFFECTIVE, ("--from", "192.0.2.8"), None, ""),
                # What held for the address of the snapshot alone, and has a default for others.
                ("Match Address 192.0.2.1\n PermitRootLogin no\n", EFFECTIVE.replace("without-password", "no"), ("--from", "192.0.2.8"), None, "")):
            with self.subTest(config=config, more=more):
                self.work.path("web1.json").write_text(snapshot(authority, config, effective, {}))
                done = self.explain("--json", made, "--snapshot", "web1.json", *more)
                answer = json.loads(done.expect(0 if rule is None else 1).out)
                self.assertEqual(answer["answer"], "yes" if rule is None else "no", done.report())
                if rule:
                    self.assertEqual((answer["steps"][-1]["rule"], answer["steps"][-1]["place"]), (rule, place))

    def test_a_list_for_a_ca_with_a_dsa_key_by_version(self):
        for name in ("software-ca", "user"):
            key_pair(self.work, name)
        made = self.certificate("-I", "id", "-n", "root", "-V", "-1h:+1h")
        effective = EFFECTIVE.replace("revokedkeys none", "revokedkeys /etc/ssh/revoked")
        for version, answer, log in (("9.2", "yes", ""), ("9.9", "unknown", ""),
                                     ("10.0", "no", "in revoked keys file /etc/ssh/revoked: unknown or unsupported key type")):
            with self.subTest(version):
                text = snapshot(self.work.path("software-ca.pub").read_text(), "TrustedUserCAKeys /etc/ssh/ca\nRevokedKeys /etc/ssh/revoked\n",
                                effective, {"/etc/ssh/revoked": krl_of_ca(DSA_KEY).decode("ascii")}, version=version)
                self.work.path("web1.json").write_text(text)
                done = self.explain("--json", made, "--snapshot", "web1.json")
                said = json.loads(done.out)
                self.assertEqual(said["answer"], answer, done.report())
                self.assertIn(log, said["steps"][-1].get("log", "") if log else "")

    def test_a_file_that_is_no_snapshot_is_an_error(self):
        key_pair(self.work, "user")
        for text in ("", "{}", "[1]", '{"halligan_snapshot":1}', '{"halligan_snapshot":1,"facts":"!"}', '{"halligan_snapshot":2}'):
            with self.subTest(text):
                self.work.path("bad.json").write_text(text)
                self.assertIn("halligan: ", self.explain("user.pub", "--snapshot", "bad.json").expect(3).err)


if __name__ == "__main__":
    harness.main()
