"""``leeway card``: what is told of a version, as text, as a page and as JSON; and what MLflow keeps of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tiny
from leeway.core import REJECTED, Verdict
from leeway.facts.card import card
from leeway.outcome import evaluation_of

SECTIONS = [
    "Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data", "Quantitative analyses",
    "Ethical considerations", "Caveats and recommendations", "Drift reference", "Approvals and promotions", "Lineage",
]  # fmt: skip


@pytest.fixture(scope="module")
def said(kept, leeway) -> str:
    result = leeway(kept.project.env, "card", "tiny")
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def test_the_card_has_the_sections_of_a_model_card_and_the_champions_figures(kept, said):
    assert re.findall(r"^## (.*)$", said, re.MULTILINE) == SECTIONS
    champion = kept.said["champion"]["version"] if isinstance(kept.said["champion"], dict) else kept.said["champion"]
    assert said.startswith(f"# Model card: tiny v{champion}\n")
    assert "Will this visitor buy?" in said
    assert re.search(r"\| `auc` \| 0\.\d+ \| 0\.\d+ to [01]\.?\d* \| 0\.\d+ \| 0\.5 \|", said)
    assert "| passed | `beats_baseline` |" in said
    assert "It serves now." in said


def test_the_same_card_has_the_same_bytes(kept, leeway, said, tmp_path):
    assert leeway(kept.project.env, "card", "tiny").stdout == said
    pages = [tmp_path / "one.html", tmp_path / "deep" / "two.html"]
    for file in pages:
        assert leeway(kept.project.env, "card", "tiny", "--html", str(file)).exit_code == 0
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert "<h2>Lineage</h2>" in pages[0].read_text()


def test_json_holds_what_the_text_is_made_of(kept, ask):
    facts = ask(kept.project.env, "card", "tiny", "--version", "v1")
    assert facts["version"] == 1
    assert [line["what"] for line in facts["history"]] == [
        "evaluated: promote",
        "serves (promotion)",
        "gives way to v2 (promotion)",
    ]
    assert facts["service"][0]["group"] == "all rows"
    assert facts["evaluation"]["metrics"][0]["metric"] == "auc"
    assert {group["level"] for group in facts["evaluation"]["groups"]} <= {"web", "shop"}
    assert facts["lineage"]["raw"]


def test_a_version_that_does_not_exist_is_an_error_with_a_code(kept, leeway, ask):
    assert ask(kept.project.env, "card", "tiny", "--version", "99")["error"]["code"] == "CAT010"


def test_a_model_without_versions_has_no_card(tmp_path, ask):
    project = tiny.project(tmp_path, days=3)
    project.workspace()
    assert ask(project.env, "card", "tiny")["error"]["code"] == "CAT024"


def test_each_version_keeps_the_card_of_its_registration_in_mlflow(kept):
    ws = kept.project.workspace()
    made = card(ws, kept.project.spec, 1)
    client = ws.tracking._client
    files = {name: Path(client.download_artifacts(made.lineage.run_id, name)).read_bytes() for name in CARDS}
    assert b"As of registration" in files["card.md"]
    assert b"Not known at registration" in files["card.md"]
    assert b"<h1>Model card: tiny v1</h1>" in files["card.html"]
    at_registration = made.model_copy(update={"told_until": None, "serving": False, "history": (), "service": ()})
    assert files["card.md"].decode() == at_registration.markdown
    assert files["card.html"] == at_registration.html


CARDS = ("card.md", "card.html")


def test_a_rejected_version_says_who_rejected_it(kept):
    from leeway.core import EntryKind
    from leeway.facts.card import _history

    ws = kept.project.workspace()
    evaluation = evaluation_of(ws, kept.project.spec, 1)
    rejected = evaluation.model_copy(
        update={
            "request": f"{REJECTED}1",
            "verdict": Verdict.REJECT,
            "challenger": None,
            "sentence": "Rejected by Ada <b>.",
        }
    )
    entry = ws.catalog.entries("tiny")[0].model_copy(
        update={"kind": EntryKind.EVALUATION, "payload": rejected.model_dump(mode="json")}
    )
    (line,) = _history([entry], 1)
    assert (line.what, line.by) == ("rejected", "Ada <b>")
