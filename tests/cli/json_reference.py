"""The tables of docs/json.md, and what of an output they do not describe."""

import json
import re

HEADER = "| member | type | always? | meaning |"
_LINK = re.compile(r"\[([^\]]+)\]\(#[^)]*\)")
_ROW = re.compile(r"\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|")
_PLAIN = {"string": str, "integer": int, "boolean": bool, "null": type(None)}


class Reference:
    """The tables of the document: for each heading members with their types, and the headings whose members it includes."""

    def __init__(self, text: str):
        self.headings: list[str] = []  # in the order of the document
        self.tables: dict[str, dict[str, tuple[str, bool]]] = {}  # type, and whether it is always present
        self.includes: dict[str, list[str]] = {}
        self.met: set[tuple[str, str]] = set()  # what check() saw
        for section in re.split(r"^#{2,3} ", text, flags=re.M)[1:]:
            name, _, body = section.partition("\n")
            self.headings.append(name)
            _, _, table = body.partition(HEADER)
            self.tables[name] = {row[1]: (row[2].strip(), row[3].strip() == "yes") for row in _ROW.finditer(table)}
            self.includes[name] = re.findall(r"\ball\s+members\s+of\s+\[([^\]]+)\]", body, re.I)

    def describes(self, name: str) -> bool:
        return bool(self.tables.get(name) or self.includes.get(name))

    def members(self, name: str) -> dict[str, tuple[str, bool, str]]:
        """With the heading that has the member's row."""
        found = {}
        for other in self.includes[name]:
            found.update(self.members(other))
        found.update({member: (*row, name) for member, row in self.tables[name].items()})
        return found

    def check(self, name: str, value: dict, where: str = "") -> list[str]:
        """What is wrong with this object, if the heading describes it."""
        if not self.describes(name):
            return [f"{where or name}: {name} is not documented"]
        where, members = where or name, self.members(name)
        wrong = [f"{where}: {member} is missing" for member, (_, always, _) in members.items()
                 if always and member not in value]
        for member, content in value.items():
            if member not in members:
                wrong.append(f"{where}: {member} is not documented")
                continue
            kind, _, owner = members[member]
            self.met.add((owner, member))
            wrong += self.check_type(kind, content, f"{where}: {member}")
        return wrong

    def check_type(self, kind: str, value, where: str) -> list[str]:
        if " or " in kind:
            return min((self.check_type(one, value, where) for one in kind.split(" or ")), key=len)
        if kind.startswith(("array of ", "object of ")):
            outer, _, inner = kind.partition(" of ")
            if not isinstance(value, list if outer == "array" else dict):
                return [f"{where} is not an {outer}"]
            inside = value if outer == "array" else value.values()
            return [fault for one in inside for fault in self.check_type(inner, one, where)]
        if link := _LINK.fullmatch(kind):
            return self.check(link[1], value, where) if isinstance(value, dict) else [f"{where} is not an object"]
        if kind not in _PLAIN:
            return [f"{where}: {kind} is not a type"]
        return [] if type(value) is _PLAIN[kind] else [f"{where} is not of the type {kind}"]

    def never_met(self) -> set[tuple[str, str]]:
        return {(name, member) for name, table in self.tables.items() for member in table} - self.met


def undocumented(commands: list[str], reference: Reference) -> list[str]:
    return [f"{command}: no section" for command in commands if not reference.describes(f"halligan {command}")]


def objects(raw: bytes) -> list[dict]:
    """The lines of an output, each of which must be an object in ASCII."""
    text = raw.decode("ascii")
    if text and not text.endswith("\n"):
        raise AssertionError(f"the last line has no end: {text!r}")
    found = [json.loads(line) for line in text.split("\n")[:-1]]
    if not all(isinstance(each, dict) for each in found):
        raise AssertionError(f"not an object on each line: {text}")
    return found
