"""Eight processes at once: one winner a round."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

from leeway.catalog import Catalog
from leeway.core import EntryKind, PartitionKind
from leeway.errors import ConflictError, FencedError
from values import MODEL, day, decision, partition, promotion, version

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Barrier

    Move = Callable[[Catalog, int, int], None]

fork = multiprocessing.get_context("fork")
RACERS, ROUNDS = 8, 4


def _race(url: str, racer: int, barrier: Barrier, move: Move, wins: multiprocessing.Queue[tuple[int, int]]) -> None:
    catalog = Catalog(url)
    for number in range(ROUNDS):
        barrier.wait(60)
        try:
            move(catalog, racer, number)
            wins.put((number, racer))
        except (ConflictError, FencedError):
            pass
        barrier.wait(60)
    catalog.close()


def race(url: str, move: Move) -> list[list[int]]:
    """Let all move in every round.

    Returns:
        The winners of each round.
    """
    barrier, wins = fork.Barrier(RACERS), fork.Queue()
    racers = [fork.Process(target=_race, args=(url, racer, barrier, move, wins)) for racer in range(RACERS)]
    for each in racers:
        each.start()
    for each in racers:
        each.join(120)
    assert [each.exitcode for each in racers] == [0] * RACERS
    winners: list[list[int]] = [[] for _ in range(ROUNDS)]
    while not wins.empty():
        number, racer = wins.get()
        winners[number].append(racer)
    return winners


def _append(catalog: Catalog, racer: int, number: int) -> None:
    mine = number * RACERS + racer
    catalog.append(MODEL, EntryKind.DECISION, day(mine).end, decision(mine), expected=number)


def test_one_process_appends_the_next_line(catalog: Catalog, catalog_url: str) -> None:
    assert [len(round_) for round_ in race(catalog_url, _append)] == [1] * ROUNDS
    assert catalog.last_seq(MODEL) == ROUNDS
    assert catalog.verify() == []


def _promote(catalog: Catalog, racer: int, number: int) -> None:
    # All have seen the winner of the last round, not of this one; every racer has a version of its own each round.
    seen = catalog.promotions(MODEL)
    champion = seen[number - 1].to_version if number else None
    catalog.promote(**promotion(1 + number * RACERS + racer, champion, number))


def test_one_promotion_wins_from_one_observed_champion(catalog: Catalog, catalog_url: str) -> None:
    for number in range(1, 1 + RACERS * ROUNDS):
        catalog.add_version(version(number))
    winners = race(catalog_url, _promote)
    assert [len(round_) for round_ in winners] == [1] * ROUNDS
    promoted = [found.to_version for found in catalog.promotions(MODEL)]
    assert promoted == [1 + number * RACERS + winner for number, (winner,) in enumerate(winners)]


def _publish(catalog: Catalog, racer: int, number: int) -> None:
    scope = f"round {number}"
    token = catalog.take_token(MODEL, scope)
    catalog.publish(partition(number, f"of racer {racer}"), scope=scope, token=token)


def test_what_is_current_was_published_by_the_newest_try(catalog: Catalog, catalog_url: str) -> None:
    winners = race(catalog_url, _publish)
    for number, won in enumerate(winners):
        assert won, "the try with the newest token is never refused"
        current = catalog.partition(MODEL, PartitionKind.RAW, day(number))
        assert current in [partition(number, f"of racer {racer}") for racer in won]
        assert catalog.take_token(MODEL, f"round {number}") == RACERS + 1
    assert catalog.verify() == []
