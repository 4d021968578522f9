"""halligan prove against real sshds: each answer, what a yes does not prove, wrong keys, refusals, and servers that are none."""

import base64
import hashlib
import json
import os
import signal
import socket
import threading
import time

import harness
from harness.work import USER
from prove_world import NOBODY, ProveWorld


class Stub:
    """A server of a test's own on a free port: each connection is served by a function of the socket."""

    def __init__(self, serve):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.stopped = threading.Event()
        self._serve = serve
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._run, args=(peer,), daemon=True).start()

    def _run(self, peer):
        try:
            with peer:
                self._serve(self, peer)
        except OSError:
            pass

    def end(self):
        self.stopped.set()
        self.socket.close()


class Prove(ProveWorld):
    def test_a_canary_is_a_hash_and_no_key(self):
        self.make("--revoked")
        shown = [json.loads(line) for line in
                 self.halligan("inspect", "--json", self.work.path("canaries.pub")).expect().out.splitlines()]
        self.assertEqual([each["key_id"].split()[:2] for each in shown],
                         [["halligan-canary", USER], ["halligan-canary-revoked", USER]])
        for each, line in zip(shown, self.work.path("canaries.pub").read_text().splitlines()):
            self.assertTrue(each["canary"])
            self.assertEqual(each["extensions"], [])
            self.assertEqual([option["name"] for option in each["critical_options"]], ["force-command"])
            self.assertAlmostEqual(each["valid_before"] - time.time(), 365 * 86400, delta=3600)
            # Anybody can recompute it: the certificate has the hash of its key ID as its key, after type and nonce.
            blob = base64.b64decode(line.split()[1])
            self.assertIn(hashlib.sha256(each["key_id"].encode()).digest(), blob)
        records = [json.loads(line) for line in self.halligan("ledger", "list", "--json").expect().out.splitlines()]
        self.assertEqual([each["kind"] for each in records], ["canary", "canary"])
        self.halligan("ledger", "verify").expect()
        # Made again, they take the place of the old ones; others stay.
        self.make("--revoked", ca="ca-b")
        before = self.work.path("canaries.pub").read_text().splitlines()
        self.make()
        after = self.work.path("canaries.pub").read_text().splitlines()
        self.assertEqual((len(after), after[1:]), (4, before[1:]))
        self.assertNotEqual(after[0], before[0])

    def test_yes_no_and_a_revoked_one_of_two_cas_in_one_connection(self):
        self.make("--revoked")
        self.make(ca="ca-b")
        revoked = self.work.path("canaries.pub").read_text().splitlines()[1]
        self.work.write("revoked-cert.pub", revoked + "\n")
        self.halligan("revoke", "make", "--ca", self.work.path("ca-a.pub"), "--certificate", self.work.path("revoked-cert.pub"),
                      "-o", self.work.path("krl")).expect()
        rows = [(self.trust("ca-a", "ca-b"), 1, [("yes", 0, "ca-a"), ("yes", 0, "ca-b"), ("yes", 1, "ca-a")]),
                (f"{self.trust('ca-a', 'ca-b')}\nRevokedKeys {self.work.path('krl')}", 0,
                 [("yes", 0, "ca-a"), ("yes", 0, "ca-b"), ("no", 1, "ca-a")]),
                (f"{self.trust('ca-a')}\nRevokedKeys {self.work.path('krl')}", 1, [("yes", 0, "ca-a"), ("no", 0, "ca-b"), ("no", 1, "ca-a")]),
                (self.trust("stranger"), 1, [("no", 0, "ca-a"), ("no", 0, "ca-b"), ("no", 1, "ca-a")])]
        sshds = [self.sshd(config, name=f"sshd{i}") for i, (config, _, _) in enumerate(rows)]
        self.know(*sshds)
        for sshd, (_, status, want) in zip(sshds, rows):
            with self.subTest(want):
                found = self.prove(f"127.0.0.1:{sshd.port}", status=status)
                self.assertEqual(sorted((each["answer"], each["revoked"], each["ca_name"]) for each in found), sorted(want), found)
        accepted = sshds[1].daemon.text()
        self.assertEqual(accepted.count("Connection from"), 1, accepted)
        self.nobody_got_in(*sshds)
        # What is wrong comes first, and is said.
        text = self.halligan("prove", "--canaries", self.work.path("canaries.pub"), "--known-hosts", self.known,
                             f"127.0.0.1:{sshds[0].port}").expect(1).out
        self.assertIn("REVOKED BUT ACCEPTED", text.splitlines()[1])
        found = self.prove(f"127.0.0.1:{sshds[3].port}", status=1)
        self.assertIn("proves nothing", next(each["detail"] for each in found if each["revoked"]))

    def test_what_sshd_says_of_each_state(self):
        self.make()
        krl = self.work.path("absent.krl")
        principals = self.work.write("principals", "somebody-else\n")
        rows = [("", "yes"), ("PubkeyAuthentication no\nPasswordAuthentication yes", "no"), (f"RevokedKeys {krl}", "no"),
                (f"AuthorizedPrincipalsFile {principals}", "no"), (f"DenyUsers {USER}", "no"), ("AllowUsers nobody-such", "no"),
                ("PubkeyAcceptedAlgorithms ssh-ed25519", "no"), ("CASignatureAlgorithms ecdsa-sha2-nistp256", "no"),
                ("AuthenticationMethods publickey,keyboard-interactive\nKbdInteractiveAuthentication yes", "yes"),
                ("PermitRootLogin no", "yes"), ("ForceCommand /bin/false", "yes"), ("ChrootDirectory /nonexistent", "yes")]
        sshds = [self.sshd(f"{config}\n{self.trust('ca-a')}", name=f"sshd{i}") for i, (config, _) in enumerate(rows)]
        self.know(*sshds)
        found = {each["port"]: each for each in self.prove(*(f"127.0.0.1:{each.port}" for each in sshds), status=1)}
        for sshd, (config, want) in zip(sshds, rows):
            with self.subTest(config):
                answer = found[sshd.port]
                self.assertEqual(answer["answer"], want, answer)
                self.assertEqual(answer["grade"], 1 if want == "yes" else 0)
        off = found[sshds[1].port]["detail"]
        self.assertIn("password", off)
        self.nobody_got_in(*sshds)

    def test_the_host_key_must_be_the_known_one(self):
        self.make()
        sshd, other = self.sshd(self.trust("ca-a")), self.sshd(self.trust("ca-a"), name="other")
        place = f"[127.0.0.1]:{sshd.port}"
        kind, blob = sshd.host_key.with_name("host_key.pub").read_text().split()[:2]
        wrong = " ".join(other.host_key.with_name("host_key.pub").read_text().split()[:2])
        fingerprint = self.work.run("ssh-keygen", "-lf", sshd.host_key).expect().out.split()[1]
        self.work.write("hashed", f"{place} {kind} {blob}\n")
        self.work.run("ssh-keygen", "-H", "-f", self.work.path("hashed")).expect()
        rows = [(f"{place} {kind} {blob}\n", [], "yes", ""), ("", [], "host-key", "unknown"), (f"{place} {wrong}\n", [], "host-key", "not the known one"),
                (f"{place} {wrong}\n{place} {kind} {blob}\n", [], "yes", ""), (f"127.0.0.1 {kind} {blob}\n", [], "yes", ""),
                (f"[*]:{sshd.port} {kind} {blob}\n", [], "yes", ""), (f"{place},!{place} {kind} {blob}\n", [], "host-key", "unknown"),
                (f"{place} {kind} {blob}\n@revoked * {kind} {blob}\n", [], "host-key", "revoked"),
                (f"@cert-authority {place} {wrong}\n", [], "host-key", "CA of hosts"), (self.work.path("hashed").read_text(), [], "yes", ""),
                ("", ["--host-key", fingerprint], "yes", ""), ("", ["--host-key", "SHA256:" + "A" * 43], "host-key", "unknown"),
                (f"@revoked * {kind} {blob}\n", ["--host-key", fingerprint], "host-key", "revoked")]
        for text, words, want, why in rows:
            with self.subTest(text[:60], want=want, words=words):
                self.known.write_text(text)
                answer = self.one(sshd, *words, status=0 if want == "yes" else 1)
                self.assertEqual(answer["answer"], want, answer)
                self.assertIn(why, answer["detail"])
        # Nothing is asked of a host that is not the known one.
        self.assertEqual(sshd.daemon.text().count("Accepted certificate ID"), sum(want == "yes" for _, _, want, _ in rows))
        self.nobody_got_in(sshd)

    def test_servers_that_are_none_are_bounded(self):
        self.make()
        def hang(stub, _peer):
            stub.stopped.wait(harness.PATIENCE)
        def slowly(stub, peer):
            for byte in b"SSH-2.0-Slow" * 1000:
                peer.sendall(bytes([byte]))
                if stub.stopped.wait(0.3):
                    return
        def half(stub, peer):
            peer.sendall(b"SSH-2.0-Half\r\n")
            stub.stopped.wait(harness.PATIENCE)
        def says(text):
            return lambda _stub, peer: peer.sendall(text)
        def garbage(_stub, peer):
            peer.sendall(b"SSH-2.0-Garbage\r\n")
            peer.recv(64)
            peer.sendall(os.urandom(65536))
        rows = [(hang, "unreachable", "no SSH server answers"), (slowly, "unreachable", "key exchange"), (half, "unreachable", "key exchange"),
                (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "unreachable", "no SSH server"), (says(b""), "unreachable", "closes"),
                (says(b"x" * 20000), "unreachable", "no SSH server"), (garbage, "unreachable", "key exchange"),
                (says(b"SSH-2.0-Ends\r\n"), "unreachable", "key exchange"),
                (says(b"Not allowed at this time\r\n"), "throttled", "Not allowed"), (says(b"Exceeded MaxStartups\r\n"), "throttled", "MaxStartups"),
                (says(b"Not allowed at this time, sir\r\n"), "unreachable", "no SSH server")]
        stubs = [Stub(serve) for serve, _, _ in rows]
        for stub in stubs:
            self.work.cleanup(stub.end)
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            hosts = [f"127.0.0.1:{stub.port}" for stub in stubs] + [f"127.0.0.1:{closed.getsockname()[1]}", "no-such-host.invalid"]
            found = {each["host"]: each for each in self.prove(*hosts, "--timeout", "2", status=4)}
        for host, (_, want, why) in zip(hosts, rows):
            with self.subTest(why, want=want):
                self.assertEqual(found[host]["answer"], want, found[host])
                self.assertIn(why, found[host]["detail"])
        self.assertIn("refused", found[hosts[-2]]["detail"])
        self.assertIn("resolve", found[hosts[-1]]["detail"])

    def test_an_sshd_that_dies_in_the_middle(self):
        self.make()
        sshd = self.sshd(self.trust("ca-a"))
        self.know(sshd)
        def through(stub, peer):
            """Passes on to the real sshd so many bytes, then cuts both."""
            with socket.create_connection(("127.0.0.1", sshd.port)) as real:
                left = stub.limit
                def back():
                    try:
                        while data := peer.recv(4096):
                            real.sendall(data)
                    except OSError:
                        pass
                threading.Thread(target=back, daemon=True).start()
                while left > 0 and (data := real.recv(min(left, 4096))):
                    peer.sendall(data)
                    left -= len(data)
        stubs = []
        for limit in (5, 30, 200, 1200, 1700, 10**9):
            stub = Stub(through)
            stub.limit = limit
            self.work.cleanup(stub.end)
            stubs.append(stub)
            key = sshd.known_hosts.read_text().split()
            self.known.write_text(self.known.read_text() + f"[127.0.0.1]:{stub.port} {key[1]} {key[2]}\n")
        found = {each["port"]: each["answer"] for each in self.prove(*(f"127.0.0.1:{stub.port}" for stub in stubs), "--timeout", "20", status=4)}
        self.assertEqual([found[stub.port] for stub in stubs], ["unreachable"] * 5 + ["yes"])
        self.nobody_got_in(sshd)

    def test_connections_to_one_host_are_apart(self):
        for account in ("one", "two"):
            self.make(account=account)
        # Each refusal counts: what sshd does not answer any more is asked in another connection.
        sshd, strict = self.sshd(self.trust("ca-a")), self.sshd(f"{self.trust('stranger')}\nMaxAuthTries 1", name="strict")
        self.make("--revoked", file="strict.pub")
        self.know(sshd, strict)
        began = time.monotonic()
        other = threading.Thread(target=lambda: answers.extend(self.prove(f"127.0.0.1:{strict.port}", file="strict.pub", status=1)))
        answers: list[dict] = []
        other.start()
        found = self.prove(f"127.0.0.1:{sshd.port}", status=1)
        self.assertEqual([(each["account"], each["answer"]) for each in found], [("one", "no"), ("two", "no")])
        self.assertGreaterEqual(time.monotonic() - began, 8)
        other.join()
        self.assertEqual([each["answer"] for each in answers], ["no", "no"])
        refused = "Too many authentication failures"
        strict.daemon.wait_for(refused, after=strict.daemon.wait_for(refused).index(refused) + len(refused))
        self.assertEqual([each["account"] for each in self.prove(f"127.0.0.1:{sshd.port}", "-l", "two", status=1)], ["two"])
        self.halligan("prove", "--canaries", self.work.path("canaries.pub"), "-l", "three", "web1").expect(4, err="there is no canary of three")

    def test_through_a_jump_host(self):
        self.make()
        bastion, behind = self.sshd("", name="bastion"), self.sshd(self.trust("ca-a"), name="behind")
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.work.path("me")).expect()
        bastion.authorize(self.work.path("me.pub").read_text())
        self.know(behind)
        home = self.work.path(".ssh")
        home.mkdir(exist_ok=True)
        config = bastion.ssh_config(f"  IdentityFile {self.work.path('me')}", name="config")
        binaries = self.work.path("bin")
        binaries.mkdir()
        # As a user's ssh_config would: the name of the bastion, its key and the identity for it.
        ssh = self.work.run("sh", "-c", "command -v ssh").expect().out.strip()
        self.work.write("bin/ssh", f"#!/bin/sh\nexec {ssh} -F {config} \"$@\"\n").chmod(0o755)
        self.env["PATH"] = f"{binaries}:{os.environ['PATH']}"
        answer = self.one(behind, "--jump", "host")
        self.assertEqual(answer["answer"], "yes", answer)
        self.nobody_got_in(behind)
        bastion.daemon.wait_for(NOBODY)
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            lost = self.one(closed.getsockname()[1], "--jump", "host", status=4)
        self.assertEqual(lost["answer"], "unreachable")
        self.assertIn("jump host", lost["detail"])
        bastion.daemon.process.send_signal(signal.SIGTERM)
        self.halligan("prove", "--jump", "-oProxyCommand=x", "web1").expect(2, err="--jump")

    def test_a_metrics_file_and_a_page(self):
        self.make("--revoked")
        sshd = self.sshd(self.trust("ca-a"))
        self.know(sshd)
        self.prove(f"127.0.0.1:{sshd.port}", "--prometheus", self.work.path("m.prom"), "--html", self.work.path("p.html"), status=1)
        metrics = self.work.path("m.prom").read_text()
        self.assertIn('canary="revoked"} 0\n', metrics)
        self.assertIn('canary="ordinary"} 1\n', metrics)
        page = self.work.path("p.html").read_text()
        self.assertNotIn("<script", page)
        self.assertLess(page.index("REVOKED BUT ACCEPTED"), page.index("yes, grade 1"))
        # With a file that cannot be written nothing is asked.
        mark = sshd.daemon.text().count("Connection from")
        self.prove(f"127.0.0.1:{sshd.port}", "--html", self.work.path("absent/p.html"), status=4)
        self.assertEqual(sshd.daemon.text().count("Connection from"), mark)

    def test_policies_and_the_ledger(self):
        make = ["prove", "--make", "--yes", "--ca", self.work.path("ca-a"), "--account", USER, "--canaries", self.work.path("c.pub"), "--policy"]
        def policy(**members):
            return self.work.write("p.policy", json.dumps(members))
        self.halligan(*make, policy(canaries=False)).expect(3, err="policy: canaries: this CA issues none")
        self.halligan(*make, policy(maximum_lifetime="1h", key_id="^incident", co_signers=2)).expect()
        self.halligan(*make, policy(principals=["breakglass"])).expect(3, err="policy: principals")
        self.halligan(*make, policy(critical_options={"source-address": "10.0.0.0/8"})).expect(3, err="critical-options")
        self.halligan(*make, policy(critical_options={"source-address": "10.0.0.0/8"}), "-O", "source-address=10.0.0.0/8").expect()
        # A key that can be used is no canary, whatever its key ID says: the rules hold, and verify and prove tell.
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.work.path("me")).expect()
        name = "halligan-canary root " + "0" * 32
        self.halligan("sign", "--yes", "--ca", self.work.path("ca-a"), "-I", name, "-n", "root", "-V", "+30d", self.work.path("me.pub")).expect(3, err="maximum-lifetime")
        self.halligan("sign", "--yes", "--ca", self.work.path("ca-a"), "-I", name, "-n", "root", self.work.path("me.pub")).expect()
        verdict = self.halligan("ledger", "verify", "--json").expect(1).out
        self.assertIn("canary-false", verdict)
        self.halligan("prove", "--canaries", self.work.path("me-cert.pub"), "web1").expect(3, err="not a canary")

    def test_a_login_with_a_canary_is_an_alarm(self):
        self.make()
        shown = json.loads(self.halligan("inspect", "--json", self.work.path("canaries.pub")).expect().out)
        log = self.work.write("log", f"Accepted publickey for root from 192.0.2.1 port 4711 ssh2: ED25519-CERT {shown['key']['fingerprint']} "
                              f"ID {shown['key_id']} (serial {shown['serial']}) CA ED25519 {shown['ca']['fingerprint']}\r\n")
        found = self.halligan("ledger", "reconcile", "--json", log).expect(1).out
        self.assertIn("canary-used", found)
        self.work.write("quiet", f'Accepted certificate ID "{shown["key_id"]}" (serial {shown["serial"]}) signed by ED25519 CA '
                                f'{shown["ca"]["fingerprint"]} via {log}\r\n')
        end = self.work.path("quiet").read_text() + "Connection closed by 192.0.2.1 port 4711\r\n"
        done = self.halligan("ledger", "reconcile", "--json", self.work.write("ended", end)).expect(0).out
        for code in ("unused", "canary-used", "unknown-certificate"):
            self.assertNotIn(code, done)


if __name__ == "__main__":
    harness.main()
