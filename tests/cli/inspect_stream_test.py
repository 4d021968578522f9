"""halligan inspect of streams: thousands in order, broken lines in the middle, memory that does not grow."""

import json
import pathlib
import re
import subprocess

import harness
from harness import paths
from software_ca import SoftwareCa
from world import key_pair


class Stream(SoftwareCa):
    def setUp(self):
        super().setUp()
        file = self.certificate("-I", "x", "-n", "root", "-z", "1", "-V", "+1h", kind="ecdsa")
        self.line = self.work.path(file).read_bytes()

    def test_thousands_come_out_in_the_order_in_which_they_went_in(self):
        lines = []
        for number in range(1000):
            kind, blob, _ = self.line.split(b" ", 2)
            lines.append(b"%s %s number %d\n" % (kind, blob, number))
        shown = self.objects("-", stdin=b"".join(lines))
        self.assertEqual([each["comment"] for each in shown], [f"number {n}" for n in range(1000)])
        self.assertEqual([each["line"] for each in shown], list(range(1, 1001)))
        text = self.halligan(None, "inspect", "-", stdin=b"".join(lines)).expect().out
        self.assertEqual(re.findall(r"^Comment +number (\d+)$", text, re.M), [str(n) for n in range(1000)])

    def test_a_broken_line_is_told_and_the_rest_is_shown(self):
        data = self.line * 2 + b"ssh-ed25519 AAAA broken\n" + b"\n# a comment\n" + self.line
        done = self.halligan(None, "inspect", "--json", "-", stdin=data).expect(3, err="-: line 3: ")
        shown = [json.loads(line) for line in done.out.splitlines()]
        self.assertEqual([(each["kind"], each["line"]) for each in shown],
                         [("certificate", 1), ("certificate", 2), ("error", 3), ("certificate", 6)])
        self.assertEqual(shown[2]["status"], 3)
        text = self.halligan(None, "inspect", "-", stdin=data).expect(3, err="-: line 3: ")
        self.assertEqual(text.out.count("Key ID"), 3)

    def test_a_bad_signature_and_a_broken_line_are_both_seen(self):
        bad = self.work.path(self.spoil("user-cert.pub")).read_bytes()
        self.halligan(None, "inspect", "-", stdin=self.line + bad).expect(1, out="BAD: ")
        self.halligan(None, "inspect", "-", stdin=bad + b"junk\n").expect(3, out="BAD: ", err="line 2")

    def test_ends_of_lines(self):
        for end in (b"", b"\n", b"\r\n", b"\n\n\n"):
            with self.subTest(end):
                data = self.line.rstrip(b"\n") + end
                self.assertEqual(len(self.objects("-", stdin=data)), 1)
                self.assertEqual(len(self.objects("-", stdin=b"\n" + self.line + data)), 2)

    def test_a_line_without_end_is_cut_off_and_the_rest_is_shown(self):
        long = b"ssh-ed25519 " + b"A" * (3 << 20) + b"\n"
        for data, numbers in ((long + self.line, [1, 2]), (self.line + long + self.line, [1, 2, 3]), (self.line + long[:-1], [1, 2])):
            done = self.halligan(None, "inspect", "--json", "-", stdin=data).expect(3, err="longer than a mebibyte")
            self.assertEqual([json.loads(line)["line"] for line in done.out.splitlines()], numbers)

    def test_no_line_of_a_private_key_is_repeated(self):
        secret = key_pair(self.work, "secret").read_text()
        body = secret.splitlines()[1:-1]
        for stdin, numbers in ((self.line + secret.encode() + self.line, [1, 2, 3 + len(body) + 1]), (secret.encode(), None)):
            done = self.halligan(None, "inspect", "--json", "-", stdin=stdin).expect(3, err="private key")
            for line in body:
                self.assertNotIn(line[:20], done.out + done.err)
            if numbers:
                self.assertEqual([json.loads(line)["line"] for line in done.out.splitlines()], numbers)

    def test_a_line_that_has_come_is_shown_before_the_next(self):
        child = subprocess.Popen([paths.HALLIGAN, "inspect", "--json", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 env=self.work.env)
        try:
            for number in range(3):
                child.stdin.write(self.line)
                child.stdin.flush()
                self.assertEqual(json.loads(child.stdout.readline())["line"], number + 1)
            child.stdin.close()
            self.assertEqual(child.wait(harness.PATIENCE), 0)
        finally:
            child.kill()
            child.wait()
            child.stdout.close()

    def test_memory_does_not_grow_with_the_stream(self):
        """Nor is there a limit: more than was ever read in one piece goes through."""
        child = subprocess.Popen([paths.HALLIGAN, "inspect", "--check", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                                 env=self.work.env)
        comments = b"# " + b"x" * 1021 + b"\n"
        megabyte = comments * 1024
        peaks = []
        try:
            for size in (8, 260):
                child.stdin.write(self.line * 100)
                for _ in range(size):
                    child.stdin.write(megabyte)
                child.stdin.write(b"junk junk\n")  # is told when all before it is done
                child.stdin.flush()
                self.assertIn(b"unknown key type junk", child.stderr.readline())
                status = pathlib.Path(f"/proc/{child.pid}/status").read_text()
                peaks.append(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]))
            child.stdin.close()
            self.assertEqual(child.wait(harness.PATIENCE), 3)
        finally:
            child.kill()
            child.wait()
            child.stderr.close()
        self.assertLess(peaks[1] - peaks[0], 8 * 1024)

    def test_a_full_disk_and_a_closed_pipe(self):
        file = self.work.path("many")
        file.write_bytes(self.line * 500)
        self.work.run("sh", "-c", f"{paths.HALLIGAN} inspect {file} >/dev/full").expect(4, err="standard output")


if __name__ == "__main__":
    harness.main()
