"""Snapshots, and the registered versions that were trained on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, or_, select

from leeway.catalog.rows import missing, restore
from leeway.catalog.tables import model_version, snapshot
from leeway.core import ModelVersion, Snapshot
from leeway.errors import CatalogError, ConflictError
from leeway.failpoints import failpoint

if TYPE_CHECKING:
    from leeway.catalog.engine import Database


class Versions:
    """What a version was trained on."""

    _db: Database

    def pin(self, pinned: Snapshot) -> str:
        """Keep a snapshot.

        Returns:
            Its digest, by which `snapshot` gives it back.
        """
        digest = pinned.digest
        with self._db.write(pinned.model) as connection:
            if connection.scalar(select(snapshot.c.digest).where(snapshot.c.digest == digest)) is None:
                row = {"digest": digest, "model": pinned.model, "as_of": pinned.as_of, "body": pinned.to_json()}
                connection.execute(insert(snapshot).values(row))
            failpoint("catalog.snapshot")
        return digest

    def snapshot(self, digest: str) -> Snapshot:
        """A snapshot by its digest.

        Raises:
            CatalogError: CAT010 if it was never pinned.
        """
        with self._db.read() as connection:
            body = connection.scalar(select(snapshot.c.body).where(snapshot.c.digest == digest))
        if body is None:
            raise CatalogError(f"the catalog has no snapshot {digest[:12]}", code="CAT010")
        return restore(Snapshot, body)

    def add_version(self, version: ModelVersion) -> None:
        """Make a registered version known. Adding it again changes nothing.

        Raises:
            ConflictError: if its number or its train key belongs to a version with other content.
        """
        body = version.to_json()
        with self._db.write(version.model) as connection:
            known = _bodies(connection, version)
            if not known:
                row = {"version": version.version, "train_key": version.train_key, "body": body}
                connection.execute(insert(model_version).values(model=version.model, **row))
            elif known != [body]:
                raise ConflictError(
                    f"version {version.version} or its train key is already taken by another one", model=version.model
                )
            failpoint("catalog.version")
        failpoint("catalog.versioned")

    def version(self, model: str, number: int) -> ModelVersion:
        """A version by its number.

        Raises:
            CatalogError: CAT010 if there is none.
        """
        query = select(model_version.c.body)
        with self._db.read() as connection:
            body = connection.scalar(query.where(model_version.c.model == model, model_version.c.version == number))
        if body is None:
            raise missing(f"version {number}", model=model)
        return restore(ModelVersion, body)

    def versions(self, model: str) -> tuple[ModelVersion, ...]:
        """All versions by number."""
        query = select(model_version.c.body).where(model_version.c.model == model).order_by(model_version.c.version)
        with self._db.read() as connection:
            return tuple(restore(ModelVersion, body) for body in connection.scalars(query))

    def version_of(self, model: str, train_key: str) -> ModelVersion | None:
        """The version that a training has already given, if there is one."""
        query = select(model_version.c.body)
        with self._db.read() as connection:
            body = connection.scalar(
                query.where(model_version.c.model == model, model_version.c.train_key == train_key)
            )
        return restore(ModelVersion, body) if body is not None else None


def _bodies(connection: Connection, version: ModelVersion) -> list[str]:
    """What is known by this number or this train key."""
    same = or_(model_version.c.version == version.version, model_version.c.train_key == version.train_key)
    return list(connection.scalars(select(model_version.c.body).where(model_version.c.model == version.model, same)))
