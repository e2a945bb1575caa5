"""Which code this is."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from leeway.canonical import digest


@lru_cache(maxsize=1)
def code_version() -> str:
    """Digest of leeway's own source: part of every training key, because other code may train another model."""
    package = Path(__file__).parent
    return digest(
        [[str(path.relative_to(package)), digest(path.read_bytes())] for path in sorted(package.rglob("*.py"))]
    )[:16]
