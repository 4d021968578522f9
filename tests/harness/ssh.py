"""Real sshd, real ssh-agent, real ssh: on loopback, with files of their own."""

import os
import pathlib
import signal
import socket

from . import paths
from .network import Machine
from .process import PATIENCE, Completed, Daemon, Failure, until
from .work import USER, Work


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sshd:
    """An sshd that serves this user on a free port of 127.0.0.1, or of a machine."""

    def __init__(self, work: Work, config: str = "", *, name: str = "sshd", host_key: pathlib.Path | None = None,
                 env=None, machine: Machine | None = None, log: pathlib.Path | None = None):
        """@param config   lines of sshd_config, before the harness's own: the first of a kind wins
        @param host_key    a private key file; none makes an ed25519 key
        @param log         the file that it writes its log into, instead of its standard error"""
        self.work, self.name, self._env = work, name, env
        self._machine = machine or Machine("127.0.0.1", [])
        self.address = self._machine.address
        self.folder = work.path(name)
        self.folder.mkdir(mode=0o700)
        if host_key is None:
            host_key = self.folder / "host_key"
            work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", host_key).expect()
        self.host_key = host_key
        self._config, self._log = config, log
        self.start()

    def start(self) -> None:
        for _ in range(5):
            self.port = _free_port()
            self.config_file = self._write_config()
            self.daemon = self.work.daemon(self.name, [*self._machine.enter, self._machine.sshd, "-D", *(("-E", self._log) if self._log else ("-e",)),
                                                       "-f", self.config_file], env=self._env)
            try:
                self._wait_until_it_listens()
                break
            except Failure:
                if "Address already in use" not in self._said():
                    raise
        key = self.host_key.with_name(self.host_key.name + ".pub").read_text().split()
        self.known_hosts = self.folder / "known_hosts"
        self.known_hosts.write_text(f"[{self.address}]:{self.port} {key[0]} {key[1]}\n")

    def _said(self) -> str:
        return self._log.read_text() if self._log and self._log.exists() else self.daemon.text()

    def _answers(self) -> bool:
        try:
            with socket.create_connection((self.address, self.port), timeout=PATIENCE) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def _wait_until_it_listens(self) -> None:
        if not self._log:
            self.daemon.wait_for(f"Server listening on {self.address}")
            return
        # It may be told to say nothing.
        until(lambda: self._answers() or not self.daemon.alive(), "an sshd that listens")
        if not self.daemon.alive():
            raise Failure(f"{self.name}: ended\n{self._said()}")

    def _write_config(self) -> pathlib.Path:
        file = self.folder / "sshd_config"
        file.write_text(f"""{self._config}
Port {self.port}
ListenAddress {self.address}
HostKey {self.host_key}
PidFile none
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile {self.folder}/authorized_keys
# the folder lies under /tmp, which everybody may write to
StrictModes no
PermitUserRC no
{self._machine.sshd_lines}
LogLevel VERBOSE
""")
        return file

    def authorize(self, line: str) -> None:
        """Add one line of authorized_keys."""
        with open(self.folder / "authorized_keys", "a") as file:
            file.write(line.rstrip("\n") + "\n")

    def reload(self) -> None:
        mark = self.daemon.mark()
        self.daemon.process.send_signal(signal.SIGHUP)
        self.daemon.wait_for(f"Server listening on {self.address}", after=mark)

    def ssh_config(self, lines: str = "", name: str = "ssh_config") -> pathlib.Path:
        """A client configuration that knows this host and nothing of the machine's."""
        return self.work.write(name, f"""Host *
{lines}
  HostName {self.address}
  Port {self.port}
  User {USER}
  UserKnownHostsFile {self.known_hosts}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  IdentitiesOnly yes
  IdentityAgent none
  PreferredAuthentications publickey
  ControlMaster no
""")

    def ssh(self, *, lines: str = "", command: str = "echo logged in", env=None, options=(), timeout=PATIENCE) -> Completed:
        """ssh in without a terminal. `lines` are ssh_config lines such as "  IdentityFile /x"."""
        config = self.ssh_config(lines)
        return self.work.run("ssh", "-F", config, *options, "host", command, env=env, timeout=timeout)

    def login(self, *, lines: str = "", **options) -> Completed:
        """As ssh(), and it must work."""
        done = self.ssh(lines=lines, command="echo logged in", **options)
        return done.expect(0, out="logged in")

    def refuse(self, *, lines: str = "", log: str | None = None, **options) -> Completed:
        """As ssh(), and the server must refuse; `log` must then stand in its log."""
        mark = self.daemon.mark()
        done = self.ssh(lines=lines, **options).expect(255, err="Permission denied")
        if log:
            self.daemon.wait_for(log, after=mark)
        return done


class Agent:
    """The machine's own ssh-agent, which may load our provider from the build."""

    def __init__(self, work: Work, *, env=None, name: str = "agent", providers: str | None = None, enter=()):
        """@param enter  how to start it elsewhere, such as Root.argv()"""
        self.socket = work.path(f"{name}.socket")
        allowed = providers or f"{os.path.realpath(paths.PROVIDER)},/usr/lib*/*"
        self.daemon: Daemon = work.daemon(name, [*enter, "ssh-agent", "-D", "-a", self.socket, "-P", allowed], env=env)
        self.daemon.wait_for("SSH_AUTH_SOCK=")
        self.env = {"SSH_AUTH_SOCK": str(self.socket)}

    def list(self, work: Work) -> str:
        """`ssh-add -L`; empty when the agent holds nothing."""
        done = work.run("ssh-add", "-L", env=self.env)
        return "" if done.status == 1 else done.expect().out
