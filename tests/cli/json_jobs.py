"""What the commands for unattended jobs, their agents and drills print, for json_test.py."""

from software_ca import SoftwareCa
from world import PIN


class Jobs(SoftwareCa):
    def unlocked(self, name: str) -> tuple:
        """A token with a key for jobs, and an agent that finds it."""
        token = self.token(name)
        self.work.run("ssh-keygen", "-q", "-t", "ed25519-sk", "-N", "", "-f", f"{name}-key", "-O", "resident", "-O",
                      "no-touch-required", "-O", "application=ssh:job", env={**token.env, **self.work.askpass(PIN).env}).expect()
        return token, self.agent(name=f"{name}-agent", env=token.env)

    def held(self, name: str) -> tuple:
        """The same with a key that requires the PIN, and a folder for its holder."""
        token = self.token(name)
        self.work.run("ssh-keygen", "-q", "-t", "ed25519-sk", "-N", "", "-f", f"{name}-key", "-O", "resident", "-O", "verify-required", "-O",
                      "application=ssh:job", env={**token.env, **self.work.askpass(PIN).env}).expect()
        folder = self.work.path(f"{name}-runtime")
        folder.mkdir(mode=0o700)
        env = {"XDG_RUNTIME_DIR": str(folder)}
        env.update(self.agent(name=f"{name}-agent", env={**token.env, **env}).env)
        self.by_descriptor("unlock", "--hold-pin", "1h", token=token, env=env, pin_fd=PIN)
        return token, env

    def run_unlock(self):
        token, agent = self.unlocked("unlock")
        self.by_descriptor("unlock", token=token, env=agent.env, pin_fd=PIN)
        self.by_descriptor("unlock", "job", "--ttl", "1h", token=token, env=agent.env, pin_fd=PIN)
        token, env = self.held("unlock-held")
        self.show("checkpin", token=token, env=env)
        self.show("lock", token=token, env=env)

    def run_lock(self):
        token, agent = self.unlocked("lock")
        self.show("lock", token=token, env=agent.env)
        self.by_descriptor("unlock", token=token, env=agent.env, pin_fd=PIN)
        self.show("lock", token=token, env=agent.env)

    def run_agent_chain(self):
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.work.path("hop")).expect()
        agent = self.agent()
        known = self.work.write("known", f"there {self.work.path('hop.pub').read_text()}")
        config = self.work.write("names", f"UserKnownHostsFile {known}\n")
        self.show("agent chain", "--yes", "--agent", agent.socket, "--key", self.work.path("hop"), "there", "--", "-F", config)

    def run_agent_audit(self):
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.work.path("job")).expect()
        line = self.work.path("job.pub").read_text()
        self.show("agent audit", self.work.write("lines", f"{line}restrict,pty {line}"), status=1)

    def run_checkpin(self, command: str = "checkpin"):
        token, agent = self.unlocked(command)
        self.show(command, token=token, status=5)
        self.show(command, token=token, env=agent.env, status=1)
        self.by_descriptor("unlock", token=token, env=agent.env, pin_fd=PIN)
        self.show(command, token=token, env=agent.env)
        token.stop()
        self.show(command, token=token, env=agent.env, status=2)

    def run_status(self):
        self.run_checkpin("status")

    def run_drill_run(self):  # e2e.drill has hosts that open
        self.show("drill run", "--yes", "--no-alert", "--ca", self.ca, "--sign-with", self.work.path("ann"), "web1", "--", "-F", "none", "-o",
                  "HostName=127.0.0.1", "-p", "1", status=1)

    def run_drill_status(self):
        for host in ("web1", "db1"):
            self.show("drill status", host, "--", "-F", "none", "-o", f"HostName={host}.invalid", status=1)

    def run_drill_sign(self):
        self.show("drill sign", "--key", self.work.path("user"), "--as", "witness")

    def run_drill_report(self):
        self.show("drill report")
