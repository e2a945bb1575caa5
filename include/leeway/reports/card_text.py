"""A model card in Markdown, section by section."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from leeway.core.metric import goodness
from leeway.reports.markdown import bullets, code, table, text

if TYPE_CHECKING:
    from datetime import datetime

    from leeway.core import Interval, Window
    from leeway.reports.card import Card

_UNSAID = "*Not stated in the model file.*"
_RATES = ("selection_rate", "true_positive_rate", "false_positive_rate")


def markdown(card: Card) -> str:
    """Write a card."""
    sections = {
        "Model details": _details(card),
        "Intended use": _use(card),
        "Factors": _factors(card),
        "Metrics": _metrics(card),
        "Evaluation data": _evaluation_data(card),
        "Training data": _training_data(card),
        "Quantitative analyses": _analyses(card),
        "Ethical considerations": text(card.texts.ethical_considerations) or _UNSAID,
        "Caveats and recommendations": bullets(map(text, card.limits)),
        "Drift reference": _reference(card),
        "Approvals and promotions": _history(card),
        "Lineage": _lineage(card),
    }
    told = "\n\n".join(f"## {title}\n\n{body}" for title, body in sections.items())
    title = f"# Model card: {text(card.model)} v{card.version}"
    return "\n\n".join([title, text(card.description), _told_when(card), told]) + "\n"


def _told_when(card: Card) -> str:
    if card.told_until is None:
        return f"*As of registration, {_time(card.as_of)}. What came later is not in it: ask `leeway card`.*"
    serves = "It serves now." if card.serving else "It does not serve now."
    return f"*As of line {card.told_until} of the ledger. {serves}*"


def _details(card: Card) -> str:
    training = card.training
    made = f"{code(training.recipe)}, the best of {training.candidates} candidates"
    if training.base is not None:
        made = f"the scores of v{training.base}, corrected ({code(training.recipe)})"
    params = ", ".join(f"{name} = {value}" for name, value in sorted(training.params.items()))
    return bullets(
        [
            f"Task: {card.task.value}, target {code(card.data.label)}",
            f"Made from: {made}",
            f"Parameters that the search chose: {code(params)} in {training.trials} trials"
            if params
            else "Parameters: those of the model file",
            f"Seed: {training.seed}",
            f"Learned what was known on {_time(card.as_of)}",
            f"Owner: {text(card.owner)}",
            f"Contact: {text(card.texts.contact) or _UNSAID}",
        ]
    )


def _use(card: Card) -> str:
    return (
        f"{text(card.texts.intended_use) or text(card.description)}\n\n"
        f"### Out of scope\n\n{text(card.texts.out_of_scope) or _UNSAID}"
    )


def _factors(card: Card) -> str:
    groups = {"slice": "Judged apart by", "sensitive": "Sensitive, also judged by how unlike their levels are treated"}
    lines = [
        f"{said}: {', '.join(code(c.name) for c in card.data.columns if role in c.roles) or 'no column'}"
        for role, said in groups.items()
    ]
    withheld = [c.name for c in card.data.columns if "sensitive" in c.roles and "feature" not in c.roles]
    lines += [f"Kept from the model, for judging only: {', '.join(map(code, withheld))}"] if withheld else []
    return bullets(lines)


def _metrics(card: Card) -> str:
    found = card.evaluation
    return (
        f"The primary metric is {code(found.metric)}. Intervals are 95 %: whole days are drawn anew, since rows of one "
        "day resemble one another. A binary model says yes from a chance of 0.5 on."
    )


def _evaluation_data(card: Card) -> str:
    windows = card.evaluation.windows
    return (
        f"The newest labelled windows, held back from every candidate: {_span(windows[0], windows[-1])} "
        f"({len(windows)} windows). Champion, challenger and the trivial baseline are judged on the same rows; figures "
        "of the champion are from those rows that it had not learnt from. The version that serves was then fitted with "
        "these windows too."
    )


def _training_data(card: Card) -> str:
    data = card.data
    share = "" if data.labelled is None else f"; {100 * data.labelled:.1f} % had a label where the recipe was tried"
    rows = [(code(c.name), c.type, ", ".join(c.roles), "yes" if c.nullable else "no") for c in data.columns]
    return (
        f"{data.windows} windows, {_span(data.first, data.last)}, {data.rows:,} rows{share}. Source: "
        f"{code(data.source)}. The target {code(data.label)} becomes known {text(data.label_known)}.\n\n"
        + table("column", "type", "role", "may be missing", rows=rows)
    )


def _analyses(card: Card) -> str:
    parts = ["### All held-back rows", _results(card), "### By group", _groups(card)]
    if card.evaluation.sensitive:
        parts += ["### Fairness", _gaps(card)]
    parts += ["### Gates", _gates(card)]
    if card.service:
        parts += ["### In service", _service(card)]
    return "\n\n".join(parts)


def _results(card: Card) -> str:
    found = card.evaluation
    rows = [
        (
            code(one.metric),
            _figure(one.value),
            _range(one.interval),
            _figure(one.champion),
            _figure(one.baseline),
        )
        for one in found.metrics
    ]
    made = table("metric", "this version", "95 % interval", "champion then", "trivial baseline", rows=rows)
    if found.gain is None:
        none = (
            "There was no champion then." if card.lineage.champion_then is None else "It could not be compared fairly."
        )
        return f"{made}\n\n{none}"
    gain = found.gain
    return (
        f"{made}\n\nIts gain on the champion is {gain.points:.3g} points of {code(gain.metric)} "
        f"({100 * gain.confidence:.0f} % interval {gain.low:.3g} to {gain.high:.3g}) on {gain.rows:,} rows of "
        f"{gain.blocks} days."
    )


def _groups(card: Card) -> str:
    found = card.evaluation
    if not found.groups:
        return "No group was told apart when this version was evaluated."
    rates = [name for name in _RATES if any(name in group.metrics for group in found.groups)]
    rows = [
        (
            code(f"{group.column}={group.level}"),
            f"{group.rows:,}",
            _figure(group.metrics.get(found.metric)),
            _range(group.interval),
            _figure(group.champion_metrics.get(found.metric)),
            *(_figure(group.metrics.get(name)) for name in rates),
        )
        for group in found.groups
    ]
    names = [name.replace("_", " ") for name in rates]
    made = table("group", "rows", found.metric, "95 % interval", "champion then", *names, rows=rows)
    beside = any(group.champion_metrics for group in found.groups)
    note = "Both versions on the rows that the champion had not learnt from.\n\n" if beside else ""
    return f"{_worst_group(card)}{note}{made}"


def _worst_group(card: Card) -> str:
    """A sentence about the group that is served worst, if there are several."""
    metric = card.evaluation.metric
    known = [group for group in card.evaluation.groups if metric in group.metrics]
    if len(known) < 2:
        return ""
    worst = min(known, key=lambda group: (goodness(metric, group.metrics[metric]), group.column, group.level))
    name = code(f"{worst.column}={worst.level}")
    return (
        f"Of {len(known)} groups {name} is served worst: {code(metric)} {_figure(worst.metrics[metric])} "
        f"({_range(worst.interval)}) on {worst.rows:,} rows.\n\n"
    )


def _gaps(card: Card) -> str:
    rows = [
        (code(column), name.replace("_", " "), _figure(value))
        for column, gaps in sorted(card.evaluation.gaps.items())
        for name, value in sorted(gaps.items())
    ]
    return (
        "Between the groups of a sensitive column: the largest figure less the smallest, and the smallest over the "
        "largest (fairlearn).\n\n" + table("column", "gap", "value", rows=rows)
    )


def _gates(card: Card) -> str:
    rows = [
        ("passed" if gate.passed else "not passed", code(gate.gate), text(gate.sentence))
        for gate in card.evaluation.gates
    ]
    return table("outcome", "gate", "why", rows=rows)


def _service(card: Card) -> str:
    rows = [
        (
            text(found.group) if found.group == "all rows" else code(found.group),
            str(found.windows),
            f"{found.labelled:,}",
            _figure(found.loss),
            _figure(found.metric),
        )
        for found in card.service
    ]
    made = table("rows", "windows", "labelled", "mean loss", card.evaluation.metric, rows=rows)
    known = "On windows that it scored, as far as labels are known; the metric is the mean over these windows."
    return f"{known}\n\n{made}"


def _reference(card: Card) -> str:
    reference = card.reference
    return bullets(
        [
            f"Inputs: {text(reference.inputs)}, profile {code(reference.profile[:12])}",
            f"Scores: {text(reference.scores)}",
            f"Losses: {text(reference.losses)}",
        ]
    )


def _history(card: Card) -> str:
    if card.told_until is None:
        return "Not known at registration."
    rows = [
        (str(line.seq), _time(line.at), text(line.what), text(line.by), text(line.sentence)) for line in card.history
    ]
    return table("line", "at", "what", "by", "why", rows=rows)


def _lineage(card: Card) -> str:
    lineage = card.lineage
    run = code(lineage.run_id) + (f" (<{lineage.run_url}>)" if lineage.run_url else "")
    newest = [f"{window} {version[:12]}" for window, version in lineage.raw[-1:]]
    return bullets(
        [
            f"Snapshot {code(lineage.snapshot)}: {len(lineage.raw)} raw partitions"
            f"{f' (newest: {code(newest[0])})' if newest else ''} and {lineage.labels} label partitions",
            f"Champion when it was evaluated: {_version(lineage.champion_then)}",
            f"MLflow run: {run if lineage.run_id else 'not noted'}",
            f"Files: {code(lineage.artifact)}",
            f"Model file: {code(lineage.spec)}",
            f"Code: {code(lineage.code)}",
        ]
    )


def _version(number: int | None) -> str:
    return "none" if number is None else f"v{number}"


def _figure(number: float | None) -> str:
    return "-" if number is None or math.isnan(number) else f"{number:.4g}"


def _range(interval: Interval | None) -> str:
    return "-" if interval is None else f"{_figure(interval.low)} to {_figure(interval.high)}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"


def _span(first: Window, last: Window) -> str:
    return f"{_time(first.start)} to {_time(last.end)}"
