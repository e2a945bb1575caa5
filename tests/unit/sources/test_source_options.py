"""What a model file may say of a database or an address, and that saying it costs no heavy import."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from leeway.sources.http import Http
from leeway.sources.sql import Sql


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "sqlite:///a.db"}, "either 'table' or 'query'"),
        ({"url": "sqlite:///a.db", "table": "t", "query": "SELECT 1"}, "either 'table' or 'query'"),
        ({"url": "sqlite:///a.db", "table": 't"; DROP TABLE t;--'}, "not a table name"),
        ({"url": "sqlite:///a.db", "table": "a..b"}, "not a table name"),
        ({"url": "sqlite:///a.db", "query": "DELETE FROM t"}, "is a SELECT"),
        ({"url": "sqlite:///a.db", "query": "SELECT :who"}, "binds"),
        ({"url": "sqlite:///a.db", "query": "SELECT 1", "params": {"who": 1}}, "binds"),
        ({"url": "sqlite:///a.db", "query": "SELECT :start", "params": {"start": 1}}, "are the interval"),
        ({"url": "a.db", "table": "t"}, "database URL"),
        ({"url": "postgresql://me:secret@host/db", "table": "t"}, "password does not belong"),
        ({"url": "postgresql://me:sec@ret@host/db", "table": "t"}, "password does not belong"),
    ],
)
def test_a_database_that_cannot_be_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Sql(kind="sql", **wrong)


@pytest.mark.parametrize(
    "right",
    [
        {"url": "${WAREHOUSE}", "table": "catalog.schema.t"},
        {"url": "postgresql://me:${PASSWORD}@host/db", "table": "t"},
        {"url": "duckdb:///:memory:", "query": "-- daily\nWITH a AS (SELECT 1) SELECT x::int, '12:30:00' FROM a;"},
        {"url": "duckdb://", "query": "FROM t WHERE ts >= :start AND z = :z", "params": {"z": "${ZONE}"}},
        {"url": "duckdb://", "query": r"SELECT 'a\:b'"},
    ],
)
def test_a_database_that_can_be_is_accepted(right: dict[str, Any]) -> None:
    assert Sql(kind="sql", **right).url == right["url"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "ftp://host/a.csv"}, "http://"),
        ({"url": "https://host/data"}, "does not show its format"),
        ({"url": "https://me:secret@host/a.csv"}, "password does not belong"),
        ({"url": "https://host/{window:%Y}.csv"}, "unknown field"),
        ({"url": "https://host/{start}.csv"}, "needs a time format, like"),
        ({"url": "https://host/a.csv", "headers": {"Authorization": "Bearer abc"}}, "secret does not belong"),
        ({"url": "https://host/a.csv", "retries": -1}, "greater than or equal"),
    ],
)
def test_an_address_that_cannot_be_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Http(kind="http", **wrong)


def test_describing_sources_imports_nothing_heavy() -> None:
    script = (
        "import sys, leeway.sources.files, leeway.sources.sql, leeway.sources.http;"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'sqlalchemy', 'fsspec', 'httpx', 'duckdb'};"
        "sys.exit(' '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
