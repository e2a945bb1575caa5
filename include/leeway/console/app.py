"""The console's application: its routes, its files, and how it says that something is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import Depends, FastAPI
from fastapi.responses import JSONResponse

from leeway.console.access import logged_in, on_purpose
from leeway.console.models import read_ahead
from leeway.console.routes import about, actions, metrics, models, overview, static
from leeway.errors import ActionError, BacktestError, CatalogError, LeewayError, SpecError, TrackingError
from leeway.facts.plain import explained

if TYPE_CHECKING:
    from fastapi import Request

_NOT_FOUND: Final = frozenset({"SPEC007", "CAT010", "CAT021", "CAT022", "CAT023"})
"""Codes of what is not there."""
_NOT_NOW: Final = ("CAT1", "LWY01", "ACT00", "ACT010", "SPEC057", "BKT003", "BKT010")
"""Beginnings of the codes of what cannot be done as things are."""


def create_app() -> FastAPI:
    """Build the application: nobody gets an answer without Airflow's login, not even a description of the API.

    A route needs no word about that: it holds for all of them.
    """
    app = FastAPI(
        title="leeway",
        description="How deployed models are, why, and what can be done about it.",
        dependencies=[logged_in, Depends(on_purpose)],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    for part in (about, overview, metrics, models, actions, static):
        app.include_router(part.router)
    app.add_exception_handler(LeewayError, _explain)
    read_ahead()
    return app


async def _explain(_: Request, error: Exception) -> JSONResponse:
    """Leeway's own errors in the spelling of ``leeway --json``."""
    assert isinstance(error, LeewayError), "the handler is registered for these only"
    return JSONResponse({"error": explained(error)}, status_code=_status(error), headers=dict(_PLAIN))


def _status(error: LeewayError) -> int:
    if error.code in _NOT_FOUND:
        return 404
    if error.code.startswith(_NOT_NOW):
        return 409
    if isinstance(error, (ActionError, CatalogError, TrackingError)):
        return 503
    return 422 if isinstance(error, (SpecError, BacktestError)) else 500


_PLAIN: Final[dict[str, Any]] = {"Cache-Control": "no-store"}
