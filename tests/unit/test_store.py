"""The store keeps bytes as they were published, and tells when it cannot."""

from __future__ import annotations

import itertools
import json
import multiprocessing
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
    from pathlib import Path

    from leeway.core import Partition

RAW = PartitionKind.RAW
fork = multiprocessing.get_context("fork")


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


class Place:
    """What is really in a store, looked at and changed from outside."""

    def __init__(self, root: str) -> None:
        self.root, self.store = root, Store(root)
        self._files, self._root = fsspec.core.url_to_fs(root, use_listings_cache=False)

    def read(self, location: str) -> bytes:
        return self._files.cat_file(f"{self._root}/{location}")

    def write(self, location: str, data: bytes) -> None:
        self._files.pipe_file(f"{self._root}/{location}", data)

    def remove(self, location: str) -> None:
        self._files.rm_file(f"{self._root}/{location}")

    def contents(self) -> dict[str, bytes]:
        found = self._files.find(self._root)
        return {path.removeprefix(f"{self._root}/"): self._files.cat_file(path) for path in found}


def put_another(root: str) -> None:
    put(Store(root), 7)


def manifest_of(kept: Partition) -> str:
    return kept.location.replace(".parquet", ".json")


@pytest.fixture(params=["folder", pytest.param("s3", marks=[pytest.mark.integration, pytest.mark.services])])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty store in a folder, and one on an S3 server."""
    return Place(str(tmp_path / "store") if request.param == "folder" else request.getfixturevalue("s3_root"))


@pytest.fixture
def any_store(place: Place) -> Store:
    """A store on a folder, and one on an S3 server."""
    return place.store


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


def test_a_pandas_frame_leaves_nothing_but_its_rows(place: Place) -> None:
    frame = pd.DataFrame({"x": np.arange(5.0)}, index=pd.Index(range(5), name="row"))
    stored = place.store.put(pa.Table.from_pandas(frame), model=MODEL, kind=RAW, window=day(0))
    assert b"pandas" not in place.read(stored.location)
    assert place.store.read(published(stored)).schema.metadata is None


def test_putting_again_changes_nothing(place: Place) -> None:
    put(place.store)
    contents = place.contents()
    put(place.store)
    assert place.contents() == contents
    assert len(contents) == 2


def test_the_manifest_says_what_is_in_the_file(place: Place) -> None:
    kept = put(place.store)
    manifest = json.loads(place.read(manifest_of(kept)))
    assert manifest == {
        "bytes": len(place.read(kept.location)),
        "rows": 100,
        "schema": manifest["schema"],
        "sha256": kept.version,
    }


def test_every_flipped_bit_is_found(place: Place) -> None:
    flips = 10 if place.root.startswith("s3") else 40
    kept = put(place.store)
    good = place.read(kept.location)
    for at in range(0, len(good), max(1, len(good) // flips)):
        place.write(kept.location, good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        with pytest.raises(CorruptionError) as found:
            place.store.read(kept)
        assert found.value.code == "STO100"
    assert "STO100" in (place.store.verify(kept) or "")
    put(place.store)
    assert place.store.verify(kept) is None, "storing the same rows again repairs the file"


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
def test_a_damaged_manifest_is_found(place: Place, damage: str | None, finding: str) -> None:
    kept = put(place.store)
    manifest = manifest_of(kept)
    place.remove(manifest) if damage is None else place.write(manifest, damage.encode())
    assert finding in (place.store.verify(kept) or "")


def test_an_engine_on_this_machine_reads_the_very_bytes_and_nothing_is_left_behind(
    any_store: Store, tmp_path: Path
) -> None:
    import pyarrow.parquet

    kept = put(any_store)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with any_store.local(kept, scratch) as path:
        assert digest(path.read_bytes()) == kept.version
        assert pyarrow.parquet.read_table(path).equals(table())
    assert list(scratch.iterdir()) == []
    assert any_store.read(kept).equals(table())


def test_two_files_are_on_this_machine_at_once(any_store: Store, tmp_path: Path) -> None:
    one, two = put(any_store, 1), put(any_store, 2)
    with any_store.local(one, tmp_path) as first, any_store.local(two, tmp_path) as second:
        assert [digest(path.read_bytes()) for path in (first, second)] == [one.version, two.version]


def test_no_engine_reads_a_damaged_file(place: Place, tmp_path: Path) -> None:
    kept = put(place.store)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    place.write(kept.location, place.read(kept.location)[:-1])
    with pytest.raises(CorruptionError) as found, place.store.local(kept, scratch):
        pytest.fail("it was given to the engine")
    assert found.value.code == "STO100"
    assert list(scratch.iterdir()) == []


def test_other_machines_find_the_file_at_its_address(place: Place) -> None:
    kept = put(place.store)
    address = place.store.address(kept)
    assert address == f"{place.root}/{kept.location}"
    with fsspec.open(address, use_listings_cache=False) as file:
        assert digest(file.read()) == kept.version


def test_what_is_not_there_is_told(any_store: Store, tmp_path: Path) -> None:
    missing = partition(0)
    with pytest.raises(StoreError) as refused:
        any_store.read(missing)
    assert refused.value.code == "STO010"
    with pytest.raises(StoreError) as refused, any_store.local(missing, tmp_path):
        pytest.fail("there is no such file")
    assert refused.value.code == "STO010"
    assert "STO010" in (any_store.verify(missing) or "")
    assert any_store.verify(partition(0, location="")) is None


def test_a_column_that_is_not_there_is_told(any_store: Store) -> None:
    with pytest.raises(StoreError, match="no column y") as refused:
        any_store.read(put(any_store), ["x", "y"])
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
def test_no_location_leads_out_of_the_store(any_store: Store, tmp_path: Path, location: str) -> None:
    outside = partition(0, location=location)
    asked = [
        lambda: any_store.get_bytes(location, digest(b"")),
        lambda: any_store.address(outside),
        lambda: any_store.local(outside, tmp_path).__enter__(),
    ]
    for ask in asked:
        with pytest.raises(StoreError) as refused:
            ask()
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


def test_sweeping_works_where_there_is_nothing_and_leaves_other_models_alone(any_store: Store) -> None:
    assert any_store.sweep(MODEL, set(), timedelta(0)) == []
    kept, gone = put(any_store, 1), put(any_store, 2)
    others = [
        published(any_store.put(table(2), model=model, kind=RAW, window=day(0))) for model in ("other", f"{MODEL}_2")
    ]
    assert any_store.sweep(MODEL, {kept.location}, timedelta(days=1)) == []
    removed = any_store.sweep(MODEL, {kept.location}, -timedelta(seconds=5))
    assert removed == sorted([gone.location, manifest_of(gone)])
    assert [any_store.verify(each) for each in (kept, *others)] == [None] * 3
    assert any_store.verify(gone) is not None


def test_what_another_process_does_is_seen_at_once(place: Place) -> None:
    assert place.store.sweep(MODEL, set(), timedelta(days=1)) == []
    kept = put(place.store)
    bystander = fork.Process(target=put_another, args=(place.root,))
    bystander.start()
    bystander.join(60)
    assert bystander.exitcode == 0
    assert len(place.contents()) == 4
    assert len(place.store.sweep(MODEL, {kept.location}, -timedelta(seconds=5))) == 2


def test_a_store_that_works_passes_its_check_and_keeps_nothing_of_it(place: Place) -> None:
    place.store.check()
    assert place.contents() == {}
