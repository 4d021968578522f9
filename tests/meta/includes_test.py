"""Folders are rooms: who may include whom, and the one place of each library. docs/architecture.md tells the same."""

import re
import unittest

from tree import Tree

PROVIDER = {
    "sk-provider/base": set(),
    "sk-provider/ctap": {"base"},
    "sk-provider/fido": {"base", "ctap"},
    "sk-provider/pin_holder": {"base", "ctap", "fido"},
    "sk-provider/abi": {"base", "fido", "pin_holder"},
}

# The ground of the tool, from below: what every room stands on.
GROUND = {
    "ca-tool/command": {"base"},
    "ca-tool/ssh": {"base"},
    "ca-tool/io": {"base"},
    "ca-tool/crypto": {"base", "ssh"},
    "ca-tool/ui": {"base", "command", "ssh", "io", "crypto"},
    "ca-tool/ca": {"base", "command", "ssh", "io", "crypto", "ui", "fido"},
}
_BELOW = GROUND["ca-tool/ca"] | {"ca"}

# A room is a capability: its options, its command, its logic. From room to room only these.
ROOMS = {
    "ca-tool/token": {"ctap"},  # token/admin speaks CTAP as fido does
    "ca-tool/attest": {"ctap"},  # authenticator data, as fido reads them
    "ca-tool/request": set(),
    "ca-tool/ledger": set(),
    "ca-tool/handoff": set(),
    "ca-tool/revoke": {"ledger"},
    "ca-tool/trust": set(),
    "ca-tool/explain": {"trust", "ledger"},  # what a host says of itself; lines of sshd's log
    "ca-tool/issue": {"ledger", "request"},
    "ca-tool/prove": {"issue", "ledger", "trust", "explain"},  # snapshots of hosts, and what sshd would do by them
    "ca-tool/drill": {"issue", "ledger", "trust"},  # a certificate as mint makes it; the record is the ledger's; an ordinary login
    "ca-tool/inspect": {"request", "handoff"},
    "ca-tool/unattended": {"token", "pin_holder"},  # what a token reports about its PIN; what the provider says to the holder
    "ca-tool/agents": {"explain", "issue", "trust"},  # options of authorized_keys, the way to a host, and how it is reached
    "ca-tool/runbook": set(),
    "ca-tool/kit": {"ledger", "prove", "runbook", "token"},  # what goes into the safe is theirs
    "ca-tool/doctor": {"token", "ledger", "unattended", "prove", "trust", "drill", "kit"},  # whose own judgement it reports
}

# room folder → rooms that it may include besides itself
ALLOWED = {**PROVIDER, **GROUND, **{room: _BELOW | more for room, more in ROOMS.items()},
           "ca-tool/cli": {"base", "command", "ui", "io", "ca", "fido"},
           "ca-tool/man": {"base", "command", "cli"}}
NAMES = {folder.rsplit("/", 1)[1] for folder in ALLOWED}

# The parts of a room that are folders of their own.
INNER = {"sk-provider/fido": {"credential", "discovery", "presence", "transport"}, "ca-tool/token": {"admin"},
         "ca-tool/ledger": {"drills", "report"}, "ca-tool/kit": {"layout"}, "ca-tool/unattended": {"holder"}}

# What cli knows of a room: its commands.
COMMANDS = {f"{room.rsplit('/', 1)[1]}/command.hpp" for room in (*ROOMS, "ca-tool/ca")}

# a library's headers → where alone they may be included, by how the path begins (tests may include everything)
ONLY_IN = [
    (re.compile(r"fido\.h|fido/\w+\.h$"), ("sk-provider/fido", "ca-tool/token/admin")),
    (re.compile(r"winscard\.h|PCSC/"), ("sk-provider/fido/transport",)),
    (re.compile(r"openssl/"), ("ca-tool/crypto", "sk-provider/ctap")),
    (re.compile(r"cbor\.h|cbor/"), ("sk-provider/ctap",)),
    (re.compile(r"utf8proc\.h"), ("sk-provider/fido",)),
    (re.compile(r"hidapi"), ("ca-tool/token",)),
    (re.compile(r"getopt\.h"), ("ca-tool/command",)),
    (re.compile(r"libssh/"), ("ca-tool/prove",)),
    (re.compile(r"re2/"), ("ca-tool/ca",)),
    (re.compile(r"cmark"), ("ca-tool/runbook", "ca-tool/drill/markdown")),
    (re.compile(r"cairo|pango|qrencode"), ("ca-tool/kit/layout",)),
    (re.compile(r"(assuan|gpg-error)\.h"), ("ca-tool/unattended/assuan",)),
    (re.compile(r"(zlib|lzma|zstd)\.h$"), ("ca-tool/io",)),
    (re.compile(r"regex(\.h)?$"), ()),  # their cost depends on who wrote the expression
]

MOST_UNITS = 20  # of a folder: a unit is a source with its header
MOST_LINES = 400

_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def findings(tree: Tree) -> list[str]:
    found = []
    units: dict[str, set[str]] = {}
    for name, text in tree.under("sk-provider", "ca-tool", suffixes=(".cpp", ".hpp", ".h", ".c")).items():
        parts = name.split("/")
        folder = "/".join(parts[:2])
        if folder not in ALLOWED or (len(parts) > 3 and parts[2] not in INNER.get(folder, ())):
            found.append(f"{name}: {'/'.join(parts[:-1])} is not a room")
            continue
        units.setdefault("/".join(parts[:-1]), set()).add(parts[-1].rsplit(".", 1)[0])
        if text.count("\n") > MOST_LINES:
            found.append(f"{name}: more than {MOST_LINES} lines")
        found += _breaches(name, folder, text)
    found += [f"{folder}: {len(stems)} units, more than {MOST_UNITS}"
              for folder, stems in units.items() if len(stems) > MOST_UNITS]
    return found


def _breaches(name: str, folder: str, text: str) -> list[str]:
    found = []
    own = folder.rsplit("/", 1)[1]
    for match in _INCLUDE.finditer(text):
        header = match[2]
        line = text.count("\n", 0, match.start(2)) + 1
        first = header.split("/")[0]
        where = f"{name}:{line}: {header}"
        library = match[1] == "<" and header.endswith(".h") and not first == "abi"
        if first in NAMES and "/" in header and not library:
            if folder == "ca-tool/cli" and header in COMMANDS:
                continue
            if first != own and first not in ALLOWED[folder]:
                found.append(f"{where}: {own} may not use {first}")
        elif match[1] == '"':
            found.append(f"{where}: say the room, \"room/file.hpp\"")
        if "softkey" in header or "tests/" in header or "catch" in header:
            found.append(f"{where}: nothing outside tests may use tests")
        for pattern, only in ONLY_IN:
            if match[1] == "<" and pattern.match(header) and not name.startswith(only):
                found.append(f"{where}: only {' and '.join(only)} may include this")
    return found


BAD = [
    ("sk-provider/base/a.hpp", '#include "fido/device.hpp"', "base may not use fido"),
    ("sk-provider/fido/a.cpp", '#include "abi/sk_api.h"', "fido may not use abi"),
    ("sk-provider/fido/transport/a.cpp", '#include "abi/sk_api.h"', "fido may not use abi"),
    ("sk-provider/fido/a.cpp", '#include "token/admin/admin.hpp"', "fido may not use token"),
    ("sk-provider/fido/a.cpp", '#include "io/clock.hpp"', "fido may not use io"),
    ("sk-provider/abi/a.cpp", '#include "ctap/cbor.hpp"', "abi may not use ctap"),
    ("sk-provider/ctap/a.cpp", '#include "fido/device.hpp"', "ctap may not use fido"),
    ("ca-tool/command/a.cpp", '#include "ui/output.hpp"', "command may not use ui"),
    ("ca-tool/ssh/a.cpp", '#include "io/file.hpp"', "ssh may not use io"),
    ("ca-tool/ssh/a.cpp", '#include "crypto/digest.hpp"', "ssh may not use crypto"),
    ("ca-tool/crypto/a.cpp", '#include "io/file.hpp"', "crypto may not use io"),
    ("ca-tool/io/a.cpp", '# include "ssh/key.hpp"', "io may not use ssh"),
    ("ca-tool/ui/a.cpp", '#include "ca/policy.hpp"', "ui may not use ca"),
    ("ca-tool/ui/a.cpp", '#include "fido/device.hpp"', "ui may not use fido"),
    ("ca-tool/ca/a.cpp", '#include "issue/issuer.hpp"', "ca may not use issue"),
    ("ca-tool/ca/a.cpp", '#include "cli/table.hpp"', "ca may not use cli"),
    ("ca-tool/ca/a.cpp", '#include "ctap/cbor.hpp"', "ca may not use ctap"),
    ("ca-tool/ledger/a.cpp", '#include "issue/issuer.hpp"', "ledger may not use issue"),
    ("ca-tool/ledger/a.cpp", '#include "request/format.hpp"', "ledger may not use request"),
    ("ca-tool/request/a.cpp", '#include "ledger/ledger.hpp"', "request may not use ledger"),
    ("ca-tool/revoke/a.cpp", '#include "issue/ca_ledger.hpp"', "revoke may not use issue"),
    ("ca-tool/ledger/a.cpp", '#include "revoke/draft.hpp"', "ledger may not use revoke"),
    ("ca-tool/handoff/a.cpp", '#include "inspect/item.hpp"', "handoff may not use inspect"),
    ("ca-tool/issue/a.cpp", '#include "inspect/item.hpp"', "issue may not use inspect"),
    ("ca-tool/issue/a.cpp", '#include "cli/table.hpp"', "issue may not use cli"),
    ("ca-tool/inspect/a.cpp", '#include "issue/mint.hpp"', "inspect may not use issue"),
    ("ca-tool/token/a.cpp", '#include "ledger/ledger.hpp"', "token may not use ledger"),
    ("ca-tool/kit/a.cpp", "#include <cairo/cairo-pdf.h>", "only ca-tool/kit/layout may include this"),
    ("ca-tool/kit/a.cpp", '#include "doctor/checks.hpp"', "kit may not use doctor"),
    ("ca-tool/cli/a.cpp", '#include "issue/issuer.hpp"', "cli may not use issue"),
    ("ca-tool/cli/a.cpp", '#include "ssh/key.hpp"', "cli may not use ssh"),
    ("ca-tool/cli/a.cpp", '#include "abi/sk_api.h"', "cli may not use abi"),
    ("ca-tool/man/a.cpp", '#include "issue/command.hpp"', "man may not use issue"),
    ("ca-tool/man/a.cpp", '#include "io/files.hpp"', "man may not use io"),
    ("ca-tool/cli/a.cpp", '#include "man/template.hpp"', "cli may not use man"),
    ("ca-tool/cli/a.cpp", "#include <abi/sk_api.h>", "cli may not use abi"),
    ("ca-tool/cli/a.cpp", '#include "../../sk-provider/abi/sk_api.h"', "say the room"),
    ("ca-tool/ca/a.cpp", "#include <fido.h>", "only sk-provider/fido"),
    ("ca-tool/token/a.cpp", "#include <fido.h>", "only sk-provider/fido"),
    ("sk-provider/abi/a.cpp", "#include <fido/credman.h>", "only sk-provider/fido"),
    ("ca-tool/ssh/a.cpp", "#include <openssl/evp.h>", "only ca-tool/crypto"),
    ("sk-provider/fido/a.cpp", "#include <cbor.h>", "only sk-provider/ctap"),
    ("ca-tool/cli/a.cpp", "#include <hidapi.h>", "only ca-tool/token"),
    ("ca-tool/cli/a.cpp", "#include <getopt.h>", "only ca-tool/command"),
    ("ca-tool/ledger/a.cpp", "#include <zstd.h>", "only ca-tool/io"),
    ("ca-tool/io/a.cpp", "#include <libssh/libssh.h>", "only ca-tool/prove"),
    ("ca-tool/ui/a.cpp", "#include <cmark.h>", "only ca-tool/runbook"),
    ("ca-tool/issue/a.cpp", '#include "prove/answer.hpp"', "issue may not use prove"),
    ("ca-tool/prove/a.cpp", '#include "drill/record.hpp"', "prove may not use drill"),
    ("ca-tool/ledger/drills/a.cpp", '#include "drill/record.hpp"', "ledger may not use drill"),
    ("ca-tool/io/a.cpp", "#include <winscard.h>", "only sk-provider/fido/transport"),
    ("ca-tool/io/a.cpp", '#include "softkey/cbor.hpp"', "nothing outside tests"),
    ("ca-tool/new/a.cpp", "", "is not a room"),
    ("ca-tool/issue/new/a.cpp", "", "is not a room"),
    ("ca-tool/io/a.cpp", "\n" * (MOST_LINES + 1), "more than 400 lines"),
]

GOOD = {
    "sk-provider/abi/a.cpp": '#include "fido/request.hpp"\n#include "abi/sk_api.h"\n#include <vector>\n',
    "sk-provider/fido/credential/a.cpp": '#include "fido/device.hpp"\n#include <fido.h>\n#include <fido/eddsa.h>\n',
    "ca-tool/issue/a.cpp": '#include "ledger/ledger.hpp"\n#include "base/result.hpp"\n#include "fido/device.hpp"\n',
    "ca-tool/cli/a.cpp": '#include "issue/command.hpp"\n#include "ca/command.hpp"\n',
    "ca-tool/man/a.cpp": '#include "cli/table.hpp"\n#include "command/help.hpp"\n#include "man/mdoc.hpp"\n',
    "ca-tool/token/admin/a.cpp": '#include "ctap/cbor.hpp"\n#include <fido.h>\n',
    "ca-tool/token/a.cpp": "#include <hidapi.h>\n",
    "tests/unit/a.cpp": '#include "abi/sk_api.h"\n#include <openssl/evp.h>\n#include <fido.h>\n',
    **{f"ca-tool/ssh/u{i}.{end}": "\n" * MOST_LINES for i in range(MOST_UNITS) for end in ("cpp", "hpp")},
}


class Includes(unittest.TestCase):
    def test_the_project_keeps_the_rules(self):
        tree = Tree.of_project()
        self.assertGreater(len(tree.under("sk-provider", "ca-tool", suffixes=(".cpp", ".hpp"))), 10)
        self.assertEqual(findings(tree), [])

    def test_each_kind_of_breach_is_found(self):
        for name, text, message in BAD:
            with self.subTest(name=name, text=text[:60]):
                self.assertIn(message, "\n".join(findings(Tree({name: text + "\n"}))))

    def test_a_folder_that_is_too_full_is_found(self):
        full = {f"ca-tool/ssh/u{i}.cpp": "" for i in range(MOST_UNITS + 1)}
        self.assertIn("21 units, more than 20", "\n".join(findings(Tree(full))))

    def test_what_is_allowed_is_not_found(self):
        self.assertEqual(findings(Tree(GOOD)), [])


if __name__ == "__main__":
    unittest.main()
