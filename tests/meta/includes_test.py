"""Folders are layers: who may include whom, and the one place of each library."""

import re
import unittest

from tree import Tree

# layer folder → layers that it may include besides itself
ALLOWED = {
    "sk-provider/base": set(),
    "sk-provider/ctap": {"base"},
    "sk-provider/token": {"base", "ctap"},
    "sk-provider/abi": {"base", "token"},
    "ca-tool/ssh": {"base"},
    "ca-tool/crypto": {"base", "ssh"},
    "ca-tool/io": {"base"},
    "ca-tool/ca": {"base", "token", "ssh", "crypto", "io"},
    "ca-tool/host": {"base", "token", "ssh", "crypto", "io"},
    "ca-tool/unattended": {"base", "token", "ssh", "crypto", "io"},
    "ca-tool/cli": {"base", "token", "ssh", "crypto", "io", "ca", "host", "unattended"},
}
LAYERS = {folder.rsplit("/", 1)[1] for folder in ALLOWED}

# a library's headers → where alone they may be included, by how the path begins (tests may include everything)
ONLY_IN = [
    (re.compile(r"fido\.h|fido/"), ("sk-provider/token",)),
    (re.compile(r"winscard\.h|PCSC/"), ("sk-provider/token",)),
    (re.compile(r"openssl/"), ("ca-tool/crypto", "sk-provider/ctap")),
    (re.compile(r"cbor\.h|cbor/"), ("sk-provider/ctap",)),
    (re.compile(r"hidapi"), ("ca-tool/io",)),
    (re.compile(r"CLI/"), ("ca-tool/cli/parse",)),
]

_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def findings(tree: Tree) -> list[str]:
    found = []
    for name, text in tree.under("sk-provider", "ca-tool", suffixes=(".cpp", ".hpp", ".h", ".c")).items():
        folder = "/".join(name.split("/")[:2])
        if folder not in ALLOWED:
            found.append(f"{name}: {folder} is no layer")
            continue
        own = folder.rsplit("/", 1)[1]
        for match in _INCLUDE.finditer(text):
            header = match[2]
            line = text.count("\n", 0, match.start(2)) + 1
            first = header.split("/")[0]
            where = f"{name}:{line}: {header}"
            if first in LAYERS and "/" in header:
                if first != own and first not in ALLOWED[folder]:
                    found.append(f"{where}: {own} may not use {first}")
            elif match[1] == '"':
                found.append(f"{where}: say the layer, \"layer/file.hpp\"")
            if "softkey" in header or "tests/" in header or "catch" in header:
                found.append(f"{where}: nothing outside tests may use tests")
            for pattern, only in ONLY_IN:
                if pattern.match(header) and not name.startswith(only):
                    found.append(f"{where}: only {' and '.join(only)} may include this")
    return found


BAD = [
    ("sk-provider/base/a.hpp", '#include "token/select.hpp"', "base may not use token"),
    ("sk-provider/token/a.cpp", '#include "abi/sk_api.h"', "token may not use abi"),
    ("ca-tool/ssh/a.cpp", '#include "io/file.hpp"', "ssh may not use io"),
    ("ca-tool/ssh/a.cpp", '#include "crypto/digest.hpp"', "ssh may not use crypto"),
    ("ca-tool/crypto/a.cpp", '#include "io/file.hpp"', "crypto may not use io"),
    ("ca-tool/io/a.cpp", '# include "ssh/key.hpp"', "io may not use ssh"),
    ("ca-tool/ca/a.cpp", '#include "cli/render.hpp"', "ca may not use cli"),
    ("ca-tool/ca/a.cpp", '#include "host/trust.hpp"', "ca may not use host"),
    ("ca-tool/cli/a.cpp", '#include "abi/sk_api.h"', "cli may not use abi"),
    ("ca-tool/cli/a.cpp", "#include <abi/sk_api.h>", "cli may not use abi"),
    ("ca-tool/cli/a.cpp", '#include "../../sk-provider/abi/sk_api.h"', "say the layer"),
    ("ca-tool/ca/a.cpp", "#include <fido.h>", "only sk-provider/token"),
    ("sk-provider/abi/a.cpp", "#include <fido/credman.h>", "only sk-provider/token"),
    ("ca-tool/ssh/a.cpp", "#include <openssl/evp.h>", "only ca-tool/crypto"),
    ("sk-provider/token/a.cpp", "#include <cbor.h>", "only sk-provider/ctap"),
    ("sk-provider/ctap/a.cpp", '#include "token/device.hpp"', "ctap may not use token"),
    ("ca-tool/ca/a.cpp", '#include "ctap/cbor.hpp"', "ca may not use ctap"),
    ("ca-tool/cli/a.cpp", "#include <hidapi.h>", "only ca-tool/io"),
    ("ca-tool/cli/a.cpp", "#include <CLI/CLI.hpp>", "only ca-tool/cli/parse"),
    ("ca-tool/io/parse.cpp", "#include <CLI/CLI.hpp>", "only ca-tool/cli/parse"),
    ("ca-tool/io/a.cpp", "#include <winscard.h>", "only sk-provider/token"),
    ("ca-tool/io/a.cpp", '#include "softkey/cbor.hpp"', "nothing outside tests"),
    ("ca-tool/new/a.cpp", "", "is no layer"),
]

GOOD = {
    "sk-provider/abi/a.cpp": '#include "token/select.hpp"\n#include "abi/sk_api.h"\n#include <vector>\n',
    "ca-tool/cli/a.cpp": '#include "ca/issue.hpp"\n#include "base/result.hpp"\n',
    "ca-tool/cli/parse_more.cpp": '#include "cli/parse.hpp"\n#include <CLI/CLI.hpp>\n',
    "ca-tool/io/a.cpp": "#include <hidapi.h>\n",
    "tests/unit/a.cpp": '#include "abi/sk_api.h"\n#include <openssl/evp.h>\n#include <fido.h>\n',
}


class Includes(unittest.TestCase):
    def test_the_project_keeps_the_rules(self):
        tree = Tree.of_project()
        self.assertGreater(len(tree.under("sk-provider", "ca-tool", suffixes=(".cpp", ".hpp"))), 10)
        self.assertEqual(findings(tree), [])

    def test_each_kind_of_breach_is_found(self):
        for name, text, message in BAD:
            with self.subTest(name=name, text=text):
                self.assertIn(message, "\n".join(findings(Tree({name: text + "\n"}))))

    def test_what_is_allowed_is_not_found(self):
        self.assertEqual(findings(Tree(GOOD)), [])


if __name__ == "__main__":
    unittest.main()
