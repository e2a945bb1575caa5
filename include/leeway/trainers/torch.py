"""A neural network for tables: the default perceptron, or a torch module of yours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from leeway.canonical import canonical_json
from leeway.core import Task
from leeway.errors import ArtifactError, TrainingError, did_you_mean
from leeway.trainers import allowed
from leeway.trainers.base import Trainer, TrainingSet
from leeway.trainers.minibatches import InBlocks, InMemory, Minibatches, fit_network, tensor
from leeway.trainers.network import Architecture, Hyper, LossName, criterion, evaluate, reproducible
from leeway.trainers.streamed import described, streamed_preparation
from leeway.trainers.tabular import ColumnKind, Kinds, Style, aligned, column_kinds, preparation
from leeway.trainers.target import checked_target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd
    import torch

    from leeway.trainers.batches import Block, Trainable, TrainingBatches

WEIGHTS, PREPARATION, NETWORK = "network.safetensors", "preparation.skops", "network.json"


@dataclass(frozen=True, kw_only=True)
class TorchFitted:
    """A network on the CPU, the preparation before it, and the scale of the target behind it."""

    network: torch.nn.Module
    architecture: Architecture
    preparation: Any
    kinds: Kinds
    task: Task
    center: float
    scale: float

    def predict(self, features: pd.DataFrame) -> np.ndarray[Any, Any]:
        """Score rows, float64 of shape (rows,).

        Raises:
            ArtifactError: if columns are missing or of another type than in training.
        """
        import numpy as np

        rows = aligned(features, self.kinds)
        if rows.empty:
            return np.empty(0, dtype=np.float64)
        output = evaluate(self.network, tensor(self.preparation.transform(rows))).double()
        if self.task is Task.BINARY:
            output = output.sigmoid()
        return np.asarray(output.numpy() * self.scale + self.center, dtype=np.float64)

    def save(self, folder: Path) -> None:
        """Write weights (safetensors), architecture (JSON) and preparation (skops).

        Raises:
            ArtifactError: if the network has state that is not a tensor.
        """
        import safetensors.torch
        import torch

        state = self.network.state_dict()
        odd = sorted(name for name, value in state.items() if not isinstance(value, torch.Tensor))
        if odd:
            raise ArtifactError(f"the network holds state that is not a tensor: {', '.join(odd)}", code="ART022")
        weights = {name: value.detach().clone().contiguous() for name, value in state.items()}
        (folder / WEIGHTS).write_bytes(safetensors.torch.save(weights))
        (folder / PREPARATION).write_bytes(allowed.dump(self.preparation))
        described = {
            "task": self.task,
            "columns": list(self.kinds.items()),
            "center": self.center,
            "scale": self.scale,
            "architecture": self.architecture.model_dump(mode="json"),
        }
        (folder / NETWORK).write_text(canonical_json(described), encoding="utf-8")

    @classmethod
    def load(cls, files: Mapping[str, bytes], *, trusted: Sequence[str] = ()) -> Self:
        """Build the network from its description and put the weights into it.

        Raises:
            ArtifactError: if the network's class is not trusted, or the weights do not fit it.
        """
        import safetensors.torch
        from safetensors import SafetensorError

        described = json.loads(files[NETWORK])
        architecture = Architecture.model_validate(described["architecture"])
        if architecture.module and architecture.module not in trusted:
            raise ArtifactError(
                f"the network is a {architecture.module!r}, which is not trusted",
                code="ART022",
                file=NETWORK,
                do="If it is yours, name it in 'trusted' of the trainer in the model file.",
            )
        fitted = allowed.load(files[PREPARATION], file=PREPARATION)
        try:
            network = architecture.build()
            network.load_state_dict(safetensors.torch.load(files[WEIGHTS]))
        except (SafetensorError, RuntimeError, TrainingError) as error:
            raise ArtifactError(f"the weights do not make the network: {error}", code="ART023", file=WEIGHTS) from error
        return cls(
            network=network,
            architecture=architecture,
            preparation=fitted,
            kinds={name: ColumnKind(kind) for name, kind in described["columns"]},
            task=Task(described["task"]),
            center=described["center"],
            scale=described["scale"],
        )


class TorchTrainer(Trainer):
    """Fits a network; ``params`` and ``search`` take the fields of `Hyper`."""

    module: str = Field(
        default="",
        description="'module:Class' of a torch.nn.Module made by Class(inputs, **module_args); default: a perceptron.",
    )
    module_args: dict[str, Any] = Field(default_factory=dict, description="Further arguments of the module.")
    loss: LossName = Field(
        default="auto", description="Regression: what is minimised; auto is Huber. Binary: log loss."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="Where it is fitted; auto: a GPU if there is one."
    )

    @field_validator("params")
    @classmethod
    def _params(cls, value: dict[str, Any]) -> dict[str, Any]:
        try:
            Hyper.model_validate(value)
        except ValidationError as error:
            lines = error.errors(include_url=False)
            raise ValueError("; ".join(f"{'.'.join(map(str, line['loc']))}: {line['msg']}" for line in lines)) from None
        return value

    @model_validator(mode="after")
    def _names(self) -> Self:
        known = set(Hyper.model_fields) - ({"hidden", "dropout"} if self.module else set())
        for name in (*self.params, *self.search):
            if name not in known:
                hint = " (give it in module_args)" if name in Hyper.model_fields else ""
                raise ValueError(f"a torch trainer has no parameter {name!r}{hint}; {did_you_mean(name, known)}")
        if self.module_args and not self.module:
            raise ValueError("'module_args' goes with 'module'")
        return self

    @property
    def trusts(self) -> tuple[str, ...]:
        """What is named in ``trusted``, and the module itself: the model file names it."""
        return (*self.trusted, self.module) if self.module else self.trusted

    def fit(self, training: TrainingSet, params: dict[str, Any]) -> TorchFitted:
        """Fit the preparation and the network.

        Raises:
            TrainingError: if the rows, a parameter or the module are unsuitable, or the loss is not finite.
        """
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        target, hyper = checked_target(training), self._hyper(params)
        kinds = column_kinds(training.features)
        rows = aligned(training.features, kinds, error=TrainingError)
        prepared = preparation(rows, kinds, Style.GAUSSIAN)
        with threadpool_limits(limits=training.threads):
            matrix = prepared.fit_transform(rows)
        center, scale = _scale_of(target, training.task)

        def rows_on(device: str) -> Minibatches:
            inputs, wanted = tensor(matrix).to(device), tensor((target - center) / scale).to(device)
            return InMemory(inputs, wanted, hyper=hyper, seed=training.seed)

        architecture = self._architecture(matrix.shape[1], hyper)
        return TorchFitted(
            network=self._fit_network(architecture, rows_on, training=training, hyper=hyper),
            architecture=architecture,
            preparation=prepared,
            kinds=kinds,
            task=training.task,
            center=center,
            scale=scale,
        )

    def fit_batches(self, training: TrainingBatches, params: dict[str, Any]) -> TorchFitted:
        """Fit the preparation on the profile of the rows, and the network on one block after another.

        Raises:
            TrainingError: as `fit`.
        """
        from threadpoolctl import threadpool_limits

        target, hyper = checked_target(training), self._hyper(params)
        kinds, profile = described(training)
        center, scale = _scale_of(target, training.task)
        with threadpool_limits(limits=training.threads):
            prepared = streamed_preparation(profile, kinds, Style.GAUSSIAN)

            def prepare(block: Block) -> tuple[torch.Tensor, torch.Tensor]:
                features, wanted = training.read(block)
                rows = aligned(features, kinds, error=TrainingError)
                return tensor(prepared.transform(rows)), tensor((wanted - center) / scale)

            def rows_on(device: str) -> Minibatches:
                return InBlocks(training.blocks, prepare, hyper=hyper, seed=training.seed, device=device)

            inputs = prepare(training.blocks[0])[0].shape[1]
            architecture = self._architecture(inputs, hyper)
            network = self._fit_network(architecture, rows_on, training=training, hyper=hyper)
        return TorchFitted(
            network=network,
            architecture=architecture,
            preparation=prepared,
            kinds=kinds,
            task=training.task,
            center=center,
            scale=scale,
        )

    def _hyper(self, params: dict[str, Any]) -> Hyper:
        try:
            return Hyper.model_validate({**self.params, **params})
        except ValidationError as error:
            raise TrainingError(f"a parameter is wrong: {error.errors()[0]['msg']}", code="TRN105") from error

    def _architecture(self, inputs: int, hyper: Hyper) -> Architecture:
        return Architecture(
            inputs=inputs,
            hidden=() if self.module else hyper.hidden,
            dropout=0.0 if self.module else hyper.dropout,
            module=self.module,
            arguments=self.module_args,
        )

    def _fit_network(
        self,
        architecture: Architecture,
        rows_on: Callable[[str], Minibatches],
        *,
        training: Trainable,
        hyper: Hyper,
    ) -> torch.nn.Module:
        device = self._device()
        with reproducible(training.seed, training.threads, device):
            network = architecture.build().to(device)
            loss = criterion(training.task, self.loss)
            try:
                fit_network(network, rows_on(device), hyper=hyper, loss=loss)
            except RuntimeError as error:
                raise TrainingError(f"the network cannot be fitted: {error}", code="TRN106") from error
            return network.cpu()

    def _device(self) -> str:
        import torch

        if self.device == "auto":
            return "cuda" if torch.cuda.is_available() else "cpu"
        if self.device == "cuda" and not torch.cuda.is_available():
            raise TrainingError("there is no GPU here", code="TRN104", do="Set device: auto.")
        return self.device


def _scale_of(target: np.ndarray[Any, Any], task: Task) -> tuple[float, float]:
    """Mean and standard deviation (1 for a constant) of a number to predict; nothing is scaled for a binary model."""
    if task is Task.BINARY:
        return 0.0, 1.0
    return float(target.mean()), float(target.std()) or 1.0
