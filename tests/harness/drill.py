"""Drills at real sshds: what the tests of halligan drill share."""

import hashlib
import json
import pathlib
import socket
import threading

from . import paths
from .case import Case
from .process import Completed
from .ssh import Sshd
from .work import USER, need

ACCEPTED = "Accepted publickey for"


def reseal(record: dict) -> str:
    """A line as halligan would have written it: what somebody who knows the format can forge."""
    body = json.dumps({name: value for name, value in record.items() if name != "sum"}, separators=(",", ":"))
    return f'{body[:-1]},"sum":"{hashlib.sha256(body.encode()).hexdigest()}"}}'


class Listener:
    """A port of this machine where something else than sshd is: it sends these bytes, and then nothing, or its end."""

    def __init__(self, case: Case, greeting: bytes, ends: bool = False):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.held, self.ends = [], ends
        case.addCleanup(self.close)
        threading.Thread(target=self._serve, args=(greeting,), daemon=True).start()

    def _serve(self, greeting: bytes) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.held.append(connection)
            connection.sendall(greeting)
            if self.ends:
                connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.socket.close()
        for each in self.held:
            each.close()


class DrillCase(Case):
    """A CA in a file, hosts, and drills at them."""

    def setUp(self):
        super().setUp()
        self.env = {"HOME": str(self.work.path(".")), "XDG_STATE_HOME": str(self.work.path("state")),
                    "XDG_CONFIG_HOME": str(self.work.path("config"))}
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ca", "-f", self.work.path("ca")).expect()
        self.hosts = {}

    def host(self, name: str, config: str | None = None, *, more: str = "", log: pathlib.Path | None = None) -> Sshd:
        """@param more  lines besides that trust, before all others @param log  its sshd writes there"""
        lines = f"TrustedUserCAKeys {self.work.root}/ca.pub" if config is None else config
        self.hosts[name] = self.sshd(f"{more}\n{lines}", name=name, log=log)
        return self.hosts[name]

    def config(self, lines: str = "") -> list:
        blocks = "".join(f"Host {name}\n  Port {host.port}\n  UserKnownHostsFile {getattr(host, 'known_hosts', '/dev/null')}\n"
                         for name, host in self.hosts.items())
        return ["-F", self.work.write("ssh_config", f"{lines}\n{blocks}Host *\n  HostName 127.0.0.1\n  GlobalKnownHostsFile /dev/null\n")]

    def halligan(self, *arguments, **options) -> Completed:
        return self.work.run(need(paths.HALLIGAN), *arguments, env=self.env, **options)

    def argv(self, *arguments, lines: str = "") -> list:
        return ["drill", "run", "--yes", "--ca", self.work.path("ca"), "-l", USER, *arguments, "--", *self.config(lines)]

    def drill(self, *arguments, status: int = 0, alert=("--no-alert",), lines: str = "") -> dict:
        done = self.halligan(*self.argv("--json", *alert, *arguments, lines=lines)).expect(status)
        return json.loads(done.out)

    def outcomes(self, drill: dict) -> dict:
        return {each["host"]: (each["outcome"], each["alert"]) for each in drill["hosts"]}

    def file(self):
        found = list(self.work.path("state").glob("halligan/ca-*/ca.drills"))
        self.assertEqual(len(found), 1, found)
        return found[0]

    def records(self) -> list[str]:
        return self.file().read_text().splitlines()

    def status(self, status: int = 0, *arguments) -> dict:
        return json.loads(self.halligan("drill", "status", "--json", *arguments).expect(status).out)

    def report_of(self, status: int = 0, *arguments) -> dict:
        """The last drill, as halligan drill report has it."""
        return json.loads(self.halligan("drill", "report", "--json", *arguments).expect(status).out)

    def banner(self, sshd) -> str:
        with socket.create_connection(("127.0.0.1", sshd.port)) as peer:
            return peer.makefile("rb").readline().decode().strip().removeprefix("SSH-2.0-")
