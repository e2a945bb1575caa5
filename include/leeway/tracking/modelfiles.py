"""The MLflow model that is put around a folder of model files, so that ``mlflow.pyfunc.load_model`` can load it."""

from __future__ import annotations

import hashlib
import platform
import shutil
from typing import TYPE_CHECKING, Any

from leeway.canonical import canonical_json
from leeway.errors import TrackingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mlflow.entities import LoggedModel
    from mlflow.models import ModelSignature

LOADER = "leeway.trainers.artifact"
"""Module whose ``_load_pyfunc(folder)`` makes a model of the files; MLflow imports it where the model is loaded."""
FILES = "data/model"
"""Where the model's own files lie among the artifacts."""
_TYPES = {
    "int": "long",
    "int64": "long",
    "float": "double",
    "float64": "double",
    "string": "string",
    "str": "string",
    "object": "string",
    "boolean": "boolean",
    "bool": "boolean",
    "timestamp": "datetime",
}
"""Type of a column, as leeway or pandas calls it -> as MLflow does. Call an integer that may be missing ``float``:
pandas hands it over as one, and MLflow refuses a float where it was told of an integer."""


def digest_of(folder: Path) -> str:
    """Digest over the names and bytes of all files below a folder."""
    total = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(
            f"{file.relative_to(folder).as_posix()}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode()
        )
    return total.hexdigest()


def signature(columns: Mapping[str, str]) -> ModelSignature:
    """What the model takes and gives, from the names and types of its feature columns.

    Raises:
        TrackingError: if a type is unknown.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    for name, kind in columns.items():
        if kind not in _TYPES:
            known = ", ".join(_TYPES)
            raise TrackingError(f"type {kind!r} has no counterpart in MLflow", column=name, do=f"Use one of: {known}.")
    inputs = Schema([ColSpec(_TYPES[kind], name, required=True) for name, kind in columns.items()])
    return ModelSignature(inputs=inputs, outputs=Schema([ColSpec("double", "prediction")]))


def write(
    target: Path,
    folder: Path,
    logged: LoggedModel,
    *,
    columns: Mapping[str, str],
    requirements: Sequence[str],
    metadata: Mapping[str, Any],
) -> None:
    """Write the MLflow model around the files of ``folder``.

    Done by hand rather than by ``mlflow.pyfunc.save_model``, which wants an input example (rows of data) and loads the
    model to find out what is known already.

    Args:
        target: folder to write; it does not exist.
        folder: the model's own files.
        logged: the logged model that this will be.
        columns: feature -> type.
        requirements: pip requirements, pinned.
        metadata: facts that travel with the files.
    """
    from mlflow import pyfunc
    from mlflow.models import Model

    shutil.copytree(folder, target / FILES)
    (target / "requirements.txt").write_text("".join(f"{line}\n" for line in requirements))
    environment = {"python": platform.python_version(), "dependencies": ["-r requirements.txt"]}
    (target / "python_env.yaml").write_text(canonical_json(environment))  # JSON is YAML
    model = Model(
        artifact_path=logged.artifact_location,
        run_id=logged.source_run_id,
        model_id=logged.model_id,
        model_uuid=logged.model_id,
        signature=signature(columns),
        metadata=dict(metadata),
    )
    pyfunc.add_to_model(model, loader_module=LOADER, data=FILES, python_env="python_env.yaml")
    model.save(str(target / "MLmodel"))
