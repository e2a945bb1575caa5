"""From model files to specs: one, all of a folder, one by its name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pydantic import ValidationError

from leeway.alerts.defaults import DEFAULTS, check_defaults, with_defaults
from leeway.document import problem_of, read_document
from leeway.errors import SpecError, did_you_mean
from leeway.kinds import explained
from leeway.spec.model import ModelSpec

if TYPE_CHECKING:
    from pathlib import Path


def load_spec(path: Path) -> ModelSpec:
    """Read a model file. The code that it names in 'features' is not looked at; ``spec.features`` does that.

    Raises:
        SpecError: with every problem of the file, each with its field, line and what is allowed.
    """
    document = read_document(path)
    try:
        spec = ModelSpec.model_validate(with_defaults(document.value, path.parent)).placed(path)
    except ValidationError as error:
        lines = explained(ModelSpec, error).errors(include_url=False)
        raise SpecError.gather([problem_of(line, document, path, model=path.stem) for line in lines]) from None
    if spec.name != path.stem:
        raise SpecError(
            f"the model is called {spec.name!r} but its file {path.name!r}",
            code="SPEC006",
            file=f"{path}:{document.line_of(('name',))}",
            field="name",
            do="Make them equal.",
        )
    return spec


def model_files(folder: Path) -> dict[str, Path]:
    """Find all model files: name -> path, in alphabetical order; none where there is no such folder."""
    found = sorted(os.listdir(folder)) if folder.is_dir() else []  # noqa: PTH208  paths sort far slower than names
    files = [file for file in found if file.endswith(".yaml") and not file.startswith(".") and file != DEFAULTS]
    return {file.removesuffix(".yaml"): folder / file for file in files}


def load_specs(folder: Path) -> tuple[dict[str, ModelSpec], list[SpecError]]:
    """Read all model files of a folder: the good ones by name, and the errors of the others."""
    specs, errors = {}, []
    for name, path in model_files(folder).items():
        try:
            specs[name] = load_spec(path)
        except SpecError as error:
            errors.append(error)
    errors += check_defaults(folder)
    errors += [
        SpecError("a model file ends in .yaml, not .yml", code="SPEC008", file=path, do="Rename it.")
        for path in sorted(folder.glob("[!.]*.yml"))
    ]
    return specs, errors


def find_spec(folder: Path, name: str) -> ModelSpec:
    """Read one model's file by the model's name.

    Raises:
        SpecError: if there is none or it is wrong.
    """
    files = model_files(folder)
    if name not in files:
        raise SpecError(f"there is no model {name!r} in {folder}; {did_you_mean(name, files)}", code="SPEC007")
    return load_spec(files[name])
