"""A row of machines, each in a network of its own, each joined to the one before it and to the one after it alone.

Only inside isolate(network=True) as root.
"""

import dataclasses

from . import paths
from .work import Work


@dataclasses.dataclass
class Machine:
    """Where it is reached from the one before it, and how a program is started in its network."""
    address: str
    enter: list[str]
    sshd: str = dataclasses.field(default_factory=paths.sshd)
    sshd_lines: str = dataclasses.field(default_factory=paths.sshd_helpers)  # what that sshd needs said


_made: list[Machine] = []


def chain(work: Work, count: int) -> list[Machine]:
    """The first is joined to the network of the test. No machine passes packets on. They stay for the next test."""
    for number in range(len(_made) + 1, count + 1):
        name, near, far = f"chain{number}", f"near{number}", f"far{number}"
        before = _made[-1].enter if _made else []
        machine = Machine(f"10.65.{number}.2", ["nsenter", f"--net=/run/netns/{name}", "--"])
        work.run("ip", "netns", "add", name).expect()
        work.run(*before, "ip", "link", "add", near, "type", "veth", "peer", "name", far).expect()
        work.run(*before, "ip", "link", "set", far, "netns", name).expect()
        for side, link, last in ((before, near, 1), (machine.enter, far, 2)):
            work.run(*side, "ip", "address", "add", f"10.65.{number}.{last}/30", "dev", link).expect()
            work.run(*side, "ip", "link", "set", link, "up").expect()
        work.run(*machine.enter, "ip", "link", "set", "lo", "up").expect()
        _made.append(machine)
    return _made[:count]
