"""Why a loss rose, as a table."""

from typing import TYPE_CHECKING

from leeway.cli.output import figure, short, table
from leeway.facts.plain import Facts

if TYPE_CHECKING:
    from rich.console import RenderableType

WORTH_TELLING = 0.05
"""Share of the rise below which a column is left out; in JSON it is there."""


def attribution_table(found: Facts) -> "RenderableType":
    """The rise, its two parts, and where it shows; columns and slices look at the same rise in other ways."""
    columns = [part for part in found["columns"] if abs(part["share"] or 0.0) >= WORTH_TELLING]
    rows = [*_parts(found), *map(_column, columns), *map(_slice, found["slices"])]
    times = f"{short(found['window']['start'])}, against {len(found['baseline'])} first windows of v{found['version']}"
    title = f"Why the loss rose from {figure(found['before'])} to {figure(found['now'])} on {times}"
    return table("what", "rise>", "95 % interval>", "of the rise>", "of the rows>", rows=rows, title=title)


def _parts(found: Facts) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("all", figure(found["rise"]), _interval(found["rise_low"], found["rise_high"]), "", "")
    ]
    named = {"changed inputs": found["inputs"], "changed relation to the target": found["relation"]}
    for name, part in named.items():
        if part is not None:
            interval = _interval(part["low"], part["high"])
            rows.append((name, figure(part["value"]), interval, _percent(part["share"]), ""))
    return rows


def _column(part: Facts) -> tuple[str, ...]:
    return f"had only {part['column']} changed", figure(part["value"]), "", _percent(part["share"]), ""


def _slice(part: Facts) -> tuple[str, ...]:
    name = f"in {part['column']}={part['level']}{' (outsize)' if part['outsize'] else ''}"
    rows = f"{_percent(part['rows_before'])}, now {_percent(part['rows_now'])}"
    return name, figure(part["value"]), "", _percent(part["share"]), rows


def _interval(low: float | None, high: float | None) -> str:
    return f"{figure(low)} to {figure(high)}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"
