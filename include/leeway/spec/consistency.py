"""What the parts of a model file must agree on: a metric that suits the task, gates that know their columns, ..."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.core import Task
from leeway.core.metric import GAPS
from leeway.detectors.base import Detector
from leeway.errors import SpecError, did_you_mean
from leeway.evaluation.base import LOSSES, METRICS
from leeway.kinds import resolve
from leeway.schema import ColumnType, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leeway.kinds import Kind, Problems
    from leeway.policies.base import Policy
    from leeway.spec.model import ModelSpec

_TARGETS = {Task.BINARY: (ColumnType.BOOLEAN, ColumnType.INT), Task.REGRESSION: (ColumnType.FLOAT, ColumnType.INT)}
"""What type the target column has."""


def disagreements(spec: ModelSpec, problems: Problems) -> None:
    """Add every disagreement between the parts of a model file, at its field."""
    for check in (_measures, _margins, _groups, _target, _engine, _policy):
        check(spec, problems)


def _measures(spec: ModelSpec, problems: Problems) -> None:
    for word, value, known in (("metric", spec.metric, METRICS), ("loss", spec.loss, LOSSES)):
        if value not in known[spec.task]:
            sentence = f"{word} {value!r} does not suit a {spec.task} model; {did_you_mean(value, known[spec.task])}"
            problems.add(sentence, word)
    foreign = {name for task, names in METRICS.items() if task is not spec.task for name in names}
    gates: list[tuple[Kind, tuple[str | int, ...]]] = [(gate, ("gates", n)) for n, gate in enumerate(spec.gates)]
    for holder, place in (*gates, *_policies(spec.policy)):
        metric = getattr(holder, "metric", None)
        if metric in foreign - set(METRICS[spec.task]):
            sentence = (
                f"metric {metric!r} does not suit a {spec.task} model; {did_you_mean(metric, METRICS[spec.task])}"
            )
            problems.add(sentence, *place, "metric")


def _margins(spec: ModelSpec, problems: Problems) -> None:
    slices = spec.data.judged_by
    for place, gate in enumerate(spec.gates):
        for name in getattr(gate, "margins", {}):
            if name.partition("=")[0] not in slices:
                sentence = f"{name!r} is no slice; {did_you_mean(name.partition('=')[0], slices)}"
                problems.add(sentence, "gates", place, "margins", name)


def _groups(spec: ModelSpec, problems: Problems) -> None:
    """Gates and detectors that look at gaps know the columns, and the gap suits the task."""
    known = spec.data.judged_by
    for place, gate in enumerate(spec.gates):
        columns = getattr(gate, "columns", None)
        if columns == () and not spec.data.named(Role.SENSITIVE):
            sentence = f"no column has the role sensitive: name slice columns in 'columns' ({', '.join(known)})"
            problems.add(sentence, "gates", place)
        for name in columns or ():
            if name not in known:
                sentence = f"{name!r} is neither a slice nor sensitive; {did_you_mean(name, known)}"
                problems.add(sentence, "gates", place, "columns")
        gap = getattr(gate, "gap", None)
        if gap is not None and gap not in GAPS[spec.task]:
            sentence = f"gap {gap!r} does not suit a {spec.task} model; {did_you_mean(gap, GAPS[spec.task])}"
            problems.add(sentence, "gates", place, "gap")


def _target(spec: ModelSpec, problems: Problems) -> None:
    name = spec.data.label.column
    kind = spec.data.columns[name].type
    wanted = _TARGETS[spec.task]
    if kind not in wanted:
        sentence = f"the target of a {spec.task} model is {' or '.join(wanted)}, not {kind}"
        problems.add(sentence, "data", "columns", name, "type")


def _engine(spec: ModelSpec, problems: Problems) -> None:
    """An engine outside of pandas counts columns that are there; the one in the database needs a database."""
    if spec.engine.PUSHES and spec.data.features is not None:
        sentence = (
            f"engine {spec.engine.kind} counts declared columns, it cannot call the function in data.features: "
            "have the source deliver the features, or leave engine out"
        )
        problems.add(sentence, "engine")
    if spec.engine.QUERIES_SOURCE and not spec.data.source.IN_DATABASE:
        sentence = f"engine {spec.engine.kind} asks the database of a source of kind sql, not {spec.data.source.kind}"
        problems.add(sentence, "engine")


def _policy(spec: ModelSpec, problems: Problems) -> None:
    """The first champion has windows to learn from, and the detectors that the policy needs exist."""
    bootstrap, holdback = spec.policy.bootstrap_windows, spec.training.kept_back
    if bootstrap <= holdback:
        sentence = f"more than the {holdback} that training holds back (see 'training'), not {bootstrap}"
        problems.add(f"the first champion needs labelled windows: {sentence}", "policy", "bootstrap_windows")
    for kind in spec.policy.needs:
        try:
            resolve(Detector, kind)
        except SpecError as error:
            problems.add(f"the policy needs a detector: {error.what}", "policy", code=error.code)


def _policies(policy: Policy, *place: str | int) -> Iterator[tuple[Policy, tuple[str | int, ...]]]:
    """A policy and those that it is made of, each with its field in the model file."""
    place = place or ("policy",)
    yield policy, place
    for number, part in enumerate(getattr(policy, "policies", ())):
        yield from _policies(part, *place, "policies", number)
