"""Who may see and do what: Airflow's login and its permissions on DAGs. The one door to Airflow's security.

A person may see a model if Airflow lets them read its DAG ``<model>__monitoring``.
"""

from __future__ import annotations

from typing import Annotated

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView, DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, HTTPException, Path, status

MONITORING = "__monitoring"

logged_in = Depends(get_user)
"""For the whole application: without a login nothing is answered but 401."""
User = Annotated[BaseUser, logged_in]
"""The person who asks."""


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
        HTTPException: 403 if Airflow does not let the person read its monitoring DAG.
    """
    if not may(user, model, "monitoring", "GET"):
        raise HTTPException(status.HTTP_403_FORBIDDEN, f"you may not see the model {model!r}")
    return model


Readable = Annotated[str, Depends(readable)]
"""Name of a model that the person may see."""


def may(user: BaseUser, model: str, purpose: str, method: str, *, run: bool = False) -> bool:
    """Whether Airflow lets a person do something with a DAG of a model.

    Args:
        user: who.
        model: which model.
        purpose: which of its DAGs: monitoring, training or promotion.
        method: ``GET``, ``POST`` or ``PUT``, as Airflow speaks of it.
        run: whether it is about runs of the DAG, not the DAG itself: ``POST`` then is to start one.
    """
    return get_auth_manager().is_authorized_dag(
        method=method,  # type: ignore[arg-type]  # a literal there
        access_entity=DagAccessEntity.RUN if run else None,
        details=DagDetails(id=f"{model}__{purpose}"),
        user=user,
    )
