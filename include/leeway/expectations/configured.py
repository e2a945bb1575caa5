"""Great Expectations spells an expectation's configuration out again at each look at it; here it does so once."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK = threading.Lock()


@contextmanager
def configured_once() -> Iterator[None]:
    """While it lasts, an expectation keeps the configuration that it gave first: nothing changes it meanwhile.

    Version 1.24 looks some fifty times and builds it from the expectation's fields each time, two fifths of the time
    of a validation. Only one thread is let in at a time.
    """
    from great_expectations.expectations.expectation import Expectation

    built = Expectation.configuration
    # The expectation is kept too: another one could be given the place, and so the id, of one that is gone.
    known: dict[int, tuple[Any, Any]] = {}

    def configuration(self: Any) -> Any:
        found = known.get(id(self))
        if found is None:
            found = known[id(self)] = (self, built.__get__(self))
        return found[1]

    with _LOCK:
        Expectation.configuration = property(configuration)  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            Expectation.configuration = built  # type: ignore[method-assign]
