"""Brings the containers up from a clone, runs models through Celery, breaks every part, and looks for what was lost.

    python tests/stack/drill.py [FOLDER]      needs a Docker engine: tests/stack/engine.sh makes one

Prints a line for each finding; ends with 1 if one is not as it has to be.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2] / "include"), str(Path(__file__).parent)]

from exposure import open_routes  # noqa: E402
from project import MODELS, REPO, Project, wait_for  # noqa: E402

OUTAGE = 60
DISK_MIB = 300
failed: list[str] = []


def tell(what: str, *, good: bool = True) -> None:
    """Print a finding."""
    print(f"{datetime.now(UTC):%H:%M:%S} {'ok  ' if good else 'BAD '} {what}", flush=True)
    if not good:
        failed.append(what)


class Drill:
    """One stack under test."""

    def __init__(self, project: Project, disk: Path) -> None:
        self.project, self.disk = project, disk

    def bring_up(self) -> None:
        """Build, start, look at what it costs and who may enter."""
        began = time.monotonic()
        self.project.build()
        tell(f"image built in {time.monotonic() - began:.0f} s")
        size = subprocess.run(
            ["docker", "image", "inspect", "--format", "{{.Size}}", "leeway:local"],
            capture_output=True,
            text=True,
            check=True,
        )
        tell(f"image: {int(size.stdout) / 1e9:.2f} GB (bar 2.6)", good=int(size.stdout) <= 2.6e9)
        began = time.monotonic()
        self.project.make("up", "NO_BUILD=1")
        seconds = time.monotonic() - began
        tell(f"make up: all healthy after {seconds:.0f} s (bar 600)", good=seconds <= 600)
        memory = self.project.memory()
        total = sum(amount for name, amount in memory.items() if name.startswith("leeway-drill")) / 1024
        tell(f"memory of the idle stack: {total:.2f} GiB (bar 3)", good=total <= 3)
        for service, routes in open_routes(self.project).items():
            tell(
                f"{service}: open without a login: {', '.join(routes.unexpected) or 'nothing'}; {routes.closed} routes closed, "
                f"{len(routes.known)} open by design: {', '.join(routes.known)}",
                good=not routes.unexpected,
            )

    def start_windows(self) -> None:
        """Backfill the windows of every model by Airflow's REST API."""
        script = "from pathlib import Path; from leeway.demo.data import prepare; prepare(Path('/var/lib/leeway/demo'))"
        self.project.compose("run", "--rm", "-T", "--entrypoint", "python", "leeway", "-c", script)
        self.windows = self._windows()
        client = self.project.client()
        wanted = {f"{model}__{purpose}" for model in MODELS for purpose in ("monitoring", "training", "promotion")}

        def all_dags_are_there():
            return wanted <= set(client.dags())

        wait_for(all_dags_are_there, seconds=180)
        for model in MODELS:
            client.create_backfill(
                f"{model}__monitoring", start=self.windows[0], end=self.windows[-1], max_active_runs=2
            )
        for dag in wanted:
            client.unpause(dag)

    def _windows(self) -> list[datetime]:
        from leeway.demo.progress import windows_of
        from leeway.spec import load_specs

        specs, _ = load_specs(self.project.folder / "include" / "models")
        return [window.start for window in windows_of(specs["flights"])]

    def done(self) -> int:
        """Windows that are decided, of both models."""
        return sum(self.project.client().count_runs(f"{model}__monitoring", states=["success"]) for model in MODELS)

    def more(self, count: int, seconds: float = 900) -> float:
        """Wait for some more windows."""
        goal = min(self.done() + count, 2 * len(self.windows))

        def more_windows_are_done():
            return self.done() >= goal

        return wait_for(more_windows_are_done, seconds=seconds)

    def training_under_way(self) -> bool:
        """Whether a candidate is being trained."""
        client = self.project.client()
        return any(client.count_runs(f"{model}__training", states=["running"]) for model in MODELS)

    def kill_the_worker(self) -> None:
        """SIGKILL in the middle of a training."""
        wait_for(self.training_under_way, seconds=1200, every=0.5)
        time.sleep(4)  # into the training: it takes longer than that
        self.project.kill("airflow-worker")
        seconds = self.more(1)
        tell(f"worker killed by SIGKILL in mid-training: the next window was done {seconds:.0f} s later")

    def restart_the_scheduler(self) -> None:
        """As an upgrade does."""
        self.project.compose("restart", "airflow-scheduler")
        tell(f"scheduler restarted: the next window was done {self.more(1):.0f} s later")

    def take_away(self, service: str) -> None:
        """Stop a service for a minute."""
        self.project.compose("stop", service)
        time.sleep(OUTAGE)
        self.project.compose("start", service)
        tell(f"{service} stopped for {OUTAGE} s: the next window was done {self.more(1):.0f} s after its start")

    def fill_the_disk(self) -> None:
        """No byte is free where MLflow keeps its files, while a challenger is trained and registered."""
        filler = self.disk / "filler"
        with filler.open("wb") as file:
            try:
                while True:
                    file.write(bytes(1 << 20))
                    file.flush()
            except OSError:
                pass
        run = self._ask_for_a_training()
        time.sleep(OUTAGE)
        filler.unlink()
        client = self.project.client()

        def the_training_has_ended_well():
            states = {found["dag_run_id"]: found["state"] for found in client.runs("flights__training")}
            return states[run] == "success"

        seconds = wait_for(the_training_has_ended_well, seconds=900)
        tell(f"disk of artifacts full for {OUTAGE} s: the training succeeded {seconds:.0f} s after there was room")

    def _ask_for_a_training(self) -> str:
        body = {"logical_date": None, "conf": {}, "note": "drill"}
        return self.project.client()._call("POST", "/dags/flights__training/dagRuns", json=body)["dag_run_id"]

    def finish(self) -> None:
        """All windows, once each, with the ledger of a run that nobody disturbed."""
        client = self.project.client()
        goal = 2 * len(self.windows)

        def all_windows_are_done():
            return self.done() >= goal and not self.training_under_way()

        wait_for(all_windows_are_done, seconds=1800)
        bad = sum(
            client.count_runs(f"{model}__{purpose}", states=["failed"])
            for model in MODELS
            for purpose in ("monitoring", "training", "promotion")
        )
        tell(f"runs that failed: {bad}", good=not bad)
        for model in MODELS:
            ledger = self.project.answer("history", model)
            windows = [found["window_start"] for found in ledger["decisions"]]
            whole = len(windows) == len(set(windows)) == len(self.windows)
            tell(f"{model}: {len(windows)} decisions for {len(self.windows)} windows, none twice", good=whole)
            alone = self._in_one_process(model)
            tell(f"{model}: the ledger equals that of one process without Airflow", good=ledger == alone)

    def _in_one_process(self, model: str) -> dict:
        home = self.project.folder.with_name("drill-alone")
        env = {name: value for name, value in os.environ.items() if not name.startswith(("LEEWAY_", "MLFLOW_"))}
        env |= {
            "LEEWAY_HOME": str(home),
            "LEEWAY_MODELS": str(self.project.folder / "include" / "models"),
            "COLUMNS": "200",
        }

        def leeway(*arguments: str) -> str:
            command = [sys.executable, "-m", "leeway", *arguments]
            return subprocess.run(
                command, env=env, cwd=REPO / "include", capture_output=True, text=True, check=True
            ).stdout

        if not home.exists():
            leeway("migrate")
            subprocess.run(
                [
                    sys.executable,
                    "-c",
                    f"from pathlib import Path; from leeway.demo.data import prepare; prepare(Path({str(home / 'demo')!r}))",
                ],
                env=env,
                cwd=REPO / "include",
                check=True,
            )
        leeway("run", "all", "--model", model)
        said = leeway("history", model, "--json")
        return json.loads(said[said.index("{") :])

    def verify(self, when: str) -> None:
        """Every hash, and that the champions load."""
        said = self.project.leeway("verify")
        tell(
            f"{when}: leeway verify: {' / '.join(said.split(chr(10)))}".rstrip(" /"),
            good=said.count("all is as it was written") == len(MODELS),
        )

    def look_for_secrets(self) -> None:
        """No value of .env anywhere that it does not belong."""
        secrets = {name: value for name, value in self.project.secrets.items() if len(value) >= 32}
        places = {
            "logs of containers": self.project.compose("logs", "--no-color"),
            "history of the image": subprocess.run(
                ["docker", "history", "--no-trunc", "leeway:local"], capture_output=True, text=True, check=True
            ).stdout,
        }
        for database in ("airflow", "mlflow", "leeway"):
            places[f"database {database}"] = self.project.compose(
                "exec", "-T", "postgres", "pg_dump", "-U", "postgres", "--inserts", database
            )
        for volume in ("airflow-logs", "leeway-home"):
            places[f"volume {volume}"] = self._grep(f"leeway-drill_{volume}", secrets)
        places["artifacts of MLflow"] = self._grep_folder(self.disk, secrets)
        for place, text in places.items():
            found = [name for name, value in secrets.items() if value in text]
            tell(f"secrets in {place}: {', '.join(found) or 'none'}", good=not found)

    def _grep(self, volume: str, secrets: dict[str, str]) -> str:
        where = subprocess.run(
            ["docker", "volume", "inspect", "--format", "{{.Mountpoint}}", volume],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        return self._grep_folder(Path(where), secrets)

    @staticmethod
    def _grep_folder(folder: Path, secrets: dict[str, str]) -> str:
        patterns = "\n".join(secrets.values())
        done = subprocess.run(["grep", "-raohF", patterns, str(folder)], capture_output=True, text=True, check=False)
        return done.stdout

    def back_up_and_restore(self) -> None:
        """Lose every volume but the backup's, and come back."""
        before = {model: self.project.answer("history", model) for model in MODELS}
        self.project.make("backup")
        self.project.compose("--profile", "*", "down", "--volumes")
        for found in self.disk.iterdir():
            shutil.rmtree(found) if found.is_dir() else found.unlink()
        self.project.make("restore")
        after = {model: self.project.answer("history", model) for model in MODELS}
        tell("backup, all volumes removed, restore: the ledgers are the same", good=before == after)
        self.verify("after the restore")


def limited_disk(folder: Path) -> Path:
    """A file system of its own for MLflow's artifacts, so that it can be full."""
    image, mount = folder.with_suffix(".img"), folder
    subprocess.run(["umount", str(mount)], capture_output=True, check=False)
    mount.mkdir(parents=True, exist_ok=True)
    with image.open("wb") as file:
        file.truncate(DISK_MIB << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(image)], check=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(mount)], check=True)
    shutil.rmtree(mount / "lost+found")
    os.chown(mount, 50000, 0)
    return mount


def main() -> int:
    """Run the drill."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "/tmp/leeway-drill").resolve()
    project = Project.cloned(folder / "project")
    disk = limited_disk(folder / "artifacts")
    override = {"volumes": {"mlflow-artifacts": {"driver_opts": {"type": "none", "o": "bind", "device": str(disk)}}}}
    (project.folder / "docker-compose.override.yaml").write_text(json.dumps(override))
    with (project.folder / ".env").open("a") as file:
        file.write("COMPOSE_FILE=docker-compose.yaml:docker-compose.override.yaml\nWORKER_GRACE=30s\n")
    drill = Drill(project, disk)
    drill.bring_up()
    drill.start_windows()
    tell(f"three windows of each model through Celery: {drill.more(6):.0f} s")
    drill.kill_the_worker()
    drill.verify("after the kill")
    drill.restart_the_scheduler()
    drill.take_away("postgres")
    drill.take_away("mlflow")
    drill.finish()
    drill.verify("after all windows")
    drill.fill_the_disk()
    drill.verify("after the full disk")
    unhealthy = project.healthy()
    tell(f"services that are not healthy: {', '.join(unhealthy.values()) or 'none'}", good=not unhealthy)
    drill.look_for_secrets()
    drill.back_up_and_restore()
    project.compose("--profile", "*", "down", "--volumes")
    subprocess.run(["umount", str(disk)], check=False)
    print(f"{len(failed)} findings are not as they have to be", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
