"""runbooks/alerts against real answers of halligan prove: which alert rings in which state, by promtool; and what a plugin ends with."""

import os
import pathlib
import re
import shutil

import harness
from harness import paths
from prove_world import ProveWorld

ALERTS = paths.SOURCE / "runbooks/alerts"
RULES = ALERTS / "prometheus.yml"
_SAMPLE = re.compile(r"^(\w+)(\{.*\})? (\S+)$")


def samples(text: str) -> list[tuple[str, str, float]]:
    found = [_SAMPLE.match(line) for line in text.splitlines() if line and not line.startswith("#")]
    return [(each[1], each[2] or "", float(each[3])) for each in found]


class Alerts(ProveWorld):
    """Each state is a text that prove wrote about a real sshd."""

    def states(self) -> dict[str, tuple[str, set[str]]]:
        """Name → what prove wrote, and the alerts that it has to ring."""
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
                "grade 2": (re.sub(r"(halligan_prove_grade.*) 1$", r"\1 2", well, flags=re.M), set()),
                # As prove writes it with a snapshot, which e2e.prove_grades has.
                "refused by its snapshot": (re.sub(r'(halligan_prove_good\{.*canary="ordinary"\}) 1$', r"\1 0", well, flags=re.M),
                                            {"EmergencyAccessRefused"}),
                "an old snapshot": (well + f"halligan_prove_snapshot_timestamp_seconds{{host=\"x\"}} {self.finished(well) - 26 * 86400:.0f}\n",
                                    {"EmergencySnapshotAges", "EmergencyAccessUnchecked"}),
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
        self.assertLessEqual(set(re.findall(r"\$labels\.(\w+)", rules)) | set(re.findall(r"\{(\w+)=", rules)), labels)
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
                step = 600 if metric == "halligan_prove_finished_timestamp_seconds" else 0
                tests += [f"      - series: '{metric}{labels}'", f"        values: '{start:.0f}+{step}x300'"]
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


if __name__ == "__main__":
    harness.main()
