"""The store keeps bytes as they were published, and tells when it cannot."""

from __future__ import annotations

import itertools
import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.canonical import digest
from leeway.core import PartitionKind
from leeway.errors import CorruptionError, StoreError
from leeway.store import Store, Stored
from values import MODEL, day, partition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leeway.core import Partition

RAW = PartitionKind.RAW


def table(rows: int = 100) -> pa.Table:
    """A table with every type of a declared schema, and nulls."""
    moments = [datetime(2013, 1, 7, tzinfo=UTC) + timedelta(seconds=n) for n in range(rows)]
    return pa.table(
        {
            "id": pa.array(range(rows), pa.int64()),
            "x": pa.array([None if n % 7 == 0 else n / 3 for n in range(rows)], pa.float64()),
            "name": pa.array([f"é{n % 5}" for n in range(rows)], pa.string()),
            "late": pa.array([n % 2 == 0 for n in range(rows)], pa.bool_()),
            "at": pa.array(moments, pa.timestamp("us", tz="UTC")),
        }
    )


def published(stored: Stored) -> Partition:
    return partition(0, version=stored.version, location=stored.location, rows=stored.rows)


def put(store: Store, rows: int = 100) -> Partition:
    return published(store.put(table(rows), model=MODEL, kind=RAW, window=day(0)))


@pytest.fixture(params=["folder", "objects"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store on a folder, and one on fsspec's object store in memory."""
    if request.param == "folder":
        yield Store(str(tmp_path / "store"))
        return
    yield Store(f"memory://{tmp_path.name}")
    fsspec.filesystem("memory").store.clear()


def test_a_table_comes_back_as_it_was(any_store: Store) -> None:
    kept = put(any_store)
    assert any_store.read(kept).equals(table())
    assert any_store.read(kept, ["at", "x"]).equals(table().select(["at", "x"]))
    assert any_store.read_at(kept.location, kept.version).num_rows == kept.rows == 100
    assert kept.location == f"{MODEL}/raw/{day(0).key}/{kept.version}.parquet"
    assert any_store.verify(kept) is None


def test_a_table_without_rows_comes_back(any_store: Store) -> None:
    assert any_store.read(put(any_store, 0)).equals(table(0))


def test_bytes_come_back_as_they_were(any_store: Store) -> None:
    stored = any_store.put_bytes(b"page", model=MODEL, kind="report", window=day(0), suffix=".html")
    assert stored == (digest(b"page"), 0, f"{MODEL}/report/{day(0).key}/{digest(b'page')}.html")
    assert any_store.get_bytes(stored.location, stored.version) == b"page"
    assert any_store.verify(published(stored)) is None


def test_a_store_may_be_given_as_a_file_url(tmp_path: Path) -> None:
    kept = put(Store(f"file://{tmp_path}"))
    assert (tmp_path / kept.location).is_file()


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 300), max_size=6))
def test_bytes_do_not_depend_on_chunks_or_on_who_made_the_table(cuts: list[int]) -> None:
    from leeway.store import parquet

    whole = table(300)
    bounds = [0, *sorted(cuts), 300]
    chunked = pa.concat_tables([whole.slice(a, b - a) for a, b in itertools.pairwise(bounds)])
    named = chunked.replace_schema_metadata({"pandas": "{}"})
    assert parquet.to_bytes(named) == parquet.to_bytes(whole)


def test_a_pandas_frame_leaves_nothing_but_its_rows(store: Store, tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": np.arange(5.0)}, index=pd.Index(range(5), name="row"))
    stored = store.put(pa.Table.from_pandas(frame), model=MODEL, kind=RAW, window=day(0))
    assert b"pandas" not in (tmp_path / "store" / stored.location).read_bytes()
    assert store.read(published(stored)).schema.metadata is None


def test_putting_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    put(store)
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    put(store)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files
    assert len(files) == 2


def test_the_manifest_says_what_is_in_the_file(store: Store, tmp_path: Path) -> None:
    kept = put(store)
    file = tmp_path / "store" / kept.location
    manifest = json.loads(file.with_suffix(".json").read_text())
    assert manifest == {
        "bytes": file.stat().st_size,
        "rows": 100,
        "schema": manifest["schema"],
        "sha256": kept.version,
    }


def test_every_flipped_bit_is_found(store: Store, tmp_path: Path) -> None:
    kept = put(store)
    file = tmp_path / "store" / kept.location
    good = file.read_bytes()
    for place in range(0, len(good), max(1, len(good) // 40)):
        file.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises(CorruptionError) as found:
            store.read(kept)
        assert found.value.code == "STO100"
    assert "STO100" in (store.verify(kept) or "")
    put(store)
    assert store.verify(kept) is None, "storing the same rows again repairs the file"


def test_page_checksums_find_what_a_wrong_digest_would_hide(store: Store, tmp_path: Path) -> None:
    import pyarrow.parquet

    kept = put(store)
    file = tmp_path / "store" / kept.location
    data = bytearray(file.read_bytes())
    column = pyarrow.parquet.read_metadata(file).row_group(0).column(0)
    data[column.dictionary_page_offset + column.total_compressed_size - 1] ^= 1  # last byte of the last page
    file.write_bytes(data)
    with pytest.raises(CorruptionError):
        store.read_at(kept.location, digest(bytes(data)))


@pytest.mark.parametrize(
    ("damage", "finding"), [(None, "STO010"), ("{", "not JSON"), ("[]", "does not match"), ("{}", "does not match")]
)
def test_a_damaged_manifest_is_found(store: Store, tmp_path: Path, damage: str | None, finding: str) -> None:
    kept = put(store)
    manifest = (tmp_path / "store" / kept.location).with_suffix(".json")
    manifest.unlink() if damage is None else manifest.write_text(damage)
    assert finding in (store.verify(kept) or "")


def test_what_is_not_there_is_told(any_store: Store) -> None:
    missing = partition(0)
    with pytest.raises(StoreError) as refused:
        any_store.read(missing)
    assert refused.value.code == "STO010"
    assert "STO010" in (any_store.verify(missing) or "")
    assert any_store.verify(partition(0, location="")) is None


def test_a_column_that_is_not_there_is_told(store: Store) -> None:
    with pytest.raises(StoreError, match="no column y") as refused:
        store.read(put(store), ["x", "y"])
    assert refused.value.code == "STO011"


@pytest.mark.parametrize("name", ["..", "a/b", "", "a\n", "/etc", "a@b"])
def test_no_name_leads_out_of_the_store(any_store: Store, name: str) -> None:
    for names in ({"model": name, "kind": "raw"}, {"model": MODEL, "kind": name}):
        with pytest.raises(StoreError) as refused:
            any_store.put_bytes(b"", window=day(0), suffix="bin", **names)
        assert refused.value.code == "STO003"
    with pytest.raises(StoreError):
        any_store.put_bytes(b"", model=MODEL, kind="raw", window=day(0), suffix=f"{name}/x")


@pytest.mark.parametrize("location", ["", "../x", "/etc/passwd", f"{MODEL}/raw/../../{'0' * 64}.parquet", "a\0"])
def test_no_location_leads_out_of_the_store(any_store: Store, location: str) -> None:
    with pytest.raises(StoreError) as refused:
        any_store.get_bytes(location, digest(b""))
    assert refused.value.code == "STO003"


def test_no_link_leads_out_of_the_store(store: Store, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / MODEL).symlink_to(tmp_path / "outside")
    with pytest.raises(StoreError) as refused:
        put(store)
    assert refused.value.code == "STO003"
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize("root", ["nonsense://user:s3cret@host/x", "sftp2://s3cret"])
def test_an_unknown_kind_of_store_is_refused_without_showing_its_url(root: str) -> None:
    with pytest.raises(StoreError) as refused:
        Store(root)
    assert refused.value.code == "STO003"
    assert "s3cret" not in str(refused.value)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").touch()
    with pytest.raises(StoreError) as refused:
        put(Store(str(tmp_path / "store")))
    assert refused.value.code == "STO001"


def test_sweeping_removes_only_old_files_that_nothing_refers_to(store: Store, tmp_path: Path) -> None:
    kept, old, young = put(store, 1), put(store, 2), put(store, 3)
    other = store.put(table(4), model="other", kind=RAW, window=day(0))
    folder = (tmp_path / "store" / kept.location).parent
    leftover, foreign = folder / f"{kept.version}.parquet.7-ab.tmp", folder / "README"
    leftover.touch()
    foreign.touch()
    hours_ago = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    for path in (tmp_path / "store").rglob("*"):
        if path.is_file() and young.version not in path.name:
            os.utime(path, (hours_ago, hours_ago))
    gone = [old.location, old.location.replace(".parquet", ".json"), f"{kept.location}.7-ab.tmp"]
    assert store.sweep(MODEL, {kept.location}, timedelta(hours=1)) == sorted(gone)
    assert store.sweep(MODEL, {kept.location}, timedelta(hours=1)) == []
    assert [store.verify(each) for each in (kept, young, published(other))] == [None] * 3
    assert foreign.exists()


def test_putting_again_protects_an_old_file_from_a_sweep(store: Store, tmp_path: Path) -> None:
    kept = put(store)
    for path in (tmp_path / "store").rglob("*.*"):
        os.utime(path, (0, 0))
    put(store)
    assert store.sweep(MODEL, set(), timedelta(hours=1)) == []
    assert store.verify(kept) is None


def test_sweeping_works_where_there_is_nothing_and_on_objects(any_store: Store) -> None:
    assert any_store.sweep(MODEL, set(), timedelta(0)) == []
    kept, gone = put(any_store, 1), put(any_store, 2)
    assert any_store.sweep(MODEL, {kept.location}, timedelta(days=1)) == []
    removed = any_store.sweep(MODEL, {kept.location}, -timedelta(seconds=5))
    assert gone.location in removed
    assert any_store.verify(kept) is None
    assert any_store.verify(gone) is not None
