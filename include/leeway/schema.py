"""The declared schema: names, types, nullability, null spellings and roles. Nothing about data is ever guessed."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from leeway.core import NAME
from leeway.errors import did_you_mean
from leeway.kinds import Strict


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
    IGNORE = "ignore"
    FORBIDDEN = "forbidden"
    """Known only after the event, or not to be used: dropped while reading; no feature may have its name."""


class Column(Strict):
    """One declared column."""

    type: ColumnType
    role: tuple[Role, ...] = Field(default=(Role.FEATURE,), description="One role, or [feature, slice].")
    nullable: bool = False
    nulls: tuple[str, ...] = Field(default=("",), description="Text files: the spellings of null. No others are.")
    format: str | None = Field(default=None, description="Timestamps in text: a strptime format; default ISO 8601.")
    timezone: str | None = Field(default=None, description="Zone of timestamps written without one; default: an error.")
    levels: tuple[str, ...] | None = Field(default=None, description="Strings: the only values allowed.")
    minimum: float | None = Field(default=None, description="Numbers: smallest allowed value.")
    maximum: float | None = Field(default=None, description="Numbers: largest allowed value.")

    @field_validator("role", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _roles_agree(self) -> Self:
        if len(self.role) > 1 and set(self.role) != {Role.FEATURE, Role.SLICE}:
            raise ValueError(f"roles {', '.join(self.role)} exclude one another; only feature and slice go together")
        return self


class Label(Strict):
    """When the target becomes known. Give ``delay``, or ``time`` with ``within``."""

    column: str = Field(description="The target column.")
    delay: str | None = Field(default=None, description="Known this long after the event: '36h', '2d', '6w'.")
    time: str | None = Field(default=None, description="Timestamp column that says when each label became known.")
    within: str | None = Field(default=None, description="With time: all labels of a window are known this long after its end.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.delay is None) == (self.time is None):
            raise ValueError("say either 'delay' or 'time': when is a label known?")
        if (self.time is None) != (self.within is None):
            raise ValueError("'within' goes with 'time': by when are all labels of a window known?")
        return self


class TableSchema(Strict):
    """The declared columns of a model's data."""

    columns: dict[str, Column]
    event_time: str = Field(description="Timestamp column that puts a row into its window.")
    key: tuple[str, ...] = Field(description="Columns that together identify a row; labels are joined on them.")
    label: Label

    @field_validator("columns")
    @classmethod
    def _names(cls, columns: dict[str, Column]) -> dict[str, Column]:
        for name in columns:
            if not NAME.match(name):
                raise ValueError(f"column name {name!r} is not an identifier: letters, digits and _, at most 63")
        return columns

    @model_validator(mode="after")
    def _references(self) -> Self:
        wanted = [self.event_time, *self.key, self.label.column, *([self.label.time] if self.label.time else [])]
        for name in wanted:
            if name not in self.columns:
                raise ValueError(f"column {name!r} is not declared; {did_you_mean(name, self.columns)}")
        for name in filter(None, (self.event_time, self.label.time)):
            if self.columns[name].type is not ColumnType.TIMESTAMP:
                raise ValueError(f"column {name!r} must be a timestamp, not {self.columns[name].type}")
        for name in (self.event_time, *self.key):
            if self.columns[name].nullable:
                raise ValueError(f"column {name!r} is event time or key: it cannot be nullable")
        targets = self.named(Role.TARGET)
        if targets != (self.label.column,):
            raise ValueError(f"exactly the label column {self.label.column!r} has the role target, not {list(targets)}")
        for name in self.named(Role.FEATURE):
            if name in (self.label.time, *self.named(Role.FORBIDDEN)):
                raise ValueError(f"column {name!r} cannot be a feature")
        return self

    def named(self, *roles: Role) -> tuple[str, ...]:
        """Names of the columns that have any of the roles, in declared order."""
        return tuple(name for name, column in self.columns.items() if set(column.role) & set(roles))

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """What a raw partition holds: event time, key, features, slices, ids. Never label, ignored or forbidden columns."""
        kept = {self.event_time, *self.key, *self.named(Role.FEATURE, Role.SLICE, Role.ID)}
        kept -= {self.label.column, self.label.time or "", *self.named(Role.IGNORE, Role.FORBIDDEN)}
        return tuple(name for name in self.columns if name in kept)

    @property
    def label_columns(self) -> tuple[str, ...]:
        """What is read to learn labels: key, event time, target and, if declared, the label's own time."""
        kept = {self.event_time, *self.key, self.label.column, *([self.label.time] if self.label.time else [])}
        return tuple(name for name in self.columns if name in kept)
