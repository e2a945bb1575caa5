"""``alerts`` and ``watch``: what people were told of a model, whether they would be, telling from outside Airflow."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from leeway.cli import access, local
from leeway.cli.options import Json
from leeway.cli.output import give, listed, short, table
from leeway.facts.plain import Facts, explained
from leeway.settings import AIRFLOW_URL

if TYPE_CHECKING:
    from rich.console import RenderableType

    from leeway.alerts.desk import Record
    from leeway.spec import ModelSpec


def alerts(
    words: Annotated[
        list[str], typer.Argument(help="Name of a model; or the word test and a name.", metavar="[test] MODEL")
    ],
    as_json: Json = False,
) -> None:
    """List what was told of a model: `alerts MODEL`. Send a message as a test: `alerts test MODEL`."""
    if len(words) == 2 and words[0] == "test":
        _try_out(access.spec_of(words[1]), as_json=as_json)
        return
    if len(words) != 1:
        raise typer.BadParameter("write: leeway alerts MODEL, or: leeway alerts test MODEL")
    from leeway.telling import told

    spec = access.spec_of(words[0])
    records = told(access.workspace(), spec)
    facts = {
        "model": spec.name,
        "to": [sink.label for sink in spec.alerts.to],
        "told": [_row(record) for record in records],
    }
    give(facts, _show, as_json=as_json)


def _try_out(spec: "ModelSpec", *, as_json: bool) -> None:
    from leeway.telling import try_out

    outcome = try_out(spec, page=_page())
    sinks = [{"sink": label, "ok": why is None, "why": why or ""} for label, why in outcome.items()]
    give({"model": spec.name, "sinks": sinks}, _show_test, as_json=as_json)
    if not all(sink["ok"] for sink in sinks):
        raise typer.Exit(1)


def watch(as_json: Json = False) -> None:
    """Tell what is late or was held back, for all models: for a scheduler outside Airflow, which cannot miss itself."""
    from leeway.telling import look_at_all

    specs, broken = access.specs_of(None)
    seen = look_at_all(access.workspace(), specs, page=_page())
    models = [
        {
            "model": found.model,
            "late_by": found.late_by,
            "sent": sum(1 for record in found.records if record.delivered),
            "problem": explained(found.problem) if found.problem is not None else None,
        }
        for found in seen
    ]
    give({"models": models, "broken": [explained(error) for error in broken]}, _show_watch, as_json=as_json)
    if any(found.late_by is not None or found.problem is not None for found in seen):
        raise typer.Exit(1)


def _page() -> str | None:
    """Airflow's page, if it is known here."""
    stack = local.running(access.deployment().home)
    url = os.environ.get(AIRFLOW_URL) or (stack.airflow if stack is not None else None)
    return url.rstrip("/") if url else None


def _row(record: "Record") -> Facts:
    return record.model_dump(include={"at", "held", "delivered", "failed", "why", "events"})


def _show(facts: Facts) -> Iterator["RenderableType"]:
    rows = [
        (short(told["at"]), event["severity"], event["phase"], event["title"], _outcome(told))
        for told in facts["told"]
        for event in told["events"]
    ]
    if rows:
        yield table("at", "severity", "phase", "what", "told", rows=rows)
    to = ", ".join(facts["to"])
    nobody = f"Nobody is told of {facts['model']}: it has no 'alerts.to'."
    yield from listed([f"Told: {to}."] if to and not rows else (), otherwise="") if to else listed((), otherwise=nobody)


def _outcome(told: Facts) -> str:
    if told["held"] is not None:
        return f"later ({told['held']})"
    parts = [", ".join(told["delivered"]), f"not {', '.join(told['failed'])}" if told["failed"] else ""]
    return "; ".join(filter(None, parts))


def _show_test(facts: Facts) -> Iterator["RenderableType"]:
    rows = [(sink["sink"], "sent" if sink["ok"] else "failed", sink["why"]) for sink in facts["sinks"]]
    yield table("sink", "test", "why", rows=rows)


def _show_watch(facts: Facts) -> Iterator["RenderableType"]:
    rows = [
        (
            found["model"],
            f"{found['late_by'] / 3600:.1f} h" if found["late_by"] is not None else "",
            str(found["sent"]),
            found["problem"]["message"] if found["problem"] else "",
        )
        for found in facts["models"]
    ]
    if rows:
        yield table("model", "late by>", "sent>", "problem", rows=rows)
    for problem in facts["broken"]:
        yield f"broken: {problem['where'].get('file', '')} {problem['message']}"
