"""Model files that look strange and are right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bad_spec_corpus import GOOD

from leeway.spec import ModelSpec, load_spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ODD: list[tuple[str, Callable[[str], str], Callable[[ModelSpec], Any], Any]] = [
    ("a byte-order mark", lambda text: "\ufeff" + text, lambda spec: spec.name, "churn"),
    ("Windows line ends", lambda text: text.replace("\n", "\r\n"), lambda spec: spec.description, "Who will leave?"),
    ("a document marker", lambda text: "---\n" + text + "...\n", lambda spec: spec.name, "churn"),
    ("a YAML version", lambda text: "%YAML 1.1\n---\n" + text, lambda spec: spec.name, "churn"),
    (
        "Norway as text",
        lambda text: text.replace("role: [feature, slice]", "levels: [no, se, y, on, off]"),
        lambda spec: spec.data.columns["region"].levels,
        ("no", "se", "y", "on", "off"),
    ),
    (
        "a number in scientific notation",
        lambda text: text + "      params: {learning_rate: 1e-3}\n",
        lambda spec: spec.training.trainers[0].params,
        {"learning_rate": 0.001},
    ),
    (
        "a date in quotes",
        lambda text: text.replace("2024-01-01", '"2024-01-01"'),
        lambda spec: str(spec.schedule.start),
        "2024-01-01",
    ),
    (
        "a time that is no number",
        lambda text: text + "      name: 12:30\n",
        lambda spec: spec.training.trainers[0].name,
        "12:30",
    ),
    (
        "a plus sign",
        lambda text: text.replace("minimum: 0", "minimum: +5"),
        lambda spec: spec.data.columns["age"].minimum,
        5,
    ),
    (
        "ampersand and star in text",
        lambda text: text.replace("Who will leave?", "R&D * staff & *others*"),
        lambda spec: spec.description,
        "R&D * staff & *others*",
    ),
    (
        "braces in text",
        lambda text: text.replace("Who will leave?", "'{who} {{leaves}} %s {0}'"),
        lambda spec: spec.description,
        "{who} {{leaves}} %s {0}",
    ),
    (
        "a block of text",
        lambda text: text.replace("description: Who will leave?", "description: >\n  Who\n  will leave?\n"),
        lambda spec: spec.description,
        "Who will leave?\n",
    ),
    (
        "other letters",
        lambda text: text.replace("Who", "Wer wohl \u2615 \u4f60"),
        lambda spec: spec.description[:8],
        "Wer wohl",
    ),
    (
        "kinds by name alone",
        lambda text: text.replace("kind: sklearn", "sklearn"),
        lambda spec: len(spec.training.trainers),
        1,
    ),
    (
        "a kind by where it is",
        lambda text: text.replace("kind: files", "kind: leeway.sources.files:Files"),
        lambda spec: spec.data.source.kind,
        "leeway.sources.files:Files",
    ),
    ("a policy without kind", lambda text: text + "policy: {min_rows: 5}\n", lambda spec: spec.policy.kind, "evidence"),
    ("no gates", lambda text: text + "gates: []\n", lambda spec: spec.gates, ()),
    ("keys in another order", lambda text: "".join(sorted_blocks(text)), lambda spec: spec.name, "churn"),
]


def sorted_blocks(text: str) -> list[str]:
    """The top-level entries of a file, in alphabetical order."""
    blocks: list[str] = []
    for line in text.splitlines(keepends=True):
        if line[0].isalpha():
            blocks.append(line)
        else:
            blocks[-1] += line
    return sorted(blocks)


@pytest.mark.parametrize(("change", "look", "expected"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
def test_odd_file_is_read_as_it_is_meant(
    change: Callable[[str], str], look: Callable[[ModelSpec], Any], expected: Any, tmp_path: Path
) -> None:
    path = tmp_path / "churn.yaml"
    path.write_bytes(change(GOOD).encode())

    assert look(load_spec(path)) == expected


def test_order_of_keys_does_not_change_the_hash(tmp_path: Path) -> None:
    path = tmp_path / "churn.yaml"
    path.write_text(GOOD)
    before = load_spec(path).hash
    path.write_text("".join(sorted_blocks(GOOD)))

    assert load_spec(path).hash == before
