"""ssh logs in with keys on the token: from a key file, through the stock agent, with touch, without, with a PIN."""

import pathlib

import harness
from harness import USER, paths

PIN = "271828"


class Login(harness.Case):
    def make(self, token, algorithm: str = "ecdsa-sk", *options: str, name: str = "key") -> pathlib.Path:
        key = self.work.path(name)
        flags = [argument for option in options for argument in ("-O", option)]
        askpass = self.work.askpass(PIN)
        self.work.run("ssh-keygen", "-q", "-t", algorithm, "-w", paths.PROVIDER, "-N", "", "-f", key, *flags,
                      env={**token.env, **askpass.env}).expect()
        return key

    def with_file(self, key: pathlib.Path) -> str:
        return f"  SecurityKeyProvider {paths.PROVIDER}\n  IdentityFile {key}"

    def with_agent(self, agent, key: pathlib.Path) -> str:
        return f"  IdentityAgent {agent.socket}\n  IdentityFile {key}.pub\n  IdentitiesOnly yes"

    def test_from_a_key_file_with_a_touch(self):
        for algorithm in ("ecdsa-sk", "ed25519-sk"):
            with self.subTest(algorithm=algorithm):
                token = self.softkey(f"token-{algorithm}")
                sshd = self.sshd(name=f"sshd-{algorithm}")
                key = self.make(token, algorithm, name=f"key-{algorithm}")
                sshd.refuse(lines=self.with_file(key), env=token.env)
                sshd.authorize(harness.public_part(key))
                sshd.login(lines=self.with_file(key), env=token.env)

    def test_the_provider_variable_of_ssh_config_is_understood(self):
        token, sshd = self.softkey(), self.sshd()
        key = self.make(token)
        sshd.authorize(harness.public_part(key))
        sshd.login(lines=f"  SecurityKeyProvider $SSH_SK_PROVIDER\n  IdentityFile {key}", env=token.env)

    def test_without_a_touch_where_the_server_allows_it(self):
        token, sshd = self.softkey(), self.sshd()
        key = self.make(token, "ed25519-sk", "no-touch-required")
        token.replug(touch="never")
        sshd.authorize(harness.public_part(key))
        sshd.refuse(lines=self.with_file(key), env=token.env, log="user presence")
        (sshd.folder / "authorized_keys").write_text("no-touch-required " + harness.public_part(key) + "\n")
        sshd.login(lines=self.with_file(key), env=token.env)

    def test_with_a_pin_from_askpass(self):
        token, sshd = self.softkey(pin=PIN), self.sshd()
        key = self.make(token, "ecdsa-sk", "verify-required")
        sshd.authorize("verify-required " + harness.public_part(key))
        askpass = self.work.askpass(PIN)
        sshd.login(lines=self.with_file(key), env={**token.env, **askpass.env})
        self.assertEqual(len(askpass.questions()), 1)

    def test_with_a_pin_from_the_terminal(self):
        token, sshd = self.softkey(pin=PIN), self.sshd()
        key = self.make(token, "ed25519-sk", "verify-required")
        sshd.authorize("verify-required " + harness.public_part(key))
        config = sshd.ssh_config(self.with_file(key))
        done = self.work.converse("ssh", "-F", config, "host", "echo logged in", env=token.env,
                                  answers=[("Enter PIN for .*: ", PIN)])
        self.assertIn("logged in", done.expect().out)
        self.assertNotIn(PIN, done.out)

    def test_through_the_agent(self):
        rows = [("ecdsa-sk", (), ""), ("ed25519-sk", (), ""), ("ed25519-sk", ("no-touch-required",), "no-touch-required "),
                ("ecdsa-sk", ("verify-required",), "verify-required ")]
        for number, (algorithm, options, restriction) in enumerate(rows):
            with self.subTest(algorithm=algorithm, options=options):
                token = self.softkey(f"token{number}", pin=PIN)
                sshd = self.sshd(name=f"sshd{number}")
                askpass = self.work.askpass(PIN, f"askpass{number}")
                agent = self.agent(env={**token.env, **askpass.env}, name=f"agent{number}")
                key = self.make(token, algorithm, *options, name=f"key{number}")
                sshd.authorize(restriction + harness.public_part(key))
                self.work.run("ssh-add", "-q", "-S", paths.PROVIDER, key, env=agent.env).expect()
                if "no-touch-required" in options:
                    token.replug(touch="never")
                sshd.login(lines=self.with_agent(agent, key), env={"HALLIGAN_DEVICE": "/nonexistent"})
                self.assertEqual(len(askpass.questions()), 1 if "verify-required" in options else 0)

    def test_the_agent_refuses_a_provider_that_it_may_not_load(self):
        token = self.softkey()
        key = self.make(token)
        agent = self.agent(env=token.env, providers="/usr/lib*/*")
        self.work.run("ssh-add", "-q", "-S", paths.PROVIDER, key, env=agent.env).expect_failure("agent refused operation")


class HostKey(harness.Case):
    def test_sshd_signs_with_a_host_key_on_the_token(self):
        for algorithm in ("ed25519-sk", "ecdsa-sk"):
            with self.subTest(algorithm=algorithm):
                token = self.softkey(f"token-{algorithm}")
                host_key = self.work.path(f"host-{algorithm}")
                self.work.run("ssh-keygen", "-q", "-t", algorithm, "-O", "no-touch-required", "-w", paths.PROVIDER, "-N", "",
                              "-f", host_key, env=token.env).expect()
                token.replug(touch="never")  # nobody stands beside a server
                sshd = self.sshd(f"SecurityKeyProvider {paths.PROVIDER}", host_key=host_key, env=token.env,
                                 name=f"sshd-{algorithm}")
                key = self.work.path(f"key-{algorithm}")
                self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).expect()
                sshd.authorize(harness.public_part(key))
                sshd.login(lines=f"  IdentityFile {key}")
                token.stop()
                sshd.ssh(lines=f"  IdentityFile {key}").expect(255)
                sshd.daemon.wait_for("halligan: no token at")


class BreakGlass(harness.Case):
    """S2 to S10 of the break-glass checklist with OpenSSH's own commands."""

    def test_a_certificate_from_the_token_alone_logs_in_with_openssh_alone(self):
        token = self.softkey(pin=PIN)
        askpass = self.work.askpass(PIN)
        sshd = self.sshd(f"TrustedUserCAKeys {self.work.path('trusted.pub')}")

        # the CA key is made on the token, and no file of it is kept
        self.work.run("ssh-keygen", "-q", "-t", "ecdsa-sk", "-O", "resident", "-O", "application=ssh:emergency-ca",
                      "-C", "token 1, in the safe", "-w", paths.PROVIDER, "-N", "", "-f", "ca",
                      env={**token.env, **askpass.env}).expect()
        self.work.path("ca.pub").rename(self.work.path("trusted.pub"))
        self.work.path("ca").unlink()

        # the emergency: token in, CA key into the agent, public key exported
        agent = self.agent(env={**token.env, **askpass.env})
        self.work.run("ssh-add", "-K", env={**token.env, **agent.env, **askpass.env}).expect()
        ca = self.work.write("ca-again.pub", agent.list(self.work))
        trusted = self.work.path("trusted.pub").read_text().split()[:2]
        self.assertEqual(ca.read_text().split()[:2], trusted)

        # a fresh key pair and a certificate with several principals and a short window
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "emergency", "-f", "emergency").expect()
        self.work.run("ssh-keygen", "-q", "-Us", ca, "-I", "jo at 3 am", "-n", f"{USER},admin", "-V", "-5m:+5m",
                      "emergency.pub", env=agent.env).expect()
        shown = self.work.run("ssh-keygen", "-L", "-f", "emergency-cert.pub").expect().out
        for part in ("user certificate", "jo at 3 am", USER, "admin", "Signing CA: ECDSA-SK"):
            self.assertIn(part, shown)

        # in, with no configuration of the user's
        login = self.work.run("ssh", "-F", "none", "-i", "emergency", "-p", str(sshd.port), "-o",
                              f"UserKnownHostsFile={sshd.known_hosts}", "-o", "IdentitiesOnly=yes", f"{USER}@127.0.0.1",
                              "echo logged in").expect(0, out="logged in")
        self.assertNotIn("halligan", login.err)
        sshd.daemon.wait_for("ID jo at 3 am (serial 0) CA ECDSA-SK")

        # the files go away, and with them the access; the token brings everything back
        for name in ("emergency", "emergency.pub", "emergency-cert.pub"):
            self.work.path(name).unlink()
        self.work.run("ssh-add", "-q", "-D", env=agent.env).expect()
        self.assertEqual(agent.list(self.work), "")
        self.work.run("ssh-add", "-K", env={**token.env, **agent.env, **askpass.env}).expect()
        self.assertEqual(agent.list(self.work).split()[:2], trusted)


if __name__ == "__main__":
    harness.main()
