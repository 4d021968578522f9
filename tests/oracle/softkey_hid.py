"""python3-fido2's connection to the software token, for its versions 0.9 (Debian 12) and 1.2 (Debian 13)."""

import inspect

from fido2.hid import CtapHidDevice
from fido2.hid.base import HidDescriptor
from fido2.hid.linux import LinuxCtapHidConnection


def connect(token) -> CtapHidDevice:
    known = (token.link, 0x1209, 0x0001, 64, 64)
    # Later versions also keep what the device calls itself.
    names = [None] * (len(inspect.signature(HidDescriptor).parameters) - len(known))
    descriptor = HidDescriptor(*known, *names)
    return CtapHidDevice(descriptor, LinuxCtapHidConnection(descriptor))
