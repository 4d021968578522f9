"""halligan token reset: the word, the touch, the ten seconds, and what is left."""

import json
import os

import harness
from harness import paths
from world import PIN, World, requests


class Reset(World):
    def reset(self, token, *arguments, **options) -> harness.Completed:
        return self.halligan(token, "token", "reset", *arguments, pin=None, **options)

    def is_new(self, token) -> bool:
        return "noclientPin" in self.work.run("fido2-token", "-I", token.path).expect().out

    def too_late(self, **options) -> harness.Softkey:
        """A token that was plugged in long ago."""
        return self.token(options=("--misbehave", "reset-late"), **options)

    def test_the_word_is_typed_after_what_will_be_lost(self):
        token = self.token()
        for answer in ("reset", "yes", ""):
            done = self.work.converse(paths.HALLIGAN, "token", "reset", env=token.env,
                                      answers=[("Type RESET to continue: ", answer)]).expect(1, out="nothing was changed")
            for words in (str(token.path), "every key made on this token", "its PIN"):
                self.assertIn(words, done.out)
        self.reset(token).expect(5, err="--yes")
        self.assertNotIn("reset", requests(token))
        self.assertFalse(self.is_new(token))
        self.work.converse(paths.HALLIGAN, "token", "reset", env=token.env,
                           answers=[("Type RESET to continue: ", "RESET")]).expect(0, out="was reset: no keys, no PIN")
        self.assertTrue(self.is_new(token))

    def test_with_the_pin_the_keys_are_counted(self):
        token = self.token()
        self.make_ca(token)
        read_end, write_end = os.pipe()
        os.write(write_end, PIN.encode() + b"\n")
        os.close(write_end)
        done = self.reset(token, "--yes", "--json", "--pin-fd", str(read_end), pass_fds=(read_end,))
        os.close(read_end)
        self.assertEqual(json.loads(done.expect(err="it holds 1 resident key").out),
                         {"path": str(token.path), "reset": True, "resident_keys_lost": 1})
        self.assertTrue(self.is_new(token))

    def test_a_wrong_pin_resets_nothing(self):
        token = self.token()
        read_end, write_end = os.pipe()
        os.write(write_end, b"000000\n")
        os.close(write_end)
        self.reset(token, "--yes", "--pin-fd", str(read_end), pass_fds=(read_end,)).expect(5, err="7 tries left")
        os.close(read_end)
        self.assertNotIn("reset", requests(token))

    def test_it_waits_for_a_touch_and_says_what_for(self):
        token = self.token(touch="never")
        done = self.reset(token, "--yes", env={"HALLIGAN_TIMEOUT": "1"}).expect(5, err="waiting for a touch")
        self.assertIn("to destroy every key on it", done.err)
        self.assertFalse(self.is_new(token))

    def test_too_late_in_a_script(self):
        token = self.too_late()
        done = self.reset(token, "--yes").expect(5, err="plugged in too long ago")
        self.assertIn("within 10 seconds", done.err)
        self.assertEqual(done.out, "")
        self.assertFalse(self.is_new(token))

    def test_too_late_at_a_terminal_is_put_right_by_replugging(self):
        token = self.too_late()
        with self.work.terminal(paths.HALLIGAN, "token", "reset", env=token.env) as terminal:
            terminal.expect("Type RESET to continue: ")
            terminal.type("RESET\n")
            terminal.expect("remove it, insert it, and touch it")
            token.stop()
            fresh = self.softkey("token")
            done = terminal.wait()
        self.assertEqual(done.status, 0, done.report())
        self.assertIn("was reset: no keys, no PIN", done.out)
        self.assertTrue(self.is_new(fresh))


if __name__ == "__main__":
    harness.main()
