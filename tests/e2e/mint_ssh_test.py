"""halligan mint --ssh at real sshds: in with one command, offering the certificate and nothing else, and then nothing is left."""

import base64
import contextlib
import json
import os
import re
import signal

import harness
from harness import paths
from harness.work import USER, need

PIN = "271828"


class MintSsh(harness.Case):
    def setUp(self):
        super().setUp()
        self.token = self.softkey("token", pin=PIN)
        self.run_folder = self.work.path("run")
        for folder in (self.work.path("ca"), self.run_folder, self.work.path("tmp")):
            folder.mkdir(mode=0o700)
        self.env = {**self.token.env, "XDG_RUNTIME_DIR": str(self.run_folder), "TMPDIR": str(self.work.path("tmp"))}
        self.work.run(need(paths.HALLIGAN), "ca", "init", "-d", "ca", env={**self.env, **self.work.askpass(PIN).env}).expect()
        self.hosts = {}
        self.web1 = self.host("web1")

    def host(self, name: str) -> harness.Sshd:
        sshd = self.sshd(f"TrustedUserCAKeys {self.work.root}/ca/ca.pub", name=name)
        self.hosts[name] = sshd
        return sshd

    def config(self, lines: str = "") -> list[str]:
        """Behind --: a person's configuration, which knows the hosts, and has much of its own in it."""
        blocks = "".join(f"Host {name}\n  Port {sshd.port}\n  UserKnownHostsFile {sshd.known_hosts}\n"
                         for name, sshd in self.hosts.items())
        return ["-F", self.work.write("config", f"""{blocks}Host *
{lines}
  HostName 127.0.0.1
  User somebody
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  ConnectTimeout 5
""")]

    def argv(self, *arguments, ssh=(), hosts=("web1",), lines: str = "", principal: str = USER) -> list:
        return [need(paths.HALLIGAN), "mint", "--yes", "--ca", "ca/ca", "-I", "ann: 4711", "-n", principal,
                *[word for host in hosts for word in ("--ssh", host)], *arguments, "--", *self.config(lines), *ssh]

    def mint(self, *arguments, env=None, stdin: bytes = b"", **options) -> harness.Completed:
        return self.work.run(*self.argv(*arguments, **options), env={**self.env, **(env or {})}, stdin=stdin)

    def test_the_configuration_s_known_hosts(self):
        folder = self.work.home / ".config/halligan"
        folder.mkdir(parents=True)
        known = self.work.write("known hosts", self.web1.known_hosts.read_text())
        (folder / "config").write_text(f"CA blue\nPublicKey {self.work.root}/ca/ca.pub\n")
        ssh = ("-o", "UserKnownHostsFile=/dev/null", "true")
        self.mint("--no-preflight", ssh=ssh).expect(255, err="Host key verification failed")
        (folder / "config").write_text(f'CA blue\nPublicKey {self.work.root}/ca/ca.pub\nKnownHosts "{known}"\n')
        self.mint(ssh=ssh).expect(0)
        done = self.work.run(need(paths.HALLIGAN), "mint", "--yes", "--ca", "blue", "-I", "ann: 4711", "-n", USER, "--ssh", "web1", "--",
                             *self.config(), *ssh, env={**self.env, **self.work.askpass(PIN).env})
        done.expect(0)

    def nothing_is_left(self) -> None:
        self.assertEqual((os.listdir(self.run_folder), os.listdir(self.work.path("tmp"))), ([], []))
        self.assertEqual(self.private_agents(), [])

    def private_agents(self) -> list[str]:
        """The agents of this test, and the shells that hold their life-lines."""
        found = []
        for number in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{number}/cmdline", "rb") as file:
                    words = file.read().decode().split("\0")
            except OSError:
                continue  # it has ended
            if os.path.basename(words[0]) in ("ssh-agent", "sh") and f"{self.run_folder}/halligan-agent" in "\n".join(words):
                found.append(" ".join(words))
        return found

    def wait_until_nothing_is_left(self) -> None:
        harness.until(lambda: not os.listdir(self.run_folder) and not self.private_agents(), "the private agent's end")

    def test_in_with_one_command_and_nothing_is_left(self):
        mark = self.web1.daemon.mark()
        done = self.mint(ssh=["cat; exit 7"], stdin=b"through and through").expect(7)
        self.assertEqual(done.out, "through and through")
        self.assertIn("Key ID      ann: 4711\n", done.err)
        serial = re.search(r"Serial      (\d+)", done.err).group(1)
        self.web1.daemon.wait_for(f"ID ann: 4711 (serial {serial})", after=mark)
        record = json.loads(self.work.ledger_of("ca/ca").read_text().splitlines()[-1])
        self.assertIn(int(serial).to_bytes(8, "big"), base64.b64decode(record["certificate"].split()[1]))
        self.assertEqual(self.work.run("ls", "ca").out.split(), ["ca", "ca.attestation", "ca.json", "ca.ledger", "ca.pub"])
        self.nothing_is_left()

    def test_every_kind_of_key(self):
        for kind in (["ecdsa", "-b", "384"], ["rsa", "-b", "2048"]):
            with self.subTest(kind):
                self.mint("-t", *kind, ssh=["echo in"]).expect(out="in\n")

    def test_only_the_certificate_is_offered_whatever_else_there_is(self):
        for name in ("mine", "hers"):
            self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name).expect()
        agent = self.agent(name="everyday")
        self.work.run("ssh-add", "hers", env=agent.env).expect()
        lines = f"  IdentityFile {self.work.root}/mine\n  IdentityAgent {agent.socket}\n  IdentitiesOnly no\n  PubkeyAuthentication no"
        self.hosts["stranger"] = self.sshd(name="stranger")  # it trusts no CA, so all that there is will be offered
        done = self.mint(hosts=["stranger"], ssh=["-v", "true"], lines=lines, env=agent.env).expect(255, err="Permission denied")
        self.assertEqual(len(self.offered(done)), 1, done.err)
        self.assertRegex(self.offered(done)[0], r"/certificate.pub ED25519-CERT SHA256:\S+ explicit agent")
        # Without all that, the same configuration offers others.
        plain = self.work.run("ssh", *self.config(lines), "-o", "PubkeyAuthentication=yes", "-v", "stranger", env=agent.env)
        self.assertEqual(len(self.offered(plain)), 2, plain.err)

    def offered(self, done: harness.Completed) -> list[str]:
        return [line for line in done.err.splitlines() if "Offering" in line or "Trying private key" in line]

    def test_no_private_key_touches_the_disk_while_it_is_used(self):
        look = f"find {self.work.root} -type f ! -path '*/host_key' -exec grep -lE 'PRIVATE KEY' {{}} +; ls -la {self.run_folder}/*"
        done = self.mint(ssh=[look])
        self.assertEqual([line for line in done.out.splitlines() if "halligan-agent" not in line and line.startswith("/")],
                         [str(self.work.path("ca/ca"))], "the handle file, and no other")
        self.assertRegex(done.out, r"(?m)^srw------- .* agent$")
        self.assertRegex(done.out, r"(?m)^-rw------- .* certificate\.pub$")
        self.assertRegex(done.out, r"(?m)^drwx------ .* \.$")

    def test_the_agent_is_not_lent_out_and_no_connection_is_shared(self):
        control = self.work.path("control")
        lines = f"  ForwardAgent yes\n  ControlMaster auto\n  ControlPath {control}\n  ControlPersist 60"
        done = self.mint("-O", "permit-agent-forwarding", ssh=["echo agent:$SSH_AUTH_SOCK."], lines=lines).expect()
        self.assertEqual(done.out, "agent:.\n")
        self.assertFalse(control.exists())

    def test_hosts_one_after_the_other_and_the_status_of_the_first_that_failed(self):
        self.host("web2")
        done = self.mint("--no-preflight", hosts=[f"{USER}@web1", "nowhere", f"{USER}@web2"], principal=f"another,{USER}",
                         lines="Host nowhere\n  Port 1\nHost *", ssh=["echo in; exit 3"]).expect(3)
        self.assertEqual(done.out, "in\nin\n")
        order = re.findall(r"halligan: (\S+ \(\d of 3\)|\S+: ssh exited with status \d+)", done.err)
        self.assertEqual(order, [f"{USER}@web1 (1 of 3)", f"{USER}@web1: ssh exited with status 3", "nowhere (2 of 3)",
                                 "nowhere: ssh exited with status 255", f"{USER}@web2 (3 of 3)",
                                 f"{USER}@web2: ssh exited with status 3"])
        self.assertEqual(len([each for each in self.token.records() if each["ctap"] == "getAssertion" and each["up"] == "1"]), 1)
        self.nothing_is_left()

    def test_while_somebody_is_logged_in_the_next_certificate_can_be_minted(self):
        leave = self.work.path("leave")
        session = self.work.daemon("session", self.argv(ssh=[f"echo inside; until [ -e {leave} ]; do sleep 0.05; done"]),
                                   env=self.env, preexec=lambda: os.chdir(self.work.root))
        session.wait_for("inside\n")
        done = self.work.run(paths.HALLIGAN, "mint", "--yes", "--ca", "ca/ca", "-I", "ben: 4711", "-n", "root", "-o", "next",
                             env=self.env).expect()
        self.assertNotIn("another halligan is writing", done.err)
        leave.touch()
        self.assertEqual(session.process.wait(harness.PATIENCE), 0)
        self.work.run(paths.HALLIGAN, "ledger", "verify").expect()

    def test_a_certificate_that_ends_before_the_next_host(self):
        policy = self.work.write("policy", '{"clock_skew": 0}')
        # An agent counts whole seconds, so it may forget a second early: some are needed to get in at all, and more on a
        # busy machine.
        for seconds in (5, 15, 45):
            done = self.mint("-V", f"-1m:+{seconds}s", "--policy", policy, hosts=["web1", "web1"],
                             ssh=[f"echo in; sleep {seconds}"])
            if done.out or done.seconds < seconds:
                break  # it got in, or failed for another reason than a certificate that ended meanwhile
        done.expect(1, out="in\n")
        self.assertIn("the certificate expired before the login to web1", done.err)
        self.nothing_is_left()

    def test_a_terminal_is_handed_through(self):
        with self.work.terminal(*self.argv(ssh=["-t", "stty size; read -r line; echo got $line; exit 5"]), env=self.env) as terminal:
            terminal.expect("24 80")
            terminal.type("this\n")
            terminal.expect("got this")
            done = terminal.wait()
        self.assertEqual(done.status, 5)
        self.nothing_is_left()

    def test_ctrl_c_is_for_ssh_and_stops_the_round(self):
        self.host("web2")
        with self.work.terminal(*self.argv(hosts=["web1", "web2"], ssh=["-T", "echo there; exec sleep 60"]), env=self.env) as terminal:
            terminal.expect("^there")
            done = None
            for _ in range(harness.PATIENCE):
                terminal.type("\x03")
                try:
                    done = terminal.wait(1)
                    break
                except harness.Failure:  # ssh misses one that comes just before it waits for its host: a person tries again
                    continue
        self.assertEqual(done and done.status, 255)  # ssh's, which catches it
        self.assertNotIn("web2 (2 of 2)", done.out)
        self.nothing_is_left()

    def test_killed_in_the_middle(self):
        for sig, status in ((signal.SIGKILL, -9), (signal.SIGTERM, 255)):
            with self.subTest(sig):
                daemon = self.work.daemon("mint", self.argv(ssh=["echo there; exec sleep 60"]), env={**self.env, "PWD": "/"},
                                          preexec=lambda: os.chdir(self.work.root))
                daemon.wait_for("there")
                self.assertEqual(len(self.private_agents()), 2)
                daemon.process.send_signal(sig)
                self.assertIn(daemon.process.wait(harness.PATIENCE), (status, 128 + sig))
                self.wait_until_nothing_is_left()
                if sig == signal.SIGKILL:
                    with contextlib.suppress(ProcessLookupError):  # ssh, which nobody told; it may have seen its agent go
                        os.killpg(daemon.process.pid, signal.SIGKILL)

    def test_what_cannot_work_costs_no_touch(self):
        empty = self.work.path("empty")
        empty.mkdir()
        only_agent = self.work.path("only-agent")
        only_agent.mkdir()
        (only_agent / "ssh-agent").symlink_to("/usr/bin/ssh-agent")
        asked = len(self.token.records())
        rows = [({}, ["--no-such-option"], 2, "ssh rejects its arguments"),
                ({}, ["-o", "NoSuchOption=1"], 2, "ssh rejects its arguments"),
                ({"PATH": str(empty)}, [], 4, "cannot run ssh-agent"),
                ({"PATH": str(only_agent)}, [], 4, "cannot run ssh: ")]
        for env, ssh, status, message in rows:
            with self.subTest(message):
                self.mint(ssh=ssh, env=env).expect(status, out="", err=message)
                self.wait_until_nothing_is_left()
        self.assertEqual(len(self.token.records()), asked)

    def test_the_everyday_agent_can_hold_it_and_plain_ssh_gets_in(self):
        agent = self.agent(name="everyday")
        self.work.run(need(paths.HALLIGAN), "mint", "--yes", "--ca", "ca/ca", "-I", "x", "-n", USER, "--agent",
                      env={**self.env, **agent.env}).expect()
        done = self.work.run("ssh", *self.config(), "-v", "-l", USER, "web1", "echo in", env=agent.env).expect(out="in\n")
        self.assertIn("ED25519-CERT", done.err)
        self.nothing_is_left()


if __name__ == "__main__":
    harness.main()
