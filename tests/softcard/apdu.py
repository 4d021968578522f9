"""Command and response APDUs: short and extended lengths, chains of commands, responses in pieces. Source: ISO 7816-4."""

import dataclasses

OK, BLOCKED, NO_DATA, WRONG_DATA, WRONG_LENGTH = 0x9000, 0x6983, 0x6A88, 0x6A80, 0x6700
NOT_VERIFIED, NOT_ALLOWED, NO_FILE, NO_INSTRUCTION = 0x6982, 0x6985, 0x6A82, 0x6D00
GET_RESPONSE = 0xC0


class Status(Exception):
    """A command that fails with this status word."""

    def __init__(self, word: int):
        super().__init__(f"{word:04x}")
        self.word = word


@dataclasses.dataclass(frozen=True)
class Command:
    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    expected: int = 0  # the most bytes that may come back; 65536 if there is no limit

    @property
    def chained(self) -> bool:
        return bool(self.cla & 0x10)

    @property
    def p12(self) -> int:
        return self.p1 << 8 | self.p2

    @staticmethod
    def parse(raw: bytes) -> "Command":
        if len(raw) < 4:
            raise Status(WRONG_LENGTH)
        head, body = raw[:4], raw[4:]
        if not body:
            return Command(*head)
        if len(body) == 1:
            return Command(*head, expected=body[0] or 256)
        if body[0]:  # short
            size, rest = body[0], body[1:]
            data, end = rest[:size], rest[size:]
            if len(data) != size or len(end) > 1:
                raise Status(WRONG_LENGTH)
            return Command(*head, data, (end[0] or 256) if end else 0)
        if len(body) == 3:  # extended, and nothing comes with it
            return Command(*head, expected=int.from_bytes(body[1:], "big") or 65536)
        size, rest = int.from_bytes(body[1:3], "big"), body[3:]
        data, end = rest[:size], rest[size:]
        if len(data) != size or len(end) not in (0, 2):
            raise Status(WRONG_LENGTH)
        return Command(*head, data, (int.from_bytes(end, "big") or 65536) if end else 0)


class Exchange:
    """Puts chains together for `answer(command)`, which gives the data of a response, and hands long responses out in pieces."""

    def __init__(self, answer):
        self._answer = answer
        self.reset()

    def reset(self) -> None:
        self._chain, self._rest = b"", b""

    def respond(self, raw: bytes) -> tuple[Command | None, bytes]:
        """The whole command, if there is one, and the response."""
        command = None
        try:
            command = Command.parse(raw)
            if command.ins == GET_RESPONSE and self._rest:
                return command, self._piece(command.expected or 256)
            self._rest = b""
            if command.chained:
                self._chain += command.data
                return None, OK.to_bytes(2, "big")
            command = dataclasses.replace(command, data=self._chain + command.data)
            self._chain = b""
            self._rest = self._answer(command)
            return command, self._piece(command.expected or 256)
        except Status as status:
            self._chain = b""
            return command, status.word.to_bytes(2, "big")

    def _piece(self, limit: int) -> bytes:
        piece, self._rest = self._rest[:limit], self._rest[limit:]
        word = 0x6100 | min(len(self._rest), 0xFF) if self._rest else OK
        return piece + word.to_bytes(2, "big")
