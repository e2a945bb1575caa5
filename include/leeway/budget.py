"""What training costs in time: noted where it is measured, added up where a budget is kept.

The time is not in the ledger: two runs over the same data do not take equally long, and their ledgers are equal.
"""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from leeway.core import retrain_subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from leeway.core import Evaluation, TrainingJob
    from leeway.workspace import Workspace


@contextmanager
def timed(ws: Workspace, job: TrainingJob, what: str) -> Iterator[None]:
    """Note how long the body takes, also if it fails: that was paid for too."""
    begun = time.monotonic()
    try:
        yield
    finally:
        ws.catalog.note(job.model, _subject(job.as_of, job.request), {what: f"{time.monotonic() - begun:.3f}"})


def with_seconds(ws: Workspace, evaluations: Sequence[Evaluation]) -> tuple[Evaluation, ...]:
    """Evaluations of one model, each with the time that all tries of its training took to fit."""
    if not evaluations:
        return ()
    subjects = [_subject(found.as_of, found.request) for found in evaluations]
    spent: defaultdict[str, float] = defaultdict(float)
    for note in ws.catalog.notes(evaluations[0].model, subjects):
        spent[note.subject] += float(note.value)
    return tuple(
        found.model_copy(update={"seconds": spent[subject]})
        for found, subject in zip(evaluations, subjects, strict=True)
    )


def _subject(as_of: datetime, request: str) -> str:
    return f"seconds/{retrain_subject(as_of, request)}"
