"""What the API is, and who asks."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from leeway.console.access import User

router = APIRouter(prefix="/api", tags=["about"])


@router.get("/openapi.json")
def description(request: Request) -> dict[str, Any]:
    """The API's OpenAPI description."""
    found: dict[str, Any] = request.app.openapi()
    return found


@router.get("/me")
def me(user: User) -> dict[str, str]:
    """Who is asking: the name that the ledger will know."""
    return {"name": user.get_name()}
