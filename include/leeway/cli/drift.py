"""``drift`` and ``profile``: two tables compared without a model file, a catalog or Airflow."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leeway.cli.options import Json
from leeway.cli.output import figure, give, progress, table
from leeway.facts.plain import Facts

if TYPE_CHECKING:
    from rich.console import RenderableType

    from leeway.profiles.layout import Layout
    from leeway.profiles.profile import Profile
    from leeway.profiles.verdict import Judged, Verdict

DRIFTED = 3
"""Exit code of `drift` when something is flagged; 2 is an error."""
TOGETHER = "together"
DRAWN_ROWS = 20_000
JOINT_TESTS = ("correlation", "classifier")
_UNTESTED: Facts = {
    **dict.fromkeys(("test", "statistic", "p_value", "effect", "interval", "threshold", "direction")),
    "flagged": False,
    "distances": {},
}
"""A column in which there is nothing to test, such as moments without gaps."""


def drift(
    reference: Annotated[Path, typer.Option("--reference", "-r", help="What is known: Parquet, CSV or a profile.")],
    current: Annotated[Path, typer.Option("--current", "-c", help="What is judged: Parquet, CSV or a profile.")],
    target: Annotated[str | None, typer.Option(help="Column with the labels.")] = None,
    prediction: Annotated[str | None, typer.Option(help="Column with the model's predictions.")] = None,
    time: Annotated[str | None, typer.Option(help="Column with the time; rows are in its order.")] = None,
    budget: Annotated[float, typer.Option(min=0.01, max=50, help="False alarms accepted per 100 comparisons.")] = 5.0,
    floor: Annotated[float, typer.Option(min=0, max=1, help="Smallest difference that counts, in rows.")] = 0.02,
    html: Annotated[Path | None, typer.Option(help="Also write a report.", metavar="FILE")] = None,
    as_json: Json = False,
) -> None:
    """Say whether a table has drifted from another, in what, and how sure that is. Exit code 3 if it has."""
    # The matrices are small: threads for them would cost more than they save. Before numpy is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from leeway.profiles.verdict import judge

    if bool(target) != bool(prediction):
        raise typer.BadParameter("name both --target and --prediction, or neither")
    without = {time} if time else set()
    with progress(quiet=as_json) as step:
        known, found = _both(reference, current, without, step)
    verdict = judge(known, found, budget=budget, floor=floor)
    loss = _loss_change(reference, current, target, prediction) if target and prediction else None
    drifted = verdict.drift or bool(loss and loss["flagged"])
    facts = _facts(verdict, known, found) | {"drift": drifted, "loss": loss}
    if html is not None:
        _write_report(html, verdict, reference, current)
    give(facts, _show, as_json=as_json)
    if drifted:
        raise typer.Exit(DRIFTED)


def profile(
    files: Annotated[list[Path], typer.Argument(help="A table; or the word merge and profiles.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the profile.")],
    like: Annotated[Path | None, typer.Option(help="A profile of an earlier table, to be merged or compared.")] = None,
    as_json: Json = False,
) -> None:
    """Write the profile of a table: `profile FILE -o P`. Add profiles up: `profile merge P1 P2 -o P`."""
    from leeway.profiles.profile import Profile
    from leeway.profiles.scanning import SUFFIX, is_profile
    from leeway.profiles.storage import to_bytes

    merging = len(files) > 1 and str(files[0]) == "merge"
    if len(files) > 1 and not merging:
        raise typer.BadParameter("to add up several files, write: leeway profile merge FILE FILE -o WHOLE.profile")
    if not is_profile(output):
        raise typer.BadParameter(f"the output has to end in {SUFFIX}, by which other commands know what it is")
    layout = _profile(like, None, set(), None).layout if like else None
    parts = []
    with progress(quiet=as_json) as step:
        for file in files[1:] if merging else files:
            parts.append(_profile(file, layout, set(), step))
            layout = layout or parts[0].layout
    whole = Profile.merge_all(parts)
    data = to_bytes(whole)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(data)
    facts = {"output": str(output), "bytes": len(data), "rows": whole.rows, "columns": len(whole.columns)}
    give(facts, _show_profile, as_json=as_json)


def _both(reference: Path, current: Path, without: set[str], step: Any) -> "tuple[Profile, Profile]":
    """Profile both tables alike: one that is a profile already says how the other one is counted.

    Raises:
        ProfileError: PRO304 if one has no rows: nothing can be said then.
    """
    from leeway.errors import ProfileError
    from leeway.profiles.scanning import is_profile

    first, second = (current, reference) if is_profile(current) and not is_profile(reference) else (reference, current)
    profiles = {first: _profile(first, None, without, step)}
    profiles[second] = _profile(second, profiles[first].layout, without, step)
    for path, found in profiles.items():
        if not found.rows:
            raise ProfileError(
                "the table has no rows", code="PRO304", file=path, do="There is nothing to compare; was it written?"
            )
    return profiles[reference], profiles[current]


def _profile(path: Path, like: "Layout | None", without: set[str], step: Any) -> "Profile":
    from leeway.profiles.scanning import profile_file

    return profile_file(path, like, without=without, progress=step(f"reading {path.name}") if step else None)


def _facts(verdict: "Verdict", known: "Profile", found: "Profile") -> Facts:
    """The verdict as JSON: one entry per column, also for those that no test suits."""
    judged = verdict.by_subject()
    columns = [_subject(name, judged.pop(name, ())) for name in dict.fromkeys((*known.columns, *found.columns))]
    together = [_subject(name, about) for name, about in judged.items()]
    return {
        "rows": {"reference": known.rows, "current": found.rows},
        "budget": verdict.budget,
        "floor": verdict.floor,
        "columns": columns,
        TOGETHER: together,
    }


def _subject(name: str, judged: "Sequence[Judged]") -> Facts:
    """All findings about a column, and the one that decided."""
    findings = [_finding(one) for one in sorted(judged, key=lambda one: (not one.flagged, one.finding.p_value))]
    decided = findings[0] if findings else _UNTESTED | {"sentence": f"`{name}`: nothing to compare"}
    return {"name": name, **decided, "findings": findings}


def _finding(judged: "Judged") -> Facts:
    finding = judged.finding
    return {
        "flagged": judged.flagged,
        "test": finding.test,
        "statistic": finding.statistic,
        "p_value": finding.p_value,
        "effect": finding.effect,
        "interval": [finding.low, finding.high],
        "threshold": judged.threshold,
        "direction": finding.direction,
        "sentence": finding.sentence,
        "distances": finding.distances,
    }


def _loss_change(reference: Path, current: Path, target: str, prediction: str) -> Facts:
    from leeway.evaluation.change import loss_change
    from leeway.profiles.scanning import read_columns

    sides = [read_columns(path, [target, prediction]) for path in (reference, current)]
    change = loss_change(*((side[target], side[prediction]) for side in sides))
    return {
        "name": change.loss,
        "reference": change.before,
        "current": change.now,
        "interval": [change.low, change.high],
        "statistic": change.z,
        "p_value": change.p_value,
        "flagged": change.flagged,
        "sentence": change.sentence,
    }


def _write_report(html: Path, verdict: "Verdict", reference: Path, current: Path) -> None:
    """Draw the flagged columns, where the rows are at hand: a profile has none."""
    from leeway.detectors.data import signal_of
    from leeway.reports.evidently import drift_report

    signals = [signal_of(judged, "drift", "data") for judged in verdict.findings]
    names = {finding.subject for finding in verdict.flagged if finding.test not in ("absent", "added", *JOINT_TESTS)}
    page = drift_report(
        _rows(reference, names),
        _rows(current, names),
        signals=signals,
        title=f"{current.name} against {reference.name}",
        max_rows=DRAWN_ROWS,
        seed=0,
    )
    html.parent.mkdir(parents=True, exist_ok=True)
    html.write_bytes(page)


def _rows(path: Path, names: set[str]) -> Any:
    import pandas as pd

    from leeway.profiles.scanning import is_profile, read_columns

    if is_profile(path) or not names:
        return pd.DataFrame()
    return read_columns(path, sorted(names), DRAWN_ROWS).to_pandas()


def _show(facts: Facts) -> Iterator["RenderableType"]:
    subjects = [entry for entry in (*facts["columns"], *facts[TOGETHER]) if entry["flagged"]]
    flagged = [finding for entry in subjects for finding in entry["findings"] if finding["flagged"]]
    rows = facts["rows"]
    yield f"{rows['current']:,} rows against {rows['reference']:,}, {len(facts['columns'])} columns"
    if facts["loss"]:
        yield facts["loss"]["sentence"]
    if not flagged:
        yield "No drift." if not facts["drift"] else "No drift in the columns."
        return
    yield table(
        "what",
        "test",
        "effect>",
        "p>",
        rows=[(e["sentence"], e["test"], figure(e["effect"]), f"{e['p_value']:.1e}") for e in flagged],
    )
    yield f"{len(subjects)} flagged; without any drift, at most {facts['budget']:g} of 100 comparisons flag something."


def _show_profile(facts: Facts) -> Iterator["RenderableType"]:
    yield f"{facts['rows']:,} rows of {facts['columns']} columns in {facts['bytes']:,} bytes: {facts['output']}"
