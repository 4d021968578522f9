"""OpenSSH from 8.4 to today, each of its programs: logins, security keys, certificates, agents and canaries.

    matrix_test.py                     the machine's own OpenSSH, as ./check does
    matrix_test.py --releases          all releases, from trees (see tests/harness/trees.py); needs root and a network
    matrix_test.py --releases --write  and docs/compatibility.md gets what was found

What is found must be what docs/compatibility.md says; a release that it does not have must do everything.
"""

import os
import re
import sys
import traceback

import harness
from harness import USER, paths, releases, trees
from harness.work import need

PAGE = paths.SOURCE / "docs" / "compatibility.md"
_BLOCK = re.compile(r"(?<=<!-- begin: matrix -->\n).*?(?=<!-- end: matrix -->)", re.S)
YES, NO = "yes", "**no**"
PIN = "271828"


class Unable(Exception):
    """This release cannot do that, whatever we do; the text is the cell."""


class World:
    """Tokens, CAs and daemons for the stories of a table. The tool and the software token are the build's own."""

    def __init__(self, case: harness.Case, found: list[releases.Release]):
        self.case, self.work, self.releases, self._numbers = case, case.work, found, 0
        self.tokens = {kind: case.softkey(f"ca-token-{kind}", pin=PIN) for kind in ("ecdsa-sk", "ed25519-sk")}
        self.cas = {kind: self._make_ca(kind) for kind in self.tokens}

    def name(self, stem: str) -> str:
        self._numbers += 1
        return f"{stem}{self._numbers}"

    @property
    def env(self) -> dict[str, str]:
        """For what uses a CA's token."""
        return {"HALLIGAN_DEVICE": ":".join(str(token.path) for token in self.tokens.values()), **self.work.askpass(PIN).env}

    def halligan(self, *arguments, env=None) -> harness.Completed:
        return self.work.run(need(paths.HALLIGAN), *arguments, env={**self.env, **(env or {})})

    def _make_ca(self, kind: str):
        folder = self.work.path(f"ca-{kind}")
        folder.mkdir()
        self.halligan("ca", "init", "-t", kind, "-d", folder, "--device", self.tokens[kind].path).expect()
        return folder / "ca"

    def ca(self, kind: str) -> list:
        return ["--ca", self.cas[kind]]

    def mint(self, kind: str, *arguments, principal: str = USER):
        key = self.work.path(self.name("minted"))
        self.halligan("mint", "--yes", *self.ca(kind), "-I", "matrix", "-n", principal, "-o", key, *arguments).expect()
        return key

    def revoke(self, kind: str, key):
        """A KRL with the certificate of this key."""
        krl = self.work.path(self.name("krl"))
        self.halligan("revoke", "make", "-y", "-o", krl, "--ca", f"{self.cas[kind]}.pub", "--certificate", f"{key}-cert.pub").expect()
        return krl

    def sshd(self, release: releases.Release, config: str = "") -> harness.Sshd:
        trust = self.work.write(self.name("trusted"), "".join(f"{ca.with_suffix('.pub').read_text()}" for ca in self.cas.values()))
        return self.case.sshd(f"TrustedUserCAKeys {trust}\n{config}", name=self.name("sshd"), machine=release.machine)

    def ssh(self, client, sshd, lines: str, *options, env=None) -> harness.Completed:
        config = sshd.ssh_config(lines, name=self.name("config"))
        return client.run(self.work, "ssh", "-F", config, *options, "host", "echo logged in", env=env)

    def login(self, client, sshd, lines: str, *options, env=None) -> None:
        self.ssh(client, sshd, lines, *options, env=env).expect(0, out="logged in")

    def refused(self, client, sshd, lines: str, *options, env=None) -> None:
        self.ssh(client, sshd, lines, *options, env=env).expect(255, err="Permission denied")

    def provider(self, release) -> str:
        if release.provider is None:
            raise Unable(release.why)
        return release.provider

    def sk_key(self, release, kind: str, *options: str):
        """A key that this release's ssh-keygen makes through our provider, and the token that holds it."""
        provider = self.provider(release)
        token = self.case.softkey(self.name("token"), pin=PIN)
        key = self.work.path(self.name("key"))
        flags = [argument for option in options for argument in ("-O", option)]
        release.run(self.work, "ssh-keygen", "-q", "-t", kind, "-w", provider, "-N", "", "-f", key, *flags,
                    env={**token.env, **self.work.askpass(PIN).env}).expect()
        return key, token

    def agent(self, release, token=None) -> harness.Agent:
        """An agent that reaches this token, else the CAs'."""
        return self.case.agent(name=self.name("agent"), enter=release.machine.enter, providers=release.providers,
                               env={**self.env, **(token.env if token else {})})

    def through(self, agent, key) -> str:
        return f"  IdentityAgent {agent.socket}\n  IdentityFile {key}.pub"

    def own_key(self):
        """A key in a file, by the machine's own ssh-keygen."""
        key = self.work.path(self.name("own"))
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).expect()
        return key

    def canary(self):
        """A public key whose private key is no more."""
        key = self.own_key()
        key.unlink()
        return key.with_name(key.name + ".pub")


# --- stories of a client and a server

def certificates(world: World, client, server) -> None:
    sshd = world.sshd(server)
    for kind in world.cas:
        for subject in ("ed25519", "ecdsa", "rsa"):
            world.login(client, sshd, f"  IdentityFile {world.mint(kind, '-t', subject)}")
        world.refused(client, sshd, f"  IdentityFile {world.mint(kind, principal='somebody-else')}")


def security_keys(world: World, client, server) -> None:
    provider = world.provider(client)
    sshd = world.sshd(server)
    rows = [("ecdsa-sk", (), ""), ("ed25519-sk", (), ""), ("ed25519-sk", ("no-touch-required",), "no-touch-required "),
            ("ecdsa-sk", ("verify-required",), "verify-required ")]
    for kind, options, restriction in rows:
        key, token = world.sk_key(client, kind, *options)
        env = {**token.env, **world.work.askpass(PIN).env}
        lines = f"  SecurityKeyProvider {provider}\n  IdentityFile {key}"
        world.refused(client, sshd, lines, env=env)
        sshd.authorize(restriction + harness.public_part(key))
        world.login(client, sshd, lines, env=env)


def certified_security_keys(world: World, client, server) -> None:
    provider = world.provider(client)
    sshd = world.sshd(server)
    for kind in ("ecdsa-sk", "ed25519-sk"):
        key, token = world.sk_key(client, kind)
        world.halligan("sign", "--yes", *world.ca(kind), "-I", "matrix", "-n", USER, f"{key}.pub").expect()
        world.login(client, sshd, f"  SecurityKeyProvider {provider}\n  IdentityFile {key}", env=token.env)


def canaries(world: World, client, server) -> None:
    """Asked with a certificate whose key does not exist, the server says whether it would take it."""
    sshd = world.sshd(server)
    for kind in world.cas:
        for principal, accepted in ((USER, True), ("somebody-else", False)):
            public = world.canary()
            world.halligan("sign", "--yes", *world.ca(kind), "-I", "canary", "-n", principal, public).expect()
            certificate = str(public).removesuffix(".pub") + "-cert.pub"
            done = world.ssh(client, sshd, f"  CertificateFile {certificate}\n  IdentityFile {public}", "-v")
            done.expect(255)
            if ("Server accepts key" in done.err) != accepted:
                raise harness.Failure(f"expected accepted={accepted}\n{done.report()}")


# --- stories of one release's programs, with its own client and server

def agent_certificate(world: World, release) -> None:
    sshd, agent = world.sshd(release), world.agent(release)
    world.halligan("mint", "--yes", *world.ca("ecdsa-sk"), "-I", "matrix", "-n", USER, "--agent", env=agent.env).expect()
    world.login(release, sshd, f"  IdentityAgent {agent.socket}\n  IdentitiesOnly no\n  IdentityFile none")


def agent_security_key(world: World, release) -> None:
    sshd = world.sshd(release)
    for kind, options, restriction in (("ecdsa-sk", (), ""), ("ed25519-sk", ("verify-required",), "verify-required ")):
        key, token = world.sk_key(release, kind, *options)
        agent = world.agent(release, token)
        release.run(world.work, "ssh-add", "-q", "-S", world.provider(release), key, env=agent.env).expect()
        sshd.authorize(restriction + harness.public_part(key))
        world.login(release, sshd, world.through(agent, key))


def agent_ca(world: World, release) -> None:
    """A CA whose key the agent holds signs for halligan."""
    key, agent = world.own_key(), world.agent(release)
    release.run(world.work, "ssh-add", "-q", key, env=agent.env).expect()
    sshd = world.case.sshd(f"TrustedUserCAKeys {key}.pub", name=world.name("sshd"), machine=release.machine)
    minted = world.work.path(world.name("minted"))
    world.halligan("mint", "--yes", "-U", "--ca", f"{key}.pub", "-I", "matrix", "-n", USER, "-o", minted, env=agent.env).expect()
    world.login(release, sshd, f"  IdentityFile {minted}")


def agent_sk_ca(world: World, release) -> None:
    """The same with a CA on a token, which the agent uses through our provider."""
    agent = world.agent(release)
    release.run(world.work, "ssh-add", "-q", "-S", world.provider(release), world.cas["ecdsa-sk"], env=agent.env).expect()
    sshd = world.sshd(release)
    minted = world.work.path(world.name("minted"))
    world.halligan("mint", "--yes", "-U", "--ca", f"{world.cas['ecdsa-sk']}.pub", "-I", "matrix", "-n", USER, "-o", minted,
                   env={**agent.env, "HALLIGAN_DEVICE": "/nonexistent"}).expect()
    world.login(release, sshd, f"  IdentityFile {minted}")


def keygen_signs(world: World, release) -> None:
    """ssh-keygen -s with the handle that halligan made, through our provider."""
    provider, sshd = world.provider(release), world.sshd(release)
    for kind, ca in world.cas.items():
        key = world.own_key()
        release.run(world.work, "ssh-keygen", "-q", "-s", ca, "-w", provider, "-I", "matrix", "-n", USER, "-V", "-5m:+10m", f"{key}.pub",
                    env=world.env).expect()
        world.login(release, sshd, f"  IdentityFile {key}")
        world.halligan("inspect", f"{key}-cert.pub").expect(out="matrix")


def keygen_reads(world: World, release) -> None:
    """ssh-keygen -L reads what halligan certifies, and -Q its list of revoked ones."""
    for kind, said in (("ecdsa-sk", "CA: ECDSA-SK"), ("ed25519-sk", "CA: ED25519-SK")):
        key, other = world.mint(kind), world.mint(kind)
        release.run(world.work, "ssh-keygen", "-L", "-f", f"{key}-cert.pub").expect(out=said)
        krl = world.revoke(kind, key)
        release.run(world.work, "ssh-keygen", "-Q", "-f", krl, f"{key}-cert.pub").expect(1, out="REVOKED")
        release.run(world.work, "ssh-keygen", "-Q", "-f", krl, f"{other}-cert.pub").expect(0, out="ok")


def keygen_resident(world: World, release) -> None:
    """ssh-keygen -K brings a key back from the token."""
    for kind in ("ecdsa-sk", "ed25519-sk"):
        key, token = world.sk_key(release, kind, "resident")
        folder = world.work.path(world.name("loaded"))
        folder.mkdir()
        release.run(world.work, "sh", "-c", 'cd "$1" && exec ssh-keygen -q -K -N "" -w "$2"', "sh", folder, world.provider(release),
                    env={**token.env, **world.work.askpass(PIN).env}).expect()
        loaded = [file.read_text().split()[1] for file in folder.glob("*.pub")]
        if loaded != [harness.public_part(key).split()[1]]:
            raise harness.Failure(f"another key came back: {loaded}")


def revoked(world: World, release) -> None:
    """sshd refuses what a list by halligan revokes."""
    key, other = world.mint("ecdsa-sk"), world.mint("ecdsa-sk")
    krl = world.revoke("ecdsa-sk", key)
    sshd = world.sshd(release, f"RevokedKeys {krl}")
    world.refused(release, sshd, f"  IdentityFile {key}")
    world.login(release, sshd, f"  IdentityFile {other}")


PAIRS = {"certificate": certificates, "security key": security_keys, "certified security key": certified_security_keys,
         "canary": canaries}
ALONE = {"`ssh-agent` holds a certificate by `mint --agent`": agent_certificate,
         "`ssh-agent` holds a security key": agent_security_key,
         "`ssh-agent` holds the CA's key, `mint -U`": agent_ca,
         "`ssh-agent` reaches the CA's token, `mint -U`": agent_sk_ca,
         "`ssh-keygen -s` signs with the CA's handle": keygen_signs,
         "`ssh-keygen -L`, `-Q` read certificates and KRLs": keygen_reads,
         "`ssh-keygen -K` loads resident keys": keygen_resident,
         "`sshd` obeys a KRL": revoked}


class Matrix(harness.Case):
    def tell(self, story, world: World, *parties) -> str:
        """One cell."""
        try:
            story(world, *parties)
        except Unable as unable:
            return f"no: {unable}"
        except AssertionError:
            between = " and ".join(release.openssh for release in parties)
            print(f"--- {story.__name__}, OpenSSH {between}\n{traceback.format_exc()}", flush=True)
            return NO
        return YES

    def cells(self, world: World) -> dict[tuple[str, str], str]:
        """By row and column, as the tables have them."""
        found = {}
        for name, story in PAIRS.items():
            for client in world.releases:
                for server in world.releases:
                    found[f"{name}, `ssh` {client.openssh}", f"`sshd` {server.openssh}"] = self.tell(story, world, client, server)
        for name, story in ALONE.items():
            for release in world.releases:
                found[name, release.openssh] = self.tell(story, world, release)
        return found

    def test_every_cell_is_as_the_page_says(self):
        everything = "--releases" in ARGUMENTS
        found = [releases.release(self.work, name) for name in trees.RELEASES] if everything else [releases.own()]
        cells = self.cells(World(self, found))
        if "--write" in ARGUMENTS:
            PAGE.write_text(_BLOCK.sub(lambda _: tables(cells), PAGE.read_text()))
        said = parse(PAGE.read_text())
        for place, cell in cells.items():
            with self.subTest(place):
                self.assertEqual(cell, said.get(place, YES))
        if everything:
            self.assertEqual(sorted(said), sorted(cells))
        print(f"{len(cells)} cells: {sum(cell == YES for cell in cells.values())} hold, "
              f"{sum(cell.startswith('no') for cell in cells.values())} cannot, {sum(cell == NO for cell in cells.values())} fail", flush=True)

    def test_a_story_that_fails_is_seen(self):
        """What the cells rest on: a story that goes wrong is a no, one that a release cannot play says why."""
        own = releases.own()
        world = World(self, [own])
        key = world.mint("ecdsa-sk", principal="somebody-else")

        def wrong(world, release):
            world.login(release, world.sshd(release), f"  IdentityFile {key}")

        def too_old(world, release):
            raise Unable("libfido2 1.6")
        self.assertEqual(self.tell(wrong, world, own), NO)
        self.assertEqual(self.tell(too_old, world, own), "no: libfido2 1.6")
        cells = {("a", "1"): YES, ("a", "2"): "no: x", ("b", "`sshd` 1"): NO}
        self.assertEqual(parse(f"<!-- begin: matrix -->\n{tables(cells)}<!-- end: matrix -->"), cells)


def tables(cells: dict[tuple[str, str], str]) -> str:
    """Markdown: one table for each set of columns."""
    text = ""
    for paired in (False, True):
        part = {place: cell for place, cell in cells.items() if place[1].startswith("`sshd`") == paired}
        if not part:
            continue
        rows, columns = dict.fromkeys(row for row, _ in part), dict.fromkeys(column for _, column in part)
        text += "\n" + "\n".join(["| " + " | ".join(["" if paired else "OpenSSH", *columns]) + " |", "|---" * (len(columns) + 1) + "|",
                                  *("| " + " | ".join([row, *(part.get((row, column), "") for column in columns)]) + " |"
                                    for row in rows)]) + "\n"
    return text + "\n"


def parse(page: str) -> dict[tuple[str, str], str]:
    """tables(), read again."""
    found, columns = {}, []
    for line in _BLOCK.search(page)[0].splitlines():
        row = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("| ") else []
        if not row:
            columns = columns if line.startswith("|") else []
        elif not columns:
            columns = row[1:]
        else:
            found.update({(row[0], column): cell for column, cell in zip(columns, row[1:]) if cell})
    return found


if __name__ == "__main__":
    ARGUMENTS = sys.argv[1:]
    del sys.argv[1:]
    if "--releases" in ARGUMENTS:
        if (missing := trees.problem()):
            sys.exit(f"matrix: {missing}")
        for each in trees.RELEASES:
            releases.tree(each)
    harness.main()
