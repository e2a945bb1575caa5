"""Input that looks odd and is right: it has to be read, with exactly these values."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from bad_input.kit import (
    FIRST,
    HEADER,
    OBJECT,
    SECOND,
    Case,
    cell,
    csv,
    gz,
    jsonl,
    parquet,
    record,
    table,
    write_parquet,
)


def _case(ending: str, name: str, data: bytes, values: dict[str, list[Any]], **more: Any) -> Case:
    return Case(f"{ending}:{name}", {f"data.{ending}": data}, values=values, **more)


def _csv(name: str, data: bytes, values: dict[str, list[Any]] | None = None, **more: Any) -> Case:
    return _case("csv", name, data, values or _TWO, **more)


def _json(name: str, data: bytes, values: dict[str, list[Any]], **more: Any) -> Case:
    return _case("jsonl", name, data, values, **more)


def _parquet(name: str, data: bytes, values: dict[str, list[Any]], **more: Any) -> Case:
    return _case("parquet", name, data, values, **more)


def _at(hour: int, minute: int = 0, second: int = 0, micro: int = 0) -> datetime:
    return datetime(2026, 1, 5, hour, minute, second, micro, tzinfo=UTC)


_TWO: dict[str, list[Any]] = {
    "id": ["a1", "a2"],
    "ts": [_at(1), _at(2)],
    "n": [1, 2],
    "x": [1.5, 2.5],
    "city": ["Oslo", "Rome"],
    "ok": [True, False],
    "y": [0, 1],
}
_REVERSED = ",".join(reversed(HEADER.split(",")))
_BERLIN = {"ts": {"timezone": "Europe/Berlin"}}


def _third(**values: Any) -> dict[str, list[Any]]:
    """Values of three rows where the third has these."""
    return {name: [*_TWO[name], value] for name, value in values.items()}


def _reordered() -> bytes:
    rows = [",".join(reversed(list(row.values()))) for row in (FIRST, SECOND)]
    return "\n".join([_REVERSED, *rows]).encode()


def _with(column: str, *values: str) -> bytes:
    lines = csv().decode().splitlines()
    return "\n".join(f"{line},{value}" for line, value in zip(lines, (column, *values), strict=True)).encode()


CSV = [
    _csv("ok", csv()),
    _csv("blank_lines", csv().replace(b"\n", b"\n\n")),
    _csv("blank_lines_first", b"\n\r\n" + csv()),
    _csv("no_final_newline", csv()[:-1]),
    _csv("utf8_bom", b"\xef\xbb\xbf" + csv()),
    _csv("crlf", csv(end="\r\n")),
    _csv("cr_only", csv(end="\r")),
    _csv("mixed_eol", csv().replace(b"\n", b"\r\n", 1)),
    _csv("header_only", HEADER.encode() + b"\n", {name: [] for name in _TWO}),
    _csv("header_only_no_newline", HEADER.encode(), {name: [] for name in _TWO}),
    _csv("quoted_header", csv(header='"' + HEADER.replace(",", '","') + '"')),
    _csv("embedded_newline", cell(city='"Bonn\nam Rhein"'), _third(city="Bonn\nam Rhein")),
    _csv("embedded_delimiter", cell(city='"Bonn, am Rhein"'), _third(city="Bonn, am Rhein")),
    _csv("doubled_quotes", cell(city='"the ""Bonn"""'), _third(city='the "Bonn"')),
    _csv("quoted_numbers", cell(n='"3"', x='"3.5"'), _third(n=3, x=3.5)),
    _csv("col_reordered", _reordered()),
    _csv("semicolon_declared", csv().replace(b",", b";"), options={"delimiter": ";"}),
    _csv("tab_declared", csv().replace(b",", b"\t"), options={"delimiter": "\t"}),
    _csv("empty_optional", cell(n="", x="", city="", ok=""), _third(n=None, x=None, city=None, ok=None)),
    _csv(
        "null_spellings",
        cell(n="NULL", x="-"),
        _third(n=None, x=None),
        declare={"n": {"nulls": ["NULL"]}, "x": {"nulls": ["-", ""]}},
    ),
    _csv("namibia", cell(city="NA"), _third(city="NA")),
    _csv("none_is_a_name", cell(city="None"), _third(city="None")),
    _csv("empty_text_kept", cell(city=""), _third(city=""), declare={"city": {"nulls": []}}),
    _csv("leading_zero_id", cell(id="00123"), {"id": ["a1", "a2", "00123"]}),
    _csv("number_like_id", cell(id="1E5"), {"id": ["a1", "a2", "1E5"]}),
    _csv(
        "beyond_2_53_with_null",
        csv(f"a3,{_at(3).isoformat()},9007199254740993,,,,0", f"a4,{_at(4).isoformat()},,,,,0"),
        {"n": [1, 2, 9007199254740993, None]},
    ),
    _csv(
        "int64_edges",
        csv(f"a3,{_at(3).isoformat()},{2**63 - 1},,,,0", f"a4,{_at(4).isoformat()},{-(2**63)},,,,0"),
        {"n": [1, 2, 2**63 - 1, -(2**63)]},
    ),
    _csv("plus_sign_and_zeros", cell(n="+007", x="+.5"), _third(n=7, x=0.5)),
    _csv("float_spellings", cell(x="1.e-3"), _third(x=0.001)),
    _csv("int_as_float", cell(x="3"), _third(x=3.0)),
    _csv(
        "bool_spellings",
        csv(f"a3,{_at(3).isoformat()},,,,TRUE,0", f"a4,{_at(4).isoformat()},,,,0,0"),
        {"ok": [True, False, True, False]},
    ),
    _csv("formula_is_text", cell(city="=cmd|' /C calc'!A0"), _third(city="=cmd|' /C calc'!A0")),
    _csv("invisible_characters_kept", cell(city="a\u200bb\u202ec"), _third(city="a\u200bb\u202ec")),
    _csv("tab_in_text", cell(city="a\tb"), _third(city="a\tb")),
    _csv("other_offset", cell(ts="2026-01-05T03:30:00+05:30"), {"ts": [_at(1), _at(2)]}),
    _csv("offset_spellings", cell(ts="2026-01-05 05:30-0130"), {"ts": [_at(1), _at(2), _at(7)]}),
    _csv("nanoseconds_cut", cell(ts="2026-01-05T03:00:00.123456999Z"), {"ts": [_at(1), _at(2), _at(3, micro=123456)]}),
    _csv("local_time", cell(ts="2026-01-05T04:00:00"), {"ts": [_at(1), _at(2), _at(3)]}, declare=_BERLIN),
    _csv(
        "local_day",
        cell(ts="2026-01-05"),
        {"ts": [_at(1), _at(2), _at(5)]},
        declare={"ts": {"timezone": "America/New_York"}},
    ),
    _csv(
        "format",
        f"{HEADER}\na1,05.01.2026 02:00,1,1.5,Oslo,true,0\n".encode(),
        {"ts": [_at(1)]},
        declare={"ts": {"format": "%d.%m.%Y %H:%M", "timezone": "Europe/Berlin"}},
    ),
    _csv(
        "format_with_offset",
        f"{HEADER}\na1,05.01.2026 02:00 +0100,1,1.5,Oslo,true,0\n".encode(),
        {"ts": [_at(1)]},
        declare={"ts": {"format": "%d.%m.%Y %H:%M %z"}},
    ),
    _csv(
        "latin1_declared",
        cell(city="Malm\u00f6").decode().encode("latin-1"),
        _third(city="Malm\u00f6"),
        options={"encoding": "latin-1"},
    ),
    _csv("utf16_declared", csv().decode().encode("utf-16"), options={"encoding": "utf-16"}),
    _csv("forbidden_with_garbage", _with("leak", "not a number", "\0\x1b")),
    _csv("forbidden_not_utf8", _with("leak", "Q", "1").replace(b",Q", b",\xff\xfe")),
    _csv("ignored_with_garbage", _with("spare", "99/99/99", "")),
    _csv("extra_ignored", _with("surprise", "1", "2"), options={"extra_columns": "ignore"}),
    _csv("bad_row_of_another_window", cell(ts="2025-01-01T00:00:00Z", n="abc")),
    _case("csv.gz", "gz", gz(csv()), _TWO),
    _case("csv.gz", "gz_two_members", gz(csv()[:50]) + gz(csv()[50:]), _TWO),
    _case("jsonl.gz", "gz", gz(jsonl()), {"n": [1]}),
]

_ZERO = datetime(2026, 1, 5, tzinfo=UTC)
_SECONDS = int(_ZERO.timestamp())

PARQUET = [
    _parquet("ok", parquet(), {"id": ["a0", "a1"], "n": [0, 1], "x": [0.0, 0.5]}),
    _parquet("zero_rows", parquet(rows=0), {"id": [], "ts": [], "x": []}),
    _parquet(
        "narrow_types",
        parquet(n=pa.array([1, None], pa.int8()), x=pa.array([0.5, 1.5], pa.float32())),
        {"n": [1, None], "x": [0.5, 1.5]},
    ),
    _parquet("uint64_that_fits", parquet(n=pa.array([2**63 - 1, 0], pa.uint64())), {"n": [2**63 - 1, 0]}),
    _parquet("int_as_float", parquet(x=pa.array([1, None])), {"x": [1.0, None]}),
    _parquet("int_as_bool", parquet(ok=pa.array([1, 0], pa.int8())), {"ok": [True, False]}),
    _parquet(
        "dict_cat", write_parquet(table(city=pa.array(["Oslo", None]).dictionary_encode())), {"city": ["Oslo", None]}
    ),
    _parquet("large_string", parquet(city=pa.array(["Oslo", "Rome"], pa.large_string())), {"city": ["Oslo", "Rome"]}),
    _parquet("all_null", parquet(x=pa.nulls(2, pa.float64())), {"x": [None, None]}),
    _parquet("null_type", parquet(x=pa.nulls(2), city=pa.nulls(2)), {"x": [None, None], "city": [None, None]}),
    _parquet(
        "decimal",
        parquet(x=pa.array([Decimal("1.10"), None]), n=pa.array([Decimal("3.00"), None])),
        {"x": [1.1, None], "n": [3, None]},
    ),
    _parquet(
        "ts_ns",
        parquet(ts=pa.array([_SECONDS * 10**9 + 1_999, _SECONDS * 10**9], pa.timestamp("ns", "UTC"))),
        {"ts": [_ZERO, _ZERO.replace(microsecond=1)]},
    ),
    _parquet(
        "ts_s_other_zone",
        parquet(ts=pa.array([_SECONDS, _SECONDS + 60], pa.timestamp("s", "Asia/Tokyo"))),
        {"ts": [_ZERO, _at(0, 1)]},
    ),
    _parquet(
        "naive_ts_declared",
        parquet(ts=pa.array([_SECONDS + 3600, _SECONDS + 7200], pa.timestamp("s"))),
        {"ts": [_ZERO, _at(1)]},
        declare=_BERLIN,
    ),
    _parquet(
        "date_declared",
        parquet(ts=pa.array([date(2026, 1, 5)] * 2)),
        {"ts": [_ZERO, _ZERO]},
        declare={"ts": {"timezone": "UTC"}},
    ),
    _parquet("forbidden_as_text", parquet(leak=pa.array(["not", "numbers"])), {"n": [0, 1]}),
    _parquet("ignored_nested", parquet(spare=pa.array([[1], [2]])), {"n": [0, 1]}),
    _parquet(
        "many_row_groups", write_parquet(table(1_000), row_group_size=7, compression="zstd"), {"n": list(range(1_000))}
    ),
    Case(
        "parquet:two_files",
        {"a.parquet": parquet(), "b.parquet": parquet(id=pa.array(["b0", "b1"]))},
        values={"id": ["a0", "b0", "a1", "b1"]},
    ),
]

JSON_LINES = [
    _json("ok", jsonl(), {"n": [1], "x": [1.5], "city": ["Oslo"], "ok": [True]}),
    _json("emptyline", b"\n" + jsonl() + b"\n  \n", {"n": [1]}),
    _json("utf8_bom_crlf", b"\xef\xbb\xbf" + jsonl().replace(b"\n", b"\r\n"), {"n": [1]}),
    _json(
        "nulls",
        record(n=None, x=None, city=None, ok=None),
        {"n": [1, None], "x": [1.5, None], "city": ["Oslo", None], "ok": [True, None]},
    ),
    _json("int_for_float", record(x=2), {"x": [1.5, 2.0]}),
    _json(
        "keys_in_other_order", jsonl(json.dumps(dict(reversed({**OBJECT, "id": "a2"}.items())))), {"id": ["a1", "a2"]}
    ),
    _json(
        "beyond_2_53_with_null",
        jsonl(json.dumps({**OBJECT, "id": "a2", "n": 2**53 + 1}), json.dumps({**OBJECT, "id": "a3", "n": None})),
        {"n": [1, 2**53 + 1, None]},
    ),
    _json("text_that_means_null_elsewhere", record(city=""), {"city": ["Oslo", ""]}),
    _json(
        "line_separator_in_text",
        jsonl(json.dumps({**OBJECT, "id": "a2", "city": "a\u2028b"}, ensure_ascii=False)),
        {"city": ["Oslo", "a\u2028b"]},
    ),
    _json("forbidden_with_garbage", record(leak={"deep": [float("nan"), "x"]}), {"n": [1, 1]}),
    _json("ignored_sometimes", record(spare="whenever"), {"n": [1, 1]}),
]

ODD = [*CSV, *PARQUET, *JSON_LINES]
