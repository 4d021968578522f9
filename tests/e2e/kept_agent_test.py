"""`halligan env --start`: one agent for each user and host, whichever shell asks; never another user's; and beside keychain."""

import os
import pathlib
import platform
import shlex
import signal
import socket
import subprocess

import harness
from harness import SOON, paths
from harness.process import until
from harness.work import need
from unattended_world import NO_AGENT, UNLOCKED, World

SHELLS = (("sh", "--sh"), ("bash", "--sh"), ("fish", "--fish"), ("tcsh", "--csh"))


class Kept(World):
    def setUp(self):
        super().setUp()
        self.state = self.work.home / ".local/state"
        self.socket = self.state / "halligan" / f"agent.{platform.node()}"
        self.env = {**self.token.env, "SSH_AUTH_SOCK": "", "XDG_RUNTIME_DIR": str(self.work.path("no-systemd"))}
        self.addCleanup(self.end_agents)

    def agents(self, path=None) -> list[int]:
        """The processes that listen there: stock ssh-agent names its socket in its arguments."""
        wanted = ["ssh-agent", "-a", str(path or self.socket)]
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")[:3] == wanted:
                    found.append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
        return found

    def end_agents(self) -> None:
        for path in self.state.glob("halligan/agent.*"):
            for pid in self.agents(path):
                os.kill(pid, signal.SIGKILL)
                until(lambda: not self.agents(path), "the agent to end")

    def start(self, *arguments, **options) -> harness.Completed:
        return self.halligan("env", "--start", *arguments, **options)

    def test_every_shell_and_job_finds_the_same_one(self):
        for shell, form in SHELLS:
            script = f'{self.start(form).expect().out}echo "$SSH_AUTH_SOCK"; ssh-add -l'
            done = self.work.run(shell, "-c", script, env={"SSH_AUTH_SOCK": "none"}).expect(1)
            self.assertEqual(done.out, f"{self.socket}\nThe agent has no identities.\n", shell)
        self.assertEqual(len(self.agents()), 1)
        self.assertEqual(self.start("--crontab").expect().out, f'SSH_AUTH_SOCK="{self.socket}"\n')
        self.assertEqual(self.start("--systemd").expect().out, f'SSH_AUTH_SOCK="{self.socket}"\n')
        self.assertEqual((self.socket.stat().st_mode & 0o777, self.socket.parent.stat().st_mode & 0o777), (0o600, 0o700))
        self.assertEqual([each.name for each in self.socket.parent.iterdir()], [self.socket.name], "no lock is left")
        # One that was forwarded, or that another program has started, is not it.
        self.start(env={"SSH_AUTH_SOCK": str(self.stock.socket)}).expect(0, out=str(self.socket))
        # A job that is told nothing.
        self.assertEqual(self.halligan("env").expect().out, self.start().out)
        self.check(1)

    def test_it_is_unlocked_for_jobs_that_are_told_nothing(self):
        self.backup()
        agent = self.work.daemon("kept", ["ssh-agent", "-D", "-a", self.make_folder() / self.socket.name, "-P", os.path.realpath(paths.PROVIDER)],
                                 env=self.token.env)
        agent.wait_for("SSH_AUTH_SOCK=")
        self.start().expect(0, out=str(self.socket))
        self.unlock().expect()
        self.assertEqual(self.check(UNLOCKED)["agent"], str(self.socket))
        agent.stop()
        self.check(NO_AGENT)

    def make_folder(self) -> pathlib.Path:
        self.socket.parent.mkdir(parents=True, mode=0o700)
        return self.socket.parent

    def test_shells_that_start_at_once_get_one_agent(self):
        for _ in range(3):
            self.end_agents()  # the socket stays: each finds a dead one, too
            begin, go = os.pipe()
            argv = ["sh", "-c", f"read -r line <&{begin}; exec {shlex.join([str(need(paths.HALLIGAN)), 'env', '--start'])}"]
            shells = [subprocess.Popen(argv, env={**self.work.env, **self.env}, pass_fds=[begin], stdout=subprocess.PIPE, text=True)
                      for _ in range(8)]
            os.write(go, b"x\n" * 8)
            said = {shell.communicate(timeout=60)[0] for shell in shells}
            os.close(begin)
            os.close(go)
            self.assertEqual(said, {f"SSH_AUTH_SOCK='{self.socket}'; export SSH_AUTH_SOCK;\n"})
            self.assertEqual([shell.returncode for shell in shells], [0] * 8)
            self.assertEqual(len(self.agents()), 1)

    def test_a_dead_socket_is_replaced_and_one_that_hangs_is_not(self):
        self.start().expect()
        first, = self.agents()
        os.kill(first, signal.SIGKILL)
        until(lambda: not self.agents(), "the agent to end")
        self.assertTrue(self.socket.is_socket(), "it is left behind")
        self.check(NO_AGENT)
        self.start().expect()
        second, = self.agents()
        self.assertNotEqual(first, second)
        os.kill(second, signal.SIGSTOP)
        before = self.socket.stat().st_ino
        while True:
            one = socket.socket(socket.AF_UNIX)
            self.addCleanup(one.close)
            one.setblocking(False)
            try:
                one.connect(str(self.socket))
            except BlockingIOError:
                break
        done = self.start().expect(4, out="", err="does not answer")
        self.assertLess(done.seconds, SOON)
        self.assertEqual((self.agents(), self.socket.stat().st_ino), ([second], before))
        os.kill(second, signal.SIGCONT)

    def test_what_is_no_socket_and_folders_of_others_are_refused(self):
        self.make_folder()
        self.socket.write_text("mine\n")
        self.start().expect(4, out="", err="the agent of this host")
        self.assertEqual(self.socket.read_text(), "mine\n")
        self.socket.unlink()
        self.socket.parent.chmod(0o777)
        self.start().expect(3, out="")
        self.assertEqual(list(self.socket.parent.iterdir()), [])
        self.socket.parent.chmod(0o700)
        deep = self.work.path("d" * 90)
        self.start(env={"XDG_STATE_HOME": str(deep)}).expect(3, out="", err="not a socket path")
        self.start(env={"HOME": "relative"}).expect(3, out="", err="HOME is not an absolute path")
        self.start("--agent", "/x").expect(2, err="cannot be combined")

    def test_another_users_agent_is_never_taken(self):
        if os.geteuid() != 0:
            return
        self.work.root.chmod(0o755)
        theirs = self.work.path("theirs")
        theirs.mkdir(mode=0o700)
        os.chown(theirs, 65534, 65534)
        daemon = self.work.daemon("theirs", ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "ssh-agent", "-D", "-a",
                                             theirs / "agent"])
        daemon.wait_for("SSH_AUTH_SOCK=")
        self.make_folder()
        self.socket.symlink_to(theirs / "agent")
        self.start().expect(4, out="", err="is a socket of user nobody")
        # Nor as the one of systemd: ours is started instead.
        self.socket.unlink()
        run = self.work.path("run")
        run.mkdir(mode=0o700)
        (run / "openssh_agent").symlink_to(theirs / "agent")
        self.start(env={"XDG_RUNTIME_DIR": str(run)}).expect(0, out=str(self.socket))

    def test_the_one_of_systemd_is_used_where_it_is(self):
        run = self.work.path("run")
        run.mkdir(mode=0o700)
        (run / "openssh_agent").symlink_to(self.stock.socket)
        self.start(env={"XDG_RUNTIME_DIR": str(run)}).expect(0, out=str(run / "openssh_agent"), err="loginctl enable-linger")
        self.assertEqual(self.agents(), [])

    def test_the_one_of_the_system_unit_comes_first(self):
        if os.geteuid() != 0:
            return
        folder = pathlib.Path("/run/halligan-agent/root")  # /run is the test's own
        folder.mkdir(parents=True)
        self.addCleanup(lambda: [(folder / "agent").unlink(), folder.rmdir(), folder.parent.rmdir()])
        (folder / "agent").symlink_to(self.stock.socket)
        self.assertNotIn("linger", self.start().expect(0, out=str(folder / "agent")).err)
        self.backup()
        self.unlock().expect()
        self.assertEqual(self.check(UNLOCKED)["agent"], str(folder / "agent"))

    def test_hosts_that_share_a_home_have_one_each(self):
        if os.geteuid() != 0:
            return
        self.start().expect()
        command = shlex.join([str(paths.HALLIGAN), "env", "--start"])
        done = self.work.run("unshare", "-u", "sh", "-c", f"echo 'two/of:it' >/proc/sys/kernel/hostname && {command}", env=self.env).expect()
        other = self.socket.with_name("agent.two_of_it")
        self.assertIn(str(other), done.out)
        self.assertEqual((len(self.agents()), len(self.agents(other))), (1, 1))

    def test_keychain_takes_it_over(self):
        script = f'{self.start().expect().out}eval "$(keychain --quiet --inherit any --agents ssh --eval)"; echo "$SSH_AUTH_SOCK"'
        before = self.ssh_agents()
        for _ in range(2):
            done = self.work.run("sh", "-c", script, env={"SSH_AUTH_SOCK": ""}).expect()
            self.assertEqual(done.out.strip(), str(self.socket), done.err)
        # Another shell that asks keychain alone, and one that asks halligan alone.
        done = self.work.run("sh", "-c", 'eval "$(keychain --quiet --inherit any --agents ssh --eval)"; echo "$SSH_AUTH_SOCK"',
                             env={"SSH_AUTH_SOCK": str(self.socket)}).expect()
        self.assertEqual(done.out.strip(), str(self.socket))
        self.start().expect(0, out=str(self.socket))
        self.assertEqual(self.ssh_agents(), before)

    def ssh_agents(self) -> list[str]:
        return sorted(self.work.run("pgrep", "-u", str(os.getuid()), "-x", "ssh-agent").out.split())


if __name__ == "__main__":
    harness.main()
