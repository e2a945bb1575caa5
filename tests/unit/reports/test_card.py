"""What a card says, whatever its texts hold."""

from __future__ import annotations

import re

import pytest

from leeway.core import GateResult, GroupFigures, Interval, MetricGain, Task
from leeway.reports.card import (
    Card,
    ColumnFacts,
    DataFacts,
    EvaluationFacts,
    HistoryLine,
    LineageFacts,
    MetricFacts,
    ReferenceFacts,
    ServiceFacts,
    Texts,
    TrainingFacts,
)
from values import day

HOSTILE = "<script>alert(1)</script> | [x](javascript:alert(1)) `a` **b**\n\n# c"
READ = "<script>alert(1)</script> | [x](javascript:alert(1)) `a` **b** # c"


def made(told: str = HOSTILE, **changes) -> Card:
    """A card that says ``told`` wherever a text comes from outside."""
    figures = {"auc": 0.7, "selection_rate": 0.4}
    groups = tuple(
        GroupFigures(column="sex", level=level, rows=rows, metrics={**figures, "auc": auc}, champion_metrics=figures)
        for level, rows, auc in ((told, 200, 0.6), ("m", 300, 0.7))
    )
    gain = MetricGain(
        metric="auc", rows=500, blocks=7, points=1.0, error=0.5, low=0.1, high=1.9, confidence=0.95, p_value=0.02
    )
    fields = {
        "model": "churn", "version": 3, "description": told, "owner": told, "task": Task.BINARY, "as_of": day(9).end,
        "texts": Texts(intended_use=told, out_of_scope=told, ethical_considerations=told, contact=told),
        "data": DataFacts(
            source=told, first=day(0), last=day(8), windows=9, rows=900, labelled=0.95, label="left", label_known=told,
            columns=(ColumnFacts(name="sex", type="string", roles=("sensitive",), nullable=True),),
        ),
        "training": TrainingFacts(
            recipe=told, history="all", params={told: told}, trials=8, candidates=3, seed=1, base=None
        ),
        "evaluation": EvaluationFacts(
            windows=(day(7), day(8)), metric="auc", gain=gain, groups=groups, sensitive=("sex",),
            metrics=(MetricFacts(
                metric="auc", value=0.71, interval=Interval(value=0.71, low=0.68, high=0.74), champion=0.7,
                baseline=None,
            ),),
            gaps={"sex": {"equalized_odds_difference": 0.125}},
            gates=(GateResult(gate="worst_group", passed=True, sentence=told),),
        ),
        "reference": ReferenceFacts(inputs=told, scores=told, losses=told, profile="p" * 64),
        "limits": (told,),
        "lineage": LineageFacts(
            snapshot="s" * 64, raw=((day(0), "v" * 64),), labels=1, artifact="a" * 64, spec="h" * 64, code="c",
            champion_then=2, run_id="r", run_url="http://127.0.0.1:5000/#/runs/r",
        ),
    }  # fmt: skip
    return Card(**fields | changes)


def later(card: Card) -> Card:
    """The same card as of now."""
    line = HistoryLine(seq=7, at=day(9).end, what="serves (promotion)", by=HOSTILE, sentence=HOSTILE)
    service = ServiceFacts(group=f"sex={HOSTILE}", windows=2, labelled=180, loss=0.2, metric=None)
    return card.model_copy(update={"told_until": 7, "serving": True, "history": (line,), "service": (service,)})


@pytest.mark.parametrize("card", [made(), later(made())], ids=["at registration", "now"])
def test_texts_from_outside_are_shown_and_never_obeyed(card):
    html = card.html.decode()
    assert "<script" not in html
    assert not re.search(r"<(?:img|iframe|strong|a href=\"javascript)", html)
    assert html.count("<h1>") == 1
    assert html.count("<h2>") == 12
    shown = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert shown.count(READ) >= 12


def test_a_table_keeps_its_columns_whatever_a_cell_holds():
    rows = [row for row in later(made()).html.decode().split("<tr>")[1:] if "<td" in row]
    widths = [row.count("<td") for row in rows]
    assert widths == [4, 5, 6, 6, 3, 3, 5, 5]


def test_the_figures_are_there_with_their_intervals_and_the_worst_group_by_name():
    text = made("f").markdown
    assert "| `auc` | 0.71 | 0.68 to 0.74 | 0.7 | - |" in text
    assert "Its gain on the champion is 1 points of `auc` (95 % interval 0.1 to 1.9) on 500 rows of 7 days." in text
    assert "Of 2 groups `sex=f` is served worst: `auc` 0.6 (-) on 200 rows." in text
    assert "| `sex` | equalized odds difference | 0.125 |" in text
    assert "Kept from the model, for judging only: `sex`" in text


def test_at_registration_nothing_is_said_of_what_comes_later():
    text = made("x").markdown
    assert "*As of registration, 2013-01-17T00:00Z." in text
    assert "Not known at registration." in text
    assert "serves now" not in text
    assert "In service" not in text


def test_what_nobody_wrote_is_told_as_not_stated():
    text = made("x", texts=Texts()).markdown
    assert text.count("*Not stated in the model file.*") == 3


def test_the_same_facts_give_the_same_bytes_and_survive_json():
    card = later(made())
    again = Card.model_validate_json(card.to_json())
    assert again == card
    assert (again.markdown, again.html) == (card.markdown, card.html)
