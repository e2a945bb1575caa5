"""The declared schema: names, types, nullability, null spellings and roles. Nothing about data is ever guessed."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, WithJsonSchema, field_validator, model_validator

from leeway.core import NAME, Duration, time_zone
from leeway.errors import did_you_mean
from leeway.kinds import Problems, Strict

if TYPE_CHECKING:
    from collections.abc import Iterable

RESERVED = frozenset({"target", "prediction", "known_at"})
"""Columns that leeway adds beside features and keys."""


class ColumnType(StrEnum):
    """How a column's values are read."""

    INT = "int"
    """64-bit integer. Decimal digits with an optional sign; nothing else."""
    FLOAT = "float"
    """64-bit float; not-a-number and infinities are errors."""
    STRING = "string"
    BOOLEAN = "boolean"
    """true/false, in any case, or 1/0."""
    TIMESTAMP = "timestamp"
    """An instant, in microseconds UTC; text is ISO 8601 unless ``format`` is given."""


class Role(StrEnum):
    """What a column is for."""

    FEATURE = "feature"
    TARGET = "target"
    ID = "id"
    SLICE = "slice"
    SENSITIVE = "sensitive"
    """A group of people, or what stands for one: judged like a slice, and by how unlike its levels are treated. Without
    the role feature no model learns from it."""
    IGNORE = "ignore"
    FORBIDDEN = "forbidden"
    """Known only after the event, or not to be used: dropped while reading; no feature may have its name."""


_ROLES: dict[str, Any] = {"enum": [role.value for role in Role]}
_NUMBERS = (ColumnType.INT, ColumnType.FLOAT)
_LISTABLE = (ColumnType.STRING, ColumnType.BOOLEAN, ColumnType.INT)
_TOGETHER = (Role.FEATURE, Role.SLICE, Role.SENSITIVE)
"""Roles that one column may have at once."""
_FIT: dict[str, tuple[ColumnType, ...]] = {
    "format": (ColumnType.TIMESTAMP,),
    "timezone": (ColumnType.TIMESTAMP,),
    "levels": (ColumnType.STRING,),
    "minimum": _NUMBERS,
    "maximum": _NUMBERS,
}
"""Key of a column -> the types it goes with."""


class Column(Strict):
    """One declared column."""

    type: ColumnType = Field(description="How values are read; nothing is guessed.")
    role: Annotated[
        tuple[Role, ...], WithJsonSchema({"anyOf": [_ROLES, {"type": "array", "items": _ROLES, "minItems": 1}]})
    ] = Field(
        default=(Role.FEATURE,), min_length=1, description="One role, or several of feature, slice and sensitive."
    )
    nullable: bool = Field(default=False, description="Whether a value may be missing.")
    nulls: tuple[str, ...] = Field(default=("",), description="Text files: the spellings of null. No others are.")
    format: str | None = Field(default=None, description="Timestamps in text: a strptime format; default ISO 8601.")
    timezone: str | None = Field(default=None, description="Zone of timestamps written without one; default: an error.")
    levels: tuple[str, ...] | None = Field(default=None, min_length=1, description="Strings: the only values allowed.")
    minimum: float | None = Field(default=None, description="Numbers: smallest allowed value.")
    maximum: float | None = Field(default=None, description="Numbers: largest allowed value.")

    @field_validator("role", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str | None) -> str | None:
        return time_zone(value).key if value is not None else None

    @field_validator("format")
    @classmethod
    def _format(cls, value: str | None) -> str | None:
        if value is not None and "%" not in value:
            raise ValueError(f"{value!r} is not a time format, like '%d.%m.%Y %H:%M'")
        return value

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        problems = Problems()
        for key, types in _FIT.items():
            if getattr(self, key) is not None and self.type not in types:
                problems.add(f"{key!r} goes with {' or '.join(types)} columns, not with {self.type}", key)
        if len(self.role) > 1 and not set(self.role) <= set(_TOGETHER):
            roles = ", ".join(self.role)
            problems.add(f"roles {roles} exclude one another; only {', '.join(_TOGETHER)} go together", "role")
        if twice := _twice(self.role):
            problems.add(f"role {str(twice)!r} is there twice", "role")
        if {Role.SLICE, Role.SENSITIVE} & set(self.role) and self.type not in _LISTABLE:
            kinds = " or ".join(_LISTABLE)
            problems.add(f"a slice or sensitive column is {kinds}, not {self.type}: each value is looked at", "role")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            problems.add(f"'maximum' is not below 'minimum' ({self.minimum:g}), like {self.maximum:g} is", "maximum")
        if self.levels and (twice := _twice(self.levels)):
            problems.add(f"{twice!r} is there twice", "levels")
        problems.refuse(self)
        return self


class Label(Strict):
    """When the target becomes known. Give ``delay``, or ``time`` with ``within``."""

    column: str = Field(description="The target column.")
    delay: Duration | None = Field(default=None, description="Known this long after the event: '36h', '2d', '6w'.")
    time: str | None = Field(default=None, description="Timestamp column that says when each label became known.")
    within: Duration | None = Field(
        default=None, description="With time: all labels of a window are known this long after its end."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        problems = Problems()
        if (self.delay is None) == (self.time is None):
            problems.add("say either 'delay' or 'time': when is a label known?")
        elif (self.time is None) != (self.within is None):
            problems.add("'within' goes with 'time': by when are all labels of a window known?", "within")
        problems.refuse(self)
        return self


class TableSchema(Strict):
    """The declared columns of a model's data."""

    columns: dict[str, Column] = Field(min_length=1, description="Every column of the input, by name.")
    event_time: str = Field(description="Timestamp column that puts a row into its window.")
    key: tuple[str, ...] = Field(
        min_length=1, description="Columns that together identify a row; labels are joined on them."
    )
    label: Label = Field(description="What is predicted, and when it becomes known.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = Problems()
        self._check_names(problems)
        self._check_references(problems)
        problems.refuse(self)
        self._check_roles(problems)
        problems.refuse(self)
        return self

    def _check_names(self, problems: Problems) -> None:
        for name in self.columns:
            if not NAME.match(name):
                sentence = (
                    f"column name {name!r} is not an identifier: letters, digits and _, at most 63, no digit first"
                )
                problems.add(sentence, "columns", name)
        if twice := _twice(name.lower() for name in self.columns):
            same = " and ".join(repr(name) for name in self.columns if name.lower() == twice)
            problems.add(f"columns {same} differ only in case, which SQL does not see", "columns")
        if twice := _twice(self.key):
            problems.add(f"column {twice!r} is there twice", "key")

    def _check_references(self, problems: Problems) -> None:
        """Every column that is named is declared, and has the type and nullability it needs."""
        named: list[tuple[str, tuple[str | int, ...]]] = [(self.event_time, ("event_time",))]
        named += [(name, ("key", place)) for place, name in enumerate(self.key)]
        named += [(self.label.column, ("label", "column"))]
        named += [(self.label.time, ("label", "time"))] if self.label.time else []
        for name, field in named:
            if name not in self.columns:
                problems.add(f"column {name!r} is not declared; {did_you_mean(name, self.columns)}", *field)
                continue
            column = self.columns[name]
            if field[-1] in ("event_time", "time") and column.type is not ColumnType.TIMESTAMP:
                problems.add(f"column {name!r} must be a timestamp, not {column.type}", *field)
            if field[0] in ("event_time", "key") and column.nullable:
                problems.add(
                    f"column {name!r} is event time or key: it cannot be nullable", "columns", name, "nullable"
                )

    def _check_roles(self, problems: Problems) -> None:
        for name in self.named(Role.TARGET):
            if name != self.label.column:
                problems.add(
                    f"the target is {self.label.column!r} ('label'), so {name!r} is not", "columns", name, "role"
                )
        if Role.TARGET not in self.columns[self.label.column].role:
            problems.add("this is the label column: give it 'role: target'", "columns", self.label.column, "role")
        for name in dict.fromkeys((self.event_time, *self.key)):
            for role in {Role.TARGET, Role.IGNORE, Role.FORBIDDEN} & set(self.columns[name].role):
                problems.add(
                    f"column {name!r} is event time or key: its role cannot be {role}", "columns", name, "role"
                )
        if self.label.time in self.named(Role.FEATURE):
            problems.add(
                "when the label became known cannot be a feature: give it 'role: id'",
                "columns",
                self.label.time,
                "role",
            )
        kept = {*self.named(Role.FEATURE), *self.judged_by, *self.key, self.event_time} - {self.label.column}
        for name in sorted(kept & RESERVED):
            problems.add(f"{name!r} is a name that leeway uses itself; call the column something else", "columns", name)

    def named(self, *roles: Role) -> tuple[str, ...]:
        """Names of the columns that have any of the roles, in declared order."""
        return tuple(name for name, column in self.columns.items() if set(column.role) & set(roles))

    @property
    def judged_by(self) -> tuple[str, ...]:
        """Columns by whose levels models are judged apart."""
        return self.named(Role.SLICE, Role.SENSITIVE)

    @property
    def withheld(self) -> tuple[str, ...]:
        """Sensitive columns that no model may learn from."""
        return tuple(name for name in self.named(Role.SENSITIVE) if Role.FEATURE not in self.columns[name].role)

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """What a raw partition holds: event time, key, ids, features and what is judged by. Never the label."""
        kept = {self.event_time, *self.key, *self.named(Role.FEATURE, Role.ID), *self.judged_by}
        kept -= {self.label.column, self.label.time or "", *self.named(Role.IGNORE, Role.FORBIDDEN)}
        return tuple(name for name in self.columns if name in kept)

    @property
    def label_columns(self) -> tuple[str, ...]:
        """What is read to learn labels: key, event time, target and, if declared, the label's own time."""
        kept = {self.event_time, *self.key, self.label.column, *([self.label.time] if self.label.time else [])}
        return tuple(name for name in self.columns if name in kept)


def _twice(names: Iterable[str]) -> str | None:
    """The first name that is there for the second time."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
