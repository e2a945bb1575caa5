"""What goes wrong with a stored file, in the same words for a folder and for an object store."""

from __future__ import annotations

import errno

from leeway.errors import StoreError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_RIGHTS = "Check LEEWAY_STORE_URL and its rights."


def not_there(location: str) -> StoreError:
    """A file is gone, or never was: STO010."""
    return StoreError(
        "the file is not in the store", code="STO010", file=location, do="Restore it, or ingest its window again."
    )


def failed(error: Exception, location: str, verb: str) -> StoreError:
    """A file cannot be ``verb`` (read, written, listed, removed): STO002 if the disk is full, else STO001."""
    number = error.errno if isinstance(error, OSError) else None
    full = number in _FULL
    return StoreError(
        f"the file cannot be {verb}: {reason(error)}",
        code="STO002" if full else "STO001",
        file=location,
        do="Free some space and run it again; nothing was left behind." if full else _RIGHTS,
    )


def reason(error: Exception) -> str:
    """What the operating system or a library says, as a clause."""
    strerror = error.strerror if isinstance(error, OSError) else None
    return str(strerror or error or type(error).__name__).rstrip(".")
