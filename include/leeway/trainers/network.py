"""A torch network: what may be said of it, how it is built, run and made reproducible."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from leeway.core import Task
from leeway.errors import LeewayError, TrainingError
from leeway.kinds import Strict
from leeway.kinds import load as import_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import torch

CHUNK = 65_536
"""Rows scored at once."""


class Hyper(Strict):
    """What may be given in ``params`` and varied in ``search``."""

    epochs: int = Field(default=25, ge=1, description="At most; early stopping usually ends before.")
    patience: int = Field(default=4, ge=1, description="Epochs without improvement on the newest rows before stopping.")
    batch_size: int | None = Field(default=None, ge=1, description="Rows per step; default: about 50 steps an epoch.")
    lr: float = Field(default=3e-3, gt=0, description="Step size of AdamW.")
    weight_decay: float = Field(default=1e-3, ge=0)
    hidden: tuple[int, ...] = Field(default=(128, 64), description="Units per hidden layer of the default network.")
    dropout: float = Field(default=0.1, ge=0, lt=1, description="Of the default network.")

    def rows_per_step(self, rows: int) -> int:
        """Rows in one minibatch: large enough to be quick, small enough to learn from little data."""
        return self.batch_size or min(2048, max(32, rows // 50))


class Architecture(Strict):
    """How to build a network without its weights; stored beside them."""

    inputs: int
    hidden: tuple[int, ...] = ()
    dropout: float = 0.0
    module: str = ""
    arguments: dict[str, Any] = Field(default_factory=dict)

    def build(self) -> torch.nn.Module:
        """Make the network with fresh weights.

        Raises:
            TrainingError: if ``module`` cannot be imported or is no network.
        """
        return _own_module(self) if self.module else _perceptron(self)


LossName = Literal["auto", "squared", "absolute", "huber"]


def criterion(task: Task, loss: LossName) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """The loss that is minimised: log loss for binary, else the named one (auto: Huber) on the standardised target."""
    from torch.nn import functional

    if task is Task.BINARY:
        return functional.binary_cross_entropy_with_logits
    named: dict[str, Any] = {"squared": functional.mse_loss, "absolute": functional.l1_loss}
    return named.get(loss, functional.huber_loss)  # type: ignore[no-any-return]


@contextmanager
def reproducible(seed: int, threads: int, device: str) -> Iterator[None]:
    """Seed torch and ask for deterministic kernels, and leave the process as it was."""
    import torch

    # cuBLAS is deterministic only with a fixed workspace, and reads this when its first handle is made.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    devices = [torch.cuda.current_device()] if device.startswith("cuda") else []
    with torch.random.fork_rng(devices=devices), _threads(threads):
        try:
            torch.manual_seed(seed)
            torch.use_deterministic_algorithms(True, warn_only=True)
            yield
        finally:
            torch.use_deterministic_algorithms(before[0], warn_only=before[1])


def evaluate(network: torch.nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """The network's output in evaluation mode, of shape (rows,).

    By one thread: several add up in another order, and a machine with more cores would give other last digits.
    """
    import torch

    network.eval()
    with _threads(1), torch.no_grad():
        return torch.cat([output_of(network, chunk) for chunk in torch.split(inputs, CHUNK)])


@contextmanager
def _threads(count: int) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def output_of(network: torch.nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """Run the network and bring its output to shape (rows,).

    Raises:
        TrainingError: if it gives anything but one number per row.
    """
    output: torch.Tensor = network(inputs)
    if output.shape not in ((len(inputs),), (len(inputs), 1)):
        raise TrainingError(
            f"{type(network).__name__} gives {tuple(output.shape)} for {len(inputs)} rows, not one number per row",
            code="TRN104",
        )
    return output.reshape(len(inputs))


def _perceptron(architecture: Architecture) -> torch.nn.Module:
    """Linear, layer norm, ReLU and dropout per hidden layer; layer norm works on a batch of one row."""
    from torch import nn

    layers: list[nn.Module] = []
    width = architecture.inputs
    for units in architecture.hidden:
        layers += [nn.Linear(width, units), nn.LayerNorm(units), nn.ReLU(), nn.Dropout(architecture.dropout)]
        width = units
    return nn.Sequential(*layers, nn.Linear(width, 1))


def _own_module(architecture: Architecture) -> torch.nn.Module:
    from torch import nn

    try:
        cls = import_path(architecture.module, what="module")
        network = cls(architecture.inputs, **architecture.arguments)
    except LeewayError as error:
        raise TrainingError(error.what, code="TRN104", do="Install the package or correct 'module'.") from error
    except TypeError as error:
        called = f"{architecture.module}({architecture.inputs}, **module_args)"
        raise TrainingError(f"{called} cannot be made: {error}", code="TRN105") from error
    if not isinstance(network, nn.Module):
        raise TrainingError(f"{architecture.module} is not a torch.nn.Module", code="TRN104")
    return network
