"""``history`` and ``explain``: what was decided, and why."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from leeway.cli import access
from leeway.cli.attribution import attribution_table
from leeway.cli.options import From, Json, Model, To, WindowOption
from leeway.cli.output import coloured, figure, give, pairs, short, span, table, version
from leeway.facts.plain import Facts

if TYPE_CHECKING:
    from rich.console import RenderableType


def history(model: Model, since: From = None, until: To = None, as_json: Json = False) -> None:
    """List a model's decisions, evaluations, promotions and freezes."""
    from leeway.facts.history import history_of

    spec = access.spec_of(model)
    give(history_of(access.workspace(), spec, since, until), _show_history, as_json=as_json)


def show_decisions(decisions: list[Facts]) -> "RenderableType":
    """A table of decisions."""
    rows = [
        (
            short(d["window_start"]),
            coloured(d["action"]),
            ", ".join(d["reasons"]),
            version(d["champion"]),
            d["sentence"],
        )
        for d in decisions
    ]
    return table("window", "decision", "reasons", "champion", "why", rows=rows)


def show_evaluations(evaluations: list[Facts]) -> "RenderableType":
    """A table of evaluations."""
    rows = [
        (short(e["as_of"]), coloured(e["verdict"]), version(e["challenger"]), e["request"] or "decision", e["sentence"])
        for e in evaluations
    ]
    return table("as of", "verdict", "challenger", "asked by", "why", rows=rows, title="Evaluations")


def show_promotions(promotions: list[Facts]) -> "RenderableType":
    """A table of promotions and rollbacks."""
    rows = [
        (
            short(p["effective_from"]),
            p["kind"],
            f"{version(p['from_version'])} to {version(p['to_version'])}",
            p["by"],
            p["reason"],
        )
        for p in promotions
    ]
    return table("serves from", "kind", "change", "by", "why", rows=rows, title="Promotions")


def _show_history(facts: Facts) -> Iterator["RenderableType"]:
    if not facts["decisions"]:
        yield f"Nothing was decided about {facts['model']} in this time."
    else:
        yield show_decisions(facts["decisions"])
    if facts["evaluations"]:
        yield show_evaluations(facts["evaluations"])
    if facts["promotions"]:
        yield show_promotions(facts["promotions"])
    if facts["freezes"]:
        yield _freezes(facts["freezes"])


def _freezes(freezes: list[Facts]) -> "RenderableType":
    rows = [
        (short(f["effective_from"]), "frozen" if f["frozen"] else "not frozen", f["by"], f["reason"]) for f in freezes
    ]
    return table("from", "the model is", "by", "why", rows=rows, title="Freezes")


def explain(model: Model, window: WindowOption, as_json: Json = False) -> None:
    """Say why a window was decided as it was, with the figures, and what came of it."""
    from leeway.facts.explanation import explanation
    from leeway.spec import parse_window

    spec = access.spec_of(model)
    facts = explanation(access.workspace(), spec, parse_window(spec, window))
    give(facts, _show_explanation, as_json=as_json)


def _show_explanation(facts: Facts) -> Iterator["RenderableType"]:
    yield _headline(facts)
    if facts["signals"]:
        yield _signals(facts["signals"])
    if facts["matured"]:
        yield _matured(facts["matured"])
    for found in facts["attributions"]:
        yield attribution_table(found)
    if facts["evaluations"]:
        yield show_evaluations(facts["evaluations"])
        yield from _gates(facts["evaluations"])
    if facts["promotions"]:
        yield show_promotions(facts["promotions"])
    if facts["gain"]:
        yield facts["gain"]["sentence"]
    if facts["changes"]:
        yield _changes(facts)
    if facts["links"]:
        rows = [(link["what"], link["url"] or link.get("mlflow_run") or link["location"]) for link in facts["links"]]
        yield table("see also", "MLflow run, or file in the store", rows=rows)


def _headline(facts: Facts) -> "RenderableType":
    decision, data, measured = facts["decision"], facts["data"], facts["measurement"]
    return pairs(
        [
            ("window", f"{facts['model']}, {span(facts['window'])}"),
            ("decision", coloured(decision["action"]) if decision else "none: this window was measured only"),
            ("why", decision["sentence"] if decision else "-"),
            ("reasons", f"{', '.join(decision['reasons'])} (policy {decision['policy']})" if decision else "-"),
            ("champion then", version(facts["champion"])),
            ("data", f"{data['state']}, {data['rows']} rows {data['reason']}".rstrip() if data else "none"),
            (
                "measured",
                f"{measured['status']}, revision {measured['revision']} of {measured['revisions']}"
                if measured
                else "-",
            ),
        ]
    )


def _signals(signals: list[Facts]) -> "RenderableType":
    rows = [
        (
            coloured("alert") if signal["flagged"] else "",
            signal["subject"],
            signal["test"],
            figure(signal["p_value"]),
            figure(signal["effect"]),
            figure(signal["threshold"]),
            signal["sentence"],
        )
        for signal in signals
    ]
    return table("", "subject", "test", "p>", "effect>", "limit>", "in words", rows=rows, title="Signals")


def _matured(matured: list[Facts]) -> "RenderableType":
    rows = [
        (
            short(found["window"]["start"]),
            version(found["version"]),
            f"{found['labelled']} of {found['rows']}",
            figure(found["loss"]),
            ", ".join(f"{name} {figure(value)}" for name, value in found["metrics"].items()),
        )
        for found in matured
    ]
    title = "Labels that became complete in this window"
    return table("scored window", "version", "labelled>", "mean loss>", "metrics", rows=rows, title=title)


def _gates(evaluations: list[Facts]) -> Iterator["RenderableType"]:
    rows = [
        ("passed" if gate["passed"] else coloured("failed"), gate["gate"], gate["sentence"])
        for evaluation in evaluations
        for gate in evaluation["gates"]
    ]
    if rows:
        yield table("", "gate", "why", rows=rows, title="Gates")


def _changes(facts: Facts) -> "RenderableType":
    rows = [(found["what"], _shown(found["before"]), _shown(found["after"])) for found in facts["changes"]]
    title = f"Measured again: revision 1 and revision {facts['measurement']['revisions']} (the decision stands)"
    return table("what", "first", "newest", rows=rows, title=title)


def _shown(value: Any) -> str:
    return figure(value) if isinstance(value, float) else "-" if value is None else str(value)
