"""rsnapshot and borg pull backups with an unlocked token, in the environment that cron gives a job: no terminal, no SSH_AUTH_SOCK.
The key may do nothing else on the host. Locked, or with the token pulled, a job fails at once with the reason."""

import os
import platform

import harness
from harness import SOON, paths
from unattended_world import LOCKED, NO_TOKEN, World

CRON = {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LOGNAME": "backup"}


class Backups(World):
    def setUp(self):
        super().setUp()
        self.socket = self.work.home / f".local/state/halligan/agent.{platform.node()}"
        self.socket.parent.mkdir(parents=True, mode=0o700)
        self.boot()
        self.env = {**self.token.env, "SSH_AUTH_SOCK": ""}
        self.data = self.work.path("data")
        self.data.mkdir()
        (self.data / "file").write_text("first\n")
        self.public = self.backup()
        self.longest = ("nothing", 0.0)

    def boot(self) -> None:
        """The agent that `halligan env --start` would start, which may load the library of the build."""
        self.kept = self.work.daemon("kept", ["ssh-agent", "-D", "-a", self.socket, "-P", os.path.realpath(paths.PROVIDER)], env=self.token.env)
        self.kept.wait_for("SSH_AUTH_SOCK=")

    def host(self, name: str, command: str) -> tuple[harness.Sshd, object]:
        """A host on which the key runs this command alone, and the configuration by which a job reaches it."""
        sshd = self.sshd(name=name)
        sshd.authorize(f'restrict,from="127.0.0.1",command="{command}",no-touch-required {self.public}')
        config = sshd.ssh_config(name=f"{name}.config")
        config.write_text(config.read_text().replace("IdentitiesOnly yes", "").replace("  IdentityAgent none\n", ""))
        return sshd, config

    def cron(self, what: str, *command, status: int = 0, err: str = "") -> harness.Completed:
        """As cron runs a line of a crontab."""
        argv = ["env", "-i", *(f"{name}={value}" for name, value in {**CRON, "HOME": str(self.work.home), **self.token.env}.items()),
                "/bin/sh", "-c", 'exec "$@"', "sh", paths.HALLIGAN, "run", "--timeout", "1m", "--", *command]
        done = self.work.run("setsid", "-w", *argv).expect(status, err=err)
        self.longest = max(self.longest, (what, done.seconds), key=lambda each: each[1])
        return done

    def nights(self, job, pulled) -> None:
        """@param job  the command @param pulled  what the newest backup has of the host's file"""
        locked = self.cron("locked", *job, status=LOCKED, err="type the PIN once: halligan unlock")
        self.assertLess(locked.seconds, SOON)
        self.assertIsNone(pulled())
        self.unlock().expect()
        self.token.replug(touch="never")  # nobody is there
        self.cron("unlocked", *job)
        self.assertEqual(pulled(), "first\n")
        (self.data / "file").write_text("second\n")
        self.token.stop()
        gone = self.cron("pulled", *job, status=NO_TOKEN, err="did not run")
        self.assertLess(gone.seconds, SOON)
        self.assertEqual(pulled(), "first\n")
        self.token.start()
        self.unlock().expect()
        self.cron("inserted again", *job)
        self.assertEqual(pulled(), "second\n")
        self.kept.stop()
        self.socket.unlink(missing_ok=True)
        self.boot()
        again = self.cron("booted again", *job, status=LOCKED, err="did not run")
        for done, what in ((locked, "locked"), (gone, "pulled"), (again, "booted again")):
            print(f"{what}: {done.seconds:.2f} s", flush=True)
            self.assertLess(done.seconds, SOON)
        print(f"the longest wait: {self.longest[1]:.2f} s ({self.longest[0]})", flush=True)

    def test_rsnapshot(self):
        _, config = self.host("web1", f"rrsync -ro {self.data}")
        root = self.work.path("snapshots")
        lines = [("config_version", "1.2"), ("snapshot_root", f"{root}/"), ("cmd_rsync", "/usr/bin/rsync"), ("cmd_ssh", "/usr/bin/ssh"),
                 ("cmd_cp", "/bin/cp"), ("cmd_rm", "/bin/rm"), ("retain", "alpha", "3"), ("lockfile", f"{self.work.path('lock')}"), ("ssh_args", f"-F {config}"),
                 ("backup", "root@host:/", "web1/")]
        file = self.work.write("rsnapshot.conf", "".join("\t".join(line) + "\n" for line in lines))
        self.work.run("rsnapshot", "-c", file, "configtest").expect()
        self.nights(["rsnapshot", "-c", file, "alpha"],
                    lambda: (root / "alpha.0/web1/file").read_text() if (root / "alpha.0/web1/file").exists() else None)

    def test_borg(self):
        # Borg's own way is to push; this pulls: the host sends a tar file, and nothing else.
        _, config = self.host("db1", f"tar -C {self.data} -cf - file")
        env = {"BORG_BASE_DIR": str(self.work.path("borg"))}
        repository = self.work.path("repository")
        self.work.run("borg", "init", "--encryption=none", repository, env=env).expect()
        script = self.work.write("pull", "#!/bin/bash\nset -eu -o pipefail\n"
                                         f"export BORG_BASE_DIR={self.work.path('borg')}\n"
                                         f'ssh -F {config} host | borg import-tar "{repository}::$(date +%s.%N)" -\n', mode=0o755)

        def pulled():
            names = self.work.run("borg", "list", "--short", repository, env=env).expect().out.split()
            return self.work.run("borg", "extract", "--stdout", f"{repository}::{names[-1]}", "file", env=env).expect().out if names else None
        self.nights([script], pulled)
        # The key opens nothing else on the host.
        self.unlock().expect()
        done = self.work.run("ssh", "-F", config, "host", "id", env={"SSH_AUTH_SOCK": str(self.socket)})
        self.assertNotIn("uid=", done.out)


if __name__ == "__main__":
    harness.main()
