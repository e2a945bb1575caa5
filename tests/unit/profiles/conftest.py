"""Databases that compute profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest
from bases import Base

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def base(inside: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Base]:
    if inside == "postgres":
        yield Base(request.getfixturevalue("postgres_url"))
        return
    duckdb.connect(tmp_path / "rows.duckdb").close()
    yield Base(f"duckdb:///{tmp_path / 'rows.duckdb'}")
