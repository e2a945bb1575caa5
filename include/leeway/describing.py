"""The model card of a version, as far as it is known when the version is registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.core import PartitionKind, Window
from leeway.detectors.baseline import BaselineDetector
from leeway.evaluation.groups import MIN_TOLD
from leeway.recipes import training_windows
from leeway.reports.card import (
    Card,
    ColumnFacts,
    DataFacts,
    EvaluationFacts,
    LineageFacts,
    MetricFacts,
    ReferenceFacts,
    TrainingFacts,
)
from leeway.schema import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leeway.core import CandidateResult, Evaluation, ModelVersion, Snapshot
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def describe(ws: Workspace, spec: ModelSpec, version: ModelVersion, evaluation: Evaluation, *, run_id: str) -> Card:
    """Gather what the catalog and the model file say of a version.

    Args:
        ws: the workspace.
        spec: the model; where its file has changed since, the card says so.
        version: which one.
        evaluation: the one that led to it.
        run_id: MLflow run of its training; empty if not known.
    """
    snapshot = ws.catalog.snapshot(version.snapshot)
    winner = next(found for found in evaluation.candidates if found.candidate.name == evaluation.winner)
    data = _data(ws, spec, version, snapshot, winner)
    return Card(
        model=spec.name,
        version=version.version,
        description=spec.description,
        owner=spec.owner,
        task=spec.task,
        as_of=version.as_of,
        texts=spec.card,
        data=data,
        training=_training(spec, evaluation, winner),
        evaluation=_evaluation(spec, evaluation, snapshot),
        reference=_reference(spec, version),
        limits=tuple(_limits(spec, version, evaluation, data)),
        lineage=LineageFacts(
            snapshot=version.snapshot,
            raw=snapshot.raw,
            labels=len(snapshot.labels),
            artifact=version.artifact,
            spec=version.spec_hash,
            code=version.code,
            champion_then=evaluation.champion,
            run_id=run_id,
            run_url=ws.tracking.run_url(run_id) if run_id else None,
        ),
    )


def _data(
    ws: Workspace, spec: ModelSpec, version: ModelVersion, snapshot: Snapshot, winner: CandidateResult
) -> DataFacts:
    first, last = version.trained_on
    rows = {window: ws.catalog.pinned(spec.name, PartitionKind.RAW, window, v).rows for window, v in snapshot.raw}
    learnt = [window for window in snapshot.labelled if first.start <= window.start <= last.start]
    label = spec.data.label
    known = (
        f"{label.delay} after the event" if label.delay else f"as the column {label.time} says, within {label.within}"
    )
    return DataFacts(
        source=spec.data.source.kind,
        first=first,
        last=last,
        windows=len(learnt),
        rows=sum(rows[window] for window in learnt),
        labelled=_labelled(spec, snapshot, winner, rows),
        label=label.column,
        label_known=known,
        columns=tuple(
            ColumnFacts(name=name, type=column.type, roles=column.role, nullable=column.nullable)
            for name, column in spec.data.columns.items()
        ),
    )


def _labelled(spec: ModelSpec, snapshot: Snapshot, winner: CandidateResult, rows: dict[Window, int]) -> float | None:
    """Share of labelled rows in the windows that the winning recipe learned from when it was tried."""
    if winner.candidate.base is not None or snapshot.spec_hash != spec.hash:
        return None
    total = sum(rows[window] for window in training_windows(spec, snapshot, winner.candidate, final=False))
    return winner.rows / total if total else None


def _training(spec: ModelSpec, evaluation: Evaluation, winner: CandidateResult) -> TrainingFacts:
    return TrainingFacts(
        recipe=winner.candidate.name,
        history=winner.candidate.history,
        params=winner.params,
        trials=winner.trials,
        candidates=sum(not found.candidate.trivial for found in evaluation.candidates),
        seed=spec.training.seed,
        base=winner.candidate.base,
    )


def _evaluation(spec: ModelSpec, evaluation: Evaluation, snapshot: Snapshot) -> EvaluationFacts:
    names = sorted(evaluation.metrics, key=lambda name: (name != spec.metric, name))
    return EvaluationFacts(
        windows=snapshot.examined,
        metric=spec.metric,
        metrics=tuple(
            MetricFacts(
                metric=name,
                value=evaluation.metrics[name],
                interval=evaluation.intervals.get(name),
                champion=evaluation.champion_metrics.get(name),
                baseline=evaluation.baseline_metrics.get(name),
            )
            for name in names
        ),
        gain=evaluation.metric_gain,
        groups=evaluation.groups,
        gaps=evaluation.gaps,
        gates=evaluation.gates,
        sensitive=spec.data.named(Role.SENSITIVE),
    )


def _reference(spec: ModelSpec, version: ModelVersion) -> ReferenceFacts:
    first, last = version.trained_on
    learnt = f"the rows it learned from, {Window(start=first.start, end=last.end)}"
    seasonal = "earlier windows of the same season, as the model file asks; until there are any, "
    firsts = [found.baseline_windows for found in spec.detectors if isinstance(found, BaselineDetector)]
    windows = f"its first {max(firsts)} out-of-sample windows" if firsts else "nothing: no detector looks at losses"
    return ReferenceFacts(
        inputs=f"{seasonal if spec.monitoring.season else ''}{learnt}",
        scores="those of the first windows that it scores",
        losses=windows,
        profile=version.reference_version,
    )


def _limits(spec: ModelSpec, version: ModelVersion, evaluation: Evaluation, data: DataFacts) -> Iterator[str]:
    """What a reader should know before trusting the figures."""
    if version.spec_hash != spec.hash:
        yield (
            "The model file, or what leeway reads from it, has changed since this version was trained: purpose, "
            "columns and seed are told as they are now."
        )
    if data.labelled is not None and data.labelled < 1:
        missing = f"{100 * (1 - data.labelled):.1f} %"
        yield f"{missing} of the rows have no label; whether these are like the others is not known."
    if evaluation.metric_gain is None and evaluation.champion is not None:
        yield "It could not be compared with the champion on rows that neither had learnt from."
    if evaluation.looks:
        yield f"{evaluation.looks} earlier trainings were compared with the same champion on some of these windows."
    yield from _limits_of_groups(spec, evaluation)
    forbidden = spec.data.named(Role.FORBIDDEN)
    if forbidden:
        yield f"Never to be used, as they are known only after the event or must not count: {', '.join(forbidden)}."


def _limits_of_groups(spec: ModelSpec, evaluation: Evaluation) -> Iterator[str]:
    if evaluation.groups:
        least = min(evaluation.groups, key=lambda group: (group.rows, group.column, group.level))
        yield (
            f"The smallest group told apart is {least.column}={least.level} with {least.rows} rows; "
            f"one with fewer than {MIN_TOLD} is not told apart."
        )
    if not spec.data.named(Role.SENSITIVE):
        yield "No column is declared sensitive: how unlike groups of people are treated was not measured."
    if spec.data.withheld:
        yield f"It does not see {', '.join(spec.data.withheld)}, but other columns may say the same."
    wide = [
        (value, name, column)
        for column, gaps in evaluation.gaps.items()
        for name, value in gaps.items()
        if name.endswith("_difference")
    ]
    if wide:
        value, name, column = max(wide)
        yield f"The widest gap found is {name} of {value:.3g} between the groups of {column}."
