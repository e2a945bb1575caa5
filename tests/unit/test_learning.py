"""Rows to learn from: in blocks on the disk they are those in memory, and what does not fit is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import tiny
from leeway import learning
from leeway.core import Partition, PartitionKind
from leeway.dataset import KNOWN_AT, TARGET
from leeway.errors import CorruptionError, TrainingError
from leeway.recipes import recipes
from leeway.spec import ModelSpec
from leeway.stages.ingest import ingest
from leeway.stages.snapshot import snapshot
from leeway.stages.validate import validate
from leeway.trainers.base import TrainingSet
from leeway.trainers.batches import TrainingBatches

if TYPE_CHECKING:
    from leeway.workspace import Workspace

DAYS = 7
FUNCTION = """
def features(raw):
    return raw[["amount", "channel"]].assign(old=raw["age"] > 40, web=(raw["channel"] == "web").astype("int64"))
"""
SGD = {"kind": "sklearn", "estimator": "sklearn.linear_model.SGDClassifier", "params": {"loss": "log_loss"}}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Workspace, ModelSpec, list[Partition], list[Partition]]:
    """A model with a few days of rows, and labels that came twice and late."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "models").mkdir()
    (folder / "models" / "tiny.py").write_text(FUNCTION)
    project = tiny.project(folder, days=DAYS)
    ws, spec = project.workspace(), project.spec
    for number in range(DAYS):
        validate(ws, spec, tiny.day(number), ingest(ws, spec, tiny.day(number)))
    raw = ws.catalog.partitions("tiny", PartitionKind.RAW)
    labels = ws.catalog.partitions("tiny", PartitionKind.LABELS)
    return ws, spec, raw[:5], [*labels, corrected(ws, labels[1])]


def corrected(ws: Workspace, labels: Partition) -> Partition:
    """The same labels once more, some of them known a day later and the other way round, some withdrawn."""
    table = ws.store.read(labels)
    target = 1.0 - table[TARGET].to_numpy()
    target[::5] = np.nan
    later = pa.array(table[KNOWN_AT].to_pandas() + pd.Timedelta(days=1), table[KNOWN_AT].type)
    table = table.set_column(table.column_names.index(TARGET), TARGET, pa.array(target, from_pandas=True))
    table = table.set_column(table.column_names.index(KNOWN_AT), KNOWN_AT, later).slice(0, 25)
    stored = ws.store.put(table, model="tiny", kind=PartitionKind.LABELS, window=tiny.day(6))
    return labels.model_copy(update={"window": tiny.day(6), **stored._asdict()})


def changed(spec: ModelSpec, **changes) -> ModelSpec:
    model = spec.model_dump()
    for key, value in changes.items():
        model[key] = {**model[key], **value} if isinstance(value, dict) else value
    other = ModelSpec.model_validate(model)
    other._path = spec.path
    return other


def candidate_of(spec: ModelSpec, ws: Workspace):
    job = snapshot(ws, spec, tiny.day(DAYS - 1).end, reasons=())
    return recipes(spec, ws.catalog.snapshot(job.snapshot))[0]


@pytest.mark.parametrize("function", [None, "tiny.py:features"])
def test_rows_from_the_disk_are_the_rows_in_memory(made, function, monkeypatch):
    ws, spec, raw, labels = made
    here = changed(spec, data={"features": function})
    there = changed(here, training={"trainers": [*spec.training.model_dump()["trainers"], {**SGD, "batch_rows": 100}]})
    candidate = candidate_of(here, ws)
    monkeypatch.setattr(learning, "BLOCK_ROWS", 30)
    with (
        learning.learning_rows(ws, here, candidate, raw, labels) as expected,
        learning.learning_rows(ws, there, candidate, raw, labels) as found,
    ):
        assert len(found) == len(expected) == 5 * tiny.ROWS - 5
        assert_same(found.everything(), expected.everything())
        for part, other in zip(found.split(), expected.split(), strict=True):
            assert_same(part, other)


def assert_same(found: TrainingSet, expected: TrainingSet) -> None:
    pd.testing.assert_frame_equal(found.features, expected.features)
    assert found.target.tobytes() == expected.target.tobytes()


def test_a_trainer_with_batch_rows_gets_blocks_of_about_so_many(made):
    ws, spec, raw, labels = made
    spec = changed(spec, training={"trainers": [{**SGD, "batch_rows": 100}]})
    with learning.learning_rows(ws, spec, candidate_of(spec, ws), raw, labels) as found:
        everything, (older, newest) = found.everything(), found.split()
    assert isinstance(everything, TrainingBatches)
    assert isinstance(newest, TrainingSet)
    assert [block.rows for block in everything.blocks] == [100, 55, 40]
    assert older.rows + newest.rows == everything.rows
    assert everything.types == {"amount": "float64", "age": "float64", "channel": "string"}


def test_what_was_put_on_the_disk_is_gone_afterwards(made):
    ws, spec, raw, labels = made
    spec = changed(spec, engine="duckdb")
    with learning.learning_rows(ws, spec, candidate_of(spec, ws), raw, labels):
        assert list((ws.cache / "scratch").iterdir())
    assert not list((ws.cache / "scratch").iterdir())


@pytest.mark.parametrize("engine", ["memory", "duckdb"])
def test_more_rows_than_there_is_memory_for_are_refused_before_they_are_read(made, engine):
    ws, spec, raw, labels = made
    ws = type(ws)(**{**vars(ws), "training_gb": 1e-6})
    spec = changed(spec, engine=engine)
    with (
        pytest.raises(TrainingError, match="TRN113") as refused,
        learning.learning_rows(ws, spec, candidate_of(spec, ws), raw, labels) as found,
    ):
        found.everything()
    assert "LEEWAY_TRAINING_GB" in str(refused.value)


def test_batches_have_no_such_limit(made):
    ws, spec, raw, labels = made
    ws = type(ws)(**{**vars(ws), "training_gb": 1e-6})
    spec = changed(spec, training={"trainers": [{**SGD, "batch_rows": 100}]})
    candidate = candidate_of(spec, ws)
    with learning.learning_rows(ws, spec, candidate, raw, labels) as found:
        scores = spec.training.trainers[0].learn(found.everything(), {}).predict(found.everything().whole().features)
    assert len(scores) == 195


def test_rows_whose_bytes_are_not_the_published_ones_are_refused(made):
    ws, spec, raw, labels = made
    spec = changed(spec, engine="duckdb")
    damaged = raw[0].model_copy(update={"version": "0" * 64})
    with (
        pytest.raises(CorruptionError, match="STO100"),
        learning.learning_rows(ws, spec, candidate_of(spec, ws), [damaged], labels),
    ):
        pass
