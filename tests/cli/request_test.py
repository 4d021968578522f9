"""halligan request, co-sign and sign --request: ssh-keygen judges the signatures; what is forged is refused."""

import json
import os
import re
import socket
import stat
import time

import harness
from harness import paths
from request_block import CO_SIGN, PROOF, Block, Fields, blob, keygen_signs, keygen_verifies
from world import World, key_pair, requests

CODE = r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}"


class Requests(World):
    def key(self, name: str, kind: str = "ed25519"):
        return key_pair(self.work, name, kind)

    def request(self, *arguments, name: str = "ben", principals: str = "root", **options) -> tuple[Block, str]:
        """A request in NAME.request, and its code."""
        done = self.halligan(None, "request", "-n", principals, "-I", "ben: incident 4711", "--json",
                             *self.fresh(name, arguments), *arguments, **options).expect()
        shown = json.loads(done.out)
        self.assertRegex(shown["code"], f"^{CODE}$")
        self.work.write(f"{name}.request", shown["request"])
        return Block.of(shown["request"]), shown["code"]

    def fresh(self, name: str, arguments) -> list:
        """Where the key goes, if it is to be a fresh one."""
        return [] if {"--key", "--agent-key"} & set(arguments) else ["-o", self.work.path(name)]

    def forge(self, name: str, signer, *, proof_space: str = PROOF, options=(), **changes) -> Block:
        """A request that ssh-keygen made with this key: right in everything but the changes."""
        now = int(time.time())
        members = {"key": blob(signer.with_name(signer.name + ".pub")), "principals": [b"root"], "hosts": [],
                   "reason": b"forged", "after": now - 300, "before": now + 600, "time": now, "nonce": b"n" * 32}
        fields = Fields(**{**members, **changes}).bytes()
        block = Block(fields, keygen_signs(self.work, signer, proof_space, fields, *options), [])
        self.work.write(f"{name}.request", block.text())
        return block

    def authority(self):
        self.token_ = self.token()
        self.ca = self.make_ca(self.token_)

    def sign(self, name: str, *arguments, **options):
        return self.halligan(self.token_, "sign", "--ca", self.ca, "--request", self.work.path(f"{name}.request"),
                             *arguments, **options)

    def co_sign(self, name: str, key, target: str, *arguments, **options):
        done = self.halligan(None, "co-sign", self.work.path(f"{name}.request"), "--key", key, *arguments, **options)
        if done.status == 0:
            self.work.write(f"{target}.request", done.out)
        return done


class Request(Requests):
    def test_a_fresh_key_that_stays_and_a_block_without_it(self):
        done = self.halligan(None, "request", "-n", "root,admin", "-I", "ben: 4711", "--host", "web1", "--host", "db1", "-V",
                             "+30m", "-o", self.work.path("ben")).expect()
        self.assertRegex(done.err, CODE)
        self.assertEqual({name: stat.S_IMODE(self.work.path(name).stat().st_mode) for name in ("ben", "ben.pub")},
                         {"ben": 0o600, "ben.pub": 0o644})
        block = Block.of(done.out)
        self.assertEqual(block.text(), done.out)
        fields = Fields.of(block.request)
        self.assertEqual((fields.key, fields.principals, fields.hosts, fields.reason, len(fields.nonce)),
                         (blob(self.work.path("ben.pub")), [b"root", b"admin"], [b"web1", b"db1"], b"ben: 4711", 32))
        self.assertLess(abs(fields.time - time.time()), 60)
        self.assertTrue(keygen_verifies(self.work, self.work.path("ben.pub").read_text(), PROOF, block.proof, block.request))
        self.assertFalse(keygen_verifies(self.work, self.work.path("ben.pub").read_text(), PROOF, block.proof,
                                         block.request + b"x"))

    def test_every_kind_of_key_in_a_file_and_in_the_agent(self):
        agent = self.agent()
        for kind in ("ed25519", "ecdsa", "rsa"):
            key = self.key(kind, kind)
            self.work.run("ssh-add", "-q", key, env=agent.env).expect()
            fingerprint = self.work.run("ssh-keygen", "-l", "-f", key).expect().out.split()[1]
            for way in (["--key", key], ["--agent-key", kind], ["--agent-key", fingerprint]):
                with self.subTest(way):
                    block, _ = self.request(*way, env=agent.env)
                    self.assertEqual(Fields.of(block.request).key, blob(self.work.path(f"{kind}.pub")))
                    self.assertTrue(keygen_verifies(self.work, self.work.path(f"{kind}.pub").read_text(), PROOF, block.proof,
                                                    block.request))
        self.assertFalse(self.work.path("ben").exists())

    def test_a_key_on_a_token_by_its_handle_and_by_the_agent(self):
        token = self.token("bens")
        key = self.make_ca(token, "--application", "ssh:ben", folder="own")
        agent = self.agent(env=token.env)
        self.work.run("ssh-add", "-q", key, env=agent.env).expect()
        fingerprint = self.work.run("ssh-keygen", "-l", "-f", f"{key}.pub").expect().out.split()[1]
        for way in (["--key", key], ["--agent-key", fingerprint]):
            with self.subTest(way):
                block, _ = self.request(*way, env={**agent.env, **token.env})
                public = key.with_name("ca.pub").read_text()
                self.assertTrue(keygen_verifies(self.work, public, PROOF, block.proof, block.request))

    def test_what_is_refused_leaves_no_key(self):
        agent = self.agent()
        self.key("twin")
        self.key("twin2")
        for name in ("twin", "twin2"):
            self.work.run("ssh-keygen", "-q", "-c", "-C", "same", "-f", name).expect()
            self.work.run("ssh-add", "-q", name, env=agent.env).expect()
        open_key = self.work.write("open", self.work.path("twin").read_text(), mode=0o644)
        before = self.files()
        rows = [(["-n", "root"], 3, "root is named twice"), (["-n", "a b"], 3, "contains a comma or a blank"),
                (["-V", "always:forever"], 3, "unbounded validity is not allowed"), (["-V", "x"], 2, "-V"),
                (["--host", "a\u202eb"], 3, "invisible"), (["--key", "none"], 4, "none"), (["--key", open_key], 3, "others can read"),
                (["--key", "twin.pub"], 3, "twin.pub is a public key\n  name the key: --key twin"),
                (["--agent-key", "nobody"], 4, "does not hold"), (["--agent-key", "same"], 3, "several keys"),
                (["--agent-key", "same", "--key", "twin"], 2, "give one key")]
        for arguments, status, message in rows:
            with self.subTest(arguments):
                self.halligan(None, "request", "-n", "root", "-I", "x", *self.fresh("ben", arguments), *arguments,
                              env=agent.env).expect(status, out="", err=message)
                self.assertEqual(self.files(), before)
        self.halligan(None, "request", "-n", "root", "-I", "x", "--agent-key", "x").expect(4, err="SSH_AUTH_SOCK")
        self.halligan(None, "request", "-n", "root", "-I", "x", "-o", "twin").expect(3, err="twin exists")
        self.work.run("sh", "-c", 'exec "$0" request -n root -I x -o kept >/dev/full', harness.paths.HALLIGAN).expect(4)
        self.assertFalse(self.work.path("kept").exists())
        odd = self.work.run("sh", "-c", 'exec "$0" request -n root -I x --json -o "$(printf "b\\377n")"', harness.paths.HALLIGAN)
        self.assertIn("\\xff", json.loads(odd.expect().out)["key_file"])

    def test_a_key_with_a_passphrase_is_for_the_agent(self):
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", "locked").expect()
        fingerprint = self.work.run("ssh-keygen", "-l", "-f", "locked").expect().out.split()[1]
        done = self.halligan(None, "request", "-n", "root", "-I", "x", "--key", "locked").expect(3, out="")
        hint = re.search(r"(ssh-add locked), then (--agent-key \S+) instead", done.err)
        agent = self.agent()
        self.work.run(*hint[1].split(), env={**agent.env, **self.work.askpass("secret").env}).expect()
        self.assertEqual(hint[2].split()[1], fingerprint)
        block, _ = self.request(*hint[2].split(), env=agent.env)
        self.assertEqual(Fields.of(block.request).key, blob(self.work.path("locked.pub")))
        self.assertNotIn("ssh-keygen -p", done.err)

    def test_hints_are_of_the_option_that_was_given(self):
        self.request()
        done = self.halligan(None, "co-sign", "ben.request", "--key", "ben", "--max-age", "soon").expect(2, err="such as 30m")
        self.assertNotIn("-V", done.err)
        self.halligan(None, "request", "-n", "root", "-I", "x", "-V", "+2hours").expect(2, err="-V -5m:+60m")


class Sign(Requests):
    def setUp(self):
        super().setUp()
        self.authority()

    def test_request_code_sign(self):
        _, code = self.request("-V", "+30m", "--host", "web1")
        since = len(self.token_.records())
        done = self.sign("ben", "-n", "root,admin", "--code", code.lower().replace("-", " ").replace("0", "o"), "--json")
        shown = json.loads(done.expect().out)
        self.assertEqual(requests(self.token_, since), ["INIT", "getInfo", "getAssertion"])
        self.assertIn(f"Code        {code}", done.err)
        self.assertIn("Hosts       web1", done.err)
        self.assertEqual((shown["request"]["code"], shown["request"]["hosts"]), (code, ["web1"]))
        self.assertEqual((shown["key_id"], shown["principals"]), ("ben: incident 4711", ["root"]))
        listed = self.work.run("ssh-keygen", "-L", "-f", "ben-cert.pub").expect().out
        self.assertIn('Key ID: "ben: incident 4711"', listed)
        self.assertIn("                root\n", listed)
        self.assertEqual(self.inspect("ben-cert.pub")["key"]["fingerprint"],
                         self.work.run("ssh-keygen", "-l", "-f", "ben.pub").expect().out.split()[1])

    def test_it_is_answered_once(self):
        """Neither again within --max-age, nor with one co-signature more; what is in no ledger is not known."""
        self.request()
        first = self.sign("ben", "--json").expect()
        serial = json.loads(first.out)["serial"]
        certificate = self.work.path("ben-cert.pub").read_text()
        self.co_sign("ben", self.key("ann"), "co-signed").expect()
        since = len(self.token_.records())
        for name in ("ben", "co-signed"):
            done = self.sign(name, "--force").expect(1, out="", err=f"this request was answered already: record 1 of "
                                                                   f"{self.work.ledger_of(self.ca)}, serial {serial}")
            self.assertIn("ask for a new request", done.err)
        self.assertEqual(len(self.token_.records()), since)
        self.assertEqual(self.work.path("ben-cert.pub").read_text(), certificate)
        hint = re.search(r"with (halligan ledger show .*?), or ask", done.err)[1]
        shown = self.halligan(None, *hint.split()[1:], "--json").expect().out
        self.assertIn(certificate.split()[1], shown)
        self.request("--force")
        self.sign("ben", "--force").expect(0, out="record 2")
        self.sign("ben", "--force", "--no-ledger").expect(0, err="will not be recorded")

    def test_a_block_that_a_chat_has_mangled_and_that_comes_by_a_pipe(self):
        self.request()
        text = self.work.path("ben.request").read_text()
        mangled = "\r\n  " + text.replace("\n", "  \r\n") + "\n\n"
        self.halligan(self.token_, "sign", "--ca", self.ca, "--request", "-", stdin=mangled.encode()).expect()
        self.assertTrue(self.work.path("emergency-cert.pub").exists())

    def test_a_block_in_the_midst_of_a_mail_and_a_socket_for_stdin(self):
        self.request()
        text = self.work.path("ben.request").read_text()
        mail = "Hello Jo,\nplease sign:\n\n" + "".join(f"> > {line}\n" for line in text.splitlines()) + "\n-- \nBen\n"
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(mail.encode())
            theirs.shutdown(socket.SHUT_WR)
            self.work.run("sh", "-c", 'exec "$0" "$@" <&%d' % ours.fileno(), harness.paths.HALLIGAN, "sign", "--yes", "--ca", self.ca,
                          "--request", "-", env=self.token_.env, pass_fds=(ours.fileno(),)).expect()
        self.assertTrue(self.work.path("emergency-cert.pub").exists())
        self.work.write("quoted", mail)
        self.assertEqual(self.inspect("quoted")["kind"], "request")

    def test_pasted_at_a_terminal_it_ends_with_its_last_line(self):
        self.request()
        text = self.work.path("ben.request").read_text()
        argv = [harness.paths.HALLIGAN, "sign", "--ca", self.ca, "--request", "-"]
        with self.work.terminal(*argv, env=self.token_.env) as terminal:
            terminal.expect("paste the request, including its END line")
            # What stands behind the block is no answer to the question.
            terminal.type(text + "y\ny\n")
            terminal.expect(r"Did they read out [0-9A-Z-]{19}\? \[y/N\]")
            terminal.type("n\n")
            self.assertEqual(terminal.wait().status, 1)
        self.assertFalse(self.work.path("emergency-cert.pub").exists())

    def test_validity_is_what_both_allow(self):
        rows = [("+30m", "-5m:+10m", 600), ("+10m", "-5m:+60m", 600), ("+5h", None, 3600)]
        for number, (wished, allowed, left) in enumerate(rows):
            with self.subTest(wished):
                self.request("-V", wished, name=f"v{number}")
                self.sign(f"v{number}", *(["-V", allowed] if allowed else [])).expect()
                self.assertAlmostEqual(self.inspect(f"v{number}-cert.pub")["valid_before"] - time.time(), left, delta=30)
        self.request("-V", "+1h:+2h", name="late")
        self.sign("late", "-V", "-5m:+30m").expect(1, err="the requested validity does not overlap -V -5m:+30m")

    def test_requests_of_ssh_keygen(self):
        for kind, options in (("ed25519", ()), ("ecdsa", ("-Ohashalg=sha256",)), ("rsa", ())):
            with self.subTest(kind):
                self.forge(f"by-{kind}", self.key(kind, kind), options=options)
                self.sign(f"by-{kind}", "-n", "root").expect()

    def test_forgeries_cost_no_touch(self):
        key, other = self.key("honest"), self.key("other")
        now = int(time.time())
        rows = [
            ("account", {"principals": [b"root", b"backup"]}, 1, "the requested principal backup is not allowed by -n"),
            ("old", {"time": now - 3700}, 1, "too old"),
            ("future", {"time": now + 400}, 1, "from the future"),
            ("namespace", {"proof_space": "file"}, 1, "made for file"),
            ("co-sign-as-proof", {"proof_space": CO_SIGN}, 1, f"made for {CO_SIGN}"),
            ("stolen", {"key": blob(self.work.path("other.pub"))}, 1, "made by another key"),
            ("version", {"version": 2}, 3, "version 2 is not supported"),
            ("nonce", {"nonce": b"short"}, 3, "nonce of 5 bytes"),
            ("nobody", {"principals": []}, 3, "no principals"),
            ("comma", {"principals": [b"root,admin"]}, 3, "contains a comma"),
            ("newline", {"reason": b"a\nb"}, 3, "invisible"),
            ("bidi", {"reason": "a\u2066b".encode()}, 3, "invisible"),
            ("latin", {"reason": b"\xff"}, 3, "not UTF-8"),
            ("forever", {"before": 2**64 - 1}, 3, "unbounded validity is not allowed"),
            ("backwards", {"before": now - 400}, 3, "invalid validity or time"),
        ]
        asked = len(self.token_.records())
        for name, changes, status, message in rows:
            with self.subTest(name):
                self.forge(name, key, **changes)
                self.sign(name, "-n", "root,admin").expect(status, out="", err=message)
                self.assertFalse(self.work.path(f"{name}-cert.pub").exists())
        block = self.forge("bytes", key)
        for name, changed in (("flipped", Block(block.request.replace(b"forged", b"forgot"), block.proof, [])),
                              ("other-proof", Block(block.request, keygen_signs(self.work, other, PROOF, block.request), []))):
            with self.subTest(name):
                self.work.write(f"{name}.request", changed.text())
                self.sign(name).expect(1, out="")
        for name, text, message in (("junk", "junk", "not a request"), ("cut", block.text()[:-40], "truncated"),
                                    ("two", block.text() * 2, "more than one"), ("more", block.text().replace("-----END", "AAAA\n-----END"), "")):
            with self.subTest(name):
                self.work.write(f"{name}.request", text)
                self.sign(name).expect(3, out="", err=message)
        self.assertEqual(len(self.token_.records()), asked)
        self.sign("bytes").expect()

    def test_the_ca_s_own_key(self):
        self.request("--key", self.ca, env=self.token_.env, name="ca")
        self.sign("ca").expect(3, err="the CA's own")

    def test_another_request_has_another_code(self):
        self.request(name="mallory")
        _, code = self.request()
        self.sign("mallory", "--code", code).expect(1, err="not the request that was read out")
        self.sign("ben", "--code", code[:-1]).expect(2, err="15 characters")
        self.sign("ben", "--code", code[:-1] + "U").expect(2, err="--code: invalid character")
        self.sign("ben", "--code", code).expect()

    def test_usage(self):
        self.request()
        rows = [(["--request", "ben.request", "ben.pub"], "omit KEY.pub"), (["--request", "ben.request", "--host"], "--host"),
                (["--request", "ben.request", "--require", "2"], "--co-signers"), (["-I", "x", "-n", "root"], "KEY.pub is required"),
                (["-n", "root", "ben.pub"], "-I is required"), (["-I", "x", "ben.pub"], "missing option --principals"),
                (["-I", "x", "-n", "root", "ben.pub", "--code", "x"], "--code requires --request")]
        for arguments, message in rows:
            with self.subTest(arguments):
                self.halligan(self.token_, "sign", "--ca", self.ca, *arguments).expect(2, err=message)
        self.work.write("ben-cert.pub", "precious")
        self.sign("ben").expect(3, err="exists")


class CoSign(Requests):
    def setUp(self):
        super().setUp()
        self.authority()

    def allowed(self, *rows: tuple, name: str = "allowed"):
        return self.work.write(name, "# who may co-sign\n\n" + "".join(
            f"{person} {options}{self.work.path(key + '.pub').read_text()}" for person, key, options in rows))

    def test_two_custodians_and_the_judge(self):
        ann, cleo = self.key("ann"), self.key("cleo", "ecdsa")
        block, code = self.request()
        self.co_sign("ben", ann, "ben1", "--code", code).expect()
        once = Block.of(self.work.path("ben1.request").read_text())
        self.assertEqual((once.request, once.proof), (block.request, block.proof))
        self.assertTrue(keygen_verifies(self.work, self.work.path("ann.pub").read_text(), CO_SIGN, once.co_signatures[0],
                                        block.signed_part()))
        allowed = self.allowed(("ann", "ann", f'namespaces="file,{CO_SIGN}" '), ("cleo", "cleo", ""))
        self.sign("ben", "--co-signers", allowed).expect(1, err="0 of 1 co-signatures")
        self.sign("ben1", "--co-signers", allowed, "--require", "2").expect(1, err="1 of 2 co-signatures")
        # the second one by ssh-keygen
        twice = Block(once.request, once.proof, [*once.co_signatures,
                                                 keygen_signs(self.work, cleo, CO_SIGN, block.signed_part())])
        self.work.write("ben2.request", twice.text())
        shown = json.loads(self.sign("ben2", "--co-signers", allowed, "--require", "2", "--code", code, "--json").expect().out)
        self.assertEqual([each["person"] for each in shown["request"]["co_signers"]], ["ann", "cleo"])
        recorded = [json.loads(line) for line in self.work.ledger_of(self.ca).read_text().splitlines()][-1]
        self.assertEqual([line.split()[0] for line in recorded["co_signature"].splitlines()], ["ann", "cleo"])
        self.assertEqual(recorded["request"].strip(), self.work.path("ben2.request").read_text().strip())
        policy = self.policy(co_signers=2)
        self.sign("ben2", "--co-signers", allowed, "--policy", policy, "--force", "--ledger", "other").expect(0)
        self.sign("ben1", "--co-signers", allowed, "--policy", policy, "--force").expect(1, err="1 of 2 co-signatures")
        self.sign("ben2", "--policy", policy, "--force").expect(2, err="this CA requires 2 co-signatures\n  name the co-signers' file with --co-signers")
        self.halligan(self.token_, "mint", "--ca", self.ca, "-I", "x", "-n", "root", "-o", self.work.path("plain"), "--policy",
                      policy).expect(3, err="policy: co-signers: this CA requires a request with 2 co-signatures")

    def test_what_does_not_count(self):
        ann, ann2, mallory = self.key("ann"), self.key("ann2"), self.key("mallory")
        bens = self.key("bens")
        block, _ = self.request()
        sign_as = lambda key, message=None, space=CO_SIGN: keygen_signs(self.work, key, space, message or block.signed_part())
        allowed = self.allowed(("ann", "ann", ""), ("ann", "ann2", ""), ("ben", "ben", ""), ("ben", "bens", ""))
        rows = [
            ("own", [sign_as(self.work.path("ben"))], 1, "the requester's own"),
            ("own-other-key", [sign_as(bens)], 1, "the requester's own, with another key"),
            ("stranger", [sign_as(mallory)], 1, "not in the list"),
            ("stranger-besides", [sign_as(ann), sign_as(mallory)], 1, "not in the list"),
            ("proof-space", [sign_as(ann, space=PROOF)], 1, f"made for {PROOF}"),
            ("other-bytes", [sign_as(ann, block.request)], 1, "does not verify"),
            ("one-person", [sign_as(ann), sign_as(ann2)], 1, "1 of 2 co-signatures"),
            ("one-key", [sign_as(ann), sign_as(ann)], 1, "1 of 2 co-signatures"),
            ("too-many", [sign_as(ann)] * 17, 3, "17 co-signatures"),
        ]
        for name, signatures, status, message in rows:
            with self.subTest(name):
                self.work.write(f"{name}.request", Block(block.request, block.proof, signatures).text())
                self.sign(name, "--co-signers", allowed, "--require", "2").expect(status, out="", err=message)
        other, _ = self.request(name="other")
        self.work.write("moved.request", Block(other.request, other.proof, [sign_as(ann)]).text())
        self.sign("moved", "--co-signers", allowed).expect(1, err="does not verify")

    def test_who_may_not_co_sign(self):
        ann = self.key("ann")
        self.request()
        self.co_sign("ben", self.work.path("ben"), "x").expect(1, out="", err="a request cannot be co-signed with its own key")
        self.co_sign("ben", ann, "ben1").expect()
        self.co_sign("ben1", ann, "x").expect(1, err="co-signed already")
        self.co_sign("ben", ann, "x", "--code", "0000-0000-0000-0000").expect(1, err="not the request")
        agent = self.agent()
        self.work.run("ssh-add", "-q", ann, env=agent.env).expect()
        self.halligan(None, "co-sign", "ben.request", "--agent-key", "ann", env=agent.env).expect(out="BEGIN HALLIGAN")
        self.halligan(None, "co-sign", "ben.request").expect(2, err="give one key")

    def test_a_co_signed_request_as_json(self):
        ann, (block, code) = self.key("ann"), self.request()
        done = self.halligan(None, "co-sign", "ben.request", "--key", ann, "--json").expect()
        self.assertEqual(done.out.count("\n"), 1)
        shown = json.loads(done.out)
        fingerprint = self.work.run("ssh-keygen", "-l", "-f", "ben.pub").expect().out.split()[1]
        self.assertEqual((sorted(shown), shown["code"], shown["fingerprint"]), (["code", "fingerprint", "request"], code, fingerprint))
        signed = Block.of(shown["request"])
        self.assertEqual((signed.request, len(signed.co_signatures)), (block.request, 1))

    def test_lists_that_are_refused(self):
        self.key("ann")
        self.request()
        line = self.work.path("ann.pub").read_text()
        rows = [("ann cert-authority " + line, "key type cert-authority"), ('ann valid-before="20300101" ' + line, "options in front"),
                ('ann namespaces="file",valid-before="20300101" ' + line, "other than namespaces"), ("*@x " + line, "patterns"),
                ('ann namespaces="file" ' + line, "no signer for"), ("", "no signer for"), (line, "line 1"), ("ann\n", "line 1"),
                (f"ann {line}zoe {line}", "the same key as that of ann, under the name zoe"), ('ann namespaces="*@v1" ' + line, "a pattern")]
        for text, message in rows:
            with self.subTest(text):
                self.sign("ben", "--co-signers", self.work.write("list", text)).expect(3, err=message)

    def test_namespaces_as_ssh_keygen_reads_them(self):
        ann, (block, _) = self.key("ann"), self.request()
        self.co_sign("ben", ann, "ben1").expect()
        signature = Block.of(self.work.path("ben1.request").read_text()).co_signatures[0]
        seen = set()
        for names in (CO_SIGN, "*", f"file,{CO_SIGN}", "file,*", "file", f"!{CO_SIGN},*", f"*,!{CO_SIGN}", "!file,*", "halligan-*",
                      f"{CO_SIGN[:-1]}?"):
            with self.subTest(names):
                options = f'namespaces="{names}" '
                judged = keygen_verifies(self.work, self.work.path("ann.pub").read_text(), CO_SIGN, signature, block.signed_part(),
                                         options)
                done = self.sign("ben1", "--co-signers", self.allowed(("ann", "ann", options)), "--force", "--no-ledger")
                # We may refuse what ssh-keygen allows, but never the reverse.
                seen.add((judged, done.status))
                self.assertIn((judged, done.status), {(True, 0), (True, 3), (False, 3)}, done.report())
        self.assertEqual(len(seen), 3)

    def test_one_person_under_two_names(self):
        zoe, zoe2 = self.key("zoe"), self.key("zoe2")
        self.request()
        self.co_sign("ben", zoe, "ben1").expect()
        self.co_sign("ben1", zoe2, "ben2").expect()
        allowed = self.allowed(("ann", "zoe", ""), ("zoe", "zoe", ""), ("zoe", "zoe2", ""))
        self.sign("ben2", "--co-signers", allowed, "--require", "2").expect(3, out="", err="line 4: the same key as that of ann")

    def test_a_person_says_yes(self):
        ann = self.key("ann")
        self.request()
        self.work.run(paths.HALLIGAN, "co-sign", "--key", ann, "ben.request").expect(5, out="", err="confirm with --yes")
        # Read from a pipe, so that the question comes only when the terminal has echoed what was typed before it.
        pipe = self.work.path("pipe")
        os.mkfifo(pipe)
        command = [paths.HALLIGAN, "co-sign", "--key", ann, pipe]
        for typed_before, answer, status in (("", "n\n", 1), ("y\n", "\n", 1), ("", "y\n", 0)):
            with self.subTest(answer), self.work.terminal(*command) as terminal:
                if typed_before:
                    terminal.type(typed_before)
                    terminal.expect(typed_before.strip())
                else:
                    terminal.expect(f"waiting for something to be written to {pipe}")
                pipe.write_bytes(self.work.path("ben.request").read_bytes())
                terminal.expect(r"Co-sign this request\? \[y/N\] ")
                terminal.type(answer)
                done = terminal.wait(10)
                self.assertEqual(done.status, status)
                self.assertEqual("BEGIN HALLIGAN" in done.out, status == 0)
                self.assertIn("Key ID      ben: incident 4711", done.out.split("Co-sign this")[0])


if __name__ == "__main__":
    harness.main()
