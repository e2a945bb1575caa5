"""validate: hold a delivery against its expectations; publish it, or set it aside with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.canonical import digest
from leeway.core import Delivery, Partition, PartitionKind, PartitionState, Window
from leeway.errors import ExpectationError
from leeway.expectations import Outcome
from leeway.expectations import validate as check

if TYPE_CHECKING:
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def validate(ws: Workspace, spec: ModelSpec, window: Window, delivery: Delivery) -> Partition:
    """Publish the delivered rows if they meet every expectation, else publish the quarantine and its reason.

    Raises:
        ExpectationError: if an expectation is not met and the spec says ``fail``.
        FencedError: if a newer try of this task has taken over.
    """
    scope = f"{window.key}/raw"
    token = ws.catalog.take_token(spec.name, scope)
    partition = _refused(spec, delivery) if delivery.refused else _examined(ws, spec, delivery)
    ws.catalog.publish(partition, scope=scope, token=token)
    return partition


def _refused(spec: ModelSpec, delivery: Delivery) -> Partition:
    return Partition(
        model=spec.name,
        kind=PartitionKind.RAW,
        window=delivery.window,
        version=digest(delivery.refused),
        rows=0,
        state=PartitionState.QUARANTINED,
        reason_code=delivery.refused_code,
        reason=delivery.refused,
    )


def _examined(ws: Workspace, spec: ModelSpec, delivery: Delivery) -> Partition:
    delivered = Partition(
        model=spec.name,
        kind=PartitionKind.RAW,
        window=delivery.window,
        version=delivery.version,
        rows=delivery.rows,
        location=delivery.location,
    )
    outcome = check(
        spec.data,
        spec.data.expectations,
        ws.store.read(delivered),
        model=spec.name,
        window=delivery.window,
        columns=spec.data.raw_columns,
    )
    _keep_data_docs(ws, spec, delivery.window, outcome)
    if outcome.passed:
        return delivered
    first = outcome.failures[0]
    reason = "; ".join(failure.sentence for failure in outcome.failures)
    if spec.data.on_invalid == "fail":
        raise ExpectationError(reason, code=first.code, model=spec.name, window=delivery.window, column=first.column)
    # The version names the bytes *and* the reason: the same bytes may pass once the expectations have been mended.
    version = digest([delivered.version, first.code, reason])
    quarantined = {"state": PartitionState.QUARANTINED, "reason_code": first.code, "reason": reason, "version": version}
    return delivered.model_copy(update=quarantined)


def _keep_data_docs(ws: Workspace, spec: ModelSpec, window: Window, outcome: Outcome) -> None:
    stored = ws.store.put_bytes(outcome.html, model=spec.name, kind="data_docs", window=window, suffix="html")
    facts = {"location": stored.location, "version": stored.version, "checks": str(outcome.checks)}
    ws.catalog.note(spec.name, f"{window.key}/data_docs", facts)
