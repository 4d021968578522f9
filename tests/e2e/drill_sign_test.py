"""The record of a drill, signed: by the operator and the witness, verified by ssh-keygen alone and by halligan drill report."""

import hashlib
import json
import os
import shutil

import harness
from harness import paths
from harness.drill import DrillCase, reseal
from harness.work import need

OPERATOR, WITNESS = "halligan-drill-operator", "halligan-drill-witness"


class DrillSign(DrillCase):
    def setUp(self):
        super().setUp()
        self.host("up")
        for name, kind in (("ann", "ed25519"), ("kim", "ecdsa"), ("eve", "ed25519")):
            self.work.run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", name, "-f", self.work.path(name)).expect()
        self.signers = self.work.write("signers", "".join(f"{name} {self.public(name)}\n" for name in ("ann", "kim")))

    def public(self, name: str) -> str:
        return " ".join(self.work.path(f"{name}.pub").read_text().split()[:2])

    def signature(self, number: int = 0, role: str = "operator"):
        return self.file().with_name(f"ca.drills-{number}.{role}.sig")

    def sign(self, key: str, *arguments, status: int = 0, err: str | None = None, env=None) -> harness.Completed:
        return self.work.run(need(paths.HALLIGAN), "drill", "sign", "--json", "--key", self.work.path(key), *arguments,
                             env={**self.env, **(env or {})}).expect(status, err=err)

    def by_ssh_keygen(self, person: str, number: int = 0, role: str = "operator", space: str = OPERATOR) -> bool:
        """As halligan-drill(1) says it."""
        script = (f"head -n {number + 1} {self.file()} | ssh-keygen -Y verify -f {self.signers} -I {person} -n {space} "
                  f"-s {self.signature(number, role)}")
        done = self.work.run("sh", "-c", script)
        self.assertEqual(done.status == 0, f'Good "{space}" signature for {person} with ' in done.out)
        return done.status == 0

    def shown(self, status: int, *arguments) -> dict:
        return {each["role"]: each for each in self.report_of(status, *arguments)["signatures"]}

    def test_operator_and_witness(self):
        drill = self.drill("up", "--operator", "ann", "--sign-with", self.work.path("ann"))
        self.assertEqual([(each["role"], each["good"], each["file"]) for each in drill["signatures"]], [("operator", True, str(self.signature()))])
        self.assertTrue(self.by_ssh_keygen("ann"))
        self.assertFalse(self.by_ssh_keygen("kim"))
        self.assertFalse(self.by_ssh_keygen("ann", space=WITNESS))
        self.sign("ann", "--as", "witness", status=1, err="this key has signed as operator already")
        self.sign("ann", status=3, err="exists")
        made = json.loads(self.sign("kim", "--as", "witness").out)
        self.assertEqual((made["role"], made["good"], made["why"]), ("witness", True, ""))
        self.assertTrue(self.by_ssh_keygen("kim", role="witness", space=WITNESS))
        self.assertEqual({role: (each["good"], each["person"]) for role, each in self.shown(0).items()},
                         {"operator": (True, ""), "witness": (True, "")})
        self.assertEqual({role: (each["good"], each["person"]) for role, each in self.shown(0, "--signers", self.signers).items()},
                         {"operator": (True, "ann"), "witness": (True, "kim")})
        fingerprint = self.work.run("ssh-keygen", "-l", "-f", self.work.path("ann.pub")).expect().out.split()[1]
        page = self.work.path("page.html")
        text = self.halligan("drill", "report", "--signers", self.signers, "--html", page).expect(0).out
        self.assertIn(f"operator,good:ann,{fingerprint}", "".join(text.split()))  # which goes on in another line
        self.assertIn(f"operator, good: ann, {fingerprint}", page.read_text())
        # What follows changes nothing about it; what it signs itself is more.
        self.drill("up", "--sign-with", self.work.path("ann"))
        self.drill("up")
        self.assertTrue(self.by_ssh_keygen("ann") and self.by_ssh_keygen("ann", 1) and self.by_ssh_keygen("kim", role="witness", space=WITNESS))
        self.assertEqual(self.shown(0), {})
        self.assertIn("Signed      no\n", self.halligan("drill", "report").expect(0).out)
        self.assertEqual(self.shown(1, "--signers", self.signers)["operator"]["why"], "not signed")
        every = [json.loads(line) for line in self.halligan("drill", "report", "--all", "--json").expect(0).out.splitlines()]
        self.assertEqual([[each["role"] for each in drill["signatures"]] for drill in every], [[], ["operator"], ["operator", "witness"]])
        self.sign("ann", "--record", "2")
        self.sign("ann", "--record", "3", status=1, err="there is no record 3")

    def test_keys_in_an_agent_and_on_a_token(self):
        self.drill("up")
        agent = self.agent()
        self.work.run("ssh-add", "-q", self.work.path("ann"), env=agent.env).expect()
        self.work.path("ann").unlink()
        self.sign("ann.pub", env=agent.env)
        self.assertTrue(self.by_ssh_keygen("ann"))
        token = self.softkey()
        self.work.run("ssh-keygen", "-q", "-t", "ed25519-sk", "-N", "", "-f", self.work.path("kim-sk"), env=token.env).expect()
        with self.signers.open("a") as file:
            file.write(f"kim {self.public('kim-sk')}\n")
        self.sign("kim-sk", "--as", "witness", env=token.env)
        self.assertTrue(self.by_ssh_keygen("kim", role="witness", space=WITNESS))
        self.assertEqual(self.shown(0, "--signers", self.signers)["witness"]["person"], "kim")

    def test_a_drill_that_cannot_be_signed_is_recorded(self):
        done = self.halligan(*self.argv("--no-alert", "up", "--sign-with", self.work.path("nobody"))).expect(4)
        self.assertIn("the drill is recorded, and not signed", done.err)
        self.assertIn("halligan drill sign --key ", done.err)
        self.assertIn("passed: 1 of 1 host opened\n", done.out)
        self.assertEqual((len(self.records()), self.signature().exists()), (1, False))
        self.sign("nobody", status=4)
        self.sign("ann")

    def test_what_is_not_its_signature_is_bad(self):
        for _ in range(2):
            self.drill("up", "--sign-with", self.work.path("ann"))
        self.sign("kim", "--as", "witness")
        keep = self.work.path("keep")
        shutil.copytree(self.file().parent, keep)
        folder, lines = self.file().parent, self.records()
        first, last = (json.loads(line) for line in lines)

        def restore() -> None:
            shutil.rmtree(folder)
            shutil.copytree(keep, folder)

        def rewrite(*records: dict) -> None:
            self.file().write_text("".join(reseal(each) + "\n" for each in records))

        def rechain() -> None:  # a record that was signed over is changed, and all is sealed again
            changed = reseal({**first, "witness": "nobody"})
            rewrite({**first, "witness": "nobody"}, {**last, "prev": hashlib.sha256(changed.encode()).hexdigest()})

        def sign_for(space: str, key: str = "ann", number: int = 1, role: str = "operator") -> None:
            text = "".join(line + "\n" for line in lines[:number + 1]).encode()
            done = self.work.run("ssh-keygen", "-q", "-Y", "sign", "-n", space, "-f", self.work.path(key), stdin=text).expect()
            self.signature(1, role).write_text(done.out)

        whole = self.signature(1).read_text()
        rows = {"the record was changed": lambda: rewrite(first, {**last, "findings": ["none"]}), "one before it was changed": rechain,
                "the signature of another record": lambda: shutil.copy(self.signature(0), self.signature(1)),
                "over another record": lambda: sign_for(OPERATOR, number=0), "of the witness": lambda: shutil.copy(self.signature(1, "witness"), self.signature(1)),
                "for files": lambda: sign_for("file"), "for requests": lambda: sign_for("halligan-request@v1"), "cut off": lambda: self.signature(1).write_text(whole[:-60]),
                "a byte": lambda: self.signature(1).write_text(whole[:200] + ("A" if whole[200] != "A" else "B") + whole[201:]),
                "nothing": lambda: self.signature(1).write_text(""), "no signature": lambda: self.signature(1).write_bytes(os.urandom(3000)),
                "a public key": lambda: shutil.copy(self.work.path("ann.pub"), self.signature(1))}
        for name, change in rows.items():
            with self.subTest(name):
                restore()
                self.assertEqual(self.shown(0)["operator"]["good"], True)
                self.assertTrue(self.by_ssh_keygen("ann", 1))
                change()
                bad = self.shown(1)["operator"]
                self.assertEqual((bad["good"], bad["why"] != ""), (False, True))
                self.assertIn("operator, BAD: ", self.halligan("drill", "report").expect(1).out)
                self.assertFalse(self.by_ssh_keygen("ann", 1))
        # Good signatures, of somebody else.
        others = {"by a stranger": ("eve", "operator", OPERATOR, "by a key that is not among the signers"),
                  "both by one key": ("ann", "witness", WITNESS, "by the operator's own key")}
        for name, (key, role, space, why) in others.items():
            with self.subTest(name):
                restore()
                sign_for(space, key, role=role)
                self.assertEqual(self.shown(1, "--signers", self.signers)[role]["why"], why)
        restore()
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.work.path("ann2")).expect()
        self.signers.write_text(self.signers.read_text() + f"ann {self.public('ann2')}\n")
        sign_for(WITNESS, "ann2", role="witness")
        self.assertEqual(self.shown(1, "--signers", self.signers)["witness"]["why"], "by the operator, with another key")
        restore()
        self.signature(1).unlink()
        self.assertEqual(self.shown(1, "--signers", self.signers)["operator"]["why"], "not signed")
        print(f"drilled\t{len(rows) + len(others) + 2} ways in which a signature is bad or missing, each found; {len(rows)} by ssh-keygen, too", flush=True)


if __name__ == "__main__":
    need(paths.HALLIGAN)
    harness.main()
