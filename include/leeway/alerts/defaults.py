"""``_alerts.yaml``: the alerts of all models of a folder, where their own files do not say otherwise."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from leeway.alerts.rules import Alerts
from leeway.document import problem_of, read_document
from leeway.errors import SpecError
from leeway.kinds import explained

if TYPE_CHECKING:
    from pathlib import Path

DEFAULTS: Final = "_alerts.yaml"


def with_defaults(value: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The content of a model file with the folder's alerts put in, key by key, where it does not say otherwise.

    A file of defaults that is wrong counts as none: it must not keep a model from being watched.
    """
    own = value.get("alerts", {})
    try:
        shared = _shared(folder)
    except SpecError:
        return value
    return {**value, "alerts": {**shared, **own}} if shared and isinstance(own, dict) else value


def check_defaults(folder: Path) -> list[SpecError]:
    """What is wrong with a folder's alerts."""
    try:
        _shared(folder)
    except SpecError as error:
        return [error]
    return []


def _shared(folder: Path) -> dict[str, Any]:
    path = folder / DEFAULTS
    try:
        stamp = path.stat()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SpecError(f"cannot be read: {error.strerror}", code="SPEC001", file=path) from error
    return _read(path, stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int, _size: int) -> dict[str, Any]:
    """Read and check the file, once for all models that are read after one another."""
    document = read_document(path)
    try:
        Alerts.model_validate(document.value)
    except ValidationError as error:
        lines = explained(Alerts, error).errors(include_url=False)
        raise SpecError.gather([problem_of(line, document, path) for line in lines]) from None
    return document.value
