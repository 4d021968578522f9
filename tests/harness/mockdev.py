"""OpenSSH's built-in security key support at the software token: umockdev shows it hidraw nodes that lead to ptys."""

import os
import shlex
import signal

from . import paths
from .process import Completed
from .softkey import Softkey
from .work import Work

# On a busy machine umockdev-run now and then crashes before it starts the program: then nothing has happened yet.
_STARTS = 3

# CTAP 2.1, 11.2.8.1: usage page F1D0, one input and one output report of 64 bytes.
_REPORT_DESCRIPTOR = bytes.fromhex("06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0")

# hidapi looks at sysfs (device/report_descriptor, HID_UNIQ, the USB device's texts), OpenSSH opens the node.
_DEVICE = """P: /devices/fake/usb{n}/0003:1209:AAAA.000{n}/hidraw/hidraw{n}
N: hidraw{n}
E: SUBSYSTEM=hidraw
E: DEVNAME=/dev/hidraw{n}
L: device=../../../0003:1209:AAAA.000{n}

P: /devices/fake/usb{n}/0003:1209:AAAA.000{n}
E: SUBSYSTEM=hid
E: HID_ID=0003:00001209:0000AAAA
E: HID_NAME=softkey
E: HID_UNIQ={serial}
H: report_descriptor={descriptor}

P: /devices/fake/usb{n}
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
A: manufacturer=Halligan
A: product={product}
A: idVendor=1209
A: idProduct=aaaa

"""


class Mockdev:
    """Runs programs that find these tokens by enumeration, as they would find real ones."""

    def __init__(self, work: Work, *tokens: Softkey, product: str = "softkey", serial: str = ""):
        self._work, self._tokens = work, tokens
        size = len(_REPORT_DESCRIPTOR).to_bytes(4, "little").hex().upper()
        descriptor = (_REPORT_DESCRIPTOR + bytes(4096 - len(_REPORT_DESCRIPTOR))).hex().upper()
        name = "-".join(token.name for token in tokens)
        devices = [_DEVICE.format(n=n, product=product, serial=serial, descriptor=_REPORT_DESCRIPTOR.hex().upper())
                   for n in range(len(tokens))]
        self._options = ["-d", work.write(f"{name}.umockdev", "".join(devices))]
        for n in range(len(tokens)):
            ioctl = work.write(f"{name}.{n}.ioctl", f"@DEV /dev/hidraw{n}\nHIDIOCGRDESCSIZE 0 {size}\n"
                                                    f"HIDIOCGRDESC 0 {size}{descriptor}\n")
            self._options += ["-i", f"/dev/hidraw{n}={ioctl}"]

    def run(self, *argv, env=None, **options) -> Completed:
        """As Work.run(), with the built-in support instead of our provider."""
        links = "".join(f'ln -sf {shlex.quote(os.path.realpath(token.path))} "$UMOCKDEV_DIR/dev/hidraw{n}" && '
                        for n, token in enumerate(self._tokens))
        command = " ".join(shlex.quote(str(word)) for word in argv)
        started = self._work.path("umockdev.started")
        for _ in range(_STARTS):
            started.unlink(missing_ok=True)
            done = self._work.run(paths.program("umockdev-run"), *self._options, "--", "sh", "-c",
                                  f": >{shlex.quote(str(started))}; {links}exec {command}",
                                  env={"SSH_SK_PROVIDER": "internal", **(env or {})}, **options)
            if done.status != -signal.SIGSEGV or started.exists():
                break
        return done
