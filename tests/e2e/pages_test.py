"""The examples of the man pages, typed on a stage as they are printed: none may fail, and none may be without its place here.

A command after "$ " is typed by a person at the laptop, one after "# " by root on the host web1. Lines below a command are what it
prints. What is no command, such as a configuration, goes where the page says and is then used. Two programs are stand-ins:
ansible-inventory, and systemctl, which "restarts" nginx.

usage: pages_test.py [PAGE...]
"""

import os
import pathlib
import re
import shutil
import sys

import harness
from harness import paths, vendor
from harness.process import Failure
from harness.terminal import Terminal
from pages_world import ASKED, KEYGEN, LOGIN, PIN, YES, Page, cover_folders, journal, pages, stand_ins

PAGES = pages()
# Read before the stage covers the folders where the sources may be.
RUNBOOKS = {path.stem: path.read_text(encoding="utf-8") for path in (paths.SOURCE / "runbooks").glob("*.md")}


def halligan_agent(page: Page) -> None:
    page.admin()
    page.on("laptop", 'eval "$(ssh-agent)"')
    page.run(YES)
    page.run(status=1)  # the administrator's own key may do everything
    page.on("laptop", "ssh-agent -k")


def halligan_ca(page: Page) -> None:
    page.stage.plug("ca-a", pin=PIN)
    page.run()
    page.run(ASKED)
    page.stage.plug("ca-b", pin=PIN)
    page.run(ASKED)
    vendor.publish(page.home, [(page.home / "ca-a/ca.attestation").read_bytes()])
    page.run()
    page.file("root.policy", page.text())
    page.key("user")
    sign = "halligan sign --yes --force --ca ca-b/ca --policy root.policy -n root -I"
    page.on("laptop", f"{sign} 'incident 4711' user.pub")
    page.on("laptop", f"{sign} 'no number' user.pub", status=3)
    page.on("laptop", f"{sign} 'incident 4711' -V -5m:+61m user.pub", status=3)


def configured(page: Page, text: str, command) -> None:
    """Run with this text as the configuration of the machine."""
    folder = pathlib.Path("/etc/halligan")
    folder.mkdir()
    (folder / "config").write_text(text)
    for name in ("blue", "red"):
        page.key(name)
        shutil.copy(page.home / f"{name}.pub", folder)
    (folder / "ca.policy").write_text('{"principals": ["root"]}\n')
    (folder / "known_hosts").touch()
    command()
    shutil.rmtree(folder)


def halligan_5(page: Page) -> None:
    configured(page, page.text(), lambda: page.on("laptop", "halligan config check"))


def halligan_config(page: Page) -> None:
    configured(page, PAGES["halligan.5"][0][1], page.run)


def halligan_doctor(page: Page) -> None:
    page.stage.plug("fresh")
    page.run(status=1)


def halligan_drill(page: Page) -> None:
    page.ca()
    page.trusted("ca/ca.pub")
    page.run(ASKED, YES, (r"login to web1 arrive\? \[y/N\] ", "y"), (r"login to web2 arrive\? \[y/N\] ", "y"))
    page.run()
    page.run()


def halligan_explain(page: Page) -> None:
    page.ca()
    page.trusted("ca/ca.pub")
    page.admin()
    page.on("laptop", "halligan mint --yes -I 'ann: incident 4711' -n root", ASKED)
    page.run()
    journal("error: Authentication key ED25519-CERT SHA256:x revoked by file /etc/ssh/revoked")
    page.run(status=1)
    shutil.rmtree("/var/log/journal")


def halligan_handoff(page: Page) -> None:
    page.ca()
    page.on("colleague", "mkdir -p -m 700 ~/.ssh; [ -e ~/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519")
    shutil.copy(page.stage.home("colleague") / ".ssh/id_ed25519.pub", page.home / "sam.pub")
    page.run(ASKED, YES)
    page.run()
    page.stage.carry("laptop", f"{page.name}/handoff.age", "colleague", "handoff.age")
    page.run(place="colleague")


def halligan_inspect(page: Page) -> None:
    page.ca(".")
    page.on("laptop", "halligan mint --yes -I 'ann: incident 4711' -n root", ASKED)
    page.run()
    page.software_ca("host-ca")
    for name in ("web1", "web2"):
        ssh = page.stage.hosts[name].ssh
        shutil.copy(ssh / "ssh_host_ed25519_key.pub", page.home / f"{name}.pub")
        page.on("laptop", f"ssh-keygen -q -s host-ca/ca -I {name} -h -n {name} -V -1h:+52w {name}.pub")
        shutil.copy(page.home / f"{name}-cert.pub", ssh / "ssh_host_ed25519_key-cert.pub")
        (ssh / "sshd_config.d/20-host.conf").write_text("HostCertificate /etc/ssh/ssh_host_ed25519_key-cert.pub\nPort 22\nPort 2222\n")
        page.stage.run(name, "systemctl", "reload", "ssh").expect()
    known = pathlib.Path("/etc/ssh/ssh_known_hosts")
    before = known.read_text()
    known.write_text(before + "@cert-authority * " + (page.home / "host-ca/ca.pub").read_text())
    page.run()
    known.write_text(before)
    page.file("spec", f"id: ann: incident 4711\n")
    page.on("laptop", "ssh-keygen -q -k -f revoked.krl -s ca.pub spec")
    if "incident 4711" not in page.run():
        raise Failure("the certificate that is revoked is not shown")


def halligan_ledger(page: Page) -> None:
    page.software_ca(".")
    page.key("user")
    for number in range(12):
        page.on("laptop", f"halligan sign --yes --force --ca ca -I 'id {number}' -n root user.pub")
    page.run()
    page.run()
    page.trusted("ca.pub")
    certificate = page.on("laptop", "halligan inspect --json user-cert.pub")
    serial, key, authority = (re.search(pattern, certificate)[1] for pattern in (
        r'"serial":(\d+)', r'"key":\{[^}]*"fingerprint":"([^"]+)"', r'"ca":\{[^}]*"fingerprint":"([^"]+)"'))
    journal(f"Accepted publickey for root from 10.64.1.1 port 4711 ssh2: ED25519-CERT {key} ID id 11 (serial {serial}) CA ED25519 {authority}")
    page.run()
    shutil.rmtree("/var/log/journal")
    shutil.copy(page.stage.hosts["web1"].home / "web1.json", page.home)
    page.run()
    for folder in ("a", "b"):
        page.on("laptop", f"mkdir {folder} && cp ca ca.pub ca.ledger user.pub {folder}/")
        page.on("laptop", f"halligan sign --yes --force --ca {folder}/ca -I 'on {folder}' -n root {folder}/user.pub")
    page.run()
    page.run()
    shutil.copy(page.home / "web1.json", page.home / "web1.log")
    page.admin()
    page.file("signers", f"operator@example.com {(page.stage.home('laptop') / '.ssh/id_ed25519.pub').read_text()}")
    for _ in range(3):
        page.run()


def halligan_ledger_5(page: Page) -> None:
    page.software_ca(".")
    page.key("user")
    page.on("laptop", "halligan sign --yes --ca ca -I one -n root user.pub")
    if '"prev"' not in page.run():
        raise Failure("no members of a record")
    digest = page.run().split()[0]
    page.on("laptop", "halligan sign --yes --force --ca ca -I two -n root user.pub")
    page.on("laptop", f"tail -n 1 ca.ledger | grep -F {digest}")


def halligan_mint(page: Page) -> None:
    page.ca("ca-a")
    page.trusted("ca-a/ca.pub")
    page.run(ASKED, YES)
    page.run(LOGIN)
    page.on("laptop", "rm emergency*")
    page.run(YES)
    page.on("laptop", "ssh -i em -o IdentitiesOnly=yes root@web1 true")
    # An agent that may ask, and somebody who says yes.
    page.file("askpass", "#!/bin/sh\necho yes\n", 0o755)
    page.on("laptop", "export SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force && eval $(ssh-agent) && "
                      "unset SSH_ASKPASS SSH_ASKPASS_REQUIRE")
    page.run(ASKED, YES)
    page.run(LOGIN)
    page.on("laptop", "ssh-agent -k && unset SSH_AUTH_SOCK SSH_AGENT_PID")
    if page.run(ASKED, YES).count("nginx is restarted") != 2:
        raise Failure("the command did not run on two hosts")
    page.run(ASKED, YES, LOGIN)
    page.stage.run("web1", "mkdir", "/etc/nginx").expect()
    page.file("nginx.conf", "# of the laptop\n")
    page.run(ASKED, YES)
    page.stage.run("web1", "cat", "/etc/nginx/nginx.conf").expect(0, out="# of the laptop")


def halligan_prove(page: Page) -> None:
    page.ca()
    page.trusted("ca/ca.pub")
    page.run(ASKED, YES)
    for folder in ("/var/www", "/var/lib/prometheus/node-exporter"):
        os.makedirs(folder)
        shutil.chown(folder, "jo", "jo")
    page.file("hosts", "web1\nweb2\n")
    # Nothing revokes a certificate there, as the answer says.
    page.run(status=1)
    page.admin()
    page.on("laptop", "mkdir snapshots")
    page.run()
    page.run(status=1)
    config = page.stage.home("laptop") / ".ssh/config"
    config.write_text("Host bastion\n  User root\n")
    page.run(status=1)
    config.unlink()
    for file in ("/var/www/emergency.html", "/var/lib/prometheus/node-exporter/halligan.prom"):
        if "web2" not in pathlib.Path(file).read_text():
            raise Failure(f"web2 is not in {file}")


def halligan_request(page: Page) -> None:
    page.ca()
    page.trusted("ca/ca.pub")
    page.key("ann")
    page.file("allowed_signers", f"ann@example.com {(page.home / 'ann.pub').read_text()}")
    code = re.search(r"[0-9A-Z]{4}(?:[- ][0-9A-Z]{4}){3}", page.run())[0]
    page.on("laptop", "eval $(ssh-agent) && ssh-add -q ann")
    page.run(YES)
    page.on("laptop", "ssh-agent -k && unset SSH_AUTH_SOCK SSH_AGENT_PID")
    page.run(YES, change=lambda text: re.sub(r"--code '[^']*'", f"--code '{code}'", text))
    page.on("laptop", "mv ben2-cert.pub ben-cert.pub")  # comes back by mail
    page.run(LOGIN)


def halligan_revoke(page: Page) -> None:
    page.software_ca(".")
    page.key("user")
    page.on("laptop", "halligan sign --yes --ca ca -I one -n root user.pub && touch no-keys && ssh-keygen -q -k -f revoked.krl no-keys")
    page.run()
    page.run()
    page.on("laptop", "ssh-keygen -Q -f revoked.krl user-cert.pub", status=1)


def halligan_sign(page: Page) -> None:
    page.ca("ca-a")
    page.trusted("ca-a/ca.pub")
    page.key("ben")
    page.run(YES)
    page.software_ca("host-ca")
    page.file("host-ca/ca.policy", '{"maximum_lifetime": "8d"}\n')
    page.on("laptop", "ssh-keygen -q -t ed25519 -N '' -f ssh_host_ed25519_key && "
                      "ssh-keygen -q -s host-ca/ca -I web1 -h -n web1 -V -1h:+1w -z 1 ssh_host_ed25519_key.pub")
    page.run(YES)
    page.key("ann")
    page.file("allowed_signers", f"ann@example.com {(page.home / 'ann.pub').read_text()}")
    told = page.on("laptop", "halligan request -n root -I 'ben: incident 4711' -o new >ben.first")
    page.on("laptop", "halligan co-sign --yes --key ann ben.first >ben.request && rm ben-cert.pub")
    code = re.search(r"[0-9A-Z]{4}(?:[- ][0-9A-Z]{4}){3}", told)[0]
    page.run(YES, change=lambda text: re.sub(r"--code '[^']*'", f"--code '{code}'", text))


def halligan_token(page: Page) -> None:
    page.ca()
    page.run()
    other = page.stage.work.daemon("second-token", ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "--", "stage-softkey",
                                                    "--state", page.home / "second", "--pty", "/dev/hidraw1", "--touch", "200"])
    other.wait_for("softkey: ready on /dev/hidraw1")
    page.run()
    other.stop()
    if "SHA256:" not in page.run(ASKED):
        raise Failure("no fingerprint")
    page.file("old", f"{PIN}\n")
    page.file("new", "271828\n")
    page.run()
    page.on("laptop", "halligan token keys list", (ASKED[0], "271828"))


def halligan_trust(page: Page) -> None:
    page.admin()
    page.ca()
    shutil.copy(page.home / "ca/ca.pub", page.home / "emergency-ca.pub")
    page.on("laptop", "rm -f ~/.config/halligan/canaries.pub; halligan prove --make --account root; cp ~/.config/halligan/canaries.pub canary-cert.pub", ASKED, YES)
    page.run()
    page.run(YES)


def halligan_unattended(page: Page) -> None:
    page.admin()
    page.stage.plug("backup", pin=PIN)
    page.on("laptop", "eval $(ssh-agent)")
    # Where it is after an installation without packages.
    page.run(KEYGEN, ("Enter file in which to save the key.*: ", f"{page.home}/backup"), ("Enter passphrase.*: ", ""), ("Enter same passphrase again: ", ""),
             change=lambda text: re.sub(r"/usr/lib/[^/ ]+/", "/usr/local/lib/", text))
    page.run(ASKED)
    owner = page.home.stat()
    runtime = pathlib.Path(f"/run/user/{owner.st_uid}")  # as logind makes it
    runtime.mkdir(mode=0o700, parents=True)
    os.chown(runtime, owner.st_uid, owner.st_gid)
    page.on("laptop", "ssh-keygen -q -t ed25519-sk -w /usr/local/lib/libsk-halligan.so -O resident -O verify-required -O application=ssh:careful -N '' -f careful", KEYGEN)
    page.run(ASKED)
    if "PIN held" not in page.on("laptop", "halligan status careful"):
        raise Failure("the PIN is not held")
    page.on("laptop", "halligan lock careful")
    page.run(status=4)  # no card here: e2e.unattended_card has one
    kept = "$HOME/.local/state/halligan/agent.$(uname -n)"
    before = page.on("laptop", "echo \"$SSH_AUTH_SOCK\"").strip()
    page.run()
    page.on("laptop", f"test \"$SSH_AUTH_SOCK\" = \"{kept}\" && kill $(pgrep -f \"ssh-agent -a {kept}\"); SSH_AUTH_SOCK='{before}'")
    page.run(YES)
    page.on("laptop", page.text().rstrip("\n"))
    page.on("laptop", "mkdir bin && PATH=$PWD/bin:$PATH")
    page.file("bin/backup-all", "#!/bin/sh\nssh-add -L\n", 0o755)
    minute = page.text().rstrip("\n").split(" ", 5)
    if "sk-ssh-ed25519" not in page.on("laptop", minute[5]):
        raise Failure("the job does not see the key")
    page.on("laptop", "halligan lock")
    page.on("laptop", minute[5])
    unit = dict(line.split("=", 1) for line in page.text().splitlines() if "=" in line)
    installed = {name: command.replace("/usr/bin/", "/usr/local/bin/").replace("/usr/local/sbin/", f"{page.home}/bin/")
                 for name, command in unit.items()}
    page.on("laptop", installed["ExecCondition"], status=1)
    page.on("laptop", "halligan unlock backup", ASKED)
    page.on("laptop", installed["ExecCondition"])
    page.on("laptop", installed["ExecStart"])
    page.on("laptop", "ssh-agent -k && unset SSH_AUTH_SOCK SSH_AGENT_PID")


def halligan_1(page: Page) -> None:
    page.stage.plug("first", pin=PIN)
    page.run(ASKED)
    for host in page.stage.hosts.values():
        shutil.copy(page.home / "ca.pub", host.ssh / "ca.pub")
    page.run()
    page.stage.run("web1", "systemctl", "reload", "ssh").expect()
    page.trusted("ca.pub")
    page.run(ASKED, YES)
    page.run(LOGIN)
    page.key("ben")
    page.run(YES)
    if page.run(ASKED, YES).count("nginx is restarted") != 2:
        raise Failure("the command did not run on two hosts")


def halligan_conf(page: Page) -> None:
    file = pathlib.Path("/etc/ssh/halligan.conf")
    before = file.read_text()
    page.stage.plug("conf", pin=PIN)
    file.write_text(page.text())
    page.on("laptop", "halligan token info")
    file.write_text(page.text())
    if "pcsc:ACS ACR122U" not in page.on("laptop", "halligan token info", status=2):
        raise Failure("the card is not considered")
    file.write_text(before)


def libsk_halligan(page: Page) -> None:
    page.stage.plug("own", pin=PIN)
    page.on("laptop", "mkdir -p -m 700 ~/.ssh")
    config = page.stage.home("laptop") / ".ssh/config"
    config.write_text(page.text())
    page.on("laptop", "eval $(ssh-agent)")
    page.run()
    page.run(KEYGEN, ("Enter passphrase.*: ", ""), ("Enter same passphrase again: ", ""))
    page.run(KEYGEN)
    page.on("laptop", "ssh-add -L | grep sk-ecdsa && ssh-add -D && ssh-agent -k; unset SSH_AUTH_SOCK SSH_AGENT_PID SSH_SK_PROVIDER")
    # The configuration: ssh takes the library from it.
    (page.stage.hosts["web1"].home / ".ssh").mkdir(mode=0o700, exist_ok=True)
    shutil.copy(page.home / "id_token.pub", page.stage.hosts["web1"].home / ".ssh/authorized_keys")
    page.on("laptop", "ssh -i id_token -o IdentitiesOnly=yes root@web1 true")
    config.unlink()


def softkey(page: Page) -> None:
    page.stage.unplug()
    _, text, _ = page.next("$")
    argv, env = page.stage.argv("laptop")
    with Terminal([*argv, "sh", "-c", f"exec {text}"], env=env, cwd=page.home) as terminal:
        terminal.expect("softkey: ready")
        page.run()
        page.run()
        page.on("laptop", "unset HALLIGAN_DEVICE")


def halligan_kit(page: Page) -> None:
    page.software_ca("blue")
    page.admin()
    for name, text in RUNBOOKS.items():
        page.stage.put_runbook(name, text)
    config = page.stage.home("laptop") / ".config/halligan/config"
    page.on("laptop", "mkdir -p ~/.config/halligan")
    config.write_text(f'CA blue\nPublicKey "{page.home}/blue/ca.pub"\n')
    page.run()
    page.run()
    page.run()
    config.unlink()


def halligan_runbook(page: Page) -> None:
    """The first question is answered with "stop", so nothing is finished: e2e.runbook walks to the end of each."""
    for name in ("emergency-access", "trust-hosts"):
        page.stage.put_runbook(name, RUNBOOKS[name])
    stop = (r"Run it\? \[[^\n]*\] $", "q")
    value = (r"^\w+, [^\n]* \[[^\n]*\]: $", "")
    page.run(value, value, stop, status=1)
    page.run(status=1)
    page.run(value, stop, status=1)


PLAYED = {"halligan.1": halligan_1, "halligan.5": halligan_5, "halligan.conf.5": halligan_conf, "halligan-ledger.5": halligan_ledger_5,
          "libsk-halligan.8": libsk_halligan, "softkey.1": softkey,
          **{f"halligan-{name}.1": globals()[f"halligan_{name}"] for name in (
              "agent", "ca", "config", "doctor", "drill", "explain", "handoff", "inspect", "kit", "ledger", "mint", "prove", "request", "revoke", "runbook", "sign", "token",
              "trust", "unattended")}}


def broken(stage) -> list[str]:
    """Which faults of a page nobody would notice."""
    rows = {"a command that fails": [("$", "halligan token lsit", "")], "other output": [("$", "halligan --version", "halligan 0.0.0\n")],
            "a question without an answer": [("$", "read -p 'PIN of the token: ' pin && false", "")], "an example left over": [("$", "true", "")] * 2}
    unnoticed = []
    for number, (what, items) in enumerate(rows.items()):
        page = Page(stage, f"broken-{number}", items)
        try:
            page.run(*([ASKED] if "read" in items[0][1] else []))
            page.done()
            unnoticed.append(what)
        except Failure:
            continue
        finally:
            page.close()
    return unnoticed


def main() -> int:
    if os.geteuid() != 0:
        harness.skip("a stage with hosts of its own needs root: sudo ctest --test-dir build/release -R e2e.pages")
    wanted = sys.argv[1:] or sorted(PLAYED)
    if set(PAGES) - set(PLAYED) or not all(PAGES.values()):
        print(f"pages without examples, or that nothing plays: {set(PAGES) - set(PLAYED)} {[n for n, e in PAGES.items() if not e]}")
        return 1
    harness.isolate(network=True)
    cover_folders()
    from harness.stage import Stage
    stage = Stage(("web1", "web2", "bastion"))
    count, failed = 0, []
    try:
        stand_ins(stage)
        stage.join_networks()
        for name in wanted:
            page = Page(stage, name, PAGES[name])
            try:
                PLAYED[name](page)
                page.done()
            except (Failure, OSError) as failure:
                print(f"{name}: FAILED: {failure}\n{stage.report()[-2000:]}", flush=True)
                failed.append(name)
            page.close()
            count += len(PAGES[name])
        unnoticed = broken(stage)
    finally:
        stage.close()
    print(f"{count} examples of {len(wanted)} pages; not as printed: {failed or 'none'}; faults that go unnoticed: {unnoticed or 'none'}")
    return 1 if failed or unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
