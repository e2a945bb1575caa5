"""Why a loss rose, in parts."""

from __future__ import annotations

from pydantic import Field

from leeway.core.values import Number, Value
from leeway.core.window import Window


class RisePart(Value):
    """A part of a rise of the mean loss, with its 95 % interval; ``share`` is the part over the whole rise."""

    value: Number
    low: Number
    high: Number
    share: Number
    share_low: Number
    share_high: Number


class ColumnPart(Value):
    """How much the loss would have risen had only the distribution of this one column changed.

    Columns that go together share the same rise, so these figures do not add up.
    """

    column: str
    value: Number
    share: Number


class SlicePart(Value):
    """What one level of a slice column adds to the rise: over the levels of a column ``value`` adds up to the rise.

    ``mix`` comes from the level's changed share of the rows, ``change`` from its changed loss. It is ``outsize`` if it
    adds more than its share of the rows, beyond chance.
    """

    column: str
    level: str
    rows_before: Number = Field(description="Share of the rows.")
    rows_now: Number
    loss_before: float | None = Field(description="None where it had no row.")
    loss_now: float | None
    mix: Number
    change: Number
    value: Number
    share: Number
    outsize: bool


class LossAttribution(Value):
    """Why the loss of a matured window is higher than in the champion's first windows, as estimated.

    ``inputs`` is what the old relation between inputs and target would have cost on the new inputs, ``relation`` the
    rest. Both are None where ``split`` is false; the sentence says why.
    """

    window: Window
    version: int
    baseline: tuple[Window, ...]
    before: Number
    now: Number
    rise: Number
    rise_low: Number
    rise_high: Number
    split: bool
    inputs: RisePart | None = None
    relation: RisePart | None = None
    effective_rows: Number = Field(default=0.0, description="Baseline rows left after weighting (Kish).")
    covered: Number = Field(default=0.0, description="Share of the window's rows that are like rows of the baseline.")
    columns: tuple[ColumnPart, ...] = ()
    slices: tuple[SlicePart, ...] = ()
    sentence: str
