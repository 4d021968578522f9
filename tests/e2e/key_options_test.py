"""halligan explain and a real sshd agree about the options of a key in authorized_keys: which lines sshd takes, and which not."""

import json
import sys

import harness
from harness import paths

sys.path.insert(0, str(paths.SOURCE / "tests/cli"))
from explain_test import EFFECTIVE, snapshot  # noqa: E402
from world import key_pair  # noqa: E402

TAKEN = ["restrict", "restrict,", ",restrict", "restrict,,pty", ",", "RESTRICT,Pty", 'from="127.0.0.1"', 'FROM="127.0.0.0/8"', 'no-pty,command="echo logged in"', 'command="echo \\"logged in\\""',
         'environment="A_1=b"', 'environment="A="', 'expiry-time="20990101"', 'tunnel="1"', 'tunnel="any"', "no-touch-required",
         'permitopen="[::1]:22",permitopen="a:*"', 'permitlisten="8080"', 'from="127.0.0.1",restrict']
LEFT = ["nonsense", 'principals="x"', "no-restrict", "restrict=", 'restrict="x"', "command=ls", 'command="ls', 'command="ls"x', 'command="ls"$from="127.0.0.1"',
        'command="a",command="b"', 'from="127.0.0.1",from="127.0.0.1"', 'from="192.0.2.1"', "from", 'environment="A"', 'environment="A-1=b"', 'environment="=b"',
        'tunnel="x"', 'expiry-time="20000101"', 'principals="x",principals="y"', "cert-authority"]


class Options(harness.Case):
    def test_as_a_real_sshd(self):
        public = key_pair(self.work, "user").with_name("user.pub").read_text().strip()
        sshd = self.sshd()
        effective = EFFECTIVE.replace("trustedusercakeys /etc/ssh/ca", "trustedusercakeys none").replace(
            "pubkeyacceptedalgorithms ", "pubkeyacceptedalgorithms ssh-ed25519,")
        for expected, rows in ((True, TAKEN), (False, LEFT)):
            for options in rows:
                with self.subTest(options):
                    line = f"{options} {public}"
                    (sshd.folder / "authorized_keys").write_text(line + "\n")
                    done = sshd.ssh(lines=f"  IdentityFile {self.work.path('user')}", command="true")
                    self.assertEqual(done.status != 255, expected, done.report())
                    self.work.path("host.json").write_text(snapshot("", "\n", effective, {}, authorized=line))
                    done = self.work.run(paths.HALLIGAN, "explain", "--json", self.work.path("user.pub"), "--snapshot", "host.json", "--user", "root",
                                         "--from", "127.0.0.1")
                    self.assertEqual(json.loads(done.out)["answer"] != "no", expected, done.report())
        print(f"agreed\tabout {len(TAKEN)} lines that are taken and {len(LEFT)} that are not", flush=True)


if __name__ == "__main__":
    harness.main()
