"""``check``, ``schema`` and ``status``: what the model files say, and how the models are."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from leeway.cli import access
from leeway.cli.options import AnyModel, Json
from leeway.cli.output import coloured, give, listed, pairs, short, span, table, version
from leeway.facts.plain import Facts, explained, sentence

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from leeway.errors import SpecError
    from leeway.spec import ModelSpec


def check(as_json: Json = False) -> None:
    """Read every model file and say all that is wrong with them, at once."""
    good, problems = checked(access.models_folder())
    give({"good": good, "problems": [explained(problem) for problem in problems]}, _show_check, as_json=as_json)
    if problems:
        raise typer.Exit(1)


def checked(folder: "Path") -> tuple[list[str], list["SpecError"]]:
    """Read the model files of a folder, the features files that they name, and their expectations.

    Returns:
        The names of the good models, and every problem of the others.
    """
    from leeway.errors import SpecError
    from leeway.spec import load_specs

    specs, errors = load_specs(folder)
    good, problems = [], [problem for error in errors for problem in (error.problems or (error,))]
    for name, spec in specs.items():
        try:
            _ = spec.features  # imports the file: reading the model file alone does not
            _check_expectations(spec)
            good.append(name)
        except SpecError as error:
            problems.extend(error.problems or (error,))
    if not good and not problems:
        problems.append(SpecError("there are no model files", code="SPEC009", file=folder, do="Write one."))
    return good, problems


def _check_expectations(spec: "ModelSpec") -> None:
    """Look at the arguments of a model's expectations, which costs an import of Great Expectations.

    Raises:
        SpecError: with every problem, each with its line.
    """
    from leeway.document import read_document
    from leeway.errors import SpecError
    from leeway.expectations import check_expectations

    if not spec.data.expectations:
        return
    try:
        check_expectations(spec.data.expectations, spec.data.raw_columns, model=spec.name)
    except SpecError as error:
        document = read_document(spec.path)
        for problem in error.problems or (error,):
            place = ("data", "expectations", int(problem.where.pop("entry")))
            problem.where["file"] = f"{spec.path}:{document.line_of(place)}"
            problem.where["field"] = ".".join(map(str, place))
        raise


def _show_check(facts: Facts) -> Iterator["RenderableType"]:
    from rich.text import Text

    for problem in facts["problems"]:
        where = dict(problem["where"])
        file, field = where.pop("file", ""), where.pop("field", "")
        said = f"{file}: [{problem['code']}] {field + ': ' if field else ''}{problem['message']}"
        yield Text(f"{said}. {problem['do']}" if problem["do"] else said, overflow="fold")
    good, bad = len(facts["good"]), len(facts["problems"])
    if bad:
        yield Text(
            f"{bad} problem{'s' if bad > 1 else ''}; good models: {', '.join(facts['good']) or 'none'}", style="bold"
        )
    else:
        yield f"{good} model{'s are' if good > 1 else ' is'} good: {', '.join(facts['good'])}"


def schema(as_json: Json = False) -> None:  # noqa: ARG001 - a schema has no other spelling
    """Print the JSON Schema of model files, for editors: completion and checks while typing."""
    from leeway.spec import ModelSpec

    made = ModelSpec.model_json_schema()
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    typer.echo(json.dumps(made, indent=2, ensure_ascii=False))


def status(model: AnyModel = None, as_json: Json = False) -> None:
    """Say for each model how it is, who serves, what was decided last, what is open, and when the next run is."""
    from leeway.facts.status import statuses_of

    specs, broken = access.specs_of(model)
    ws = access.workspace()
    facts = {"models": statuses_of(ws, specs), "broken": [explained(error) for error in broken]}
    give(facts, _show_one if model is not None else _show_all, as_json=as_json)


def _show_all(facts: Facts) -> Iterator["RenderableType"]:
    rows = [
        (
            found["model"],
            coloured(found["health"]),
            _since(found["champion"]),
            short((found["last_window"] or {}).get("start")),
            coloured((found["decision"] or {}).get("action", "-")),
            str(len(found["flagged"])),
            "; ".join(_open(found)) or "-",
            short((found["next_window"] or {}).get("end")),
        )
        for found in facts["models"]
    ]
    if rows:
        yield table("model", "health", "champion", "last window", "decision", "flagged>", "open", "next run", rows=rows)
    for problem in facts["broken"]:
        yield f"broken: {problem['where'].get('file', '')} {problem['message']}"
    yield from listed((), otherwise="There are no models.") if not rows and not facts["broken"] else ()


def _show_one(facts: Facts) -> Iterator["RenderableType"]:
    (found,) = facts["models"]
    decision = found["decision"]
    yield pairs(
        [
            ("model", f"{found['model']}: {found['description']}"),
            ("health", coloured(found["health"])),
            ("", found["health_sentence"]),
            ("champion", _since(found["champion"])),
            ("last window", span(found["last_window"])),
            ("decision", coloured(decision["action"]) if decision else "-"),
            ("", decision["sentence"] if decision else "Nothing was decided yet."),
            ("flagged", "\n".join(signal["sentence"] for signal in found["flagged"]) or "-"),
            ("open", "\n".join(sentence(text) for text in _open(found)) or "-"),
            ("next run", short((found["next_window"] or {}).get("end"))),
        ]
    )


def _since(champion: Facts | None) -> str:
    if champion is None:
        return "none yet"
    return f"{version(champion['version'])}, {champion['windows']} windows"


def _open(found: Facts) -> Iterator[str]:
    if found["open_retrain"] is not None:
        yield f"retrain of {short(found['open_retrain']['start'])} is not finished"
    if found["open_roll_back"] is not None:
        yield f"roll back of {short(found['open_roll_back']['start'])} is not done"
    if found["frozen"] is not None:
        yield f"frozen by {found['frozen']['by']}: {found['frozen']['reason']}"
    if found["waiting_challenger"] is not None:
        yield f"{version(found['waiting_challenger'])} waits for approval"
