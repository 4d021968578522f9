"""tests/bench/run: what it prints and writes is whole, and says the same in each form. No time is judged."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

from tree import SOURCE

sys.path.insert(0, str(SOURCE / "tests/bench"))
import measure  # noqa: E402  (the path comes first)

BUILD = os.environ["HALLIGAN_BUILD"]
SVG = "{http://www.w3.org/2000/svg}"
ROW = re.compile(r"(\S.*?) +(\d+) +([\d.]+x|-) +([\d.]+x|-) +([\d.]+%|-) +([\d.]+%|-) +(\S+) ±\S+ +(?:(\S+) ±\S+|-)")


def bench(folder: str, *sections: str, env=None) -> tuple[str, dict]:
    """Its text and its JSON."""
    done = subprocess.run([SOURCE / "tests/bench/run", "--quick", "--build", BUILD, "--output", folder, *sections], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **(env or {})}, check=False)
    if done.returncode != 0:
        raise AssertionError(f"tests/bench/run ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout, json.loads(pathlib.Path(folder, "performance.json").read_text())


def near(shown: str, value: float) -> bool:
    """Whether this is the value, rounded."""
    number = float(re.match(r"[\d.]+", shown)[0])
    decimals = len(shown.split(".")[1].rstrip("x%ms")) if "." in shown else 0
    return abs(number - value) <= 0.51 * 10 ** -decimals


class Bench(unittest.TestCase):
    def compare(self, text: str, result: dict) -> None:
        """Each row of the text is one of the measurements, with its figures, and none is missing."""
        rows = [match.groups() for match in map(ROW.fullmatch, text.splitlines()) if match]
        measurements = [row for section in ("mint", "inspect", "ledger", "revoke") for row in result["measurements"] if row["section"] == section]
        self.assertEqual([(what, int(n)) for what, n, *_ in rows], [(row["what"], row["n"] or 1) for row in measurements])
        for (_, _, ratio, cpu, limit, cpu_limit, ours, theirs), row in zip(rows, measurements):
            pairs = [(ratio, row["ratio"], "seconds"), (cpu, row["ratio"], "cpu"), (limit, row["limit"], "percent"),
                     (cpu_limit, row["limit"], "cpu_percent")]
            for shown, figures, name in pairs:
                self.assertEqual(shown == "-", figures is None, row)
                self.assertTrue(figures is None or near(shown, figures[name]["median"]), (shown, row))
            for shown, figures in ((ours, row["ours"]), (theirs, row["theirs"])):
                self.assertEqual(shown is None, figures is None, row)
                factor = 1000 if shown and shown.endswith("ms") else 1
                self.assertTrue(figures is None or near(shown, figures["seconds"]["median"] * factor), (shown, row))
            for figure in row["ours"].values():
                self.assertTrue(0 <= figure["least"] <= figure["median"] <= figure["most"], row)
            self.assertGreater(row["ours"]["mib"]["least"], 1, "the memory of a program that has libcrypto")

    def test_text_json_and_chart_say_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            text, result = bench(folder, "mint", "inspect", "ledger", "revoke")
            self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])
            self.compare(text, result)
            self.assertEqual({row["section"] for row in result["measurements"]}, {"mint", "inspect", "ledger", "revoke"})
            self.assertEqual({row["n"] for row in result["measurements"] if row["section"] == "inspect"}, {10, 30, 100})
            self.assertIn(result["machine"]["model"], text)
            for version in result["versions"].values():
                self.assertIn(version, text)
            counts = {row["operation"]: row["ours"] for row in result["trips"]}
            self.assertEqual(counts["mint"], {"requests": 3, "touches": 1, "pins": 0, "processes": 1})
            self.assertEqual((counts["mint, PIN"]["touches"], counts["mint, PIN"]["pins"]), (1, 1))
            self.assertIn("3/1/0/1", text)
            drawn = pathlib.Path(folder, "performance.svg")
            self.assertEqual(result["chart"] is None, "no chart: " in text)
            self.assertEqual(drawn.exists(), result["chart"] is not None)
            if result["chart"]:
                self.judge_chart(drawn.read_text(), result)

    def judge_chart(self, svg: str, result: dict) -> None:
        top = xml.fromstring(svg)
        self.assertEqual([each.tag for each in top.iter() if "script" in str(each.tag).lower()], [])
        self.assertIn("prefers-color-scheme: dark", svg)
        shown = [each.text for each in top.iter(f"{SVG}text")]
        last = {(row["section"], row["what"]): row for row in result["measurements"]}.values()
        ratios, limits = [row for row in last if row["ratio"]], [row for row in last if row["limit"]]
        self.assertGreater(len(ratios), 5)
        for name in (row["what"] for row in [*ratios, *limits]):
            self.assertTrue(any(name in each for each in shown), (name, shown))
        # Labels of the axes end so too, and some are of one value.
        for rows, unit, value in ((ratios, "x", lambda row: row["ratio"]["seconds"]["median"]), (limits, "%", lambda row: row["limit"]["percent"]["median"])):
            labels = [each for each in shown if re.fullmatch(rf"[\d.]+{unit}", each)]
            self.assertGreaterEqual(len(labels), len(rows))
            for row in rows:
                self.assertTrue(any(near(each, value(row)) for each in labels), (labels, row))

    def test_without_the_library_it_says_why_there_is_no_chart(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "matplotlib.py").write_text("raise ImportError('not here')\n")
            text, result = bench(folder, "revoke", env={"PYTHONPATH": folder})
            self.compare(text, result)
            self.assertIn("no chart: python3-matplotlib is not installed", text)
            self.assertEqual((result["chart"], pathlib.Path(folder, "performance.svg").exists()), (None, False))

    def test_an_hour_is_not_spent_on_a_page_that_would_lack_its_chart(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "matplotlib.py").write_text("raise ImportError('not here')\n")
            page = (SOURCE / "docs/performance.md").read_bytes()
            done = subprocess.run([SOURCE / "tests/bench/run", "revoke", "--quick", "--write", "--output", folder], capture_output=True, text=True,
                                  check=False, env={**os.environ, "PYTHONPATH": folder})
            self.assertEqual((done.returncode, done.stderr), (1, "bench: --write writes a chart too, and python3-matplotlib is not installed: "
                                                                 "run ./setup bench\n"))
            self.assertEqual((page, pathlib.Path(folder, "performance.json").exists()), ((SOURCE / "docs/performance.md").read_bytes(), False))

    def test_an_unknown_section_is_refused(self):
        done = subprocess.run([SOURCE / "tests/bench/run", "sing"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("unknown section sing", done.stderr)


class Growth(unittest.TestCase):
    def test_the_exponent_is_that_of_what_is_added_to_the_start(self):
        for exponent in (0.5, 1.0, 2.0):
            points = [(n, 0.02 + 1e-5 * n ** exponent) for n in (1000, 10000, 100000)]
            self.assertAlmostEqual(measure.growth(0.02, points), exponent, places=6)
        self.assertIsNone(measure.growth(0.02, [(10, 0.03), (100, 0.04)]))
        self.assertIsNone(measure.growth(0.02, [(10, 0.01), (100, 0.04), (1000, 0.2)]), "one of three says nothing")


if __name__ == "__main__":
    unittest.main()
