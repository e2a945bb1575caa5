"""Input that has to be refused, each with its code. Most of it is accepted silently by some common reader."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pyarrow as pa

from bad_input.kit import (
    FIRST,
    HEADER,
    OBJECT,
    Case,
    cell,
    csv,
    flipped,
    gz,
    jsonl,
    parquet,
    record,
    table,
    write_parquet,
)


def _case(ending: str, code: str, name: str, data: bytes, **more: Any) -> Case:
    return Case(f"{ending}:{name}", {f"data.{ending}": data}, code, **more)


def _csv(code: str, name: str, data: bytes, **more: Any) -> Case:
    return _case("csv", code, name, data, **more)


def _json(code: str, name: str, data: bytes, **more: Any) -> Case:
    return _case("jsonl", code, name, data, **more)


def _parquet(code: str, name: str, data: bytes, **more: Any) -> Case:
    return _case("parquet", code, name, data, **more)


_BERLIN = {"ts": {"timezone": "Europe/Berlin"}}
_GZ = gz(csv())
_LARGE = write_parquet(table(100_000))
_MILLION = b"a1,2026-01-05T01:00:00Z,1,1.5,Oslo,true,0\n" * 150_000

SHAPE = [
    _csv("SRC100", "empty", b""),
    _csv("SRC100", "only_line_ends", b"\n\r\n\n"),
    _csv("SRC120", "no_header", csv().split(b"\n", 1)[1]),
    _csv("SRC122", "dup_header", csv(header=HEADER.replace("city", "x"))),
    _csv("SRC123", "empty_header_name", csv(header=HEADER.replace("city", ""))),
    _csv("SRC120", "header_spaces", csv(header=HEADER.replace(",", ", "))),
    _csv("SRC120", "header_case", csv(header=HEADER.upper())),
    _csv("SRC120", "header_zero_width", csv(header="id\u200b" + HEADER[2:])),
    _csv("SRC120", "col_missing", b"id,ts,n,x,city,ok\na1,2026-01-05T01:00:00Z,1,1.5,Oslo,true\n"),
    _csv("SRC121", "col_extra", b"id,ts,n,x,city,ok,y,z\na1,2026-01-05T01:00:00Z,1,1.5,Oslo,true,0,9\n"),
    _csv("SRC121", "col_path", csv(header=HEADER + ",../../etc/passwd")),
    _csv("SRC121", "col_sql", csv(header=HEADER + ',"x""; DROP TABLE t;--"')),
    _csv("SRC121", "nfc_nfd", csv(header=HEADER + ",caf\u00e9,cafe\u0301")),
    _csv("SRC121", "wide", csv(header=HEADER + "".join(f",c{index}" for index in range(20_000)))),
    _csv("SRC107", "ragged_short", csv("a3,2026-01-05T03:00:00Z,3,3.5,Bonn,true")),
    _csv("SRC107", "ragged_long", csv("a3,2026-01-05T03:00:00Z,3,3.5,Bonn,true,0,9")),
    _csv("SRC107", "ragged_long_all", f"{HEADER}\n{','.join(FIRST.values())},9\n".encode()),
    _csv("SRC107", "truncated_mid_row", csv()[:-20]),
    _csv("SRC108", "unclosed_quote", csv('a3,2026-01-05T03:00:00Z,3,3.5,"Bonn,true,0', ",".join(FIRST.values()))),
    _csv("SRC108", "unclosed_quote_at_end", csv('a3,2026-01-05T03:00:00Z,3,3.5,Bonn,true,"0')),
    _csv("SRC108", "quotes_that_merge_rows", csv('a3,2026-01-05T03:00:00Z,3,3.5,"x,true,0\na4"y,1,1,1,1,1,1')),
    _csv("SRC108", "quote_inside_value", cell(city='5" pipe')),
    _csv("SRC108", "unclosed_quote_in_header", b'id,"ts,n\n1,2,3\n'),
    _csv("SRC120", "semicolon", csv().replace(b",", b";")),
    _csv("SRC107", "decimal_comma", cell(x="1,5")),
    _csv("SRC109", "long_field", cell(city="x" * 3_000_000)),
    _csv("SRC105", "html", b"<!DOCTYPE html><html><body>503 Service Unavailable</body></html>"),
    _csv("SRC105", "xml", b'\n <?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'),
    _csv("SRC105", "git_lfs_pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
    _csv("SRC105", "zip", b"PK\x03\x04rest of an archive"),
    _csv("SRC105", "parquet_named_csv", parquet()),
    _csv("SRC105", "gz_no_ext", _GZ),
    _csv("SRC101", "too_many_bytes", csv(), options={"max_bytes": 50}),
    _csv("SRC102", "too_many_rows", csv(), options={"max_rows": 1}),
]

ENCODING = [
    _csv("SRC106", "utf16", csv().decode().encode("utf-16")),
    _csv("SRC120", "utf16_without_mark", csv().decode().encode("utf-16-le")),
    _csv("SRC106", "latin1", cell(city="Malm\u00f6").decode().encode("latin-1")),
    _csv("SRC106", "not_the_declared_encoding", cell(city="\u0142\u00f3d\u017a"), options={"encoding": "ascii"}),
    _csv("SRC106", "half_utf16", csv().decode().encode("utf-16")[:-1], options={"encoding": "utf-16"}),
    _csv("SRC106", "overlong_utf8", cell(city="QQ").replace(b"QQ", b"\xc0\xaf")),
    _csv("SRC133", "nul_in_number", cell(x="1\0.5")),
    _csv("SRC140", "nul_in_text", cell(city="Bo\0nn")),
    _csv("SRC140", "control_in_text", cell(city="Bo\x1bnn")),
]

VALUES = [
    _csv("SRC131", "wrong_dtype", cell(n="abc")),
    _csv("SRC131", "float_for_int", cell(n="1.0")),
    _csv("SRC131", "hex_num", cell(n="0x1F")),
    _csv("SRC131", "underscore_num", cell(n="1_000")),
    _csv("SRC131", "thousands", cell(n='"1,000"')),
    _csv("SRC131", "sci_id", cell(n="1E5")),
    _csv("SRC131", "space_before_number", cell(n=" 3")),
    _csv("SRC131", "line_end_after_number", cell(n='"3\n"')),
    _csv("SRC131", "other_digits", cell(n="\u0663")),
    _csv("SRC131", "zero_width_in_number", cell(n="3\u200b")),
    _csv("SRC131", "na_in_int", cell(n="NA")),
    _csv("SRC132", "huge_int", cell(n="9" * 30)),
    _csv("SRC132", "very_long_int", cell(n="1" * 5_000)),
    _csv("SRC132", "int64_edge", cell(n=str(2**63))),
    _csv("SRC133", "pct", cell(x="5%")),
    _csv("SRC133", "decimal_comma_quoted", cell(x='"1,5"')),
    _csv("SRC133", "hex_float", cell(x="0x1p3")),
    _csv("SRC133", "na_in_float", cell(x="N/A")),
    _csv("SRC133", "none_in_float", cell(x="None")),
    _csv("SRC134", "inf", cell(x="inf")),
    _csv("SRC134", "nan", cell(x="NaN")),
    _csv("SRC134", "float_overflow", cell(x="1e400")),
    _csv("SRC135", "bool_mix", cell(ok="yes")),
    _csv("SRC135", "bool_number", cell(ok="2")),
    _csv("SRC130", "null_not_allowed", cell(y="")),
    _csv("SRC130", "null_key", cell(id="")),
    _csv("SRC130", "null_spelling_not_allowed", cell(y="NA"), declare={"y": {"nulls": ["NA"]}}),
    _csv("SRC131", "empty_is_no_declared_null", cell(n=""), declare={"n": {"nulls": ["NA"]}}),
    _csv("SRC136", "ambig_date", cell(ts="01/02/2026")),
    _csv("SRC137", "naive_time", cell(ts="2026-01-05T03:00:00")),
    _csv("SRC137", "day_only", cell(ts="2026-01-05")),
    _csv("SRC136", "epoch_ms", cell(ts="1767582000000")),
    _csv("SRC136", "epoch_s", cell(ts="1767582000")),
    _csv("SRC136", "feb30", cell(ts="2026-02-30T00:00:00Z")),
    _csv("SRC136", "hour_25", cell(ts="2026-01-05T25:00:00Z")),
    _csv("SRC136", "offset_25", cell(ts="2026-01-05T03:00:00+25:00")),
    _csv("SRC136", "zone_name", cell(ts="2026-01-05T03:00:00 Europe/Berlin")),
    _csv("SRC139", "year_9999", cell(ts="9999-12-31T00:00:00Z")),
    _csv("SRC139", "year_1", cell(ts="0001-01-01T00:00:00Z")),
    _csv("SRC138", "clock_set_back", cell(ts="2026-10-25T02:30:00"), declare=_BERLIN),
    _csv("SRC138", "clock_skips", cell(ts="2026-03-29T02:30:00"), declare=_BERLIN),
    _csv("SRC136", "other_than_format", cell(), declare={"ts": {"format": "%d.%m.%Y %H:%M", "timezone": "UTC"}}),
    _csv("SRC137", "format_without_zone", cell(), declare={"ts": {"format": "%Y-%m-%dT%H:%M:%SZ"}}),
    _csv("SRC150", "future_ts", cell(ts="2026-02-05T03:00:00Z"), options={"path": "{start:da}ta.csv"}),
    _csv("SRC151", "dup_keys", csv(",".join(FIRST.values()))),
    _csv("SRC152", "conflict_dup_keys", cell(id="a1")),
]

GZIP = [
    _case("csv.gz", "SRC104", "trunc", _GZ[:-12]),
    _case("csv.gz", "SRC104", "cut_in_header", _GZ[:5]),
    _case("csv.gz", "SRC104", "notgz", csv()),
    _case("csv.gz", "SRC104", "zero", b""),
    _case("csv.gz", "SRC104", "corrupt_crc", _GZ[:-8] + b"\0\0\0\0" + _GZ[-4:]),
    _case("csv.gz", "SRC104", "corrupt_middle", flipped(_GZ, 40)),
    _case("csv.gz", "SRC104", "trailing_garbage", _GZ + b"garbage"),
    _case("csv.gz", "SRC104", "second_member_cut", _GZ + gz(b"a3")[:-3]),
    _case("csv.gz", "SRC103", "bomb", gz(_MILLION)),
    _case("csv.gz", "SRC101", "larger_than_cap", gz(csv()), options={"max_bytes": 100}),
    _case("csv.gz", "SRC100", "empty_inside", gz(b"")),
    _case("jsonl.gz", "SRC112", "csv_inside", _GZ),
]

PARQUET = [
    _parquet("SRC114", "trunc", _LARGE[: len(_LARGE) // 2]),
    _parquet("SRC114", "no_footer", _LARGE[:-8]),
    _parquet("SRC114", "zero", b""),
    _parquet("SRC114", "csv_as", csv()),
    _parquet("SRC114", "bitflip_footer", flipped(_LARGE, len(_LARGE) - 7)),
    _parquet("SRC114", "bitflip_data", flipped(_LARGE, len(_LARGE) // 2)),
    _parquet("SRC141", "int_as_str", parquet(n=pa.array(["1", "2"]))),
    _parquet("SRC141", "int_as_double", parquet(n=pa.array([1.0, 2.0]))),
    _parquet("SRC141", "double_as_str", parquet(x=pa.array(["1.5", "2"]))),
    _parquet("SRC141", "str_as_int", parquet(id=pa.array([1, 2]))),
    _parquet("SRC141", "str_as_binary", parquet(city=pa.array([b"a", b"b"]))),
    _parquet("SRC141", "bool_as_str", parquet(ok=pa.array(["true", "false"]))),
    _parquet("SRC141", "bool_for_int", parquet(n=pa.array([True, False]))),
    _parquet("SRC141", "ts_as_str", parquet(ts=pa.array([FIRST["ts"]] * 2))),
    _parquet("SRC141", "ts_as_int", parquet(ts=pa.array([1, 2]))),
    _parquet("SRC141", "nested", parquet(x=pa.array([{"a": 1.0}, {"a": 2.0}]))),
    _parquet("SRC141", "list", parquet(x=pa.array([[1.0], [2.0]]))),
    _parquet("SRC137", "naive_ts", parquet(ts=pa.array([1767582000, 1767582000], pa.timestamp("s")))),
    _parquet("SRC139", "ts_year_9999", parquet(ts=pa.array([253_402_214_400, 0], pa.timestamp("s", "UTC")))),
    _parquet("SRC139", "ts_beyond_microseconds", parquet(ts=pa.array([2**60, 0], pa.timestamp("ms", "UTC")))),
    _parquet("SRC130", "null_type_not_allowed", parquet(y=pa.nulls(2))),
    _parquet("SRC130", "null_key", parquet(id=pa.array(["a", None]))),
    _parquet("SRC130", "ts_nat", parquet(ts=pa.array([None, 1767582000 * 10**9], pa.timestamp("ns", "UTC")))),
    _parquet("SRC133", "decimal_too_fine", parquet(x=pa.array([Decimal("0.12345678901234567890"), None]))),
    _parquet("SRC131", "decimal_fraction_as_int", parquet(n=pa.array([Decimal("1.5"), None]))),
    _parquet("SRC133", "int_too_large_for_float", parquet(x=pa.array([2**53 + 1, 1]))),
    _parquet("SRC132", "uint64", parquet(n=pa.array([2**63, 1], pa.uint64()))),
    _parquet("SRC134", "inf", parquet(x=pa.array([float("inf"), 1.0]))),
    _parquet("SRC134", "nan", parquet(x=pa.array([float("nan"), 1.0]))),
    _parquet("SRC140", "control", parquet(city=pa.array(["a\x00b", "c"]))),
    _parquet("SRC120", "col_missing", parquet(drop="x")),
    _parquet("SRC121", "col_extra", parquet(z=pa.array([1, 2]))),
    _parquet("SRC122", "dupcols", write_parquet(table().append_column("x", pa.array([1.0, 2.0])))),
    _parquet("SRC101", "too_many_bytes", _LARGE, options={"max_bytes": 1_000}),
    Case("parquet:drift", {"a.parquet": parquet(), "b.parquet": parquet(x=pa.array(["1", "2"]))}, "SRC141"),
    Case(
        "parquet:driftcol", {"a.parquet": parquet(), "b.parquet": parquet(drop="x", x2=pa.array([1.0, 2.0]))}, "SRC120"
    ),
    Case("parquet:same_rows_in_two_files", {"a.parquet": parquet(), "b.parquet": parquet()}, "SRC151"),
]

JSON_LINES = [
    _json("SRC100", "empty", b""),
    _json("SRC100", "only_blank_lines", b"\n \n"),
    _json("SRC112", "trunc", jsonl()[:-20]),
    _json("SRC113", "dupkey", jsonl(json.dumps(OBJECT)[:-1] + ', "x": 2}')),
    _json("SRC134", "nanlit", record(x=float("nan"))),
    _json("SRC134", "infinity", record(x=float("inf"))),
    _json("SRC131", "nanlit_as_int", record(n=float("nan"))),
    _json("SRC131", "typedrift", record(n="2")),
    _json("SRC131", "float_for_int", record(n=2.0)),
    _json("SRC131", "bool_for_int", record(n=True)),
    _json("SRC133", "text_for_float", record(x="1.5")),
    _json("SRC133", "nested", record(x={"a": 1})),
    _json("SRC133", "int_too_large_for_float", record(x=2**53 + 1)),
    _json("SRC134", "int_beyond_float", record(x=10**400)),
    _json("SRC141", "number_for_text", record(city=5)),
    _json("SRC135", "text_for_bool", record(ok="true")),
    _json("SRC136", "number_for_time", record(ts=1767582000000)),
    _json("SRC137", "naive_time", record(ts="2026-01-05T01:00:00")),
    _json("SRC120", "missingkey", jsonl(json.dumps({name: OBJECT[name] for name in OBJECT if name != "x"}))),
    _json("SRC121", "extra_key", record(z=1)),
    _json("SRC130", "null_not_allowed", record(y=None)),
    _json("SRC112", "deep", jsonl('{"x": ' + "[" * 100_000 + "]" * 100_000 + "}")),
    _json("SRC132", "bigint", record(n=10**29)),
    _json("SRC112", "endless_int", jsonl('{"n": ' + "1" * 10_000 + "}")),
    _json("SRC134", "bigfloat", jsonl(json.dumps({**OBJECT, "id": "a2", "x": 0}).replace('"x": 0', '"x": 1e999'))),
    _json("SRC112", "array", b"[" + json.dumps(OBJECT).encode() + b"]\n"),
    _json("SRC112", "scalar", b"5\n"),
    _json("SRC112", "pretty_printed", json.dumps(OBJECT, indent=2).encode()),
    _json("SRC106", "utf16", jsonl().decode().encode("utf-16")),
    _json(
        "SRC106",
        "latin1",
        jsonl(json.dumps({**OBJECT, "city": "Malm\u00f6"}, ensure_ascii=False))[:-1].decode().encode("latin-1"),
    ),
    _json("SRC112", "ctrl", jsonl(json.dumps(OBJECT).replace("Oslo", "Os\x01lo"))),
    _json("SRC140", "escaped_ctrl", record(city="Os\x01lo")),
    _json("SRC106", "lone_surrogate", jsonl(json.dumps({**OBJECT, "city": "\ud800"}))),
    _json("SRC112", "two_objects_in_a_line", jsonl(json.dumps(OBJECT) * 2)),
    _json("SRC105", "html", b"<html><body>502 Bad Gateway</body></html>"),
]

MALFORMED = [*SHAPE, *ENCODING, *VALUES, *GZIP, *PARQUET, *JSON_LINES]
