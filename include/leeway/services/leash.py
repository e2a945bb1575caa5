"""Become another program that ends when its parent ends: ``leash.py PARENT SIGNAL UID GID COMMAND ...``.

Run as a script, in an interpreter without site packages, and replaced by the command within a few milliseconds. Doing
this between fork and exec of the supervisor instead would run Python code in the copy of a threaded process, which may
deadlock.
"""

from __future__ import annotations

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def _become(uid: int, gid: int) -> None:
    """Give up root for good. Must precede `_die_with`: a change of user clears the request."""
    if uid != os.geteuid():
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def _die_with(parent: int, signal: int) -> None:
    """Ask Linux to send ``signal`` when the parent ends; elsewhere the next start cleans up instead."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal)
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(1)


if __name__ == "__main__":
    parent, signal, uid, gid = map(int, sys.argv[1:5])
    _become(uid, gid)
    _die_with(parent, signal)
    os.execv(sys.argv[5], sys.argv[5:])  # noqa: S606  the supervisor chose the command
