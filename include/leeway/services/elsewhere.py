"""A stack that runs already and is not ours to start or stop: the containers, or a team's own Airflow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

from leeway.errors import ServiceError
from leeway.services.airflow_client import AirflowClient
from leeway.services.config import ADMIN
from leeway.settings import AIRFLOW_URL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

USER: Final = "LEEWAY_AIRFLOW_USER"
PASSWORD: Final = "LEEWAY_AIRFLOW_PASSWORD"  # noqa: S105 - the name of a variable


@dataclass(frozen=True)
class Elsewhere:
    """An Airflow and an MLflow that somebody else keeps alive.

    Args:
        home: folder of local state that the tasks share.
        airflow_url: where Airflow is.
        mlflow_url: where MLflow is.
        user: of Airflow.
        password: of that user.
    """

    home: Path
    airflow_url: str
    mlflow_url: str
    user: str
    password: str

    @classmethod
    def named(cls, environ: Mapping[str, str], *, home: Path, mlflow_url: str) -> Self:
        """The Airflow that the environment names.

        Raises:
            ServiceError: SVC046 if it names none, or no password.
        """
        url, password = environ.get(AIRFLOW_URL, ""), environ.get(PASSWORD, "")
        if not url or not password:
            raise ServiceError(
                f"{AIRFLOW_URL} and {PASSWORD} are needed to use an Airflow that runs already",
                code="SVC046",
                do="Set both, or leave both out: a local stack is started then.",
            )
        return cls(home.resolve(), url, mlflow_url, environ.get(USER) or ADMIN, password)

    @cached_property
    def client(self) -> AirflowClient:
        """Airflow's REST API."""
        return AirflowClient(self.airflow_url, user=self.user, password=self.password)

    @property
    def failure(self) -> ServiceError | None:
        """Nothing is watched here: what does not answer says so itself."""
        return None
