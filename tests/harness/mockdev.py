"""OpenSSH's built-in security key support at the software token: umockdev shows it a hidraw node that leads to the pty."""

import os
import shlex

from . import paths
from .process import Completed
from .softkey import Softkey
from .work import Work

# CTAP 2.1, 11.2.8.1: usage page F1D0, one input and one output report of 64 bytes.
_REPORT_DESCRIPTOR = bytes.fromhex("06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0")

_DEVICE = """P: /devices/fake/usb1/0003:1209:AAAA.0001/hidraw/hidraw0
N: hidraw0
E: SUBSYSTEM=hidraw
E: DEVNAME=/dev/hidraw0

P: /devices/fake/usb1/0003:1209:AAAA.0001
E: SUBSYSTEM=hid
E: HID_ID=0003:00001209:0000AAAA
E: HID_NAME=softkey
E: HID_UNIQ=

P: /devices/fake/usb1
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
A: manufacturer=Halligan
A: product=softkey
A: idVendor=1209
A: idProduct=aaaa
"""


class Mockdev:
    """Runs programs that find one token by enumeration, as they would find a real one."""

    def __init__(self, work: Work, token: Softkey):
        self._work, self._token = work, token
        size = len(_REPORT_DESCRIPTOR).to_bytes(4, "little").hex().upper()
        descriptor = (_REPORT_DESCRIPTOR + bytes(4096 - len(_REPORT_DESCRIPTOR))).hex().upper()
        self._device = work.write(f"{token.name}.umockdev", _DEVICE)
        self._ioctl = work.write(f"{token.name}.ioctl", f"@DEV /dev/hidraw0\nHIDIOCGRDESCSIZE 0 {size}\n"
                                                        f"HIDIOCGRDESC 0 {size}{descriptor}\n")

    def run(self, *argv, env=None, **options) -> Completed:
        """As Work.run(), with the built-in support instead of our provider."""
        pty = os.path.realpath(self._token.path)
        command = " ".join(shlex.quote(str(word)) for word in argv)
        script = f'ln -sf {shlex.quote(pty)} "$UMOCKDEV_DIR/dev/hidraw0" && exec {command}'
        return self._work.run(paths.program("umockdev-run"), "-d", self._device, "-i", f"/dev/hidraw0={self._ioctl}", "--",
                              "sh", "-c", script, env={"SSH_SK_PROVIDER": "internal", **(env or {})}, **options)
