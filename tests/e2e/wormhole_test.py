"""halligan handoff send and receive with the real wormhole and a mailbox server of our own: what arrives can be opened."""

import re
import socket

import harness
from harness import paths
from harness.work import need


class Wormhole(harness.Case):
    def mailbox(self) -> dict[str, str]:
        """A mailbox server on loopback; the two sides then talk to each other directly."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = self.work.daemon("mailbox", ["twist3", "--log-format", "text", "wormhole-mailbox", "--port",
                                              f"tcp:{port}:interface=127.0.0.1", "--channel-db=:memory:"])
        server.wait_for("Starting reactor")
        return {"WORMHOLE_RELAY_URL": f"ws://127.0.0.1:{port}/v1", "WORMHOLE_TRANSIT_HELPER": "tcp:127.0.0.1:1"}

    def test_sealed_sent_received_opened(self):
        for name in ("sam", "authority", "emergency"):
            self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name).expect()
        self.work.run("ssh-keygen", "-q", "-s", "authority", "-I", "ann", "-n", "root", "-V", "-5m:+60m",
                      "emergency.pub").expect()
        self.work.write("known_hosts", "web1 " + self.work.path("sam.pub").read_text())
        halligan = need(paths.HALLIGAN)
        self.work.run(halligan, "handoff", "seal", "--to", "sam.pub", "--known-hosts", "known_hosts", "--host", "web1").expect()

        env = self.mailbox()
        sender = self.work.daemon("sender", [halligan, "handoff", "send", self.work.path("handoff.age")], env=env)
        code = re.search(r"code is: (\S+)\n", sender.wait_for("On the other computer"))
        self.work.run(halligan, "handoff", "receive", "-o", "got.age", env=env, stdin=f"{code[1]}\n".encode()).expect(
                          out="halligan handoff open got.age")
        self.assertEqual(sender.process.wait(harness.PATIENCE), 0)
        self.work.run(halligan, "handoff", "open", "-i", "sam", "got.age").expect(out="valid now")
        self.assertEqual(self.work.path("handoff/emergency").read_text(), self.work.path("emergency").read_text())


if __name__ == "__main__":
    harness.main(network=True)
