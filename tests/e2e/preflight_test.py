"""halligan mint --ssh: what cannot work costs no PIN and no touch, and what failed after all is explained."""

import os
import re
import socket
import threading

import harness
from harness import paths
from harness.work import USER, need

PIN = "271828"


class Preflight(harness.Case):
    def setUp(self):
        super().setUp()
        self.token = self.softkey("token", pin=PIN)
        self.work.path("ca").mkdir()
        self.halligan("ca", "init", "-d", "ca").expect()
        self.trust = f"TrustedUserCAKeys {self.work.root}/ca/ca.pub"
        self.web1 = self.sshd(self.trust, name="web1")

    def halligan(self, *arguments, env=None, **options) -> harness.Completed:
        return self.work.run(need(paths.HALLIGAN), *arguments,
                             env={**self.token.env, **self.work.askpass(PIN).env, **(env or {})}, **options)

    def mint(self, *arguments, lines: str = "", host: str = "web1", principals: str = USER, sshd=None, ssh=(),
             **options) -> harness.Completed:
        sshd = sshd or self.web1
        config = self.work.write("config", f"""Host *
{lines}
  HostName 127.0.0.1
  Port {sshd.port}
  UserKnownHostsFile {sshd.known_hosts}
  GlobalKnownHostsFile /dev/null
  ConnectTimeout 20
""")
        return self.halligan("mint", "--yes", "--ca", "ca/ca", "-I", "jo: 4711", "-n", principals, "--ssh", host, *arguments,
                             "--", "-F", config, *ssh, "echo in", **options)

    def listener(self, answer: bytes | None) -> int:
        """A port where somebody else answers: with these bytes and then nothing, or by closing at once."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        held = []

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                if answer is None:
                    # What the other side may have written by now must not turn it into a reset.
                    connection.shutdown(socket.SHUT_WR)
                else:
                    connection.sendall(answer)
                held.append(connection)

        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()[1]

    def test_it_works(self):
        self.mint().expect(0, out="in\n")

    def test_what_cannot_work_costs_no_touch(self):
        nobody = self.work.write("nobody", "")
        unknown = f"  UserKnownHostsFile {nobody}\n"
        refused, http, closed, silent = 1, self.listener(b"HTTP/1.1 400 Bad Request\r\n" + b"x\r\n" * 4000), self.listener(None), \
            self.listener(b"")
        rows = [
            ({"host": "ubuntu@web1"}, 2, "web1: the account ubuntu is not among the certificate's principals", "--ssh"),
            ({"ssh": ["-l", "ubuntu"]}, 2, "web1: the account ubuntu is not among", "add it to -n"),
            ({"ssh": ["-J", f"{USER}x@jump"]}, 2, f"jump: the account {USER}x is not among", f"-J {USER}@jump"),
            ({"lines": "  HostName nowhere.invalid\n  HostKeyAlias known\n  StrictHostKeyChecking no"}, 4,
             "cannot resolve its name", "check the name, or give an address"),
            ({"ssh": ["-p", refused, "-o", "StrictHostKeyChecking=no"]}, 4, "web1 (127.0.0.1, port 1): cannot connect: Connection refused",
             "--no-preflight"),
            ({"ssh": ["-p", http, "-o", "StrictHostKeyChecking=no"]}, 4, "what answers there is no SSH server", "--no-preflight"),
            ({"ssh": ["-p", closed, "-o", "StrictHostKeyChecking=no"]}, 4, "it closes the connection before it answers", "check address"),
            ({"ssh": ["-p", silent, "-o", "StrictHostKeyChecking=no"]}, 4, "connected, but no SSH server answers", "check address"),
            ({"lines": unknown}, 1, f"web1: its host key is not known as [127.0.0.1]:{self.web1.port}", "--accept-new"),
            ({"lines": "  HostKeyAlias another\n"}, 1, "web1: its host key is not known as another", "--accept-new"),
            ({"ssh": ["-J", "jump", "-o", "StrictHostKeyChecking=no"], "lines": unknown}, 1, "jump: its host key is not known",
             "KnownHosts in halligan(5)"),
        ]
        asked = len(self.token.records())
        for row, status, message, hint in rows:
            with self.subTest(row):
                done = self.mint(**row).expect(status, out="", err=message)
                self.assertIn(hint, done.err)
                self.assertEqual(len(self.token.records()), asked, "the token was not asked for anything")
                if "no SSH server answers" in message:
                    self.assertIn(f"waiting for 127.0.0.1, port {silent} ...", done.err)

    def test_ways_on(self):
        nobody = self.work.path("new")
        rows = [(["--accept-new"], {"lines": f"  UserKnownHostsFile {nobody}\n"}),
                ([], {"lines": f"  UserKnownHostsFile {nobody}\n"}),  # known from now on
                (["--no-preflight"], {}),
                ([], {"lines": f"  UserKnownHostsFile /dev/null\n  KnownHostsCommand /bin/cat {self.web1.known_hosts}\n"})]
        for arguments, row in rows:
            with self.subTest(arguments=arguments, row=row):
                self.mint(*arguments, **row).expect(0, out="in\n")

    def test_known_in_every_way_that_ssh_knows(self):
        key = self.web1.known_hosts.read_text().split(maxsplit=1)[1]
        name = f"[127.0.0.1]:{self.web1.port}"
        hashed = self.work.write("hashed", f"{name} {key}")
        self.work.run("ssh-keygen", "-H", "-f", hashed).expect()
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "host-ca").expect()
        self.work.run("ssh-keygen", "-q", "-s", "host-ca", "-h", "-I", "web1", "-n", "127.0.0.1", f"{self.web1.host_key}.pub").expect()
        certified = self.sshd(f"{self.trust}\nHostCertificate {self.web1.host_key}-cert.pub", name="certified", host_key=self.web1.host_key)
        authority = self.work.write("authority", "@cert-authority * " + self.work.path("host-ca.pub").read_text())
        pattern = self.work.write("pattern", f"[127.0.0.*]:* {key}")
        for file, sshd in ((hashed, self.web1), (pattern, self.web1), (authority, certified)):
            with self.subTest(file.name):
                self.mint(lines=f"  UserKnownHostsFile {file}\n", sshd=sshd).expect(0, out="in\n")

    def test_another_user_of_the_configuration(self):
        done = self.mint(lines="  User deploy\n").expect(0, out="in\n")
        self.assertIn(f"your ssh configuration says User deploy for web1; this logs in as {USER}, the first principal", done.err)

    def last(self, done: harness.Completed) -> str:
        return done.expect(255).err.splitlines()[-1]

    def test_why_ssh_gave_up(self):
        stranger = self.sshd(name="stranger")
        old = self.sshd(self.trust + "\nPubkeyAcceptedAlgorithms rsa-sha2-512-cert-v01@openssh.com", name="rsa-only")
        changed = self.work.write("changed", f"[127.0.0.1]:{self.web1.port} " + stranger.known_hosts.read_text().split(maxsplit=1)[1])
        nobody = self.work.write("nobody", "")
        strict = "  StrictHostKeyChecking yes\n"
        no_key = self.sshd(self.trust + "\nPubkeyAuthentication no\nPasswordAuthentication yes", name="no-key")
        rows = [({"sshd": stranger}, "web1 refused the certificate: it does not trust this CA, its clock is wrong, or "
                                     f"{USER} may not log in there"),
                ({"host": f"{USER}@web1", "principals": "deploy"}, f"web1 refused the certificate: it is not for the account {USER}"),
                ({"sshd": no_key, "lines": "  BatchMode yes\n"}, "web1 takes no keys at all"),
                ({"sshd": old}, "web1 refused the certificate"),
                ({"lines": f"{strict}  UserKnownHostsFile {changed}\n"}, "web1: the host key is another than the known one"),
                ({"lines": f"{strict}  UserKnownHostsFile {nobody}\n"}, "web1: the host key is not known: --accept-new"),
                ({"ssh": ["-p", "1"]}, "web1: nothing listens there: check the port"),
                ({"lines": "  HostName nowhere.invalid\n"}, "web1: its name does not resolve"),
                ({"ssh": ["-p", self.listener(None)]}, "web1: it closed the connection"),  # ssh 10 does not say when
                ({"ssh": ["-c", "aes128-cbc"], "sshd": stranger}, "web1: ssh and the host have no algorithm in common")]
        for row, reason in rows:
            with self.subTest(reason):
                self.assertIn(f"halligan: {reason}", self.last(self.mint("--no-preflight", **row)))

    def test_a_command_that_ends_with_255_is_not_explained(self):
        done = self.mint(ssh=["echo Permission slip >&2; exit 255;"])
        self.assertEqual(self.last(done), "Permission slip")

    def test_what_ssh_says_comes_at_once_and_whole(self):
        text = "x" * 100000
        done = self.mint(ssh=[f"head -c 100000 /dev/zero | tr '\\0' x >&2;"]).expect(0)
        self.assertTrue(done.err.endswith(text))

    def test_private_agents_leave_nothing(self):
        folder = self.work.path("runtime")
        folder.mkdir(mode=0o700)
        self.mint(host="ubuntu@web1", env={"XDG_RUNTIME_DIR": str(folder)}).expect(2)
        harness.until(lambda: not os.listdir(folder), "the private agent's folder to go")
        self.assertFalse(re.search("halligan-agent", " ".join(os.listdir(folder))))


if __name__ == "__main__":
    harness.main()
