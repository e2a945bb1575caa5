"""Connecting, migrating, locking: the same rules on both databases."""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from leeway.catalog import Catalog, migrate, tables
from leeway.core import EntryKind
from leeway.errors import CatalogError
from values import MODEL, decision, evaluation, measurement, partition, snapshot, version

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier, Event
    from pathlib import Path

fork = multiprocessing.get_context("fork")


def _migrate_together(url: str, barrier: Barrier) -> None:
    barrier.wait()
    Catalog(url).migrate()


def test_many_processes_migrate_an_empty_database_at_once(empty_url: str) -> None:
    barrier = fork.Barrier(6)
    workers = [fork.Process(target=_migrate_together, args=(empty_url, barrier)) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 6
    Catalog(empty_url).check()


def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    catalog = Catalog(empty_url)
    catalog.migrate()
    catalog.take_token(MODEL, "s")
    catalog.migrate()
    assert catalog.take_token(MODEL, "s") == 2


def test_a_database_that_is_not_migrated_is_refused_and_not_made(empty_url: str, tmp_path: Path) -> None:
    for use in (Catalog(empty_url).check, lambda: Catalog(empty_url).last_seq(MODEL)):
        with pytest.raises(CatalogError) as refused:
            use()
        assert refused.value.code in {"CAT001", "CAT002"}  # the folder of an SQLite file may not exist yet
    with pytest.raises(CatalogError) as refused:
        Catalog(empty_url).check()
    assert refused.value.code == "CAT002"
    assert not (tmp_path / "new").exists()


def test_a_database_of_a_newer_leeway_is_refused(catalog_url: str) -> None:
    with create_engine(catalog_url).begin() as connection:
        connection.execute(text("UPDATE catalog_revision SET version_num = '9999'"))
    for use in (Catalog(catalog_url).check, Catalog(catalog_url).migrate):
        with pytest.raises(CatalogError) as refused:
            use()
        assert refused.value.code == "CAT003"


@pytest.mark.integration
def test_a_role_that_owns_its_database_and_may_nothing_else_is_enough(migrated_postgres_url: str) -> None:
    with create_engine(migrated_postgres_url).connect() as connection:
        rights = "rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls"
        assert connection.scalar(text(f"SELECT {rights} FROM pg_roles WHERE rolname = current_user")) is False
        assert connection.scalar(text("SELECT datacl::text FROM pg_database WHERE datname = current_database()")) == (
            "{leeway=CTc/leeway}"
        )
    Catalog(migrated_postgres_url).check()


def test_the_migrations_make_exactly_the_tables_of_the_code(catalog_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with create_engine(catalog_url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": migrate.VERSION_TABLE})
        assert compare_metadata(context, tables.metadata) == []


def test_the_code_knows_every_migration() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "leeway.catalog:migrations")
    scripts = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(scripts)) == migrate.REVISIONS


@pytest.mark.parametrize("url", ["mysql://u:s3cret@h/d", "s3cret", "nonsense://u:s3cret@h"])
def test_another_kind_of_database_is_refused_without_showing_the_url(url: str) -> None:
    with pytest.raises(CatalogError) as refused:
        Catalog(url)
    assert refused.value.code == "CAT004"
    assert "s3cret" not in str(refused.value)


def test_an_unreachable_database_is_told_without_its_password() -> None:
    with pytest.raises(CatalogError) as refused:
        Catalog("postgresql://user:s3cret@127.0.0.1:1/nothing").check()
    assert refused.value.code == "CAT001"
    assert "s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CatalogError) as refused:
        Catalog(f"sqlite:///{tmp_path / 'file' / 'catalog.db'}").migrate()
    assert refused.value.code == "CAT001"


def _take_token_in_child(catalog: Catalog, tokens: multiprocessing.Queue[int]) -> None:
    tokens.put(catalog.take_token(MODEL, "fork"))


def test_a_forked_child_opens_its_own_connections(catalog: Catalog) -> None:
    assert catalog.take_token(MODEL, "fork") == 1
    tokens = fork.Queue()
    child = fork.Process(target=_take_token_in_child, args=(catalog, tokens))
    child.start()
    assert tokens.get(timeout=30) == 2
    child.join(30)
    assert child.exitcode == 0
    assert catalog.take_token(MODEL, "fork") == 3


def _hold_lock(url: str, held: Event) -> None:
    with Catalog(url).lock(MODEL):
        held.set()
        signal.pause()


def test_one_process_at_a_time_holds_a_models_lock_until_it_dies(catalog: Catalog, catalog_url: str) -> None:
    held = fork.Event()
    holder = fork.Process(target=_hold_lock, args=(catalog_url, held))
    holder.start()
    assert held.wait(30)
    with pytest.raises(CatalogError) as refused, catalog.lock(MODEL, wait=0.1):
        pass
    assert refused.value.code == "CAT005"
    with catalog.lock("another", wait=0.1):
        assert catalog.take_token(MODEL, "published meanwhile") == 1
    os.kill(holder.pid, signal.SIGKILL)
    holder.join(30)
    with catalog.lock(MODEL, wait=30):
        pass


def test_a_lock_is_free_after_an_exception(catalog: Catalog) -> None:
    with pytest.raises(RuntimeError), catalog.lock(MODEL):
        raise RuntimeError
    with catalog.lock(MODEL, wait=0.1):
        pass


def test_a_catalog_in_memory_works_within_one_process() -> None:
    catalog, other = Catalog("sqlite://"), Catalog("sqlite://")
    catalog.migrate()
    assert catalog.take_token(MODEL, "s") == 1
    with catalog.lock(MODEL), pytest.raises(CatalogError), catalog.lock(MODEL, wait=0.01):
        pass
    with pytest.raises(CatalogError):
        other.check()


@pytest.mark.parametrize("change", ["UPDATE {} SET model = 'other'", "DELETE FROM {}"])
@pytest.mark.parametrize(
    "table",
    ["partition", "measurement", "signal", "figure", "ledger", "evaluation", "snapshot", "model_version", "trace"],
)
def test_rows_cannot_be_changed_or_deleted_by_sql(catalog: Catalog, catalog_url: str, table: str, change: str) -> None:
    token = catalog.take_token(MODEL, "s")
    catalog.publish(partition(), scope="s", token=token)
    catalog.record(measurement(), scope="s", token=token)
    catalog.append(MODEL, EntryKind.DECISION, decision().window.end, decision(), expected=0)
    catalog.append(MODEL, EntryKind.EVALUATION, evaluation().as_of, evaluation(), expected=1)
    catalog.pin(snapshot())
    catalog.add_version(version())
    catalog.note(MODEL, "window", {"run": "r"})
    before = catalog.contents()
    engine = create_engine(catalog_url)
    with pytest.raises(DBAPIError, match="immutable"), engine.begin() as connection:
        connection.execute(text(change.format(table)))
    assert catalog.contents() == before
    engine.dispose()
