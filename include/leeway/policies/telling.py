"""Signals in the sentences and the evidence of a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.core import Signal


def key(signal: Signal) -> str:
    """What a signal is about: the same from window to window."""
    return f"{signal.kind}:{signal.subject}"


def facts(signal: Signal) -> dict[str, Any]:
    """A signal's figures."""
    return signal.model_dump(
        mode="json", include={"kind", "subject", "test", "statistic", "p_value", "effect", "threshold"}
    )


def told(signals: Sequence[Signal], where: str = "") -> str:
    """Name what was found: the three largest effects in full, the others by name."""
    ranked = sorted(signals, key=lambda signal: (-signal.effect, signal.subject))
    text = "; ".join(signal.sentence for signal in ranked[:3])
    if ranked[3:]:
        text += f"; and {', '.join(f'`{signal.subject}`' for signal in ranked[3:])}"
    return f"{text}, {where}" if where else text
