"""``retrain-cost``: what to write as ``retrain_cost`` into a model file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from leeway.cli import access
from leeway.cli.options import AnyModel, Json
from leeway.cli.output import give
from leeway.facts.plain import Facts

if TYPE_CHECKING:
    from rich.console import RenderableType

    from leeway.spec import ModelSpec

NEWEST = 40
"""Windows of which the typical number of rows is taken."""


def retrain_cost(
    money: Annotated[
        float, typer.Option("--retrain-money", help="What one retrain costs: machines, people, risk.", metavar="MONEY")
    ],
    model: AnyModel = None,
    rows: Annotated[
        float | None, typer.Option("--rows-per-window", help="Default with a MODEL: its newest windows' median.")
    ] = None,
    value_per_row: Annotated[
        float | None, typer.Option(help="What one more right answer is worth; for accuracy.")
    ] = None,
    value_per_point: Annotated[
        float | None, typer.Option(help="What one point of the metric is worth a window; for every other metric.")
    ] = None,
    metric: Annotated[str | None, typer.Option(help="Default: the MODEL's primary metric, else accuracy.")] = None,
    as_json: Json = False,
) -> None:
    """Turn money and volume into retrain_cost: what a retrain has to bring, in points of the metric."""
    from leeway.core.metric import COST_WINDOWS
    from leeway.evaluation.retrain_cost import retrain_cost as cost_of

    spec = access.spec_of(model) if model is not None else None
    chosen = _metric(spec, metric)
    if spec is not None and rows is None and value_per_row is not None:
        rows = _rows_per_window(spec)
    cost = cost_of(chosen, money, rows=rows, value_per_row=value_per_row, value_per_point=value_per_point)
    facts = {
        "model": model,
        "metric": chosen,
        "retrain_money": money,
        "rows_per_window": rows,
        "value_per_point": cost.value_per_point,
        "windows": COST_WINDOWS,
        "retrain_cost": cost.points,
        "sentence": str(cost),
    }
    give(facts, _show, as_json=as_json)


def _metric(spec: "ModelSpec | None", metric: str | None) -> str:
    """The metric that was asked for, if there is such a one for the model's task.

    Raises:
        SpecError: SPEC013 if there is none of this name.
    """
    from leeway.errors import SpecError, did_you_mean
    from leeway.evaluation.base import METRICS

    if metric is None:
        return spec.metric if spec is not None else "accuracy"
    known = METRICS[spec.task] if spec is not None else tuple(name for names in METRICS.values() for name in names)
    if metric not in known:
        raise SpecError(
            f"there is no metric {metric!r} here; {did_you_mean(metric, known)}",
            code="SPEC013",
            model=spec.name if spec is not None else None,
        )
    return metric


def _rows_per_window(spec: "ModelSpec") -> float:
    """The median number of rows of the model's newest windows.

    Raises:
        LeewayError: LWY030 if no window was published yet.
    """
    from statistics import median

    from leeway.core import PartitionKind
    from leeway.errors import LeewayError

    found = access.workspace().catalog.partitions(spec.name, PartitionKind.RAW)
    rows = [partition.rows for partition in found if partition.usable][-NEWEST:]
    if not rows:
        raise LeewayError(
            "no window was published yet, so nobody knows how many rows one has", code="LWY030", model=spec.name,
            do="Give --rows-per-window.",
        )  # fmt: skip
    return float(median(rows))


def _show(facts: Facts) -> Iterator["RenderableType"]:
    yield facts["sentence"]
    yield "Assumed: windows of about as many rows, every right answer worth the same, a gain that lasts that long."
    yield f"retrain_cost: {facts['retrain_cost']:.3g}"
