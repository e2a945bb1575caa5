"""From a model file to a ModelSpec: defaults, hashes, features, schema, and what reading one costs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml

import leeway
from leeway.core import Task
from leeway.document import read_document
from leeway.errors import SpecError
from leeway.evaluation.base import LOSSES, METRICS
from leeway.spec import ModelSpec, find_spec, load_spec, load_specs, model_files, parse_window

REPOSITORY = Path(__file__).parents[2]
sys.path += [str(REPOSITORY / "tests"), str(REPOSITORY / "tests/bad_specs")]

from bad_spec_corpus import CASES, GOOD  # noqa: E402

from generate import model_text, write_models  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

SHIPPED = sorted((REPOSITORY / "include/models").glob("*.yaml"))
FEATURES = "def features(raw):\n    return raw[['age']]\n"
WITH_FEATURES = GOOD.replace("  key:", "  features: churn.py:features\n  key:")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., ModelSpec]:
    """Write a model file called churn.yaml, and perhaps churn.py, and load it."""

    def write_and_load(text: str = GOOD, code: str | None = None) -> ModelSpec:
        (tmp_path / "churn.yaml").write_text(text)
        if code is not None:
            (tmp_path / "churn.py").write_text(code)
        return load_spec(tmp_path / "churn.yaml")

    return write_and_load


# --- defaults ---


def test_what_is_left_out_has_a_default(write: Callable[..., ModelSpec]) -> None:
    spec = write()

    assert (spec.metric, spec.loss) == ("auc", "brier")
    assert spec.policy.kind == "evidence"
    assert [gate.kind for gate in spec.gates] == ["beats_baseline", "versus_champion", "per_slice"]
    assert {detector.kind for detector in spec.monitoring.detectors} >= {"data_drift", "labelled_loss"}
    assert spec.retrain_on.data_drift == "when_unjudged"
    assert spec.max_delay == timedelta(days=30)


@pytest.mark.parametrize("task", list(Task))
def test_default_metric_and_loss_suit_the_task(task: Task, write: Callable[..., ModelSpec]) -> None:
    spec = write(GOOD.replace("task: binary", f"task: {task}").replace("left: {type: boolean", "left: {type: int"))

    assert (spec.metric, spec.loss) == (METRICS[task][0], LOSSES[task][0])


def test_spec_knows_its_file(write: Callable[..., ModelSpec], tmp_path: Path) -> None:
    assert write().path == tmp_path / "churn.yaml"
    assert write().folder == tmp_path


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("2024-02-04", "2024-02-03T23:00Z"),
        ("2024-02-04T22:00", "2024-02-03T23:00Z"),
        ("2024-02-04T23:30+00:00", "2024-02-04T23:00Z"),
    ],
)
def test_window_is_named_by_a_day_or_time_in_the_schedules_zone(
    text: str, start: str, write: Callable[..., ModelSpec]
) -> None:
    assert str(parse_window(write(), text)).startswith(start)


# --- the hash ---


def hash_of(write: Callable[..., ModelSpec], old: str = "", new: str = "") -> str:
    assert old in GOOD
    return write(GOOD.replace(old, new, 1) if old else GOOD).hash


def test_hash_does_not_depend_on_spelling(write: Callable[..., ModelSpec]) -> None:
    same = hash_of(write)

    assert hash_of(write, "key: [id]", "key:\n    - 'id'   # the account") == same
    assert hash_of(write, "delay: 30d}", "delay: 30d, time: null}") == same
    assert hash_of(write, "{type: int, role: id}", "{type: int, role: [id], nullable: false}") == same


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("- kind: sklearn", "- {kind: sklearn, params: {max_iter: 5}}"),
        ("- kind: sklearn", "- {kind: sklearn, params: {max_iter: 6}}"),
        ("- kind: sklearn", "- {kind: sklearn, search: {max_iter: [5, 6]}}"),
        ("- kind: sklearn", "- kind: torch"),
        ("path: exports", "path: ${EXPORTS}"),
        ("minimum: 0", "minimum: 1"),
        ("training:", "policy: {min_rows: 5}\ntraining:"),
        ("training:", "monitoring: {detectors: [{kind: data_drift, floor: 0.2}]}\ntraining:"),
        ("training:", "gates: [{kind: beats_baseline, margin: 0.2}]\ntraining:"),
        ("2024-01-01", "2024-01-02"),
    ],
)
def test_hash_changes_with_everything_the_file_says(old: str, new: str, write: Callable[..., ModelSpec]) -> None:
    assert hash_of(write, old, new) != hash_of(write)


def test_where_a_model_is_trained_is_no_part_of_it(write: Callable[..., ModelSpec]) -> None:
    elsewhere = GOOD.replace("training:\n", "training:\n  queue: large\n", 1)

    assert write(elsewhere).training.queue == "large"
    assert write(elsewhere).hash == write(GOOD).hash


@pytest.mark.parametrize("queue", ["a b", "one,two", "-q", "''"])
def test_a_queue_is_one_name(queue: str, write: Callable[..., ModelSpec]) -> None:
    with pytest.raises(SpecError, match="queue"):
        write(GOOD.replace("training:\n", f"training:\n  queue: {queue}\n", 1))


def test_different_trainer_parameters_have_different_hashes(write: Callable[..., ModelSpec]) -> None:
    hashes = {hash_of(write, "- kind: sklearn", f"- {{kind: sklearn, params: {{max_iter: {n}}}}}") for n in range(5)}

    assert len(hashes) == 5


def test_hash_changes_with_the_code_of_the_features(write: Callable[..., ModelSpec]) -> None:
    before = write(WITH_FEATURES, FEATURES).hash

    assert write(WITH_FEATURES, FEATURES).hash == before
    assert write(WITH_FEATURES, FEATURES + "# another\n").hash != before


def test_environment_is_neither_in_the_dump_nor_in_the_hash(
    write: Callable[..., ModelSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = GOOD.replace("path: exports", "path: ${EXPORTS}")
    monkeypatch.setenv("EXPORTS", "s3://secret-bucket")
    before = write(text)
    monkeypatch.setenv("EXPORTS", "elsewhere")

    assert "${EXPORTS}" in before.model_dump_json()
    assert "secret-bucket" not in before.model_dump_json() + repr(before)
    assert write(text).hash == before.hash


def test_own_class_is_kept_through_dump_and_hash(
    write: Callable[..., ModelSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_trainers.py").write_text(
        "from leeway.trainers.base import Trainer\n"
        "class Coin(Trainer):\n"
        "    sides: int = 2\n"
        "    def fit(self, training, params): raise NotImplementedError\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    text = GOOD.replace("kind: sklearn", "kind: own_trainers:Coin\n      sides: {}")
    two, three = write(text.replace("{}", "2")), write(text.replace("{}", "3"))

    assert type(two.training.trainers[0]).__name__ == "Coin"
    assert three.model_dump(mode="json")["training"]["trainers"][0]["sides"] == 3
    assert two.hash != three.hash
    assert ModelSpec.model_validate(three.model_dump(mode="json")).training == three.training
    with pytest.raises(SpecError, match="Did you mean 'sides'"):
        write(text.replace("sides: {}", "side: 3"))


# --- features ---


def test_loading_does_not_look_at_the_code(write: Callable[..., ModelSpec]) -> None:
    assert write(WITH_FEATURES, "1 / 0\n").name == "churn"


def test_features_function_is_found(write: Callable[..., ModelSpec]) -> None:
    found = write(WITH_FEATURES, FEATURES).features

    assert found is not None
    assert found.__name__ == "features"
    assert write(GOOD).features is None


def test_features_file_may_hold_dataclasses(write: Callable[..., ModelSpec]) -> None:
    code = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\nfrom typing import ClassVar\n"
        "@dataclass\nclass A:\n    x: ClassVar[int] = 1\n" + FEATURES
    )

    assert write(WITH_FEATURES, code).features is not None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (None, "SPEC040"),
        ("x = 1\n", "SPEC041"),
        ("features = 3\n", "SPEC041"),
        ("def features(:\n", "SPEC042"),
        ("import nowhere\n", "SPEC042"),
        ("1 / 0\n", "SPEC042"),
    ],
)
def test_features_that_cannot_be_used_are_explained(
    code: str | None, expected: str, write: Callable[..., ModelSpec]
) -> None:
    spec = write(WITH_FEATURES, code)

    with pytest.raises(SpecError) as caught:
        _ = spec.features

    assert caught.value.code == expected
    assert caught.value.where["model"] == "churn"
    assert caught.value.where["file"].endswith("churn.py")


def test_hash_without_the_features_file_is_explained(write: Callable[..., ModelSpec]) -> None:
    with pytest.raises(SpecError, match="Put it beside the model file"):
        _ = write(WITH_FEATURES).hash


# --- folders ---


def test_good_models_are_loaded_beside_broken_ones(tmp_path: Path) -> None:
    write_models(tmp_path, 3)
    (tmp_path / "model_001.yaml").write_text("name: [")
    (tmp_path / "old.yml").write_text("name: old")
    (tmp_path / ".draft.yaml").write_text("name: [")
    (tmp_path / "notes.txt").write_text("name: [")

    specs, errors = load_specs(tmp_path)

    assert list(specs) == ["model_000", "model_002"]
    assert [(error.code, Path(error.where["file"]).name) for error in errors] == [
        ("SPEC002", "model_001.yaml:2"),
        ("SPEC008", "old.yml"),
    ]


def test_model_is_found_by_its_name(tmp_path: Path) -> None:
    write_models(tmp_path, 2)

    assert find_spec(tmp_path, "model_001").name == "model_001"
    with pytest.raises(SpecError, match="Did you mean 'model_001'") as caught:
        find_spec(tmp_path, "modle_001")
    assert caught.value.code == "SPEC007"


def test_folder_without_models_is_empty(tmp_path: Path) -> None:
    assert model_files(tmp_path) == model_files(tmp_path / "absent") == {}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_model_is_right(path: Path) -> None:
    spec = load_spec(path)

    assert spec.hash
    assert spec.features is None or callable(spec.features)


# --- the JSON schema ---


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(json.dumps(ModelSpec.model_json_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_schema_accepts_shipped_models(path: Path, validator: jsonschema.Draft202012Validator) -> None:
    assert [error.message for error in validator.iter_errors(read_document(path).value)] == []


def test_schema_accepts_generated_models_and_short_forms(
    validator: jsonschema.Draft202012Validator, tmp_path: Path
) -> None:
    for path in write_models(tmp_path, 4):
        validator.validate(read_document(path).value)
    validator.validate({**yaml.safe_load(GOOD.replace("2024-01-01", '"2024-01-01"')), "gates": ["beats_baseline"]})


@pytest.mark.parametrize(
    "rule",
    ["unknown key at the top", "unknown key of a column", "unknown task", "no path", "no kind", "no column type",
     "wrong promotion", "no trials", "no key", "no trainers"],
)  # fmt: skip
def test_schema_refuses_what_an_editor_can_see(
    rule: str, validator: jsonschema.Draft202012Validator, tmp_path: Path
) -> None:
    path = tmp_path / "churn.yaml"
    path.write_text(next(case.text for case in CASES if case.rule == rule))

    assert list(validator.iter_errors(read_document(path).value))


def test_schema_holds_the_kinds_own_fields_with_their_descriptions(
    validator: jsonschema.Draft202012Validator,
) -> None:
    text = json.dumps(validator.schema)

    for word in ("estimator", "delimiter", "query", "floor", "bootstrap_windows", "margin", "headers"):
        assert f'"{word}": {{' in text
    parts = [validator.schema, *validator.schema["$defs"].values()]
    fields = {name: field for part in parts for name, field in part.get("properties", {}).items()}
    assert [name for name, field in fields.items() if "description" not in field] == []


# --- what it costs ---


def test_reading_a_model_file_imports_no_heavy_library(tmp_path: Path) -> None:
    write_models(tmp_path, 2)
    code = (
        "import sys; from pathlib import Path; from leeway.spec import load_specs\n"
        f"specs, errors = load_specs(Path({str(tmp_path)!r})); assert len(specs) == 2, errors\n"
        "heavy = 'numpy pandas pyarrow sqlalchemy sklearn scipy torch mlflow evidently great_expectations skops optuna "
        "duckdb fsspec airflow'.split()\n"
        "print([name for name in heavy if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_reading_costs_less_than_pyyaml_alone_reading_the_file_three_times(tmp_path: Path) -> None:
    """A model file is parsed at every DAG parse; a ratio says the same on a slow machine as on a quick one."""
    paths = write_models(tmp_path, 20)
    texts = [model_text(number) for number in range(20)]
    assert 2_500 < len(texts[0]) < 3_500

    def cost(work: Callable[[], object]) -> float:
        tries = []
        for _ in range(3):
            begin = time.process_time()
            work()
            tries.append(time.process_time() - begin)
        return min(tries)

    ours = cost(lambda: [load_spec(path) for path in paths])
    theirs = cost(lambda: [yaml.load(text, Loader=yaml.CSafeLoader) for text in texts])

    assert ours < 3 * theirs


# --- codes ---


def test_every_code_in_the_code_is_explained_in_the_docs() -> None:
    sources = (path.read_text() for path in sorted(Path(leeway.__file__).parent.rglob("*.py")))
    used = {code for text in sources for code in re.findall(r"\"(SPEC\d{3})\"", text)} - {SpecError.code}
    table = (REPOSITORY / "docs/errors/spec-errors.md").read_text()

    assert used - set(re.findall(r"^\| (SPEC\d{3}) \|", table, re.MULTILINE)) == set()
