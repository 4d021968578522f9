"""Links in Markdown, and names of documents, that lead to nothing."""

import os
import pathlib
import re

from tree import Tree

_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)


def anchors(text: str) -> set[str]:
    """The anchors of a Markdown text's headings, as the usual renderers make them."""
    headings = re.findall(r"^#+ +(.*)$", _FENCE.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def dead_links(tree: Tree) -> list[str]:
    found = []
    for name, text in tree.files.items():
        if not name.endswith(".md"):
            continue
        for match in _LINK.finditer(_FENCE.sub("", text)):
            target = match[1]
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
            known = file in tree.files or any(other.startswith(file.rstrip("/") + "/") for other in tree.files)
            if not known:
                found.append(f"{name}: {target}: no such file")
            elif anchor and anchor not in anchors(tree.files.get(file, "")):
                found.append(f"{name}: {target}: no such heading")
    return found


def dead_ends(folder: pathlib.Path) -> list[str]:
    """Links and names of documents, in documents that are installed in this folder, that lead to none of them."""
    files = {str(file.relative_to(folder)): "" if file.suffix == ".gz" else file.read_text() for file in folder.rglob("*") if file.is_file()}
    there = set(files) | {str(parent) for name in files for parent in pathlib.PurePath(name).parents}
    named = [f"{name}: {path}: no such file" for name, text in files.items() if "/" not in name
             for path in sorted(set(re.findall(r"\b(?:docs|runbooks)/[\w.-]*\w", text))) if path not in there]
    return list(dict.fromkeys(dead_links(Tree(files)) + named))
