"""Characters that nobody sees: no certificate is made with them in a name, and nothing that is shown has them.

--show prints how many were tried and what became of them.
"""

import re
import sys
import unicodedata

import harness
from harness import paths
from software_ca import SoftwareCa
from world import key_pair

SHOW = "--show" in sys.argv
# One or two of each sort: fillers, joiners, marks of direction, isolates, selectors, tags, annotations, musical ones.
POINTS = [0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x180B, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x202A, 0x202E, 0x2060,
          0x2063, 0x2066, 0x2069, 0x206A, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0x1BCA0, 0x1D173, 0xE0001, 0xE0020, 0xE0100]


def default_ignorable(work) -> list[int]:
    """Unicode's own table, as perl has it."""
    program = "for my $c (0..0x10FFFF) { next if $c >= 0xD800 && $c <= 0xDFFF; print \"$c\\n\" if chr($c) =~ /\\p{DI}/ }"
    return [int(line) for line in work.run("perl", "-e", program).expect().out.split()]


class Invisible(SoftwareCa):
    def setUp(self):
        super().setUp()
        key_pair(self.work, "ca")
        key_pair(self.work, "subject")
        self.counts = {"refused": 0, "escaped": 0}

    def hidden(self, text: str, point: int) -> bool:
        return chr(point) not in text

    def tried(self, point: int, *arguments, refused: bool) -> None:
        done = self.halligan(None, *arguments)
        with self.subTest(f"U+{point:04X}", command=arguments[0]):
            self.assertTrue(self.hidden(done.out + done.err, point), done.report())
            if refused:
                done.expect(3, err="invisible characters")
            else:
                done.expect(0)
            self.counts["refused" if refused else "escaped"] += 1

    def test_each_in_each_field(self):
        ca = ["--ca", "ca", "--ledger", "ledger"]
        for number, point in enumerate(POINTS):
            odd = f"a{chr(point)}b"
            for command in (["mint", "-o", f"m{number}"], ["sign", "subject.pub", "--force"]):
                self.tried(point, command[0], *ca, *command[1:], "-I", odd, "-n", "root", refused=True)
                self.tried(point, command[0], *ca, *command[1:], "-I", "x", "-n", odd, refused=True)
                self.tried(point, command[0], *ca, *command[1:], "-I", "x", "-n", "root", "--reason", odd, "-V", "+5m",
                           *(["--force"] if command[0] == "mint" else []), refused=False)
            request = ["request", "-o", f"r{number}", "--force"]
            for fields in (["-I", odd, "-n", "root"], ["-I", "x", "-n", odd], ["-I", "x", "-n", "root", "--host", odd]):
                self.tried(point, *request, *fields, refused=True)
        # What is on record is shown escaped.
        for arguments in (["list", "ledger"], ["list", "--wide", "ledger"], ["show", "--ledger", "ledger", "2"], ["export", "ledger"]):
            shown = self.halligan(None, "ledger", *arguments).expect()
            for point in POINTS:
                self.assertTrue(self.hidden(shown.out, point), f"U+{point:04X} in {arguments}")
        if SHOW:
            print(f"{len(POINTS)} code points in 4 fields of 3 commands: {self.counts['refused']} refused, "
                  f"{self.counts['escaped']} taken and shown escaped")

    def test_no_part_of_a_text_is_where_rows_begin(self):
        """On a terminal of 80 columns, whatever a stranger puts in front of what is to look like a row."""
        row = "  Principals  ben"
        for filling in ("x" * 66, "x" * 78, "\u3042" * 33, "\u3042" * 40, "a" * 65 + "\u3042"):
            text = filling + row
            with self.subTest(filling[:3], length=len(filling)):
                asked = self.work.run(paths.HALLIGAN, "request", "-I", text, "-n", "root", "--host", "web1", "-o", "r", "--force").expect()
                file = self.work.write("asked", asked.out)
                signed = self.halligan(None, "sign", "--ca", "ca", "--request", file, "--force").expect()
                self.halligan(None, "mint", "--ca", "ca", "-I", text, "-n", "root", "-o", "m", "--force").expect()
                shown = [signed.err.split("To be signed:")[1],
                         *(self.halligan(None, "inspect", each).expect().out for each in (file, "m-cert.pub"))]
                for each in shown:
                    self.assertIn("Key ID  ", each)
                    for line in each.splitlines():
                        columns = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)
                        if not re.match(r" *(File|Ledger|Policy) ", line):
                            self.assertLessEqual(columns, 80, line)
                    self.assertNotRegex(each, r"(?m)^ ? ?Principals +ben")

    def test_every_one_of_unicode_s_table_is_escaped(self):
        points = default_ignorable(self.work)
        self.assertGreater(len(points), 4000)
        comment = "".join(f"a{chr(point)}" for point in points)
        public = " ".join(self.work.path("subject.pub").read_text().split()[:2])
        self.work.write("odd.pub", f"{public} {comment}\n")
        text = re.sub(r"\n {12}", "", self.halligan(None, "inspect", "odd.pub").expect().out)
        for point in points:
            self.assertTrue(self.hidden(text, point), f"U+{point:04X}")
        self.assertEqual(len(re.findall(r"a(?:\\x[0-9a-f]{2})+", text.split("Comment")[1])), len(points))
        self.assertTrue(self.halligan(None, "inspect", "--json", "odd.pub").expect().out.isascii())
        if SHOW:
            print(f"{len(points)} of {len(points)} default-ignorable code points shown escaped")


if __name__ == "__main__":
    if SHOW:
        sys.argv.remove("--show")
    harness.main()
