"""One stack per home at a time."""

from __future__ import annotations

import fcntl
import json
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from leeway.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def only_one(home: Path) -> Iterator[IO[str]]:
    """Hold the lock of a home. The kernel frees it however the holder ends, so a lock is never stale.

    Yields:
        The lock's file, empty: what is written to it tells others who holds it.

    Raises:
        ServiceError: SVC010 if somebody else holds it, SVC011 if the home cannot be written to.
    """
    with _opened(home) as file:
        _lock(file, home)
        file.truncate(0)
        yield file
        file.truncate(0)


def _opened(home: Path) -> IO[str]:
    try:
        home.mkdir(parents=True, exist_ok=True)
        return (home / "stack.lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise ServiceError(
            f"the folder of local state cannot be used: {error.strerror}",
            code="SVC011",
            do="Set LEEWAY_HOME to a folder you can write to.",
            home=home,
        ) from error


def _lock(file: IO[str], home: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        text = file.read()
        holder = json.loads(text) if text else {}
        raise ServiceError(
            "this home's services are running already" + "".join(f", {name} {value}" for name, value in holder.items()),
            code="SVC010",
            do="Use them, stop them with Ctrl-C where they were started, or set another LEEWAY_HOME.",
            home=home,
        ) from None
