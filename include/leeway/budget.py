"""What training costs in time: noted where it is measured, added up where a budget is kept.

The time is not in the ledger: two runs over the same data do not take equally long, and their ledgers are equal.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from leeway.core import retrain_subject

if TYPE_CHECKING:
    from collections.abc import Iterator
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


def with_seconds(ws: Workspace, evaluation: Evaluation) -> Evaluation:
    """The evaluation with the time that all tries of its training took to fit."""
    notes = ws.catalog.notes(evaluation.model, _subject(evaluation.as_of, evaluation.request))
    return evaluation.model_copy(update={"seconds": sum(float(note.value) for note in notes)})


def _subject(as_of: datetime, request: str) -> str:
    return f"seconds/{retrain_subject(as_of, request)}"
