"""One model: how it is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from leeway.console.models import Spec, Ws
from leeway.facts.plain import plain
from leeway.facts.status import status_of

router = APIRouter(prefix="/api/models/{model}", tags=["model"])


@router.get("")
def model(ws: Ws, spec: Spec) -> Any:
    """How the model is, as ``leeway status MODEL --json`` tells it."""
    return plain(status_of(ws, spec))
