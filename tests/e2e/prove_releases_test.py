"""halligan prove against the sshds of other releases, 8.4 to the newest: its answers, and that it leaves no penalty behind."""

import os
import pathlib
import json
import socket

import harness
from harness import trees
from prove_world import ProveWorld

RELEASES = [name for name in ("bullseye", "trixie", "sid") if (trees.folder() / f"{name}-ssh").exists()]
PENALTIES = {"trixie", "sid"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Other:
    """The sshd of a release, in its own tree, with that release's defaults."""

    def __init__(self, test, release: str, config: str, name: str):
        work, self.port = test.work, free_port()
        root = trees.Root(work, trees.tree(release, "ssh"), name)
        root.mount_system()
        work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work.path(f"{name}.key")).expect()
        root.write("/key", work.path(f"{name}.key").read_text(), 0o600)
        for file in ("ca-a.pub", "ca-b.pub"):
            root.write(f"/{file}", work.path(file).read_text())
        root.write("/both", work.path("ca-a.pub").read_text() + work.path("ca-b.pub").read_text())
        root.write("/config", f"{config}\nPort {self.port}\nListenAddress 127.0.0.1\nHostKey /key\nPidFile none\nUsePAM no\nLogLevel VERBOSE\n")
        self.daemon = work.daemon(name, root.argv("/usr/sbin/sshd", "-D", "-e", "-f", "/config"))
        self.daemon.wait_for("Server listening on")
        self.known_hosts = work.write(f"{name}.known", f"[127.0.0.1]:{self.port} " + " ".join(
            work.path(f"{name}.key.pub").read_text().split()[:2]) + "\n")


class Releases(ProveWorld):
    def test_answers_of_each_release(self):
        self.make()
        self.make(ca="ca-b")
        configs = [("TrustedUserCAKeys /both", ["yes", "yes"]), ("TrustedUserCAKeys /ca-a.pub", ["no", "yes"]), ("", ["no", "no"]),
                   ("TrustedUserCAKeys /both\nPermitRootLogin no", ["yes", "yes"]), ("TrustedUserCAKeys /both\nRevokedKeys /absent", ["no", "no"]),
                   ("TrustedUserCAKeys /both\nDenyUsers root", ["no", "no"]),
                   ("TrustedUserCAKeys /both\nAuthenticationMethods publickey,keyboard-interactive", ["yes", "yes"])]
        for release in RELEASES:
            sshds = [Other(self, release, config, f"{release}{i}") for i, (config, _) in enumerate(configs)]
            self.known.write_text("")
            self.know(*sshds)
            found = self.prove(*(f"127.0.0.1:{each.port}" for each in sshds), status=1)
            for sshd, (config, want) in zip(sshds, configs):
                with self.subTest(config, release=release):
                    answers = [each for each in found if each["port"] == sshd.port]
                    self.assertEqual(sorted(each["answer"] for each in answers), want, answers)
                    self.assertTrue(all(each["grade"] <= 1 for each in answers))
                    self.assertEqual(sshd.daemon.text().count("Connection from"), 1)
            self.nobody_got_in(*sshds)

    def test_throttled_is_told_from_no_and_one_run_leaves_no_penalty(self):
        self.make()
        for release in RELEASES:
            with self.subTest(release):
                sshd = Other(self, release, "TrustedUserCAKeys /both", f"{release}-hasty")
                self.known.write_text("")
                self.know(sshd)
                # One run, and a moment later somebody else at this address is let in.
                self.assertEqual(self.one(sshd)["answer"], "yes")
                with socket.create_connection(("127.0.0.1", sshd.port)) as peer:
                    self.assertTrue(peer.recv(64).startswith(b"SSH-2.0-"))
                self.assertNotIn("activating", sshd.daemon.text())
                # Who runs it again and again is refused some time, by releases that do so.
                answers = []
                for _ in range(8):
                    done = self.halligan("prove", "--json", "--canaries", "canaries.pub", "--known-hosts", self.known, f"127.0.0.1:{sshd.port}")
                    answers.append(json.loads(done.out))
                    self.assertEqual(done.status, 0 if answers[-1]["answer"] == "yes" else 4)
                throttled = [each for each in answers if each["answer"] == "throttled"]
                self.assertEqual({each["answer"] for each in answers}, {"yes", "throttled"} if release in PENALTIES else {"yes"}, answers)
                if throttled:
                    self.assertIn("Not allowed at this time", throttled[0]["detail"])
                self.nobody_got_in(sshd)


if __name__ == "__main__":
    if not RELEASES:
        harness.skip(trees.not_made("bullseye-ssh", "trixie-ssh", "sid-ssh"))
    harness.main()
