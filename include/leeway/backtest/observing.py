"""What is measured of a served window in a replay: the same values that the stage `measure` leaves in production."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from leeway.backtest.matrix import Trained
from leeway.core import Measurement, Performance, Probe, Rival, Signal
from leeway.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leeway.backtest.champions import Champions
    from leeway.backtest.judge import Judge
    from leeway.core import Decision
    from leeway.policies.base import Policy


class Observer:
    """Measures windows for a policy, and remembers what it measured.

    Args:
        judge: of the stream's models.
        champions: who served which window.
        policy: whose wishes decide what is probed and which detectors run.
        warmup: windows of the first model; those after them are served.
    """

    def __init__(self, judge: Judge, champions: Champions, policy: Policy, *, warmup: int) -> None:
        self._judge, self._stream = judge, judge.stream
        self._champions = champions
        self._policy = policy
        self._warmup = warmup
        self.past: list[Measurement] = []

    def unscored(self, window: int) -> Measurement:
        """A window of the warm-up."""
        return Measurement(
            model=self._stream.name, window=self._stream.windows[window], champion=None, status="unscored"
        )

    def measured(self, window: int, decisions: Sequence[Decision]) -> Measurement:
        """A served window, with what became known in it of earlier ones.

        Args:
            window: its number in the stream.
            decisions: all so far, oldest first.
        """
        rows = self._stream.rows(window, window)
        matured = tuple(self._performance(earlier) for earlier in self._matured(window))
        return Measurement(
            model=self._stream.name,
            window=self._stream.windows[window],
            champion=self._champions.serving[window],
            status="measured",
            rows=rows.stop - rows.start,
            signals=self._signals(window, matured) if "signals" in self._policy.weighs else (),
            matured=matured,
            rivals=tuple(self._rivals(window)),
            probes=tuple(self._probes(window, decisions)),
        )

    def _matured(self, window: int) -> range:
        """The served windows whose labels became known in this one."""
        known = self._stream.known
        return range(max(self._warmup, known[window - 1] + 1), known[window] + 1)

    def _performance(self, window: int) -> Performance:
        version = self._champions.serving[window]
        return self._judge.performance(self._champions.model(version), window, version)

    def _signals(self, window: int, matured: tuple[Performance, ...]) -> tuple[Signal, ...]:
        version = self._champions.serving[window]
        return self._judge.signals(
            self._champions.model(version),
            window,
            served=self._champions.served_before(window),
            matured=tuple(found for found in matured if found.version == version),
            earlier=tuple(found for one in self.past for found in one.matured if found.version == version),
            further=self._policy.needs,
        )

    def _rivals(self, window: int) -> Iterator[Rival]:
        """The champion before on the windows whose labels became known."""
        for earlier in self._matured(window):
            version, rival = self._champions.serving[earlier], self._champions.rival(earlier)
            if rival is not None:
                models = self._champions.model(version), self._champions.model(rival)
                found = self._judge.rival(models, earlier, (version, rival))
                if found is not None:
                    yield found

    def _probes(self, window: int, decisions: Sequence[Decision]) -> Iterator[Probe]:
        """Newer models on the windows of the champion whose labels became known, as `leeway.probing` makes them."""
        version = self._champions.serving[window]
        champion = self._champions.model(version)
        judged = [earlier for earlier in self._matured(window) if self._champions.serving[earlier] == version]
        wanted = self._policy.probes(tuple(decisions)) if judged and champion.last < judged[0] - 1 else ()
        for history in wanted:
            last = judged[0] - 1
            newer = Trained(0 if history == "all" else last - (champion.last - champion.first), last)
            for earlier in judged:
                with suppress(TrainingError):
                    found = self._judge.probe(champion, newer, earlier, version=version, history=history)
                    if found is not None:
                        yield found
