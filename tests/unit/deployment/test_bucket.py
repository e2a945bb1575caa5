"""The bucket is made once, and an object store that refuses says so."""

from __future__ import annotations

import fsspec
import pytest

from leeway.deployment.bucket import make_bucket
from leeway.errors import StoreError

pytestmark = [pytest.mark.integration, pytest.mark.services]


@pytest.fixture(autouse=True)
def _keys_are_read_again():
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    yield
    fsspec.get_filesystem_class("s3").clear_instance_cache()


def test_it_is_made_where_it_is_missing_and_left_where_it_is(object_store, monkeypatch):
    for name, value in object_store.admin_environment.items():
        monkeypatch.setenv(name, value)
    assert make_bucket("made-at-the-start")
    assert not make_bucket("made-at-the-start")
    assert "made-at-the-start" in [found["Name"] for found in object_store.client("s3").list_buckets()["Buckets"]]


def test_a_key_that_may_not_make_it_is_told(object_store, monkeypatch):
    for name, value in object_store.environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StoreError) as refused:
        make_bucket("not-ours")
    assert refused.value.code == "STO004"
