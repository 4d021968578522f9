"""halligan mint --ssh through jump hosts: the target is in a network that only the last jump host reaches, and the fresh
certificate is the only key that opens any of them."""

import json
import os
import pathlib
import pwd

import harness
from harness import network, paths
from harness.work import USER, need

PIN = "271828"


class Bastion(harness.Case):
    def setUp(self):
        super().setUp()
        self.token = self.softkey("token", pin=PIN)
        self.work.path("ca").mkdir()
        self.halligan("ca", "init", "-d", "ca").expect()
        machines = network.chain(self.work, 3)
        trust = f"TrustedUserCAKeys {self.work.root}/ca/ca.pub"
        names = ("outer", "inner", "web1")
        self.hosts = {name: self.sshd(trust, name=name, machine=machine) for name, machine in zip(names, machines)}
        self.outer, self.inner, self.web1 = (self.hosts[name] for name in names)

    def halligan(self, *arguments, env=None, **options) -> harness.Completed:
        return self.work.run(need(paths.HALLIGAN), *arguments,
                             env={**self.token.env, **self.work.askpass(PIN).env, **(env or {})}, **options)

    def config(self, jumps: dict[str, str], lines: str = "", name: str = "config") -> pathlib.Path:
        """A person's configuration: where each host is, and through which it is reached."""
        text = ""
        for host, sshd in self.hosts.items():
            text += f"Host {host}\n  HostName {sshd.address}\n  Port {sshd.port}\n  UserKnownHostsFile {sshd.known_hosts}\n"
            text += f"  ProxyJump {jumps[host]}\n" if host in jumps else ""
        return self.work.write(name, f"{text}Host *\n  GlobalKnownHostsFile /dev/null\n  ConnectTimeout 20\n{lines}")

    def mint(self, *arguments, ssh=(), host: str = "web1", **options) -> harness.Completed:
        return self.halligan("mint", "--yes", "--ca", "ca/ca", "-I", "jo: 4711", "-n", USER, "--ssh", host, *arguments, "--", *ssh,
                             **options)

    def through(self, *ssh, **options) -> harness.Completed:
        return self.mint(ssh=["-F", self.config({"inner": "outer", "web1": "inner"}), *ssh, "echo in"], **options)

    def touches(self) -> int:
        return len([each for each in self.token.records() if each["ctap"] == "getAssertion" and each["up"] == "1"])

    def issued(self) -> list[dict]:
        """The certificates on record, as ssh-keygen and we describe them."""
        records = [json.loads(line) for line in self.work.ledger_of("ca/ca").read_text().splitlines()]
        found = []
        for number, record in enumerate(each for each in records if "certificate" in each):
            file = self.work.write(f"issued{number}-cert.pub", record["certificate"] + "\n")
            found.append(json.loads(self.halligan("inspect", "--json", file).out))
        return found

    def came_from(self, sshd: harness.Sshd) -> str:
        """The machine from which somebody logged in last."""
        return sshd.daemon.wait_for("Accepted publickey for").rsplit("Accepted publickey for", 1)[1].split(" from ")[1].split()[0]

    def test_two_jumps_of_the_configuration(self):
        before = self.touches()
        done = self.through().expect(0, out="in\n")
        self.assertEqual(self.touches() - before, 1)
        self.assertEqual([self.came_from(sshd) for sshd in (self.outer, self.inner, self.web1)],
                         ["10.65.1.1", "10.65.2.1", "10.65.3.1"])
        rows = [f"  Log in      {USER}@web1 (10.65.3.2:{self.web1.port})",
                f"              through {USER}@outer (10.65.1.2:{self.outer.port})",
                f"              through {USER}@inner (10.65.2.2:{self.inner.port})"]
        self.assertIn("\n".join(rows), done.err)
        self.assertIn("  Extensions  permit-port-forwarding, permit-pty\n", done.err)
        [issued] = self.issued()
        self.assertEqual([each["name"] for each in issued["extensions"]], ["permit-port-forwarding", "permit-pty"])

    def test_jumps_of_the_command_line_instead_of_those_of_the_configuration(self):
        config = self.config({"web1": "nowhere"})
        for jumps in (["-J", f"{USER}@outer,inner"], [f"-Jouter,{USER}@inner:{self.inner.port}"], ["-v", "-Jouter,inner"]):
            with self.subTest(jumps):
                done = self.mint(ssh=["-F", config, *jumps, "echo in"]).expect(0, out="in\n")
        self.assertIn("debug1: Connecting to 10.65.1.2", done.err, "-v reaches the ssh of each jump host")

    def test_a_jump_host_s_own_jump(self):
        """web1 says inner; that inner is behind outer is inner's own affair."""
        self.mint(ssh=["-F", self.config({"inner": "outer"}), "-J", "inner", "echo in"]).expect(0, out="in\n")

    def test_without_a_configuration(self):
        """-F none: addresses alone, and the host keys that halligan(5) names."""
        folder = self.work.home / ".config/halligan"
        folder.mkdir(parents=True)
        known = self.work.write("known hosts", "".join(sshd.known_hosts.read_text() for sshd in self.hosts.values()))
        (folder / "config").write_text(f'CA blue\nPublicKey {self.work.root}/ca/ca.pub\nKnownHosts "{known}"\n')
        jumps = ",".join(f"{sshd.address}:{sshd.port}" for sshd in (self.outer, self.inner))
        nobody = ["-F", "none", "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=yes"]
        self.mint(host=self.web1.address, ssh=[*nobody, "-p", self.web1.port, "-J", jumps, "echo in"]).expect(0, out="in\n")

    def test_the_configuration_that_is_used_by_itself(self):
        home = pathlib.Path(pwd.getpwuid(os.getuid()).pw_dir)
        self.assertNotIn(home, (pathlib.Path("/root"), pathlib.Path("/")), "a home of the test's own")
        (home / ".ssh").mkdir(mode=0o700, exist_ok=True)
        own = home / ".ssh/config"
        own.write_text(self.config({"inner": "outer", "web1": "inner"}).read_text())
        self.addCleanup(own.unlink)
        self.mint(ssh=["echo in"]).expect(0, out="in\n")

    def test_the_account_at_a_jump_host(self):
        for lines, jump, status in (("  User somebody\n", "outer", 2), ("  User somebody\n", f"{USER}@outer", 0), ("", "outer", 0)):
            with self.subTest(lines=lines, jump=jump):
                config = self.config({}, lines)
                done = self.mint(host="inner", ssh=["-F", config, "-J", jump, "echo in"])
                done.expect(status, err="outer: the account somebody is not among" if status else "")

    def test_words_that_a_shell_would_take_apart(self):
        folder = self.work.path("it's a 100% $(folder)")
        folder.mkdir(mode=0o700)
        self.mint(host="inner", ssh=["-F", self.config({"inner": "%r@outer"}), "echo in"],
                  env={"XDG_RUNTIME_DIR": str(folder), "TMPDIR": str(folder)}).expect(0, out="in\n")

    def test_nothing_else_is_offered_on_the_way(self):
        agent = self.agent(name="everyday")
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "mine").expect()
        self.work.run("ssh-add", "mine", env=agent.env).expect()
        lines = f"  IdentityFile {self.work.root}/mine\n  ForwardAgent yes\n  ControlMaster auto\n  ControlPath {self.work.root}/%C\n"
        done = self.mint(host="inner", ssh=["-v", "-F", self.config({"inner": "outer"}, lines), "echo in"], env=agent.env).expect()
        offered = [line for line in done.err.splitlines() if "Offering" in line]
        self.assertEqual(len(offered), 2, done.err)
        for line in offered:
            self.assertRegex(line, r"/certificate.pub ED25519-CERT SHA256:\S+ explicit agent")

    def test_a_certificate_for_each_sort_of_host(self):
        marks = [sshd.daemon.mark() for sshd in self.hosts.values()]
        before = self.touches()
        done = self.mint("--certificate-per-hop", ssh=["-F", self.config({"inner": "outer", "web1": "inner"}), "echo in"])
        done.expect(0, out="in\n")
        self.assertEqual(self.touches() - before, 2)
        target, jumps = self.issued()[-2:]
        self.assertEqual([each["name"] for each in target["extensions"]], ["permit-pty"])
        self.assertEqual([each["name"] for each in jumps["extensions"]], ["permit-port-forwarding"])
        for (name, sshd), mark in zip(self.hosts.items(), marks):
            serial = (target if name == "web1" else jumps)["serial"]
            sshd.daemon.wait_for(f"ID jo: 4711 (serial {serial}) CA", after=mark)
        self.assertIn(f"  Jump hosts  {USER}@outer (", done.err)

    def test_no_jump_no_forwarding(self):
        done = self.mint("--certificate-per-hop", host="outer", ssh=["-F", self.config({}), "echo in"]).expect(0, out="in\n")
        self.assertIn("  Extensions  permit-pty\n", done.err)
        self.assertEqual(len(self.issued()), 1)

    def test_what_forbids_it(self):
        policy = self.work.write("no.policy", '{"extensions": ["permit-pty"]}')
        before = self.touches()
        self.through(host="web1").expect(0)
        asked = self.touches()
        self.assertEqual(asked - before, 1)
        rows = [(["--policy", policy], 3, "policy: extensions: permit-port-forwarding"),
                (["-O", "no-port-forwarding"], 2, "jump host, which needs it")]
        for arguments, status, message in rows:
            with self.subTest(message):
                config = self.config({"inner": "outer", "web1": "inner"})
                self.mint(*arguments, ssh=["-F", config, "true"]).expect(status, err=message)
        config = self.config({"inner": "outer"})
        self.mint("-O", "no-port-forwarding", "--certificate-per-hop", host="inner", ssh=["-F", config, "true"]).expect()
        self.assertEqual(self.touches() - asked, 2)

    def test_a_proxy_command_is_left_alone(self):
        relay = self.work.write("relay", "#!/usr/bin/python3\nimport os, select, socket, sys\n"
                                "far = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
                                "while True:\n"
                                "    ready, _, _ = select.select([0, far], [], [])\n"
                                "    for each in ready:\n"
                                "        data = os.read(0, 65536) if each == 0 else far.recv(65536)\n"
                                "        if not data: sys.exit(0)\n"
                                "        far.sendall(data) if each == 0 else os.write(1, data)\n", mode=0o700)
        config = self.config({}, f"  ProxyCommand nsenter --net=/run/netns/chain1 -- {relay} %h %p\n")
        done = self.mint(host="inner", ssh=["-F", config, "echo in"]).expect(0, out="in\n")
        self.assertIn("inner is reached through a ProxyCommand of your configuration, which is left as it is", done.err)
        self.assertIn("  Extensions  permit-pty\n", done.err)

    def test_one_connection_before_the_login(self):
        mark = self.outer.daemon.mark()
        self.mint(host="inner", ssh=["-F", self.config({"inner": "outer"}), "true"]).expect()
        self.assertEqual(self.outer.daemon.text()[mark:].count("Connection from"), 2)
        self.assertEqual(self.inner.daemon.text().count("Connection from"), 1)

    def test_a_jump_host_that_passes_nothing_on(self):
        closed = self.sshd(f"TrustedUserCAKeys {self.work.root}/ca/ca.pub\nAllowTcpForwarding no", name="closed",
                           machine=network.chain(self.work, 1)[0])
        self.hosts["closed"] = closed
        done = self.mint(host="inner", ssh=["-F", self.config({"inner": "closed"}), "true"]).expect(255)
        self.assertEqual(done.err.splitlines()[-1], "halligan: inner: the jump host passes no connections on (AllowTcpForwarding, "
                                                    "PermitOpen in its sshd_config)")


if __name__ == "__main__":
    if os.geteuid() != 0:
        harness.skip("a network of its own needs root")
    harness.main(network=True)
