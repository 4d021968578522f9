"""What the built files give away: the providers' four symbols, and no path of the machine that built them."""

import os
import pathlib
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
