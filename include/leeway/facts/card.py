"""The model card of a version as of now: what was known when it was registered, and what has become of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from leeway.core import REJECTED, EntryKind, Evaluation, Performance, Promotion, rejected_by
from leeway.describing import describe
from leeway.errors import CatalogError
from leeway.outcome import evaluation_of
from leeway.reports.card import Card, HistoryLine, ServiceFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leeway.core import Entry, ModelVersion
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

ALL_ROWS = "all rows"


def card(ws: Workspace, spec: ModelSpec, version: int | None = None) -> Card:
    """The card of a version; by default of the champion, or where there is none of the newest version.

    Raises:
        CatalogError: CAT010 if there is no such version, CAT022 if no evaluation made it, CAT024 if there is none yet.
    """
    found = ws.catalog.version(spec.name, version) if version is not None else _default(ws, spec)
    evaluation = evaluation_of(ws, spec, found.version)
    notes = ws.catalog.notes(spec.name, f"training/{found.train_key[:16]}")
    run_id = next((note.value for note in reversed(notes) if note.key == "mlflow_run"), "")
    kinds = (EntryKind.EVALUATION, EntryKind.PROMOTION)
    entries = sorted((e for kind in kinds for e in ws.catalog.entries(spec.name, kind)), key=lambda entry: entry.seq)
    return describe(ws, spec, found, evaluation, run_id=run_id).model_copy(
        update={
            "told_until": ws.catalog.last_seq(spec.name),
            "serving": ws.catalog.champion(spec.name) == found.version,
            "history": tuple(_history(entries, found.version)),
            "service": _service(ws, spec, found),
        }
    )


def _default(ws: Workspace, spec: ModelSpec) -> ModelVersion:
    champion = ws.catalog.champion(spec.name)
    if champion is not None:
        return ws.catalog.version(spec.name, champion)
    versions = ws.catalog.versions(spec.name)
    if not versions:
        raise CatalogError(
            "the model has no version yet",
            code="CAT024",
            model=spec.name,
            do=f"Bring it up to date: leeway run all --model {spec.name}.",
        )
    return versions[-1]


def _history(entries: Sequence[Entry], version: int) -> Iterator[HistoryLine]:
    """What evaluations and promotions say of a version: what it was worth, who rejected it, when it came and went."""
    for entry in entries:
        told = (_evaluated if entry.kind is EntryKind.EVALUATION else _promoted)(entry, version)
        if told is not None:
            what, by, sentence = told
            yield HistoryLine(seq=entry.seq, at=entry.at, what=what, by=by, sentence=sentence)


def _evaluated(entry: Entry, version: int) -> tuple[str, str, str] | None:
    found = Evaluation.model_validate(entry.payload)
    if found.request == f"{REJECTED}{version}":
        return "rejected", rejected_by(found.sentence), found.sentence
    if found.challenger == version:
        return f"evaluated: {found.verdict.value}", "gates", found.sentence
    return None


def _promoted(entry: Entry, version: int) -> tuple[str, str, str] | None:
    found = Promotion.model_validate(entry.payload)
    if found.to_version == version:
        return f"serves ({found.kind.value})", found.by, found.reason
    if found.from_version == version:
        return f"gives way to v{found.to_version} ({found.kind.value})", found.by, found.reason
    return None


def _service(ws: Workspace, spec: ModelSpec, version: ModelVersion) -> tuple[ServiceFacts, ...]:
    """How it did on labelled windows that it scored: all rows first, then level by level."""
    measured = ws.catalog.measurements(spec.name, since=version.as_of)
    newest: dict[object, Performance] = {
        found.window: found
        for one in measured
        for found in one.matured
        if found.version == version.version and found.labelled
    }
    windows = list(newest.values())
    if not windows:
        return ()
    whole = [{"labelled": float(w.labelled), "loss": w.loss, **w.metrics} for w in windows]
    levels = sorted({name for window in windows for name in window.slices})
    parts = {name: [window.slices[name] for window in windows if name in window.slices] for name in levels}
    return tuple(_summed(name, found, spec.metric) for name, found in {ALL_ROWS: whole, **parts}.items())


def _summed(group: str, windows: Sequence[dict[str, float]], metric: str) -> ServiceFacts:
    defined = [found for found in windows if math.isfinite(found.get(metric, math.nan))]
    return ServiceFacts(
        group=group,
        windows=len(windows),
        labelled=int(math.fsum(found["labelled"] for found in windows)),
        loss=_mean(windows, "loss"),
        metric=_mean(defined, metric) if defined else None,
    )


def _mean(windows: Sequence[dict[str, float]], name: str) -> float:
    """Weighted by labelled rows."""
    total = math.fsum(found["labelled"] for found in windows)
    return math.fsum(found[name] * found["labelled"] for found in windows) / total
