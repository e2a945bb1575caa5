"""Writes many valid model files: to measure what parsing costs, and to build many DAGs.

``python tests/generate.py FOLDER 100`` writes ``model_000.yaml`` to ``model_099.yaml``.
"""

from __future__ import annotations

import sys
from pathlib import Path

_CRONS = ('"0 0 * * 1"', '"0 0 * * *"', '"0 6 1 * *"', '"0 */6 * * *"')
_ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo")
_TEMPLATE = """\
name: {name}
description: Generated model number {number}, to measure with.
owner: team_{team}
tags: [generated, team_{team}]
task: {task}

schedule: {{cron: {cron}, timezone: {zone}, start: 2024-01-01, end: 2025-01-01}}

data:
  source:
    kind: files
    path: exports/{name}/{{start:%Y-%m-%dT%H}}.parquet
    format: parquet
    timezone: {zone}
  event_time: happened_at
  key: [happened_at, account]
  label: {{column: outcome, time: known_at, within: {weeks}w}}   # known {weeks} weeks later at the latest
  columns:
    happened_at: {{type: timestamp, role: id}}
    account: {{type: int, role: id}}
    known_at: {{type: timestamp, role: id}}
    outcome: {{type: {target}, role: target, nullable: true}}
{columns}
  expectations:
    - {{type: expect_table_row_count_to_be_between, min_value: 1, max_value: 1000000}}

training:
  trainers:
    - kind: sklearn
      name: gradient_boosting
      params: {{max_iter: {iterations}, learning_rate: 0.08}}
      search:
        max_leaf_nodes: [15, 31, 63]
        min_samples_leaf: {{low: 20, high: 200, log: true, int: true}}
  histories: [all, recent]
  trials: 4

monitoring:
  detectors:
    - {{kind: data_drift, floor: 0.08}}
    - prediction_drift
    - labelled_loss

retrain_on: {{concept_drift: true, data_drift: when_unjudged}}
policy: {{kind: evidence, bootstrap_windows: 8}}
promotion: auto
"""
_COLUMNS = (
    "    number_{n}: {{type: float, nullable: true, minimum: 0, maximum: 1000}}",
    "    count_{n}: {{type: int, minimum: 0}}",
    "    group_{n}: {{type: string, role: [feature, slice], levels: [north, south, east, west]}}",
    "    flag_{n}: {{type: boolean, nullable: true}}",
)


def model_text(number: int, *, columns: int = 26) -> str:
    """A valid model file of about 3 KB with 26 columns; ``number`` makes it differ from the others."""
    binary = number % 3 != 0
    return _TEMPLATE.format(
        name=f"model_{number:03}",
        number=number,
        team=number % 7,
        task="binary" if binary else "regression",
        target="boolean" if binary else "float",
        cron=_CRONS[number % len(_CRONS)],
        zone=_ZONES[number // 4 % len(_ZONES)],
        weeks=1 + number % 6,
        iterations=50 + number,
        columns="\n".join(_COLUMNS[n % len(_COLUMNS)].format(n=n) for n in range(columns)),
    )


def write_models(folder: Path, count: int, *, columns: int = 26) -> list[Path]:
    """Write ``count`` valid model files into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        paths.append(folder / f"model_{number:03}.yaml")
        paths[-1].write_text(model_text(number, columns=columns), encoding="utf-8")
    return paths


if __name__ == "__main__":
    write_models(Path(sys.argv[1]), int(sys.argv[2]))
