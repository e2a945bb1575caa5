"""`Tracking`: the one door to MLflow."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from leeway.tracking.connection import TEMPORARY
from leeway.tracking.errors import said_plainly
from leeway.tracking.registry import Registry
from leeway.tracking.runs import KEY, Runs

if TYPE_CHECKING:
    from datetime import datetime


class Tracking(Runs, Registry):
    """MLflow, as leeway uses it: runs found again by their key, model files, versions and aliases.

    Cheap to make: MLflow is imported and connected at the first call.
    """

    def reap(self, model: str, older_than: datetime) -> list[str]:
        """Bring what killed tasks left behind to an end.

        Runs of leeway that have been RUNNING since before ``older_than`` become KILLED, logged models that have been
        PENDING become FAILED, temporary folders of this machine are removed.

        Returns:
            What was ended: run ids, logged model ids and folders.

        Raises:
            TrackingError: if MLflow cannot do it.
        """
        before = int(older_than.timestamp() * 1000)
        with said_plainly("reap what killed tasks left", model=model):
            experiment = self._find_experiment(model)
            reaped = (
                []
                if experiment is None
                else [*self._reap_runs(experiment, before), *self._reap_models(experiment, before)]
            )
            return [*reaped, *_reap_folders(older_than.timestamp())]

    def _reap_runs(self, experiment: str, before: int) -> list[str]:
        condition = f"attributes.status = 'RUNNING' and attributes.start_time < {before}"
        stale = [run.info.run_id for run in self._client.search_runs([experiment], condition) if KEY in run.data.tags]
        for run_id in stale:
            self._client.set_terminated(run_id, "KILLED")
        return stale

    def _reap_models(self, experiment: str, before: int) -> list[str]:
        found = self._logged_models(experiment, f"creation_timestamp < {before}")
        stale = [logged.model_id for logged in found if logged.status == "PENDING"]
        for model_id in stale:
            self._client.finalize_logged_model(model_id, "FAILED")
        return stale


def _reap_folders(before: float) -> list[str]:
    folders = [
        path for path in Path(tempfile.gettempdir()).glob(f"{TEMPORARY}*") if path.is_dir() and not path.is_symlink()
    ]
    stale = []
    for folder in folders:
        facts = folder.stat()
        if facts.st_uid == os.getuid() and facts.st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)
            stale.append(str(folder))
    return stale
