"""What the terminal shows while the year runs: windows, drift, decisions, champions, time left, from the catalog."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from rich.live import Live
from rich.markup import escape
from rich.table import Table

from leeway import turns
from leeway.core import Action, Decision, Measurement
from leeway.demo.data import WINDOWS

if TYPE_CHECKING:
    from rich.console import Console

    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

_BAR = 24
_EVERY = 30.0


@dataclass
class Watch:
    """A live table with one row per model; decisions other than 'none' are printed above it as they are made."""

    ws: Workspace
    specs: list[ModelSpec]
    console: Console
    _said: dict[str, int] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)
    _done_before: dict[str, int] = field(default_factory=dict)
    _live: Live = field(init=False)
    _shown: float = 0.0

    def __enter__(self) -> Self:
        for spec in self.specs:
            done = len(self.ws.catalog.decisions(spec.name))
            self._said[spec.name] = self._done_before[spec.name] = done
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
        for spec in self.specs:
            decisions = self.ws.catalog.decisions(spec.name)
            for decision in decisions[self._said[spec.name] :]:
                self._say(decision)
            self._said[spec.name] = len(decisions)
        self._live.update(self._table())
        self._show_in_log()
        return all(self._finished(spec) for spec in self.specs)

    def _finished(self, spec: ModelSpec) -> bool:
        last = WINDOWS[-1]
        decided = len(self.ws.catalog.decisions(spec.name)) == len(WINDOWS)
        return decided and turns.open_retrain(self.ws.catalog, spec, spec.schedule.after(last)) is None

    def _show_in_log(self) -> None:
        """Where the output is no terminal, a live table shows nothing: print it now and then."""
        if not self.console.is_terminal and time.monotonic() - self._shown > _EVERY:
            self._shown = time.monotonic()
            self.console.print(self._table())

    def _say(self, decision: Decision) -> None:
        if decision.action is Action.NONE:
            return
        colour = {Action.RETRAIN: "cyan", Action.ALERT: "yellow"}.get(decision.action, "red")
        what = f"{decision.model:<14} [{colour}]{decision.action}[/] {escape(decision.sentence)}"
        self._live.console.print(f"[dim]{decision.window.start:%Y-%m-%d}[/] {what}", soft_wrap=True, highlight=False)

    def _table(self) -> Table:
        table = Table("model", "windows", "", "drift", "retrains", "champion", "left", box=None, pad_edge=False)
        total = len(WINDOWS)
        for spec in self.specs:
            decisions = self.ws.catalog.decisions(spec.name)
            done = len(decisions)
            flagged = sum(map(_drifted, self.ws.catalog.measurements(spec.name)))
            champion = self.ws.catalog.champion(spec.name)
            filled = round(_BAR * done / total)
            table.add_row(
                spec.name,
                f"{done}/{total}",
                f"[green]{'━' * filled}[/][dim]{'━' * (_BAR - filled)}[/]",
                str(flagged),
                str(sum(decision.action is Action.RETRAIN for decision in decisions)),
                f"v{champion}" if champion else "none yet",
                self._left(spec.name, done, total),
            )
        return table

    def _left(self, model: str, done: int, total: int) -> str:
        progress = done - self._done_before[model]
        if done == total:
            return "done"
        if not progress:
            return "..."
        seconds = (time.monotonic() - self._began) / progress * (total - done)
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest:02} s"


def _drifted(measurement: Measurement) -> bool:
    """Whether drift of inputs or predictions was flagged in the window."""
    return any(signal.kind in ("data", "prediction") for signal in measurement.flagged)
