"""CTAPHID on a pseudo-terminal for an authenticator that only knows CTAP messages.

    front.py LINK COMMAND...

COMMAND gets one request a line, in hexadecimal, and answers in one line. LINK becomes a symbolic link to the node. Ends
with COMMAND, or by a signal.
"""

import os
import struct
import subprocess
import sys
import termios
import tty

BROADCAST = 0xFFFFFFFF
# CTAP 2.0, section 8.1.9.1, with the bit that marks a first packet
PING, INIT, CBOR, CANCEL, KEEPALIVE, ERROR = 0x81, 0x86, 0x90, 0x91, 0xBB, 0xBF
INVALID_COMMAND, INVALID_LENGTH, INVALID_SEQUENCE, INVALID_CHANNEL = 0x01, 0x03, 0x04, 0x0B
CAPABILITIES = 0x04 | 0x08  # CBOR, no MSG
PROCESSING, TOUCH_NEEDED = 1, 2
MAKE_CREDENTIAL, GET_ASSERTION, GET_INFO = 0x01, 0x02, 0x04
REPORT, FIRST, NEXT = 64, 57, 59
LARGEST = FIRST + 128 * NEXT


class Front:
    def __init__(self, link: str, command: list[str]):
        self._master, self._slave = os.openpty()  # our own slave keeps the pty alive between clients
        tty.setraw(self._slave)
        settings = termios.tcgetattr(self._slave)
        settings[6][termios.VMIN], settings[6][termios.VTIME] = REPORT, 0  # a read gives one whole report
        termios.tcsetattr(self._slave, termios.TCSANOW, settings)
        self._token = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self._ask(bytes([GET_INFO]))[:1] != b"\0":
            raise SystemExit(f"no authenticator answers: {' '.join(command)}")
        self._channels = 0
        self._pending: tuple[int, int, int, bytes, int] | None = None  # channel, command, length, data, next sequence
        os.symlink(os.ttyname(self._slave), link)

    def run(self) -> None:
        stream = b""
        while self._token.poll() is None:
            stream += os.read(self._master, 4096)
            while len(stream) >= 1 + REPORT:
                record, stream = stream[:1 + REPORT], stream[1 + REPORT:]
                self._receive(record[1:])  # report id 0 in front

    def _receive(self, report: bytes) -> None:
        channel, kind = struct.unpack_from(">IB", report)
        if kind == INIT:
            self._initialize(channel, report[7:15])
        elif channel == 0 or channel > self._channels:
            self._send(channel, ERROR, bytes([INVALID_CHANNEL]))
        elif kind == CANCEL:
            self._pending = None  # requests are worked on at once: there is none to cancel
        elif kind & 0x80:
            length = struct.unpack_from(">H", report, 5)[0]
            if length > LARGEST:
                self._send(channel, ERROR, bytes([INVALID_LENGTH]))
            else:
                self._pending = (channel, kind, length, report[7:], 0)
                self._complete()
        elif self._pending and self._pending[0] == channel:
            _, command, length, data, sequence = self._pending
            if kind != sequence:
                self._pending = None
                self._send(channel, ERROR, bytes([INVALID_SEQUENCE]))
            else:
                self._pending = (channel, command, length, data + report[5:], sequence + 1)
                self._complete()

    def _initialize(self, channel: int, nonce: bytes) -> None:
        self._pending = None
        given = channel
        if channel == BROADCAST:
            termios.tcflush(self._slave, termios.TCIFLUSH)  # what an earlier client left unread
            self._channels += 1
            given = self._channels
        self._send(channel, INIT, nonce + struct.pack(">I5B", given, 2, 0, 0, 0, CAPABILITIES))

    def _complete(self) -> None:
        channel, command, length, data, _ = self._pending
        if len(data) < length:
            return
        self._pending = None
        message = data[:length]
        if command == PING:
            self._send(channel, PING, message)
        elif command == CBOR and message:
            touch = message[0] in (MAKE_CREDENTIAL, GET_ASSERTION)
            self._send(channel, KEEPALIVE, bytes([TOUCH_NEEDED if touch else PROCESSING]))
            self._send(channel, CBOR, self._ask(message))
        else:
            self._send(channel, ERROR, bytes([INVALID_COMMAND]))

    def _ask(self, message: bytes) -> bytes:
        """One answer; empty if the authenticator has ended."""
        self._token.stdin.write(message.hex() + "\n")
        self._token.stdin.flush()
        return bytes.fromhex(self._token.stdout.readline())

    def _send(self, channel: int, command: int, message: bytes) -> None:
        packets = [struct.pack(">IBH", channel, command, len(message)) + message[:FIRST]]
        for sequence, start in enumerate(range(FIRST, len(message), NEXT)):
            packets.append(struct.pack(">IB", channel, sequence) + message[start:start + NEXT])
        for packet in packets:
            os.write(self._master, packet.ljust(REPORT, b"\0"))


if __name__ == "__main__":
    front = Front(sys.argv[1], sys.argv[2:])
    print(f"ready on {sys.argv[1]}", flush=True)
    front.run()
