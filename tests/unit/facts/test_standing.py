"""How models are, all at once, is what the stages' own rules say of each of them."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tiny
from ledgers import World, served
from leeway import aliases, turns
from leeway.catalog import Catalog
from leeway.core import Action, PromotionKind, Reason, Verdict
from leeway.facts.health import Health
from leeway.facts.standing import Standing, standings
from leeway.policies.envelope import rejected_in_a_row
from leeway.workspace import Workspace

if TYPE_CHECKING:
    from leeway.spec import ModelSpec

NAMES = ("one", "two")


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> list[ModelSpec]:
    """Two model files; nothing else of them is needed."""
    folder = tmp_path_factory.mktemp("standing")
    return [tiny.project(folder, days=1, name=name, schedule={"end": None}).spec for name in NAMES]


@pytest.fixture(scope="module")
def shared() -> Catalog:
    """A catalog that tests fill with models of their own."""
    catalog = Catalog("sqlite://")
    catalog.migrate()
    return catalog


@pytest.fixture
def memory(sqlite_url: str) -> Catalog:
    """An empty catalog."""
    return Catalog(sqlite_url)


STEPS = {
    "quiet": lambda world: world.decide(),
    "retrain": lambda world: world.decide(Action.RETRAIN),
    "recalibrate": lambda world: world.decide(Action.RECALIBRATE),
    "decide to roll back": lambda world: world.decide(Action.ROLL_BACK),
    "passed": lambda world: world.evaluate(Verdict.PROMOTE),
    "passed and served": lambda world: (world.evaluate(Verdict.PROMOTE), world.promote()),
    "corrected": lambda world: world.evaluate(Verdict.PROMOTE, reason=Reason.MISCALIBRATED),
    "corrected waits": lambda world: world.evaluate(Verdict.AWAIT_APPROVAL, reason=Reason.MISCALIBRATED),
    "waits": lambda world: world.evaluate(Verdict.AWAIT_APPROVAL),
    "asked for by hand": lambda world: world.evaluate(Verdict.REJECT, request="r", reason=Reason.REQUESTED),
    "passed by hand": lambda world: world.evaluate(Verdict.PROMOTE, request="r", reason=Reason.REQUESTED),
    "rejected": lambda world: world.evaluate(Verdict.REJECT),
    "failed": lambda world: world.evaluate(Verdict.FAILED),
    "cannot be rolled back": lambda world: world.evaluate(Verdict.FAILED, request="roll_back"),
    "a person says yes": lambda world: world.promote(),
    "a person says no": lambda world: world.refuse(),
    "rolled back": lambda world: world.promote(1, PromotionKind.ROLLBACK),
    "freeze": lambda world: world.freeze(frozen=True),
    "unfreeze": lambda world: world.freeze(frozen=False),
}


def agrees_with_the_stages(standing: Standing, ws: Workspace) -> None:
    catalog, spec = ws.catalog, standing.spec
    order = turns.open_order(catalog, spec, tiny.day(100))
    assert (standing.order and standing.order.window) == (order and order.window)
    assert standing.waiting == aliases.waiting(ws, spec.name)
    last_word = catalog.frozen(spec.name)
    assert standing.latest.freeze == last_word
    assert standing.rejections == rejected_in_a_row(catalog.evaluations(spec.name), last_word)
    assert standing.head == catalog.head(spec.name)
    champion = standing.latest.champion
    assert (champion and champion.to_version) == catalog.champion(spec.name)
    outcomes = catalog.evaluations(spec.name)
    assert [one.verdict for one in standing.latest.outcomes[-1:]] == [one.verdict for one in outcomes[-1:]]


_examples = itertools.count()


@settings(max_examples=120, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(sorted(STEPS))), max_size=25))
def test_all_at_once_is_what_the_stages_find_one_by_one(
    specs: list[ModelSpec], shared: Catalog, steps: list[tuple[str, str]]
) -> None:
    number = next(_examples)  # every example has models of its own: to migrate a catalog takes longer than all the rest
    fresh = [spec.model_copy(update={"name": f"{spec.name}_{number}"}) for spec in specs]
    worlds = dict(zip(NAMES, (World(shared, spec.name) for spec in fresh), strict=True))
    for name, step in steps:
        STEPS[step](worlds[name])
    ws = Workspace(shared, None, None, None)  # type: ignore[arg-type]  # the rules read the catalog only
    for standing in standings(shared, fresh, datetime.now(UTC)):
        agrees_with_the_stages(standing, ws)


def test_all_at_once_is_the_same_on_both_databases(specs: list[ModelSpec], catalog: Catalog) -> None:
    for name in NAMES:
        world = World(catalog, name)
        for step in ("passed and served", "quiet", "waits", "a person says no", "waits", "rejected", "retrain"):
            STEPS[step](world)
    head = catalog.head("two")
    assert head is not None
    catalog.note("two", f"{head.key}/measure", {"rows": "40"})
    ws = Workspace(catalog, None, None, None)  # type: ignore[arg-type]
    found = standings(catalog, specs, datetime.now(UTC))
    assert [(one.late_by is None, one.catching_up) for one in found] == [(False, False), (True, True)]
    for standing in found:
        agrees_with_the_stages(standing, ws)
        assert standing.waiting == 3
        assert standing.order is not None
    assert standings(catalog, [], datetime.now(UTC)) == []


def blocked(world: World) -> None:
    served(world).decide(Action.BLOCK, kinds=("data",))


def failing(world: World) -> None:
    served(world).decide(Action.RETRAIN, kinds=("data",))
    world.evaluate(Verdict.FAILED)


def rejected(world: World) -> None:
    served(world).decide(Action.NONE)
    for _ in range(3):
        world.evaluate(Verdict.REJECT)


def flagged(world: World) -> None:
    served(world).decide(Action.RETRAIN, kinds=("data", "quality"))


def waiting(world: World) -> None:
    served(world).decide(Action.RETRAIN, kinds=("slice", "estimate"))
    world.evaluate(Verdict.AWAIT_APPROVAL)
    world.freeze(frozen=True)


def working(world: World) -> None:
    served(world).decide(Action.RETRAIN)


def frozen(world: World) -> None:
    served(world).decide()
    world.freeze(frozen=True)


def new(world: World) -> None:
    world.decide()
    world.decide()


def healthy(world: World) -> None:
    served(world).decide()


@pytest.mark.parametrize(
    ("course", "health", "sentence"),
    [
        (blocked, Health.BLOCKED, "So be it."),
        (failing, Health.FAILING, "The last retrain, as of 2024-01-03T00:00Z, failed; the champion stays."),
        (rejected, Health.FAILING, "3 challengers in a row were rejected: a person has to look."),
        (flagged, Health.FLAGGED, "Flagged in the last window: column 0, column 1."),
        (waiting, Health.WAITING, "v2 waits for approval."),
        (
            working,
            Health.WORKING,
            "Not finished: the retrain that 2024-01-02T00:00Z..2024-01-03T00:00Z asked for.",
        ),
        (frozen, Health.FROZEN, "Frozen by ann: Audit."),
        (new, Health.NEW, "No version serves yet."),
        (healthy, Health.HEALTHY, "Nothing that decisions rest on was flagged in the last window."),
    ],
)
def test_health_is_the_worst_that_is_true(course, health, sentence, specs, memory):
    course(World(memory, "one"))
    (standing, _) = standings(memory, specs, tiny.day(2).end)
    assert standing.assessment == (health, sentence)


def test_a_window_that_stays_undecided_is_late_when_the_model_file_says_so(specs, memory):
    healthy(World(memory, "one"))
    due = tiny.day(2).end + timedelta(hours=6)
    (before, _), (after, _) = (standings(memory, specs, when) for when in (due, due + timedelta(hours=5)))
    assert (before.late_by, before.assessment.health) == (None, Health.HEALTHY)
    assert (after.late_by, after.assessment.health) == (5 * 3600, Health.LATE)
    assert "2024-01-03T00:00Z..2024-01-04T00:00Z" in after.assessment.sentence
    assert "5 hours ago" in after.assessment.sentence


def test_a_model_that_has_just_measured_a_window_is_catching_up_and_not_late(specs, memory):
    healthy(World(memory, "one"))
    memory.note("one", f"{tiny.day(1).key}/measure", {"rows": "40"})
    worked = memory.last_noted(["one"])["one"]
    soon, later = (standings(memory, specs, worked + timedelta(hours=hours))[0] for hours in (6, 7))
    assert (soon.late_by, soon.assessment.health) == (None, Health.WORKING)
    assert soon.assessment.sentence == "Catching up: 2024-01-03T00:00Z..2024-01-04T00:00Z is next."
    assert (later.catching_up, later.assessment.health) == (False, Health.LATE)


def test_a_schedule_that_is_over_is_never_late(memory, tmp_path):
    spec = tiny.project(tmp_path, days=1, name="one").spec
    healthy(World(memory, "one"))
    (standing,) = standings(memory, [spec], tiny.day(400).end)
    assert (standing.next_window, standing.late_by) == (None, None)
    assert standing.assessment.health is Health.ENDED


def test_a_model_that_nobody_ran_yet_is_new_and_never_late(specs, memory):
    for day in (0, 1):
        assert [one.assessment.health for one in standings(memory, specs, tiny.day(day).end)] == [Health.NEW] * 2


def test_what_is_remembered_of_a_ledger_ends_when_it_goes_on(specs, memory):
    world = World(memory, "one")
    healthy(world)
    seen = [standings(memory, specs, tiny.day(2).end)[0] for _ in range(2)]
    assert seen[0].known is seen[1].known
    world.freeze(frozen=True)
    assert standings(memory, specs, tiny.day(2).end)[0].assessment.health is Health.FROZEN
