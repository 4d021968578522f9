"""One token, many programs at once: they queue for it, and each gets its signature."""

import subprocess
import sys
import threading

import harness
from harness import paths

CLIENTS = 20


class Queue(harness.Case):
    def test_twenty_ssh_at_one_token_all_log_in(self):
        token = self.softkey()
        sshd = self.sshd("MaxStartups 100")
        key = self.work.path("key")
        self.work.run("ssh-keygen", "-q", "-t", "ecdsa-sk", "-N", "", "-f", key, env=token.env).expect()
        sshd.authorize(harness.public_part(key))
        config = sshd.ssh_config(f"  SecurityKeyProvider {paths.PROVIDER}\n  IdentityFile {key}")
        results = [None] * CLIENTS

        def log_in(index: int) -> None:
            results[index] = self.work.run("ssh", "-F", config, "host", f"echo in {index}", env=token.env)

        threads = [threading.Thread(target=log_in, args=(index,)) for index in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for index, done in enumerate(results):
            done.expect(0, out=f"in {index}")

    def test_a_queue_that_moves_is_waited_for(self):
        """More of them than touches fit into the time for one."""
        token = self.softkey()
        key = self.work.path("key")
        self.work.run("ssh-keygen", "-q", "-t", "ecdsa-sk", "-N", "", "-f", key, env=token.env).expect()
        token.replug(touch="1000")
        results = [None] * 8

        def sign(index: int) -> None:
            results[index] = self.work.run("ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "file", self.work.write(f"data{index}", "x\n"),
                                           env={**token.env, "HALLIGAN_TIMEOUT": "5"})

        threads = [threading.Thread(target=sign, args=(index,)) for index in range(len(results))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for done in results:
            done.expect(0)
        self.assertGreater(max(done.seconds for done in results), 5)

    def test_who_waits_is_told_and_gives_up_in_time(self):
        token = self.softkey()
        key = self.work.path("key")
        self.work.run("ssh-keygen", "-q", "-t", "ecdsa-sk", "-N", "", "-f", key, env=token.env).expect()
        token.replug(touch="never")
        sign = ["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "file", self.work.write("data", "x\n")]
        with self.work.terminal(*sign, env={**token.env, "HALLIGAN_TIMEOUT": "20"}) as first:
            harness.until(lambda: any(record["ctap"] == "getInfo" for record in token.records()[-1:]), "the token's getInfo")
            done = self.work.run(*sign, env={**token.env, "HALLIGAN_TIMEOUT": "2"})
            done.expect_failure("another program is using the token at")
            self.assertIn("waiting for the token at", done.err)
            self.assertLess(done.seconds, harness.SOON)
            self.assertIsNone(first.process.poll())

    def test_a_killed_program_leaves_no_lock(self):
        token = self.softkey()
        key = self.work.path("key")
        self.work.run("ssh-keygen", "-q", "-t", "ecdsa-sk", "-N", "", "-f", key, env=token.env).expect()
        program = ("import fcntl, os, sys; fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY); "
                   "fcntl.flock(fd, fcntl.LOCK_EX); print('locked', flush=True); sys.stdin.read()")
        holder = subprocess.Popen([sys.executable, "-c", program, token.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(holder.stdout.readline(), b"locked\n")
        sign = ["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "file", self.work.write("data", "x\n")]
        self.work.run(*sign, env={**token.env, "HALLIGAN_TIMEOUT": "1"}).expect_failure("another program is using")
        holder.kill()
        holder.communicate()
        self.work.run(*sign, env=token.env).expect()


if __name__ == "__main__":
    harness.main()
