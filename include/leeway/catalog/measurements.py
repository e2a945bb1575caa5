"""Measurements: what was found when a window was closed, and again each time later data changed it."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, func, insert, select, tuple_

from leeway.catalog.fencing import require_newest
from leeway.catalog.figures import figure_rows
from leeway.catalog.ledger import decisions_within
from leeway.catalog.rows import V, missing, of_window, restore, within
from leeway.catalog.tables import figure, measurement, signal
from leeway.core import Measurement, Signal, Window
from leeway.failpoints import failpoint

if TYPE_CHECKING:
    from datetime import datetime

    from leeway.catalog.engine import Database


class Measurements:
    """Revisions 1, 2, ... per model and window; a revision never changes."""

    _db: Database

    def record(self, measured: Measurement, *, scope: str, token: int) -> int:
        """Record a measurement, unless it says the same as the newest revision.

        Returns:
            The revision that holds it.

        Raises:
            FencedError: if a newer try has taken over.
        """
        with self._db.write(measured.model) as connection:
            require_newest(connection, measured.model, scope=scope, token=token)
            revision = _record(connection, measured)
            failpoint("catalog.measure")
        failpoint("catalog.measured")
        return revision

    def measurement(self, model: str, window: Window, revision: int | None = None) -> Measurement | None:
        """The measurement of a window, by default its newest revision, if there is one."""
        query = select(measurement.c.body).where(of_window(measurement, model, window))
        if revision is not None:
            query = query.where(measurement.c.revision == revision)
        with self._db.read() as connection:
            body = connection.scalar(query.order_by(measurement.c.revision.desc()).limit(1))
        return restore(Measurement, body) if body is not None else None

    def measurements(
        self,
        model: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        as_decided: bool = False,
    ) -> tuple[Measurement, ...]:
        """The measurements of all windows that start at or after ``since`` and end by ``until``, oldest first.

        Args:
            model: the model's name.
            since: the earliest start of a window; by default all.
            until: the latest end of a window; by default all.
            as_decided: only decided windows, each as it was measured when it was decided: the revision that the
                decision names in ``evidence["measurement"]``. By default the newest revision of every window.

        Raises:
            CatalogError: CAT010 if a decision names a revision that does not exist.
        """
        with self._db.read() as connection:
            if not as_decided:
                return _newest(connection, Measurement, model, since, until)
            rows = connection.execute(select(measurement).where(*within(measurement, model, since, until)))
            bodies = {(row.window_start, row.window_end, row.revision): row.body for row in rows}
            decisions = decisions_within(connection, model, since, until)
        chosen = []
        for decision in sorted(decisions, key=lambda decision: decision.window):
            if (revision := decision.evidence.get("measurement")) is None:
                continue  # a window that was blocked before anything was measured
            body = bodies.get((decision.window.start, decision.window.end, revision))
            if body is None:
                raise missing(f"revision {revision} of the measurement", model=model, window=decision.window)
            chosen.append(restore(Measurement, body))
        return tuple(chosen)

    def parts(
        self, part: type[V], model: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[V, ...]:
        """Some fields of the newest measurement of every window, oldest first; limits as in `measurements`.

        Args:
            part: a value with the fields that are wanted and ``extra="ignore"``: what is not wanted is skipped, so a
                year of windows is read in a fraction of the time.
            model: the model's name.
            since: the earliest start of a window; by default all.
            until: the latest end of a window; by default all.
        """
        with self._db.read() as connection:
            return _newest(connection, part, model, since, until)

    def flagged_counts(
        self, model: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> dict[Window, dict[str, int]]:
        """How many signals of each kind were flagged, by window; of the newest measurements, as in `parts`."""
        key = (signal.c.window_start, signal.c.window_end)
        query = select(*key, signal.c.kind, func.count()).where(
            *within(signal, model, since, until),
            signal.c.flagged,
            tuple_(*key, signal.c.revision).in_(_newest_revisions(model, since, until)),
        )
        found: defaultdict[Window, dict[str, int]] = defaultdict(dict)
        with self._db.read() as connection:
            for start, end, kind, count in connection.execute(query.group_by(*key, signal.c.kind).order_by(*key)):
                found[Window(start=start, end=end)][kind] = count
        return dict(found)

    def revisions(self, model: str, window: Window) -> int:
        """How many revisions a window has."""
        query = select(func.count()).select_from(measurement).where(of_window(measurement, model, window))
        with self._db.read() as connection:
            return int(connection.scalar(query) or 0)


def _record(connection: Connection, measured: Measurement) -> int:
    query = select(measurement.c.revision, measurement.c.body).where(
        of_window(measurement, measured.model, measured.window)
    )
    newest = connection.execute(query.order_by(measurement.c.revision.desc()).limit(1)).one_or_none()
    body = measured.to_json()
    if newest is not None and newest.body == body:
        return int(newest.revision)
    revision = 1 if newest is None else int(newest.revision) + 1
    key = {
        "model": measured.model,
        "window_start": measured.window.start,
        "window_end": measured.window.end,
        "revision": revision,
    }
    connection.execute(insert(measurement).values(**key, body=body))
    if measured.signals:
        rows = [{**key, "position": place, **_columns(found)} for place, found in enumerate(measured.signals)]
        connection.execute(insert(signal), rows)
    if figures := figure_rows(measured, key):
        connection.execute(insert(figure), figures)
    return revision


def _columns(found: Signal) -> dict[str, Any]:
    return {
        "detector": found.detector,
        "subject": found.subject,
        "kind": found.kind,
        "statistic": _finite(found.statistic),
        "p_value": _finite(found.p_value),
        "effect": _finite(found.effect),
        "threshold": _finite(found.threshold),
        "flagged": found.flagged,
    }


def _finite(number: float | None) -> float | None:
    """The databases disagree about numbers that are not finite; both have NULL."""
    return number if number is not None and math.isfinite(number) else None


def _newest(
    connection: Connection, part: type[V], model: str, since: datetime | None, until: datetime | None
) -> tuple[V, ...]:
    key = (measurement.c.window_start, measurement.c.window_end)
    newest = _newest_revisions(model, since, until)
    query = select(measurement.c.body).where(
        *within(measurement, model, since, until), tuple_(*key, measurement.c.revision).in_(newest)
    )
    return tuple(restore(part, body) for body in connection.scalars(query.order_by(*key)))


def _newest_revisions(model: str, since: datetime | None, until: datetime | None) -> Select[tuple[Any, ...]]:
    """The newest revision of every window: (start, end, revision)."""
    key = (measurement.c.window_start, measurement.c.window_end)
    return (
        select(*key, func.max(measurement.c.revision)).where(*within(measurement, model, since, until)).group_by(*key)
    )
