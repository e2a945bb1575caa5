"""One spelling for every value, so that equal things have equal bytes and equal hashes."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


def canonical_json(value: Any) -> str:
    """Spell a JSON-able value or pydantic model in exactly one way: sorted keys, no blanks, UTF-8 kept.

    A float that is not finite becomes null: JSON has no spelling for it and SQL stores refuse it. Minus zero, which
    equals zero, is spelled like it.

    >>> canonical_json({"b": 1.0, "a": [True, float("nan")]})
    '{"a":[true,null],"b":1.0}'

    Raises:
        TypeError: for what JSON has no spelling for, such as a time or a set: say yourself how to write it.
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """Hash a JSON-able value, a pydantic model or bytes: sha256, 64 hexadecimal digits."""
    data = value if isinstance(value, bytes) else canonical_json(value).encode()
    return hashlib.sha256(data).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _plain(value.model_dump(mode="json"))
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value + 0.0 if math.isfinite(value) else None
    return value
