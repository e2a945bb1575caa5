"""What is drilled: a measured window as its model saw it, and the check that the model asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leeway.core import Measurement, Partition, PartitionKind
from leeway.dataset import features, raw_frame
from leeway.detectors.data import DataDrift
from leeway.drill.resampling import evenly
from leeway.errors import ProfileError
from leeway.referencing import reference_of, window_profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from leeway.core import Window
    from leeway.profiles.layout import Layout
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

MOST_ROWS = 20_000
"""Rows of a window, and of a resampled reference, that are used at most."""
FEWEST_ROWS = 100


@dataclass(frozen=True)
class Subject:
    """A window and how it is checked.

    Args:
        window: the window.
        champion: the version that served in it, if any.
        frame: its features in order of time, at most `MOST_ROWS` rows, evenly spaced.
        rows: of the window.
        reference_rows: of what the window was compared with; the window's own while there is no champion.
        layout: how the columns are counted.
        check: the model's detector of data drift.
    """

    window: Window
    champion: int | None
    frame: pd.DataFrame
    rows: int
    reference_rows: int
    layout: Layout
    check: DataDrift


def subject_of(ws: Workspace, spec: ModelSpec, window: Window | None = None) -> Subject:
    """Read a measured window, by default the newest, as it was measured.

    Raises:
        ProfileError: PRO500 if it is not measured, PRO501 if its rows are in quarantine, PRO502 if the model does not
            ask for data drift, PRO503 if there are too few rows to split.
    """
    check = _check(spec)
    measured = _measured(ws, spec, window)
    own = ws.catalog.partition(spec.name, PartitionKind.PROFILE, measured.window)
    assert own is not None, "a window that is measured has a profile"
    frame = _frame(ws, spec, own)
    if len(frame) < FEWEST_ROWS:
        raise ProfileError(
            f"the window has {len(frame)} rows; {FEWEST_ROWS} are needed for a drill",
            code="PRO503", do="Name a larger window with --window.", model=spec.name, window=measured.window,
        )  # fmt: skip
    known = window_profile(ws, own)
    if measured.champion is not None:
        version = ws.catalog.version(spec.name, measured.champion)
        known = reference_of(ws, spec, measured.window, version).profile
    return Subject(measured.window, measured.champion, frame, own.rows, known.rows, known.layout, check)


def windows_before(ws: Workspace, spec: ModelSpec, last: Window, most: int) -> Iterator[pd.DataFrame]:
    """The features of the newest measured windows up to ``last``, itself first; small windows are left out."""
    found = ws.catalog.partitions(spec.name, PartitionKind.PROFILE, end=last.end)
    for own in [partition for partition in found if partition.rows >= FEWEST_ROWS][::-1][:most]:
        yield _frame(ws, spec, own)


def _frame(ws: Workspace, spec: ModelSpec, profile: Partition) -> pd.DataFrame:
    """The rows that a profile was made from, evenly thinned."""
    raw = ws.catalog.pinned(spec.name, PartitionKind.RAW, profile.window, profile.source)
    made = features(spec, raw_frame(ws, spec, [raw]))
    return made.iloc[evenly(len(made), MOST_ROWS)].reset_index(drop=True)


def _measured(ws: Workspace, spec: ModelSpec, window: Window | None) -> Measurement:
    if window is None:
        found = [one for one in ws.catalog.measurements(spec.name) if one.status != "quarantined"]
        if not found:
            raise ProfileError(
                "no window was measured yet", code="PRO500", model=spec.name, do="leeway run all works the windows off."
            )
        return found[-1]
    measured = ws.catalog.measurement(spec.name, window)
    if measured is None:
        raise ProfileError(
            "the window is not measured yet", code="PRO500", model=spec.name, window=window,
            do="Measure it first: leeway run window works off what is open.",
        )  # fmt: skip
    if measured.status == "quarantined":
        raise ProfileError(
            "the rows of the window are in quarantine", code="PRO501", model=spec.name, window=window,
            do="Name another window, or deliver its data again.",
        )  # fmt: skip
    return measured


def _check(spec: ModelSpec) -> DataDrift:
    for detector in spec.detectors:
        if type(detector) is DataDrift:
            return detector
    raise ProfileError(
        "the model does not look for data drift", code="PRO502", model=spec.name,
        do="Add data_drift to monitoring.detectors in its file.",
    )  # fmt: skip
