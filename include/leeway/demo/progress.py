"""What the terminal shows while the windows run: drift, decisions, champions, time left, all from the catalog."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from rich.live import Live
from rich.markup import escape
from rich.table import Table

from leeway import turns
from leeway.core import Action, Decision, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from leeway.core import Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

_BAR = 24
_EVERY = 30.0


def windows_of(spec: ModelSpec) -> Sequence[Window]:
    """All windows of a model whose schedule has an end: the demo's models have one."""
    windows = [spec.schedule.first]
    while spec.schedule.covers(following := spec.schedule.after(windows[-1])):
        windows.append(following)
    return windows


@dataclass
class _Seen:
    """What is known of one model. Only what is new is asked for: Airflow works on the same two cores."""

    spec: ModelSpec
    windows: Sequence[Window]
    before: int = 0
    done: int = 0
    drifted: int = 0
    retrains: int = 0
    champion: int | None = None


@dataclass
class Watch:
    """A live table with one row per model; decisions other than 'none' are printed above it as they are made."""

    ws: Workspace
    specs: Iterable[ModelSpec]
    console: Console
    _seen: list[_Seen] = field(init=False)
    _began: float = field(default_factory=time.monotonic)
    _live: Live = field(init=False)
    _shown: float = 0.0

    def __enter__(self) -> Self:
        self._seen = [_Seen(spec, windows_of(spec)) for spec in self.specs]
        for seen in self._seen:
            self._look(seen)
            seen.before = seen.done
        self._live = Live(self._table(), console=self.console, refresh_per_second=2, transient=False)
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.update(self._table())
        self._live.__exit__(None, None, None)

    def update(self) -> bool:
        """Look at the catalog again.

        Returns:
            Whether every window of every model is decided and no retrain is open.
        """
        for seen in self._seen:
            for decision in self._look(seen):
                self._say(decision)
        self._live.update(self._table())
        self._show_in_log()
        return all(self._finished(seen) for seen in self._seen)

    def _look(self, seen: _Seen) -> Sequence[Decision]:
        catalog, model = self.ws.catalog, seen.spec.name
        ahead = seen.windows[seen.done :]  # windows are decided in their order
        fresh = catalog.decisions(model, since=ahead[0].start) if ahead else ()
        for decision in fresh:
            found = catalog.measurement(model, decision.window)
            seen.drifted += found is not None and any(map(_is_drift, found.flagged))
            seen.retrains += decision.action is Action.RETRAIN
        seen.done += len(fresh)
        seen.champion = catalog.champion(model)
        return fresh

    def _finished(self, seen: _Seen) -> bool:
        after = seen.spec.schedule.after(seen.windows[-1])
        return seen.done >= len(seen.windows) and turns.open_order(self.ws.catalog, seen.spec, after) is None

    def _show_in_log(self) -> None:
        """Where the output is no terminal, a live table shows nothing: print it now and then."""
        if not self.console.is_terminal and time.monotonic() - self._shown > _EVERY:
            self._shown = time.monotonic()
            self.console.print(self._table())

    def _say(self, decision: Decision) -> None:
        if decision.action is Action.NONE:
            return
        colour = {Action.RETRAIN: "cyan", Action.RECALIBRATE: "cyan", Action.ALERT: "yellow"}.get(
            decision.action, "red"
        )
        what = f"{decision.model:<14} [{colour}]{decision.action}[/] {escape(decision.sentence)}"
        self._live.console.print(f"[dim]{decision.window.start:%Y-%m-%d}[/] {what}", soft_wrap=True, highlight=False)

    def _table(self) -> Table:
        table = Table("model", "windows", "", "drift", "retrains", "champion", "left", box=None, pad_edge=False)
        for seen in self._seen:
            total = len(seen.windows)
            filled = min(_BAR, round(_BAR * seen.done / total))
            table.add_row(
                seen.spec.name,
                f"{seen.done}/{total}",
                f"[green]{'━' * filled}[/][dim]{'━' * (_BAR - filled)}[/]",
                str(seen.drifted),
                str(seen.retrains),
                f"v{seen.champion}" if seen.champion else "none yet",
                self._left(seen),
            )
        return table

    def _left(self, seen: _Seen) -> str:
        progress, rest = seen.done - seen.before, len(seen.windows) - seen.done
        if rest <= 0:
            return "done"
        if not progress:
            return "..."
        minutes, seconds = divmod(round((time.monotonic() - self._began) / progress * rest), 60)
        return f"{minutes} min {seconds:02} s"


def _is_drift(signal: Signal) -> bool:
    """Whether drift of inputs or predictions was flagged."""
    return signal.kind in ("data", "prediction")
