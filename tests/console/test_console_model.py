"""The routes of one model's page: what they answer is what facts say, and documents can do nothing."""

from __future__ import annotations

import pytest

import tiny
from leeway.facts.columns import column_shares
from leeway.facts.drift import drift_map
from leeway.facts.ledger import ledger_page
from leeway.facts.quality import quality_of
from leeway.facts.retrains import retrains_of
from leeway.facts.slices import slice_history
from leeway.facts.timeline import timeline

MODEL = "/api/models/tiny"
WINDOW = tiny.day(5)
KEY = WINDOW.key


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/timeline", timeline),
        ("/drift", drift_map),
        ("/slices", slice_history),
        ("/ledger", ledger_page),
        ("/retrains", retrains_of),
        (f"/windows/{KEY}/quality", lambda ws, spec: quality_of(ws, spec, WINDOW)),
        (f"/windows/{KEY}/columns/amount", lambda ws, spec: column_shares(ws, spec, WINDOW, "amount")),
    ],
    ids=["timeline", "drift", "slices", "ledger", "retrains", "quality", "column"],
)
def test_a_route_tells_the_facts(served, viewer, path, told):
    answer = viewer.get(f"{MODEL}{path}")
    assert answer.status_code == 200
    assert answer.text == told(served.ws, served.spec).model_dump_json()


def test_the_head_of_the_page_says_what_the_model_is_and_what_one_may_do(served, user, viewer):
    seen, able = (client.get(MODEL).raise_for_status().json() for client in (viewer, user))
    assert seen["champion"]["version"] == 1
    assert (seen["spec"]["metric"], seen["spec"]["file"], seen["windows"]) == ("auc", "tiny.yaml", 7)
    assert seen["dags"]["training"] == "tiny__training"
    assert seen["first_window"]["key"] == tiny.day(0).key
    assert [version["card"] for version in seen["versions"]] == ["/leeway/api/models/tiny/card/1"]
    assert seen["versions"][0]["serves"] == [
        {"version": 1, "from": "2024-01-06T00:00:00Z", "to": None, "by": "gates", "kind": "promotion"}
    ]
    assert not any(seen["may"].values())
    assert able["may"]["run_training"]
    assert not any(action["allowed"] for action in seen["actions"])
    assert any(action["allowed"] for action in able["actions"])


def test_a_window_is_told_as_explain_tells_it_and_names_its_documents(served, viewer):
    told = viewer.get(f"{MODEL}/windows/{KEY}").raise_for_status().json()
    assert told["decision"]["sentence"] == served.ws.catalog.decision("tiny", WINDOW).sentence
    assert told["measurement"] == {"revision": 1, "revisions": 1, "status": "measured", "rows": tiny.ROWS}
    paths = [document["path"] for document in told["documents"]]
    assert f"/leeway{MODEL}/documents/data_docs/{KEY}" in paths
    for path in paths:
        assert viewer.get(path.removeprefix("/leeway")).status_code == 200


@pytest.mark.parametrize("path", [f"/documents/data_docs/{KEY}", "/card/1", "/card/1?format=markdown"])
def test_a_document_is_shown_in_a_sandbox_of_no_origin(served, viewer, path):
    headers = viewer.get(f"{MODEL}{path}").raise_for_status().headers
    policy = headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none';")
    assert "allow-same-origin" not in policy
    assert "connect-src" not in policy, "default-src forbids it"
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


def test_a_card_may_be_had_as_markdown(served, viewer):
    answer = viewer.get(f"{MODEL}/card/1", params={"format": "markdown"})
    assert answer.headers["content-type"].startswith("text/markdown")
    assert answer.text.startswith("# ")


def test_without_a_backtest_there_is_no_result_and_no_page(served, viewer):
    assert viewer.get(f"{MODEL}/backtest").json() == {"at": None, "by": None, "result": None}
    answer = viewer.get(f"{MODEL}/backtest/page")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "CAT025")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/windows/yesterday", 422, "SPEC056"),
        (f"/windows/{tiny.day(20).key}", 404, "CAT023"),
        (f"/windows/{KEY}/columns/amont", 404, "CAT026"),
        (f"/documents/data_docs/{tiny.day(20).key}", 404, "CAT025"),
        ("/card/99", 404, "CAT010"),
        ("/timeline?since=yesterday", 422, "SPEC056"),
    ],
)
def test_what_is_not_there_is_told_with_what_to_do(served, viewer, path, status, code):
    answer = viewer.get(f"{MODEL}{path}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("query", ["page=0", "size=1000", "kind=gossip"])
def test_a_page_of_the_ledger_that_cannot_be_is_refused(served, viewer, query):
    assert viewer.get(f"{MODEL}/ledger?{query}").status_code == 422


def test_every_answer_is_described(served, viewer):
    paths = viewer.get("/api/openapi.json").json()["paths"]
    about_models = {path: ways["get"] for path, ways in paths.items() if "{model}" in path and "get" in ways}
    undescribed = [
        path
        for path, way in about_models.items()
        if not any(found.get("schema") for found in way["responses"]["200"]["content"].values())
    ]
    assert undescribed == []
