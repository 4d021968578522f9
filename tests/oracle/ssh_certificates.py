"""Our certificates judged by ssh-keygen -L, and ssh-keygen's certificates by ours, line by line."""

import json
import time
import unittest

from ssh_oracle import SOFTWARE, TOKENS, VECTORS, Case, strings

KNOWN = {b"force-command", b"source-address"}
FLAGS = {b"verify-required", b"no-touch-required", b"permit-X11-forwarding", b"permit-agent-forwarding",
         b"permit-port-forwarding", b"permit-pty", b"permit-user-rc"}


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def validity(fields):
    after, before = fields["after"], fields["before"]
    if after == 0 and before == 2**64 - 1:
        return "forever"
    if after == 0:
        return "before " + moment(before)
    if before == 2**64 - 1:
        return "after " + moment(after)
    return f"from {moment(after)} to {moment(before)}"


def option(entry):
    name, data = bytes.fromhex(entry["name"]), bytes.fromhex(entry["data"])
    if name in KNOWN:
        return name + b" " + next(strings(data))
    if name in FLAGS:
        return name
    if data:
        return name + b" UNKNOWN OPTION: " + data.hex().encode() + f" (len {len(data)})".encode()
    return name + b" UNKNOWN FLAG OPTION"


def block(title, lines):
    indent = b"        "
    if not lines:
        return [indent + title + b": (none)"]
    return [indent + title + b": "] + [indent * 2 + line for line in lines]


def as_keygen_shows(fields):
    """What ssh-keygen -L would print, made from our own fields."""
    kind = "host" if fields["host"] else "user"
    subject, ca = fields["subject"], fields["ca"]
    head = [f"Type: {fields['type']} {kind} certificate",
            f"Public key: {subject['label']}-CERT {subject['fingerprint']}",
            f"Signing CA: {ca['label']} {ca['fingerprint']} (using {fields['algorithm']})",
            f"Key ID: \"{bytes.fromhex(fields['key_id']).decode()}\"",
            f"Serial: {fields['serial']}", f"Valid: {validity(fields)}"]
    lines = [b"        " + line.encode() for line in head]
    lines += block(b"Principals", [bytes.fromhex(each) for each in fields["principals"]])
    lines += block(b"Critical Options", [option(each) for each in fields["critical"]])
    lines += block(b"Extensions", [option(each) for each in fields["extensions"]])
    return lines


class Certificates(Case):
    def assert_agree(self, path):
        fields = json.loads(self.tool("show", path).stdout)
        shown = self.keygen("-L", "-f", path).stdout.split(b"\n")[1:-1]
        self.assertEqual(as_keygen_shows(fields), shown)
        return fields

    def test_the_vectors_field_by_field(self):
        paths = sorted((VECTORS / "certificates").glob("*.pub"))
        self.assertGreater(len(paths), 20)
        for path in paths:
            with self.subTest(path=path.name):
                fields = self.assert_agree(path)
                self.assertEqual(fields["verified"], fields["algorithm"] != "ssh-rsa")

    def test_every_subject_under_every_ca_of_ours(self):
        subjects = {name: self.keygen_key(name, f"subject{i}") for i, name in enumerate({**SOFTWARE, **TOKENS})}
        for number, (ca_type, arguments) in enumerate(SOFTWARE.items()):
            ca = self.work / f"ca{number}"
            self.tool("generate", ca_type, ca, "ca")
            for index, (subject_type, subject) in enumerate(subjects.items()):
                with self.subTest(ca=ca_type, subject=subject_type):
                    out = self.work / f"{number}-{index}.pub"
                    self.tool("certify", ca, f"{subject}.pub", out, "user", f"id {index}", "root,gr\u00fcn", "-5m:+60m",
                              10**19 + index, "", "clear", "permit-pty", "permit-X11-forwarding", "no-touch-required",
                              "verify-required", "force-command=echo a=b", "source-address=192.0.2.0/24,::1",
                              "extension:x@y", "critical:z@y=value")
                    fields = self.assert_agree(out)
                    self.assertTrue(fields["verified"])
                    self.assertEqual(fields["type"], subject_type.replace("@openssh.com", "") + "-cert-v01@openssh.com")

    def test_host_certificates_and_rsa_with_sha256(self):
        ca = self.work / "ca"
        self.tool("generate", "ssh-rsa", ca, "ca")
        subject = self.keygen_key("ssh-ed25519", "subject")
        self.tool("certify", ca, f"{subject}.pub", self.work / "host.pub", "host", "h", "host.example.org",
                  "20260101Z:20260201Z", 1, "rsa-sha2-256")
        fields = self.assert_agree(self.work / "host.pub")
        self.assertTrue(fields["host"])
        self.assertEqual(fields["algorithm"], "rsa-sha2-256")

    def test_certificates_by_security_keys_verify(self):
        subject = self.keygen_key("ssh-ed25519", "subject")
        for index, name in enumerate(TOKENS):
            with self.subTest(ca=name):
                ca = self.keygen_key(name, f"token{index}")
                self.keygen("-q", "-s", ca, "-I", "id", "-n", "root", "-V", "+1h", "-z", 5, f"{subject}.pub")
                fields = self.assert_agree(f"{subject}-cert.pub")
                self.assertTrue(fields["verified"])
                self.assertEqual((fields["flags"], fields["counter"]), (1, 0x01020304))

    def test_one_changed_byte_and_neither_of_us_takes_it(self):
        ca = self.work / "ca"
        self.tool("generate", "ssh-ed25519", ca, "ca")
        subject = self.keygen_key("ssh-ed25519", "subject")
        good = self.work / "good.pub"
        self.tool("certify", ca, f"{subject}.pub", good, "user", "alice", "root", "+1h", 1, "")
        type_name, blob, comment = good.read_text().split(" ", 2)
        refused = 0
        for at in range(60, len(blob) - 4, 10):
            mutated = blob[:at] + ("A" if blob[at] != "A" else "B") + blob[at + 1:]
            bad = self.work / "bad.pub"
            bad.write_text(f"{type_name} {mutated} {comment}")
            ours = self.tool("show", bad, status=None)
            if ours.returncode == 0:
                self.assertFalse(json.loads(ours.stdout)["verified"])
            theirs = self.keygen("-L", "-f", bad, status=None)
            self.assertNotEqual(theirs.returncode, 0)
            refused += 1
        self.assertGreater(refused, 20)


if __name__ == "__main__":
    unittest.main()
