"""Every action, by clicking: what the dialog promises comes true, under the name of the person who clicked."""

from looking import until
from playwright.sync_api import expect

from leeway.core import EntryKind, Verdict


def test_a_model_is_frozen_and_let_go_again(looking, catalog):
    looking.open("/plugin/models/tiny")
    looking.act("Freeze", Reason="a holiday")
    assert catalog.frozen("tiny").frozen
    assert (catalog.frozen("tiny").by, catalog.frozen("tiny").reason) == ("admin", "a holiday")
    looking.settle()
    looking.act("Unfreeze", Reason="it is over")
    assert not catalog.frozen("tiny").frozen


def test_a_retrain_a_backfill_and_a_backtest_start_their_dag_runs(looking, stack):
    looking.open("/plugin/models/tiny")
    looking.act("Retrain", Why="to see it")
    assert stack.client.count_runs("tiny__training") == 1
    looking.act("Backfill")
    assert len(stack.client.backfills("tiny__monitoring")) == 1
    looking.act("Backtest")
    assert stack.client.count_runs("leeway__backtest") == 1


def test_a_challenger_that_waits_is_approved(looking, catalog, stack):
    waiting = catalog.evaluations("asking")[-1].challenger
    looking.open("/plugin/models/asking")
    looking.act("Approve")
    assert until(lambda: catalog.champion("asking") == waiting)
    (entry,) = [found for found in catalog.promotions("asking") if found.to_version == waiting]
    assert entry.by == "admin"


def test_a_challenger_that_waits_is_rejected(looking, catalog):
    waiting = catalog.evaluations("declining")[-1]
    looking.open("/plugin/models/declining")
    _, done = looking.act("Reject", Comment="not on a Friday")
    assert f"v{waiting.challenger} is rejected." in done
    assert until(lambda: catalog.evaluations("declining")[-1].verdict is Verdict.REJECT)
    assert "not on a Friday" in catalog.evaluations("declining")[-1].sentence
    assert catalog.champion("declining") is None
    assert catalog.entries("declining")[-1].kind is EntryKind.EVALUATION


def test_a_roll_back_lets_the_earlier_champion_return(looking, catalog, stack):
    before = catalog.champion("tiny")
    stack.client.unpause("tiny__promotion")
    looking.open("/plugin/models/tiny")
    looking.act("Roll back", Reason="the new one is worse")
    assert until(lambda: catalog.champion("tiny") != before, 300)
    assert catalog.promotions("tiny")[-1].by == "admin"
    looking.open("/plugin/models/tiny?tab=ledger")
    expect(looking.page.locator(".leeway")).to_contain_text("the new one is worse")
    assert catalog.entries("tiny")[-1].kind is EntryKind.PROMOTION
