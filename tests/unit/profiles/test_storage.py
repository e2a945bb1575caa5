"""Profiles as bytes: the same ones for the same table, and never mistaken for something else."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from profiled import LAYOUT, tables

from leeway.errors import ProfileError
from leeway.profiles import storage
from leeway.profiles.building import profile_table
from leeway.profiles.profile import Profile

TABLE = pa.table(
    {"x": [1.0, 2.5, None, 7.0], "c": ["a", "b", None, "a"], "t": pa.array([1, 2, 3, 4], pa.timestamp("s"))}
)
WHOLE = storage.to_bytes(profile_table(TABLE))


@settings(deadline=None, max_examples=15)
@given(tables())
def test_bytes_give_the_same_profile_back(table):
    written = storage.to_bytes(profile_table(table, LAYOUT))
    read = storage.from_bytes(written)
    assert storage.to_bytes(read) == written == storage.to_bytes(profile_table(table, LAYOUT))
    assert read.layout == LAYOUT
    assert list(read.columns) == table.column_names


@pytest.mark.parametrize(
    "table",
    [pa.table({}), pa.table({"x": pa.nulls(0)}), pa.table({"x": pa.nulls(3)}), pa.table({"ü, \n": [[1]]})],
    ids=["no columns", "no rows", "no values", "odd name"],
)
def test_odd_tables_come_back(table):
    written = storage.to_bytes(profile_table(table))
    read = storage.from_bytes(written)
    assert storage.to_bytes(read) == written
    assert (list(read.columns), read.rows) == (table.column_names, table.num_rows)


def test_a_profile_that_was_read_merges_like_the_one_that_was_written():
    one = profile_table(TABLE)
    expected = storage.to_bytes(Profile.merge_all([one, one]))
    assert storage.to_bytes(Profile.merge_all([storage.from_bytes(WHOLE), one])) == expected


def test_long_histories_stay_exact():
    many = [profile_table(TABLE)] * 3
    for _ in range(40):  # 3 ** 41 tables would not fit in memory; their weights do not fit in 64 bits
        many = [Profile.merge_all(many)] * 2
    assert many[0].columns["x"].rows == 4 * 3 * 2**39
    assert storage.to_bytes(storage.from_bytes(storage.to_bytes(many[0]))) == storage.to_bytes(many[0])


def test_any_reader_of_arrow_can_show_a_profile():
    assert pa.ipc.open_stream(WHOLE).read_all()["name"].to_pylist() == ["x", "c", "t"]


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_one_wrong_byte_anywhere_is_found(place, change):
    damaged = bytearray(WHOLE)
    damaged[place] ^= change
    with pytest.raises(ProfileError, match=r"\[PRO200\]"):
        storage.from_bytes(bytes(damaged))


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(WHOLE) - 1))
def test_a_truncated_profile_is_refused(length):
    with pytest.raises(ProfileError, match=r"\[PRO200\]"):
        storage.from_bytes(WHOLE[:length])


@given(st.binary(max_size=200))
@example(b"")
@example(b"ARROW1\x00\x00")
@example(b'{"version":3,"columns":{}}')
def test_random_bytes_are_refused(data):
    with pytest.raises(ProfileError, match=r"\[PRO200\]"):
        storage.from_bytes(data)


def signed(stream: bytes) -> bytes:
    """Bytes that end like a profile: only what they hold tells that they are none."""
    return stream + b"leeway.profile" + zlib.crc32(stream).to_bytes(4, "big")


def arrow(table: pa.Table, *, file: bool = False) -> bytes:
    sink = io.BytesIO()
    with (pa.ipc.new_file if file else pa.ipc.new_stream)(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def test_other_arrow_data_are_refused_signed_or_not():
    old = TABLE.replace_schema_metadata({b"leeway.profile": b"2"})
    half = TABLE.replace_schema_metadata({b"leeway.profile": b"3", b"leeway.coded_rows": b"2 {}"})
    for stream, words in (
        (arrow(TABLE, file=True), "version 3"),
        (arrow(TABLE), "of version unknown"),
        (arrow(old), "of version 2"),
        (arrow(half), "version 3"),
        (b"", "version 3"),
    ):
        for data in (stream, signed(stream)):
            with pytest.raises(ProfileError, match=r"\[PRO200\]"):
                storage.from_bytes(data)
        with pytest.raises(ProfileError, match=words):
            storage.from_bytes(signed(stream))


def test_the_size_does_not_grow_with_the_rows():
    rng = np.random.default_rng(0)
    small, large = (
        len(storage.to_bytes(profile_table(pa.table({"x": rng.normal(size=rows)})))) for rows in (20_000, 200_000)
    )
    assert large < 1.3 * small
    assert small < 60_000
