"""Certificates by halligan at a real sshd that trusts ca.pub: who gets in, and who does not."""

import json
import time

import harness
from harness import paths
from harness.work import USER, need

PIN = "271828"


class CertificateLogin(harness.Case):
    def world(self, kind: str):
        """A CA of this kind on a token, and an sshd that trusts it through TrustedUserCAKeys."""
        token = self.softkey(kind, pin=PIN)
        folder = self.work.path(f"ca-{kind}")
        folder.mkdir()
        self.halligan(token, "ca", "init", "-t", kind, "-d", folder).expect()
        sshd = self.sshd(f"TrustedUserCAKeys {folder}/ca.pub", name=f"sshd-{kind}")
        return token, folder / "ca", sshd

    def halligan(self, token, *arguments) -> harness.Completed:
        return self.work.run(need(paths.HALLIGAN), *arguments, env={**token.env, **self.work.askpass(PIN).env})

    def mint(self, token, ca, name: str, *arguments, principal: str = USER):
        key = self.work.path(name)
        self.halligan(token, "mint", "--yes", "--ca", ca, "-I", f"id of {name}", "-n", principal, "-o", key, *arguments).expect()
        return f"  IdentityFile {key}"

    def test_who_is_let_in(self):
        for kind in ("ecdsa-sk", "ed25519-sk"):
            with self.subTest(kind):
                token, ca, sshd = self.world(kind)
                serial = "4711"
                mark = sshd.daemon.mark()
                sshd.login(lines=self.mint(token, ca, f"{kind}-good", "-z", serial))
                log = sshd.daemon.wait_for(f"ID id of {kind}-good (serial {serial})", after=mark)
                self.assertIn({"ecdsa-sk": "CA ECDSA-SK", "ed25519-sk": "CA ED25519-SK"}[kind], log)
                for subject in ("ecdsa", "rsa"):
                    sshd.login(lines=self.mint(token, ca, f"{kind}-{subject}", "-t", subject))
                sshd.login(lines=self.mint(token, ca, f"{kind}-several", principal=f"nobody,{USER}"))

    def test_by_openssh_alone(self):
        """The way of runbooks/without-halligan.md, also with a CA that asks for the PIN with every signature."""
        for number, (kind, options) in enumerate((("ecdsa-sk", ()), ("ecdsa-sk", ("--verify-required",)), ("ed25519-sk", ("--verify-required",)))):
            with self.subTest(kind, options=options):
                token = self.softkey(f"alone{number}", pin=PIN)
                folder = self.work.path(f"ca-alone{number}")
                folder.mkdir()
                self.halligan(token, "ca", "init", "-t", kind, "-d", folder, *options).expect()
                sshd = self.sshd(f"TrustedUserCAKeys {folder}/ca.pub", name=f"sshd-alone{number}")
                env = {**token.env, **self.work.askpass(PIN).env, "SSH_SK_PROVIDER": str(paths.PROVIDER)}
                here = self.work.path(f"alone-{number}")
                here.mkdir()
                self.work.run("ssh-keygen", "-K", "-N", "", env=env, cwd=here).expect()
                [handle] = here.glob("id_*_rk_emergency-ca")
                before = len(token.records())
                self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "by-hand", cwd=here).expect()
                self.work.run("ssh-keygen", "-s", handle, "-I", "jo", "-n", USER, "-V", "-5m:+60m", "by-hand.pub", env=env, cwd=here).expect()
                self.assertEqual([each["sub"] for each in token.records()[before:]].count("getTokenUsingPin"), 1 if options else 0)
                sshd.login(lines=f"  IdentityFile {here}/by-hand")

    def test_a_new_key_on_a_token(self):
        token, ca, sshd = self.world("ed25519-sk")
        other = self.softkey("other")
        for kind, device in (("ed25519-sk", other), ("ecdsa-sk", other), ("ed25519-sk", token)):
            with self.subTest(kind, device=device.name):
                name = f"{kind}-{device.name}"
                both = {"HALLIGAN_DEVICE": token.env["HALLIGAN_DEVICE"]}
                key = self.work.path(name)
                done = self.work.run(need(paths.HALLIGAN), "mint", "--yes", "--ca", ca, "-I", "x", "-n", USER, "-t", kind, "--subject-device",
                                     device.path, "-o", key, "--json", env={**both, **self.work.askpass(PIN).env}).expect()
                # On the CA's own token it makes the counter rise, and later each login with it will.
                (self.assertIn if device is token else self.assertNotIn)("another key of the token is off the record", done.err)
                self.assertTrue(json.loads(done.out)["certificate_type"].startswith("sk-"))
                asked = [record["ctap"] for record in device.records()].count("makeCredential")
                lines = f"  IdentityFile {key}\n  SecurityKeyProvider {paths.PROVIDER}"
                sshd.login(lines=lines, env=device.env)
                self.assertGreaterEqual(asked, 1)
                self.work.run("ssh-keygen", "-l", "-f", f"{key}.pub").expect(out=kind.upper())
        free = self.work.path("free")
        for arguments, words in ((["--agent"], "goes into files"), (["--ssh", "web1"], "goes into files"), (["-b", "256"], "fixed"),
                                 (["-o", key], "exists"), (["-V", "x"], "-V")):
            made = len(other.records())
            with self.subTest(words):
                target = [] if {"--agent", "--ssh", "-o"} & set(arguments) else ["-o", free]
                done = self.halligan(token, "mint", "--yes", "--ca", ca, "-I", "x", "-n", USER, "-t", "ecdsa-sk", "--subject-device",
                                     other.path, *target, *arguments)
                self.assertNotEqual(done.status, 0)
                self.assertIn(words, done.err)
                self.assertEqual(len(other.records()), made)
        self.halligan(token, "mint", "--yes", "--ca", ca, "-I", "x", "-n", USER, "--subject-device", other.path, "-o", free).expect(
            2, err="--subject-device needs -t ed25519-sk")

    def test_who_is_not_let_in(self):
        for kind in ("ecdsa-sk", "ed25519-sk"):
            with self.subTest(kind):
                token, ca, sshd = self.world(kind)
                rows = [("wrong-principal", ["-V", "+5m"], "somebody-else", "name is not a listed principal"),
                        ("expired", ["-V", "-10m:-5m"], USER, "Certificate invalid: expired"),
                        ("future", ["-V", "+5m:+10m"], USER, "Certificate invalid: not yet valid")]
                for name, arguments, principal, log in rows:
                    with self.subTest(name):
                        lines = self.mint(token, ca, f"{kind}-{name}", *arguments, principal=principal)
                        sshd.refuse(lines=lines, log=log)
                sshd.login(lines=self.mint(token, ca, f"{kind}-good"))

    def test_a_certificate_of_another_ca_is_worth_nothing(self):
        token, ca, _ = self.world("ecdsa-sk")
        _, _, sshd = self.world("ed25519-sk")
        sshd.refuse(lines=self.mint(token, ca, "stranger"))

    def test_it_ends_by_itself(self):
        token, ca, sshd = self.world("ecdsa-sk")
        policy = self.work.write("policy", '{"clock_skew": 0}')
        for seconds in (3, 10, 30):
            name = f"short-{seconds}"
            lines = self.mint(token, ca, name, "-V", f"-1m:+{seconds}s", "--policy", policy)
            shown = self.halligan(token, "inspect", "--json", self.work.path(f"{name}-cert.pub"))
            before = json.loads(shown.out)["valid_before"]
            done = sshd.ssh(lines=lines)
            if time.time() < before:
                break  # else the machine is too busy to get in within so few seconds
        done.expect(0, out="logged in")
        while time.time() < before:
            time.sleep(min(0.2, max(0.01, before - time.time())))  # until the clock says so: that is the event
        sshd.refuse(lines=lines, log="Certificate invalid: expired")

    def test_what_the_certificate_restricts_is_restricted(self):
        token, ca, sshd = self.world("ecdsa-sk")
        forced = self.mint(token, ca, "forced", "-O", "force-command=echo only this")
        self.assertEqual(sshd.ssh(lines=forced, command="echo something else").expect().out, "only this\n")
        elsewhere = self.mint(token, ca, "elsewhere", "-O", "source-address=192.0.2.0/24")
        sshd.refuse(lines=elsewhere)
        here = self.mint(token, ca, "here", "-O", "source-address=127.0.0.0/8")
        sshd.login(lines=here)

    def test_no_forwarding_unless_it_was_asked_for(self):
        token, ca, sshd = self.world("ecdsa-sk")
        agent = self.agent()
        forward = ["-A", "-o", f"IdentityAgent={agent.socket}"]
        plain = self.mint(token, ca, "plain")
        command = 'test -n "$SSH_AUTH_SOCK" && echo forwarded || echo none'
        self.assertEqual(sshd.ssh(lines=plain, command=command, options=forward).expect().out, "none\n")
        asked = self.mint(token, ca, "asked", "-O", "permit-agent-forwarding")
        self.assertEqual(sshd.ssh(lines=asked, command=command, options=forward).expect().out, "forwarded\n")

    def test_a_colleague_s_own_key(self):
        token, ca, sshd = self.world("ecdsa-sk")
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "ben").expect()
        sshd.refuse(lines=f"  IdentityFile {self.work.path('ben')}")
        self.halligan(token, "sign", "--yes", "--ca", ca, "-I", "ben", "-n", USER, "-V", "+15m", "ben.pub").expect()
        sshd.login(lines=f"  IdentityFile {self.work.path('ben')}")

    def test_with_the_user_s_own_configuration_out_of_the_way(self):
        token, ca, sshd = self.world("ecdsa-sk")
        self.mint(token, ca, "emergency")
        self.work.run("ssh", "-F", "none", "-i", "emergency", "-o", "IdentitiesOnly=yes", "-o",
                      f"UserKnownHostsFile={sshd.known_hosts}", "-p", str(sshd.port), f"{USER}@127.0.0.1",
                      "echo in").expect(0, out="in")


if __name__ == "__main__":
    harness.main()
