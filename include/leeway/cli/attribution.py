"""Why a loss rose, as a table."""

from typing import TYPE_CHECKING

from leeway.cli.output import Facts, figure, short, table

if TYPE_CHECKING:
    from rich.console import RenderableType


def attribution_table(found: Facts) -> "RenderableType":
    """The rise, its two parts, and where it shows; columns and slices look at the same rise in other ways."""
    rows = [*_parts(found), *map(_column, found["columns"]), *map(_slice, found["slices"])]
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
    name = f"in {part['column']}={part['level']}{' (more than its share)' if part['outsize'] else ''}"
    rows = f"{_percent(part['rows_before'])}, now {_percent(part['rows_now'])}"
    return name, figure(part["value"]), "", _percent(part["share"]), rows


def _interval(low: float | None, high: float | None) -> str:
    return f"{figure(low)} to {figure(high)}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"
