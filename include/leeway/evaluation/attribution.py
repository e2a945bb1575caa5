"""Why a loss rose: because the inputs changed, or because what the inputs say about the target did.

The rise of the mean loss is ``now - before``. Its *inputs* part is what the relation of the baseline costs on the
window's inputs, less ``before``; the rest is the *relation* part (Cai, Namkoong, Yadlowsky 2023, Diagnosing model
performance under distribution shift, arXiv:2303.02011; here without their third term: rows that the other side does
not have are not split off, and with too many of them nothing is split). The first is a matter of the world that the
model may well stand; the second is what only a retrain can learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leeway.core import ColumnPart, LossAttribution, RisePart, SlicePart, Window
from leeway.evaluation.kitagawa import column_parts, slice_parts
from leeway.evaluation.resampling import Errors, Side, blocks
from leeway.evaluation.reweighting import Reweighted, reweighted

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

SCORE = "(score)"
"""The champion's score helps to foretell the loss. It is made of the inputs, so it is no change of its own."""
MIN_ROWS = 30
"""Labelled rows a side, and effective rows after weighting, that a split needs."""
MIN_COVERED = 0.8
"""Share of the window's rows that must be like rows of the baseline."""
VAGUE = (0.2, 0.8)
"""A share whose interval holds both of these is not told."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Labelled rows that one version scored: all parts have the same length and the order of event time.

    Args:
        features: what the model saw.
        slices: the slice columns, as text.
        score: what it predicted.
        loss: of each row.
        days: day of each row's event time.
    """

    features: pd.DataFrame
    slices: pd.DataFrame
    score: Array
    loss: Array
    days: Array


def attribute(
    before: Judged, now: Judged, *, window: Window, version: int, baseline: tuple[Window, ...], seed: int
) -> LossAttribution:
    """Split the rise of the mean loss from the baseline's rows to the window's.

    The same rows and seed give the same result. Where nothing can be split, the sentence says why.

    Args:
        before: rows of the baseline, at least one.
        now: rows of the window, at least one.
        window: whose loss rose.
        version: that scored all these rows.
        baseline: the windows that ``before`` is from.
        seed: of the resampling that gives the intervals.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    sides = Side.of(blocks(before.days), random), Side.of(blocks(now.days), random)
    errors = Errors.between(before.days, now.days)
    rise = sides[1].means(now.loss) - sides[0].means(before.loss)
    half = errors.half_width(rise)
    facts: dict[str, Any] = {
        "window": window,
        "version": version,
        "baseline": baseline,
        "before": float(before.loss.mean()),
        "now": float(now.loss.mean()),
        "rise": float(rise[0]),
        "rise_low": float(rise[0]) - half,
        "rise_high": float(rise[0]) + half,
    }
    if (refused := _refused(before, now, facts["rise"])) is not None:
        return LossAttribution(**facts, split=False, sentence=refused)
    facts["columns"] = column_parts(before.features, now.features, loss=before.loss, rise=facts["rise"])
    facts["slices"] = slice_parts((before.slices, now.slices), (before.loss, now.loss), sides=sides, errors=errors)
    found = _reweighted(before, now, sides)
    facts |= {"effective_rows": found.effective_rows, "covered": found.covered}
    if (apart := _apart(found)) is not None:
        return LossAttribution(**facts, split=False, sentence=f"{apart}{_where(facts['slices'])}.")
    inputs = _inputs(before, sides, found)
    parts = {"inputs": _part(inputs, rise, errors), "relation": _part(rise - inputs, rise, errors)}
    sentence = _sentence(**parts, columns=facts["columns"], slices=facts["slices"])
    return LossAttribution(**facts, **parts, split=True, sentence=sentence)


def _reweighted(before: Judged, now: Judged, sides: tuple[Side, Side]) -> Reweighted:
    return reweighted(
        before.features.assign(**{SCORE: before.score}),
        now.features.assign(**{SCORE: now.score}),
        loss=before.loss,
        blocks_before=sides[0].blocks,
        blocks_now=sides[1].blocks,
    )


def _inputs(before: Judged, sides: tuple[Side, Side], found: Reweighted) -> Array:
    """The inputs part in every resample: expected on the new inputs, corrected by what the expectation misses.

    Both models stay as they are in the resamples: their errors enter as a product, which is small beside the spread of
    the rows (Chernozhukov and others 2018, Double/debiased machine learning, Econometrics Journal 21).
    """
    missed = sides[0].sums(found.weights * (before.loss - found.expected_before)) / sides[0].sums(found.weights)
    inputs: Array = sides[1].means(found.expected_now) + missed - sides[0].means(before.loss)
    return inputs


def _part(value: Array, rise: Array, errors: Errors) -> RisePart:
    """A part with its interval; that of its share is by linearisation, for a ratio has no use for a rise near zero."""
    estimate, share = float(value[0]), float(value[0] / rise[0])
    half, share_half = errors.half_width(value), errors.half_width((value - share * rise) / rise[0])
    return RisePart(
        value=estimate,
        low=estimate - half,
        high=estimate + half,
        share=share,
        share_low=share - share_half,
        share_high=share + share_half,
    )


def _refused(before: Judged, now: Judged, rise: float) -> str | None:
    if rise <= 0:
        return "On the labels known by now the loss did not rise, so there is nothing to split."
    fewest = min(len(before.loss), len(now.loss))
    if fewest < MIN_ROWS:
        return f"The rise cannot be split: there are only {fewest} labelled rows on a side, and {MIN_ROWS} are needed."
    return None


def _apart(found: Reweighted) -> str | None:
    """Why the two sides cannot be compared row with row, if so."""
    cannot = "The rise cannot be split into changed inputs and a changed relation:"
    if found.covered < MIN_COVERED:
        return f"{cannot} {100 * (1 - found.covered):.0f} % of the rows are like none of the baseline's"
    if found.effective_rows < MIN_ROWS:
        return f"{cannot} only about {found.effective_rows:.0f} rows of the baseline are like the window's"
    return None


def _sentence(
    inputs: RisePart, relation: RisePart, *, columns: tuple[ColumnPart, ...], slices: tuple[SlicePart, ...]
) -> str:
    part, name, other = (
        (relation, "the relation between inputs and target", "changed inputs")
        if relation.share >= inputs.share
        else (inputs, "changed inputs", "the relation between inputs and target")
    )
    between = f"95 % interval {_percent(part.share_low)} to {_percent(part.share_high)} %"
    if part.share_low <= VAGUE[0] and part.share_high >= VAGUE[1]:
        told = (
            f"Whether the rise comes from {name} or from {other} cannot be told: the share of the former is {between}"
        )
    else:
        told = f"About {_percent(part.share)} % of the rise comes from {name} ({between})"
    if part is inputs and columns and columns[0].value >= inputs.value / 2:
        told += f", above all `{columns[0].column}`"
    return f"{told}{_where(slices)}."


def _where(slices: tuple[SlicePart, ...]) -> str:
    """The slice that adds most beyond its share of the rows, if there is one."""
    outsize = [part for part in slices if part.outsize]
    if not outsize:
        return ""
    first = outsize[0]
    told = "the rise is mostly" if first.share >= 0.5 else f"{_percent(first.share)} % of the rise is"
    return f"; {told} in `{first.column}`={first.level} ({_percent(first.rows_now)} % of the rows)"


def _percent(share: float) -> str:
    return f"{100 * min(1.0, max(0.0, share)):.0f}"
