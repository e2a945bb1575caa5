"""The old relation on the new inputs: what the loss would be if only the inputs had changed.

Baseline rows are weighted by the ratio of the two densities of their inputs. A classifier that tells the two sides
apart gives it: the odds that a row is from the window are the ratio, up to the sizes of the sides (Bickel, Brueckner,
Scheffer 2009, Discriminative learning under covariate shift, JMLR 10; Sugiyama, Krauledat, Mueller 2007, Covariate
shift adaptation by importance weighted cross validation, JMLR 8). Weights alone lean towards no shift wherever the
classifier misses some of it, so a model of the loss is corrected by the weighted errors that it makes, which is right
if either model is (Reddi, Poczos, Smola 2015, Doubly robust covariate shift correction, AAAI).

Both models judge only rows of blocks (days) that they did not learn from: a day's weather would otherwise give the
day away, and the two sides would seem to have nothing in common.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

FOLDS = 3
MAX_WEIGHT = 20.0
"""A row of the window that is so many times likelier there is like no row of the baseline; weights are clipped."""
MAX_LEVELS = 254
"""Levels of a text column that are kept apart: histogram trees have 255 bins. Rarer ones count as missing."""
MOST_ROWS = 10_000
"""Rows a side that the models learn from, so that the cost stays bounded; all rows are judged by them."""
# Twice the trees with half the rate cost nearly twice as much, and recover planted shifts no better.
_TREES = {"max_iter": 20, "max_leaf_nodes": 8, "learning_rate": 0.2, "early_stopping": False, "random_state": 0}


@dataclass(frozen=True)
class Reweighted:
    """Weights of the baseline's rows, and the loss that the old relation leads to expect.

    Args:
        weights: of shape (baseline rows,), at most `MAX_WEIGHT`.
        expected_before: expected loss of the baseline's rows, by models that did not see them.
        expected_now: expected loss of the window's rows.
        covered: share of the window's rows that are like rows of the baseline.
    """

    weights: Array
    expected_before: Array
    expected_now: Array
    covered: float

    @property
    def effective_rows(self) -> float:
        """Kish's effective sample size: so many equally weighted rows would tell as much (Survey Sampling, 1965)."""
        return float(self.weights.sum() ** 2 / (self.weights**2).sum())


def reweighted(
    before: pd.DataFrame, now: pd.DataFrame, *, loss: Array, blocks_before: Array, blocks_now: Array
) -> Reweighted:
    """Learn how the inputs changed, and what each row cost before.

    Args:
        before: inputs of the baseline's rows.
        now: inputs of the window's rows, the same columns.
        loss: of shape (baseline rows,).
        blocks_before: block of each row, counted from 0; at least `FOLDS` blocks.
        blocks_now: the same of the window's rows.
    """
    import sklearn.ensemble  # noqa: F401  # before its threads can be limited
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    inputs_before, inputs_now, texts = _encoded(before, now)
    folds_before, folds_now = blocks_before % FOLDS, blocks_now % FOLDS
    # Many small fits: a second thread spends its time waiting for the first.
    with threadpool_limits(limits=1):
        ratio_before, ratio_now = _ratios(inputs_before, inputs_now, texts, folds=(folds_before, folds_now))
        expected = _expected(inputs_before, inputs_now, texts, loss=loss, folds=folds_before)
    return Reweighted(
        weights=ratio_before.clip(max=MAX_WEIGHT),
        expected_before=expected[0],
        expected_now=expected[1],
        covered=float((ratio_now <= MAX_WEIGHT).mean()),
    )


def _ratios(before: Array, now: Array, texts: list[bool], *, folds: tuple[Array, Array]) -> tuple[Array, Array]:
    """Density of the window's inputs over that of the baseline's, at each row of both sides.

    The held-out scores are calibrated (Platt 1999, Probabilistic outputs for support vector machines): where they tell
    nothing about rows of other days, every ratio becomes 1.
    """
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    inputs, fold = np.vstack([before, now]), np.concatenate(folds)
    is_now = np.repeat([0, 1], [len(before), len(now)])
    score = np.zeros(len(inputs))
    for learning, held in _turns(fold, is_now):
        trees = HistGradientBoostingClassifier(
            **_TREES, min_samples_leaf=_leaf(len(learning)), categorical_features=texts
        )
        trees.fit(inputs[learning], is_now[learning])
        # The odds are the ratio only if both sides are equally long. (Weighted rows would do as well, at ten times
        # the cost: scikit-learn bins them in Python.)
        chance = is_now[learning].mean()
        score[held] = trees.decision_function(inputs[held]) - np.log(chance / (1 - chance))
    weight = len(inputs) / 2 / np.where(is_now, len(now), len(before))
    calibration = LogisticRegression().fit(score[:, None], is_now, sample_weight=weight)
    ratio = np.exp(calibration.decision_function(score[:, None]))
    return ratio[: len(before)], ratio[len(before) :]


def _expected(before: Array, now: Array, texts: list[bool], *, loss: Array, folds: Array) -> tuple[Array, Array]:
    """What each row costs under the relation that held in the baseline."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingRegressor

    held_out, expected = np.zeros(len(before)), np.zeros(len(now))
    for learning, held in _turns(folds, np.zeros(len(before))):
        trees = HistGradientBoostingRegressor(
            **_TREES, min_samples_leaf=_leaf(len(learning)), categorical_features=texts
        )
        trees.fit(before[learning], loss[learning])
        held_out[held] = trees.predict(before[held])
        expected += trees.predict(now) / FOLDS
    return held_out, expected


def _turns(folds: Array, side: Array) -> Iterator[tuple[Array, Array]]:
    """Rows to learn from and rows to judge, in turn; of a long side evenly spread rows are learnt from."""
    import numpy as np

    for fold in range(FOLDS):
        others = [np.flatnonzero((folds != fold) & (side == value)) for value in np.unique(side)]
        learning = [rows[:: -(-len(rows) // MOST_ROWS)] for rows in others]
        yield np.concatenate(learning), np.flatnonzero(folds == fold)


def _leaf(rows: int) -> int:
    """Fewest rows of a leaf: few rows allow only few distinctions."""
    return max(5, min(50, rows // 40))


def _encoded(before: pd.DataFrame, now: pd.DataFrame) -> tuple[Array, Array, list[bool]]:
    """Both sides as float64 matrices, missing values as NaN, and which columns are codes of texts."""
    import numpy as np

    columns = [_column(before[name], now[name]) for name in before.columns]
    sides = [np.column_stack([column[side] for column in columns]) for side in (0, 1)]
    return sides[0], sides[1], [column[2] for column in columns]


def _column(before: pd.Series[Any], now: pd.Series[Any]) -> tuple[Array, Array, bool]:
    import numpy as np
    import pandas as pd
    from pandas.api.types import is_numeric_dtype

    if all(is_numeric_dtype(side.dtype) for side in (before, now)):
        sides = [side.to_numpy(dtype="float64", na_value=np.nan) for side in (before, now)]
        return *(np.where(np.isfinite(side), side, np.nan) for side in sides), False  # type: ignore[return-value]
    texts = pd.concat([before.astype(object), now.astype(object)], ignore_index=True)
    codes, levels = pd.factorize(texts)  # missing values are -1
    numbers = _numbers([str(level) for level in levels], np.bincount(codes[codes >= 0], minlength=len(levels)))
    values = np.append(numbers, np.nan)[codes]
    return values[: len(before)], values[len(before) :], True


def _numbers(names: list[str], counts: Array) -> Array:
    """A number for each level, the same for the same name; NaN for those beyond the `MAX_LEVELS` most frequent."""
    import numpy as np

    rows: Counter[str] = Counter()
    for name, count in zip(names, counts, strict=True):
        rows[name] += int(count)
    ranked = sorted(rows, key=lambda name: (-rows[name], name))[:MAX_LEVELS]
    number = {name: float(place) for place, name in enumerate(ranked)}
    return np.array([number.get(name, np.nan) for name in names], dtype="float64")
