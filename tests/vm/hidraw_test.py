"""Real hidraw nodes: enumeration, permissions, unplugging, the stock setgid ssh-agent; in a virtual machine.

The guest is booted once; each test has tokens and a folder of its own in it.
"""

import pathlib
import shutil
import tempfile

import harness
from machine import LIBRARY, USER, Machine, Token, missing

PIN = "173205"
TOUCH_WAIT = "10"
HOME = f"/home/{USER}"
KEY = f"{HOME}/key"  # ecdsa-sk, made by our provider
ASKED, SSHD_LOG = "/tmp/asked", "/tmp/sshd.log"
# What OpenSSH computes by itself, sntrup and Ed25519, takes seconds under emulation.
SSH = "ssh -F none -p 2222 -o IdentitiesOnly=yes -o PreferredAuthentications=publickey"
PREPARE = rf"""
: >{ASKED}; chmod 666 {ASKED}
cat >/usr/bin/askpass <<'END'
#!/bin/sh
[ "$SSH_ASKPASS_PROMPT" != none ] || exit 0  # a notice, not a question
echo "$1" >>{ASKED}
echo {PIN}
END
chmod 755 /usr/bin/askpass

cat >/tmp/sshd_config <<END
Port 2222
ListenAddress 127.0.0.1
HostKey /tmp/host_key
UsePAM no
PidFile /tmp/sshd.pid
KexAlgorithms ecdh-sha2-nistp256
AuthorizedKeysFile {HOME}/authorized_keys
TrustedUserCAKeys {HOME}/trusted_ca
END
ssh-keygen -q -t ecdsa -N '' -f /tmp/host_key
mkdir {HOME}/.ssh
echo "[127.0.0.1]:2222 $(cat /tmp/host_key.pub)" >{HOME}/.ssh/known_hosts
chown -R {USER}:{USER} {HOME}/.ssh
/usr/sbin/sshd -f /tmp/sshd_config -E {SSHD_LOG} || exit
until [ -s /tmp/sshd.pid ]; do sleep 0.05; done
"""


class Hidraw(harness.Case):
    machine: Machine
    token: Token  # with a PIN, plugged in when a test begins

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="halligan-vm."))
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.machine = Machine(folder)
        cls.addClassCleanup(cls.machine.close)
        cls.machine.run(PREPARE, user="root").expect()
        cls.token = Token(cls.machine, "token", pin=PIN)
        cls.machine.run(f"ssh-keygen -q -t ecdsa-sk -w {LIBRARY} -N '' -f {KEY}").expect()

    def setUp(self):
        super().setUp()
        self._reporters.append(self.machine)
        self._folder = self.id().rsplit(".", 1)[-1]
        if not self.token.path or self.token.touch != "auto":  # what a test that failed has left
            self.token.pull()
            self.token.plug()

    def guest(self, script: str, **options) -> harness.Completed:
        """As the ordinary user, in this test's folder, with our provider; a PIN is asked through askpass."""
        return self.machine.run(f"mkdir -p {self._folder}; cd {self._folder}; export SSH_SK_PROVIDER={LIBRARY} "
                                f"HALLIGAN_TIMEOUT={TOUCH_WAIT} SSH_ASKPASS=/usr/bin/askpass SSH_ASKPASS_REQUIRE=force\n"
                                f"{script}", **options)

    def second_token(self) -> Token:
        token = Token(self.machine, "second")
        self.addCleanup(token.pull)
        return token

    def sign(self, key: str, **options) -> harness.Completed:
        return self.guest(f"echo text | ssh-keygen -q -Y sign -f {key} -n file", **options)

    def test_our_provider_finds_the_token_and_ssh_keygen_verifies(self):
        self.guest(f"""
            : >{ASKED}
            ssh-keygen -q -t ed25519-sk -N '' -f new || exit
            echo text | ssh-keygen -q -Y sign -f new -n file >signature || exit
            echo "jo $(cat new.pub)" >signers
            echo text | ssh-keygen -Y verify -f signers -I jo -n file -s signature""").expect(out='Good "file" signature')
        self.assertEqual(self.guest(f"cat {ASKED}").expect().out, "", "a PIN was asked for where none is needed")

    def test_resident_keys_come_back_from_the_token(self):
        self.guest("""
            ssh-keygen -q -t ecdsa-sk -O resident -O application=ssh:vm -N '' -f made || exit
            ssh-keygen -q -K -N '' || exit
            cut -d' ' -f1,2 made.pub >one; cut -d' ' -f1,2 id_ecdsa_sk_rk_vm.pub >two; cmp one two""").expect()
        self.sign("id_ecdsa_sk_rk_vm").expect(out="BEGIN SSH SIGNATURE")

    def test_of_two_tokens_the_holder_signs_with_one_touch(self):
        other = self.second_token()
        self.assertNotEqual(other.path, self.token.path)
        before = other.touches(), self.token.touches()
        self.sign(KEY).expect(out="BEGIN SSH SIGNATURE")
        self.assertEqual((other.touches(), self.token.touches()), (before[0], before[1] + 1))

    def test_programs_in_parallel_queue_for_the_token(self):
        done = self.guest(f"""
            for i in 1 2 3 4; do
              (echo text | ssh-keygen -q -Y sign -f {KEY} -n file >out$i 2>err$i; echo $? >status$i) &
            done
            wait; cat status* err*""").expect()
        self.assertEqual(done.out.split()[:4], ["0"] * 4, done.out)

    def test_fido2_token_lists_and_describes_what_is_plugged_in(self):
        other = self.second_token()
        lines = [f"{token.path}: vendor=0x1209, product=0xaaaa" for token in (self.token, other)]
        listed = self.guest("fido2-token -L").expect().out
        other.pull()
        left = self.guest(f"fido2-token -L && fido2-token -I {self.token.path}").expect(out="FIDO_2_1").out
        self.assertEqual([[line in text for line in lines] for text in (listed, left)], [[True, True], [True, False]])

    def test_openssh_s_built_in_support_and_ours_use_each_other_s_keys(self):
        self.guest("ssh-keygen -q -t ecdsa-sk -w internal -N '' -f theirs").expect()
        self.sign("theirs").expect(out="BEGIN SSH SIGNATURE")
        self.guest(f"echo text | SSH_SK_PROVIDER=internal ssh-keygen -q -Y sign -f {KEY} -n file").expect(
            out="BEGIN SSH SIGNATURE")

    def test_the_stock_agent_loads_the_provider_from_usr_lib_and_logs_in(self):
        agent = "export SSH_AUTH_SOCK=$PWD/agent SSH_SK_PROVIDER=\n"
        self.guest(f"""
            stat -c %a,%G $(which ssh-agent)
            ssh-agent -a $PWD/agent | sed -n 's/.*SSH_AGENT_PID=\\([0-9]*\\).*/\\1/p' >pid
            {agent}
            ssh-add -q -S {LIBRARY} {KEY} || exit
            cp {KEY}.pub {HOME}/authorized_keys; cp {KEY}.pub .""").expect(out="2755,_ssh")
        self.addCleanup(self.guest, "kill $(cat pid)")
        # beside key.pub lies no key: the agent signs, or nobody does
        self.guest(f"{agent}{SSH} -i key.pub 127.0.0.1 echo in as '$USER'").expect(out=f"in as {USER}")

    def test_halligan_makes_a_ca_and_mints_an_access(self):
        self.guest(f"halligan ca init -d . && cp ca.pub {HOME}/trusted_ca && "
                   f"halligan mint --yes --ca ca -t ecdsa -I 'jo: in the virtual machine' -n {USER} -o access").expect()
        self.guest(f"{SSH} -i access 127.0.0.1 echo in").expect(out="in")
        self.machine.run(f"cat {SSHD_LOG}", user="root").expect(out="ID jo: in the virtual machine")

    def test_a_token_that_is_pulled_out_while_it_waits_for_a_touch(self):
        self.token.pull()
        self.token.plug(touch="ask")
        self.guest(f"(echo text | ssh-keygen -q -Y sign -f {KEY} -n file >out 2>err; echo $? >status) &").expect()
        self.machine.run(f"until grep -q 'touch to' {self.token.output}; do sleep 0.05; done\n"
                         f"[ ! -e {HOME}/{self._folder}/status ]", user="root").expect()
        path = self.token.path
        self.token.pull()
        done = self.guest("until [ -s status ]; do sleep 0.05; done; cat status err", limit=harness.SOON).expect()
        self.assertNotEqual(done.out.split()[0], "0")
        self.assertIn(f"the token at {path}", done.out)
        self.assertIn("disappeared while in use", done.out)
        self.sign(KEY).expect_failure("no FIDO2 token found")
        self.token.plug()
        self.sign(KEY).expect(out="BEGIN SSH SIGNATURE")

    def test_a_node_that_the_user_may_not_open(self):
        self.machine.run(f"chown root {self.token.path}", user="root").expect()
        self.addCleanup(lambda: self.machine.run(f"chown {USER} {self.token.path}", user="root").expect())
        for command in ("ssh-keygen -q -t ecdsa-sk -N '' -f new", "halligan ca init -d ."):
            with self.subTest(command):
                done = self.guest(command).expect_failure(f"no permission to open the token at {self.token.path}")
                self.assertIn("install the udev rule shown by", done.err)


if __name__ == "__main__":
    reason = missing()
    if reason:
        harness.skip(reason)
    harness.main()
