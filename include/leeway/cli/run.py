"""``run``: the verbs by hand, over the same functions that Airflow calls."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from leeway.cli import access
from leeway.cli.history import show_decisions, show_evaluations
from leeway.cli.options import AsOf, Json, ModelOption, Until, WindowOption
from leeway.cli.output import give, screen, short, version
from leeway.facts.plain import Facts, sentence

if TYPE_CHECKING:
    from rich.console import RenderableType

    from leeway.core import Decision, Window
    from leeway.replay import Progress
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

app = typer.Typer(no_args_is_help=True, help="Do by hand what Airflow does on its schedule.")


class _Stage(NamedTuple):
    """A stage of one window: its help, its work, whether it waits for its turn, and its result in a sentence."""

    about: str
    work: "Callable[[Workspace, ModelSpec, Window], Any]"
    in_turn: bool
    say: Callable[[Any], str]


def _ingest(ws: "Workspace", spec: "ModelSpec", window: "Window") -> Any:
    from leeway.stages.ingest import ingest

    return ingest(ws, spec, window)


def _validate(ws: "Workspace", spec: "ModelSpec", window: "Window") -> Any:
    from leeway.stages.ingest import ingest
    from leeway.stages.validate import validate

    return validate(ws, spec, window, ingest(ws, spec, window))


def _score(ws: "Workspace", spec: "ModelSpec", window: "Window") -> Any:
    from leeway.stages.score import score

    return score(ws, spec, window)


def _measure(ws: "Workspace", spec: "ModelSpec", window: "Window") -> Any:
    from leeway.stages.measure import measure

    revision, measurement = measure(ws, spec, window)
    return {"revision": revision, **measurement.model_dump()}


def _decide(ws: "Workspace", spec: "ModelSpec", window: "Window") -> Any:
    from leeway.facts.history import decision_facts
    from leeway.stages.decide import decide

    return decision_facts(decide(ws, spec, window))


def _say_ingest(result: Any) -> str:
    if result["refused"]:
        return f"refused: {result['refused']}"
    return f"{result['rows']} rows are stored, not published yet; {result['labels']} labels became known"


def _say_validate(result: Any) -> str:
    return f"{result['state']}: {result['reason'] or str(result['rows']) + ' rows'}"


def _say_score(result: Any) -> str:
    if result is None:
        return "nothing to score: no champion yet, or the data are quarantined"
    return f"{result['rows']} rows scored by {version(result['champion'])}"


def _say_measure(result: Any) -> str:
    flagged = [signal["subject"] for signal in result["signals"] if signal["flagged"]]
    return f"{result['status']}, revision {result['revision']}; flagged: {', '.join(flagged) or 'nothing'}"


def _say_decide(result: Any) -> str:
    return f"decision: {result['action']}. {result['sentence']}"


STAGES = {
    "ingest": _Stage(
        "Read and store a window's rows, and publish the labels that became known.", _ingest, False, _say_ingest
    ),
    "validate": _Stage("Ingest again and hold the rows against their expectations.", _validate, False, _say_validate),
    "score": _Stage("Let the champion as of the window's start predict.", _score, True, _say_score),
    "measure": _Stage(
        "Profile a window, look for drift, judge the champion on new labels.", _measure, True, _say_measure
    ),
    "decide": _Stage("Decide about a measured window, once and for all.", _decide, True, _say_decide),
}


def _command(name: str, stage: _Stage) -> Callable[..., None]:
    def command(model: ModelOption, window: WindowOption, as_json: Json = False) -> None:
        from leeway import turns

        spec, ws = access.spec_of(model), access.workspace()
        found = access.complete_window(spec, window)
        if stage.in_turn:
            turns.check(ws.catalog, spec, found)
        facts = {"model": spec.name, "stage": name, "window_start": found.start, "window_end": found.end}
        facts["result"] = stage.work(ws, spec, found)
        give(facts, lambda said: [sentence(stage.say(said["result"]))], as_json=as_json)

    return command


for _name, _stage in STAGES.items():
    app.command(_name, help=_stage.about)(_command(_name, _stage))


@app.command("window")
def window_(model: ModelOption, window: WindowOption, as_json: Json = False) -> None:
    """Do everything for a window: what is open before it, its stages in order, and the retrain that it asks for."""
    from leeway.replay import advance

    spec, ws = access.spec_of(model), access.workspace()
    found = access.complete_window(spec, window)
    made: list[Decision] = []
    advance(ws, spec, found, made.append)
    give(_facts(ws, spec, made), _show_made, as_json=as_json)


@app.command("all")
def all_(model: ModelOption, until: Until = None, as_json: Json = False) -> None:
    """Replay every window that is not decided yet, oldest first, with the retrains they ask for."""
    from leeway import turns
    from leeway.replay import advance, finish

    spec, ws = access.spec_of(model), access.workspace()
    last = access.complete_window(spec, until) if until is not None else access.newest_complete(spec)
    head = ws.catalog.head(spec.name)
    windows = [*turns.undecided(ws.catalog, spec, last)]
    if head is None or head < last:
        windows.append(last)
    made: list[Decision] = []
    with _progress(spec.name, len(windows), quiet=as_json) as told:

        def note(decision: "Decision") -> None:
            made.append(decision)
            told(decision)

        for window in windows:
            advance(ws, spec, window, note)
        finish(ws, spec, spec.schedule.after(last))
    give(_facts(ws, spec, made), _show_made, as_json=as_json)


@app.command("retrain")
def retrain(model: ModelOption, as_of: AsOf = None, as_json: Json = False) -> None:
    """Train challengers now, whatever was detected; the best one serves if it passes every gate."""
    from leeway.core import Reason
    from leeway.outcome import as_of as decided_end
    from leeway.replay import run_retrain

    spec, ws = access.spec_of(model), access.workspace()
    moment = decided_end(ws, spec, as_of)
    request = f"cli:{access.user()}:{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    evaluation = run_retrain(ws, spec, moment, reasons=(Reason.REQUESTED,), request=request)
    facts = {"model": spec.name, "evaluation": evaluation, "champion": ws.catalog.champion(spec.name)}
    give(facts, lambda said: [show_evaluations([said["evaluation"]]), _serving(said)], as_json=as_json)


def _facts(ws: "Workspace", spec: "ModelSpec", made: "list[Decision]") -> Facts:
    from leeway.facts.history import decision_facts

    decisions = [decision_facts(decision) for decision in made]
    return {"model": spec.name, "decisions": decisions, "champion": ws.catalog.champion(spec.name)}


def _show_made(facts: Facts) -> "Iterator[RenderableType]":
    decisions = facts["decisions"]
    telling = [found for found in decisions if found["action"] != "none"] if len(decisions) > 1 else decisions
    if telling:
        yield show_decisions(telling)
    if not decisions:
        yield f"Nothing to do: every complete window of {facts['model']} is decided."
    elif len(decisions) > 1:
        first, last = decisions[0]["window_start"], decisions[-1]["window_start"]
        yield f"{len(decisions)} windows decided, {short(first)} to {short(last)}; all others: none."
    yield _serving(facts)


def _serving(facts: Facts) -> str:
    champion = facts["champion"]
    return (
        "There is no champion yet." if champion is None else f"{version(champion)} is the champion of {facts['model']}."
    )


@contextmanager
def _progress(name: str, windows: int, *, quiet: bool) -> "Iterator[Progress]":
    """A bar on stderr that moves with every decision; nothing when a machine listens or stderr is no terminal."""
    console = screen(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task(name, total=windows)

        def told(decision: "Decision") -> None:
            about = f"{name} {decision.window.start:%Y-%m-%d} {decision.action}"
            bar.update(task, advance=1, description=about)

        yield told
