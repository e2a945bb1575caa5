"""The reference of the model file says what the code does: every key, its default and its meaning.

``python tests/unit/test_model_file_docs.py`` writes the tables anew.
"""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from leeway.alerts.base import Sink
from leeway.alerts.rules import Alerts, Quiet
from leeway.detectors.base import Detector
from leeway.engines.base import Engine
from leeway.evaluation.base import Gate
from leeway.kinds import Kind, resolve
from leeway.policies.base import Policy, RetrainOn
from leeway.policies.envelope import Hours, Limits
from leeway.reports.card import Texts
from leeway.schedule import Schedule, Season
from leeway.schema import Column, Label
from leeway.sources.base import Source
from leeway.spec import Data, ModelSpec, Monitoring, Training, load_spec
from leeway.trainers.base import Trainer
from leeway.trainers.network import Hyper

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[2] / "docs"
FAMILIES: tuple[type[Kind], ...] = (Source, Engine, Trainer, Detector, Policy, Gate, Sink)
SECTIONS: dict[str, type[BaseModel]] = {
    "The top": ModelSpec,
    "`schedule`": Schedule,
    "`data`": Data,
    "`data.columns`": Column,
    "`data.label`": Label,
    "`training`": Training,
    "`monitoring`": Monitoring,
    "`monitoring.season`": Season,
    "`retrain_on`": RetrainOn,
    "`limits`": Limits,
    "A limit per period": Hours,
    "`card`": Texts,
    "`alerts`": Alerts,
    "`alerts.quiet`": Quiet,
    **{f"{family.FAMILY.capitalize()}: every kind": family for family in (Trainer, Policy, Sink)},
    **{f"{family.FAMILY.capitalize()} `{kind}`": resolve(family, kind) for family in FAMILIES for kind in family.KINDS},
    "Parameters of `torch`": Hyper,
}
"""Heading -> the class whose keys are listed under it."""


def rows(title: str) -> Iterator[tuple[str, str, str]]:
    """Key, default and meaning of each key that a section lists."""
    cls = SECTIONS[title]
    # What every kind of a family has is listed once, and again where a kind has another default.
    above = [family for family in FAMILIES if issubclass(cls, family) and cls is not family]
    shared = {name: field for family in above for name, field in family.model_fields.items()}
    for name, field in cls.model_fields.items():
        if name != "kind" and (name not in shared or shared[name].default != field.default):
            default = "required" if field.is_required() else spelled(field.get_default(call_default_factory=True))
            yield field.alias or name, default, (field.description or "").replace("|", "\\|")


def table(title: str) -> list[str]:
    """The lines of a section's table."""
    lines = [f"| `{key}` | {default} | {meaning} |" for key, default, meaning in rows(title)]
    return ["| key | default | meaning |", "| --- | --- | --- |", *lines]


def spelled(default: Any) -> str:
    """A default as a model file would write it."""
    if isinstance(default, Enum):
        return str(default.value)
    if default is None or default == "":
        return "none"
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, (tuple, list)):
        return f"[{', '.join(spelled(item) if item != '' else repr('') for item in default)}]"
    if isinstance(default, dict):
        return "{}" if not default else repr(default)
    return "see there" if isinstance(default, BaseModel) else str(default)


@pytest.mark.parametrize("title", [title for title in SECTIONS if list(rows(title))])
def test_reference_lists_every_key_with_its_default_and_meaning(title: str) -> None:
    section = (DOCS / "model-file.md").read_text().partition(f"# {title}\n")[2]

    assert section.splitlines()[: len(table(title))] == table(title)


def test_example_of_the_reference_is_a_right_model_file(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(name: churn .*?)```", (DOCS / "model-file.md").read_text(), re.DOTALL)
    assert example
    (tmp_path / "churn.yaml").write_text(example[1])

    assert load_spec(tmp_path / "churn.yaml").name == "churn"


def write_tables() -> None:
    """Put the tables of today's code into the reference."""
    text = (DOCS / "model-file.md").read_text()
    for title in SECTIONS:
        old = re.compile(rf"(?<=# {re.escape(title)}\n)(\|.*\n)+")
        text = old.sub(lambda _, title=title: "\n".join(table(title)) + "\n", text)
    (DOCS / "model-file.md").write_text(text)


if __name__ == "__main__":
    write_tables()
