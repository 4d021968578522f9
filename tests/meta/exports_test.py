"""What the built files give away: the providers' four symbols, and no path of the machine that built them."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from tree import SOURCE

BUILD = pathlib.Path(os.environ["HALLIGAN_BUILD"])
# One for every version of OpenSSH's interface that a release had.
PROVIDERS = [BUILD / "lib" / f"libsk-halligan{suffix}.so" for suffix in ("", "-api4", "-api5", "-api7", "-api9")]
EXPORTS = {"sk_api_version", "sk_enroll", "sk_sign", "sk_load_resident_keys"}


def exports(library: pathlib.Path) -> set[str]:
    text = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1] for line in text.splitlines()}


def sonames(library: pathlib.Path) -> set[str]:
    text = subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=True).stdout
    return {line.split("[")[1].rstrip("]") for line in text.splitlines() if "(NEEDED)" in line}


def compile_sample(folder: str, source: str) -> pathlib.Path:
    file = pathlib.Path(folder, "sample.c")
    file.write_text(source)
    library = pathlib.Path(folder, "sample.so")
    subprocess.run(["g++", "-x", "c", "-shared", "-fPIC", "-g", "-o", library, file], check=True)
    return library


class Exports(unittest.TestCase):
    def test_every_provider_exports_the_four_and_nothing_else(self):
        for provider in PROVIDERS:
            with self.subTest(provider.name):
                self.assertEqual(exports(provider), EXPORTS)

    def test_no_provider_of_the_build_is_left_out(self):
        self.assertEqual({file.name for file in PROVIDERS[0].parent.glob("libsk-*.so")}, {file.name for file in PROVIDERS})

    def test_a_fifth_symbol_would_be_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            source = "".join(f"int {name}(void) {{ return 1; }}\n" for name in [*EXPORTS, "sk_extra"])
            self.assertEqual(exports(compile_sample(folder, source)) - EXPORTS, {"sk_extra"})

    def test_no_provider_loads_a_library_of_the_ca_tool(self):
        for name in {name for provider in PROVIDERS for name in sonames(provider)}:
            self.assertRegex(name, r"^(libfido2|libcrypto|libcbor|libpcsclite|libutf8proc|libstdc\+\+|libgcc_s|libm|libc|ld-linux)[-.]")


def hardening(file: pathlib.Path) -> set[str]:
    """What the compiler and the linker were told, as far as the file shows it."""
    def run(*command):
        return subprocess.run([*command, file], capture_output=True, text=True, check=True).stdout
    symbols = run("nm", "-D", "--undefined-only")
    parts, dynamic = run("readelf", "-lW"), run("readelf", "-dW")
    # The first instruction of a function that others may jump to
    entry = re.search(r"<(?:sk_sign|main)>:\n.*\n", run("objdump", "-d", "--no-show-raw-insn"))
    found = {"position-independent": "DYN (" in run("readelf", "-hW"),
             "relro": "GNU_RELRO" in parts,
             "bind-now": "BIND_NOW" in dynamic or "NOW" in dynamic,
             "stack-not-executable": re.search(r"GNU_STACK .* RW  ", parts) is not None,
             "stack-protector": "__stack_chk_fail" in symbols,
             "fortify": re.search(r"__\w+_chk\b", symbols) is not None,
             "assertions": "__glibcxx_assert_fail" in symbols,
             "control-flow": entry is not None and "endbr64" in entry[0]}
    return {name for name, there in found.items() if there}


class Hardening(unittest.TestCase):
    def test_what_is_installed_is_hardened(self):
        optimised = "CMAKE_BUILD_TYPE:STRING=Release" in (BUILD / "CMakeCache.txt").read_text()
        wanted = {"position-independent", "relro", "bind-now", "stack-not-executable", "stack-protector", "assertions"}
        if optimised:
            wanted.add("fortify")
        if os.uname().machine == "x86_64":
            wanted.add("control-flow")
        for file in [*PROVIDERS, BUILD / "bin" / "halligan"]:
            with self.subTest(file.name):
                self.assertEqual(wanted - hardening(file), set())

    def test_what_is_not_is_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(hardening(compile_sample(folder, "int sk_sign(void) { return 1; }\n")) &
                             {"bind-now", "stack-protector", "fortify", "assertions", "control-flow"}, set())


class Paths(unittest.TestCase):
    def built(self) -> list[pathlib.Path]:
        return [file for file in [*PROVIDERS, BUILD / "bin" / "halligan"] if file.exists()]

    def test_no_built_file_names_the_folder_that_it_was_built_in(self):
        for file in self.built():
            self.assertFalse(str(SOURCE).encode() in file.read_bytes(), f"{file.name} names {SOURCE}")

    def test_a_path_in_the_debug_information_would_be_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertTrue(folder.encode() in compile_sample(folder, "int x;").read_bytes())


if __name__ == "__main__":
    unittest.main()
