"""``drill``: what a model's drift check would notice, tried on copies of its own newest window."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from leeway.cli import access
from leeway.cli.options import WINDOW_HELP, Json, Model
from leeway.cli.output import give, progress, span, table, version
from leeway.facts.plain import Facts, sentence

if TYPE_CHECKING:
    from rich.console import RenderableType

    from leeway.drill.exercise import Drill, Split
    from leeway.drill.power import Curve, Rate
    from leeway.spec import ModelSpec

SPLITS = {
    "random_halves": "random halves of the window",
    "consecutive_halves": "first and second half of a window",
    "resampled": "window and reference, both resampled",
}


def drill(
    model: Model,
    window: Annotated[
        str | None, typer.Option("--window", "-w", help=f"{WINDOW_HELP} Default: the newest that is measured.")
    ] = None,
    repeats: Annotated[int, typer.Option(min=5, max=200, help="Repeats of every shift of every size.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn.")] = 0,
    as_json: Json = False,
) -> None:
    """Say which shifts the model's drift check would notice, and how often it cries wolf. Changes nothing."""
    from leeway.drill import exercise

    spec = access.spec_of(model)
    chosen = access.complete_window(spec, window) if window is not None else None
    with progress(quiet=as_json) as begin:
        step = begin(f"drilling {model}") if begin else None
        found = exercise.drill(access.workspace(), spec, chosen, repeats=repeats, seed=seed, progress=step)
    give(_facts(spec, found, repeats, seed), _show, as_json=as_json)


def _facts(spec: "ModelSpec", found: "Drill", repeats: int, seed: int) -> Facts:
    from leeway.policies.evidence import Evidence

    subject = found.subject
    lasting = spec.policy.lasting if isinstance(spec.policy, Evidence) else 1
    together = found.pair and {
        "columns": found.pair.names,
        "correlation": found.pair.correlation,
        **_curve(found.pair.curve, lasting),
    }
    return {
        "model": spec.name,
        "window": subject.window,
        "champion": subject.champion,
        "rows": {"window": subject.rows, "used": len(subject.frame), "reference": subject.reference_rows},
        "check": {"budget": subject.check.budget, "floor": subject.check.floor, "together": subject.check.together},
        "lasting": lasting,
        "repeats": repeats,
        "seed": seed,
        "false_alarms": [_split(split) for split in found.splits],
        "columns": [
            {"name": one.name, "kind": one.kind, "shifts": [_curve(curve, lasting) for curve in one.curves]}
            for one in found.columns
        ],
        "together": together,
    }


def _split(split: "Split") -> Facts:
    return {"split": split.name, **_rate(split.rate), "columns": split.columns}


def _rate(rate: "Rate") -> Facts:
    return {"flagged": rate.flagged, "of": rate.of, "share": rate.share, "interval": rate.interval}


def _curve(curve: "Curve", lasting: int) -> Facts:
    from leeway.drill.power import POWER

    smallest = curve.smallest
    return {
        "shift": curve.shift,
        "unit": curve.unit,
        "without": _rate(curve.without),
        "sizes": [{"size": size, **_rate(rate), **_delay(rate.share, lasting)} for size, rate in curve.rates.items()],
        "smallest": smallest,
        "at_smallest": _delay(POWER if smallest is not None else 0.0, lasting),
    }


def _delay(share: float, lasting: int) -> Facts:
    from leeway.drill.power import windows_until

    return {"windows_until_flagged": windows_until(share), "windows_until_lasting": windows_until(share, lasting)}


def _show(facts: Facts) -> Iterator["RenderableType"]:
    rows, check = facts["rows"], facts["check"]
    used = f", {rows['used']:,} of them used" if rows["used"] < rows["window"] else ""
    yield (
        f"{facts['model']}, {span(facts['window'])}: {rows['window']:,} rows{used}, against {rows['reference']:,} of "
        f"{'the reference of ' + version(facts['champion']) if facts['champion'] else 'its own'}. "
        f"Budget {check['budget']:g} false alarms per 100 windows, floor {check['floor']:g}."
    )
    yield _false_alarms(facts["false_alarms"])
    yield _shifts(facts)
    yield sentence(_explained(facts["lasting"]))


def _false_alarms(splits: list[Facts]) -> "RenderableType":
    said = [
        (
            SPLITS[split["split"]],
            f"{split['flagged']} of {split['of']}",
            f"{_percent(split['interval'][0])} to {_percent(split['interval'][1])}",
            ", ".join(f"{name} {count}" for name, count in split["columns"].items()) or "-",
        )
        for split in splits
    ]
    return table("nothing was changed between", "flagged>", "95 % interval>", "columns", rows=said)


def _shifts(facts: Facts) -> "RenderableType":
    rows = [_row(one["name"], shift) for one in facts["columns"] for shift in one["shifts"]]
    if (pair := facts["together"]) is not None:
        unasked = "" if facts["check"]["together"] else " (not asked for)"
        rows.append(_row(f"{' and '.join(pair['columns'])}{unasked}", pair))
    return table("column", "shift", "noticed from>", "size: flagged (windows)", rows=rows)


def _row(name: str, shift: Facts) -> tuple[str, ...]:
    sizes, smallest = shift["sizes"], shift["smallest"]
    seen = [size for size in sizes if size["flagged"]] or sizes[-1:]
    return (
        name,
        f"{shift['shift']}, {shift['unit']}",
        f"{smallest:.2g}" if smallest is not None else f"> {sizes[-1]['size']:g}",
        ", ".join(f"{size['size']:g}: {_percent(size['share'])} ({_windows(size)})" for size in seen),
    )


def _explained(lasting: int) -> str:
    wanted = f"{lasting} in a row are" if lasting > 1 else "one is"
    return (
        "noticed from: the size at which 80 % of windows are flagged in that column. Windows: how many pass on average "
        f"until {wanted} flagged, if the shift stays"
    )


def _windows(size: Facts) -> str:
    number = size["windows_until_lasting"]
    return "-" if number is None else f"{number:.0f}" if number >= 9.5 else f"{number:.1f}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
