"""Twenty things that people complain of in OpenSSH's built-in support for security keys: what it says, what we say.

Each row runs the same stock program at two fresh tokens that are alike: with the built-in support (umockdev shows it the
token) and with our provider. The matrix is printed.
"""

import pathlib
import re

import harness
from harness import paths
from harness.mockdev import Mockdev

PIN = "161803"


def make(*options: str, name: str = "key", kind: str = "ecdsa-sk") -> tuple[str, ...]:
    flags = [argument for option in options for argument in ("-O", option)]
    return ("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", name, *flags)


SIGN = ("ssh-keygen", "-q", "-Y", "sign", "-f", "key", "-n", "file", "data")
# A copy of ssh-agent, which is not setgid: umockdev's preload is dropped otherwise. What it says comes after what the
# client says, as in a journal.
AGENT = """cp /usr/bin/ssh-agent agent && mkfifo ready && { ./agent -D -a socket -P '*' 2>agent.log >ready & }
head -n 1 ready >/dev/null
export SSH_AUTH_SOCK="$PWD/socket"
ssh-add -q key && ssh-keygen -q -Y sign -f key.pub -n file data
kill $!; wait $! 2>/dev/null; cat agent.log >&2"""
LOAD = ("ssh-keygen", "-q", "-K", "-N", "")


class Side:
    """One of the two: its token, its folder, its questions for a PIN."""

    def __init__(self, case: harness.Case, kind: str, number: int, tokens: int = 1, **options):
        self.ours = kind == "ours"
        self.folder = case.work.path(f"{number}-{kind}")
        self.folder.mkdir()
        (self.folder / "data").write_text("what is signed\n")
        self.work = case.work
        self.tokens = [case.softkey(f"{kind}-{number}-{index}", **options) for index in range(tokens)]
        self.token = self.tokens[0]
        self.askpass = case.work.askpass(PIN, f"askpass-{kind}-{number}")

    def run(self, *command, asks: bool = True, **options) -> harness.Completed:
        env = self.askpass.env if asks else {"SSH_ASKPASS_REQUIRE": "never"}
        if self.ours:
            devices = {"HALLIGAN_DEVICE": ":".join(str(token.path) for token in self.tokens)}
            return self.work.run(*command, env={**env, **devices}, cwd=self.folder, **options)
        return Mockdev(self.work, *self.tokens).run(*command, env=env, cwd=self.folder, **options)

    def keys(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("id_*_rk*") if path.suffix != ".pub")

    def touches(self) -> int:
        """Given ones: for keys, for signatures, and those that chose a token (CTAP 2.0: a makeCredential that is refused)."""
        return sum(1 for token in self.tokens for record in token.records() if
                   (record["ctap"] == "makeCredential" and record["status"][:4] in ("0x00", "0x31")) or
                   (record["status"].startswith("0x00") and (record["ctap"] == "selection" or record["up"] == "1")))


def said(done: harness.Completed) -> str:
    """Its last line of talk, or that it worked."""
    lines = [line for line in done.err.splitlines() if line and not line.startswith("Confirm user presence")]
    return lines[-1] if lines else f"exit {done.status}"


def words(done: harness.Completed) -> str:
    """Our provider's own sentence."""
    lines = [line for line in done.err.splitlines() if line.startswith("halligan: ")]
    return lines[0].removeprefix("halligan: ") if lines else said(done)


class Complaints(harness.Case):
    def both(self, number: int, **options) -> tuple[Side, Side]:
        return Side(self, "builtin", number, **options), Side(self, "ours", number, **options)

    def full_token(self):
        """Every failure reads "invalid format"."""
        theirs, ours = self.both(1, pin=PIN, options=("--residents", "1"))
        results = []
        for side in (theirs, ours):
            side.run(*make("resident", name="first")).expect()
            results.append(side.run(*make("resident", "application=ssh:second")))
        self.assertIn("invalid format", said(results[0]))
        self.assertIn("has no room for another resident key", results[1].err)
        return "ssh-keygen -O resident, the token being full", said(results[0]), words(results[1])

    def no_pin(self):
        """That no PIN is set is not said."""
        theirs, ours = (side.run(*LOAD) for side in self.both(2))
        self.assertNotIn("no PIN", theirs.err)
        self.assertIn("no PIN is set on the token", ours.err)
        return "ssh-keygen -K", said(theirs), words(ours)

    def agent_without_askpass(self):
        """The agent refuses, and nobody knows why."""
        results = []
        for side in self.both(3, pin=PIN):
            side.run(*make("verify-required")).expect()
            results.append(side.run("sh", "-c", AGENT, asks=False))
        theirs, ours = results
        self.assertIn("agent refused operation", theirs.err)
        self.assertNotIn("wants the PIN", theirs.err)
        self.assertIn("this key requires the PIN of the token", ours.err)
        return "signing through ssh-agent, no askpass", said(theirs), words(ours)

    def several_tokens(self):
        """With several tokens the person touches, and touches, and touches."""
        theirs, ours = self.both(5, tokens=2, pin=PIN)
        for side in (theirs, ours):
            side.tokens[1].replug(touch="never")
            side.run(*make("resident")).expect()
        self.assertGreater(theirs.touches(), ours.touches())
        return "ssh-keygen -O resident, 2 tokens", f"{theirs.touches()} touches", f"{ours.touches()} touches"

    def pin_when_not_needed(self):
        """A PIN at every signature, also where the key wants none."""
        theirs, ours = self.both(7, pin=PIN)
        for side in (theirs, ours):
            side.run(*make()).expect()
            side.run(*SIGN).expect()
        self.assertEqual(ours.askpass.questions(), [])
        return ("ssh-keygen -Y sign, plain key, token with a PIN", f"{len(theirs.askpass.questions())} questions",
                f"{len(ours.askpass.questions())} questions")

    def empty_token(self):
        """-K on a token without resident keys is an error."""
        theirs, ours = (side.run(*LOAD) for side in self.both(9, pin=PIN))
        theirs.expect_failure("")
        ours.expect(0)
        return "ssh-keygen -K, no keys on the token", said(theirs), said(ours)

    def command_0a_only(self):
        """Tokens with credential management under 0x0a only."""
        theirs, ours = self.both(10, pin=PIN, options=("--misbehave", "credmgmt-only-0a"))
        results = []
        for side in (theirs, ours):
            side.run(*make("resident", name="made")).expect()
            results.append(side.run(*LOAD))
        # libfido2 1.15 knows that command, that of Debian 12 does not.
        mended = theirs.keys() == ["id_ecdsa_sk_rk"]
        self.assertIn(theirs.keys(), ([], ours.keys()))
        self.assertEqual(ours.keys(), ["id_ecdsa_sk_rk"])
        return "ssh-keygen -K", "loads the key" if mended else said(results[0]), "loads the key"

    def foreign_resident(self):
        """One credential of another type hides all keys."""
        theirs, ours = self.both(11, pin=PIN, options=("--misbehave", "unknown-resident"))
        results = []
        for side in (theirs, ours):
            side.run(*make("resident", name="made")).expect()
            results.append(side.run(*LOAD))
        self.assertEqual(theirs.keys(), [])
        self.assertEqual(ours.keys(), ["id_ecdsa_sk_rk"])
        return "ssh-keygen -K beside an RSA credential", said(results[0]), "loads the other keys"

    def biometric_uv_lost(self):
        """-K drops the verification of a biometric token's key, which then cannot sign."""
        theirs, ours = self.both(13, pin=PIN, options=("--uv",))
        results = []
        for side in (theirs, ours):
            side.run(*make("resident", "verify-required", name="made")).expect()
            side.run(*LOAD).expect()
            (side.folder / "id_ecdsa_sk_rk").rename(side.folder / "key")
            results.append(side.run(*SIGN))
        results[1].expect(0)
        # OpenSSH 10.6 keeps it, too.
        return "ssh-keygen -K, then -Y sign", "signs" if results[0].status == 0 else said(results[0]), "signs"

    def biometric_pin(self):
        """Who has a fingerprint on the token types a PIN all the same."""
        theirs, ours = self.both(14, pin=PIN, options=("--uv",))
        for side in (theirs, ours):
            side.run(*make("resident")).expect()
        self.assertEqual(len(theirs.askpass.questions()), 1)
        self.assertEqual(ours.askpass.questions(), [])
        return "ssh-keygen -O resident, token with a fingerprint", "1 PIN", "0 PINs"

    def overwrite(self):
        """What is it that would be overwritten?"""
        results = []
        for side in self.both(15, pin=PIN):
            side.run(*make("resident", "user=ann", name="first")).expect()
            results.append(side.run(*make("resident", "user=ann")))
        theirs, ours = results
        self.assertNotIn("ann", theirs.err)
        self.assertIn("user ann", ours.err)
        return "ssh-keygen -O resident, once more", said(theirs), words(ours)

    def no_credprotect(self):
        """A token without credProtect is refused, unexplained."""
        theirs, ours = (side.run(*make("resident")) for side in
                        self.both(17, pin=PIN, options=("--misbehave", "no-credprotect")))
        self.assertNotIn("credProtect", theirs.err)
        self.assertIn("no credProtect extension", ours.err)
        return "ssh-keygen -O resident", said(theirs), words(ours)

    def touch_unseen(self):
        """The wait for a touch is invisible: which token, for what, how long?"""
        results = []
        for side in self.both(4):
            side.run(*make()).expect()
            side.token.replug(touch="1600")
            results.append(side.run(*SIGN).expect())
        theirs, ours = results
        self.assertNotIn("touch", theirs.err)
        self.assertRegex(ours.err, r"touch the token at \S+ within \d+ s to sign for ssh:")
        return "ssh-keygen -Y sign", theirs.err.strip().splitlines()[0][:40] + "...", words(ours)

    def touch_for_ever(self):
        """Automation that nobody watches waits for a touch without an end."""
        results = []
        for side in self.both(8):
            side.run(*make()).expect()
            side.token.replug(touch="never")
            results.append(side.run("env", "HALLIGAN_TIMEOUT=1", "timeout", "4", *SIGN))
        theirs, ours = results
        self.assertEqual(theirs.status, 124, "it ended by itself")
        self.assertNotEqual(ours.status, 124)
        self.assertIn("waiting for a touch on the token at", ours.err)
        return "ssh-keygen -Y sign, HALLIGAN_TIMEOUT=1", "waits until it is killed", [
            line for line in ours.err.splitlines() if "waiting for a touch" in line][0].removeprefix("halligan: ")

    def no_touch_lost(self):
        """-K forgets that a key wants no touch, and its comment."""
        results = []
        for side in self.both(12, pin=PIN):
            side.run(*make("resident", "no-touch-required", name="made")).expect()
            side.run(*LOAD).expect()
            (side.folder / "id_ecdsa_sk_rk").rename(side.folder / "key")
            before = side.touches()
            side.run(*SIGN).expect()
            results.append(side.touches() - before)
        # OpenSSH sets the flag itself, whatever a provider says: no provider can do better.
        self.assertEqual(results, [1, 1])
        return "ssh-keygen -K, then -Y sign", "wants a touch", "wants a touch: ssh-keygen decides that, not the provider"

    def residents_unmanaged(self):
        """Resident keys cannot be listed, renamed or deleted."""
        _, ours = self.both(16, pin=PIN)
        ours.run(*make("resident", "user=ann")).expect()
        shown = ours.run(paths.HALLIGAN, "token", "keys", "list").expect().out
        fingerprint = ours.run("ssh-keygen", "-l", "-f", "key.pub").expect().out.split()[1]
        self.assertIn(fingerprint, shown)
        ours.run(paths.HALLIGAN, "token", "keys", "delete", "--yes", fingerprint).expect()
        self.assertIn("No keys to download", ours.run(*LOAD).err)
        return "halligan token keys list | delete", "ssh-keygen has no such option", "lists, renames and deletes them"

    def api_churn(self):
        """Each change of the interface breaks the providers of older and newer releases."""
        versions = []
        for name in ("-api4", "-api5", "-api7", "-api9", ""):
            library = paths.PROVIDER.with_name(f"libsk-halligan{name}.so")
            program = "import ctypes, sys; print(ctypes.CDLL(sys.argv[1]).sk_api_version() >> 16)"
            preload = {"LD_PRELOAD": paths.sanitizer_runtime(library)} if paths.sanitized(library) else {}
            versions.append(int(self.work.run("python3", "-c", program, library, env=preload).expect().out))
        self.assertEqual(versions, [4, 5, 7, 9, 10])
        return "sk_api_version() of each library", "one version: its own release's", f"versions {versions}"

    ROWS = (full_token, no_pin, agent_without_askpass, touch_unseen, several_tokens, pin_when_not_needed, touch_for_ever,
            empty_token, command_0a_only, foreign_resident, no_touch_lost, biometric_uv_lost, biometric_pin, overwrite,
            residents_unmanaged, no_credprotect, api_churn)
    # What a pseudo-terminal cannot show: it is one stream for all who have it open, and no card.
    ELSEWHERE = {"Programs in parallel find no device.": "vm.hidraw, e2e.queue",
                 "ssh-agent refuses the provider's path.": "vm.hidraw",
                 "Contact and NFC cards.": "e2e.card"}

    def test_the_matrix(self):
        lines = []
        for row in self.ROWS:
            with self.subTest(row.__name__):
                command, theirs, ours = row(self)
                paths_out = re.compile(re.escape(str(self.work.root)) + r"/[\w-]+")
                lines += [row.__doc__, f"  {command}", f"  built-in: {theirs}", f"  ours:     {paths_out.sub('TOKEN', ours)}"]
        self.assertEqual(len(self.ROWS) + len(self.ELSEWHERE), 20)
        print("\n" + "\n".join(lines + [f"{complaint}  see {test}" for complaint, test in self.ELSEWHERE.items()]))
        self.assertEqual(len(lines), 4 * len(self.ROWS))


if __name__ == "__main__":
    harness.main()
