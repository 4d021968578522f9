"""runbooks/systemd/70-halligan-lock.rules, judged by udevd and the kernel of a virtual machine: a FIDO token that is pulled starts the unit
that locks, and nothing else does."""

import pathlib
import shutil
import tempfile

import harness
from harness import paths
from machine import Machine, Token, file_system, missing

UDEV = paths.SOURCE / "build/udev"
UDEVADM = [UDEV / "bin/udevadm", UDEV / "usr/bin/udevadm"]  # of Debian 12, and later
RULES = paths.SOURCE / "runbooks/systemd/70-halligan-lock.rules"
FIDO = "60-fido-id.rules"  # udev's own, which knows a FIDO token by its reports
NO_TOKEN = 'SUBSYSTEM=="hidraw", ENV{ID_FIDO_TOKEN}="0"'
# There is no systemd in the guest: this notes what it was to do.
SYSTEMCTL = "#!/bin/sh\necho \"$0 $*\" >>/run/started\n"
EXPECTED = "/usr/bin/systemctl --no-block start halligan-lock@backup.service\n"


class Udev(harness.Case):
    machine: Machine

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="halligan-vm."))
        cls.addClassCleanup(shutil.rmtree, folder)
        made = file_system()
        made.program(next(each for each in UDEVADM if each.exists()), "/usr/bin/udevadm")
        made.link("/usr/lib/systemd/systemd-udevd", "../../bin/udevadm")
        made.program(UDEV / "usr/lib/udev/fido_id", "/usr/lib/udev/fido_id")
        made.file(f"/usr/lib/udev/rules.d/{FIDO}", (UDEV / "usr/lib/udev/rules.d" / FIDO).read_bytes())
        made.file(f"/etc/udev/rules.d/{RULES.name}", RULES.read_bytes())
        made.file("/usr/bin/systemctl", SYSTEMCTL, 0o755)
        cls.machine = Machine(folder, made=made)
        cls.addClassCleanup(cls.machine.close)
        cls.root("/usr/lib/systemd/systemd-udevd --daemon").expect()

    def setUp(self):
        super().setUp()
        self._reporters.append(self.machine)
        self.root("rm -f /run/started")
        self.token = Token(self.machine, "token")
        self.addCleanup(self.token.pull)

    @classmethod
    def root(cls, script: str) -> harness.Completed:
        return cls.machine.run(script, user="root")

    def started(self, times: int) -> None:
        """So often, and nothing else; waits for the last of them."""
        if times > 0:
            self.root(f"until [ -e /run/started ] && [ $(wc -l </run/started) -ge {times} ]; do sleep 0.05; done").expect()
        self.assertEqual(self.root("udevadm settle && cat /run/started 2>/dev/null; :").expect().out, times * EXPECTED)

    def known(self, value: int) -> None:
        """Wait until udev has looked at the token, and says so of it."""
        self.root(f"until udevadm info --query=property --name={self.token.path} | grep -qx ID_FIDO_TOKEN={value}; do sleep 0.05; done").expect()

    def test_a_token_that_is_pulled_locks(self):
        self.known(1)
        self.started(0)  # not when it is inserted
        self.token.pull()
        self.started(1)
        self.token.plug()
        self.known(1)
        self.started(1)
        self.token.pull()
        self.started(2)

    def test_another_device_does_not(self):
        """The same one, which a rule in the place of udev's own says to be no token."""
        self.known(1)
        self.token.pull()
        self.started(1)
        self.root(f"echo '{NO_TOKEN}' >/etc/udev/rules.d/{FIDO} && udevadm control --reload").expect()
        try:
            self.token.plug()
            self.known(0)
            self.token.pull()
        finally:
            self.root(f"rm /etc/udev/rules.d/{FIDO} && udevadm control --reload").expect()
        self.token.plug()
        self.known(1)
        self.token.pull()
        self.started(2)  # one pull of three is missing


if __name__ == "__main__":
    reason = missing()
    if not reason and not any(each.exists() for each in UDEVADM):
        reason = f"{UDEV} is missing: ./setup fetches it"
    if reason:
        harness.skip(reason)
    harness.main()
