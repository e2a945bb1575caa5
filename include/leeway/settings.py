"""Where things are: read from the environment, with defaults for one machine.

Every variable starts with ``LEEWAY_``. ``LEEWAY_HOME`` (default ``.leeway`` in the current folder) holds all local
state; the other defaults follow from it, so that one variable moves everything.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from leeway.errors import SpecError

TRAINING_POOL = "leeway_training"
"""Airflow's pool that bounds how many candidates are trained at a time, on all workers together."""
TRAINING_SLOTS = 2
BACKTEST_DAG = "leeway__backtest"
"""Airflow's DAG that replays the history of any model."""
TRAINING_POOL_IS_FOR = "leeway: candidates trained at a time"
AIRFLOW_URL = "LEEWAY_AIRFLOW_URL"
"""Names an Airflow that runs already, for commands that talk to one; without it they look for a local stack."""


class Settings(BaseSettings):
    """The deployment: which catalog, store, MLflow and model folder to use."""

    model_config = SettingsConfigDict(env_prefix="LEEWAY_", frozen=True, extra="ignore")

    home: Path = Field(default=Path(".leeway"), description="Folder of all local state.")
    models: Path = Field(default=Path("include/models"), description="Folder of the model files.")
    catalog_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy URL of the catalog; default: SQLite in home."
    )
    store_url: SecretStr | None = Field(
        default=None, description="Folder or fsspec URL of the store; default: home/store."
    )
    mlflow_url: SecretStr | None = Field(default=None, description="MLflow tracking URI; default: SQLite in home.")
    mlflow_database: SecretStr | None = Field(
        default=None, description="SQLAlchemy URL of an MLflow server's own database; only `leeway migrate` needs it."
    )
    threads: int = Field(
        default=1, ge=1, description="Threads that one training may use; 1 makes training bit-reproducible."
    )

    training_gb: float = Field(
        default=8.0, gt=0, description="Memory in GB that one training may take for rows that it needs all at once."
    )

    @property
    def catalog(self) -> str:
        """SQLAlchemy URL of the catalog. May hold a password: never log it."""
        return _shown(self.catalog_url) or f"sqlite:///{self.home.resolve() / 'catalog.db'}"

    @property
    def store(self) -> str:
        """Root of the store: a folder or an fsspec URL. May hold a password: never log it."""
        return _shown(self.store_url) or str(self.home.resolve() / "store")

    @property
    def mlflow(self) -> str:
        """MLflow tracking URI. May hold a password: never log it."""
        return _shown(self.mlflow_url) or f"sqlite:///{self.home.resolve() / 'mlflow.db'}"

    @property
    def mlflow_tables(self) -> str:
        """What `leeway migrate` brings forward: MLflow's own database if it is named, or else `mlflow`."""
        return _shown(self.mlflow_database) or self.mlflow

    @property
    def cache(self) -> Path:
        """Folder of files that can be fetched again: model artifacts by their hash."""
        return self.home.resolve() / "cache"


def _shown(url: SecretStr | None) -> str:
    return "" if url is None else url.get_secret_value()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Read the environment once per process.

    Raises:
        SpecError: if a variable does not hold what it should; the value, which may be a secret, is not shown.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"LEEWAY_{str(line['loc'][0]).upper()}: {line['msg']}" for line in error.errors(include_url=False)
        )
        raise SpecError(
            f"the environment is wrong: {problems}", code="SPEC051", do="Correct it for every worker."
        ) from None


def expand(text: str) -> str:
    """Put environment variables into a path, URL or query that a model file gives: ``${WAREHOUSE_URL}``.

    The model file keeps the name, so a secret never enters the spec, its hash, a log or MLflow.
    ``${LEEWAY_HOME}`` and ``${LEEWAY_MODELS}`` are always defined.

    Raises:
        SpecError: if a variable is not set.
    """
    known = {"LEEWAY_HOME": str(settings().home.resolve()), "LEEWAY_MODELS": str(settings().models.resolve())}

    def value(match: re.Match[str]) -> str:
        found = known.get(match[1]) or os.environ.get(match[1])
        if not found:
            raise SpecError(
                f"environment variable {match[1]} is not set", code="SPEC050", do="Set it for every worker."
            )
        return found

    return re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", value, text)
