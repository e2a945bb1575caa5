"""ingest: read a window's rows, and the labels that became known in it, and store them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leeway.canonical import digest
from leeway.core import Delivery, Partition, PartitionKind, PartitionState, Window
from leeway.dataset import KNOWN_AT, TARGET, window_request
from leeway.errors import SourceError
from leeway.schedule import duration

if TYPE_CHECKING:
    import pyarrow as pa

    from leeway.sources.base import Batch, Source
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def ingest(ws: Workspace, spec: ModelSpec, window: Window) -> Delivery:
    """Read and store the window's rows, and publish the labels that became known in the window.

    The rows are stored, not published: nothing may use them before they are validated.

    Raises:
        SourceError: if the source cannot be reached; or if the input is malformed and the spec says ``fail``.
    """
    try:
        batch = spec.data.source.read(window_request(spec, window))
    except SourceError as error:
        if not _to_quarantine(spec, error):
            raise
        known = _ingest_labels(ws, spec, window, readable=False)
        return Delivery(window=window, labels=known, refused_code=error.code, refused=str(error))
    stored = ws.store.put(batch.table, model=spec.name, kind=PartitionKind.RAW, window=window)
    _note_source(ws, spec, window, PartitionKind.RAW, batch)
    known = _ingest_labels(ws, spec, window, readable=True)
    return Delivery(window=window, version=stored.version, location=stored.location, rows=stored.rows, labels=known)


def _ingest_labels(ws: Workspace, spec: ModelSpec, window: Window, *, readable: bool) -> int:
    """Publish the labels that became known in the window; a refused batch as quarantined, with its reason."""
    scope = f"{window.key}/labels"
    token = ws.catalog.take_token(spec.name, scope)
    interval, windows = _label_interval(ws, spec, window, readable=readable)
    if not windows:
        return 0
    source: Source = spec.data.labels or spec.data.source
    time_column = spec.data.label.time or spec.data.event_time
    try:
        wanted = spec.request(interval, windows, columns=spec.data.label_columns, time_column=time_column)
        batch = source.read(wanted)
    except SourceError as error:
        if not _to_quarantine(spec, error):
            raise
        reason = str(error)
        ws.catalog.publish(
            Partition(
                model=spec.name, kind=PartitionKind.LABELS, window=window, version=digest(reason), rows=0,
                state=PartitionState.QUARANTINED, reason_code=error.code, reason=reason,
            ),
            scope=scope,
            token=token,
        )  # fmt: skip
        return 0
    table = _labels(spec, batch.table)
    stored = ws.store.put(table, model=spec.name, kind=PartitionKind.LABELS, window=window)
    ws.catalog.publish(
        Partition(
            model=spec.name, kind=PartitionKind.LABELS, window=window, version=stored.version, rows=stored.rows,
            location=stored.location,
        ),
        scope=scope,
        token=token,
    )  # fmt: skip
    _note_source(ws, spec, window, PartitionKind.LABELS, batch)
    return stored.rows


def _note_source(ws: Workspace, spec: ModelSpec, window: Window, kind: PartitionKind, batch: Batch) -> None:
    """Remember what was read, in the trace: a file may hold rows of later windows, on which history must not rest."""
    ws.catalog.note(spec.name, f"{window.key}/{kind}", {"source": batch.fingerprint})


def _label_interval(
    ws: Workspace, spec: ModelSpec, window: Window, *, readable: bool
) -> tuple[Window, tuple[Window, ...]]:
    """What to read for the labels that become known in ``window``, and in which windows those rows lie.

    With a delay the labels of an earlier interval become known; with a label time the rows say so themselves. Windows
    whose rows are not there (quarantined, or never ingested) are left out: nothing could be joined to their labels, and
    a file that cannot be read must not keep back the labels of others.
    """
    label = spec.data.label
    if label.delay:
        interval = window.shifted(-duration(label.delay))
        reach = interval
    else:
        interval = window
        reach = Window(start=window.start - spec.max_delay - timedelta(microseconds=1), end=window.end)
    there = {p.window for p in ws.catalog.partitions(spec.name, PartitionKind.RAW, end=window.end) if p.usable}
    there = there | {window} if readable else there - {window}
    windows = tuple(w for w in spec.schedule.between(reach.start, reach.end) if w in there)
    return interval, windows


def _labels(spec: ModelSpec, table: pa.Table) -> pa.Table:
    """Key, event time, known_at and target (float64) of the rows whose label is known."""
    import pyarrow as pa
    import pyarrow.compute as pc

    label = spec.data.label
    table = table.filter(pc.is_valid(table[label.column]))
    if label.time:
        known_at = table[label.time]
    else:
        known_at = pc.add(table[spec.data.event_time], pa.scalar(duration(label.delay or "0m"), pa.duration("us")))
    names = list(dict.fromkeys((*spec.data.key, spec.data.event_time)))
    columns = {name: table[name] for name in names}
    columns[KNOWN_AT] = known_at.cast(pa.timestamp("us", "UTC"))
    columns[TARGET] = table[label.column].cast(pa.int64()).cast(pa.float64()) if _whole(spec) else table[label.column]
    return pa.table(columns)


def _whole(spec: ModelSpec) -> bool:
    return spec.data.columns[spec.data.label.column].type != "float"


def _to_quarantine(spec: ModelSpec, error: SourceError) -> bool:
    """Whether bad input is set aside rather than failing the task; trying again may help an unreachable source."""
    if error.transient:
        return False
    if error.missing:
        return spec.data.on_missing == "quarantine"
    return spec.data.on_invalid == "quarantine"
