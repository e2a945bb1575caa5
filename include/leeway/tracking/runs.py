"""Runs: training, candidates and monitoring, each found again by its idempotency key.

A run carries its key in the tag ``leeway.key``. MLflow has no unique tags, so two tries of one task at the same moment
may both create a run; each looks again after creating and all but the oldest are deleted.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from leeway.canonical import canonical_json, digest
from leeway.failpoints import failpoint
from leeway.tracking import entries
from leeway.tracking.connection import TEMPORARY, Connection
from leeway.tracking.errors import said_plainly

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow.entities import Run

KEY = "leeway.key"
"""Tag of a run: its idempotency key."""
_CONTENT = "leeway.content"
_PARENT = "mlflow.parentRunId"
_FINISHED = "FINISHED"


class Runs(Connection):
    """Runs of one MLflow."""

    def training_run(
        self,
        model: str,
        key: str,
        *,
        tags: Mapping[str, str] | None = None,
        params: Mapping[str, object] | None = None,
        name: str = "",
    ) -> str:
        """Open the run of one training, under which its candidates are; open it again after an interruption.

        A parameter that an earlier try logged keeps its value: the same key means the same inputs.

        Returns:
            The run's id. A run that was finished stays finished and unchanged.

        Raises:
            TrackingError: if MLflow cannot do it.
        """
        with said_plainly("open the training run", model=model):
            run = self._run_of(model, key) or self._create(model, key, name or f"training {key[:12]}")
            run_id = str(run.info.run_id)
            if run.info.status == _FINISHED:
                return run_id
            if run.info.status != "RUNNING":
                self._client.update_run(run_id, status="RUNNING")
            missing = {
                name: value for name, value in (params or {}).items() if entries.safe_name(name) not in run.data.params
            }
            entries.log(self._client, run_id, params=missing, tags={"leeway.stage": "train", **(tags or {})})
            return run_id

    def candidate_run(
        self,
        model: str,
        parent: str,
        key: str,
        *,
        params: Mapping[str, object] | None = None,
        metrics: Mapping[str, float] | None = None,
        tags: Mapping[str, str] | None = None,
        snapshot: str = "",
        rows: int = 0,
        name: str = "",
    ) -> str:
        """Record one tried candidate as a finished run under its training run.

        Args:
            model: name of the model.
            parent: id of the training run.
            key: idempotency key of the candidate.
            params: what it was tried with.
            metrics: how it did; numbers that are not finite are left out.
            tags: further facts.
            snapshot: digest of the snapshot it learned from, logged as the run's dataset.
            rows: rows it learned from.
            name: what the page calls it; default: from the key.

        Returns:
            The run's id.

        Raises:
            TrackingError: if MLflow cannot do it.
        """
        with said_plainly("record a candidate", model=model):
            run = self._finished_run(model, key)
            if run is None:
                labels = {_PARENT: parent, "leeway.stage": "candidate"}
                run_id = str(self._create(model, key, name or f"candidate {key[:12]}", tags=labels).info.run_id)
                if snapshot:
                    entries.log_dataset(self._client, run_id, model=model, snapshot=snapshot, rows=rows)
                entries.log(self._client, run_id, params=params, metrics=metrics, tags=tags)
                self._client.set_terminated(run_id, _FINISHED)
                return run_id
            if run.data.tags.get(_PARENT) != parent:
                self._client.set_tag(run.info.run_id, _PARENT, parent)
            return str(run.info.run_id)

    def monitoring_run(
        self,
        model: str,
        window_key: str,
        key: str,
        *,
        metrics: Mapping[str, float] | None = None,
        tags: Mapping[str, str] | None = None,
        artifacts: Mapping[str, bytes] | None = None,
    ) -> str:
        """Show what was measured on one window; the same key with other content replaces what was shown.

        Args:
            model: name of the model.
            window_key: `Window.key`; the run's name, and the step of its metrics: its first day, in days since 1970.
            key: idempotency key.
            metrics: numbers; those that are not finite are left out.
            tags: facts in words.
            artifacts: file name -> bytes, for instance the HTML reports.

        Returns:
            The run's id.

        Raises:
            TrackingError: if MLflow cannot do it.
        """
        files = artifacts or {}
        listed = [dict(metrics or {}), dict(tags or {}), {name: digest(data) for name, data in files.items()}]
        content = digest(canonical_json(listed).encode())
        with said_plainly("record the monitoring of a window", model=model, window=window_key):
            run = self._finished_run(model, key, content=content)
            if run is not None:
                return str(run.info.run_id)
            run_id = str(self._create(model, key, window_key, tags={"leeway.stage": "measure"}).info.run_id)
            if files:
                entries.log_files(self._client, run_id, files)
            entries.log(
                self._client, run_id, metrics=metrics, tags={**(tags or {}), _CONTENT: content}, step=_step(window_key)
            )
            self._client.set_terminated(run_id, _FINISHED)
            return run_id

    def finish(
        self,
        run_id: str,
        *,
        metrics: Mapping[str, float] | None = None,
        tags: Mapping[str, str] | None = None,
        artifacts: Mapping[str, bytes] | None = None,
        status: str = _FINISHED,
    ) -> None:
        """Close a run, with its last figures and files.

        Raises:
            TrackingError: if MLflow cannot do it, or there is no such run.
        """
        with said_plainly("finish a run", run=run_id):
            if artifacts:
                entries.log_files(self._client, run_id, artifacts)
            entries.log(self._client, run_id, metrics=metrics, tags=tags)
            self._client.set_terminated(run_id, status)

    def run_url(self, run_id: str) -> str | None:
        """Where a browser shows the run; None if MLflow is a database, which shows nothing. MLflow is not asked."""
        return f"{self._shown_url}/#/runs/{run_id}" if self._is_server else None

    def artifact(self, run_id: str, name: str) -> bytes | None:
        """A file of a run, by its name; None if the run has no such file.

        Raises:
            TrackingError: if MLflow cannot say, or there is no such run.
        """
        from mlflow.artifacts import download_artifacts

        with said_plainly("read a file of a run", run=run_id), tempfile.TemporaryDirectory(prefix=TEMPORARY) as scratch:
            if name not in {found.path for found in self._client.list_artifacts(run_id)}:
                return None
            fetched = download_artifacts(run_id=run_id, artifact_path=name, dst_path=scratch, tracking_uri=self._url)
            return Path(fetched).read_bytes()

    def _run_of(self, model: str, key: str) -> Run | None:
        """The live run with the key. Of several all but one are deleted: a finished one stays, else the oldest."""
        found = self._client.search_runs([self._experiment(model)], f"tags.`{KEY}` = '{_quoted(key)}'")
        runs = sorted(found, key=lambda run: (run.info.status != _FINISHED, run.info.start_time, run.info.run_id))
        for other in runs[1:]:
            self._client.delete_run(other.info.run_id)
        return runs[0] if runs else None

    def _finished_run(self, model: str, key: str, *, content: str | None = None) -> Run | None:
        """The run with the key if it is complete (and shows this content); what an interrupted try left is deleted."""
        run = self._run_of(model, key)
        if run is None:
            return None
        if run.info.status == _FINISHED and content in (None, run.data.tags.get(_CONTENT)):
            return run
        self._client.delete_run(run.info.run_id)
        return None

    def _create(self, model: str, key: str, name: str, *, tags: Mapping[str, str] | None = None) -> Run:
        """Create a run; give way to the one that another process made at the same moment."""
        labels = {KEY: key, "leeway.model": model, "mlflow.source.name": "leeway", "mlflow.source.type": "JOB"}
        created = self._client.create_run(self._experiment(model), run_name=name, tags={**labels, **(tags or {})})
        failpoint("tracking.run")
        return self._run_of(model, key) or created


def _step(window_key: str) -> int:
    """Days from 1970-01-01 to the window's first day: ``20130107T0500Z-20130114T0500Z`` -> 15712."""
    start = datetime.strptime(window_key.partition("-")[0], "%Y%m%dT%H%MZ").replace(tzinfo=UTC)
    return int(start.timestamp()) // 86_400


def _quoted(text: str) -> str:
    """Keys are made by leeway; a quote in one would end the search text early."""
    if "'" in text:
        raise ValueError(f"a key holds no quotes: {text!r}")
    return text
