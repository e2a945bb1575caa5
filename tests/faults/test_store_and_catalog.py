"""Whatever write point a process dies at, nothing is half there, and doing it again gives what it would have given."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import timedelta
from typing import TYPE_CHECKING

import fsspec
import pyarrow as pa
import pytest

from leeway import failpoints
from leeway.canonical import canonical_json
from leeway.catalog import Catalog
from leeway.core import EntryKind, PartitionKind
from leeway.errors import StoreError
from leeway.store import Store
from values import MODEL, day, decision, measurement, partition, promotion, snapshot, version

if TYPE_CHECKING:
    from pathlib import Path

fork = multiprocessing.get_context("fork")

PASSED = {
    "store.write": 3,
    "store.rename": 3,
    "store.renamed": 3,
    "catalog.publish": 2,
    "catalog.published": 2,
    "catalog.measure": 1,
    "catalog.measured": 1,
    "catalog.snapshot": 1,
    "catalog.version": 1,
    "catalog.versioned": 1,
    "ledger.append": 2,
    "ledger.appended": 2,
}
"""How often `work` passes each failpoint of the store and the catalog."""

FAULTS = [(name, nth) for name, times in PASSED.items() for nth in range(1, times + 1)]


def work(url: str, root: str) -> None:
    """Do one window as the stages do: every step can be done again."""
    catalog, store = Catalog(url), Store(root)
    window, scope = day(0), "window"
    token = catalog.take_token(MODEL, scope)
    rows = pa.table({"x": pa.array(range(50), pa.int64())})
    raw = store.put(rows, model=MODEL, kind="raw", window=window)
    catalog.publish(partition(0, version=raw.version, location=raw.location, rows=raw.rows), scope=scope, token=token)
    profile = store.put_bytes(b"profile", model=MODEL, kind="profile", window=window, suffix="profile")
    catalog.publish(
        partition(0, kind=PartitionKind.PROFILE, version=profile.version, location=profile.location, rows=0),
        scope=scope,
        token=token,
    )
    revision = catalog.record(measurement(0), scope=scope, token=token)
    if catalog.decision(MODEL, window) is None:
        decided = decision(0, evidence={"measurement": revision})
        catalog.append(MODEL, EntryKind.DECISION, window.end, decided, expected=catalog.last_seq(MODEL))
    catalog.pin(snapshot(1))
    catalog.add_version(version(1))
    if catalog.champion(MODEL) != 1:
        catalog.promote(**promotion(1, None))
    catalog.close()


def _work_with_fault(url: str, root: str, fault: str) -> None:
    os.environ["LEEWAY_FAULT"] = fault
    failpoints.reset()
    work(url, root)


def _state(url: str, root: str) -> tuple[str, dict[str, bytes]]:
    place, path = fsspec.core.url_to_fs(root, use_listings_cache=False)
    files = {found.removeprefix(f"{path}/"): place.cat_file(found) for found in place.find(path)}
    return canonical_json(Catalog(url).contents()), files


def _assert_nothing_is_half_there(url: str, root: str) -> None:
    catalog, store = Catalog(url), Store(root)
    assert catalog.verify() == []
    assert [store.verify(each) for each in catalog.all_partitions() if store.verify(each)] == []


@pytest.fixture(scope="module")
def expected(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, bytes]]:
    """What undisturbed work gives."""
    folder = tmp_path_factory.mktemp("undisturbed")
    url = f"sqlite:///{folder / 'catalog.db'}"
    (folder / "catalog.db").write_bytes(sqlite_template.read_bytes())
    work(url, str(folder / "store"))
    return _state(url, str(folder / "store"))


def test_every_failpoint_of_store_and_catalog_is_tried() -> None:
    declared = {name for name in failpoints.FAILPOINTS if name.startswith(("store.", "catalog.", "ledger."))}
    assert declared == set(PASSED)


def _kill_and_work_again(url: str, root: str, fault: str) -> None:
    child = fork.Process(target=_work_with_fault, args=(url, root, f"{fault}:kill"))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL, "the failpoint was not passed that often"
    _assert_nothing_is_half_there(url, root)
    work(url, root)
    _assert_nothing_is_half_there(url, root)
    kept = {each.location for each in Catalog(url).all_partitions()}
    Store(root).sweep(MODEL, kept, -timedelta(seconds=5))


@pytest.mark.parametrize(("name", "nth"), FAULTS)
def test_a_killed_process_leaves_nothing_half_there(
    catalog_url: str, tmp_path: Path, expected: tuple[str, dict[str, bytes]], name: str, nth: int
) -> None:
    _kill_and_work_again(catalog_url, str(tmp_path / "store"), f"{name}:{nth}")
    assert _state(catalog_url, str(tmp_path / "store")) == expected


@pytest.mark.integration
@pytest.mark.services
@pytest.mark.parametrize(("name", "nth"), [fault for fault in FAULTS if fault[0] in ("store.write", "store.renamed")])
def test_a_killed_process_leaves_nothing_half_there_in_an_object_store(
    sqlite_url: str, s3_root: str, expected: tuple[str, dict[str, bytes]], name: str, nth: int
) -> None:
    _kill_and_work_again(sqlite_url, s3_root, f"{name}:{nth}")
    assert _state(sqlite_url, s3_root) == expected


@pytest.mark.parametrize("mode", ["raise", "enospc"])
@pytest.mark.parametrize(("name", "nth"), FAULTS)
def test_a_failed_write_leaves_nothing_behind(
    sqlite_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    expected: tuple[str, dict[str, bytes]],
    name: str,
    nth: int,
    mode: str,
) -> None:
    root = str(tmp_path / "store")
    monkeypatch.setenv("LEEWAY_FAULT", f"{name}:{nth}:{mode}")
    failpoints.reset()
    with pytest.raises((OSError, StoreError)) as failed:
        work(sqlite_url, root)
    if isinstance(failed.value, StoreError):
        assert failed.value.code == ("STO002" if mode == "enospc" else "STO001")
    assert isinstance(failed.value, StoreError) == name.startswith("store.")
    assert not list(tmp_path.rglob("*.tmp"))
    _assert_nothing_is_half_there(sqlite_url, root)
    monkeypatch.delenv("LEEWAY_FAULT")
    work(sqlite_url, root)
    assert _state(sqlite_url, root) == expected


def test_work_done_twice_gives_the_same_bytes(
    sqlite_url: str, tmp_path: Path, expected: tuple[str, dict[str, bytes]]
) -> None:
    for _ in range(2):
        work(sqlite_url, str(tmp_path / "store"))
    assert _state(sqlite_url, str(tmp_path / "store")) == expected
