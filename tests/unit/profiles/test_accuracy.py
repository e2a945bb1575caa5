"""What profiles say of two samples, held against the samples themselves.

The bars: KS within .001 or 1 % of itself, the Wasserstein distance within .001 standard deviations, the population
stability index within .001 or 1 %.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from leeway.profiles.building import profile_table
from leeway.profiles.comparison import compare_values
from leeway.profiles.layout import ColumnKind, ColumnLayout, Layout
from leeway.profiles.statistics import effective_size, ks_p_value

if TYPE_CHECKING:
    from leeway.profiles.finding import Finding

Array = np.ndarray[Any, Any]
ROWS = 40_000
COARSE = {"two modes": 0.002}
"""At the mode that is not the centre, ten of its standard deviations away, bins are a quarter of one wide."""


def samples(shift: float, seed: int, rows: int) -> dict[str, Array]:
    """One sample of each distribution, moved by about this many standard deviations or shares."""
    rng = np.random.default_rng(seed)
    z, u = rng.normal(size=rows), rng.random(rows)
    zeros = rng.random(rows) < 0.3 - shift / 2
    return {
        "normal": z + shift,
        "normal, wider": z * (1 + shift),
        "lognormal, sigma 2": np.exp(2 * z + shift),
        "Cauchy": stats.cauchy.ppf(u) + shift,
        "Student, 3 degrees": rng.standard_t(3, rows) * (1 + shift),
        "exponential": rng.exponential(1 + shift, rows),
        "uniform": u * (1 + shift),
        "beta": rng.beta(2 + shift, 5, rows),
        "30 % zeros, then lognormal": np.where(zeros, 0, np.exp(z)),
        "30 % zeros among normal": np.where(zeros, 0, 5 + 3 * z),
        "narrow and far": 1e6 + z + shift,
        "two modes": np.where(u < 0.5 + shift / 2, z - 5, z + 5),
        "2 % far away": np.where(u < 0.02 + shift / 10, 40 + z, z),
        "small counts": rng.poisson(3 + shift, rows).astype(float),
        "counts": rng.poisson(30 + 5 * shift, rows).astype(float),
        "ages": np.clip(np.round(45 + 15 * z + 10 * shift), 18, 90),
        "minutes of the day": rng.integers(0, 1440, rows) // 5 * 5.0 * (1 - shift / 10),
        "large whole numbers": rng.integers(0, int(100_000 * (1 + shift)), rows).astype(float),
        "prices": np.round(np.exp(3 + shift + z), 2),
        "constant": np.full(rows, 3.0),
    }


BEFORE, SAME, MOVED = samples(0, 1, ROWS), samples(0, 2, ROWS // 2), samples(0.2, 3, ROWS // 2)


def compared(one: Array, two: Array, layout: ColumnLayout | None = None) -> Finding:
    like = Layout(columns={"x": layout}) if layout else None
    reference = profile_table(pa.table({"x": one}), like)
    current = profile_table(pa.table({"x": two}), reference.layout)
    found = compare_values("x", reference.columns["x"], current.columns["x"])
    assert found is not None
    return found


def direct(one: Array, two: Array) -> tuple[float, float]:
    """Stability index and Jensen-Shannon divergence in the tenths of the first sample, from its rows."""
    cuts = np.unique(np.quantile(one, np.arange(1, 10) / 10, method="inverted_cdf"))
    shares = []
    for rows in (one, two):
        below = np.searchsorted(np.sort(rows), cuts, side="right")
        counts = np.diff([0, *below, len(rows)]).astype(float)
        shares.append(counts / len(rows))
    p, q = (np.where(share > 0, share, 0.5 / len(one)) for share in shares)
    middle = (p + q) / 2
    divergence = (stats.entropy(p, middle, 2) + stats.entropy(q, middle, 2)) / 2
    return float(((q - p) * np.log(q / p)).sum()), float(divergence)


@pytest.mark.parametrize("name", BEFORE)
@pytest.mark.parametrize("now", [SAME, MOVED], ids=["same", "moved"])
def test_distances_are_those_of_the_rows(name, now):
    one, two = BEFORE[name], now[name]
    found = compared(one, two).distances
    ks, psi_js = stats.ks_2samp(one, two, method="asymp").statistic, direct(one, two)
    assert found["ks"] == pytest.approx(ks, abs=COARSE.get(name, 0.001), rel=0.01)
    assert found["ks"] <= ks + 1e-9  # never a difference that is not there
    sd = one.std() or 1.0
    assert found["wasserstein"] / sd == pytest.approx(stats.wasserstein_distance(one, two) / sd, abs=0.001)
    assert found["psi_raw"] == pytest.approx(psi_js[0], abs=0.001, rel=0.01)
    assert found["js_raw"] == pytest.approx(psi_js[1], abs=0.001)


@pytest.mark.parametrize("name", ["normal", "lognormal, sigma 2", "counts", "Cauchy"])
def test_corrected_indices_are_about_zero_without_drift(name):
    found = compared(BEFORE[name], SAME[name]).distances
    assert found["psi"] < 0.001
    assert found["js"] < 0.001


@pytest.mark.parametrize("name", ["normal", "Cauchy", "ages"])
def test_figures_of_a_column_are_those_of_its_rows(name):
    rows = BEFORE[name]
    column = profile_table(pa.table({"x": rows})).columns["x"]
    assert column.mean == pytest.approx(rows.mean(), rel=1e-12, abs=1e-12)
    assert column.spread == pytest.approx(rows.std(), rel=1e-9)
    width = np.quantile(rows, 0.75) - np.quantile(rows, 0.25)
    for share in (0.0, 0.1, 0.5, 0.9, 1.0):
        exact = np.quantile(rows, share)
        assert column.quantile(share) == pytest.approx(exact, rel=0.03, abs=0.03 * width + (name == "ages"))


def test_the_p_value_is_about_that_of_the_rows():
    one, two = BEFORE["normal"][:2000], SAME["normal"][:2000]
    found = compared(one, two)
    exact = stats.ks_2samp(one, two)
    assert ks_p_value(found.statistic, effective_size(2000, 2000)) == pytest.approx(exact.pvalue, abs=0.1)
    assert ks_p_value(found.statistic, effective_size(2000, 2000)) >= exact.pvalue - 0.01  # ties only lower a distance


STALE = ColumnLayout(kind=ColumnKind.NUMBER, centre=0.0, scale=1.0)


@pytest.mark.parametrize("spread", [0.001, 0.1, 1.0])
def test_of_a_narrow_column_far_from_a_stale_centre_the_mean_is_still_compared(spread):
    """Bins at 1000 are 16 wide, so KS and chi-square are blind; sums are exact all the same."""
    one, two = 1000 + spread * BEFORE["normal"], 1000 + spread * MOVED["normal"]
    found = compared(one, two, STALE)
    assert found.p_value < 1e-6
    assert found.effect == pytest.approx(stats.ks_2samp(one, two, method="asymp").statistic, abs=0.015)
    sd = float(one.std())
    assert found.distances["wasserstein"] / sd == pytest.approx(stats.wasserstein_distance(one, two) / sd, abs=0.01)
    assert "mean rose from 999.99" in found.words or "mean rose from 1000" in found.words
    assert compared(one, 1000 + spread * SAME["normal"], STALE).p_value > 0.01


def test_of_a_narrow_column_far_from_a_stale_centre_a_wider_spread_is_not_seen():
    """The limit of fixed centres; `like` a newer profile there is no such column."""
    one, two = 1000 + 0.001 * BEFORE["normal"], 1000 + 0.002 * SAME["normal"]
    assert compared(one, two, STALE).effect < 0.02
    assert compared(one, two).effect > 0.1


def test_constants_within_one_bin_are_told_apart_by_their_values():
    one, two = np.full(500, 1000.0), np.full(500, 1000.25)
    found = compared(one, two, STALE)
    assert (found.distances["ks"], found.distances["wasserstein"]) == (1.0, 0.25)
    assert compared(one, one, STALE).effect == 0.0
    for value in (0.1, 1 / 3, 1e15 + 0.3):  # sums of equal numbers are rounded differently
        assert compared(np.full(499, value), np.full(1000, value), STALE).p_value > 0.8
