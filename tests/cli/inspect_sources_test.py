"""halligan inspect --agent and --host: the real ssh-agent, the real sshd, and servers that are none."""

import json
import socket
import threading

import harness
from software_ca import SoftwareCa
from world import key_pair


class Agent(SoftwareCa):
    def test_what_ssh_add_lists_is_shown_with_comments_and_validity(self):
        agent = self.agent()
        self.certificate("-I", "x", "-n", "root", "-z", "5", "-V", "-1h:+3630s")
        self.work.run("ssh-add", "-q", "user", env=agent.env).expect()
        key_pair(self.work, "second", "ecdsa")
        self.work.run("ssh-add", "-q", "second", env=agent.env).expect()
        listed = self.work.run("ssh-add", "-l", env=agent.env).expect().out.splitlines()
        shown = self.objects("--agent", env=agent.env)
        self.assertEqual([each["key"]["fingerprint"] for each in shown], [line.split()[1] for line in listed])
        self.assertEqual([each["comment"] for each in shown], ["user", "user", "second"])
        self.assertEqual([each["kind"] for each in shown], ["public_key", "certificate", "public_key"])
        self.assertEqual({each["agent"] for each in shown}, {str(agent.socket)})
        self.halligan(None, "inspect", "--agent", env=agent.env).expect(0, out="valid now, 60 min left")
        asked = ("inspect", "--agent", "--check", "--ca", "software-ca.pub")
        self.halligan(None, *asked, env=agent.env).expect(0, out="")
        self.halligan(None, *asked, "--expires-in", "2h", env=agent.env).expect(1, out='"x", serial 5: expires in ')

    def test_an_agent_without_keys_and_no_agent(self):
        agent = self.agent()
        self.halligan(None, "inspect", "--agent", env=agent.env).expect(1, err="holds no keys")
        key_pair(self.work, "user")
        self.work.run("ssh-add", "-q", "user", env=agent.env).expect()
        locked = self.work.converse("ssh-add", "-x", env=agent.env, answers=[("password: ", "x\n"), ("Again: ", "x\n")])
        locked.expect()
        self.halligan(None, "inspect", "--agent", env=agent.env).expect(1, err="holds no keys")  # a locked agent says so
        agent.daemon.stop()
        self.halligan(None, "inspect", "--agent", env=agent.env).expect(4)
        self.halligan(None, "inspect", "--agent", env={"SSH_AUTH_SOCK": ""}).expect(4, err="SSH_AUTH_SOCK is not set")

    def test_an_agent_that_lies(self):
        string = lambda data: len(data).to_bytes(4, "big") + data
        certificate = string(b"ssh-ed25519-cert-v01@openssh.com") + b"\0\0"
        answers = {b"": 4, b"\x0c\0\0\0\1": 3, b"\x0c\0\0\0\1" + string(certificate) + string(b"x"): 3, b"\x05": 4,
                   b"\x0c\xff\xff\xff\xff": 3}
        for number, (answer, status) in enumerate(answers.items()):
            with self.subTest(answer), socket.socket(socket.AF_UNIX) as listener:
                path = self.work.path(f"liar{number}")
                listener.bind(str(path))
                listener.listen()

                def serve():
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(100)
                        if answer:
                            connection.sendall(string(answer))

                thread = threading.Thread(target=serve)
                thread.start()
                self.halligan(None, "inspect", "--agent", env={"SSH_AUTH_SOCK": str(path)}).expect(status)
                thread.join()


class Host(SoftwareCa):
    def serve(self, principals: str = "127.0.0.1,localhost", *, certificate: bool = True):
        key = key_pair(self.work, "host")
        self.certificate("-h", "-I", "web1's key", "-n", principals, "-z", "7", "-V", "+1h", name="host")
        config = f"HostCertificate {self.work.path('host-cert.pub')}\n" if certificate else ""
        return self.sshd(config, host_key=key)

    def test_the_key_and_the_certificate_that_the_server_has(self):
        sshd = self.serve()
        server = f"127.0.0.1:{sshd.port}"
        shown = self.objects("--host", server, "--ca", "software-ca.pub")
        self.assertEqual([each["kind"] for each in shown], ["public_key", "certificate"])
        fingerprint = self.work.run("ssh-keygen", "-l", "-f", "host.pub").expect().out.split()[1]
        self.assertEqual({each["key"]["fingerprint"] for each in shown}, {fingerprint})
        self.assertEqual({each["server"] for each in shown}, {server})
        self.assertEqual(shown[1]["host"], {"name": "127.0.0.1", "port": sshd.port, "named": True})
        self.assertIs(shown[1]["ca_known"], True)
        self.halligan(None, "inspect", "--host", server, "--ca", "software-ca.pub").expect(
            0, out="127.0.0.1 is among the principals")
        done = self.halligan(None, "inspect", "--check", "--host", server, "--ca", "software-ca.pub").expect(0)
        self.assertEqual(done.out, "")

    def test_what_is_wrong_is_said(self):
        sshd = self.serve("web1,*.example.org,1*")
        key_pair(self.work, "other-ca")
        server = f"127.0.0.1:{sshd.port}"
        known = self.work.path("software-ca.pub").read_text()
        self.work.write("elsewhere", f"@cert-authority *.example.org {known}")
        rows = [("software-ca.pub", "not for 127.0.0.1\n", None), ("other-ca.pub", "by a CA that is not among those given", "not for"),
                ("elsewhere", "is for other hosts: *.example.org", "not for")]
        for authority, first, second in rows:
            with self.subTest(authority):
                done = self.halligan(None, "inspect", "--check", "--host", server, "--ca", authority).expect(1, out=first)
                self.assertEqual(len(done.out.splitlines()), 2 if second else 1)
                self.assertIn(second or first, done.out)
        self.halligan(None, "inspect", "--host", server).expect(1, out="127.0.0.1 is NOT among the principals")

    def test_patterns_and_principals_are_judged_by_ssh(self):
        """Each name that ssh looks up, [host]:port and host, is held against the whole list of patterns."""
        sshd = self.serve()
        at = f"[localhost]:{sshd.port}"
        rows = ["*", "*,!localhost", f"*,!{at}", f"*,!localhost,!{at}", "*,!*localhost*", at, f"{at},!localhost", "localhost",
                "[localhost]:1", "!localhost"]
        ca = self.work.path("software-ca.pub").read_text()
        seen = set()
        for patterns in rows:
            with self.subTest(patterns):
                known = self.work.write("known", f"@cert-authority {patterns} {ca}")
                taken = self.takes(known, "localhost", sshd.port)
                seen.add(taken)
                done = self.halligan(None, "inspect", "--check", "--host", f"localhost:{sshd.port}", "--ca", known)
                self.assertEqual(done.status, 0 if taken else 1, done.out)
                self.assertEqual("is for other hosts" in done.out, not taken)
        self.assertEqual(seen, {True, False})

    def test_a_certificate_without_principals_names_no_host(self):
        """OpenSSH 9.2 takes it, 10.3 does not, and each of them can tell: a problem in either case."""
        key = key_pair(self.work, "host")
        self.certificate("-h", "-I", "x", "-V", "-5m:+1h", name="host")
        sshd = self.sshd(f"HostCertificate {self.work.path('host-cert.pub')}\n", host_key=key)
        known = self.work.write("known", f"@cert-authority * {self.work.path('software-ca.pub').read_text()}")
        self.takes(known, "localhost", sshd.port)
        self.halligan(None, "inspect", "--check", "--host", f"localhost:{sshd.port}", "--ca", known).expect(
            1, out="for no host by name: it has no principals")

    def takes(self, known, host: str, port: int) -> bool:
        """Does the real ssh take the server's key? That nobody is let in is not asked."""
        done = self.work.run("ssh", "-F", "none", "-o", f"UserKnownHostsFile={known}", "-o", "GlobalKnownHostsFile=none", "-o",
                             "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-o", "HostKeyAlgorithms=ssh-ed25519-cert-v01@openssh.com",
                             "-o", "PreferredAuthentications=none", "-p", str(port), host, "true")
        denied = "Permission denied" in done.err
        # OpenSSH 10 has the second sentence: without its certificate, which names no such host, the key is of no algorithm asked for.
        unknown = any(words in done.err for words in ("Host key verification failed", "not permitted by HostkeyAlgorithms"))
        self.assertNotEqual(denied, unknown, done.err)
        return denied

    def test_what_ssh_refuses_for_its_content_is_a_problem(self):
        """sshd presents it, ssh does not take it."""
        key = key_pair(self.work, "host")
        self.certificate("-h", "-I", "x", "-n", "127.0.0.1", "-V", "-5m:+1h", "-O", "critical:nope@x", name="host")
        sshd = self.sshd(f"HostCertificate {self.work.path('host-cert.pub')}\n", host_key=key)
        known = self.work.write("known", f"@cert-authority * {self.work.path('software-ca.pub').read_text()}")
        self.work.run("ssh", "-F", "none", "-o", f"UserKnownHostsFile={known}", "-o", "StrictHostKeyChecking=yes", "-o",
                      "BatchMode=yes", "-p", str(sshd.port), "127.0.0.1", "true").expect_failure("unsupported critical options")
        self.halligan(None, "inspect", "--check", "--host", f"127.0.0.1:{sshd.port}", "--ca", known).expect(
            1, out="refused: critical option nope@x is unknown")

    def test_a_server_without_a_certificate(self):
        sshd = self.serve(certificate=False)
        server = f"127.0.0.1:{sshd.port}"
        self.assertEqual([each["kind"] for each in self.objects("--host", server)], ["public_key"])
        self.halligan(None, "inspect", "--host", server, "--ca", "software-ca.pub").expect(1, err="has no host certificate")

    def test_nobody_there(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            done = self.halligan(None, "inspect", "--host", f"127.0.0.1:{unused.getsockname()[1]}").expect(4, err="refused")
        self.halligan(None, "inspect", "--host", "no-such-host.invalid").expect(4, err="cannot resolve its name")
        done = self.halligan(None, "inspect", "--json", "--host", "no-such-host.invalid").expect(4)
        self.assertEqual(json.loads(done.out)["server"], "no-such-host.invalid:22")

    def test_a_server_that_is_none(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            stop = threading.Event()

            def serve():
                listener.settimeout(0.1)
                while not stop.is_set():
                    try:
                        connection, _ = listener.accept()
                    except TimeoutError:
                        continue
                    with connection:
                        connection.sendall(b"HTTP/1.0 400 no\r\n\r\n" * 100)

            thread = threading.Thread(target=serve)
            thread.start()
            try:
                self.halligan(None, "inspect", "--host", f"127.0.0.1:{listener.getsockname()[1]}").expect(
                    4, err="does not answer as an SSH server")
            finally:
                stop.set()
                thread.join()

    def test_names_that_are_none(self):
        for host in ("", "a b", "-oProxyCommand=x", "a,b", "[::1", "[::1]x", "h:", "h:0", "h:65536", "h:22x", "user@h", "h/24"):
            with self.subTest(host):
                self.halligan(None, "inspect", f"--host={host}").expect(2, err="--host")

    def test_without_ssh_keyscan(self):
        sshd = self.serve()
        self.halligan(None, "inspect", "--host", f"127.0.0.1:{sshd.port}", env={"PATH": "/nowhere"}).expect(4, err="ssh-keyscan")


if __name__ == "__main__":
    harness.main()
