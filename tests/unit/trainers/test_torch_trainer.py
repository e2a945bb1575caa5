"""The network stops early, keeps its best weights, leaves torch as it was, and loads only what is trusted."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import torch
from pydantic import ValidationError

from leeway.core import Task
from leeway.errors import ArtifactError, TrainingError
from leeway.trainers.artifact import load, save, trusted_by
from leeway.trainers.base import TrainingSet
from leeway.trainers.minibatches import InMemory, batches, fit_network
from leeway.trainers.network import Hyper, criterion, evaluate
from leeway.trainers.torch import TorchFitted, TorchTrainer

RNG = np.random.default_rng(0)
FEATURES = pd.DataFrame({"x": RNG.normal(size=200), "y": RNG.choice(["a", "b"], 200).astype(object)})
ROWS = TrainingSet(task=Task.REGRESSION, features=FEATURES, target=5e6 + 1e6 * FEATURES["x"].to_numpy(), seed=5)
QUICK = {"epochs": 3, "hidden": [8]}


class Wide(torch.nn.Module):
    """A user's module, with batch norm, which cannot train on a single row."""

    def __init__(self, inputs, width=4):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(inputs, width), torch.nn.BatchNorm1d(width), torch.nn.ReLU(), torch.nn.Linear(width, 1)
        )

    def forward(self, inputs):
        return self.layers(inputs)


class TwoOutputs(torch.nn.Linear):
    def __init__(self, inputs):
        super().__init__(inputs, 2)


OWN = f"{__name__}:Wide"


def trainer(**fields):
    return TorchTrainer(kind="torch", **fields)


def test_a_target_of_any_scale_is_learnt():
    scores = trainer(params={"epochs": 40, "hidden": [16], "lr": 0.01}).fit(ROWS, {}).predict(FEATURES)
    assert np.corrcoef(scores, ROWS.target)[0, 1] > 0.95
    assert abs(scores.mean() - ROWS.target.mean()) < 2e5


def test_training_leaves_torch_as_it_was():
    torch.manual_seed(42)
    expected = torch.rand(3)
    torch.manual_seed(42)
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    trainer(params=QUICK).fit(ROWS, {})
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before
    assert torch.equal(torch.rand(3), expected)


def test_the_best_weights_are_kept_not_the_last():
    inputs = torch.linspace(-1, 1, 100)[:, None]
    target = torch.cat([inputs[:85, 0], -5 * inputs[85:, 0]])  # What is learnt from the old rows is wrong for the new.
    network = torch.nn.Linear(1, 1)
    torch.nn.init.zeros_(network.weight)
    torch.nn.init.zeros_(network.bias)
    loss = criterion(Task.REGRESSION, "squared")
    hyper = Hyper(epochs=30, patience=3, lr=0.05)
    fit_network(network, InMemory(inputs, target, hyper=hyper, seed=0), hyper=hyper, loss=loss)
    assert abs(float(network.weight.detach())) < 0.2


def test_no_minibatch_of_one_row_is_left_over():
    assert [len(part) for part in batches(torch.arange(9), 4)] == [4, 5]
    assert [len(part) for part in batches(torch.arange(8), 4)] == [4, 4]
    assert [len(part) for part in batches(torch.arange(1), 4)] == [1]


def test_a_users_module_is_fitted_saved_and_loaded_if_it_is_trusted(tmp_path):
    own = trainer(module=OWN, module_args={"width": 3}, params={"epochs": 2, "batch_size": 13})
    fitted = own.fit(ROWS, {})
    digest = save(fitted, tmp_path / "m", task=Task.REGRESSION, columns={"x": "float64", "y": "string"})
    again = load(tmp_path / "m", digest, trusted=trusted_by([own]))
    assert (again.predict(FEATURES) == fitted.predict(FEATURES)).all()
    with pytest.raises(ArtifactError, match="not trusted"):
        load(tmp_path / "m", digest)


def test_weights_that_do_not_fit_are_an_artifact_error(tmp_path):
    trainer(params=QUICK).fit(ROWS, {}).save(tmp_path)
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    described = json.loads(files["network.json"])
    described["architecture"]["hidden"] = [9]
    with pytest.raises(ArtifactError, match="do not make the network"):
        TorchFitted.load(files | {"network.json": json.dumps(described).encode()})
    with pytest.raises(ArtifactError, match="do not make the network"):
        TorchFitted.load(files | {"network.safetensors": b"\x80\x04N."})


@pytest.mark.parametrize("loss", ["auto", "squared", "absolute", "huber"])
def test_every_loss_can_be_minimised(loss):
    assert np.isfinite(trainer(loss=loss, params=QUICK).fit(ROWS, {}).predict(FEATURES)).all()


def test_two_rows_are_enough():
    few = TrainingSet(task=Task.BINARY, features=FEATURES[:2], target=np.array([0.0, 1.0]), seed=0)
    assert trainer(params=QUICK).fit(few, {}).predict(FEATURES[:2]).shape == (2,)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"params": {"learning_rate": 1}}, "learning_rate"),
        ({"params": {"lr": -1}}, "lr"),
        ({"search": {"layers": [1, 2]}}, "layers"),
        ({"module": OWN, "params": {"hidden": [3]}}, "module_args"),
        ({"module_args": {"width": 3}}, "goes with 'module'"),
    ],
)
def test_a_wrong_parameter_is_refused_when_the_model_file_is_read(fields, message):
    with pytest.raises(ValidationError, match=message):
        trainer(**fields)


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("nowhere:Class", "cannot be imported"),
        ("builtins:dict", "cannot be made"),
        (f"{__name__}:TwoOutputs", "one number per row"),
    ],
)
def test_an_unsuitable_module_is_explained(module, message):
    with pytest.raises(TrainingError, match=message):
        trainer(module=module, params={"epochs": 1}).fit(ROWS, {})


def test_a_loss_that_explodes_is_explained():
    with pytest.raises(TrainingError, match="not a number"):
        trainer(params={"lr": 1e30, "epochs": 3}).fit(ROWS, {})


def test_rows_are_scored_by_one_thread_so_that_other_machines_give_the_same_digits():
    seen = []

    class Watching(torch.nn.Linear):
        def forward(self, inputs):
            seen.append(torch.get_num_threads())
            return super().forward(inputs)

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        evaluate(Watching(3, 1), torch.zeros(5, 3))
        assert (seen, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(before)
