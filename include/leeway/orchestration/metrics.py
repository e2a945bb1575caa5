"""leeway's own figures through Airflow's metrics: to StatsD, Datadog or OpenTelemetry, as Airflow's settings say.

With nothing switched on there, this does nothing. docs/monitoring-out.md lists the names.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from airflow.sdk.configuration import conf
from airflow.sdk.observability import stats

if TYPE_CHECKING:
    from leeway.core import Decision, Evaluation, Measurement, Promotion
    from leeway.spec import ModelSpec


def decided(spec: ModelSpec, decision: Decision, measurement: Measurement | None) -> None:
    """A window was decided: count the decision, show what was measured for it."""
    _count("decisions", spec.name, action=decision.action.value)
    if measurement is None:
        return
    _show("rows", spec.name, measurement.rows)
    _show("flagged", spec.name, len(measurement.flagged))
    if measurement.matured:
        newest = max(measurement.matured, key=lambda found: found.window)
        _show("realised", spec.name, newest.metrics.get(spec.metric), metric=spec.metric)
        _show("realised_loss", spec.name, newest.loss)
        _show("label_coverage", spec.name, newest.coverage)
    estimate = measurement.estimated
    if estimate is not None and not estimate.muted and spec.metric in estimate.metrics:
        _show("estimated", spec.name, estimate.metrics[spec.metric].value, metric=spec.metric)


def evaluated(spec: ModelSpec, evaluation: Evaluation) -> None:
    """A challenger was examined."""
    _count("evaluations", spec.name, verdict=evaluation.verdict.value)
    _show("challenger_gain", spec.name, evaluation.points)


def promoted(spec: ModelSpec, promotion: Promotion) -> None:
    """The champion changed."""
    _count("promotions", spec.name, kind=promotion.kind.value)
    _show("champion", spec.name, promotion.to_version)


def lateness(model: str, seconds: float | None) -> None:
    """How late a model's next window is; 0 if it is not."""
    _show("late_seconds", model, seconds or 0.0)


def _count(name: str, model: str, **tags: str) -> None:
    if _has_tags():
        stats.incr(f"leeway.{name}", tags={"model": model, **tags})
    else:
        stats.incr(".".join(("leeway", model, name, *tags.values())))


def _show(name: str, model: str, value: float | None, **tags: str) -> None:
    if value is None or math.isnan(value):
        return
    if _has_tags():
        stats.gauge(f"leeway.{name}", value, tags={"model": model, **tags})
    else:
        stats.gauge(f"leeway.{model}.{name}", value)


def _has_tags() -> bool:
    """Whether what Airflow sends to keeps models apart by tags; plain StatsD drops them, so there the name has to."""
    plain = conf.getboolean("metrics", "statsd_on") and not conf.getboolean("metrics", "statsd_datadog_enabled")
    return not plain or conf.getboolean("metrics", "statsd_influxdb_enabled", fallback=False)
