"""Whole files under relative paths: on a local folder, where they must survive a crash, or on an object store."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from leeway.errors import StoreError
from leeway.failpoints import failpoint
from leeway.store.objects import open_objects
from leeway.store.problems import failed, not_there

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


class Blobs(Protocol):
    """What the store needs of a place. Every method raises StoreError and says which file."""

    def read(self, location: str) -> bytes:
        """All bytes of a file."""

    def local(self, location: str, scratch: Path) -> AbstractContextManager[Path]:
        """A file on this machine with these bytes, in ``scratch`` if it has to be fetched."""

    def address(self, location: str) -> str:
        """The path or URL of a file, for other machines."""

    def write(self, location: str, data: bytes) -> None:
        """Make a file appear, complete. If equal bytes are there already, only their age starts again."""

    def listed(self, folder: str) -> Iterator[tuple[str, datetime | None]]:
        """All files below a folder, and when they were last written, if the place knows."""

    def remove(self, location: str) -> None:
        """Remove a file; that it is gone already is fine."""


def open_blobs(root: str) -> Blobs:
    """Choose by the root: a folder, ``file://...``, or any other URL for fsspec.

    Raises:
        StoreError: STO003 if fsspec does not know the URL or lacks the package for it.
    """
    if "://" not in root:
        return Folder(Path(root))
    if root.startswith("file://"):
        return Folder(Path(root.removeprefix("file://")))
    return open_objects(root)


class Folder:
    """A local folder. A file is written under a temporary name, synced, renamed, and the rename is synced too."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    def read(self, location: str) -> bytes:
        """All bytes of a file."""
        with _explained(location, "read"):
            return self._inside(location).read_bytes()

    @contextmanager
    def local(self, location: str, scratch: Path) -> Iterator[Path]:  # noqa: ARG002 - nothing is fetched
        """The file itself."""
        with _explained(location, "read"):
            path = self._inside(location)
            path.stat()
        yield path

    def address(self, location: str) -> str:
        """Its path."""
        return str(self._inside(location))

    def write(self, location: str, data: bytes) -> None:
        """Make a file appear, complete. If equal bytes are there already, only their age starts again."""
        with _explained(location, "written"):
            target = self._inside(location)
            if target.exists() and target.read_bytes() == data:
                os.utime(target)  # so that no sweep takes it before it is published
                return
            _make(target.parent)
            temporary = target.with_name(f"{target.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
            try:
                failpoint("store.write")
                _write_synced(temporary, data)
                failpoint("store.rename")
                temporary.replace(target)
            finally:
                with suppress(OSError):
                    temporary.unlink()
            _sync(target.parent)
            failpoint("store.renamed")

    def listed(self, folder: str) -> Iterator[tuple[str, datetime | None]]:
        """All files below a folder, and when they were last written."""
        with _explained(folder, "listed"):
            for path in sorted((self._root / folder).rglob("*")):
                with suppress(FileNotFoundError):  # somebody else sweeps too
                    if path.is_file() and not path.is_symlink():
                        yield path.relative_to(self._root).as_posix(), datetime.fromtimestamp(path.stat().st_mtime, UTC)

    def remove(self, location: str) -> None:
        """Remove a file; that it is gone already is fine."""
        with _explained(location, "removed"):
            self._inside(location).unlink(missing_ok=True)

    def _inside(self, location: str) -> Path:
        path = self._root / location
        if not path.resolve().is_relative_to(self._root.resolve()):
            raise StoreError("a link leads out of the store", code="STO003", file=location)
        return path


@contextmanager
def _explained(location: str, verb: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise not_there(location) from error
    except OSError as error:
        raise failed(error, location, verb) from error


def _make(folder: Path) -> None:
    """Make a folder and those above it so that they survive a crash."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
