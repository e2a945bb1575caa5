"""Validate one table: build the expectations, evaluate them, fail closed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from leeway.expectations.configured import configured_once
from leeway.expectations.datadocs import page
from leeway.expectations.outcome import Failure, Outcome
from leeway.expectations.suite import CODE, USER, build, expectations_module
from leeway.schema import ColumnType

if TYPE_CHECKING:
    import pyarrow as pa

    from leeway.core import Window
    from leeway.schema import TableSchema

_SHOWN_VALUES = 3
"""Unexpected values that the Data Docs page shows per expectation."""
_LONG_TEXT = re.compile(r"""(['"]).{30,}""", re.S)


def validate(
    schema: TableSchema,
    extra: Sequence[Mapping[str, Any]],
    table: pa.Table,
    *,
    model: str,
    window: Window,
    columns: Sequence[str],
) -> Outcome:
    """Hold a raw table against its declared schema and the model file's own expectations.

    It fails closed: an expectation that raises, says neither yes nor no, or is missing among the results is a failure.

    Args:
        schema: what is declared.
        extra: the model file's list of further expectations.
        table: the rows.
        model: name of the model; the page's title.
        window: the window; every event time has to lie in it.
        columns: the columns the table must have.

    Raises:
        SpecError: if an entry of ``extra`` is wrong (SPEC060 arguments, SPEC061 type, SPEC062 column).
    """
    expectations_module()
    from great_expectations import ExpectationSuite

    present = [name for name in columns if name in table.column_names]
    wrong = tuple(_wrong_types(schema, table, present))
    sound = [name for name in present if name not in {failure.column for failure in wrong}]
    suite = ExpectationSuite(name=model, expectations=build(schema, extra, columns, sound, window))
    batch = _batches().get_batch({"dataframe": table.to_pandas(timestamp_as_object=False)})
    shape = {"result_format": "BASIC", "partial_unexpected_count": _SHOWN_VALUES}
    with configured_once():
        result = batch.validate(suite, result_format=shape)
    failures = (*wrong, *_failures(result, expected=len(suite.expectations)))
    html = page(result, failures, title=f"{model}, {window}")
    return Outcome(passed=not failures, failures=failures, checks=len(result.results) + len(present), html=html)


@lru_cache(maxsize=1)
def _batches() -> Any:
    """What makes a batch of a DataFrame; in memory, once per process, without telemetry and progress bars."""
    import great_expectations
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    asset = context.data_sources.add_pandas("leeway").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("window")


def _wrong_types(schema: TableSchema, table: pa.Table, present: Sequence[str]) -> Iterator[Failure]:
    """Compare types on Arrow's schema, which knows them; pandas, which Great Expectations sees, has fewer."""
    import pyarrow as pa

    declared = {
        ColumnType.INT: pa.int64(),
        ColumnType.FLOAT: pa.float64(),
        ColumnType.STRING: pa.string(),
        ColumnType.BOOLEAN: pa.bool_(),
        ColumnType.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    }
    for name in present:
        kind, found = schema.columns[name].type, table.schema.field(name).type
        if found != declared[kind]:
            yield Failure("VAL107", name, f"{name} is declared as {kind.value} but holds {found}")


def _failures(result: Any, *, expected: int) -> Iterator[Failure]:
    if not result.results:
        yield Failure("VAL191", None, "no expectation was evaluated")
    elif len(result.results) != expected:
        yield Failure("VAL190", None, f"only {len(result.results)} of {expected} expectations were evaluated")
    for one in sorted(result.results, key=lambda one: str(one.expectation_config.meta.get(CODE, ""))):
        if message := _raised(one.exception_info):
            yield _failure(one, "VAL190", f"could not be evaluated: {message}")
        elif not one.success:
            yield _failure(one, str(one.expectation_config.meta.get(CODE, "VAL190")), _found(one))


def _raised(info: Any) -> str | None:
    """The message of an exception inside an expectation; Great Expectations keeps it flat or nested by metric."""
    if not isinstance(info, Mapping):
        return None
    nested = [info, *(value for value in info.values() if isinstance(value, Mapping))]
    for found in nested:
        if found.get("raised_exception"):
            return without_rows(str(found.get("exception_message") or "no message"))
    return None


def without_rows(message: str) -> str:
    """Shorten what an exception says: pandas puts whole columns into its messages."""
    first = _LONG_TEXT.sub(r"\1...", message).strip().partition("\n")[0]
    return first if len(first) <= 200 else f"{first[:200]}..."


def _failure(one: Any, code: str, found: str) -> Failure:
    config = one.expectation_config
    column = config.kwargs.get("column")
    subject = _SUBJECTS.get(code)
    if subject is None:
        on = f" on {column}" if column else ""
        return Failure(code, column, f"{config.type}{on} {found}")
    return Failure(code, column, subject.format(column=column, found=found, **_named(config.kwargs)))


_SUBJECTS = {
    "VAL101": "there are no rows",
    "VAL102": "the columns are not the declared ones: {found}",
    "VAL103": "{column} has no value in {found}",
    "VAL104": "{column} is not one of its declared levels in {found}",
    "VAL105": "{column} lies outside {bounds} in {found}",
    "VAL106": "the key {key} is not unique in {found}",
    "VAL109": "{column} lies outside the window in {found}",
}


def _named(arguments: Mapping[str, Any]) -> dict[str, str]:
    low, high = arguments.get("min_value"), arguments.get("max_value")
    bounds = f"{'' if low is None else low} .. {'' if high is None else high}".strip()
    return {"bounds": bounds, "key": ", ".join(arguments.get("column_list") or [str(arguments.get("column"))])}


def _found(one: Any) -> str:
    """How far a result is from what was expected: counts and single figures, never values of rows."""
    result = one.result or {}
    if "unexpected_count" in result:
        rows = f"{result['unexpected_count']:,} of {result.get('element_count', 0):,} rows"
        return f"is not met in {rows}" if one.expectation_config.meta.get(CODE) == USER else rows
    observed = result.get("observed_value")
    if one.expectation_config.type == "expect_table_columns_to_match_set":
        mismatched = (result.get("details") or {}).get("mismatched", {})
        parts = [f"{kind} {', '.join(sorted(names))}" for kind, names in sorted(mismatched.items()) if names]
        return "; ".join(parts) or "they differ"
    if isinstance(observed, (int, float)) and not isinstance(observed, bool):
        return f"is not met: observed {observed:,.6g}"
    return "is not met"
