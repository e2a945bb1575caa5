"""Which recipes a training tries."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from leeway.core import Candidate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.trainers.base import Trainer

BASELINE = "baseline"
"""Name of the candidate that the others have to beat."""


def candidates(trainers: Sequence[Trainer], histories: Sequence[str]) -> tuple[Candidate, ...]:
    """Every trainer on every history, then the trivial baseline.

    Names are stable as long as the model file is: ``hist_gradient_boosting/recent``. Trainers of the same label are
    told apart by their place: ``torch-2/all`` is the second one called torch.
    """
    seen: Counter[str] = Counter()
    recipes: list[tuple[str, int | None, str]] = []
    for place, trainer in enumerate(trainers):
        seen[trainer.label] += 1
        nth = seen[trainer.label]
        name = trainer.label if nth == 1 else f"{trainer.label}-{nth}"
        recipes += [(f"{name}/{history}", place, history) for history in histories]
    recipes.append((BASELINE, None, "all"))
    return tuple(
        Candidate(name=name, trainer=place, history=history, index=index)
        for index, (name, place, history) in enumerate(recipes)
    )
