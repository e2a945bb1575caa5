"""Many tests, one error rate: tests of many slices at once, and looks at the same held-back rows one after another."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def holm(p_values: Mapping[str, float], alpha: float) -> tuple[str, ...]:
    """Which hypotheses are rejected so that the chance of any false rejection is at most ``alpha``.

    The smallest p-value has to be at most alpha / m, the next one alpha / (m - 1) and so on, until one is not (Holm
    1979, Scandinavian Journal of Statistics 6(2)). Valid however the tests depend on one another, like Bonferroni's
    rule, and never rejects less.

    >>> holm({"a": 0.012, "b": 0.02, "c": 0.3}, 0.05)
    ('a', 'b')
    """
    rejected: list[str] = []
    for name, p_value in sorted(p_values.items(), key=lambda pair: (pair[1], pair[0])):
        if p_value > alpha / (len(p_values) - len(rejected)):
            break
        rejected.append(name)
    return tuple(rejected)


def spent(alpha: float, *, earlier: int, looks: int) -> float:
    """The part of ``alpha`` that the next look at rows may spend which ``earlier`` looks have seen.

    The k-th look gets alpha / k^2, over the sum of 1 / j^2 for all ``looks`` that are allowed: with eight of them 65 %,
    16 %, 7 % ... of alpha, and none after the last. The parts add up to alpha, so that the chance that any look at the
    same rows finds what is not there is at most alpha: by the union bound, which needs no independence (weights by
    look: Foster and Stine 2008, Alpha-investing, JRSS B 70(2)). That later challengers depend on the outcomes of
    earlier looks does no harm: before the first win all outcomes were "no", so what is looked at next was settled
    beforehand (Blum and Hardt 2015, The Ladder, ICML).

    Where the held-back rows move on with time, ``earlier`` counts looks that share rows with this one. Of all looks at
    a given row the i-th then has at least i - 1 earlier ones, so the bound holds for every row.

    >>> round(spent(0.2, earlier=0, looks=8), 3), spent(0.2, earlier=8, looks=8), spent(0.2, earlier=0, looks=1)
    (0.131, 0.0, 0.2)
    """
    if earlier >= looks:
        return 0.0
    return alpha / (earlier + 1) ** 2 / math.fsum(1 / look**2 for look in range(1, looks + 1))
