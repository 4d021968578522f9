"""docs/agents.md: one agent on the laptop and a chain of hosts, each in a network of its own. The stock ssh, sshd and agent are the
judges of what destination constraints allow hop by hop."""

import json
import os
import pathlib
import re
import shlex
import socket
import socketserver
import threading

import harness
from harness import network, paths
from harness.work import USER, need

PAGE = paths.SOURCE / "docs" / "agents.md"
HOSTS = ("trusted", "untrusted", "beyond")


class Careless(socketserver.ThreadingUnixStreamServer):
    """An agent that says yes to being bound to a session, and remembers nothing of it."""

    daemon_threads = True
    bind, success = b"\x1b\0\0\0\x18session-bind@openssh.com", b"\0\0\0\x01\x06"

    def __init__(self, path: pathlib.Path, stock: pathlib.Path):
        self.stock = stock
        super().__init__(str(path), self.serve)

    def serve(self, connection: socket.socket, _address, _server) -> None:
        with connection, socket.socket(socket.AF_UNIX) as inner, connection.makefile("rwb") as outside:
            inner.connect(str(self.stock))
            with inner.makefile("rwb") as inside:
                while header := outside.read(4):
                    message = outside.read(int.from_bytes(header, "big"))
                    answer = self.success
                    if not message.startswith(self.bind):
                        inside.write(header + message)
                        inside.flush()
                        size = inside.read(4)
                        answer = size + inside.read(int.from_bytes(size, "big"))
                    outside.write(answer)
                    outside.flush()


class Chain(harness.Case):
    def setUp(self):
        super().setUp()
        self.hosts = {name: self.sshd("AllowAgentForwarding yes", name=name, machine=machine)
                      for name, machine in zip(HOSTS, network.chain(self.work, len(HOSTS)))}
        self.key = self.work.path("key")
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key).expect()
        known = ""
        for name, sshd in self.hosts.items():
            sshd.authorize(f"restrict,agent-forwarding {harness.public_part(self.key)}" if name == "trusted" else
                           harness.public_part(self.key))
            known += name + " " + " ".join(sshd.host_key.with_name("host_key.pub").read_text().split()[:2]) + "\n"
        self.known = self.work.write("known_hosts", known)
        self.stock = self.agent()

    def config(self, name: str, forwards: tuple[str, ...]) -> pathlib.Path:
        """A person's configuration on one of the machines; the agent is forwarded to these hosts alone."""
        text = ""
        for host, sshd in self.hosts.items():
            text += (f"Host {host}\n  HostName {sshd.address}\n  Port {sshd.port}\n  HostKeyAlias {host}\n"
                     f"  ForwardAgent {'yes' if host in forwards else 'no'}\n")
        return self.work.write(name, f"{text}Host *\n  User {USER}\n  UserKnownHostsFile {self.known}\n  GlobalKnownHostsFile /dev/null\n"
                                     "  StrictHostKeyChecking yes\n  BatchMode yes\n  ConnectTimeout 20\n")

    def constrain(self, *hops: str) -> harness.Completed:
        """As the page has it, with this test's known_hosts."""
        words = [word for hop in hops for word in ("-h", hop)]
        return self.work.run("ssh-add", "-H", self.known, *words, self.key, env=self.stock.env)

    def hop(self, *hops: tuple[str, str], command: str) -> harness.Completed:
        """From the laptop through each (host, configuration) in turn, to run a command on the last."""
        for host, config in reversed(hops):
            command = shlex.join(["ssh", "-F", str(config), host, command])
        return self.work.run("sh", "-c", command, env=self.stock.env)

    def chain(self, *arguments, env=None, **options) -> harness.Completed:
        """As a person types it, with the names of the laptop's ssh_config."""
        return self.work.run(need(paths.HALLIGAN), "agent", "chain", "--key", self.key, *arguments, "--", "-F", self.config("names", ()),
                             env=env or self.stock.env, **options)

    def test_hop_by_hop_as_the_constraints_say(self):
        page = PAGE.read_text()
        hops = re.findall(r"-h (?:'([^']+)'|(\S+))", page.split("$ ssh-add ")[1].split("```")[0])
        ways = re.search(r"^\$ halligan agent chain --key \S+ (.+)$", page, re.M)[1].split()
        for how, constrain in (("ssh-add", lambda: self.constrain(*[quoted or plain for quoted, plain in hops])),
                               ("halligan", lambda: self.chain("--yes", *ways))):
            with self.subTest(how):
                constrain().expect()
                self.go_hop_by_hop()
                self.work.run("ssh-add", "-q", "-D", env=self.stock.env).expect()

    def go_hop_by_hop(self) -> None:
        laptop, further = self.config("laptop", ("trusted",)), self.config("further", ())
        lent = self.config("lent", ("untrusted",))
        self.hop(("trusted", laptop), command="echo in").expect(0, out="in")
        self.hop(("trusted", laptop), ("untrusted", further), command="echo in").expect(0, out="in")
        # No agent on the host that is not trusted.
        self.hop(("trusted", laptop), ("untrusted", further), command="echo agent:$SSH_AUTH_SOCK:").expect(0, out="agent::\n")
        # Even if somebody forwards it there, by mistake or on purpose, it can do nothing.
        done = self.hop(("trusted", laptop), ("untrusted", lent), command="ssh-add -l")
        done.expect(1, out="The agent has no identities.")
        self.hop(("trusted", laptop), ("untrusted", lent), ("beyond", further), command="echo in").expect(255, err="Permission denied")

    def test_without_constraints_a_lent_agent_opens_everything(self):
        """What the constraints are for: the same hops, and the host beyond is open to whoever is root on the untrusted one."""
        self.work.run("ssh-add", self.key, env=self.stock.env).expect()
        laptop, further = self.config("laptop", ("trusted",)), self.config("further", ())
        lent = self.config("lent", ("untrusted",))
        self.hop(("trusted", laptop), ("untrusted", lent), ("beyond", further), command="echo in").expect(0, out="in")

    def test_a_hop_that_is_not_named_is_refused(self):
        self.constrain("trusted").expect()
        laptop, further = self.config("laptop", ("trusted",)), self.config("further", ())
        self.hop(("trusted", laptop), command="echo in").expect(0, out="in")
        self.hop(("trusted", laptop), ("untrusted", further), command="echo in").expect(255, err="Permission denied")

    def test_the_plan_is_shown_and_answered(self):
        done = self.chain("trusted,untrusted").expect(5)
        self.assertIn("no terminal", done.err)
        self.assertIn("no identities", self.work.run("ssh-add", "-l", env=self.stock.env).out)
        talk = [("Add the key for these hops", "y")]
        argv = [paths.HALLIGAN, "agent", "chain", "--key", f"{self.key}.pub", "--ttl", "1h", "trusted", f"trusted,{USER}@untrusted", "--",
                "-F", self.config("names", ())]
        shown = self.work.converse(*argv, env=self.stock.env, answers=talk).expect().out
        for line in ("here → trusted", f"trusted → {USER}@untrusted", "ssh -A trusted", "60 min"):
            self.assertIn(line, shown)
        laptop, further = self.config("laptop", ("trusted",)), self.config("further", ())
        self.hop(("trusted", laptop), ("untrusted", further), command="echo in").expect(0, out="in")
        self.chain("--yes", "trusted,nobody@untrusted").expect()
        self.hop(("trusted", laptop), ("untrusted", further), command="echo in").expect(255, err="Permission denied")

    def test_a_passphrase_is_asked_for_by_ssh_add(self):
        self.work.run("ssh-keygen", "-q", "-p", "-P", "", "-N", "a phrase", "-f", self.key).expect()
        argv = [paths.HALLIGAN, "agent", "chain", "--yes", "--key", self.key, "trusted", "--", "-F", self.config("names", ())]
        self.work.converse(*argv, env=self.stock.env, answers=[("Enter passphrase", "a phrase")]).expect()
        self.hop(("trusted", self.config("laptop", ())), command="echo in").expect(0, out="in")

    def test_json(self):
        shown = json.loads(self.chain("--json", "--yes", "--ttl", "10m", "trusted,untrusted").expect().out)
        self.assertEqual(shown["hops"], [{"from": "", "to": "trusted", "name": "trusted"},
                                         {"from": "trusted", "to": "untrusted", "name": "untrusted"}])
        self.assertEqual((shown["lifetime"], shown["agent"]), (600, str(self.stock.socket)))

    def test_an_agent_that_keeps_no_key_to_hosts_gets_none(self):
        """GnuPG's says yes to constraints, and ignores them."""
        home = self.work.path("gnupg")
        home.mkdir(mode=0o700)
        env = {"GNUPGHOME": str(home)}
        self.work.daemon("gpg-agent", ["gpg-agent", "--homedir", home, "--enable-ssh-support", "--daemon", "--no-detach"], env=env).wait_for("started")
        env["SSH_AUTH_SOCK"] = str(home / "S.gpg-agent.ssh")
        self.chain("--yes", "trusted", env=env).expect(3, err="does not keep keys to hosts")
        self.assertIn("no identities", self.work.run("ssh-add", "-l", env=env).out)
        self.work.run("gpgconf", "--kill", "gpg-agent", env=env)

    def test_an_agent_that_forgets_what_a_session_is_for_keeps_neither_the_key_nor_its_certificate(self):
        self.work.run("ssh-keygen", "-q", "-s", self.key, "-I", "mine", "-n", USER, f"{self.key}.pub").expect()
        server = Careless(self.work.path("careless"), self.stock.socket)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.chain("--yes", "trusted", env={"SSH_AUTH_SOCK": str(self.work.path("careless"))}).expect(3, err="to any host; they were removed")
        self.assertIn("no identities", self.work.run("ssh-add", "-l", env=self.stock.env).out)
        # The agent behind it does as it is told, with the certificate as well.
        self.chain("--yes", "trusted").expect()
        self.assertEqual(len(self.work.run("ssh-add", "-l", env=self.stock.env).expect().out.splitlines()), 2)

    def test_what_is_no_way_is_refused(self):
        for way in ("", ",trusted", "trusted,", "trusted,trusted", "trusted>untrusted", "-oProxyCommand=x", "a,-b", "@trusted", "a b", "a\x1b[2J"):
            with self.subTest(way):
                self.chain("--yes", way).expect(2)
        self.chain("--yes", "trusted,nowhere").expect(4, err="the host key of nowhere is not known")
        self.work.run(paths.HALLIGAN, "agent", "chain", "--yes", "--key", self.work.path("none"), "trusted", env=self.stock.env).expect(4)
        self.assertIn("no identities", self.work.run("ssh-add", "-l", env=self.stock.env).out)

    def test_a_host_whose_key_is_not_known_cannot_be_named(self):
        self.known.write_text("".join(line for line in self.known.read_text().splitlines(True) if not line.startswith("untrusted")))
        self.assertNotEqual(self.constrain("trusted", "trusted>untrusted").status, 0)
        self.assertIn("no identities", self.work.run("ssh-add", "-l", env=self.stock.env).out)


if __name__ == "__main__":
    if os.geteuid() != 0:
        harness.skip("networks of its own need root")
    harness.main(network=True)
