"""What a model file says, in short: what people want to know who look at a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.core import Task, Value
from leeway.core.metric import higher_is_better
from leeway.schema import Role

if TYPE_CHECKING:
    from leeway.spec import ModelSpec


class SpecFacts(Value):
    """A model file in short; ``features`` are its feature columns, from which ``features_function`` may make others."""

    task: Task
    metric: str
    loss: str
    higher_is_better: bool
    retrain_cost: float
    promotion: str
    policy: str
    cron: str
    time_zone: str
    label: str
    features: tuple[str, ...]
    features_function: str | None
    slices: tuple[str, ...]
    sensitive: tuple[str, ...]
    trainers: tuple[str, ...]
    gates: tuple[str, ...]
    file: str


def spec_facts(spec: ModelSpec) -> SpecFacts:
    """The file in short."""
    return SpecFacts(
        task=spec.task,
        metric=spec.metric,
        loss=spec.loss,
        higher_is_better=higher_is_better(spec.metric),
        retrain_cost=spec.retrain_cost,
        promotion=spec.promotion,
        policy=spec.policy.kind,
        cron=spec.schedule.cron,
        time_zone=spec.schedule.timezone,
        label=spec.data.label.column,
        features=tuple(spec.data.named(Role.FEATURE)),
        features_function=spec.data.features,
        slices=tuple(spec.data.named(Role.SLICE)),
        sensitive=tuple(spec.data.named(Role.SENSITIVE)),
        trainers=tuple(trainer.label for trainer in spec.training.trainers),
        gates=tuple(gate.kind for gate in spec.gates),
        file=spec.path.name,
    )
