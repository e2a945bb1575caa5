"""Why a window was decided as it was, and what came of it: from the ledger and the catalog, nothing computed anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway.core import PartitionKind, retrain_subject, run_subject
from leeway.errors import CatalogError
from leeway.facts.plain import Facts, plain
from leeway.facts.retrains import gain_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.core import Decision, Evaluation, Measurement, Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def explanation(ws: Workspace, spec: ModelSpec, window: Window) -> Facts:
    """Everything that is known about a window's decision; every key is always there.

    Raises:
        CatalogError: CAT023 if the window was neither measured nor decided.
    """
    decision = ws.catalog.decision(spec.name, window)
    measurement = _as_decided(ws, spec, window, decision)
    if decision is None and measurement is None:
        raise CatalogError(
            "nothing is known about this window",
            code="CAT023",
            model=spec.name,
            window=window,
            do=f"See what is: leeway history {spec.name}.",
        )
    evaluations = [found for found in ws.catalog.evaluations(spec.name) if found.as_of == window.end]
    challengers = {found.challenger for found in evaluations if found.challenger is not None}
    promotions = [found for found in ws.catalog.promotions(spec.name) if found.to_version in challengers]
    revisions = ws.catalog.revisions(spec.name, window)
    return {
        "model": spec.name,
        "window": window,
        "decision": decision,
        "champion": (decision or measurement).champion,  # type: ignore[union-attr]  # one of them is there
        "data": _data(ws, spec, window),
        "measurement": _summary(measurement, decision, revisions) if measurement is not None else None,
        "signals": _flagged_first(measurement) if measurement is not None else [],
        "matured": measurement.matured if measurement is not None else [],
        "attributions": measurement.attributions if measurement is not None else [],
        "evaluations": evaluations,
        "promotions": promotions,
        "gain": gain_of(ws, spec, window) if evaluations else None,
        "dag_run": _dag_run(ws, spec, window),
        "links": _links(ws, spec, window, evaluations),
        "changes": _changes(ws, spec, window, revisions),
    }


def differences(first: Measurement, second: Measurement) -> list[Facts]:
    """What differs between two measurements of a window: name, before and after (None where it was not measured)."""
    before, after = _flat(first), _flat(second)
    names = list(dict.fromkeys([*before, *after]))
    return [
        {"what": name, "before": before.get(name), "after": after.get(name)}
        for name in names
        if before.get(name) != after.get(name)
    ]


def _as_decided(ws: Workspace, spec: ModelSpec, window: Window, decision: Decision | None) -> Measurement | None:
    """The measurement that the decision rests on; of an undecided window the newest one."""
    revision = decision.evidence.get("measurement") if decision is not None else None
    return ws.catalog.measurement(spec.name, window, revision)


def _summary(measurement: Measurement, decision: Decision | None, revisions: int) -> Facts:
    used = decision.evidence.get("measurement", revisions) if decision is not None else revisions
    return {"revision": used, "revisions": revisions, "status": measurement.status, "rows": measurement.rows}


def _flagged_first(measurement: Measurement) -> Sequence[Any]:
    return sorted(measurement.signals, key=lambda signal: not signal.flagged)


def _data(ws: Workspace, spec: ModelSpec, window: Window) -> Facts | None:
    raw = ws.catalog.partition(spec.name, PartitionKind.RAW, window)
    if raw is None:
        return None
    return raw.model_dump(include={"state", "rows", "version", "reason_code", "reason"})


def _links(ws: Workspace, spec: ModelSpec, window: Window, evaluations: Sequence[Evaluation]) -> list[Facts]:
    """Where to see more: MLflow runs, and the Data Docs page in the store."""
    subjects = {
        f"{window.key}/measure": "monitoring run",
        f"{window.key}/data_docs": "data docs",
        **{retrain_subject(found.as_of, found.request): "training run" for found in evaluations},
    }
    newest = {
        (note.subject, note.key): note.value
        for note in ws.catalog.notes(spec.name, subjects)
        if note.key in ("mlflow_run", "location")
    }
    return [
        {"what": subjects[subject], key: value, "url": ws.tracking.run_url(value) if key == "mlflow_run" else None}
        for (subject, key), value in newest.items()
    ]


def _dag_run(ws: Workspace, spec: ModelSpec, window: Window) -> str | None:
    """The newest run of the monitoring DAG that worked on the window; None if no run of Airflow did."""
    notes = ws.catalog.notes(spec.name, run_subject(window))
    return notes[-1].value if notes else None


def _changes(ws: Workspace, spec: ModelSpec, window: Window, revisions: int) -> list[Facts]:
    """What the newest measurement says that the first one did not: data or labels have come since."""
    if revisions < 2:
        return []
    first, newest = (ws.catalog.measurement(spec.name, window, number) for number in (1, revisions))
    return differences(first, newest) if first is not None and newest is not None else []


def _flat(measurement: Measurement) -> dict[str, Any]:
    """A measurement as name -> value, each name saying what it is about."""
    said = plain(measurement)
    flat = {name: said[name] for name in ("status", "champion", "rows")}
    for signal in said["signals"]:
        about = f"{signal['detector']} {signal['subject']} {signal['test']}"
        flat |= {f"{about} {name}": signal[name] for name in ("flagged", "statistic", "p_value", "effect", "threshold")}
    for matured in said["matured"]:
        about = f"v{matured['version']} on {matured['window']['start'][:16]}Z"
        flat |= {f"{about} {name}": matured[name] for name in ("rows", "labelled", "loss")}
        flat |= {f"{about} {name}": value for name, value in matured["metrics"].items()}
    for found in said["attributions"]:
        about = f"rise of the loss of v{found['version']} on {found['window']['start'][:16]}Z"
        flat[about] = found["rise"]
        flat |= {f"{about} by {part}": found[part] and found[part]["value"] for part in ("inputs", "relation")}
    return flat
