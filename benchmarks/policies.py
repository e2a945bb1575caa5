"""Policies on real streams: the default policy, untouched, against fixed rhythms, chance and planted drift.

    python -m benchmarks policies --streams FOLDER

replays every Parquet file of a folder. The protocol: 50 equal windows, 10 of them for the first model, 39 decisions,
labels known at once or four windows late, every seed; about 300 rows a window, and all rows (at most 900 a window)
where there are more. The target is the column ``y``; rows are sorted by ``ts`` or ``seq``; these and ``target_raw`` are
no features. The metric is auc where fewer than 15 % of the targets are positive, accuracy otherwise. Streams called
``*_synth`` are told but not averaged. The learner is LightGBM with 60 trees.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

from leeway.backtest.crew import cores, spread
from leeway.backtest.frontier import Schedules
from leeway.backtest.judge import Judge
from leeway.backtest.learner import Learner
from leeway.backtest.matrix import Matrix, Trained, fill
from leeway.backtest.regret import Yardstick
from leeway.backtest.rules import Rules
from leeway.backtest.simulate import play
from leeway.backtest.table import read_table, table_stream
from leeway.kinds import build
from leeway.policies.base import Policy
from leeway.trainers.base import Trainer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leeway.backtest.played import Played
    from leeway.backtest.stream import Stream

WINDOWS, WARMUP, PLANTED = 50, 10, 30
COSTS: Final = (0.05, 0.10, 0.20)
SIZES: Final = {"300": 15_000, "900": 45_000}
DELAYS: Final = (0, 4)
NOT_FEATURES: Final = ("ts", "seq", "target_raw")
LIGHTGBM: Final = {
    "n_estimators": 60, "num_leaves": 31, "learning_rate": 0.1, "subsample": 0.8, "subsample_freq": 1,
    "colsample_bytree": 0.8, "max_bin": 63, "min_child_samples": 20, "verbosity": -1,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Case:
    """One stream as it is replayed: at a size, with a delay, a seed, and what was done to it."""

    name: str
    size: str
    delay: int
    seed: int
    kind: str
    """real | shuffled | abrupt | gradual"""
    stream: Stream


class Bench(NamedTuple):
    """What every replay shares."""

    cases: tuple[Case, ...]
    matrices: tuple[Matrix, ...]
    costs: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a policy brought on a case, told one cost."""

    case: Case
    policy: str
    cost: float
    retrains: int
    trainings: int
    d: float
    regret: float
    twice: bool
    share: float | None
    first: int | None
    """Windows from the planted drift to the first retrain; None if there was none."""
    per_retrain: tuple[str, ...]


def main() -> None:
    """Replay all cases and print the bars."""
    options = _options()
    begun = time.process_time(), time.perf_counter()
    cases = list(_cases(options))
    learners = {seed: _learner(seed) for seed in range(options.seeds)}
    matrices = [Matrix(case.stream, learners[case.seed], Path(options.cache)) for case in cases]
    models = [(place, model) for place in range(len(cases)) for model in _wanted(cases[place])]
    fill(matrices, models, workers=cores(), progress=_told("fitting"))
    policies = [(text, build(Policy, yaml.safe_load(text))) for text in options.policy]
    jobs = [(place, policy) for place in range(len(cases)) for policy in policies]
    bench = Bench(tuple(cases), tuple(matrices), tuple(options.costs))
    found = [one for many in spread(_play, bench, jobs, workers=cores(), progress=_told("playing")) for one in many]
    for policy in options.policy:
        print(f"\n== {policy}")
        for line in _bars([one for one in found if one.policy == policy], options.costs):
            print(line)
    if options.detail:
        _detail(found)
    print(f"\n{time.process_time() - begun[0]:.0f} CPU s in this process, {time.perf_counter() - begun[1]:.0f} s")


def _options() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=Path, required=True, help="folder of Parquet files")
    parser.add_argument("--only", nargs="*", default=[], help="names of streams")
    parser.add_argument("--policy", nargs="*", default=["evidence"], help="kinds, or mappings as YAML")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sizes", nargs="*", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--delays", nargs="*", type=int, default=list(DELAYS))
    parser.add_argument("--costs", nargs="*", type=float, default=list(COSTS), help="of a retrain, in points")
    parser.add_argument("--real-only", action="store_true", help="nothing shuffled or planted")
    parser.add_argument("--cache", default=".leeway/backtests", help="where predictions are kept")
    parser.add_argument("--detail", action="store_true", help="every stream for itself")
    return parser.parse_args()


def _cases(options: Any) -> Iterator[Case]:
    for file in sorted(options.streams.glob("*.parquet")):
        if options.only and file.stem not in options.only:
            continue
        for size in options.sizes:
            stream = _stream(file, SIZES[size])
            if size != "300" and len(stream.target) // WINDOWS < 500:
                continue
            for seed in range(options.seeds):
                for delay in options.delays:
                    yield Case(
                        name=file.stem, size=size, delay=delay, seed=seed, kind="real", stream=stream.delayed(delay)
                    )
                if size == "300" and not options.real_only and not file.stem.endswith("_synth"):
                    for kind in ("shuffled", "abrupt", "gradual"):
                        changed = _planted(stream, kind, seed)
                        yield Case(name=file.stem, size=size, delay=0, seed=seed, kind=kind, stream=changed)


def _stream(file: Path, rows: int) -> Stream:
    table = read_table(file)
    order = "ts" if "ts" in table else "seq"
    ignored = [name for name in NOT_FEATURES if name in table and name != order]
    metric = "auc" if table["y"].mean() < 0.15 else "accuracy"
    return table_stream(
        table, name=file.stem, time=order, target="y", ignore=ignored, metric=metric, windows=WINDOWS, max_rows=rows
    )


def _planted(stream: Stream, kind: str, seed: int) -> Stream:
    """Shuffle the rows; from window 30 on flip labels above the median of the most important numeric feature."""
    import numpy as np

    shuffled = stream.shuffled(seed)
    if kind == "shuffled":
        return shuffled
    high = _upper_half(shuffled)
    window = shuffled.window
    chance = 0.3 * np.clip((window - PLANTED + 1) / (1 if kind == "abrupt" else 10), 0, 1)
    flipped = high & (np.random.default_rng((seed, 1)).random(len(window)) < chance)
    return replace(shuffled, target=np.where(flipped, 1 - shuffled.target, shuffled.target))


def _upper_half(stream: Stream) -> Any:
    import numpy as np
    from lightgbm import LGBMClassifier

    numeric = stream.features.select_dtypes("number")
    model = LGBMClassifier(**{**LIGHTGBM, "importance_type": "gain"}, random_state=0, n_jobs=1)
    model.fit(numeric.iloc[:3_000], stream.target[:3_000])
    values = numeric.iloc[:, int(np.argmax(model.feature_importances_))].to_numpy()
    return values > np.median(values)


def _learner(seed: int) -> Learner:
    described = {"kind": "sklearn", "estimator": "lightgbm.LGBMClassifier", "params": LIGHTGBM}
    trainer: Any = build(Trainer, described)
    return Learner(trainer=trainer, seed=seed)


def _wanted(case: Case) -> Iterator[Trained]:
    """What the rhythms and any retrain need; probes ask for the same models."""
    rules = Rules.default()
    ends = [case.stream.known[window] for window in range(WARMUP, WINDOWS - 1)]
    yield Trained(0, WARMUP - 1)
    for end in ends:
        if end >= WARMUP:
            yield Trained(0, end)
            for history in rules.possible(end):
                yield rules.trained(history, end - rules.holdback)
                yield rules.trained(history, end)


def _play(bench: Bench, job: tuple[int, tuple[str, Any]]) -> list[Found]:
    place, (name, policy) = job
    case, matrix = bench.cases[place], bench.matrices[place]
    judge, yardstick = Judge(matrix, Rules.default().detectors), Yardstick.of(Schedules(matrix, WARMUP))
    return [
        _found(case, name, cost, play(judge, Rules.default(), policy, warmup=WARMUP, cost=cost), yardstick)
        for cost in bench.costs
    ]


def _found(case: Case, policy: str, cost: float, played: Played, yardstick: Yardstick) -> Found:
    score = statistics.fmean(value for value in played.values if value == value)
    made = [change for change in played.changes if change.promoted]
    after = [change.window for change in made if change.window >= PLANTED]
    return Found(
        case=case,
        policy=policy,
        cost=cost,
        retrains=played.retrains,
        trainings=played.trainings,
        d=yardstick.d(score, played.retrains),
        regret=yardstick.regret(score, played.retrains, cost),
        twice=yardstick.d(score, min(2 * played.retrains, WINDOWS - WARMUP - 1)) >= 0,
        share=yardstick.share(score),
        first=after[0] - PLANTED + 1 if after else None,
        per_retrain=tuple(f"{change.window}:{change.reasons[0]}:{change.winner.split('/')[-1]}" for change in made),
    )


def _bars(found: Sequence[Found], costs: Sequence[float]) -> Iterator[str]:
    real = [one for one in found if one.case.kind == "real" and not one.case.name.endswith("_synth")]
    for size in SIZES:
        for delay in DELAYS:
            for cost in costs:
                chosen = [o for o in real if (o.case.size, o.case.delay, o.cost) == (size, delay, cost)]
                if chosen:
                    yield _line(f"{size} rows, delay {delay}, cost {cost:.2f}", chosen)
    for cost in costs:
        control = [one.retrains for one in found if one.case.kind == "shuffled" and one.cost == cost]
        if control:
            rate = statistics.fmean(control)
            yield f"B4 false retrains per 39 checks at cost {cost:.2f}: {rate:.2f} ({len(control)} runs)"
    for kind in ("abrupt", "gradual"):
        for cost in costs:
            first = [one.first for one in found if one.case.kind == kind and one.cost == cost]
            if first:
                hits = [one for one in first if one is not None]
                median, soon = statistics.median(hits) if hits else "-", sum(hit <= 3 for hit in hits) / len(first)
                yield f"B5 {kind} at cost {cost:.2f}: {len(hits)} of {len(first)}, median {median}, {soon:.0%} within 3"


def _line(title: str, found: Sequence[Found]) -> str:
    """Means over the streams of the means over the seeds."""
    by_stream = {name: [one for one in found if one.case.name == name] for name in {one.case.name for one in found}}

    def means(value: Any) -> dict[str, float]:
        return {name: statistics.fmean(value(one) for one in many) for name, many in by_stream.items()}

    regret, d = means(lambda one: one.regret), means(lambda one: one.d)
    best, worst = min(regret, key=lambda name: regret[name]), min(d, key=lambda name: d[name])
    others = [value for name, value in regret.items() if name != best] or [float("nan")]
    shares = [statistics.fmean(o.share for o in many if o.share is not None)
              for many in by_stream.values() if any(o.share is not None for o in many)]  # fmt: skip
    share = f"{statistics.fmean(shares):.2f}" if shares else "-"
    return (
        f"{title}: B1 regret {statistics.fmean(regret.values()):+.2f}, without {best} {statistics.fmean(others):+.2f}; "
        f"B2 d {statistics.fmean(d.values()):+.2f}, least {d[worst]:+.2f} ({worst}); "
        f"B3 {statistics.fmean(means(lambda one: float(one.twice)).values()):.0%}; B6 {share} with "
        f"{statistics.fmean(means(lambda one: one.retrains).values()):.1f} retrains "
        f"({statistics.fmean(means(lambda one: one.trainings).values()):.1f} trainings)"
    )


def _detail(found: Sequence[Found]) -> None:
    for one in found:
        case = one.case
        print(
            json.dumps(
                {
                    "stream": case.name, "size": case.size, "delay": case.delay, "seed": case.seed, "kind": case.kind,
                    "policy": one.policy, "cost": one.cost, "retrains": one.retrains, "d": round(one.d, 2),
                    "regret": round(one.regret, 2), "changes": " ".join(one.per_retrain),
                }
            )
        )  # fmt: skip


def _told(what: str) -> Any:
    def step(done: int, of: int) -> None:
        if done == of or done % 200 == 0:
            print(f"{what}: {done} of {of}", flush=True)

    return step
