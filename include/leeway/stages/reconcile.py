"""reconcile: bring MLflow and the store back to what the ledger says, and clear away what dead processes left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from leeway import aliases

if TYPE_CHECKING:
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

ABANDONED = timedelta(hours=6)
"""A run or a temporary file that nobody has finished for so long belongs to a dead process."""


def reconcile(ws: Workspace, spec: ModelSpec, *, older_than: timedelta = ABANDONED) -> list[str]:
    """Repair a model's projections. Doing it again finds nothing to do.

    Args:
        ws: the workspace.
        spec: the model.
        older_than: age from which an unfinished run, or a file that nothing has referred to since, is cleared away.

    Returns:
        One sentence for everything that had to be repaired.
    """
    kept = {found.location for found in ws.catalog.all_partitions(spec.name) if found.location}
    kept |= {version.reference for version in ws.catalog.versions(spec.name)}
    kept |= {tried.predictions for found in ws.catalog.evaluations(spec.name) for tried in found.candidates}
    kept |= _noted(ws, spec.name, datetime.now(UTC) - older_than)
    return [
        *aliases.project(ws, spec.name),
        *(f"ended {found}" for found in ws.tracking.reap(spec.name, datetime.now(UTC) - older_than)),
        *(f"removed {found}" for found in ws.store.sweep(spec.name, kept, older_than)),
        *(f"removed {found} from the cache" for found in ws.sweep(older_than)),
    ]


def _noted(ws: Workspace, model: str, since: datetime) -> set[str]:
    """Files that only the trace names: of each subject the newest, and those that were the newest after ``since``.

    The latter for a backup that is under way: its copy of the catalog may be from before the newest note.
    """
    newest: dict[str, str] = {}
    kept: set[str] = set()
    for note in ws.catalog.notes(model):
        if note.key == "location":
            if note.subject in newest and note.recorded_at >= since:
                kept.add(newest[note.subject])
            newest[note.subject] = note.value
    return kept | set(newest.values())
