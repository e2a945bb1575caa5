"""The model registry: model files, versions and aliases.

MLflow promises nothing here: an alias is last-write-wins, tags are not unique, a killed upload stays PENDING. So each
step can be repeated and finds what an earlier try made; who may promote is decided by leeway's ledger and its lock.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leeway.errors import TrackingError
from leeway.failpoints import failpoint
from leeway.tracking import modelfiles
from leeway.tracking.connection import TEMPORARY, Connection
from leeway.tracking.errors import FIXES, already_there, is_missing, said_plainly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlflow.entities import LoggedModel
    from mlflow.entities.model_registry import ModelVersion

TRAIN_KEY = "leeway.train_key"
"""Tag of a version: what it was trained from; a version is registered once per key."""
_FILES = "leeway.files"


class Registry(Connection):
    """Models of one MLflow."""

    def log_model(
        self,
        run_id: str,
        folder: Path,
        *,
        columns: Mapping[str, str],
        task: str,
        requirements: Sequence[str],
        metadata: Mapping[str, Any] | None = None,
    ) -> str:
        """Upload a model's files as a logged model of a run; the same files of the same run are uploaded once.

        Args:
            run_id: the training run.
            folder: the model's files, as ``Fitted.save`` wrote them.
            columns: feature -> type as leeway or pandas calls it; ``float`` for an integer that may be missing.
            task: what it predicts.
            requirements: pip requirements, pinned.
            metadata: facts that travel with the files.

        Returns:
            The model's URI, ``models:/m-...``.

        Raises:
            TrackingError: if MLflow or the disk cannot do it.
        """
        with said_plainly("upload the model", run=run_id):
            content = modelfiles.digest_of(folder)
            run = self._client.get_run(run_id)
            ready = self._uploaded(run.info.experiment_id, run_id, content)
            if ready is None:
                tags = {_FILES: content, "leeway.task": task}
                ready = self._client.create_logged_model(
                    run.info.experiment_id, name="model", source_run_id=run_id, tags=tags, model_type=task
                )
                with tempfile.TemporaryDirectory(prefix=TEMPORARY) as scratch:
                    target = Path(scratch, "model")
                    modelfiles.write(
                        target, folder, ready, columns=columns, requirements=requirements, metadata=metadata or {}
                    )
                    self._client.log_model_artifacts(ready.model_id, str(target))
                self._link(run_id, ready.model_id)
                self._client.finalize_logged_model(ready.model_id, "READY")
            failpoint("tracking.artifacts")
            return f"models:/{ready.model_id}"

    def register(
        self, model: str, train_key: str, model_uri: str, run_id: str, *, tags: Mapping[str, str] | None = None
    ) -> int:
        """Make a version of a logged model, unless the key has one already. The caller holds the model's lock.

        Returns:
            The version.

        Raises:
            TrackingError: if MLflow cannot do it.
        """
        with said_plainly("register the model", model=model):
            found = [number for number, labels in self._versions(model).items() if labels.get(TRAIN_KEY) == train_key]
            version = min(found) if found else self._create_version(model, train_key, model_uri, run_id, tags or {})
            failpoint("tracking.registered")
            return version

    def set_alias(self, model: str, alias: str, version: int | None) -> None:
        """Point an alias to a version, or with None to nothing.

        Raises:
            TrackingError: if MLflow cannot do it, or there is no such version.
        """
        from mlflow.exceptions import MlflowException

        with said_plainly(f"move the alias {alias}", model=model, version=version):
            failpoint("tracking.alias")
            try:
                if version is None:
                    self._client.delete_registered_model_alias(model, alias)
                else:
                    self._client.set_registered_model_alias(model, alias, str(version))
            except MlflowException as error:
                if version is not None or not is_missing(error):
                    raise
            failpoint("tracking.aliased")

    def alias(self, model: str, alias: str) -> int | None:
        """The version an alias points to, if it does.

        Raises:
            TrackingError: if MLflow cannot say.
        """
        from mlflow.exceptions import MlflowException

        with said_plainly(f"read the alias {alias}", model=model):
            try:
                return int(self._client.get_model_version_by_alias(model, alias).version)
            except MlflowException as error:
                # MLflow calls an alias that is not set an invalid parameter.
                if is_missing(error) or ("alias" in str(error).lower() and "not found" in str(error).lower()):
                    return None
                raise

    def versions(self, model: str) -> dict[int, dict[str, str]]:
        """All versions of a model with their tags, oldest first.

        Raises:
            TrackingError: if MLflow cannot say.
        """
        with said_plainly("list the versions", model=model):
            return self._versions(model)

    def version_url(self, model: str, version: int) -> str | None:
        """Where a browser shows a version; None if MLflow is a database, which shows nothing. MLflow is not asked."""
        return f"{self._shown_url}/#/models/{model}/versions/{version}" if self._is_server else None

    def download(self, model: str, version: int, target: Path) -> None:
        """Fetch a version's own files into an empty folder. Nothing in them is loaded; the caller checks their hashes.

        Raises:
            TrackingError: MLF010 if the version or its files are gone.
        """
        from mlflow.artifacts import download_artifacts

        where = {"model": model, "version": version}
        with said_plainly("fetch the model's files", **where), tempfile.TemporaryDirectory(prefix=TEMPORARY) as scratch:
            source = str(self._client.get_model_version(model, str(version)).source).rstrip("/")
            try:
                fetched = download_artifacts(
                    artifact_uri=f"{source}/{modelfiles.FILES}", dst_path=scratch, tracking_uri=self._url
                )
                files = list(Path(fetched).iterdir())
            except (FileNotFoundError, NotADirectoryError):
                files = []
            if not files:
                raise TrackingError("the model's files are gone", code="MLF010", do=FIXES["MLF010"], **where)
            target.mkdir(parents=True, exist_ok=True)
            for file in files:
                shutil.move(file, target / file.name)

    def _uploaded(self, experiment: str, run_id: str, content: str) -> LoggedModel | None:
        """The complete upload of these files by this run; what an interrupted try left is marked as failed."""
        ready = None
        for logged in self._logged_models(experiment, f"source_run_id = '{run_id}'"):
            if logged.status == "PENDING":
                self._client.finalize_logged_model(logged.model_id, "FAILED")
            elif logged.status == "READY" and logged.tags.get(_FILES) == content:
                ready = ready or logged
        return ready

    def _logged_models(self, experiment: str, condition: str) -> Iterator[LoggedModel]:
        token: str | None = None
        while True:
            page = self._client.search_logged_models([experiment], condition, page_token=token)
            yield from page
            token = page.token
            if not token:
                return

    def _link(self, run_id: str, model_id: str) -> None:
        """Show the model on the run's page."""
        from mlflow.entities import LoggedModelOutput

        self._client.log_outputs(run_id, [LoggedModelOutput(model_id, 0)])

    def _versions(self, model: str) -> dict[int, dict[str, str]]:
        found: list[ModelVersion] = []
        token: str | None = None
        while True:
            page = self._client.search_model_versions(f"name='{model}'", page_token=token)
            found += page
            token = page.token
            if not token:
                return {int(one.version): dict(one.tags) for one in sorted(found, key=lambda one: int(one.version))}

    def _create_version(self, model: str, train_key: str, model_uri: str, run_id: str, tags: Mapping[str, str]) -> int:
        from mlflow.exceptions import MlflowException

        try:
            self._client.create_registered_model(model)
        except MlflowException as error:
            if not already_there(error):
                raise
        model_id = model_uri.rpartition("/")[2]
        # The place of the files, not models:/m-...: MLflow's SQL store would look that up in its global tracking URI.
        source = self._client.get_logged_model(model_id).artifact_location
        labels = {**tags, TRAIN_KEY: train_key}
        created = self._client.create_model_version(model, source, run_id=run_id, tags=labels, model_id=model_id)
        return int(created.version)
