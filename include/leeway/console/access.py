"""Who may see and do what: Airflow's login and its permissions on DAGs. The one door to Airflow's security.

A person may see a model if Airflow lets them read its DAG ``<model>__monitoring``.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView, DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user
from airflow.models.dag import DagModel
from fastapi import Depends, HTTPException, Path, Request, status

from leeway.errors import SpecError, did_you_mean

MONITORING: Final = "__monitoring"
HEADER: Final = "X-Leeway"
"""Sent with everything that changes something. Another site's page cannot send it, nor JSON: a browser asks first."""

Person: TypeAlias = BaseUser
"""Somebody who has logged in, as Airflow knows them."""
logged_in = Depends(get_user)
"""For the whole application: without a login nothing is answered but 401."""
User = Annotated[Person, logged_in]
"""The person who asks."""


def on_purpose(request: Request) -> None:
    """For the whole application: what changes something was sent by leeway's page or by a program, on purpose.

    A browser sends Airflow's cookie also with a form or picture of another site; it lets none of these say what is
    wanted here.

    Raises:
        HTTPException: 403 without the header, 415 if the body is not JSON.
    """
    if request.method in ("GET", "HEAD"):
        return
    if request.headers.get(HEADER) != "1":
        raise HTTPException(status.HTTP_403_FORBIDDEN, f"the header {HEADER}: 1 is missing")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(status.HTTP_415_UNSUPPORTED_MEDIA_TYPE, "the body has to be application/json")


def visible_models(user: User) -> frozenset[str]:
    """The models whose monitoring DAG the person may read."""
    dags = get_auth_manager().get_authorized_dag_ids(user=user)
    return frozenset(dag.removesuffix(MONITORING) for dag in dags if dag.endswith(MONITORING))


Visible = Annotated[frozenset[str], Depends(visible_models)]
"""The models that the person may see."""


def sees_import_errors(user: User) -> bool:
    """Whether the person may read Airflow's import errors: what is wrong with model files is one of them."""
    return get_auth_manager().is_authorized_view(access_view=AccessView.IMPORT_ERRORS, user=user)


SeesImportErrors = Annotated[bool, Depends(sees_import_errors)]
"""Whether the person may see what is wrong with model files."""


def readable(model: Annotated[str, Path(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")], user: User) -> str:
    """The model that a route is about.

    Raises:
        SpecError: SPEC007 if Airflow does not let the person read its monitoring DAG.
    """
    if not may_read(user, f"{model}{MONITORING}"):
        raise no_model(model, user)
    return model


Readable = Annotated[str, Depends(readable)]
"""Name of a model that the person may see."""


def no_model(model: str, user: Person) -> SpecError:
    """The same words for a model that is not there and for one that the person may not see: they tell nothing of it."""
    return SpecError(
        f"there is no model {model!r} that you may see; {did_you_mean(model, visible_models(user))}", code="SPEC007"
    )


def may_read(user: Person, dag: str) -> bool:
    """Whether Airflow lets a person read a DAG."""
    return _allowed(user, dag, "GET", None)


def may_start(user: Person, dag: str) -> bool:
    """Whether Airflow lets a person start runs and backfills of a DAG."""
    return _allowed(user, dag, "POST", DagAccessEntity.RUN)


def may_answer(user: Person, dag: str) -> bool:
    """Whether Airflow lets a person answer what runs of a DAG ask."""
    return _allowed(user, dag, "PUT", DagAccessEntity.HITL_DETAIL)


def _allowed(user: Person, dag: str, method: str, entity: DagAccessEntity | None) -> bool:
    """As Airflow's own routes ask: the DAG's team counts, where there are teams."""
    return get_auth_manager().is_authorized_dag(
        method=method,  # type: ignore[arg-type]  # a literal there
        access_entity=entity,
        details=DagDetails(id=dag, team_name=DagModel.get_team_name(dag)),
        user=user,
    )


def credential(request: Request) -> str:
    """What the person showed Airflow, as the header ``Authorization`` says it: that header, or the page's cookie."""
    given = request.headers.get("authorization")
    return given or f"Bearer {request.cookies.get(COOKIE_NAME_JWT_TOKEN, '')}"
