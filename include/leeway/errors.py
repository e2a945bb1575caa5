"""Every error that leeway raises on purpose, in one tree.

::

    LeewayError
    ├── SpecError            SPEC  a model file says something that cannot be
    ├── SourceError          SRC   input that does not match its declared schema, or cannot be fetched
    ├── ExpectationError     VAL   data that parsed but broke an expectation
    ├── StoreError           STO   a partition cannot be written or read
    │   └── CorruptionError        ... its bytes are not the ones that were published
    ├── ProfileError         PRO  rows cannot be profiled, or profiles do not fit together
    ├── CatalogError         CAT   the catalog is unreachable, not migrated or inconsistent
    │   ├── ConflictError          ... somebody else moved first (compare-and-set lost)
    │   └── FencedError            ... a newer try of this task has taken over
    ├── TurnError            TRN0  an earlier window has to be finished first; try again later
    ├── TrainingError        TRN   no model can be trained from what is there
    ├── ArtifactError        ART   a model's files are missing, altered or of a type that is not allowed
    ├── BacktestError        BKT  a history cannot be replayed as asked
    ├── ActionError          ACT   what a person asked for on the page cannot be done now
    ├── TrackingError        MLF   MLflow does not answer or answers wrongly
    └── ServiceError         SVC   a local component (PostgreSQL, MLflow, Airflow) cannot be started

A message says what happened, where (model, window, file, column), and what to do. The same facts are attributes, so
that no caller parses text. Codes are stable; docs/errors/ explains each.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class LeewayError(Exception):
    """Base of all errors with a message for a person.

    Args:
        what: what happened, as a sentence without final full stop.
        code: the stable code; each class has a general one.
        do: what the reader can do about it.
        where: any of ``model``, ``window``, ``file``, ``column``, ``row`` ... as text.
    """

    code = "LWY000"

    def __init__(self, what: str, *, code: str | None = None, do: str = "", **where: object) -> None:
        self.what = what
        self.code = code or type(self).code
        self.do = do
        self.where = {name: str(value) for name, value in where.items() if value is not None}
        super().__init__(what)

    def __str__(self) -> str:
        place = ", ".join(f"{name} {value}" for name, value in self.where.items())
        text = f"[{self.code}] {place + ': ' if place else ''}{self.what}"
        return f"{text}. {self.do}" if self.do else text

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.what,), self.__dict__


class SpecError(LeewayError):
    """A model file says something that cannot be. Several problems of one file are gathered in one error."""

    code = "SPEC000"
    problems: tuple[SpecError, ...] = ()

    @classmethod
    def gather(cls, problems: Sequence[SpecError]) -> SpecError:
        """Make one error of many; a single one stays itself."""
        if len(problems) == 1:
            return problems[0]
        lines = "".join(f"\n  {problem}" for problem in problems)
        gathered = cls(f"{len(problems)} problems:{lines}", code=problems[0].code)
        gathered.problems = tuple(problems)
        return gathered


class SourceError(LeewayError):
    """Input that does not match its declared schema (codes SRC1xx), or cannot be fetched (SRC2xx)."""

    code = "SRC000"

    @property
    def transient(self) -> bool:
        """Whether trying again may help: the source could not be reached, nothing is wrong with the data."""
        return self.code.startswith("SRC2")

    @property
    def missing(self) -> bool:
        """Whether there is no input for the window, or not yet."""
        return self.code == "SRC110"


class ExpectationError(LeewayError):
    """Data that parsed but broke an expectation."""

    code = "VAL000"


class StoreError(LeewayError):
    """A partition cannot be written or read."""

    code = "STO000"


class CorruptionError(StoreError):
    """Stored bytes are not the ones that were published."""

    code = "STO100"


class ProfileError(LeewayError):
    """Rows cannot be profiled (PRO10x), two profiles do not fit together (PRO11x), or one cannot be read (PRO2xx)."""

    code = "PRO000"


class CatalogError(LeewayError):
    """The catalog is unreachable, not migrated or inconsistent."""

    code = "CAT000"


class ConflictError(CatalogError):
    """A compare-and-set was lost: somebody else moved first. Read again and decide again."""

    code = "CAT100"


class FencedError(CatalogError):
    """A newer try of the same task holds the fencing token; this one must not publish."""

    code = "CAT200"


class TurnError(LeewayError):
    """An earlier window, or its retrain, has to be finished first."""

    code = "TRN010"


class TrainingError(LeewayError):
    """No model can be trained from what is there."""

    code = "TRN100"


class ArtifactError(LeewayError):
    """A model's files are missing, altered or of a type that is not on the allow-list."""

    code = "ART000"


class BacktestError(LeewayError):
    """A history cannot be replayed as asked."""

    code = "BKT000"


class ActionError(LeewayError):
    """What a person asked for on the page cannot be done now (ACT00x), or Airflow does not do it (ACT01x)."""

    code = "ACT000"


class TrackingError(LeewayError):
    """MLflow does not answer or answers wrongly."""

    code = "MLF000"

    @property
    def transient(self) -> bool:
        """Whether trying again may help: MLflow could not be reached, was too slow or failed (codes MLF2xx)."""
        return self.code.startswith("MLF2")


class ServiceError(LeewayError):
    """A local component cannot be started or has stopped."""

    code = "SVC000"


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Say what is allowed, and which of it was probably meant.

    >>> did_you_mean("Sklaern", ["sklearn", "torch"])
    "allowed: sklearn, torch. Did you mean 'sklearn'?"
    """
    names = sorted(allowed)
    close = nearest(word, names)
    return f"allowed: {', '.join(names) or 'none'}" + (f". Did you mean '{close}'?" if close else "")


def nearest(word: str, allowed: Iterable[str]) -> str:
    """What was probably meant, in whatever case it was written; empty if nothing is close."""
    by_spelling = {name.lower(): name for name in allowed}
    close = difflib.get_close_matches(word.lower(), by_spelling, n=1)
    return by_spelling[close[0]] if close else ""
