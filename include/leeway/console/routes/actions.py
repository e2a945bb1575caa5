"""What a person can do about a model: GET says what would happen, POST does it."""

# No `from __future__ import annotations`: the routes are made in a loop, and their annotations name the loop's classes.

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, status

from leeway.console.access import User
from leeway.console.actions import ACTIONS, Action, Asking, Done, Preview
from leeway.console.airflow_api import Airflow
from leeway.console.models import Spec, Ws

router = APIRouter(prefix="/api/models/{model}/actions", tags=["actions"])


def asking(ws: Ws, spec: Spec, user: User, airflow: Airflow) -> Asking:
    """Who asks, about which model, and what an answer takes."""
    return Asking(ws, spec, user, airflow)


Asked = Annotated[Asking, Depends(asking)]


def permitted(kind: type[Action]) -> Callable[..., None]:
    """Airflow has to let the person, before anything else is looked at."""

    def check(spec: Spec, user: User) -> None:
        if (why_not := kind.forbidden(spec, user)) is not None:
            raise HTTPException(status.HTTP_403_FORBIDDEN, why_not)

    return check


def shown(kind: type[Action]) -> Callable[..., Awaitable[Preview]]:
    """The route that says what an action would do."""

    async def preview(wanted: Annotated[kind, Query()], asked: Asked) -> Preview:  # type: ignore[valid-type]
        return await wanted.preview(asked)  # type: ignore[attr-defined, no-any-return]

    return preview


def done(kind: type[Action]) -> Callable[..., Awaitable[Done]]:
    """The route that does it."""

    async def perform(wanted: kind, asked: Asked) -> Done:  # type: ignore[valid-type]
        return await wanted.perform(asked)  # type: ignore[attr-defined, no-any-return]

    return perform


for _kind in ACTIONS:
    _path, _what = f"/{_kind.name}", (_kind.__doc__ or "").splitlines()[0]
    router.add_api_route(
        _path, shown(_kind), methods=["GET"], name=f"preview_{_kind.name}", description=f"What this would do: {_what}"
    )
    router.add_api_route(
        _path,
        done(_kind),
        methods=["POST"],
        name=_kind.name,
        description=_what,
        dependencies=[Depends(permitted(_kind))],
        responses={403: {"description": "Airflow does not let the person."}, 409: {"description": "Not now."}},
    )
