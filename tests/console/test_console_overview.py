"""The overview and the metrics over HTTP: what they say, and to whom."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import tiny
from leeway.alerts.defaults import DEFAULTS
from leeway.facts.health import Health
from leeway.facts.overview import MOST_MODELS

if TYPE_CHECKING:
    import httpx
    from console_kit import Served

KEYS = {
    "model", "description", "owner", "tags", "task", "time_zone", "health", "health_sentence", "champion",
    "last_window", "decision", "flagged", "flagged_count", "metric", "higher_is_better", "realised", "estimated",
    "open_retrain", "open_roll_back", "waiting_challenger", "frozen", "late_by", "catching_up", "next_window",
    "last_activity",
}  # fmt: skip


def test_the_overview_shows_the_models_that_a_person_may_see(served: Served, viewer: httpx.Client) -> None:
    said = viewer.get("/api/overview").raise_for_status().json()
    assert set(said) == {"now", "page", "size", "total", "counts", "owners", "tags", "broken", "models"}
    (row,) = said["models"]
    assert set(row) == KEYS
    assert (row["model"], row["champion"]["version"], row["health"]) == ("tiny", 1, "working")
    assert row["last_window"]["key"] == tiny.day(6).key
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["last_window"]["end"])


def test_the_small_charts_are_those_that_are_asked_for(served: Served, viewer: httpx.Client) -> None:
    said = viewer.get("/api/overview/charts?model=tiny&model=tony&model=tiny").raise_for_status().json()
    assert set(said["charts"]) == {"tiny"}, "there is no tony"
    assert set(said["charts"]["tiny"][0]) == {"start", "realised", "coverage", "estimated"}
    assert said["charts"]["tiny"][-1]["start"] == tiny.day(5).start.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_not_more_small_charts_can_be_asked_for_than_a_page_has_rows(served: Served, viewer: httpx.Client) -> None:
    def status(names: int) -> int:
        return viewer.get("/api/overview/charts", params={"model": ["tiny"] * names}).status_code

    assert [status(names) for names in (0, 1, MOST_MODELS, MOST_MODELS + 1)] == [422, 200, 200, 422]


def test_somebody_who_may_see_no_model_sees_none(stranger: httpx.Client) -> None:
    said = stranger.get("/api/overview").raise_for_status().json()
    assert (said["total"], said["models"], said["owners"], said["counts"]) == (0, [], [], {})
    assert stranger.get("/api/overview/charts?model=tiny").raise_for_status().json() == {"charts": {}}
    assert "tiny" not in stranger.get("/metrics").raise_for_status().text


def test_broken_model_files_are_told(served: Served, viewer: httpx.Client) -> None:
    (served.project.settings.models / "broken.yaml").write_text("name: broken\n")
    problems = viewer.get("/api/overview").json()["broken"]
    assert {frozenset(problem) for problem in problems} == {frozenset({"code", "message", "where", "do"})}
    assert {problem["where"]["model"] for problem in problems} == {"broken"}


def test_a_model_file_that_takes_the_place_of_another_is_read_at_once(served: Served, viewer: httpx.Client) -> None:
    file = served.project.settings.models / "tiny.yaml"
    viewer.get("/api/overview").raise_for_status()
    about, other = file.stat(), file.with_suffix(".new")
    other.write_text(file.read_text().replace("visitor buy?", "visitor pay?"))
    os.utime(other, ns=(about.st_atime_ns, about.st_mtime_ns))
    other.replace(file)
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (about.st_size, about.st_mtime_ns)
    assert viewer.get("/api/overview").json()["models"][0]["description"] == "Will this visitor pay?"


def test_alerts_that_all_models_share_count_as_soon_as_they_are_written(served: Served, viewer: httpx.Client) -> None:
    def health() -> str:
        return viewer.get("/api/overview").raise_for_status().json()["models"][0]["health"]

    assert health() == "working", "it is behind, and has just measured a window"
    (served.project.settings.models / DEFAULTS).write_text("late_after: null\n")
    assert health() == "healthy"


def test_what_cannot_be_asked_is_refused(served: Served, viewer: httpx.Client) -> None:
    for query in ("sort=colour", "page=0", "size=100000", "health=ill", "order=up"):
        assert viewer.get(f"/api/overview?{query}").status_code == 422


def test_prometheus_reads_how_each_model_is(served: Served, viewer: httpx.Client) -> None:
    answer = viewer.get("/metrics").raise_for_status()
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    states = {health: samples[f'leeway_health{{model="tiny",health="{health}"}}'] for health in Health}
    assert {health for health, value in states.items() if value == "1.0"} == {"working"}
    assert samples['leeway_champion_version{model="tiny"}'] == "1.0"
    assert samples['leeway_retrains_total{model="tiny",ended="promote"}'] == "1.0"
    assert samples['leeway_late_seconds{model="tiny"}'] == "0.0"
    assert 0 < float(samples['leeway_metric_realised{model="tiny",metric="auc"}']) <= 1
    assert samples['leeway_open{model="tiny",what="approval"}'] == "0.0"
