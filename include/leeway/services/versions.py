"""Which versions this deployment is made of, and which its databases were migrated by."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RECORD: Final = "versions"
"""File in the home: what migrated the databases last. A backup takes it along; docker/restore.sh compares it."""


def versions() -> dict[str, str]:
    """What stores something: by name the version, of the catalog the revision of its tables."""
    from leeway import __version__
    from leeway.catalog.migrate import REVISIONS

    packages = {"airflow": "apache-airflow", "mlflow": "mlflow"}
    known = {name: importlib.metadata.version(package) for name, package in packages.items()}
    return {"leeway": __version__, "catalog": REVISIONS[-1], **known}


def spelled(known: Mapping[str, str]) -> str:
    """One line each: name, blank, version."""
    return "".join(f"{name} {version}\n" for name, version in known.items())


def record(home: Path) -> None:
    """Write down that these versions have migrated the databases."""
    path = home / RECORD
    temporary = path.with_name(f"{RECORD}.tmp")
    temporary.write_text(spelled(versions()), encoding="utf-8")
    temporary.replace(path)


def recorded(home: Path) -> bool:
    """Whether these very versions have migrated the databases of this home."""
    path = home / RECORD
    return path.exists() and path.read_text(encoding="utf-8") == spelled(versions())
