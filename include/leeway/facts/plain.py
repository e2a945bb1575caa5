"""Facts: named values, nested, that JSON can spell."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator

if TYPE_CHECKING:
    from leeway.errors import LeewayError

Facts = dict[str, Any]


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


Figure = Annotated[float | None, BeforeValidator(_finite)]
"""A number that may be undefined: then it is None."""


def plain(value: Any) -> Any:
    """Turn pydantic models, times and undefined numbers inside a value into what JSON knows."""
    from pydantic import TypeAdapter

    from leeway.canonical import canonical_json

    return json.loads(canonical_json(TypeAdapter(Any).dump_python(value, mode="json")))


def explained(error: LeewayError) -> Facts:
    """An error as JSON."""
    return {"code": error.code, "message": error.what, "where": error.where, "do": error.do}


def sentence(text: str) -> str:
    """Begin with a capital and end with a full stop, so that fragments read well one after the other."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
