"""``leeway migrate``: all databases are brought forward, none is taken back, and a refusal changes nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

import tiny
from leeway.catalog.migrate import REVISIONS
from leeway.services.airflow_database import URL, AirflowDatabase
from leeway.services.versions import RECORD, spelled, versions

if TYPE_CHECKING:
    from pathlib import Path

NEWER = "ffffffffffff"


@pytest.fixture
def project(tmp_path):
    return tiny.project(tmp_path, days=1)


def set_revision(file: Path, table: str, revision: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(f"CREATE TABLE IF NOT EXISTS {table} (version_num VARCHAR(32))")
        database.execute(f"DELETE FROM {table}")
        database.execute(f"INSERT INTO {table} VALUES ('{revision}')")


def test_a_dry_run_says_from_where_to_where_and_changes_nothing(project, leeway, ask):
    said = ask(project.env, "migrate", "--dry-run")
    assert [found["database"] for found in said["databases"]] == ["catalog", "mlflow"]
    assert {found["from"] for found in said["databases"]} == {None}
    assert said["databases"][0]["to"] == REVISIONS[-1]
    assert f"catalog: empty -> {REVISIONS[-1]}" in leeway(project.env, "migrate", "--dry-run").stdout
    assert not project.settings.home.exists()


def test_doing_it_again_changes_nothing_and_the_home_says_which_versions_did_it(project, leeway, ask):
    project.workspace()
    said = ask(project.env, "migrate")
    assert all(found["from"] == found["to"] for found in said["databases"])
    record = (project.settings.home / RECORD).read_text()
    assert record == spelled(versions()) == leeway(project.env, "--version").stdout
    assert set(versions()) == {"leeway", "catalog", "airflow", "mlflow"}


@pytest.mark.parametrize(("newer", "code"), [("catalog", "CAT003"), ("mlflow", "MLF004"), ("airflow", "SVC062")])
def test_a_newer_database_is_refused_before_any_is_changed(project, ask, newer, code):
    home = project.settings.home
    table = "catalog_revision" if newer == "catalog" else "alembic_version"
    set_revision(home / f"{newer}.db", table, NEWER)
    with closing(sqlite3.connect(home / f"{newer}.db")) as database, database:
        database.execute("CREATE TABLE of_a_later_version (x INT)")

    said = ask({**project.env, URL: f"sqlite:///{home / 'airflow.db'}"}, "migrate", "--airflow")

    assert said["error"]["code"] == code
    assert NEWER in said["error"]["message"]
    left = {path.name for path in home.iterdir()} - {"catalog.db-wal", "catalog.db-shm"}
    assert left <= {f"{newer}.db", "airflow.db"}, "no other was made, and no record of it"


def test_airflows_database_is_named_reachable_or_an_error_without_its_password(project, leeway, ask):
    assert ask({**project.env, URL: None}, "migrate", "--airflow")["error"]["code"] == "SVC063"
    url = "postgresql+psycopg2://airflow:s3cret@127.0.0.1:1/airflow"
    said = leeway({**project.env, URL: url}, "migrate", "--airflow")
    assert said.exit_code == 2
    assert "SVC063" in said.stderr
    assert "s3cret" not in said.output


@pytest.mark.integration
@pytest.mark.slow
def test_airflows_database_is_made_by_airflow_itself(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'airflow.db'}"
    monkeypatch.setenv(URL, url)
    database = AirflowDatabase(url)
    assert database.revision().found is None
    database.migrate()
    assert database.revision().found == database.revision().needed
