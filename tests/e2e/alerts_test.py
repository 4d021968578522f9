"""runbooks/alerts against real answers of halligan prove: which alert rings in which state, by promtool; and what a plugin ends with.
Against real logs of sshd: a login by the emergency CA is told of by each logger, and nothing else is."""

import os
import pathlib
import re
import shutil
import socket
import time

import harness
from harness import paths
from harness.work import USER
from prove_world import ProveWorld

ALERTS = paths.SOURCE / "runbooks/alerts"
RULES = ALERTS / "prometheus.yml"
LOGGERS = paths.SOURCE / "build/loggers"
WRITER = paths.SOURCE / "build/journal-remote/usr/lib/systemd/systemd-journal-remote"
_SAMPLE = re.compile(r"^(\w+)(\{.*\})? (\S+)$")


def samples(text: str) -> list[tuple[str, str, float]]:
    found = [_SAMPLE.match(line) for line in text.splitlines() if line and not line.startswith("#")]
    return [(each[1], each[2] or "", float(each[3])) for each in found]


class Alerts(ProveWorld):
    """Each state is a text that prove wrote about a real sshd."""

    def states(self) -> dict[str, tuple[str, set[str]]]:
        """Name → what prove wrote, and the alerts that it has to ring. A counter grows by one in ten minutes, or is 0."""
        self.make("--revoked")
        revoked = self.work.path("canaries.pub").read_text().splitlines()[1]
        self.work.write("revoked-cert.pub", revoked + "\n")
        self.halligan("revoke", "make", "--ca", self.work.path("ca-a.pub"), "--certificate", self.work.path("revoked-cert.pub"),
                      "-o", self.work.path("krl")).expect()
        good = self.sshd(f"{self.trust('ca-a')}\nRevokedKeys {self.work.path('krl')}", name="good")
        open_, shut = self.sshd(self.trust("ca-a"), name="open"), self.sshd(self.trust("stranger"), name="shut")
        self.know(good, open_, shut)
        def written(port: int, status: int) -> str:
            self.prove(f"127.0.0.1:{port}", "--prometheus", self.work.path("m.prom"), "--timeout", "5", status=status)
            return self.work.path("m.prom").read_text()
        well = written(good.port, 0)
        open_text = written(open_.port, 1)
        shut_text = written(shut.port, 1)
        gone = good.port
        good.daemon.stop()
        return {"good": (well, {"EmergencyAccessUnchecked"}),  # without a snapshot
                "a revoked canary is accepted": (open_text, {"RevocationDoesNotWork", "EmergencyAccessUnchecked"}),
                "refused": (shut_text, {"EmergencyAccessRefused"}),
                "unreachable": (written(gone, 4), {"EmergencyAccessUnknown"}),
                "not asked": ("", {"EmergencyAccessNotAsked"}),
                "the CA is used": (well + "halligan_emergency_logins_total 1\n", {"EmergencyCaUsed", "EmergencyAccessUnchecked"}),
                "the CA is not used": (well + "halligan_emergency_logins_total 0\n", {"EmergencyAccessUnchecked"}),
                "grade 2": (re.sub(r"(halligan_prove_grade.*) 1$", r"\1 2", well, flags=re.M), set()),
                # As prove writes it with a snapshot, which e2e.prove_grades has.
                "refused by its snapshot": (re.sub(r'(halligan_prove_good\{.*canary="ordinary"\}) 1$', r"\1 0", well, flags=re.M),
                                            {"EmergencyAccessRefused"}),
                "an old snapshot": (well + f"halligan_prove_snapshot_timestamp_seconds{{host=\"x\"}} {self.finished(well) - 26 * 86400:.0f}\n",
                                    {"EmergencySnapshotAges", "EmergencyAccessUnchecked"}),
                "an old drill": (well + f"halligan_prove_drill_timestamp_seconds{{host=\"x\",account=\"y\"}} {self.finished(well) - 81 * 86400:.0f}\n",
                                 {"EmergencyDrillAges", "EmergencyAccessUnchecked"}),
                "an old canary": (re.sub(r"(halligan_prove_canary_expires_timestamp_seconds.*) \S+$",
                                         rf"\1 {self.finished(well) + 29 * 86400:.0f}", well, flags=re.M),
                                  {"EmergencyCanaryExpires", "EmergencyAccessUnchecked"})}

    @staticmethod
    def finished(text: str) -> float:
        return next(value for name, _, value in samples(text) if name == "halligan_prove_finished_timestamp_seconds")

    def test_each_state_rings_its_alerts_and_no_others(self):
        states = self.states()
        rules = RULES.read_text()
        alerts = set(re.findall(r"- alert: (\w+)", rules))
        self.assertEqual(set().union(*(ringing for _, ringing in states.values())), alerts)
        # With or without promtool: what the rules name is written.
        written = {name for text, _ in states.values() for name, _, _ in samples(text)}
        named = set(re.findall(r"halligan_\w+", rules)) - {"halligan_prove"}
        self.assertEqual(named - written, set())
        labels = set(re.findall(r"(\w+)=", "".join(labels for text, _ in states.values() for _, labels, _ in samples(text))))
        self.assertLessEqual(set(re.findall(r"\$labels\.(\w+)", rules)) - {"instance"} | set(re.findall(r"\{(\w+)=", rules)), labels)
        readme = (ALERTS / "README.md").read_text()
        self.assertEqual(set(re.findall(r"^\| (\w+) \|", readme, re.M)) - {"file", "alert"}, alerts)
        for page in re.findall(r"runbook: (\S+)", rules):
            self.assertTrue((ALERTS.parent / page).exists(), page)
        if promtool := os.environ.get("PROMTOOL") or shutil.which("promtool"):
            self.judged_by(promtool, states, alerts)

    def judged_by(self, promtool: str, states, alerts) -> None:
        """Two days of each state, in which Prometheus' clock begins at 0."""
        shutil.copy(RULES, self.work.path("rules.yml"))
        tests = ["rule_files: [rules.yml]", "evaluation_interval: 10m", "tests:"]
        for name, (text, ringing) in states.items():
            tests += [f"  - name: {name}", "    interval: 10m", "    input_series:" if text else "    input_series: []"]
            for metric, labels, value in samples(text):
                time = metric.endswith("_timestamp_seconds")
                start = value - self.finished(text) if time else value
                step = 600 if metric == "halligan_prove_finished_timestamp_seconds" else value if metric.endswith("_total") else 0
                tests += [f"      - series: '{metric}{labels}'", f"        values: '{start:.0f}+{step:.0f}x300'"]
            tests.append("    promql_expr_test:")
            for alert in sorted(alerts):
                tests += [f"      - expr: count(ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"}}) > bool 0", "        eval_time: 47h",
                          "        exp_samples: " + ("[{labels: '{}', value: 1}]" if alert in ringing else "[]")]
        self.work.write("tests.yml", "\n".join(tests) + "\n")
        self.work.run(promtool, "check", "rules", "rules.yml").expect()
        self.work.run(promtool, "test", "rules", "tests.yml").expect()

    def test_the_plugin(self):
        self.make()
        good, shut = self.sshd(self.trust("ca-a"), name="good"), self.sshd(self.trust("stranger"), name="shut")
        self.know(good, shut)
        (binaries := self.work.path("bin")).mkdir()
        (binaries / "halligan").symlink_to(paths.HALLIGAN)
        self.env["PATH"] = f"{binaries}:{os.environ['PATH']}"
        for port, status in ((good.port, 0), (shut.port, 2), (1, 3)):
            hosts = self.work.write("hosts", f"127.0.0.1:{port}\n")
            done = self.work.run(ALERTS / "nagios", hosts, "--canaries", self.work.path("canaries.pub"), "--known-hosts", self.known, env=self.env)
            done.expect(status)
            self.assertRegex(done.out.splitlines()[0], "^1 answers of 1 hosts")
        self.work.run(ALERTS / "nagios", self.work.path("absent"), env=self.env).expect(3)
        # cron(5) has five fields, a user and one line.
        line = (ALERTS / "cron").read_text().splitlines()[-1]
        self.assertRegex(line, r"^\S+ \S+ \S+ \S+ \S+ halligan cd && halligan prove ")
        self.assertNotIn("%", line)
        self.work.run("sh", "-n", "-c", line.split(" halligan ", 1)[1]).expect()


class Use(ProveWorld):
    """What sshd writes of a login by the emergency CA, and of all that resembles one."""

    def setUp(self):
        super().setUp()
        self.fingerprint = self.work.run("ssh-keygen", "-l", "-f", self.work.path("ca-a.pub")).expect().out.split()[1]
        sshd = self.sshd(self.trust("ca-a", "stranger") + "\nLogLevel VERBOSE")
        self.make()
        self.know(sshd)
        self.prove(f"127.0.0.1:{sshd.port}")
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.work.path("u")).expect()
        # A key ID ends as the line of a login by the emergency CA would.
        for ca, key_id in (("stranger", f"x (serial 1) CA ED25519 {self.fingerprint}"), ("ca-a", "jo: incident 4711")):
            self.work.run("ssh-keygen", "-q", "-s", self.work.path(ca), "-I", key_id, "-n", USER, "-V", "-5m:+5m", self.work.path("u.pub")).expect()
            sshd.login(lines=f"  IdentityFile {self.work.path('u')}")
        sshd.daemon.wait_for("ID jo: incident 4711")
        self.lines = [line for line in sshd.daemon.text().splitlines() if line and not line.startswith("debug")]
        self.wanted = [line for line in self.lines if line.startswith("Accepted publickey") and "jo: incident" in line]
        self.assertEqual(len(self.wanted), 1, self.lines)
        self.assertGreaterEqual(sum(self.fingerprint in line for line in self.lines), 4, self.lines)

    def sample(self, name: str) -> str:
        """With the fingerprint of the CA in its place, as the sample says."""
        digits = self.fingerprint.removeprefix("SHA256:").replace("+", "[+]")
        return (ALERTS / name).read_text().replace("BLUE", digits)

    def test_rsyslog(self):
        lines = [*((sender, line) for sender in ("sshd", "sshd-session") for line in self.lines), ("logger", self.wanted[0]), ("end", "end")]
        found, end = self.work.path("emergency.log"), self.work.path("end.log")
        rule = self.sample("rsyslog.conf").replace("/var/log/emergency-ca.log", str(found))
        modules = next(LOGGERS.glob("usr/lib/*/rsyslog"))
        config = self.work.write("rsyslog.conf", f'module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="{self.work.path("log")}")\n'
                                 f'{rule}\nif $programname == "end" then action(type="omfile" file="{end}")\n')
        program = LOGGERS / "usr/sbin/rsyslogd"
        self.work.run(program, "-N1", "-M", modules, "-f", config).expect()
        self.work.daemon("rsyslogd", [program, "-n", "-M", modules, "-f", config, "-i", self.work.path("rsyslog.pid")])
        harness.until(self.work.path("log").exists, "the socket of rsyslogd")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.connect(str(self.work.path("log")))
            for sender, line in lines:
                sock.send(f"<38>{time.strftime('%b %d %H:%M:%S')} {sender}[71]: {line}".encode())
        harness.until(end.exists, "rsyslogd to have read all")
        self.assertEqual([line.partition("]: ")[2].strip() for line in found.read_text().splitlines()], self.wanted * 2)

    def test_fail2ban(self):
        for name in ("filter.d", "jail.d"):
            self.work.path(f"f2b/{name}").mkdir(parents=True)
        shutil.copy(LOGGERS / "etc/fail2ban/filter.d/common.conf", self.work.path("f2b/filter.d"))
        filter_file = self.work.write("f2b/filter.d/emergency-ca.conf", self.sample("fail2ban/filter.d/emergency-ca.conf"))
        now = time.strftime("%b %d %H:%M:%S")
        log = self.work.write("auth.log", "".join(f"{now} web1 {sender}[71]: {line}\n" for sender in ("sshd", "sshd-session") for line in self.lines)
                              + f"{now} web1 other[71]: {self.wanted[0]}\n")
        done = self.work.run("/usr/bin/python3", "-B", LOGGERS / "usr/bin/fail2ban-regex", "--print-all-matched", log, filter_file,
                             env={"PYTHONPATH": str(LOGGERS / "usr/lib/python3/dist-packages")}).expect()
        matched = re.findall(r"^\|  .*?\]: (.*)$", done.out.partition("Matched line(s)")[2], re.M)
        self.assertEqual(matched, self.wanted * 2, done.out)
        jail = (ALERTS / "fail2ban/jail.d/emergency-ca.conf").read_text()
        action = re.search(r"^action = (\w+)\[", jail, re.M)[1]
        self.assertTrue((LOGGERS / f"etc/fail2ban/action.d/{action}.conf").exists(), action)
        self.assertNotIn("actionban = ip", (LOGGERS / f"etc/fail2ban/action.d/{action}.conf").read_text())

    def journal(self, number: int, *entries: tuple[str, str]) -> None:
        """One more file of the journal: (program, message)."""
        text = "".join(f"__REALTIME_TIMESTAMP={time.time_ns() // 1000}\n__MONOTONIC_TIMESTAMP={number}\n_BOOT_ID={'b' * 32}\n_HOSTNAME=web1\n"
                       f"_COMM={program}\n_PID=71\nSYSLOG_IDENTIFIER=sshd\nMESSAGE={line}\n\n" for program, line in entries)
        self.work.run(WRITER, "-o", self.work.path(f"journal/{number}.journal"), "-", stdin=text.encode()).expect()

    def test_the_journal(self):
        (folder := self.work.path("journal")).mkdir()
        (binaries := self.work.path("bin")).mkdir()
        # This computer's journal is the test's.
        self.work.write("bin/journalctl", f'#!/bin/sh\nexec {shutil.which("journalctl")} --directory {folder} "$@"\n').chmod(0o755)
        env = {"PATH": f"{binaries}:{os.environ['PATH']}", "STATE_DIRECTORY": str(self.work.path("logins"))}
        metrics = self.work.path("logins.prom")

        def run(status: int) -> list[str]:
            done = self.work.run(ALERTS / "emergency-logins", self.work.path("ca-a.pub"), metrics, env=env).expect(status)
            return [line.partition("]: ")[2] for line in done.out.splitlines()]

        self.work.run(ALERTS / "emergency-logins", self.work.path("ca-a.pub"), env=env).expect(3, err="the journal cannot be read")
        self.journal(0, *(("sshd", line) for line in self.lines), ("cron", "the last message is not of sshd"))
        self.assertEqual(run(0), [])  # before the first run
        # sshd has said nothing before.
        fresh = {**env, "STATE_DIRECTORY": str(self.work.path("fresh"))}
        shutil.move(self.work.path("journal/0.journal"), self.work.path("0.journal"))
        self.journal(1, ("cron", "no sshd yet"))
        self.work.run(ALERTS / "emergency-logins", self.work.path("ca-a.pub"), env=fresh).expect(0)
        self.journal(2, ("sshd", self.wanted[0]))
        self.work.run(ALERTS / "emergency-logins", self.work.path("ca-a.pub"), env=fresh).expect(1, out=self.wanted[0])
        (folder / "2.journal").unlink()
        shutil.move(self.work.path("0.journal"), self.work.path("journal/0.journal"))
        self.journal(2, *((program, line) for program in ("sshd", "sshd-session", "logger") for line in self.lines))
        self.assertEqual(run(1), self.wanted * 2)
        self.assertEqual(metrics.read_text(), "halligan_emergency_logins_total 2\n")
        self.assertEqual(run(0), [])
        self.journal(3, ("sshd", self.wanted[0]))
        self.assertEqual(run(1), self.wanted)
        self.assertEqual(metrics.read_text(), "halligan_emergency_logins_total 3\n")
        self.assertEqual(run(0), [])
        done = self.work.run(ALERTS / "emergency-logins", self.work.path("absent"), env=env).expect(3)
        self.assertIn("no public key in", done.err)


if __name__ == "__main__":
    harness.main()
