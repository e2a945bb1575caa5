"""The drift report: leeway's verdict in sentences, and Evidently's pictures of reference and current rows below it.

Evidently decides nothing here. Of its metrics those are used that only show two distributions beside one another
(about 0.1 CPU seconds a column of 5,000 rows a side; its drift presets cost twice that and print their own verdict).
"""

from __future__ import annotations

import os
import warnings
from html import escape
from typing import TYPE_CHECKING, Any

from leeway.reports.page import assemble

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from leeway.core import Signal

MOST_ROWS = 20_000
"""Rows a side that are drawn at most, whatever is asked for: the time and size of a report stay bounded."""
MOST_COLUMNS = 40
"""Columns that are drawn at most."""
MOST_LEVELS = 20
"""Levels of a text column that are drawn; the rest is one bar."""
_LONGEST_LEVEL = 60
_LARGEST = 1e100
"""Numbers are drawn up to this size: of larger ones Evidently's histograms cannot compute the variance."""
_MISSING, _OTHER = "(missing)", "(other)"


def drift_report(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    *,
    signals: Sequence[Signal],
    reasons: Sequence[str] = (),
    title: str,
    max_rows: int,
    seed: int,
) -> bytes:
    """Write a self-contained HTML page about what was flagged: the same input gives the same bytes.

    Args:
        reference: rows the champion learned from, or some of them; may have a column ``prediction``.
        current: rows of the window.
        signals: what was found; the flagged ones are listed, those about a column both frames have are drawn.
        reasons: sentences that say why; listed after those of the signals.
        title: headline, for instance model and window.
        max_rows: rows a side that are drawn; a longer frame is sampled, at most `MOST_ROWS`.
        seed: seed of the sample.

    Returns:
        UTF-8 HTML that needs nothing from the network and may run no script but Evidently's.
    """
    flagged = [signal for signal in signals if signal.flagged]
    subjects = list(dict.fromkeys(signal.subject for signal in flagged))
    columns = [name for name in subjects if name in reference.columns and name in current.columns][:MOST_COLUMNS]
    size = min(max_rows, MOST_ROWS)
    old, new = (_sample(frame[columns], size, seed) for frame in (reference, current))
    pictures, drawn = _draw(old, new, columns)
    notes = [f"Drawn from {len(old):,} reference and {len(new):,} current rows."] if drawn else []
    if left := [name for name in subjects if name not in drawn]:
        notes.append(f"Not drawn: {', '.join(left)}.")
    sentences = [*(signal.sentence for signal in flagged), *reasons]
    return assemble(pictures, title=title, sentences=sentences, notes=notes)


def _sample(frame: pd.DataFrame, size: int, seed: int) -> pd.DataFrame:
    return frame.sample(n=size, random_state=seed) if len(frame) > size else frame


def _draw(reference: pd.DataFrame, current: pd.DataFrame, columns: Sequence[str]) -> tuple[str, list[str]]:
    """Let Evidently draw the columns that have values on both sides: its HTML, and the columns that are in it."""
    import pandas as pd

    numbers: list[str] = []
    texts: list[str] = []
    sides: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for name in columns:
        pair = (reference[name], current[name])
        prepare = _numbers if all(_is_number(series) for series in pair) else _texts
        prepared = prepare(*pair)
        if all(series.notna().any() for series in prepared):
            (numbers if prepare is _numbers else texts).append(escape(name))
            for side, series in zip(sides, prepared, strict=True):
                side[escape(name)] = series.reset_index(drop=True)
    if not numbers + texts:
        return "", []
    drawn = [name for name in columns if escape(name) in numbers + texts]
    return _report(pd.DataFrame(sides[0]), pd.DataFrame(sides[1]), numbers, texts), drawn


def _report(reference: pd.DataFrame, current: pd.DataFrame, numbers: list[str], texts: list[str]) -> str:
    os.environ["DO_NOT_TRACK"] = "1"  # no telemetry; before the import, which reads it
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it imports warns about what that imports
        from evidently import DataDefinition, Dataset, Report
        from evidently.metrics import MeanValue, UniqueValueCount

    definition = DataDefinition(numerical_columns=numbers, categorical_columns=texts)
    sides = [Dataset.from_pandas(frame, data_definition=definition) for frame in (current, reference)]
    metrics = [*(MeanValue(column=name) for name in numbers), *(UniqueValueCount(column=name) for name in texts)]
    html: str = Report(metrics, include_tests=False).run(*sides).get_html_str(as_iframe=False)
    return html


def _is_number(series: pd.Series[Any]) -> bool:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return bool(is_numeric_dtype(series) and not is_bool_dtype(series))


def _numbers(*pair: pd.Series[Any]) -> list[pd.Series[Any]]:
    """Float64 with NaN for what is missing or beyond every axis."""
    numbers = [series.astype("float64") for series in pair]
    return [series.where(series.abs() < _LARGEST) for series in numbers]


def _texts(*pair: pd.Series[Any]) -> list[pd.Series[Any]]:
    """Escaped texts, the rarest in one: Evidently trips over pd.NA, and writes texts into a script unescaped."""
    import pandas as pd

    texts = [series.astype(object).where(series.notna(), _MISSING).map(_level) for series in pair]
    kept = pd.concat(texts).value_counts(sort=False).sort_index(kind="stable")
    kept = kept.sort_values(ascending=False, kind="stable")
    names = set(kept.index if len(kept) <= MOST_LEVELS else kept.index[: MOST_LEVELS - 1])
    return [series.where(series.isin(names), _OTHER) for series in texts]


def _level(value: object) -> str:
    text = str(value)
    return escape(text if len(text) <= _LONGEST_LEVEL else f"{text[:_LONGEST_LEVEL]}...")
