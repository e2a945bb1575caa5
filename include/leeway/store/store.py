"""Files addressed by the sha256 of their bytes.

Layout: ``<model>/<kind>/<window>/<sha256>.<suffix>``, and beside each table ``<sha256>.json``, its manifest. Nothing is
changed under a final name: a file is complete when it appears there, and equal content has one name.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from leeway.canonical import canonical_json, digest
from leeway.core import NAME
from leeway.errors import CorruptionError, StoreError
from leeway.store import parquet
from leeway.store.blobs import open_blobs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import timedelta
    from pathlib import Path

    import pyarrow as pa

    from leeway.core import Partition, Window

_SUFFIX = re.compile(r"[a-z0-9]{1,16}")
_LOCATION = re.compile(
    r"(?P<model>\w{1,63})/\w{1,63}/\d{8}T\d{4}Z-\d{8}T\d{4}Z/(?P<sha>[0-9a-f]{64})\.[a-z0-9]{1,16}", re.A
)


class Stored(NamedTuple):
    """Where something was put."""

    version: str
    """sha256 of the bytes."""
    rows: int
    """Rows of a table, 0 for other bytes."""
    location: str
    """Path relative to the store's root."""


class Store:
    """Everything that is too large for the catalog.

    Args:
        root: a folder, or a URL that fsspec knows (``s3://bucket/leeway``). It may hold credentials and is never shown.

    Raises:
        StoreError: STO003 if fsspec does not know the URL or lacks the package for it.
    """

    def __init__(self, root: str) -> None:
        self._blobs = open_blobs(root)

    def check(self) -> None:
        """Write, read and remove a small file: having the right to write is not having room to.

        Raises:
            StoreError: with the code of what went wrong.
            CorruptionError: STO100 if other bytes came back.
        """
        probe, data = f".check-{secrets.token_hex(8)}", b"leeway"
        self._blobs.write(probe, data)
        try:
            found = self._blobs.read(probe)
        finally:
            self._blobs.remove(probe)
        if found != data:
            raise CorruptionError("the store gives back other bytes than were written", do="Do not use this storage.")

    def put(self, table: pa.Table, *, model: str, kind: str, window: Window) -> Stored:
        """Store a table as Parquet. The same rows and types give the same bytes, so doing it again changes nothing.

        Raises:
            StoreError: STO001 if it cannot be written, STO002 if the disk is full: nothing then has its final name.
        """
        data = parquet.to_bytes(table)
        stored = self._put(data, model=model, kind=kind, window=window, suffix="parquet")
        manifest = {
            "bytes": len(data),
            "rows": table.num_rows,
            "schema": parquet.schema_hash(table.schema),
            "sha256": stored.version,
        }
        self._blobs.write(_manifest(stored.location), f"{canonical_json(manifest)}\n".encode())
        return stored._replace(rows=table.num_rows)

    def put_bytes(self, data: bytes, *, model: str, kind: str, window: Window, suffix: str) -> Stored:
        """Store bytes as they are.

        Raises:
            StoreError: STO001 if they cannot be written, STO002 if the disk is full.
        """
        return self._put(data, model=model, kind=kind, window=window, suffix=suffix.lstrip("."))

    def read(self, partition: Partition, columns: Sequence[str] | None = None) -> pa.Table:
        """Read a partition's table, by default all of its columns.

        Raises:
            StoreError: STO010 if it is not there, STO011 if it has no such column.
            CorruptionError: STO100 if its bytes are not the ones that were published.
        """
        return self.read_at(partition.location, partition.version, columns)

    def read_at(self, location: str, version: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Read a table by where it is and the sha256 of its bytes. Raises as `read`."""
        return parquet.from_bytes(self.get_bytes(location, version), columns, location)

    def get_bytes(self, location: str, version: str) -> bytes:
        """Read bytes.

        Raises:
            StoreError: STO010 if they are not there.
            CorruptionError: STO100 if their sha256 is not ``version``.
        """
        data = self._blobs.read(_checked(location))
        _check_digest(digest(data), version, location)
        return data

    @contextmanager
    def local(self, partition: Partition, scratch: Path) -> Iterator[Path]:
        """A partition's file on this machine, for engines that read files by themselves.

        Its bytes are checked first, a piece at a time. Nobody may write to it.

        Args:
            partition: a published one.
            scratch: a folder for what has to be fetched, until the context ends.

        Raises:
            StoreError: STO010 if it is not there.
            CorruptionError: STO100 if its bytes are not the ones that were published.
        """
        with self._blobs.local(_checked(partition.location), scratch) as path:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            _check_digest(found, partition.version, partition.location)
            yield path

    def address(self, partition: Partition) -> str:
        """The path or URL of a partition's file, for engines on other machines that reach the store too."""
        return self._blobs.address(_checked(partition.location))

    def verify(self, partition: Partition) -> str | None:
        """Check a partition's bytes and manifest.

        Returns:
            What is wrong, as a sentence, or None.
        """
        if not partition.location:
            return None  # quarantined before there was anything to store
        try:
            self.get_bytes(partition.location, partition.version)
            if not partition.location.endswith(".parquet"):
                return None
            manifest = json.loads(self._blobs.read(_manifest(partition.location)))
        except StoreError as error:
            return str(error)
        except ValueError:
            return f"The manifest of {partition.location} is not JSON."
        told = (manifest.get("sha256"), manifest.get("rows")) if isinstance(manifest, dict) else None
        if told != (partition.version, partition.rows):
            return f"The manifest of {partition.location} does not match the catalog."
        return None

    def sweep(self, model: str, keep: Collection[str], older_than: timedelta) -> list[str]:
        """Remove what dead processes left: temporary files, and files that nothing refers to.

        Args:
            model: whose files.
            keep: locations that something refers to; their manifests are kept with them.
            older_than: age below which nothing is removed, because somebody may be about to publish it.

        Returns:
            The locations that were removed, sorted.

        Raises:
            StoreError: STO001 if something cannot be listed or removed.
        """
        limit = datetime.now(UTC) - older_than
        kept = {_without_suffix(location) for location in keep}
        removed = []
        for location, modified in self._blobs.listed(_name(model)):
            ours = location.endswith(".tmp") or _LOCATION.fullmatch(location)
            if ours and _without_suffix(location) not in kept and modified is not None and modified < limit:
                self._blobs.remove(location)
                removed.append(location)
        return sorted(removed)

    def _put(self, data: bytes, *, model: str, kind: str, window: Window, suffix: str) -> Stored:
        if not _SUFFIX.fullmatch(suffix):
            raise StoreError(f"{suffix!r} cannot be the ending of a file", code="STO003", model=model, window=window)
        version = digest(data)
        location = f"{_name(model)}/{_name(kind)}/{window.key}/{version}.{suffix}"
        self._blobs.write(location, data)
        return Stored(version=version, rows=0, location=location)


def _name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise StoreError(f"{name!r} cannot be part of a path in the store", code="STO003")
    return str(name)


def _checked(location: str) -> str:
    """Refuse everything that `Store.put` cannot have returned, so that no location leads out of the store."""
    if not _LOCATION.fullmatch(location):
        raise StoreError("this is not a location in the store", code="STO003", file=repr(location))
    return location


def _check_digest(found: str, version: str, location: str) -> None:
    if found != version:
        raise CorruptionError(
            f"its bytes have sha256 {found[:12]}, but {version[:12]} was published",
            file=location,
            do="Restore the file from a backup, or remove it and ingest its window again.",
        )


def _manifest(location: str) -> str:
    return f"{_without_suffix(location)}.json"


def _without_suffix(location: str) -> str:
    return location.rpartition(".")[0]
