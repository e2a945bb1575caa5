"""What a database is asked for: names, queries, types, and what is said if it cannot answer."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest
import sqlalchemy as sa
from bases import INSIDE, Base, mixed

from leeway.errors import ProfileError
from leeway.profiles.database import profile_query
from leeway.profiles.layout import ColumnKind


@INSIDE
def test_names_are_quoted(base):
    names = ["SELECT", "Mixed Case", 'a "quoted" name', "50 %", "a:b", "$1", "naïve", "x;--"]
    base.fill(pa.table({name: [1.0, 2.0] for name in names}))
    found = profile_query(base.url, "given", order_by='a "quoted" name')
    assert list(found.columns) == names
    assert {column.counted for column in found.columns.values()} == {2}


@INSIDE
def test_a_query_may_hold_casts_comments_and_signs(base):
    base.fill(pa.table({"x": [1, 2, 3, 4], "s": ["a:b", "a%", "b", None]}))
    query = "SELECT x::float8 AS y, x % 2 AS odd, s FROM given -- :no value\nWHERE s LIKE 'a%' OR s = ':b'; "
    columns = profile_query(base.url, query).columns
    assert columns["y"].mean == 1.5
    assert columns["s"].levels == {"a%": 1, "a:b": 1}
    assert profile_query(base.url, "(SELECT 1 AS x) -- end").columns["x"].mean == 1


@INSIDE
def test_a_table_may_be_named_with_its_schema(base):
    base.execute("CREATE SCHEMA other", "CREATE TABLE other.given AS SELECT 1 AS x")
    assert profile_query(base.url, "other.given").rows == 1


@INSIDE
@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("gone", "PRO403", "gone"),
        ("SELECT nothing FROM given", "PRO403", "nothing"),
        ("SELECT x FROM given WHERE", "PRO403", "syntax error"),
        ("SELECT CAST(CAST(x AS text) || 'a' AS integer) AS y FROM given", "PRO403", "refuses"),
        ("given; DROP TABLE given", "PRO402", "neither"),
        ("DELETE FROM given", "PRO402", "neither"),
        ("a.b.c", "PRO402", "neither"),
        ("", "PRO402", "neither"),
    ],
)
def test_what_cannot_be_profiled_is_said(base, source, code, said):
    base.fill(pa.table({"x": [1]}))
    with pytest.raises(ProfileError, match=said) as caught:
        profile_query(base.url, source)
    assert caught.value.code == code
    assert "\n" not in str(caught.value)


@INSIDE
@pytest.mark.parametrize("wrong", [{"columns": ["wolk"]}, {"order_by": "wolk"}])
def test_a_column_that_is_not_there_is_named(base, wrong):
    base.fill(mixed(2))
    with pytest.raises(ProfileError, match="Did you mean 'walk'") as caught:
        profile_query(base.url, "given", **wrong)
    assert (caught.value.code, caught.value.where["column"]) == ("PRO404", "wolk")


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("duckdb:////nowhere/gone.duckdb", "PRO400"),
        ("postgresql+psycopg2://me:s3cret@127.0.0.1:1/db?connect_timeout=1", "PRO400"),
        ("postgresql+nothing://me:s3cret@127.0.0.1/db", "PRO401"),
        ("sqlite:///s3cret.db", "PRO401"),
        ("no url with s3cret", "PRO401"),
        (12, "PRO401"),
    ],
)
def test_a_database_out_of_reach_is_said_without_its_password(where, code):
    with pytest.raises(ProfileError) as caught:
        profile_query(where, "given")
    assert caught.value.code == code
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_no_duckdb_database_is_refused(tmp_path):
    (tmp_path / "rows.duckdb").write_bytes(b"something else" * 1000)
    with pytest.raises(ProfileError, match="cannot open"):
        profile_query(f"duckdb:///{tmp_path / 'rows.duckdb'}", "given")


def test_an_open_duckdb_connection_is_used_and_stays_open():
    with duckdb.connect() as connection:
        connection.execute("CREATE TEMP TABLE given AS SELECT range AS x FROM range(10)")
        assert profile_query(connection, "given").columns["x"].mean == 4.5
        assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_types_of_duckdb_have_the_kinds_of_their_arrow_types():
    kinds = {
        "1::HUGEINT": ColumnKind.NUMBER,
        "1::UTINYINT": ColumnKind.NUMBER,
        "1.5::DECIMAL(18, 2)": ColumnKind.NUMBER,
        "'a'::ENUM('a', 'b')": ColumnKind.CATEGORY,
        "uuid()": ColumnKind.CATEGORY,
        "'{}'::JSON": ColumnKind.CATEGORY,
        "NULL": ColumnKind.EMPTY,
        "TIMESTAMP_NS '2020-01-01'": ColumnKind.TIME,
        "TIMESTAMPTZ '2020-01-01'": ColumnKind.TIME,
        "'infinity'::DATE": ColumnKind.TIME,
        "INTERVAL 1 DAY": ColumnKind.OTHER,
        "[1, 2]": ColumnKind.OTHER,
        "['a']": ColumnKind.OTHER,
        "{'a': 1}": ColumnKind.OTHER,
    }
    query = "SELECT " + ", ".join(f"{value} AS c{at}" for at, value in enumerate(kinds))
    with duckdb.connect() as connection:
        columns = profile_query(connection, query).columns.values()
    assert dict(zip(kinds, (column.kind for column in columns), strict=True)) == kinds


@pytest.mark.integration
def test_types_of_postgresql_have_kinds(postgres_url):
    Base(postgres_url).execute("CREATE TYPE mood AS ENUM ('sad')", "CREATE DOMAIN share AS numeric")
    kinds = {
        "'sad'::mood": ColumnKind.CATEGORY,
        "0.5::share": ColumnKind.NUMBER,
        "gen_random_uuid()": ColumnKind.CATEGORY,
        "'a'::char(3)": ColumnKind.CATEGORY,
        "'NaN'::numeric": ColumnKind.NUMBER,
        "NULL": ColumnKind.EMPTY,
        "'infinity'::timestamp": ColumnKind.TIME,
        "'0044-03-15 BC'::date": ColumnKind.TIME,
        "'{}'::jsonb": ColumnKind.OTHER,
        "ARRAY[1]": ColumnKind.OTHER,
        "'1 day'::interval": ColumnKind.OTHER,
        "1::money": ColumnKind.OTHER,
        "1::oid": ColumnKind.OTHER,
    }
    query = "SELECT " + ", ".join(f"{value} AS c{at}" for at, value in enumerate(kinds))
    columns = profile_query(postgres_url, query).columns
    assert dict(zip(kinds, (column.kind for column in columns.values()), strict=True)) == kinds
    assert columns["c3"].levels == {"a": 1}
    assert columns["c4"].nans == 1
    assert columns["c6"].minimum is None
    assert columns["c7"].minimum == -63_517_824_000_000_000


@pytest.mark.integration
def test_postgresql_is_only_read(postgres_url):
    Base(postgres_url).execute("CREATE SEQUENCE numbers")
    with pytest.raises(ProfileError, match="read-only"):
        profile_query(postgres_url, "SELECT nextval('numbers') AS x")


@pytest.mark.integration
def test_an_engine_of_sqlalchemy_is_used_and_left_as_it_was(postgres_url):
    engine = sa.create_engine(postgres_url)
    try:
        assert profile_query(engine, "SELECT 1 AS x").rows == 1
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE later (x int)"))
    finally:
        engine.dispose()


def test_an_engine_of_another_database_is_refused():
    with pytest.raises(ProfileError, match="sqlite cannot compute profiles"):
        profile_query(sa.create_engine("sqlite://"), "given")


@pytest.mark.integration
def test_two_columns_of_one_name_are_refused(postgres_url):  # DuckDB renames the second one
    with pytest.raises(ProfileError, match="two columns are called x") as caught:
        profile_query(postgres_url, "SELECT 1 AS x, 2 AS x")
    assert caught.value.code == "PRO101"
