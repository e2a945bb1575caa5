"""The newest backtest of a model's own history, kept for whoever opens the model's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from leeway.backtest.result import Backtest
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

RESULT, PAGE = "backtest/result", "backtest/page"
"""Subjects of the trace: where the result is, and where its page."""


class Kept(NamedTuple):
    """A backtest that was kept."""

    at: datetime
    """When."""
    by: str
    """Who asked for it."""
    ws: Workspace
    place: tuple[str, str]
    """Location and sha256 of the result in the store."""
    page: tuple[str, str]

    @property
    def result_json(self) -> bytes:
        """What ``leeway backtest --json`` says. Raises StoreError if it is gone."""
        return self.ws.store.get_bytes(*self.place)

    @property
    def html(self) -> bytes:
        """Its page, as ``leeway backtest --html`` writes it. Raises StoreError if it is gone."""
        return self.ws.store.get_bytes(*self.page)


def keep(ws: Workspace, spec: ModelSpec, found: Backtest, *, by: str) -> None:
    """Put a backtest of a model's own history into the store, and note where.

    Raises:
        StoreError: if it cannot be written.
    """
    from leeway.backtest.page import page
    from leeway.core import Window

    span = Window(start=found.windows[0].start, end=found.windows[-1].end)
    where: dict[str, Any] = {"model": spec.name, "kind": "backtest", "window": span}
    # The page first: who finds the result finds its page too.
    for subject, data, suffix in ((PAGE, page(found), "html"), (RESULT, _json(found), "json")):
        stored = ws.store.put_bytes(data, suffix=suffix, **where)
        ws.catalog.note(spec.name, subject, {"location": stored.location, "version": stored.version, "by": by})


def kept(ws: Workspace, spec: ModelSpec) -> Kept | None:
    """The newest backtest of a model's own history; None if none was done."""
    result, page = ({note.key: note for note in ws.catalog.notes(spec.name, subject)} for subject in (RESULT, PAGE))
    if not result:
        return None
    return Kept(
        at=result["location"].recorded_at,
        by=result["by"].value,
        ws=ws,
        place=(result["location"].value, result["version"].value),
        page=(page["location"].value, page["version"].value),
    )


def _json(found: Backtest) -> bytes:
    return found.model_dump_json().encode()
