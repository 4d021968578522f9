"""The commands that change what is not a file: a token, an agent, a host; and those that need one."""

import json
import shutil

import harness
from fault_stories import MINT, FaultWorld
from faults import Outside, Trial
from harness import paths
from harness.work import USER
from world import PIN, key_pair

OTHER_PIN = "271828"
TRIAL = "halligan: testing this agent"


class PeerWorld(FaultWorld):
    def with_token(self, **options) -> harness.Softkey:
        key = self.token(options=("--residents", "9"), **options)
        self.env |= {**key.env, **self.work.askpass(PIN).env}
        self.trial = Trial(self.work, self.env, ("askpass", "token", "agent", "sshd", "kept", "ssh_config"))
        return key

    def enroll(self, name: str, *options: str) -> None:
        """A resident key of application ssh:NAME that needs no touch; the token has it. @param options  as ssh-keygen -O has them"""
        self.work.run("ssh-keygen", "-q", "-t", "ed25519-sk", "-N", "", "-f", f"kept-{name}", "-O", "resident", "-O", f"application=ssh:{name}", "-O",
                      "no-touch-required", *(word for each in options for word in ("-O", each)), env=self.env).expect()

    def tell_of_a_ca_on_a_token(self) -> None:
        self.key = self.with_token()
        for folder in ("ca", "made", "exported"):
            self.work.path(folder).mkdir()
        self.halligan(self.key, "ca", "init", "-d", self.work.path("ca"), "-C", "token A").expect()
        files = ("ca", "ca.pub", "ca.json")
        self.tell("ca init", "ca", "init", "-d", "made", "--application", "ssh:made", "--force", "--yes", files=tuple(f"made/{name}" for name in (*files, "ca.attestation")))
        self.tell("ca export", "ca", "export", "-d", "exported", files=tuple(f"exported/{name}" for name in files), again=("--force",))
        self.tell("ca export --force", "ca", "export", "-d", "ca", "--force", files=("ca/ca",))  # the others as they were
        self.work.write("bound", '{ "principals": ["root"] }\n')
        self.tell("ca bind-policy", "ca", "bind-policy", "-d", "ca", "--policy", "bound", files=("ca/ca.json",))
        self.halligan(self.key, *MINT[:-1], "--ca", "ca/ca", "-o", "earlier", env=self.env).expect()
        state = str(self.work.ledger_of("ca/ca").parent.relative_to(self.work.root))
        self.tell("mint with a token", *MINT, "--ca", "ca/ca", "-o", "em", files=("em", "em.pub", "em-cert.pub"),
                  also=(f"{state}/ca.pub", f"{state}/ca.ledger", "ca/ca.ledger"), again=("--force",), codes=("counter-gap", "counter-elsewhere", "not-released"))

    def put_token_back(self) -> None:
        self.key.stop()
        shutil.rmtree(self.key.state)
        shutil.copytree(self.work.path("kept-token"), self.key.state)
        self.key.start()

    def on_token(self) -> str:
        """The token's keys, their names, and its PIN."""
        for pin in (PIN, OTHER_PIN):
            self.work.write("askpass-look", pin + "\n")
            done = self.work.run("sh", "-c", 'exec "$@" --pin-fd 3 3<askpass-look', "sh", paths.HALLIGAN, "token", "keys", "list", "--json", env=self.env)
            if done.status == 0:
                return ", ".join(sorted(f"{each['application']} \"{each['display_name']}\"" for each in json.loads(done.out)["keys"])) + f", PIN {pin}"
        return f"token keys list fails: {done.err}"

    def tell_of_token_administration(self) -> None:
        self.key = self.with_token()
        for name in ("one", "two"):
            self.enroll(name)
        self.key.stop()
        shutil.copytree(self.key.state, self.work.path("kept-token"))
        self.key.start()
        before = self.on_token()
        one, two, pin = before.split(", ")

        def outside(*done: str) -> Outside:
            return Outside(self.on_token, ", ".join(done), (before,), self.put_token_back)

        self.tell("token keys rename", "token", "keys", "rename", "ssh:one", "--display-name", "CA 1", outside=outside('ssh:one "CA 1"', two, pin))
        self.tell("token keys delete", "token", "keys", "delete", "ssh:one", "--yes", again=None, outside=outside(two, pin))
        self.work.write("askpass-old", PIN + "\n")
        self.work.write("askpass-new", OTHER_PIN + "\n")
        script = 'exec "$@" --pin-fd 3 --new-pin-fd 4 3<askpass-old 4<askpass-new'
        self.tell("token pin change", "token", "pin", "change", again=None, inside=("sh", "-c", script, "sh"),
                  outside=outside(one, two, pin.replace(PIN, OTHER_PIN)))

    def in_agent(self) -> str:
        """The comments of what the agent holds; of a certificate, whether it is on record."""
        said = []
        ledgers = "".join(path.read_text() for path in self.work.home.rglob("*.ledger"))
        for line in self.running.list(self.work).splitlines():
            kind, blob, comment = line.split(" ", 2)
            recorded = "-cert-" not in kind or blob in ledgers or comment == TRIAL
            said.append(comment if recorded else f"{comment}, on no record")
        return "; ".join(sorted(said))

    def empty_agent(self) -> None:
        self.work.run("ssh-add", "-q", "-D", env=self.running.env).expect()

    def tell_of_an_agent(self) -> None:
        self.running = self.agent()
        self.env |= self.running.env
        self.trial = Trial(self.work, self.env, ("askpass", "token", "agent"))
        key_id = MINT[2]
        outside = Outside(self.in_agent, key_id, ("", TRIAL, f"{key_id}; {TRIAL}"), self.empty_agent)
        self.tell("mint --agent", *MINT, "--ca", "old-ca", "--agent", also=self.of_a_ca("old-ca"), outside=outside)

    def tell_of_unlocked_keys(self) -> None:
        self.key = self.with_token()
        self.running = self.agent(env=self.key.env)
        self.env |= self.running.env
        self.trial = Trial(self.work, self.env, self.trial.without)
        self.enroll("backup")
        unlock = ("unlock", "--provider", paths.PROVIDER)
        self.run_ok(*unlock)
        held = self.in_agent()
        self.tell("lock", "lock", outside=Outside(self.in_agent, "", (held,), lambda: self.run_ok(*unlock) if not self.in_agent() else None), most=12)
        self.tell_of_unattended_setup()
        self.tell("unlock", *unlock, outside=Outside(self.in_agent, held, ("",), self.empty_agent), most=12)

    def tell_of_unattended_setup(self) -> None:
        home = self.work.path("kept-home")
        home.mkdir()
        lines = home / ".ssh/authorized_keys"
        host = self.sshd(f"SetEnv HOME={home}\nMaxStartups 1000", log=self.work.path("sshd.log"))
        key_pair(self.work, "mine")
        host.authorize(self.work.path("mine.pub").read_text())
        config = host.ssh_config(f"  IdentityFile {self.work.path('mine')}")
        lines.parent.mkdir()

        def reset() -> None:
            lines.write_text("# first\n")

        def look() -> str:
            text, names = lines.read_text(), sorted(path.name for path in lines.parent.iterdir())
            added = text.removeprefix("# first\n")
            state = "as it was" if not added else "added" if text != added and added.count("\n") == added.count("restrict,from=") == 1 else text
            return state if names == ["authorized_keys"] else f"{state}, and {names}"

        reset()
        self.tell("unattended setup", "unattended", "setup", "host", "--yes", "--", "-F", config, outside=Outside(look, "added", ("as it was",), reset), most=6)

    def tell_of_hosts(self) -> None:
        host = self.sshd(f"TrustedUserCAKeys {self.work.path('old-ca.pub')}\nMaxStartups 1000", log=self.work.path("sshd.log"))
        self.trial = Trial(self.work, self.env, ("askpass", "sshd"))
        made = ("prove", "--make", "--yes", "--ca", "old-ca", "--account", USER, "--canaries")
        self.tell("prove --make", *made, "made.canaries", files=("made.canaries",), also=self.of_a_ca("old-ca"))
        self.run_ok(*made, "canaries")
        self.tell("prove", "prove", "--canaries", "canaries", "--known-hosts", host.known_hosts, f"127.0.0.1:{host.port}", "--html", "page", "--prometheus", "metrics",
                  files=("page", "metrics"), most=30)
        self.tell("trust snapshot", "trust", "snapshot", "--local", "-o", "snapshot", files=("snapshot",), again=("--force",), most=6)


WORLDS = ("tell_of_files", "tell_of_a_ca_on_a_token", "tell_of_token_administration", "tell_of_an_agent", "tell_of_unlocked_keys", "tell_of_hosts")
