"""Databases with bad rows, bad tables and bad manners."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import sqlalchemy as sa

from bad_input.kit import FIRST, NAMES, request, source
from leeway.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

GOOD: dict[str, Any] = {**FIRST, "n": 1, "x": 1.5, "ok": 1, "y": 0}
BAD_VALUES = [
    ("text_in_int", {"n": "abc"}, "SRC131"),
    ("number_as_text_in_int", {"n": "7"}, "SRC131"),
    ("real_in_int", {"n": 1.5}, "SRC131"),
    ("text_in_real", {"x": "1.5"}, "SRC133"),
    ("infinite_real", {"x": float("inf")}, "SRC134"),
    ("int_beyond_float", {"x": 2**53 + 1}, "SRC133"),
    ("two_in_boolean", {"ok": 2}, "SRC135"),
    ("blob_in_text", {"city": b"\xff"}, "SRC141"),
    ("number_in_text", {"city": 5}, "SRC141"),
    ("control_in_text", {"city": "a\x00b"}, "SRC140"),
    ("null_not_allowed", {"y": None}, "SRC130"),
    ("unreadable_time", {"ts": "next tuesday"}, "SRC136"),
    ("epoch_time", {"ts": 1767582000}, "SRC136"),
    ("naive_time", {"ts": "2026-01-05 02:00:00"}, "SRC137"),
    ("year_9999", {"ts": "9999-12-31 00:00:00Z"}, None),
    ("duplicate_key", {"id": "a1", "ts": FIRST["ts"]}, "SRC151"),
    ("conflicting_key", {"id": "a1", "ts": FIRST["ts"], "n": 9}, "SRC152"),
]


def fill(path: Path, *rows: dict[str, Any], names: tuple[str, ...] = NAMES) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE events ({', '.join(names)})")
        marks = ", ".join("?" for _ in names)
        connection.executemany(
            f"INSERT INTO events VALUES ({marks})", [[row.get(name) for name in names] for row in rows]
        )


def code_of(made: Any, folder: Path, **changes: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        made.read(request(folder, **changes))
    return caught.value


@pytest.mark.parametrize(("change", "code"), [pytest.param(change, code, id=name) for name, change, code in BAD_VALUES])
def test_a_bad_value_in_a_row_is_refused(tmp_path: Path, change: dict[str, Any], code: str | None) -> None:
    fill(tmp_path / "d.db", GOOD, {**GOOD, "id": "a2", "ts": "2026-01-05T02:00:00Z", **change})
    made = source("sql", url="sqlite:///d.db", table="events")
    if code is None:  # a time far away that SQLite can read lies outside the interval, and never leaves the database
        assert made.read(request(tmp_path)).table.num_rows == 1
        return
    error = code_of(made, tmp_path)
    assert error.code == code, str(error)
    assert error.where["file"] == "events"


def test_a_missing_or_undeclared_column_is_refused(tmp_path: Path) -> None:
    fill(tmp_path / "less.db", GOOD, names=NAMES[:-1])
    fill(tmp_path / "more.db", GOOD, names=(*NAMES, "z"))
    assert code_of(source("sql", url="sqlite:///less.db", table="events"), tmp_path).code == "SRC120"
    assert code_of(source("sql", url="sqlite:///more.db", table="events"), tmp_path).code == "SRC121"
    lenient = source("sql", url="sqlite:///more.db", table="events", extra_columns="ignore")
    assert lenient.read(request(tmp_path)).table.num_rows == 1


@pytest.mark.parametrize(
    "options", [{"table": "nothing"}, {"query": "SELECT * FROM nothing"}, {"query": "SELECT FROM WHERE"}]
)
@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
def test_a_query_that_the_database_refuses_says_so(tmp_path: Path, scheme: str, options: dict[str, str]) -> None:
    duckdb.connect(tmp_path / "duckdb.db").close()
    fill(tmp_path / "sqlite.db", GOOD)
    error = code_of(source("sql", url=f"{scheme}:///{scheme}.db", **options), tmp_path)
    assert (error.code, error.transient) == ("SRC160", False)


@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
def test_a_missing_database_file_is_not_created(tmp_path: Path, scheme: str) -> None:
    error = code_of(source("sql", url=f"{scheme}:///gone.db", table="events"), tmp_path)
    assert error.code == "SRC111"
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d.db").write_bytes(b"not a database" * 100)
    assert code_of(source("sql", url="sqlite:///d.db", table="events"), tmp_path).code == "SRC160"
    assert code_of(source("sql", url="duckdb:///d.db", table="events"), tmp_path).code == "SRC201"


@pytest.mark.parametrize("url", ["nosuch://host/db", "postgresql+nosuch://host/db"])
def test_an_unknown_database_or_driver_is_a_matter_of_configuration(tmp_path: Path, url: str) -> None:
    assert code_of(source("sql", url=url, table="events"), tmp_path).code == "SRC111"


def test_a_server_that_does_not_answer_is_transient_and_its_password_stays_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter/2 secret")
    made = source(
        "sql", url="postgresql+psycopg2://user:${DB_PASSWORD}@127.0.0.1:1/db?connect_timeout=2", table="events"
    )
    monkeypatch.setenv("DB_PASSWORD", "hunter2")
    error = code_of(made, tmp_path)
    assert (error.code, error.transient) == ("SRC201", True)
    assert "hunter2" not in str(error)
    assert error.__cause__ is None
    assert "hunter2" not in repr(made)


def test_a_query_that_takes_too_long_is_cancelled(tmp_path: Path) -> None:
    fill(tmp_path / "d.db", GOOD)
    endless = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT * FROM events, c WHERE i < 0"
    made = source("sql", url="sqlite:///d.db", query=endless, timeout=0.2, extra_columns="ignore")
    error = code_of(made, tmp_path)
    assert (error.code, error.transient) == ("SRC202", True)
    slow = "SELECT count(*) AS n FROM range(10000000) a, range(10000000) b"
    error = code_of(source("sql", url="duckdb://", query=f"SELECT * FROM ({slow}) s", timeout=0.2), tmp_path)
    assert error.code in ("SRC120", "SRC202")


def test_more_rows_than_the_cap_are_refused(tmp_path: Path) -> None:
    fill(tmp_path / "d.db", GOOD, {**GOOD, "id": "a2"}, {**GOOD, "id": "a3"})
    error = code_of(source("sql", url="sqlite:///d.db", table="events", max_rows=2, batch_rows=1), tmp_path)
    assert error.code == "SRC102"


def test_times_without_zone_are_read_in_the_declared_one(tmp_path: Path) -> None:
    fill(
        tmp_path / "d.db",
        {**GOOD, "id": "before", "ts": "2026-01-05 00:59:59"},
        {**GOOD, "id": "first", "ts": "2026-01-05 01:00:00"},
        {**GOOD, "id": "last", "ts": "2026-01-06T00:59:59.999999"},
        {**GOOD, "id": "after", "ts": "2026-01-06 01:00:00"},
    )
    berlin = {"ts": {"timezone": "Europe/Berlin"}}
    batch = source("sql", url="sqlite:///d.db", table="events").read(request(tmp_path, declare=berlin))
    assert batch.table["id"].to_pylist() == ["first", "last"]


@pytest.mark.parametrize(
    ("kind", "declared", "ids"),
    [("TIMESTAMP", "Europe/Berlin", ["b", "c"]), ("TIMESTAMPTZ", None, ["c"]), ("DATE", "UTC", ["a", "b", "c"])],
)
def test_duckdb_keeps_times_in_three_ways(tmp_path: Path, kind: str, declared: str | None, ids: list[str]) -> None:
    with duckdb.connect(tmp_path / "d.duckdb") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE TABLE events (id VARCHAR, ts {kind}, x DECIMAL(9, 2))")
        for name, ts in {"a": "2026-01-05 00:59:59", "b": "2026-01-05 01:00:00", "c": "2026-01-05 02:00:00"}.items():
            offset = "+01" if kind == "TIMESTAMPTZ" and name != "c" else ""
            moment = ts.replace("05 01", "04 23") if kind == "TIMESTAMPTZ" and name == "b" else ts
            connection.execute(f"INSERT INTO events VALUES ('{name}', '{moment}{offset}', 1.10)")
    wanted = request(tmp_path, declare={"ts": {"timezone": declared}}, columns=("id", "ts", "x"))
    table = source("sql", url="duckdb:///d.duckdb", table="events").read(wanted).table
    assert table["id"].to_pylist() == ids
    assert set(table["x"].to_pylist()) == {1.1}


def test_duckdb_columns_of_another_type_are_refused(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "d.duckdb") as connection:
        connection.execute(
            "CREATE TABLE events AS SELECT 'a' AS id, TIMESTAMPTZ '2026-01-05 01:00:00Z' AS ts, '5' AS x"
        )
        connection.execute("CREATE TABLE texts AS SELECT 'a' AS id, '2026-01-05 01:00:00Z' AS ts, 5.0 AS x")
    for table in ("events", "texts"):
        made = source("sql", url="duckdb:///d.duckdb", table=table)
        assert code_of(made, tmp_path, columns=("id", "ts", "x")).code == "SRC141"


@pytest.mark.integration
def test_postgres_times_without_zone_do_not_depend_on_the_session(postgres_url: str, tmp_path: Path) -> None:
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE events (id text, ts timestamp, x numeric(30, 20))"))
        connection.execute(
            sa.text("INSERT INTO events VALUES ('a', '2026-01-05 00:30', 1), ('b', '2026-01-05 01:30', 1.25)")
        )
    url = postgres_url + "&options=-c%20timezone%3DPacific/Kiritimati"
    columns = ("id", "ts", "x")
    made = source("sql", url=url, table="events")
    assert code_of(made, tmp_path, columns=columns).code == "SRC137"
    berlin = request(tmp_path, declare={"ts": {"timezone": "Europe/Berlin"}}, columns=columns)
    assert made.read(berlin).table.select(["id", "x"]).to_pylist() == [{"id": "b", "x": 1.25}]


@pytest.mark.integration
def test_postgres_cancels_a_query_that_takes_too_long_and_cannot_be_written(postgres_url: str, tmp_path: Path) -> None:
    slow = "SELECT 'a' AS id, now() AS ts FROM pg_sleep(30)"
    made = source("sql", url=postgres_url, query=slow, timeout=0.3)
    assert code_of(made, tmp_path, columns=("id", "ts")).code == "SRC202"
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (id text, ts timestamptz)"))
        connection.execute(sa.text("INSERT INTO t VALUES ('a', '2026-01-05 00:30Z')"))
        connection.execute(sa.text("CREATE SEQUENCE s"))
    writes = "SELECT id || nextval('s') AS id, ts FROM t"
    assert code_of(source("sql", url=postgres_url, query=writes), tmp_path, columns=("id", "ts")).code == "SRC160"
