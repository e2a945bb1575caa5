"""Facts: named values, nested, that JSON can spell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leeway.errors import LeewayError

Facts = dict[str, Any]


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
