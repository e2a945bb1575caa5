"""Brings the containers up from a clone, runs models through Celery, breaks every part, and looks for what was lost.

    python tests/stack/drill.py [FOLDER] [--object-store]

With an object store it is short: does all of the stack work on it, and outlast its restart?

Needs root and a Docker engine: `eval "$(tests/stack/engine.sh /var/tmp/engine)"` makes one on Debian. Prints a line for
each finding; ends with 1 if one is not as it has to be.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2] / "include")]

from exposure import open_routes  # noqa: E402
from findings import Findings  # noqa: E402
from leaks import leaks  # noqa: E402
from project import Project  # noqa: E402
from upgrade import Upgrade  # noqa: E402
from windows import MODELS, Windows  # noqa: E402

from faults import Faults, empty, let_go, limited_disk  # noqa: E402

LARGEST_IMAGE = 2.6e9
SLOWEST_START = 600
MOST_MEMORY = 3.0


class Drill:
    """One stack under test.

    Args:
        project: a clone.
        artifacts: the folder of MLflow's artifacts, a small file system of its own.
    """

    def __init__(self, project: Project, artifacts: Path) -> None:
        self.project, self.artifacts = project, artifacts
        self.findings = Findings()
        self.windows = Windows(project)
        self.faults = Faults(project, self.windows, self.findings)
        self.upgrade = Upgrade(project, self.windows, self.findings)

    def run(self) -> None:
        """All of it, in an order in which each part can be broken while there is work left."""
        self.start()
        self.look_for_open_routes()
        self.windows.begin()
        self.findings.tell(f"three windows of each model through Celery: {self.windows.more(6):.0f} s")
        self.faults.worker_is_killed()
        self.verify("after the kill")
        self.faults.disk_is_full(self.artifacts)
        self.faults.scheduler_is_restarted()
        self.faults.service_is_away("postgres")
        self.faults.service_is_away("mlflow")
        self.upgrade.is_interrupted()
        self.upgrade.is_refused()
        self.upgrade.is_undone()
        self.windows.all()
        self.compare_ledgers()
        self.verify("at the end")
        self.look_at_health()
        self.look_for_secrets()
        self.back_up_and_restore()

    def run_on_an_object_store(self) -> None:
        """What an object store may break."""
        self.start()
        self.windows.begin()
        self.findings.tell(f"three windows of each model through Celery: {self.windows.more(6):.0f} s")
        self.look_into_the_bucket()
        self.faults.service_is_away("objectstore")
        self.faults.disk_is_full(self.artifacts)
        self.verify("after both")
        self.look_at_health()
        self.look_for_secrets()
        self.back_up_and_restore()

    def look_into_the_bucket(self) -> None:
        """Partitions and artifacts are objects, and files nowhere else."""
        bucket = self.artifacts / "leeway"
        partitions = len(list((bucket / "store").rglob("*.parquet")))
        logged = sum(path.is_file() for path in (bucket / "mlflow").rglob("*"))
        both = partitions > 0 and logged > 0
        self.findings.tell(f"in the bucket: {partitions} partitions, {logged} artifacts of MLflow", good=both)
        folders = [self.project.volume("leeway-home") / "store", self.project.volume("mlflow-artifacts")]
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        self.findings.tell(f"files of the store and of MLflow outside of it: {len(files)}", good=not files)

    def start(self) -> None:
        """Build, start, and see what that costs."""
        tell = self.findings.tell
        began = time.monotonic()
        size = self.project.build()
        tell(f"image built in {time.monotonic() - began:.0f} s: {size / 1e9:.2f} GB", good=size <= LARGEST_IMAGE)
        began = time.monotonic()
        self.project.make("up", "NO_BUILD=1")
        seconds = time.monotonic() - began
        tell(f"make up: all healthy after {seconds:.0f} s", good=seconds <= SLOWEST_START)
        total = sum(self.project.memory().values()) / 1024
        tell(f"memory of the idle stack: {total:.2f} GiB", good=total <= MOST_MEMORY)

    def look_for_open_routes(self) -> None:
        """Ask everything as somebody without a login."""
        for service, found in open_routes(self.project).items():
            self.findings.tell(
                f"{service}: {found.closed} routes are closed to strangers, {len(found.known)} open by design"
                f" ({', '.join(sorted(set(found.known)))}), besides these: {', '.join(found.unexpected) or 'none'}",
                good=not found.unexpected,
            )

    def compare_ledgers(self) -> None:
        """Every window once, decided as if nobody had disturbed anything."""
        failed = self.windows.failed_runs()
        self.findings.tell(f"runs that failed for good: {failed}", good=not failed)
        for model in MODELS:
            ledger = self.project.answer("history", model)
            decided = [found["window_start"] for found in ledger["decisions"]]
            whole = len(decided) == len(set(decided)) == len(self.windows.starts)
            self.findings.tell(f"{model}: {len(decided)} decisions, {len(self.windows.starts)} windows", good=whole)
            same = ledger == self.windows.undisturbed(model)
            self.findings.tell(f"{model}: the ledger {'equals' if same else 'is not'} that of one process", good=same)

    def verify(self, when: str) -> None:
        """Every hash, and the files of every champion."""
        said = self.project.answer("verify")["models"]
        found = [finding for entry in said for finding in entry["findings"]]
        good = len(said) == len(MODELS) and not found
        self.findings.tell(f"{when}: leeway verify finds {'; '.join(found) or 'nothing'}", good=good)

    def look_at_health(self) -> None:
        """Nobody has to start anything by hand."""
        ill = self.project.ill()
        self.findings.tell(f"services that are not healthy: {', '.join(ill) or 'none'}", good=not ill)

    def look_for_secrets(self) -> None:
        """No value of .env where it does not belong."""
        for place, names in leaks(self.project, self.artifacts):
            self.findings.tell(f"secrets in {place}: {', '.join(names) or 'none'}", good=not names)

    def back_up_and_restore(self) -> None:
        """Lose every volume, and come back."""
        before = [self.project.answer("history", model) for model in MODELS]
        self.project.make("backup")
        self.project.remove()
        empty(self.artifacts)
        self.project.make("restore")
        same = before == [self.project.answer("history", model) for model in MODELS]
        what = "the same ledgers" if same else "other ledgers"
        self.findings.tell(f"backup, all volumes removed, restore: {what}", good=same)
        self.verify("after the restore")


def main() -> int:
    """Run the drill and clear away.

    Returns:
        0 if all is as it has to be.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=Path("/var/tmp/leeway-drill"))
    parser.add_argument("--object-store", action="store_true")
    told = parser.parse_args()
    folder = told.folder.resolve()
    artifacts = folder / "artifacts"
    project = Project.cloned(folder / "project", artifacts, object_store=told.object_store)
    project.remove()
    drill = Drill(project, limited_disk(artifacts))
    try:
        drill.run_on_an_object_store() if told.object_store else drill.run()
    finally:
        (folder / "containers.log").write_text(project.compose("logs", "--no-color"))
        project.remove()
        let_go(artifacts)
    drill.findings.tell(f"{len(drill.findings.bad)} findings are not as they have to be", good=not drill.findings.bad)
    return 1 if drill.findings.bad else 0


if __name__ == "__main__":
    sys.exit(main())
