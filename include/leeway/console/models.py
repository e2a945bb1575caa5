"""The deployment and its model files, as the console sees them: read once, and again when a file has changed."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from threading import Lock, Thread
from typing import TYPE_CHECKING, Annotated, NamedTuple

from fastapi import Depends

from leeway.alerts.defaults import DEFAULTS
from leeway.console.access import Readable, User, no_model
from leeway.errors import LeewayError, SpecError
from leeway.settings import settings
from leeway.spec import ModelSpec, load_spec, model_files
from leeway.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path


class _Read(NamedTuple):
    stamp: tuple[int, ...]
    found: ModelSpec | SpecError


_read: dict[str, _Read] = {}
_lock = Lock()


def specs() -> tuple[dict[str, ModelSpec], list[SpecError]]:
    """All model files of the deployment: the good ones by name, and the errors of the others."""
    with _lock:
        files = model_files(settings().models)
        for gone in _read.keys() - files.keys():
            del _read[gone]
        shared = _stamp(settings().models / DEFAULTS)
        found = {name: _current(name, path, shared) for name, path in files.items()}
    good = {name: spec for name, spec in found.items() if not isinstance(spec, SpecError)}
    return good, [error for error in found.values() if isinstance(error, SpecError)]


def read_ahead() -> None:
    """Begin to read the model files, while nobody waits for them: 500 take seconds the first time.

    What is wrong with the deployment is told to whoever asks for a model.
    """

    def read() -> None:
        with suppress(LeewayError):
            specs()

    Thread(target=read, name="leeway-models", daemon=True).start()


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes when somebody writes or replaces a file; nothing if there is none."""
    try:
        about = path.stat()
    except OSError:
        return ()
    return about.st_dev, about.st_ino, about.st_mtime_ns, about.st_size


def _current(name: str, path: Path, shared: tuple[int, ...]) -> ModelSpec | SpecError:
    """What a file says now; as long as it and the folder's alerts have their stamps, it is not read again."""
    stamp = (*_stamp(path), *shared)
    if (known := _read.get(name)) is not None and known.stamp == stamp:
        return known.found
    try:
        found: ModelSpec | SpecError = load_spec(path)
    except SpecError as error:
        found = error
    _read[name] = _Read(stamp, found)
    return found


def readable_spec(model: Readable, user: User) -> ModelSpec:
    """The model file of a model that the person may see.

    Raises:
        SpecError: SPEC007 if there is none, or what is wrong with it.
    """
    folder = settings().models
    path = model_files(folder).get(model)
    if path is None:
        raise no_model(model, user)
    with _lock:
        found = _current(model, path, _stamp(folder / DEFAULTS))
    if isinstance(found, SpecError):
        raise found
    return found


Spec = Annotated[ModelSpec, Depends(readable_spec)]
"""The model file of a model that the person may see."""


@lru_cache(maxsize=1)
def workspace() -> Workspace:
    """The catalog, the store and MLflow; one for the process."""
    return Workspace.open()


Ws = Annotated[Workspace, Depends(workspace)]
