from __future__ import annotations

import math
from datetime import timedelta

import pytest

import tiny
from leeway.core import Action, EntryKind, PartitionKind, Verdict
from leeway.core.metric import COST_WINDOWS
from leeway.errors import CatalogError, SpecError
from leeway.facts.columns import column_shares
from leeway.facts.documents import Document, document, documents_of
from leeway.facts.drift import drift_map
from leeway.facts.explanation import explanation
from leeway.facts.ledger import ledger_page
from leeway.facts.quality import quality_of
from leeway.facts.retrains import retrains_of
from leeway.facts.slices import slice_history
from leeway.facts.specification import spec_facts
from leeway.facts.timeline import timeline
from leeway.facts.versions import versions_of
from leeway.referencing import reference_of
from leeway.schedule import Season

LAST = tiny.day(9)
"""Drifted, and its labels are not known yet."""
JUDGED = tiny.day(8)
"""Drifted, and its labels are known."""


def test_timeline_tells_every_measured_window_as_it_was_measured(story):
    measured = story.ws.catalog.measurements(story.spec.name)
    told = timeline(story.ws, story.spec).windows
    assert [(point.window.key, point.status, point.rows, point.champion) for point in told] == [
        (one.window.key, one.status, one.rows, one.champion) for one in measured
    ]


def test_timeline_puts_what_labels_say_at_the_window_that_they_speak_of(story):
    matured = [found for one in story.ws.catalog.measurements(story.spec.name) for found in one.matured]
    told = {point.window.key: point.realised for point in timeline(story.ws, story.spec).windows}
    assert matured
    for found in matured:
        realised = told.pop(found.window.key)
        assert (realised.value, realised.labelled, realised.coverage) == (found.metrics["auc"], found.labelled, 1.0)
        assert realised.low <= realised.value <= realised.high
    assert set(told.values()) == {None}


def test_timeline_counts_what_was_flagged_by_kind(story):
    told = {point.window.key: point.flagged for point in timeline(story.ws, story.spec).windows}
    for one in story.ws.catalog.measurements(story.spec.name):
        kinds = [signal.kind for signal in one.flagged]
        assert told[one.window.key] == {kind: kinds.count(kind) for kind in set(kinds)}
    assert told[LAST.key]


def test_timeline_marks_everything_but_decisions_to_do_nothing(story):
    lines = story.ws.catalog.entries(story.spec.name)
    wanted = [line.seq for line in lines if line.payload.get("action") != Action.NONE]
    marks = timeline(story.ws, story.spec).marks
    assert [mark.seq for mark in marks] == wanted
    assert {mark.kind for mark in marks} == {EntryKind.DECISION, EntryKind.EVALUATION, EntryKind.PROMOTION}
    assert all(mark.window is None or mark.window.end == mark.at for mark in marks)


def test_timeline_follows_the_champions_without_a_gap(story):
    services = timeline(story.ws, story.spec).champions
    assert [service.to for service in services[:-1]] == [service.since for service in services[1:]]
    assert services[-1].to is None
    assert services[-1].version == story.ws.catalog.champion(story.spec.name)


def test_timeline_between_two_days_tells_these_windows_as_the_whole_one_does(story):
    whole, part = (
        timeline(story.ws, story.spec, **days) for days in ({}, {"since": "2024-01-06", "until": "2024-01-08"})
    )
    assert part.windows == whole.windows[5:8]
    assert [mark.seq for mark in part.marks] == [
        mark.seq for mark in whole.marks if tiny.day(5).start < mark.at <= tiny.day(7).end
    ]


def test_a_limit_that_is_no_day_is_refused(story):
    for told in (timeline, drift_map, slice_history):
        with pytest.raises(SpecError, match="neither a date nor a time") as error:
            told(story.ws, story.spec, since="yesterday")
        assert error.value.code == "SPEC056"


def test_drift_map_has_a_cell_for_every_comparison(story):
    told = drift_map(story.ws, story.spec)
    cells = {
        (told.windows[cell.window].key, told.subjects[cell.subject].kind, told.subjects[cell.subject].name): cell
        for cell in told.cells
    }
    compared = {
        (one.window.key, signal.kind, signal.subject): signal
        for one in story.ws.catalog.measurements(story.spec.name)
        for signal in one.signals
        if signal.kind in ("data", "prediction")
    }
    assert cells.keys() == compared.keys()
    for place, signal in compared.items():
        assert (cells[place].flagged, cells[place].sentence) == (signal.flagged, signal.sentence)


def test_drift_map_begins_with_what_was_flagged_most_often(story):
    told = drift_map(story.ws, story.spec)
    flags = [sum(cell.flagged for cell in told.cells if cell.subject == n) for n in range(len(told.subjects))]
    assert flags == sorted(flags, reverse=True)
    assert told.subjects[0].name == "amount"


def test_a_column_is_shown_beside_what_the_champion_learned_from(story):
    told = column_shares(story.ws, story.spec, LAST, "amount")
    version = story.ws.catalog.version(story.spec.name, timeline(story.ws, story.spec).windows[-1].champion)
    assert (told.kind, told.current.rows, told.reference.rows) == ("numeric", tiny.ROWS, 40 * _windows(version))
    assert math.fsum(share.current for share in told.bins) == pytest.approx(1)
    assert math.fsum(share.reference for share in told.bins) == pytest.approx(1)
    below = math.fsum(share.current for share in told.bins if share.high is not None and share.high <= 1)
    assert below < 0.2, "the column moved by three of its standard deviations"
    assert "learned from" in told.reference.origin
    assert [(signal.subject, signal.flagged) for signal in told.signals] == [("amount", True)]


def _windows(version):
    first, last = version.trained_on
    return (last.end - first.start) // timedelta(days=1)


def test_a_column_of_text_is_shown_by_level_and_missing_values_are_counted(story):
    channel, age = (column_shares(story.ws, story.spec, LAST, name) for name in ("channel", "age"))
    assert (channel.kind, {share.level for share in channel.levels}, channel.bins) == (
        "categorical",
        {"web", "shop"},
        (),
    )
    assert age.current.missing == tiny.ROWS // 10


def test_a_season_takes_the_place_of_what_the_champion_learned_from(story):
    season = Season(every="2d", windows=2)
    spec = story.spec.model_copy(update={"monitoring": story.spec.monitoring.model_copy(update={"season": season})})
    told = column_shares(story.ws, spec, LAST, "amount")
    assert told.reference.rows == 2 * tiny.ROWS
    assert told.reference.origin == "2 windows from 2024-01-06 to 2024-01-09 of the same season"
    first = reference_of(story.ws, spec, tiny.day(1), story.ws.catalog.version("tiny", 1))
    assert first.season == (), "there was no such window before: the snapshot counts"
    assert first.profile.rows > tiny.ROWS


def test_scores_are_held_against_the_first_ones_of_their_champion(story):
    first, later = (column_shares(story.ws, story.spec, tiny.day(n), "prediction") for n in (4, 5))
    assert first.reference is None, "nothing was scored by it before"
    assert {share.reference for share in first.bins} == {None}
    assert "that it scored first" in later.reference.origin


def test_before_the_first_champion_there_is_nothing_to_compare_a_column_with(story):
    told = column_shares(story.ws, story.spec, tiny.day(0), "amount")
    assert told.reference is None
    assert math.fsum(share.current for share in told.bins) == pytest.approx(1)


@pytest.mark.parametrize(("number", "column", "said"), [(9, "amont", "amount"), (20, "amount", "no profile")])
def test_a_column_that_is_not_there_is_told_with_what_there_is(story, number, column, said):
    with pytest.raises(CatalogError, match=said) as error:
        column_shares(story.ws, story.spec, tiny.day(number), column)
    assert error.value.code == "CAT026"


def test_quality_of_a_window_with_labels_is_what_was_measured_of_it(story):
    found = next(p for one in story.ws.catalog.measurements("tiny") for p in one.matured if p.window == JUDGED)
    told = quality_of(story.ws, story.spec, JUDGED)
    assert (told.version, told.reliability) == (found.version, found.reliability)
    assert told.scores.current.rows == tiny.ROWS
    assert [f"{one.column}={one.level}" for one in told.slices] == list(found.slices)


def test_quality_of_a_window_without_labels_tells_its_scores_only(story):
    told = quality_of(story.ws, story.spec, LAST)
    assert (told.reliability, told.slices) == ((), ())
    assert told.scores is not None
    assert quality_of(story.ws, story.spec, tiny.day(0)).scores is None, "nobody scored it"
    with pytest.raises(CatalogError, match="not measured"):
        quality_of(story.ws, story.spec, tiny.day(20))


def test_slices_are_told_for_every_judged_window(story):
    told = slice_history(story.ws, story.spec)
    judged = [found for one in story.ws.catalog.measurements("tiny") for found in one.matured]
    assert [window.key for window in told.windows] == [found.window.key for found in judged]
    assert all(len(values) == len(judged) for values in told.values)


def test_a_retrain_is_worth_it_if_what_it_brought_exceeds_its_price(story):
    price = story.spec.retrain_cost * COST_WINDOWS
    measured = story.ws.catalog.measurements("tiny")
    promoted = [one for one in retrains_of(story.ws, story.spec).retrains if one.realised is not None]
    assert promoted
    for one in promoted:
        gains = [
            -rival.points
            for found in measured
            for rival in found.rivals
            if (rival.version, rival.rival) == (one.challenger, one.champion)
        ]
        served = sum(made.champion == one.challenger for made in story.ws.catalog.decisions("tiny"))
        assert one.realised == pytest.approx(sum(gains) / len(gains))
        assert one.realised_windows == len(gains)
        serves = story.ws.catalog.champion("tiny") == one.challenger
        paid = one.realised * served > price
        assert one.worth is (True if paid else None if serves else False)


def test_the_first_retrain_has_nothing_to_be_compared_with(story):
    first = retrains_of(story.ws, story.spec).retrains[-1]
    assert (first.champion, first.challenger, first.expected, first.realised, first.worth) == (
        None,
        1,
        None,
        None,
        None,
    )
    assert first.seconds > 0


def test_a_retrain_that_was_rejected_brought_nothing(story):
    told = retrains_of(story.ws, story.spec).retrains
    rejected = [one for one in told if one.verdict is Verdict.REJECT]
    assert all(one.worth is False and one.realised is None for one in rejected)
    assert [one.as_of for one in told] == sorted((one.as_of for one in told), reverse=True)


def test_the_explanation_of_a_window_says_what_its_retrain_brought(story):
    for one in retrains_of(story.ws, story.spec).retrains:
        gain = explanation(story.ws, story.spec, _window_of(one))["gain"]
        assert (gain.expected, gain.realised, gain.worth) == (one.expected, one.realised, one.worth)
    assert explanation(story.ws, story.spec, tiny.day(4))["gain"] is None


def _window_of(retrain):
    return next(tiny.day(n) for n in range(10) if tiny.day(n).key == retrain.window.key)


def test_a_page_of_the_ledger_begins_with_the_newest_line(story):
    lines = story.ws.catalog.entries("tiny")
    first, second = (ledger_page(story.ws, story.spec, page=page, size=4) for page in (1, 2))
    assert [line.seq for line in (*first.entries, *second.entries)] == [line.seq for line in lines[:-9:-1]]
    assert first.total == len(lines)
    for line, entry in zip(first.entries, reversed(lines), strict=False):
        assert (line.hash, line.previous, line.payload) == (entry.hash, entry.previous, entry.payload)


def test_a_page_of_the_ledger_may_tell_one_kind_of_line(story):
    told = ledger_page(story.ws, story.spec, kind=EntryKind.PROMOTION)
    assert {line.what for line in told.entries} == {"promotion"}
    assert {line.by for line in told.entries} == {"gates"}
    assert told.total == len(story.ws.catalog.promotions("tiny"))


def test_every_version_says_when_it_served(story):
    told = versions_of(story.ws, story.spec)
    assert [found.version for found in told] == [found.version for found in story.ws.catalog.versions("tiny")][::-1]
    spans = [span for found in told for span in found.serves]
    assert len(spans) == len(story.ws.catalog.promotions("tiny"))


def test_a_model_file_in_short(story):
    told = spec_facts(story.spec)
    assert (told.metric, told.label, told.slices) == ("auc", "bought", ("channel",))
    assert told.features == ("amount", "age", "channel")


def test_documents_are_those_that_were_made(story):
    assert documents_of(story.ws, story.spec, LAST) == (Document.EVIDENTLY, Document.DATA_DOCS)
    assert documents_of(story.ws, story.spec, tiny.day(0)) == (Document.DATA_DOCS,)
    for what in Document:
        assert b"<html" in document(story.ws, story.spec, LAST, what)[:2000]


@pytest.mark.parametrize(("what", "number"), [("evidently", 0), ("evidently", 20), ("data_docs", 20)])
def test_a_document_that_was_not_made_is_told_with_when_it_is(story, what, number):
    with pytest.raises(CatalogError, match=f"no {what} page") as error:
        document(story.ws, story.spec, tiny.day(number), Document(what))
    assert (error.value.code, error.value.do != "") == ("CAT025", True)


def test_profiles_of_all_windows_can_be_shown(story):
    for partition in story.ws.catalog.partitions("tiny", PartitionKind.PROFILE):
        for column in ("amount", "age", "channel"):
            assert column_shares(story.ws, story.spec, partition.window, column).current.rows == tiny.ROWS
