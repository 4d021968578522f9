"""halligan drill at real sshds: what opened, what did not, who noticed; the record, and when the next one is due."""

import hashlib
import html.parser
import json
import os
import re
import socket

from markdown_it import MarkdownIt

import harness
from harness import paths
from harness.drill import ACCEPTED, DrillCase, Listener, reseal
from harness.work import USER, need


class Elements(html.parser.HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, text: str):
        super().__init__()
        self.names, self.text, self.attributes = [], "", []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


class Drill(DrillCase):
    def test_one_up_one_distrusting_one_unreachable_one_whose_alert_does_not_ring(self):
        nowhere = socket.socket()  # bound, and nobody listens
        self.addCleanup(nowhere.close)
        nowhere.bind(("127.0.0.1", 0))
        self.hosts["gone"] = type("Gone", (), {"port": nowhere.getsockname()[1]})
        up, distrusting, silent = self.host("up"), self.host("distrusting", ""), self.host("silent")
        check = f'env | grep ^HALLIGAN_DRILL >>{self.work.root}/asked; [ "$HALLIGAN_DRILL_HOST" = up ]'
        drill = self.drill("gone", "distrusting", "silent", "up", "--witness", "Zo\u00eb", "--approval", "CHG-17", "--seal", "0042", "--new-seal",
                           "0043", "--finding", "label the bag (ann, Friday)", "--operator", "ann", "--reason", "it is time",
                           alert=("--alert-check", check), status=1)
        self.assertEqual(self.outcomes(drill), {"gone": ("unreachable", "not-asked"), "distrusting": ("refused", "not-asked"),
                                                "silent": ("opened", "missing"), "up": ("opened", "arrived")})
        self.assertEqual((drill["passed"], drill["drill"], drill["operator"], drill["witness"], drill["approval"], drill["reason"]),
                         (False, "quarterly", "ann", "Zo\u00eb", "CHG-17", "it is time"))
        self.assertEqual((drill["seals"], drill["new_seals"], drill["findings"]), (["0042"], ["0043"], ["label the bag (ann, Friday)"]))
        by_name = {each["host"]: each for each in drill["hosts"]}
        self.assertIn("nothing listens there", by_name["gone"]["detail"])
        self.assertIn("does not trust this CA", by_name["distrusting"]["detail"])
        self.assertEqual([each["step"] for each in by_name["up"]["steps"]], ["connect", "exchange", "login", "proof", "alert"])
        self.assertEqual([each["step"] for each in by_name["distrusting"]["steps"]], ["connect", "exchange", "failure"])
        self.assertEqual([each["step"] for each in by_name["gone"]["steps"]], ["failure"])
        for host in by_name.values():
            places = [each["began"] for each in host["steps"]]
            self.assertEqual(places, sorted(places))
        self.assertEqual(by_name["up"]["sshd"], self.banner(up))
        self.assertEqual([sshd.daemon.text().count(ACCEPTED) for sshd in (up, silent, distrusting)], [1, 1, 0])
        asked = self.work.path("asked").read_text()
        self.assertEqual(re.findall("HALLIGAN_DRILL_HOST=(.*)", asked), ["silent", "up"])
        self.assertEqual(set(re.findall("HALLIGAN_DRILL_SERIAL=(.*)", asked)), {str(drill["serial"])})
        text = self.halligan("drill", "report").expect(0).out
        for words in ("FAILED: 2 of 4 hosts opened, 1 alert missing\n", "opened, alert missing\n", "Witness     Zo\u00eb\n"):
            self.assertIn(words, text)
        self.assertEqual(self.status(1)["state"], "failed")
        print(f"drilled\t4 hosts: {', '.join(f'{name} {outcome} {alert}' for name, (outcome, alert) in self.outcomes(drill).items())}", flush=True)

    def test_the_certificate_allows_nothing_but_the_proof(self):
        sshd = self.host("up")
        drill = self.drill("up")
        ledger = next(self.work.path("state").glob("halligan/ca-*/ca.ledger"))
        line = json.loads(ledger.read_text().splitlines()[-1])["certificate"]
        shown = self.work.run("ssh-keygen", "-L", "-f", self.work.write("drilled-cert.pub", line + "\n")).expect().out
        self.assertIn("force-command echo \"halligan-drill $SSH_ORIGINAL_COMMAND $SSH_CONNECTION\"\n", shown)
        self.assertRegex(shown, r"Extensions: \(none\)")
        self.assertRegex(shown, rf"Principals: *\n +{USER}\n")
        self.assertIn(f"Serial: {drill['serial']}\n", shown)
        self.assertLessEqual(drill["valid_before"] - drill["valid_after"], 20 * 60)
        sshd.daemon.wait_for(f"(serial {drill['serial']})")

    def test_a_shared_connection_is_not_used(self):
        sshd = self.host("up")
        control = self.work.path("control")
        for _ in range(2):
            self.drill("up", lines=f"Host *\n  ControlMaster auto\n  ControlPath {control}\n  ControlPersist 60\n  StrictHostKeyChecking no\n")
        self.assertFalse(control.exists())
        self.assertEqual(sshd.daemon.text().count(ACCEPTED), 2)

    def test_hosts_that_answer_otherwise(self):
        self.host("own", f"TrustedUserCAKeys {self.work.root}/ca.pub\nForceCommand echo welcome")
        self.host("other-key")
        self.host("unknown-key")
        self.hosts["mute"] = Listener(self, b"")
        self.hosts["web"] = Listener(self, b"HTTP/1.0 200 OK\r\n\r\n")
        self.hosts["busy"] = Listener(self, b"Not allowed at this time\r\n", ends=True)
        self.host("up")
        other = self.hosts["own"].known_hosts.read_text().split(" ", 1)[1]
        self.hosts["other-key"].known_hosts.write_text(f"[127.0.0.1]:{self.hosts['other-key'].port} {other}")
        self.hosts["unknown-key"].known_hosts.write_text("")
        drill = self.drill("own", "other-key", "unknown-key", "mute", "web", "busy", "up", "--timeout", "20", lines="Host mute web\n  ConnectTimeout 2\n"
                           "Host unknown-key\n  StrictHostKeyChecking no\n", status=1)
        outcomes = {host: outcome for host, (outcome, _) in self.outcomes(drill).items()}
        self.assertEqual(outcomes, {"own": "no-proof", "other-key": "host-key", "unknown-key": "host-key", "mute": "unreachable",
                                    "web": "unreachable", "busy": "throttled", "up": "opened"})
        self.assertIn("something else answered: welcome", drill["hosts"][0]["detail"])
        self.assertNotIn(ACCEPTED, self.hosts["other-key"].daemon.text() + self.hosts["unknown-key"].daemon.text())

    def test_hostile_names_and_greetings(self):
        self.host("up")
        self.hosts["liar"] = Listener(self, b"SSH-2.0-OpenSSH_9.9\x1b[31m<script>alert(1)</script>\r\n")
        pwned = self.work.path("pwned")
        for name in (f"-oProxyCommand=touch {pwned}", "", f"a;touch {pwned}", f"$(touch {pwned})", "x" * 300, "a\nb"):
            with self.subTest(name):
                self.halligan(*self.argv("--no-alert", "up", name)).expect(2, out="")
        for option in ("--witness", "--operator", "--approval", "--seal", "--finding"):
            self.halligan(*self.argv("--no-alert", "up", option, "a\x1b[2Jb")).expect(2, err=option)
            self.halligan(*self.argv("--no-alert", "up", option, "x" * 257)).expect(2, err=option)
        self.assertEqual((pwned.exists(), self.work.path("state").exists()), (False, False), "nothing was run or signed")
        evil = "<img src=x onerror=alert(1)>&\"'"
        self.drill("up", "liar", "--witness", evil, "--timeout", "3", alert=("--alert-check", "exit 0"), status=1)
        page = self.work.path("page.html")
        done = self.halligan("drill", "report", "--html", page).expect(0)
        self.assertNotIn("\x1b", done.out + page.read_text())
        elements = Elements(page.read_text())
        self.assertIn(evil, elements.text)
        self.assertEqual(set(elements.names) & {"script", "img", "link", "iframe"}, set())
        self.assertEqual([name for name, _ in elements.attributes if name.startswith("on") or name in ("src", "href")], [])
        self.assertEqual(elements.names.count("svg"), 3)  # the certificate and two hosts
        self.assertIn("prefers-color-scheme: dark", page.read_text())
        print("drilled\t6 hostile names and 10 texts refused before anything was signed; the page has no script", flush=True)

    def test_markdown_shows_each_text_as_it_is(self):
        self.host("up")
        self.hosts["liar"] = Listener(self, b"SSH-2.0-`OpenSSH_9.9` **passed** [a](https://evil.example)\r\n")
        texts = ["# Drill 9 of today: passed", "- good", "1. a", "1) a", "+ a", "> a", "---", "===", "**b** _c_ `d` ~~e~~", "``f ` g``", "[h](https://i.example)",
                 "![j](k)", "<b>l</b>", "<!-- m", "<https://n.example>", "&lt;&amp;&#42;", "back\\slash \\*", "o  ", "    p", "[q]: r", "| s | t |", "ends in \\", "\u00eb"]
        self.drill("up", "liar", "--timeout", "3", *(word for each in texts for word in ("--finding", each)), alert=("--alert-check", "exit 0"), status=1)
        file = self.work.path("drills.md")
        self.halligan("drill", "report", "--markdown", file).expect(0)
        tokens = MarkdownIt("commonmark").parse(file.read_text())
        self.assertEqual([f"{token.tag} {after.content.split(' of ')[0]}" for token, after in zip(tokens, tokens[1:]) if token.type == "heading_open"],
                         ["h1 Emergency drills", "h2 Drill 0", "h3 Hosts", "h3 Record"])
        self.assertEqual({token.type.removesuffix("_open").removesuffix("_close") for token in tokens},
                         {"heading", "inline", "paragraph", "bullet_list", "list_item"})
        inlines = [token.children for token in tokens if token.type == "inline"]
        self.assertEqual({part.type for parts in inlines for part in parts}, {"text", "strong_open", "strong_close", "code_inline"})
        shown = ["".join(part.content for part in parts) for parts in inlines]
        self.assertEqual([text.removeprefix("Finding: ").strip() for text in shown if text.startswith("Finding: ")], [each.strip() for each in texts])
        self.assertTrue(any("`OpenSSH_9.9` **passed** [a](https://evil.example)" in text for text in shown), shown)
        self.assertTrue(any(re.match(r"up: opened, alert arrived$", text) for text in shown), shown)
        print(f"drilled\t{len(texts)} texts that could be markup, each shown as it is by another reader of Markdown", flush=True)

    def test_a_changed_record_is_found_and_nothing_is_signed_then(self):
        self.host("up")
        for _ in range(3):
            self.drill("up")
        whole = self.records()
        first, second, third = (json.loads(line) for line in whole)
        self.assertEqual([second["prev"], third["prev"]], [hashlib.sha256(line.encode()).hexdigest() for line in whole[:2]])
        self.assertEqual(reseal(second), whole[1])
        self.assertEqual(self.status()["head"], hashlib.sha256(whole[2].encode()).hexdigest())
        ledger = next(self.work.path("state").glob("halligan/ca-*/ca.ledger"))
        before = ledger.read_text()
        rows = {"a byte": [whole[0], whole[1].replace('"opened"', '"openeD"'), whole[2]],
                "forged and sealed": [whole[0], reseal({**second, "witness": "ben"}), whole[2]],
                "missing": [whole[0], whole[2]], "swapped": [whole[1], whole[0], whole[2]], "first missing": whole[1:],
                "twice": [whole[0], whole[0], *whole[1:]], "not canonical": [whole[0], reseal({**second, "more": 1}), whole[2]],
                "a text that deceives": [reseal({**first, "witness": "a\u202eb"})], "no record": ["{}"], "empty line": [whole[0], ""]}
        for name, lines in rows.items():
            with self.subTest(name):
                self.file().write_text("\n".join(lines) + "\n")
                self.halligan("drill", "status").expect(3, out="", err="ca.drills: record ")
                self.halligan("drill", "report").expect(3, out="")
                self.halligan(*self.argv("--no-alert", "up")).expect(3, out="")
                self.assertEqual(ledger.read_text(), before)
                doctor = [json.loads(line) for line in self.halligan("doctor", "--json").out.splitlines()]
                self.assertEqual([each["verdict"] for each in doctor if each["name"] == "drill"], ["wrong"])
        self.file().write_text("\n".join(whole))  # a crash
        self.halligan("drill", "status").expect(3, err="record 2: the line is cut off")
        self.file().write_text("\n".join(whole) + "\n")
        self.drill("up")
        self.assertEqual(len(self.records()), 4)
        print(f"drilled\t{len(rows) + 1} ways to change the record, each found before anything was signed", flush=True)

    def test_when_the_next_one_is_due(self):
        self.assertEqual(self.status(1), {"state": "never", "good": False, "changes": [], "hosts": []})
        self.halligan("drill", "report").expect(1, err="there was no drill")
        self.host("up")
        drill = self.drill("up", "--kind", "annual")
        self.assertEqual((drill["passed"], drill["next_due"] - drill["ended"]), (True, 90 * 86400))
        self.assertEqual(self.status()["state"], "fine")
        line = json.loads(self.records()[0])
        for left, state, status in ((15 * 86400, "fine", 0), (14 * 86400, "soon", 0), (60, "soon", 0), (-1, "stale", 1)):
            with self.subTest(left):
                self.file().write_text(reseal({**line, "next_due": drill["ended"] + left + (5 if left > 86400 * 14 else 0)}) + "\n")
                self.assertEqual(self.status(status)["state"], state)
                doctor = [json.loads(each) for each in self.halligan("doctor", "--json").out.splitlines()]
                row = next(each for each in doctor if each["name"] == "drill")
                self.assertEqual((row["verdict"], row["mend"]), ("fine", "") if status == 0 else ("wrong", "halligan drill run up"))
        self.file().write_text(reseal(line) + "\n")

    def test_a_new_ca_or_principal_makes_one_due(self):
        self.host("up")
        folder = self.work.path("config/halligan")
        folder.mkdir(parents=True)
        text = f"CA blue\nPublicKey {self.work.root}/ca.pub\nPrincipals {USER},admin\n"
        (folder / "config").write_text(text)
        drill = self.drill("up")
        self.assertEqual((drill["principals"], drill["all_principals"], len(drill["cas"])), ([USER, "admin"], sorted([USER, "admin"]), 1))
        self.assertEqual(self.status()["state"], "fine")
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.work.path("red")).expect()
        (folder / "config").write_text(text + f"CA red\nPublicKey {self.work.root}/red.pub\n")
        status = self.status(1)
        self.assertEqual((status["state"], len(status["changes"])), ("changed", 1))
        self.assertRegex(status["changes"][0], r"^new CA SHA256:")
        (folder / "config").write_text(text.replace(",admin", ",ops"))
        self.assertEqual(self.status(1)["changes"], ["new principal ops", "principal admin is gone"])
        (folder / "config").write_text(text)
        self.assertEqual(self.status()["state"], "fine")

    def test_a_person_is_asked_for_the_alert(self):
        self.host("one")
        self.host("two")
        self.halligan(*self.argv("one")).expect(5, out="", err="cannot ask whether the alert arrived")
        self.assertFalse(self.work.path("state").exists())
        done = self.work.converse(need(paths.HALLIGAN), *self.argv("one", "two"), env=self.env,
                                  answers=[("login to one arrive\\? \\[y/N\\] ", "y"), ("login to two arrive\\? \\[y/N\\] ", "n")])
        self.assertEqual(done.status, 1)
        record = json.loads(self.records()[0])
        self.assertEqual(self.outcomes(record), {"one": ("opened", "arrived"), "two": ("opened", "missing")})

    def test_a_record_is_its_owner_s(self):
        self.host("up")
        self.drill("up")
        self.assertEqual(self.file().stat().st_mode & 0o777, 0o600)
        os.chmod(self.file(), 0o666)
        self.halligan("drill", "status").expect(3, out="")
        self.halligan(*self.argv("--no-alert", "up")).expect(3, out="")


if __name__ == "__main__":
    harness.main()
