"""What the demo says at the end: every retrain with its reason, every champion, and what it was worth."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table

from leeway.core import Action, Evaluation
from leeway.demo.comparison import compare

if TYPE_CHECKING:
    from rich.console import Console

    from leeway.hindsight import Served
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

SHOWN = {"binary": ("auc", "brier"), "regression": ("mae", "rmse")}


def summarise(ws: Workspace, specs: list[ModelSpec], console: Console) -> dict[str, list[dict[str, Any]]]:
    """Print the story of each model and compare it with never retraining and with retraining every window.

    Returns:
        Per model what each policy gave: name, retrains, windows, metrics.
    """
    for spec in specs:
        console.print()
        console.print(_retrains(ws, spec))
        console.print(_champions(ws, spec))
    figures = {}
    scored = [spec for spec in specs if ws.catalog.promotions(spec.name)]
    for spec, served in zip(scored, compare(scored, console) if scored else [], strict=True):
        figures[spec.name] = [asdict(found) for found in served]
        console.print()
        console.print(_comparison(spec, served))
    return figures


def _retrains(ws: Workspace, spec: ModelSpec) -> Table:
    table = Table(title=f"{spec.name}: retrains", title_justify="left", expand=True)
    for name in ("asked for by", "why", "outcome"):
        table.add_column(name, ratio=None if name == "asked for by" else 1)
    outcomes = {found.as_of: found for found in ws.catalog.evaluations(spec.name) if not found.request}
    for decision in ws.catalog.decisions(spec.name):
        if decision.action is Action.RETRAIN:
            outcome = outcomes.get(decision.window.end)
            table.add_row(f"{decision.window.start:%Y-%m-%d}", decision.sentence, _outcome(outcome))
    return table


def _outcome(evaluation: Evaluation | None) -> str:
    if evaluation is None:
        return "under way"
    version = f"v{evaluation.challenger}: " if evaluation.challenger else ""
    return f"{evaluation.verdict}: {version}{evaluation.sentence}"


def _champions(ws: Workspace, spec: ModelSpec) -> Table:
    table = Table(
        "from",
        "champion",
        "before",
        "trained as of",
        "held-back metrics",
        title=f"{spec.name}: champions",
        title_justify="left",
    )
    for promotion in ws.catalog.promotions(spec.name):
        version = ws.catalog.version(spec.name, promotion.to_version)
        shown = ", ".join(f"{name} {version.metrics[name]:.4g}" for name in SHOWN[spec.task] if name in version.metrics)
        before = f"v{promotion.from_version}" if promotion.from_version else "-"
        table.add_row(
            f"{promotion.effective_from:%Y-%m-%d}",
            f"v{promotion.to_version}",
            before,
            f"{version.as_of:%Y-%m-%d}",
            shown,
        )
    return table


def _comparison(spec: ModelSpec, served: list[Served]) -> Table:
    table = Table(
        "policy", "retrains", "windows", title=f"{spec.name}: mean over the scored windows", title_justify="left"
    )
    for name in SHOWN[spec.task]:
        table.add_column(name, justify="right")
    for found in served:
        style = "bold" if found.policy == "leeway" else ""
        figures = [f"{found.metrics[name]:.4f}" if name in found.metrics else "-" for name in SHOWN[spec.task]]
        table.add_row(found.policy, str(found.retrains), str(found.windows), *figures, style=style)
    return table
