"""Walks through a runbook on a stage with `halligan runbook run`; then again with one step's text broken, which must fail.

usage: runbook_test.py NAME [--mutant INDEX | --all-mutants]
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

import harness
from harness import paths, runbook
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


def ca_on_tokens(stage) -> None:
    """What the ceremony leaves: a CA key on each token, and the public keys in ~/emergency-ca."""
    for name, algorithm in (("blue", "ecdsa-sk"), ("red", "ed25519-sk")):
        stage.plug(name, pin=PIN)
        read_end, write_end = os.pipe()
        os.write(write_end, PIN.encode() + b"\n")
        os.close(write_end)
        folder = f"emergency-ca/{name}"
        stage.run("laptop", "mkdir", "-p", folder).expect()
        stage.run("laptop", "halligan", "ca", "init", "-d", folder, "-t", algorithm, "-C", f"emergency CA, token {name}",
                  "--pin-fd", str(read_end), pass_fds=(read_end,)).expect()
        os.close(read_end)
    stage.unplug()


def hosts_that_trust(stage) -> None:
    """What trust-hosts.md leaves."""
    keys = "".join((stage.home("laptop") / f"emergency-ca/{name}/ca.pub").read_text() for name in ("blue", "red"))
    for name, host in stage.hosts.items():
        (host.ssh / "emergency-ca.pub").write_text(keys)
        (host.ssh / "sshd_config.d" / "10-emergency-ca.conf").write_text("TrustedUserCAKeys /etc/ssh/emergency-ca.pub\n")
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


def ready_for_trust(stage) -> None:
    trusted_until_now(stage)
    ca_on_tokens(stage)


# name → what must be there before
FIXTURES = {
    "ca-ceremony": lambda stage: None,
    "trust-hosts": ready_for_trust,
    "emergency-access": ready_for_emergency,
    "handing-over": ready_for_emergency,
    "without-halligan": ready_for_emergency,
    "afterwards": after_an_emergency,
}


def play(name: str, mutant: int | None) -> int:
    """In a process and a world of its own."""
    text, steps = TEXTS[name], STEPS[name]
    if mutant is not None:
        change = runbook.mutants(text, steps)[mutant]
        text = runbook.broken(text, steps, change)
        print(f"{name}.md:{steps[change[0]]['line']}: {change[2].strip()}", flush=True)
    harness.isolate(network=True)
    from harness.stage import Stage
    stage = Stage()
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
