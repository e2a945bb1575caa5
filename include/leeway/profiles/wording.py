"""Figures in sentences that a person reads."""

from __future__ import annotations


def p_text(p_value: float) -> str:
    """Write a p-value for a person."""
    return "p < 1e-6" if p_value < 1e-6 else f"p = {p_value:.2g}"


def percent(share: float) -> str:
    """Write a share for a person: 16 %, 0.4 %."""
    return f"{100 * share:.0f} %" if share >= 0.0995 or share == 0 else f"{100 * share:.2g} %"


def way(before: float, now: float) -> str:
    """Write which way a figure went."""
    return "rose" if now > before else "fell" if now < before else "stayed"


def went(before: float, now: float) -> str:
    """Write how a figure moved: rose from 24.1 to 31.7. As many digits as it takes to see it."""
    if before == now:
        return f"stayed at {number(now)}"
    digits = next((digits for digits in range(4, 17) if f"{before:.{digits}g}" != f"{now:.{digits}g}"), 16)
    return f"{way(before, now)} from {number(before, digits)} to {number(now, digits)}"


def moved(before: float, now: float) -> str:
    """Write how a share moved: rose from 16 % to 24 %."""
    if percent(before) == percent(now):
        return f"stayed at {percent(now)}"
    return f"{way(before, now)} from {percent(before)} to {percent(now)}"


def number(value: float | None, digits: int = 4) -> str:
    """Write a number with so many digits, or as many as it has before the point: 123457, not 1.235e+05."""
    if value is None:
        return "-"
    return f"{value:.{max(digits, len(str(int(abs(value)))) if abs(value) < 1e9 else 0)}g}"


def roundest(low: float, high: float) -> float:
    """The number of fewest digits from ``low`` to ``high``: people and programs fill in round ones."""
    middle = (low + high) / 2
    rounded = (float(f"{middle:.{digits}g}") for digits in range(1, 17))
    return next((value for value in rounded if low <= value <= high), middle)
