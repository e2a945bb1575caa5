"""Fencing: of several tries of one piece of work, only the newest may publish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select, text

from leeway.catalog.tables import fence
from leeway.errors import FencedError

if TYPE_CHECKING:
    from leeway.catalog.engine import Database

_NEXT = text(
    "INSERT INTO fence (model, scope, token) VALUES (:model, :scope, 1) "
    "ON CONFLICT (model, scope) DO UPDATE SET token = fence.token + 1 RETURNING token"
)


class Fencing:
    """Tokens per model and scope; a scope names a piece of work, such as ``window:<key>/score``."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def take_token(self, model: str, scope: str) -> int:
        """Take over: the token is greater than all before it, and the tries that hold those can publish no more."""
        with self._db.write(model) as connection:
            return int(connection.execute(_NEXT, {"model": model, "scope": scope}).scalar_one())


def require_newest(connection: Connection, model: str, *, scope: str, token: int) -> None:
    """Refuse to publish for an outdated try. To be called in the transaction that publishes.

    Raises:
        FencedError: if ``token`` is not the newest of the scope.
    """
    newest = connection.scalar(select(fence.c.token).where(fence.c.model == model, fence.c.scope == scope))
    if newest != token:
        raise FencedError(
            f"a newer try has taken over {scope}: it holds token {newest}, this one {token}",
            model=model,
            do="Nothing is lost: the newer try publishes.",
        )
