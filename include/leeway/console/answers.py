"""Answers with a lot in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Response

if TYPE_CHECKING:
    from pydantic import BaseModel


def spelled(found: BaseModel) -> Response:
    """The answer as JSON, for a route that names the model as its ``response_model``.

    The framework would check the values once more, take them apart and spell them in Python: that takes longer than
    finding them.
    """
    return Response(found.model_dump_json(), media_type="application/json")
