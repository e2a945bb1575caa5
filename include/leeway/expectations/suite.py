"""From the declared schema and the model file's list to the expectations of Great Expectations."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from leeway.errors import SpecError, did_you_mean
from leeway.expectations.names import known_expectation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leeway.core import Window
    from leeway.schema import TableSchema

CODE = "leeway"
"""Key in an expectation's ``meta``: which code its failure has."""
USER = "VAL108"
_OURS = ("batch_id", "catch_exceptions", "id", "meta", "rendered_content", "result_format", "windows")
"""Arguments that a model file may not set: they decide how a result is reported and whether an error counts."""


def check_expectations(extra: Sequence[Mapping[str, Any]], columns: Sequence[str], *, model: str) -> None:
    """Look for mistakes in a model file's expectations. For ``leeway check``: it imports Great Expectations.

    Raises:
        SpecError: with every problem and the number of its ``entry`` (from 0): SPEC060 wrong arguments, SPEC061 unknown
            type, SPEC062 unknown column.
    """
    problems = []
    for number, entry in enumerate(extra):
        try:
            _user_expectation(entry, columns)
        except SpecError as error:
            where = {**error.where, "model": model, "entry": number}
            problems.append(SpecError(error.what, code=error.code, do=error.do, **where))
    if problems:
        raise SpecError.gather(problems)


def build(
    schema: TableSchema,
    extra: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    sound: Sequence[str],
    window: Window,
) -> list[Any]:
    """Make all expectations of a raw table.

    Args:
        schema: what is declared.
        extra: the model file's list.
        columns: the columns the table must have.
        sound: those it has, in their declared types; of the others only that is reported.
        window: where event times must lie.

    Raises:
        SpecError: if an entry of the list is wrong.
    """
    expectations = expectations_module()
    made = [
        expectations.ExpectTableRowCountToBeBetween(min_value=1, meta={CODE: "VAL101"}),
        expectations.ExpectTableColumnsToMatchSet(column_set=list(columns), exact_match=True, meta={CODE: "VAL102"}),
    ]
    for name in sound:
        made += _of_column(expectations, schema, name)
    if schema.event_time in sound:
        bounds = {"min_value": window.start, "max_value": window.end, "strict_max": True}
        made.append(
            expectations.ExpectColumnValuesToBeBetween(column=schema.event_time, **bounds, meta={CODE: "VAL109"})
        )
    if set(schema.key) <= set(sound):
        made.append(_unique(expectations, schema.key))
    return made + [_user_expectation(entry, columns) for entry in extra]


def expectations_module() -> Any:
    """Great Expectations' expectations, imported without its telemetry."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    from great_expectations import expectations

    return expectations


def _of_column(expectations: Any, schema: TableSchema, name: str) -> Iterator[Any]:
    column = schema.columns[name]
    if not column.nullable:
        yield expectations.ExpectColumnValuesToNotBeNull(column=name, meta={CODE: "VAL103"})
    if column.levels is not None:
        levels = list(column.levels)
        yield expectations.ExpectColumnValuesToBeInSet(column=name, value_set=levels, meta={CODE: "VAL104"})
    if column.minimum is not None or column.maximum is not None:
        bounds = {"min_value": column.minimum, "max_value": column.maximum}
        yield expectations.ExpectColumnValuesToBeBetween(column=name, **bounds, meta={CODE: "VAL105"})


def _unique(expectations: Any, key: Sequence[str]) -> Any:
    if len(key) == 1:
        return expectations.ExpectColumnValuesToBeUnique(column=key[0], meta={CODE: "VAL106"})
    return expectations.ExpectCompoundColumnsToBeUnique(column_list=list(key), meta={CODE: "VAL106"})


def _user_expectation(entry: Mapping[str, Any], columns: Sequence[str]) -> Any:
    """Make one expectation of a model file's list."""
    if "type" not in entry:
        raise SpecError(
            "an expectation needs 'type'", code="SPEC061", do="Write it like expect_column_mean_to_be_between."
        )
    name = known_expectation(entry["type"])
    arguments = {key: value for key, value in entry.items() if key != "type"}
    made = getattr(expectations_module(), name)
    _refuse_unknown(str(entry["type"]), arguments, made)
    _check_arguments(str(entry["type"]), arguments, columns)
    try:
        return made(**arguments, meta={CODE: USER})
    except (ValueError, TypeError) as error:  # pydantic's ValidationError is a ValueError
        raise SpecError(f"expectation {entry['type']}: {_explained(error)}", code="SPEC060") from error


def _check_arguments(kind: str, arguments: Mapping[str, Any], columns: Sequence[str]) -> None:
    for key in _OURS:
        if key in arguments:
            raise SpecError(f"expectation {kind}: {key!r} is set by leeway", code="SPEC060", do="Leave it out.")
    named = [arguments[key] for key in ("column", "column_A", "column_B") if key in arguments]
    listed = arguments.get("column_list", ())
    for column in [*named, *(listed if isinstance(listed, (list, tuple)) else [listed])]:
        if column not in columns:
            hint = did_you_mean(str(column), columns)
            raise SpecError(f"expectation {kind}: no column {column!r}; {hint}", code="SPEC062", column=column)
    bounded = kind.lower().replace("_", "").endswith("tobebetween") and "quantile" not in kind.lower()
    if bounded and arguments.get("min_value") is None and arguments.get("max_value") is None:
        raise SpecError(f"expectation {kind} can never fail", code="SPEC060", do="Give min_value or max_value.")


def _refuse_unknown(kind: str, arguments: Mapping[str, Any], expectation: Any) -> None:
    """Great Expectations refuses an argument that it does not know, without a word about those that it does."""
    known = [name for name in expectation.__fields__ if name not in (*_OURS, "notes", "description", "severity")]
    for name in arguments:
        if name not in expectation.__fields__:
            raise SpecError(f"expectation {kind} has no argument {name!r}; {did_you_mean(name, known)}", code="SPEC060")


def _explained(error: Exception) -> str:
    """Which argument is wrong, and why; pydantic reports one line for each type that would have been right."""
    errors = getattr(error, "errors", None)
    if errors is None:
        return str(error)
    reasons: dict[str, str] = {}
    for line in errors():
        reasons.setdefault(".".join(str(part) for part in line["loc"]), line["msg"])
    return "; ".join(f"argument {name!r}: {reason}" for name, reason in reasons.items())
