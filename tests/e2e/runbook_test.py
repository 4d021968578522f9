"""Walks through a runbook on a stage with `halligan runbook run`; then again with one step's text broken, which must fail.

usage: runbook_test.py NAME [--mutant INDEX | --all-mutants]
"""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import harness
from harness import paths, runbook, vendor
from harness.process import Failure

PIN = "142857"
# How many broken steps a run of the test tries, spread over the runbook; --all-mutants tries each.
SAMPLE = 4


def key_on(stage, place: str, file: str) -> None:
    stage.run(place, "mkdir", "-p", "-m", "700", ".ssh").expect()
    stage.run(place, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{place} key", "-f", file).expect()


def trusted_until_now(stage) -> None:
    """The laptop's static key opens every host: what a fleet looks like before."""
    key_on(stage, "laptop", ".ssh/id_ed25519")
    public = (stage.home("laptop") / ".ssh/id_ed25519.pub").read_text()
    for host in stage.hosts.values():
        (host.home / ".ssh").mkdir(mode=0o700)
        (host.home / ".ssh/authorized_keys").write_text(public)


def with_pin(stage, *argv) -> None:
    """A command of the laptop's that asks for the token's PIN."""
    read_end, write_end = os.pipe()
    os.write(write_end, PIN.encode() + b"\n")
    os.close(write_end)
    stage.run("laptop", *argv, "--pin-fd", str(read_end), pass_fds=(read_end,)).expect()
    os.close(read_end)


def ca_on_tokens(stage) -> None:
    """What the ceremony leaves: a CA key on each token, and the public keys in ~/emergency-ca."""
    for name, algorithm in (("blue", "ecdsa-sk"), ("red", "ed25519-sk")):
        stage.plug(name, pin=PIN)
        folder = f"emergency-ca/{name}"
        stage.run("laptop", "mkdir", "-p", folder).expect()
        with_pin(stage, "halligan", "ca", "init", "-d", folder, "-t", algorithm, "-C", f"emergency CA, token {name}")
    stage.unplug()


def metadata_about_tokens(stage) -> None:
    """What somebody brings to the ceremony: metadata that list the makers of the two tokens, which are new."""
    attestations = []
    for name in ("blue", "red"):
        stage.plug(name)
        probe = "probe.attestation"
        stage.run("laptop", "env", "SSH_SK_PROVIDER=/usr/local/lib/libsk-halligan.so", "ssh-keygen", "-q", "-t", "ecdsa-sk", "-N", "", "-f", "probe",
                  "-O", f"write-attestation={probe}").expect()
        attestations.append((stage.home("laptop") / probe).read_bytes())
        stage.run("laptop", "rm", "probe", "probe.pub", probe).expect()
        stage.unplug()
    folder = stage.home("laptop") / "fido"
    folder.mkdir()
    vendor.publish(folder, attestations)


def hosts_that_trust(stage) -> None:
    """What trust-hosts.md leaves."""
    keys = "".join((stage.home("laptop") / f"emergency-ca/{name}/ca.pub").read_text() for name in ("blue", "red"))
    for name, host in stage.hosts.items():
        (host.ssh / "halligan-ca.pub").write_text(keys)
        (host.ssh / "halligan-revoked").touch()
        (host.ssh / "sshd_config.d" / "10-halligan.conf").write_text(
            "TrustedUserCAKeys /etc/ssh/halligan-ca.pub\nRevokedKeys /etc/ssh/halligan-revoked\n")
        stage.run(name, "systemctl", "reload", "ssh").expect()


def ready_for_emergency(stage) -> None:
    stage.join_networks()  # one host is another's bastion
    ca_on_tokens(stage)
    hosts_that_trust(stage)
    key_on(stage, "colleague", ".ssh/id_ed25519")


# Read before the stage covers /tmp and /home, where the sources may be.
FILES = {path.stem: path for path in (paths.SOURCE / "runbooks").glob("*.md")}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in FILES.items()}
STEPS = {name: runbook.steps_of(path) for name, path in FILES.items() if name != "README"}


def walk(stage, name: str, text: str, patience: float) -> None:
    """From the first step to the last, each of which must then be on record."""
    file = stage.put_runbook(name, text)
    transcript = runbook.Walk(stage, name, STEPS[name], patience).go()
    for arguments, says in (([transcript], "unchanged\n"), ([file, "--ran", transcript], "well-formed\n")):
        harness.run(["halligan", "runbook", "check", *arguments], env=stage.environment("root")).expect(0, out=says)


def after_an_emergency(stage) -> None:
    """What two of the pages leave: logins on record, and between them a signature that is on none."""
    ready_for_emergency(stage)
    for name in ("emergency-access", "without-halligan", "emergency-access"):
        walk(stage, name, TEXTS[name], 60)
    stage.run("laptop", "touch", "emergency", "emergency.pub", "emergency-cert.pub").expect()
    trusted_until_now(stage)


def ready_for_trust(stage) -> None:
    trusted_until_now(stage)
    ca_on_tokens(stage)


def refused(stage) -> None:
    """Somebody has begun to use principals files, and left the emergency out; an old key still opens the host."""
    trusted_until_now(stage)
    ca_on_tokens(stage)
    hosts_that_trust(stage)
    stage.plug("blue")
    with_pin(stage, "halligan", "prove", "--make", "--yes", "--ca", "emergency-ca/blue/ca", "--account", "root")
    with_pin(stage, "halligan", "mint", "--yes", "--ca", "emergency-ca/blue/ca", "--key-id", "incident 4711", "--principals", "root")
    stage.unplug()
    host = stage.hosts["web1"]
    (host.ssh / "principals").mkdir()
    (host.ssh / "principals/root").write_text("admin\n")
    (host.ssh / "sshd_config.d/20-principals.conf").write_text("AuthorizedPrincipalsFile /etc/ssh/principals/%u\n")
    stage.run("web1", "systemctl", "reload", "ssh").expect()
    host.daemon.text()
    stage.run("laptop", "mkdir", "snapshots").expect()
    stage.run("laptop", "ssh", "-F", "none", "-i", "emergency", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "root@web1.example.com").expect(255)
    reason = "Certificate does not contain an authorized principal"
    host.daemon.wait_for(reason)
    # As syslog writes what sshd says.
    (host.home / "sshd.log").write_text("".join(f"Nov 27 06:55:12 web1 sshd[71]: {line}\n" for line in ("Server listening on 0.0.0.0 port 22.", reason)))


def proven(stage) -> None:
    """A fleet in use: two tokens, hosts that trust both, an ordinary way in, and a canary of each."""
    trusted_until_now(stage)
    ca_on_tokens(stage)
    hosts_that_trust(stage)
    for name in ("blue", "red"):
        stage.plug(name)
        stage.run("laptop", "halligan", "prove", "--make", "--yes", "--ca", f"emergency-ca/{name}/ca", "--account", "root", "--canaries",
                  "emergency-ca/canaries.pub").expect()
        stage.unplug()


def used(stage, token: str) -> None:
    """A login to web1 by a certificate of this token, by somebody who has a ledger."""
    stage.plug(token)
    with_pin(stage, "halligan", "mint", "--yes", "--ca", f"emergency-ca/{token}/ca", "--key-id", "jo: incident 4711", "--principals", "root",
             "--run", "--", "ssh", "root@web1.example.com", "true")
    stage.unplug()


def log_of(host) -> None:
    """Its logins by certificates, as syslog writes what sshd says."""
    now = time.strftime("%b %d %H:%M:%S", time.gmtime())
    accepted = [line for line in host.daemon.text().splitlines() if "Accepted publickey for root" in line and "CERT" in line]
    (host.home / "sshd.log").write_text("".join(f"{now} {host.name} sshd[71]: {line}\n" for line in accepted))


def lost(stage) -> None:
    proven(stage)
    used(stage, "red")
    log_of(stage.hosts["web1"])


def watched(stage) -> None:
    """The same, and a witness who has brought a key."""
    proven(stage)
    stage.run("laptop", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "kim", "-f", "kim").expect()


def in_use(stage) -> None:
    """An emergency and a drill."""
    watched(stage)
    used(stage, "blue")
    walk(stage, "drill", TEXTS["drill"], 60)
    log_of(stage.hosts["web1"])


def with_a_new_token(stage) -> None:
    proven(stage)
    stage.plug("green", pin=PIN)
    stage.unplug()


def backup_host(stage) -> None:
    """An account whose static key opens the host, and a token that has a PIN and nothing else."""
    key_on(stage, "backup", ".ssh/id_ed25519")
    host = stage.hosts["web1"]
    (host.home / ".ssh").mkdir(mode=0o700)
    (host.home / ".ssh/authorized_keys").write_text((stage.home("backup") / ".ssh/id_ed25519.pub").read_text())
    stage.holder = "backup"
    stage.plug("backup", pin=PIN)
    stage.unplug()


def token_of_backups(stage) -> None:
    """What the other page leaves."""
    backup_host(stage)
    walk(stage, "backup-host", TEXTS["backup-host"], 60)


def card_bay(stage) -> None:
    """The account of the jobs as backup_host() has it, whose GnuPG runs already; the card is in the reader."""
    key_on(stage, "backup", ".ssh/id_ed25519")
    host = stage.hosts["web1"]
    (host.home / ".ssh").mkdir(mode=0o700)
    (host.home / ".ssh/authorized_keys").write_text((stage.home("backup") / ".ssh/id_ed25519.pub").read_text())
    # Any use of gpg leaves programs that run with the configuration of that time: here, one in which no key can be made.
    stage.run("backup", "sh", "-c", "mkdir -m 700 .gnupg && printf 'disable-ccid\\ndeny-admin\\n' >.gnupg/scdaemon.conf && "
              "gpg-connect-agent 'SCD SERIALNO' /bye && rm .gnupg/scdaemon.conf").expect(0, out="OK")


def two_hops(stage) -> None:
    """A laptop's key that opens both hosts, which reach each other and know each other's host keys."""
    trusted_until_now(stage)
    stage.join_networks()
    for host in stage.hosts.values():
        shutil.copy("/etc/ssh/ssh_known_hosts", host.ssh)


# name → what must be there before
FIXTURES = {
    "ca-ceremony": metadata_about_tokens,
    "trust-hosts": ready_for_trust,
    "host-does-not-open": refused,
    "emergency-access": ready_for_emergency,
    "handing-over": ready_for_emergency,
    "without-halligan": ready_for_emergency,
    "afterwards": after_an_emergency,
    "drill": watched,
    "audit": in_use,
    "lost-token": lost,
    "rotation": with_a_new_token,
    "backup-host": backup_host,
    "token-gone": token_of_backups,
    "agents": two_hops,
    "backup-host-card": card_bay,
}


WITH_CARD = ("backup-host-card",)


def new_card():
    """A reader with a card that nobody has used. Before there is a stage, which covers the folders of their programs."""
    from harness.openpgp import OpenPgpCard
    from harness.work import Work
    tempfile.tempdir = "/run"
    work = Work()
    tempfile.tempdir = None
    OpenPgpCard(work, harness.Readers(work), keys=None)
    return work


def play(name: str, mutant: int | None) -> int:
    """In a process and a world of its own."""
    text, steps = TEXTS[name], STEPS[name]
    if mutant is not None:
        change = runbook.mutants(text, steps)[mutant]
        text = runbook.broken(text, steps, change)
        print(f"{name}.md:{steps[change[0]]['line']}: {change[2].strip()}", flush=True)
    harness.isolate(network=True)
    from harness.stage import Stage
    reader = new_card() if name in WITH_CARD else None
    stage = Stage(has_syslog=True)
    try:
        FIXTURES[name](stage)
        try:
            # A broken step may ask something that nobody answers: no need to wait long for that.
            walk(stage, name, text, 60 if mutant is None else 10)
        except Failure as failure:
            print(f"failed as a step: {failure}", flush=True)
            if mutant is None:
                print(stage.report(), flush=True)
            return 3
        return 0
    finally:
        stage.close()
        if reader:
            reader.close()


def child(name: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-B", __file__, name, *arguments], capture_output=True, text=True, check=False,
                          timeout=harness.PATIENCE * 4)


def main() -> int:
    name = sys.argv[1]
    if "--play" in sys.argv:
        return play(name, None)
    if "--mutant" in sys.argv:
        return play(name, int(sys.argv[-1]))
    if os.geteuid() != 0:
        harness.skip("a stage with hosts of its own needs root: sudo ctest --test-dir build/release -R e2e.runbook")

    done = child(name, "--play")
    print(done.stdout + done.stderr)
    if done.returncode != 0:
        print(f"{name}.md does not work as printed (exit {done.returncode})")
        return 1
    steps = STEPS[name]
    print(f"{name}.md: {len(steps)} steps work as printed", flush=True)

    count = len(runbook.mutants(TEXTS[name], steps))
    if count < len(steps):
        print("some step cannot be broken by a mutation")
        return 1
    chosen = range(count) if "--all-mutants" in sys.argv else sorted({i * (count - 1) // (SAMPLE - 1) for i in range(SAMPLE)})
    survivors = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for mutant, broken in zip(chosen, pool.map(lambda i: child(name, "--mutant", str(i)), chosen)):
            # 3 is "a step failed"; anything else is a test that broke in another way
            killed = broken.returncode == 3
            survivors += not killed
            lines = broken.stdout.strip().splitlines() or [""]
            print(f"broken: {lines[0]}\n  {'fails: ' + lines[1][:150] if killed and len(lines) > 1 else 'DOES NOT FAIL'}")
            if not killed and broken.returncode != 0:
                print(broken.stdout + broken.stderr)
    print(f"{len(chosen)} of {count} steps broken, {survivors} went unnoticed")
    return 1 if survivors or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
