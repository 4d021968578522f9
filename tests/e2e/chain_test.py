"""docs/agents.md: one agent on the laptop and a chain of hosts, each in a network of its own. The stock ssh, sshd and agent are the
judges of what destination constraints allow hop by hop."""

import os
import pathlib
import re
import shlex

import harness
from harness import network, paths
from harness.work import USER

PAGE = paths.SOURCE / "docs" / "agents.md"
HOSTS = ("trusted", "untrusted", "beyond")


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

    def test_hop_by_hop_as_the_constraints_say(self):
        page = PAGE.read_text()
        hops = re.findall(r"-h (?:'([^']+)'|(\S+))", page.split("```sh\n$ ssh-add ")[1].split("```")[0])
        self.constrain(*[quoted or plain for quoted, plain in hops]).expect()
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

    def test_a_host_whose_key_is_not_known_cannot_be_named(self):
        self.known.write_text("".join(line for line in self.known.read_text().splitlines(True) if not line.startswith("untrusted")))
        self.assertNotEqual(self.constrain("trusted", "trusted>untrusted").status, 0)
        self.assertIn("no identities", self.work.run("ssh-add", "-l", env=self.stock.env).out)


if __name__ == "__main__":
    if os.geteuid() != 0:
        harness.skip("networks of its own need root")
    harness.main(network=True)
