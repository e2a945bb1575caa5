"""Changing who serves, checking and repairing what is stored, and starting everything on this machine."""

import csv
from io import StringIO
from typing import TYPE_CHECKING

import typer

from leeway.cli import access
from leeway.cli.options import AnyModel, Json, Model, NoReason, Once, Reason, ToVersion, Version
from leeway.cli.output import give, short
from leeway.cli.output import version as named
from leeway.errors import ConflictError
from leeway.facts.plain import Facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from leeway.core import Freeze
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def rollback(model: Model, to: ToVersion = None, reason: NoReason = "", as_json: Json = False) -> None:
    """Let an earlier champion serve again, from the first window that is not scored yet."""
    from leeway.stages.roll_back import roll_back

    spec, ws = access.spec_of(model), access.workspace()
    promotion = roll_back(ws, spec, to=to, by=access.user(), reason=reason)
    give({"promotion": promotion, "frozen": _freeze(ws, spec)}, _show_promotion, as_json=as_json)


def approve(model: Model, version: Version, as_json: Json = False) -> None:
    """Let a challenger that waits for approval serve; doing it again changes nothing."""
    from leeway.outcome import evaluation_of
    from leeway.stages.promote import promote

    spec, ws = access.spec_of(model), access.workspace()
    evaluation = evaluation_of(ws, spec, version)
    if version not in {promotion.to_version for promotion in ws.catalog.promotions(spec.name)}:
        _require_waiting(ws, spec, version)
    facts = {"promotion": promote(ws, spec, evaluation, by=access.user()), "frozen": _freeze(ws, spec)}
    give(facts, _show_promotion, as_json=as_json)


def reject(model: Model, version: Version, as_json: Json = False) -> None:
    """Send away a challenger that waits for approval: the champion stays; doing it again changes nothing."""
    from leeway.outcome import evaluation_of
    from leeway.stages.promote import reject as stage

    spec, ws = access.spec_of(model), access.workspace()
    evaluation = evaluation_of(ws, spec, version)
    request = f"approval:{version}"
    if ws.catalog.evaluation(spec.name, evaluation.as_of, request=request) is None:
        _require_waiting(ws, spec, version)
    stage(ws, spec, evaluation, by=access.user())
    facts = {"model": spec.name, "rejected": version, "champion": ws.catalog.champion(spec.name)}
    give(facts, lambda said: [f"{named(version)} is rejected, {named(said['champion'])} stays."], as_json=as_json)


def freeze(model: Model, reason: Reason, as_json: Json = False) -> None:
    """Leave a model as it is: it goes on scoring, but nothing is retrained, promoted or rolled back by itself."""
    from leeway.stages.freeze import freeze as stage

    spec, ws = access.spec_of(model), access.workspace()
    give({"freeze": stage(ws, spec, by=access.user(), reason=reason)}, _show_freeze, as_json=as_json)


def unfreeze(model: Model, reason: NoReason = "", as_json: Json = False) -> None:
    """Let the policy act again, also after too many rejected challengers."""
    from leeway.stages.freeze import unfreeze as stage

    spec, ws = access.spec_of(model), access.workspace()
    give({"freeze": stage(ws, spec, by=access.user(), reason=reason)}, _show_freeze, as_json=as_json)


def _show_freeze(facts: Facts) -> "Iterator[RenderableType]":
    said = facts["freeze"]
    what = "is frozen" if said["frozen"] else "is not frozen"
    yield f"{said['model']} {what} from {short(said['effective_from'])} ({said['by']}: {said['reason']})."


def labels(model: Model, as_json: Json = False) -> None:
    """List the rows that the policy asks to have labelled, as CSV: the key columns and the event time."""
    from leeway.labelling import asked_window, last_ask, rows_to_label, spelled

    spec, ws = access.spec_of(model), access.workspace()
    ask = last_ask(ws, spec)
    rows = spelled(rows_to_label(ws, spec, ask)) if ask is not None else []
    window = asked_window(ask) if ask is not None else None
    give({"model": spec.name, "window": window, "rows": rows}, _show_rows, as_json=as_json)


def _show_rows(facts: Facts) -> "Iterator[RenderableType]":
    """One line a row, for a file: no table, and no line broken at the width of a screen."""
    rows = facts["rows"]
    if not rows:
        yield f"No label of {facts['model']} is asked for."
        return
    written = StringIO()
    table = csv.DictWriter(written, fieldnames=list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    typer.echo(written.getvalue(), nl=False)


def _require_waiting(ws: "Workspace", spec: "ModelSpec", version: int) -> None:
    from leeway import aliases

    waiting = aliases.waiting(ws, spec.name)
    if waiting != version:
        raise ConflictError(
            f"{named(version)} does not wait for approval",
            code="CAT111",
            model=spec.name,
            do=f"{named(waiting)} does." if waiting is not None else "None does.",
        )


def _freeze(ws: "Workspace", spec: "ModelSpec") -> "Freeze | None":
    """The freeze that holds, if one does."""
    last = ws.catalog.frozen(spec.name)
    return last if last is not None and last.frozen else None


def _show_promotion(facts: Facts) -> "Iterator[RenderableType]":
    made = facts["promotion"]
    yield (
        f"{made['model']}: {named(made['to_version'])} serves from {short(made['effective_from'])}"
        f" instead of {named(made['from_version'])} ({made['kind']} by {made['by']})."
    )
    if facts["frozen"] is not None:
        frozen = facts["frozen"]
        yield f"The model stays frozen ({frozen['by']}: {frozen['reason']}); your word counts all the same."


def verify(model: AnyModel = None, as_json: Json = False) -> None:
    """Check every hash: the ledger's chain, the stored bytes, the files of every champion. Changes nothing."""
    from leeway.stages.verify import verify as stage

    specs, broken = access.specs_of(model)
    ws = access.workspace()
    found = [{"model": spec.name, "findings": stage(ws, spec)} for spec in specs]
    found += [{"model": error.where.get("model", ""), "findings": [str(error)]} for error in broken]
    give({"models": found}, lambda said: _show_findings(said, "all is as it was written"), as_json=as_json)
    if any(entry["findings"] for entry in found):
        raise typer.Exit(1)


def reconcile(model: AnyModel = None, as_json: Json = False) -> None:
    """Bring MLflow's aliases back to what the ledger says, and clear away what dead processes left."""
    from leeway.stages.reconcile import reconcile as stage

    specs, _ = access.specs_of(model)
    ws = access.workspace()
    found = [{"model": spec.name, "findings": stage(ws, spec)} for spec in specs]
    give({"models": found}, lambda said: _show_findings(said, "nothing to repair"), as_json=as_json)


def _show_findings(facts: Facts, otherwise: str) -> "Iterator[RenderableType]":
    for entry in facts["models"]:
        yield from (f"{entry['model']}: {finding}" for finding in entry["findings"] or [otherwise])


def demo(once: Once = False) -> None:
    """Run the demo: a year of real flights, kept good by two models, through Airflow on this machine."""
    from leeway.demo.run import main

    raise typer.Exit(main(once=once))
