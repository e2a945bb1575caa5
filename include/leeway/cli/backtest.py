"""``backtest``: which policy would have paid on a model's own history, or on any table."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from leeway.backtest import Wish, replay_own
from leeway.backtest.own import WINDOWS
from leeway.cli import access
from leeway.cli.options import From, Json, To
from leeway.cli.output import figure, give, progress, table
from leeway.facts.plain import Facts, sentence

if TYPE_CHECKING:
    from rich.console import RenderableType

    from leeway.backtest.plays import Setting
    from leeway.backtest.result import Backtest

PROTOCOL, TABLE = "Protocol", "A table instead of a model"
TABLE_WINDOWS = 50


class _Table(NamedTuple):
    """Options about a file."""

    time: str | None
    target: str | None
    ignore: tuple[str, ...]
    metric: str
    learner: str


def backtest(
    model: Annotated[str | None, typer.Argument(help="Name of a model.", metavar="MODEL", show_default=False)] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            "--policy", "-p", help="A kind, or '{kind: every, windows: 4}'; default: the model's own and every kind."
        ),
    ] = None,
    cost: Annotated[
        list[float] | None,
        typer.Option("--retrain-cost", min=0, help="Points that a retrain costs; the first one is the real one."),
    ] = None,
    since: From = None,
    until: To = None,
    windows: Annotated[
        int | None,
        typer.Option(min=3, help="Default: 50 of a table, the newest 100 of a model.", rich_help_panel=PROTOCOL),
    ] = None,
    warmup: Annotated[int, typer.Option(min=2, help="Windows of the first model.", rich_help_panel=PROTOCOL)] = 10,
    label_delay: Annotated[
        int | None,
        typer.Option(
            min=0, help="Windows until labels are known; default: as the model has it.", rich_help_panel=PROTOCOL
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs with different seeds.", rich_help_panel=PROTOCOL)] = 1,
    max_rows: Annotated[
        int | None, typer.Option(min=100, help="Thin to so many rows, evenly spaced.", rich_help_panel=PROTOCOL)
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="A Parquet or CSV file; needs no model.", rich_help_panel=TABLE)
    ] = None,
    time: Annotated[str | None, typer.Option(help="Column to sort by.", rich_help_panel=TABLE)] = None,
    target: Annotated[str | None, typer.Option(help="Column to predict.", rich_help_panel=TABLE)] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(help="Further column that is no feature.", rich_help_panel=TABLE)
    ] = None,
    metric: Annotated[str, typer.Option(help="Default: auc or mae.", rich_help_panel=TABLE)] = "",
    learner: Annotated[
        str, typer.Option(help="An estimator, 'module.Class'; default: boosted trees.", rich_help_panel=TABLE)
    ] = "",
    html: Annotated[Path | None, typer.Option(help="Also write a page with plots to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Replay history under many policies: what each would have brought, and which to choose. Nobody is retrained."""
    about = _Table(time, target, tuple(ignore or ()), metric, learner)
    if (model is None) == (data is None):
        raise typer.BadParameter("name a model, or a table with --data")
    wish = Wish(
        policies=tuple(policy or ()),
        costs=tuple(cost or ()),
        since=since,
        until=until,
        windows=windows or (WINDOWS if model is not None else TABLE_WINDOWS),
        warmup=warmup,
        delay=label_delay,
        seeds=seeds,
        max_rows=max_rows,
    )
    if model is not None:
        found = _of_model(model, wish, about, quiet=as_json)
    else:
        assert data is not None
        found = _run(_of_table(data, wish, about), wish, quiet=as_json)
    if html is not None:
        from leeway.backtest.page import page

        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_bytes(page(found))
    give(found.model_dump(mode="json"), _show, as_json=as_json)


def _of_model(name: str, wish: Wish, about: _Table, *, quiet: bool) -> "Backtest":
    """Replay the stored history of a model, its first trainer, and all that its file says."""
    if any(about):
        raise typer.BadParameter("--time, --target, --ignore, --metric and --learner are for --data")
    spec, ws = access.spec_of(name), access.workspace()
    with progress(quiet=quiet) as begin:
        return replay_own(ws, spec, wish, root=_root(), by=access.user(), progress=begin)


def _run(setting: "Setting", wish: Wish, *, quiet: bool) -> "Backtest":
    from leeway.backtest.run import backtest as run

    with progress(quiet=quiet) as begin:
        return run(setting, wish.rivals(), begin)


def _root() -> Path:
    """Where what was computed is kept."""
    return access.deployment().home.resolve() / "backtests"


def _of_table(path: Path, wish: Wish, about: _Table) -> "Setting":
    """The rows of a file."""
    from leeway.backtest.learner import default_learner
    from leeway.backtest.plays import COSTS, Protocol, Setting
    from leeway.backtest.rules import Rules
    from leeway.backtest.table import read_table, table_stream

    if about.time is None or about.target is None:
        raise typer.BadParameter("--data needs --time and --target")
    if wish.since or wish.until:
        raise typer.BadParameter("--from and --to are for a model; take the rows that you want into the file")
    stream = table_stream(
        read_table(path),
        name=path.stem,
        time=about.time,
        target=about.target,
        ignore=about.ignore,
        metric=about.metric,
        windows=wish.windows,
        max_rows=wish.max_rows,
    )
    return Setting(
        stream=stream if wish.delay is None else stream.delayed(wish.delay),
        learner=default_learner(about.learner),
        rules=Rules.default(),
        root=_root(),
        protocol=Protocol(warmup=wish.warmup, seeds=wish.seeds, costs=tuple(dict.fromkeys(wish.costs)) or COSTS),
    )


def _show(facts: Facts) -> Iterator["RenderableType"]:
    chosen, costs = facts["recommendation"], [f"{cost:g}" for cost in facts["costs"]]
    delay = f", labels {facts['label_delay']} windows late" if facts["label_delay"] else ""
    yield (
        f"{facts['name']}: {facts['rows']:,} rows in {len(facts['windows'])} windows, {facts['warmup']} of warm-up"
        f"{delay}; {facts['metric']}, {facts['seeds']} seed(s)"
    )
    yield table(
        "policy", f"{facts['metric']}>", "retrains>", "d>", *(f"regret {c}>" for c in costs), "false>",
        rows=[_row(one, costs) for one in facts["policies"]],
    )  # fmt: skip
    rhythms = ", ".join(
        f"{figure(point['score'])} with {figure(point['retrains'])}" for point in _some(facts["periodic"])
    )
    yield sentence(f"Fixed rhythms, all phases averaged: {figure(facts['never'])} with no retrain, {rhythms}")
    yield (
        "retrains: promoted, of those tried. d: points over a fixed rhythm of as many retrains. regret: points less "
        "than the best of never and all periods in hindsight, each retrain paid. false: on the rows in random order."
    )
    yield f"Recommended: policy {chosen['policy']}, retrain_cost {chosen['retrain_cost']:g}"
    yield from (f"- {reason}" for reason in chosen["reasons"])


def _row(policy: Facts, costs: list[str]) -> list[str]:
    return [
        policy["name"],
        figure(policy["score"]),
        f"{figure(policy['retrains'])} of {figure(policy['trainings'])}",
        f"{policy['d']:+.2f}",
        *(f"{policy['regret'][cost]:+.2f}" for cost in costs),
        figure(policy["false_retrains"]),
    ]


def _some(periodic: list[Facts]) -> list[Facts]:
    """A few of the periods, the longest first."""
    return [point for point in reversed(periodic) if point["period"] in (1, 2, 4, 10)]
