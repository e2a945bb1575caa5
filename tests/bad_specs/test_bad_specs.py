"""Every bad model file is refused with its code, its field and its line, and everything odd but right is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bad_spec_corpus import BROKEN, CASES, GOOD, Case

from leeway.errors import SpecError
from leeway.spec import load_spec

if TYPE_CHECKING:
    from pathlib import Path


def refused(folder: Path, content: str | bytes) -> tuple[SpecError, ...]:
    """The problems that loading a file with this content gives."""
    path = folder / "churn.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SpecError) as caught:
        load_spec(path)
    return caught.value.problems or (caught.value,)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_bad_spec_is_refused_with_code_and_field(case: Case, tmp_path: Path) -> None:
    problems = refused(tmp_path, case.text)

    found = {(problem.code, problem.where.get("field")) for problem in problems}
    assert found == set(case.problems), "\n".join(map(str, problems))
    assert case.says in str(problems[0])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_problem_names_the_line_of_its_field_or_of_what_is_around_it(case: Case, tmp_path: Path) -> None:
    lines = case.text.splitlines()

    for problem in refused(tmp_path, case.text):
        place, _, number = problem.where["file"].rpartition(":")
        assert place == str(tmp_path / "churn.yaml")
        written = lines[int(number) - 1]
        names = [part for part in problem.where["field"].split(".") if not part.isdigit()]
        missing_at_the_top = len(names) == 1 and problem.code == "SPEC012" and number == "1"
        assert missing_at_the_top or any(name in written for name in names[-2:]) or written.lstrip().startswith("-")


def test_line_is_exact_for_keys_values_and_list_entries(tmp_path: Path) -> None:
    text = GOOD.replace("Europe/Berlin", "Berlin").replace("minimum", "minimun") + "    - kind: torhc\n"

    found = {problem.where["field"]: problem.where["file"].rpartition(":")[2] for problem in refused(tmp_path, text)}

    assert found == {"schedule.timezone": "4", "data.columns.age.minimun": "16", "training.trainers.1": "21"}


@pytest.mark.parametrize(("rule", "content", "code", "says"), BROKEN, ids=[rule for rule, *_ in BROKEN])
def test_broken_file_is_refused_before_it_is_understood(
    rule: str, content: bytes, code: str, says: str, tmp_path: Path
) -> None:
    (problem,) = refused(tmp_path, content)

    assert problem.code == code, problem
    assert says in str(problem)


def test_corpus_changes_a_good_file(tmp_path: Path) -> None:
    path = tmp_path / "churn.yaml"
    path.write_text(GOOD)

    assert load_spec(path).name == "churn"


def test_every_rule_has_a_name_of_its_own() -> None:
    rules = [case.rule for case in CASES] + [rule for rule, *_ in BROKEN]

    assert len(rules) == len(set(rules))
    assert len(rules) >= 45
