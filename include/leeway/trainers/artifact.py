"""A model's files: written once, hashed together, and read only after every byte was checked.

A model is a folder of plain files and ``model.json``, which names the format and the columns. Its digest covers all of
them. `load` reads each file once, compares the digest, and only then interprets the bytes it has in memory, so nothing
can be exchanged in between. No format runs code: JSON, safetensors, and skops with an allow-list.

MLflow loads a model by ``loader_module: leeway.trainers.artifact``, see `_load_pyfunc`.
"""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leeway.canonical import canonical_json, digest
from leeway.core import Task
from leeway.errors import ArtifactError, LeewayError
from leeway.kinds import load as import_path
from leeway.trainers.tabular import ColumnKind, aligned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pandas as pd

    from leeway.trainers.base import Fitted

MODEL = "model.json"
FORMATS = {
    "baseline": "leeway.trainers.baseline:Baseline",
    "recalibrated": "leeway.trainers.recalibrated:Recalibrated",
    "sklearn": "leeway.trainers.sklearn:SklearnFitted",
    "torch": "leeway.trainers.torch:TorchFitted",
}
"""Format -> class with ``load(files, *, trusted)``. Another class is its own format, ``module:Class``."""
PACKAGES = ("numpy", "pandas", "scikit-learn", "skops", "torch")
"""Recorded with a model, because reading it with other versions may fail."""


@dataclass(frozen=True, kw_only=True)
class StoredModel:
    """A model from its files: refuses rows that do not fit and predictions that are not numbers.

    ``columns`` maps a feature to its type (float64, int64, bool, string), in the order that the model reads them.
    """

    fitted: Fitted
    task: Task
    columns: dict[str, str]

    def predict(self, features: pd.DataFrame) -> np.ndarray[Any, Any]:
        """Score rows, float64 of shape (rows,).

        Raises:
            ArtifactError: if a column is missing or of another type, or a prediction is not a finite number (binary:
                not between 0 and 1).
        """
        import numpy as np

        aligned(features, {name: _column_kind(dtype) for name, dtype in self.columns.items()})
        scores = np.asarray(self.fitted.predict(features[list(self.columns)]), dtype=np.float64)
        if scores.shape != (len(features),):
            raise ArtifactError(f"the model gave {scores.shape} predictions for {len(features)} rows", code="ART030")
        low, high = (0.0, 1.0) if self.task is Task.BINARY else (-np.inf, np.inf)
        bad = int((~np.isfinite(scores) | (scores < low) | (scores > high)).sum())
        if bad:
            raise ArtifactError(f"{bad} of {len(scores)} predictions are not {_meaning(self.task)}", code="ART030")
        return scores

    def save(self, folder: Path) -> None:
        """Write the model's own files, without `MODEL`; use `save` of this module for a complete folder."""
        self.fitted.save(folder)


def save(fitted: Fitted, folder: Path, *, task: Task, columns: Mapping[str, str]) -> str:
    """Write a model into an empty folder and return the digest over its files.

    Args:
        fitted: the model.
        folder: made if it does not exist.
        task: what it predicts.
        columns: feature -> float64, int64, bool or string (object), in the order of training.

    Raises:
        ArtifactError: if the folder is not empty, a type is not allowed, or a column's type is unknown.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ArtifactError("a model is saved into an empty folder only", code="ART021", file=folder)
    for dtype in columns.values():
        _column_kind(dtype)
    fitted.save(folder)
    described = {
        "format": format_of(fitted),
        "task": task,
        "columns": list(columns.items()),
        "made_with": _versions(),
        "files": _hashes(_read(folder)),
    }
    (folder / MODEL).write_text(canonical_json(described), encoding="utf-8")
    return _digest(_read(folder))


def load(folder: Path, expected: str, *, trusted: Sequence[str] = ()) -> StoredModel:
    """Read a model after checking every file against its digest.

    Args:
        folder: what `save` wrote.
        expected: what `save` returned, from the catalog.
        trusted: classes besides the allow-list, from the model file (see `trusted_by`); never from the model.

    Raises:
        ArtifactError: if a file is missing, altered, additional or a link, or holds a type that is not allowed.
    """
    files = _read(folder)
    if _digest(files) != expected:
        raise ArtifactError(
            f"the files are not the ones that were registered{_difference(files)}",
            code="ART020",
            file=folder,
            do="Fetch the model again; if that does not help, roll back to a version whose files are whole.",
        )
    return _build(files, folder, trusted)


def column_types(features: pd.DataFrame) -> dict[str, str]:
    """What `save` wants to know of the columns of training rows: name -> float64, int64, bool or string."""
    import pandas as pd

    types = {}
    for name in features.columns:
        dtype = features[name].dtype
        if pd.api.types.is_numeric_dtype(dtype):  # also bool
            types[str(name)] = {"i": "int64", "u": "int64", "b": "bool"}.get(dtype.kind, "float64")
        else:
            nullable_bool = pd.api.types.infer_dtype(features[name], skipna=True) == "boolean"
            types[str(name)] = "bool" if nullable_bool else "string"
    return types


def trusted_by(trainers: Sequence[Any]) -> tuple[str, ...]:
    """All classes that the trainers of a model file trust besides the allow-list."""
    return tuple(dict.fromkeys(name for trainer in trainers for name in trainer.trusts))


def _load_pyfunc(path: str) -> StoredModel:
    """Let MLflow load a model by ``loader_module``; built-in types only, as MLflow cannot say what else is trusted.

    The hashes inside `MODEL` find damage. They cannot find an attack, as `load` with the catalog's digest does.
    """
    folder = Path(path)
    files = _read(folder)
    difference = _difference(files)
    if difference:
        raise ArtifactError(f"the model's files are damaged{difference}", code="ART020", file=folder)
    return _build(files, folder, ())


def _build(files: Mapping[str, bytes], folder: Path, trusted: Sequence[str]) -> StoredModel:
    try:
        described = json.loads(files[MODEL])
        cls = class_of(described["format"], trusted)
        fitted = cls.load({name: data for name, data in files.items() if name != MODEL}, trusted=trusted)
        return StoredModel(fitted=fitted, task=Task(described["task"]), columns=dict(described["columns"]))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ArtifactError(f"the files do not make a model: {error!r}", code="ART023", file=folder) from error


def class_of(name: str, trusted: Sequence[str]) -> Any:
    """The class that reads a format.

    Raises:
        ArtifactError: if the format is neither built in nor trusted, or cannot be imported.
    """
    if name in FORMATS:
        return import_path(FORMATS[name], what="format")
    if name.replace(":", ".") not in {own.replace(":", ".") for own in trusted}:
        raise ArtifactError(
            f"the model is of format {name!r}, which is not trusted",
            code="ART022",
            do="If it is yours, name it in 'trusted' of the trainer in the model file.",
        )
    try:
        return import_path(name, what="format")
    except LeewayError as error:
        raise ArtifactError(error.what, code="ART023") from error


def format_of(fitted: Fitted) -> str:
    """What a saved model's files say they are: a name of `FORMATS`, or ``module:Class``."""
    own = f"{type(fitted).__module__}:{type(fitted).__qualname__}"
    return next((name for name, path in FORMATS.items() if path == own), own)


def _read(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its relative name. Links and other special files are refused."""
    if not folder.is_dir():
        raise ArtifactError("the model's folder does not exist", code="ART021", file=folder)
    files = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            files[path.relative_to(folder).as_posix()] = path.read_bytes()
        elif not stat.S_ISDIR(mode):
            raise ArtifactError("a model has plain files only, no links", code="ART021", file=path)
    return files


def _hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: digest(data) for name, data in files.items()}


def _digest(files: Mapping[str, bytes]) -> str:
    return digest([list(item) for item in sorted(_hashes(files).items())])


def _difference(files: Mapping[str, bytes]) -> str:
    """Say which files differ from what `MODEL` says, as far as that can be read."""
    try:
        recorded: dict[str, str] = dict(json.loads(files[MODEL])["files"])
    except (KeyError, ValueError, TypeError):
        return f": {MODEL} is missing or broken"
    found = {name: value for name, value in _hashes(files).items() if name != MODEL}
    said = [
        *(f"{name} is missing" for name in sorted(recorded.keys() - found.keys())),
        *(f"{name} is additional" for name in sorted(found.keys() - recorded.keys())),
        *(f"{name} was altered" for name in sorted(found.keys() & recorded.keys()) if found[name] != recorded[name]),
    ]
    return f": {', '.join(said)}" if said else ""


def requirements() -> list[str]:
    """What an environment that loads a model needs, pinned to the versions in use."""
    return [f"{package}=={found.partition('+')[0]}" for package, found in _versions().items()]


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _column_kind(dtype: str) -> ColumnKind:
    kinds = {"float64": ColumnKind.NUMBER, "int64": ColumnKind.NUMBER, "bool": ColumnKind.NUMBER}
    kinds |= {"string": ColumnKind.TEXT, "object": ColumnKind.TEXT, "str": ColumnKind.TEXT}
    if dtype not in kinds:
        raise ArtifactError(f"a feature is of type {', '.join(kinds)}, not {dtype!r}", code="ART011")
    return kinds[dtype]


def _meaning(task: Task) -> str:
    return "probabilities" if task is Task.BINARY else "finite numbers"
