"""Locks of a model across processes. Each is released when its process dies."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from leeway.catalog.failures import is_busy
from leeway.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from threading import Lock

_POLL = 0.05


def lock_key(purpose: str, model: str) -> int:
    """Name a PostgreSQL advisory lock: 64 bits, signed."""
    return int.from_bytes(hashlib.sha256(f"leeway {purpose} {model}".encode()).digest()[:8], signed=True)


@contextmanager
def advisory_lock(connection: Connection, model: str, wait: float) -> Iterator[None]:
    """Hold a lock of the PostgreSQL session on ``connection``, which ends with it.

    Raises:
        CatalogError: CAT005 if another session has held it for ``wait`` seconds.
    """
    with connection.execution_options(isolation_level="AUTOCOMMIT"):
        connection.detach()  # never back to the pool: closing it is what releases the lock for certain
        connection.execute(
            text("SELECT set_config('lock_timeout', :wait, false)"), {"wait": f"{max(1, int(wait * 1000))}ms"}
        )
        try:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": lock_key("slow", model)})
        except OperationalError as error:
            if not is_busy(error):
                raise
            raise _held_by_another(model, wait) from None
        yield


@contextmanager
def file_lock(path: Path, model: str, wait: float) -> Iterator[None]:
    """Hold a lock on a file, which stays: removing it would let two processes lock two files of one name.

    Raises:
        CatalogError: CAT001 if the file cannot be made, CAT005 if another process has held it for ``wait`` seconds.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise CatalogError(
            f"the lock file {path} cannot be opened: {error.strerror}", code="CAT001", model=model
        ) from error
    deadline = time.monotonic() + wait
    try:
        while not _try(handle):
            if time.monotonic() >= deadline:
                raise _held_by_another(model, wait)
            time.sleep(_POLL)
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)  # said explicitly, because a forked child may hold a copy of the handle
        os.close(handle)


@contextmanager
def thread_lock(lock: Lock, model: str, wait: float) -> Iterator[None]:
    """Hold a lock among the threads that share a database in memory.

    Raises:
        CatalogError: CAT005 if another thread has held it for ``wait`` seconds.
    """
    if not lock.acquire(timeout=wait):
        raise _held_by_another(model, wait)
    try:
        yield
    finally:
        lock.release()


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _held_by_another(model: str, wait: float) -> CatalogError:
    return CatalogError(
        f"another process has worked on it for {wait:g} seconds",
        code="CAT005",
        model=model,
        do="Try again when it is done.",
    )
