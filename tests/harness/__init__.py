"""Drives real programs: the software token, sshd, ssh-agent, ssh, and whatever wants a terminal.

Needs PYTHONPATH=tests and HALLIGAN_BUILD=<build folder>, which ctest sets.
"""

from . import paths
from .card import Card, Readers
from .case import Case, main
from .isolation import isolate, skip
from .process import PATIENCE, SOON, Completed, Daemon, Failure, run, show, until
from .softkey import Softkey, public_part
from .ssh import Agent, Sshd
from .terminal import Terminal, converse
from .work import USER, Askpass, Work

__all__ = ["PATIENCE", "SOON", "USER", "Agent", "Askpass", "Card", "Case", "Completed", "Daemon", "Failure", "Readers", "Softkey", "Sshd",
           "Terminal", "Work", "converse", "isolate", "main", "paths", "public_part", "run", "show", "skip", "until"]
