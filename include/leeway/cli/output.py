"""How facts are said: JSON for machines, short tables for people, one red block when something is wrong."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import typer

from leeway.facts.plain import Facts, explained, plain, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.console import Console, RenderableType
    from rich.table import Table

    from leeway.errors import LeewayError

WIDTH: Final = 100
"""No line for a person is longer, on however wide a screen."""
STYLES: Final = {
    "retrain": "bold yellow",
    "recalibrate": "bold yellow",
    "alert": "yellow",
    "block": "bold red",
    "roll_back": "bold red",
    "reject": "yellow",
    "failed": "bold red",
    "promote": "green",
    "blocked": "bold red",
    "late": "bold red",
    "failing": "bold red",
    "flagged": "yellow",
    "waiting": "bold yellow",
}
"""Colours of actions, verdicts and healths; the others have none."""


def give(facts: Facts, show: Callable[[Any], Iterable[RenderableType]], *, as_json: bool) -> None:
    """Answer a command: ``facts`` as JSON, or as ``show`` presents the same facts to a person."""
    said = plain(facts)
    if as_json:
        typer.echo(json.dumps(said, indent=2, ensure_ascii=False))
        return
    console = screen()
    for part in show(said):
        console.print(part)


def screen(*, stderr: bool = False) -> Console:
    """A console that takes text literally: names and messages may hold anything, also markup."""
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    return console


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[str], Callable[[int, int], None]] | None]:
    """Bars on stderr: what is given begins one under a name, and gives what moves it; None where nobody looks."""
    if quiet or not (console := screen(stderr=True)).is_terminal:
        yield None
        return
    from rich.progress import Progress

    with Progress(console=console, transient=True) as bars:

        def begin(name: str) -> Callable[[int, int], None]:
            bar = bars.add_task(name)
            return lambda done, of: bars.update(bar, completed=done, total=of)

        yield begin


def complain(error: LeewayError, *, as_json: bool) -> None:
    """Say what went wrong, where, and what to do."""
    if as_json:
        typer.echo(json.dumps({"error": explained(error)}, indent=2, ensure_ascii=False))
        return
    from rich.panel import Panel
    from rich.text import Text

    lines = (
        [Text(", ".join(f"{name} {value}" for name, value in error.where.items()), style="dim")] if error.where else []
    )
    lines.append(Text(sentence(error.what)))
    if error.do:
        lines.append(Text(sentence(error.do), style="bold"))
    screen(stderr=True).print(Panel(Text("\n").join(lines), title=error.code, title_align="left", border_style="red"))


def short(moment: str | None) -> str:
    """A time in JSON's spelling, to the minute: ``2013-02-04T05:00Z``."""
    return "-" if moment is None else f"{moment[:16]}Z"


def span(window: dict[str, str] | None) -> str:
    """A window in JSON's spelling, in one line."""
    return "-" if window is None else f"{short(window['start'])}..{short(window['end'])}"


def version(number: int | None) -> str:
    """A version as people write it."""
    return "-" if number is None else f"v{number}"


def figure(number: float | None) -> str:
    """A number with four significant digits."""
    return "-" if number is None else f"{number:.4g}"


def coloured(word: str) -> RenderableType:
    """An action, verdict or health in its colour."""
    from rich.text import Text

    return Text(word, style=STYLES.get(word, ""))


def table(*columns: str, rows: Iterable[Sequence[RenderableType]], title: str = "") -> Table:
    """A plain table: no lines except under the header; a column whose name ends in ``>`` is aligned to the right."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", title_style="bold", pad_edge=False)
    for column in columns:
        right = column.endswith(">")
        made.add_column(column.removesuffix(">"), justify="right" if right else "left", overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made


def pairs(rows: Iterable[tuple[str, RenderableType]]) -> Table:
    """Names and what they are, side by side."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(name, value)
    return grid


def listed(lines: Iterable[str], *, otherwise: str) -> Iterator[str]:
    """Each line as it is, or a sentence if there is none."""
    found = False
    for line in lines:
        found = True
        yield line
    if not found:
        yield otherwise
