"""The commands that rehearse, pack and report: drills, kits, what an auditor gets; a PIN that is held; and a key for a chain of hosts."""

import socket

from fault_peer_stories import PeerWorld
from faults import Outside, Trial
from harness import paths
from harness.work import USER


class RecordWorld(PeerWorld):
    def tell_of_drills(self) -> None:
        host = self.sshd(f"TrustedUserCAKeys {self.work.path('old-ca.pub')}\nMaxStartups 1000", log=self.work.path("sshd.log"))
        self.trial = Trial(self.work, self.env, ("askpass", "sshd", "ssh_config"))
        run = ("drill", "run", "--yes", "--no-alert", "--ca", "old-ca", "-l", USER, "host", "--", "-F", host.ssh_config())
        self.run_ok(*run)
        record = f"{self.state('old-ca')}/ca.drills"
        self.tell("drill sign", "drill", "sign", "--key", "ben", files=(f"{record}-0.operator.sig",), again=("--force",), most=30)
        self.tell("drill report", "drill", "report", "--html", "page", "--markdown", "notes", files=("page", "notes"), prints=True)
        self.tell("drill run", *run, also=(record, *self.of_a_ca("old-ca")), rows=True, most=8)

    def tell_of_a_kit(self) -> None:
        config = self.work.home / ".config/halligan"
        config.mkdir(parents=True)
        (config / "config").write_text(f'CA blue\nPublicKey "{self.work.path("old-ca.pub")}"\n')
        self.work.write("known_hosts", "web1,192.0.2.1 " + self.work.path("host.pub").read_text())
        self.work.path("runbooks").mkdir(mode=0o755)
        for name in ("emergency-access.md", "without-halligan.md"):
            self.work.write(f"runbooks/{name}", (paths.SOURCE / "runbooks" / name).read_text(), mode=0o644)
        contents = ("--known-hosts", "known_hosts", "--runbooks", "runbooks")
        self.trial = Trial(self.work, self.env, ("askpass",))
        self.run_ok("kit", "stick", "first", *contents)
        names = sorted(path.name for path in self.work.path("first").iterdir())
        noted = (f"{self.state('old-ca')}/kit",)
        self.tell("kit stick", "kit", "stick", "stick", *contents, files=tuple(f"stick/{name}" for name in names), also=noted, again=None, most=30)
        self.tell("kit print", "kit", "print", "-o", "kit.pdf", *contents, files=("kit.pdf",), also=noted, again=("--force",), most=30)
        self.tell("kit verify", "kit", "verify", "first", also=noted, prints=True, rows=True, most=30)

    def tell_of_an_audit(self) -> None:
        self.trial = Trial(self.work, self.env, ("askpass",))
        attest = ("ledger", "attest", f"{self.state('old-ca')}/ca.ledger", "--from", "20200101Z", "--to", "20300101Z")
        self.tell("ledger attest", *attest, "-o", "audit", files=("audit",), again=("--force",))
        self.tell("ledger attest --key", *attest, "-o", "audit", "--key", "ben", files=("audit", "audit.sig"), again=("--force",), most=30)
        self.run_ok(*attest, "-o", "made")
        self.tell("ledger verify REPORT", "ledger", "verify", "made", prints=True)

    def tell_of_a_held_pin(self) -> None:
        runtime = self.work.path("runtime")
        runtime.mkdir(mode=0o700)
        self.env["XDG_RUNTIME_DIR"] = str(runtime)
        self.key = self.with_token()
        self.running = self.agent(env={**self.key.env, "XDG_RUNTIME_DIR": str(runtime)})
        self.env |= self.running.env
        self.trial = Trial(self.work, self.env, (*self.trial.without, "runtime"))
        self.enroll("careful", "verify-required")
        unlock = ("unlock", "--provider", paths.PROVIDER, "--hold-pin", "1h")
        self.run_ok(*unlock)
        held = self.held_and_in_agent()
        # A key that no PIN is held for does nothing.
        left = (held.removesuffix(", held"), ", held")
        self.tell("lock, a held PIN", "lock", outside=Outside(self.held_and_in_agent, "", (held, *left), lambda: self.run_ok(*unlock)), most=6)
        self.tell("unlock --hold-pin", *unlock, outside=Outside(self.held_and_in_agent, held, ("",), lambda: self.run_ok("lock")),
                  helper="PIN holder did not start|ssh-agent refused to sign", most=6)

    def tell_of_a_chain(self) -> None:
        self.running = self.agent()
        self.env |= self.running.env
        self.trial = Trial(self.work, self.env, ("askpass", "token", "agent"))
        self.work.write("known", "".join(f"{host} " + self.work.path("host.pub").read_text() for host in ("web1", "db1")))
        config = self.work.write("chain_config", f"Host *\n  UserKnownHostsFile {self.work.path('known')}\n  GlobalKnownHostsFile /dev/null\n")
        self.tell("agent chain", "agent", "chain", "--key", "sam", "web1,db1", "--yes", "--", "-F", config,
                  outside=Outside(self.in_agent, "sam", ("",), self.empty_agent), most=20)

    def held_and_in_agent(self) -> str:
        holder = self.work.path("runtime/halligan/pin-holder")
        with socket.socket(socket.AF_UNIX) as peer:
            return self.in_agent() + (", held" if holder.exists() and peer.connect_ex(str(holder)) == 0 else "")


RECORD_WORLDS = ("tell_of_drills", "tell_of_a_kit", "tell_of_an_audit", "tell_of_a_held_pin", "tell_of_a_chain")
