"""What only an object store can do wrong, and how it is told. All on a real server that checks keys and rights."""

from __future__ import annotations

import os
import socket
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import fsspec
import pytest

from leeway.canonical import digest
from leeway.errors import StoreError
from leeway.store import Store
from objectstore import BUCKET
from values import MODEL, day, partition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from objectstore import ObjectStore

pytestmark = [pytest.mark.integration, pytest.mark.services]


@pytest.fixture(autouse=True)
def _keys_are_read_again() -> Iterator[None]:
    """A process keeps the connection that it has; here each test has other keys."""
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    yield
    fsspec.get_filesystem_class("s3").clear_instance_cache()


def put(store: Store, data: bytes = b"rows") -> str:
    return store.put_bytes(data, model=MODEL, kind="raw", window=day(0), suffix="bin").location


CALLS: dict[str, Callable[[Store], object]] = {
    "read": lambda store: store.read(partition(0)),
    "local": lambda store: store.local(partition(0), Path(tempfile.gettempdir())).__enter__(),
    "write": put,
    "check": Store.check,
    "sweep": lambda store: store.sweep(MODEL, set(), timedelta(0)),
}


def told(store: Store, call: str) -> StoreError:
    with pytest.raises(StoreError) as error:
        CALLS[call](store)
    assert error.value.do
    return error.value


@pytest.mark.parametrize(
    "call", sorted(CALLS.keys() - {"read", "local"})
)  # moto refuses to read where there is no bucket
def test_a_bucket_that_does_not_exist_is_told(
    s3_root: str, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    for name, value in object_store.admin_environment.items():
        monkeypatch.setenv(name, value)
    assert told(Store("s3://nowhere/store"), call).code == "STO004"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("variable", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_a_wrong_key_is_told_and_not_shown(
    s3_root: str, monkeypatch: pytest.MonkeyPatch, call: str, variable: str
) -> None:
    monkeypatch.setenv(variable, "not-the-right-one")
    error = told(Store(s3_root), call)
    assert error.code == "STO005"
    assert "not-the-right-one" not in str(error)


def test_no_key_at_all_is_told(
    s3_root: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path_factory.mktemp("nobody") / "credentials"))
    assert told(Store(s3_root), "write").code == "STO005"


def test_the_key_reaches_no_other_part_of_the_bucket(s3_root: str) -> None:
    assert told(Store(f"s3://{BUCKET}/mlflow"), "write").code == "STO005"


def test_a_server_that_does_not_answer_is_told(s3_root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        assert told(Store(s3_root), "write").code == "STO201"


def test_writers_of_one_file_at_once_leave_it_whole(s3_root: str) -> None:
    data = os.urandom(200_000)
    with ThreadPoolExecutor(8) as writers:
        (location,) = set(writers.map(lambda _: put(Store(s3_root), data), range(8)))
    assert Store(s3_root).get_bytes(location, digest(data)) == data


@pytest.mark.slow
def test_a_large_file_goes_up_in_parts_and_comes_back(s3_root: str, object_store: ObjectStore) -> None:
    data = bytes(100 * 2**20)
    location = put(Store(s3_root), data)
    head = object_store.client("s3").head_object(Bucket=BUCKET, Key=f"{s3_root.partition(BUCKET + '/')[2]}/{location}")
    assert head["ETag"].endswith('-2"'), "it went up in one piece"
    assert Store(s3_root).get_bytes(location, digest(data)) == data
