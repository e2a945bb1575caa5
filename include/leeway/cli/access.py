"""From the names that a person types to the deployment, its models and its windows."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from leeway.errors import SpecError, TurnError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from leeway.core import Window
    from leeway.settings import Settings
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def deployment() -> Settings:
    """The settings; with a local stack running in the home, those of that stack.

    Raises:
        SpecError: SPEC051 if a variable holds what it cannot; its value is not shown, it may be a secret.
    """
    from leeway.cli import local
    from leeway.settings import settings

    local.join(settings().home)
    return settings()


def models_folder() -> Path:
    """The folder of model files.

    Raises:
        SpecError: SPEC009 if there is no such folder.
    """
    folder = deployment().models
    if not folder.is_dir():
        raise SpecError(
            "there is no folder of model files here",
            code="SPEC009",
            do="Go to the project's folder, or name it with --models or LEEWAY_MODELS.",
            file=folder,
        )
    return folder


def spec_of(name: str) -> ModelSpec:
    """One model.

    Raises:
        SpecError: if there is none of this name or its file is wrong.
    """
    from leeway.spec import find_spec

    return find_spec(models_folder(), name)


def specs_of(name: str | None) -> tuple[Sequence[ModelSpec], list[SpecError]]:
    """One model, or all good ones and what is wrong with the others."""
    from leeway.spec import load_specs

    if name is not None:
        return [spec_of(name)], []
    specs, errors = load_specs(models_folder())
    return list(specs.values()), errors


def workspace() -> Workspace:
    """The catalog, the store and MLflow."""
    from leeway.workspace import Workspace

    return Workspace.open(deployment())


def complete_window(spec: ModelSpec, text: str) -> Window:
    """The window of a date or time that a stage may work on.

    Raises:
        SpecError: if the text is no time, or the schedule has no window there.
        TurnError: TRN012 if the window is not over: its data are not complete.
    """
    from leeway.spec import parse_window

    window = parse_window(spec, text)
    if not spec.schedule.knows(window):
        raise SpecError(
            f"{window} is not a window of the schedule",
            code="SPEC055",
            model=spec.name,
            do=f"The first one is {spec.schedule.first}.",
        )
    if window.end > datetime.now(UTC):
        raise TurnError(
            "the window is not over yet", code="TRN012", model=spec.name, window=window, do="Wait for its end."
        )
    return window


def newest_complete(spec: ModelSpec) -> Window:
    """The last window of the schedule that is over.

    Raises:
        TurnError: TRN012 if none is.
    """
    window, first = spec.schedule.newest_complete(datetime.now(UTC)), spec.schedule.first
    if window < first:
        raise TurnError("the first window is not over yet", code="TRN012", model=spec.name, window=first)
    return window


def user() -> str:
    """Who runs this program, for the ledger."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"uid {os.getuid()}"
