"""The search space of a trainer, as a model file writes it."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from leeway.kinds import Strict


class Choices(Strict):
    """One of several values, in no order: ``[32, 64]``, ``[[64], [128, 64]]``."""

    values: tuple[Any, ...] = Field(min_length=1)


class Range(Strict):
    """A number between ``low`` and ``high``, both included."""

    low: float
    high: float
    log: bool = Field(default=False, description="Vary the logarithm: for learning rates and penalties.")
    step: float | None = Field(default=None, gt=0, description="Only low, low + step, low + 2 step ...")
    integer: bool = Field(default=False, alias="int", description="Whole numbers only.")

    @model_validator(mode="after")
    def _can_be_searched(self) -> Self:
        if self.high <= self.low:
            raise ValueError(f"'high' must be larger than 'low', not {self.high:g} and {self.low:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"'log' needs 'low' above 0, not {self.low:g}")
        if self.log and self.step is not None:
            raise ValueError("'log' and 'step' exclude one another")
        if self.integer and not all(float(value).is_integer() for value in (self.low, self.high, self.step or 1)):
            raise ValueError("with 'int', 'low', 'high' and 'step' are whole numbers")
        return self


Space = dict[str, Choices | Range]
"""Parameter -> what it may be."""


def parse_space(search: dict[str, Any]) -> Space:
    """Read the ``search`` of a trainer.

    Raises:
        ValueError: naming every parameter whose description is wrong, and why.
    """
    space: Space = {}
    problems = []
    for name, described in search.items():
        try:
            space[name] = _parse(described)
        except ValidationError as error:
            for line in error.errors(include_url=False):
                field = ".".join(str(part) for part in line["loc"])
                problems.append(f"{name}{'.' + field if field else ''}: {line['msg'].removeprefix('Value error, ')}")
        except ValueError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise ValueError("; ".join(problems))
    return space


def _parse(described: Any) -> Choices | Range:
    if isinstance(described, dict):
        return Range.model_validate(described)
    if not isinstance(described, (list, tuple)):
        raise ValueError(f"give a list of choices or {{low, high, log, step, int}}, not {described!r}")
    if not described:
        raise ValueError("the list of choices is empty")
    return Choices(values=tuple(described))
