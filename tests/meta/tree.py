"""The files of the project as the meta tests see them: a real tree, or a small bad sample of a self-test."""

import pathlib
import subprocess
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]


class Tree:
    """A set of text files by their path from the top."""

    def __init__(self, files: dict[str, str]):
        self.files = files

    @classmethod
    def of_project(cls) -> "Tree":
        """What git tracks or would track: never the builds."""
        listed = subprocess.run(["git", "-C", SOURCE, "ls-files", "-z", "-co", "--exclude-standard"],
                                capture_output=True, check=True).stdout.decode().split("\0")
        files = {}
        for name in listed:
            path = SOURCE / name
            if not name or not path.is_file():
                continue
            try:
                files[name] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # vectors and corpora
        return cls(files)

    def under(self, *folders: str, suffixes: tuple[str, ...] = ("",)) -> dict[str, str]:
        """The files below these folders whose names end so."""
        return {name: text for name, text in self.files.items()
                if name.startswith(tuple(f + "/" for f in folders)) and name.endswith(suffixes)}

    def on_disk(self) -> pathlib.Path:
        """A sample written out, for rules that run a program over it. The caller removes it."""
        top = pathlib.Path(tempfile.mkdtemp(prefix="halligan-meta."))
        for name, text in self.files.items():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_text(text, encoding="utf-8")
        return top
