"""A copy of the project, its containers, and what a drill does to them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from leeway.errors import ServiceError
from leeway.services.airflow_client import AirflowClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPO = Path(__file__).parents[2]
PORTS = {"AIRFLOW_PORT": "18080", "MLFLOW_PORT": "15000"}
IMAGES = {
    "BASE_IMAGE": "standin/python:3.11",
    "POSTGRES_IMAGE": "standin/postgres:15",
    "REDIS_IMAGE": "standin/redis:7",
    "TORCH_INDEX_URL": "",
}
OVERRIDE = "docker-compose.override.yaml"
OBJECT_STORE = {
    "COMPOSE_FILE": f"docker-compose.yaml:docker-compose.s3.yaml:{OVERRIDE}",
    "COMPOSE_PROFILES": "objectstore",
    "S3_IMAGE": "standin/objectstore",
}
NAME = "leeway-drill"
_WELL = re.compile(r"\(healthy\)|Exited \(0\)|Up [^(]*$")
"""What the engine says of a service that is healthy, has done its work, or runs without a health check."""
LAST_DAY = "2013-05-06"
"""The drill's year ends here: 18 weeks, with the first trainings and a few retrains in them."""


class Client(AirflowClient):
    """Airflow's REST API, with what only a drill asks of it."""

    def waits_for_another_try(self) -> bool:
        """Whether a task has failed and will be tried again."""
        return bool(self._pages("/dags/~/dagRuns/~/taskInstances", "task_instances", state=["up_for_retry"]))


@dataclass
class Project:
    """The project in a folder of its own, as a user would have cloned it."""

    folder: Path
    env: dict[str, str] = field(default_factory=lambda: os.environ | {"COMPOSE_PROJECT_NAME": NAME})

    @classmethod
    def cloned(cls, folder: Path, artifacts: Path, *, object_store: bool = False) -> Project:
        """Clone what is committed, shorten the year of its models, put MLflow's artifacts into a folder of the host.

        Args:
            folder: of the clone, made anew.
            artifacts: that folder; of the object store, if there is one.
            object_store: whether the store and the artifacts are on one.
        """
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["git", "clone", "--quiet", str(REPO), str(folder)], check=True)
        for file in (folder / "include" / "models").glob("*.yaml"):
            file.write_text(file.read_text().replace("end: 2014-01-01", f"end: {LAST_DAY}"))
        ours = PORTS | IMAGES | {"WORKER_GRACE": "30s"} | (OBJECT_STORE if object_store else {})
        (folder / ".env").write_text("".join(f"{name}={os.environ.get(name, value)}\n" for name, value in ours.items()))
        subprocess.run(["sh", "docker/secrets.sh"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        mounted = {"type": "none", "o": "bind", "device": str(artifacts)}
        volume = "objectstore-data" if object_store else "mlflow-artifacts"
        (folder / OVERRIDE).write_text(json.dumps({"volumes": {volume: {"driver_opts": mounted}}}))
        project = cls(folder)
        project.commit("A shorter year")
        return project

    @property
    def settings(self) -> dict[str, str]:
        """What .env holds, secrets among it."""
        lines = (self.folder / ".env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    @property
    def airflow(self) -> str:
        """Where Airflow is."""
        return f"http://127.0.0.1:{self.settings['AIRFLOW_PORT']}"

    @property
    def mlflow(self) -> str:
        """Where MLflow is."""
        return f"http://127.0.0.1:{self.settings['MLFLOW_PORT']}"

    def client(self) -> Client:
        """Airflow's REST API as its administrator."""
        return Client(self.airflow, user="admin", password=self.settings["AIRFLOW_ADMIN_PASSWORD"])

    def build(self) -> int:
        """Build the image; with DRILL_CA, by a builder that trusts those certificates too. Its size in bytes."""
        command = ["docker", "buildx", "build", "--quiet", "--load", "--tag", "leeway:local"]
        command += ["--build-arg", f"BASE_IMAGE={self.settings['BASE_IMAGE']}"]
        command += ["--build-arg", f"TORCH_INDEX_URL={self.settings['TORCH_INDEX_URL']}"]
        if os.environ.get("DRILL_CA"):
            command += ["--secret", f"id=ca,src={os.environ['DRILL_CA']}"]
        for wheel in (REPO / "docker" / "wheels").glob("*.whl"):
            shutil.copy(wheel, self.folder / "docker" / "wheels")
        self._run(*command, ".")
        return int(self._run("docker", "image", "inspect", "--format", "{{.Size}}", "leeway:local"))

    def make(self, *arguments: str) -> str:
        """Run make; what it said."""
        return self._run("make", "--no-print-directory", *arguments)

    def tried(self, *command: str) -> tuple[int, str]:
        """Run a command that may fail: how it ended, and all that it said."""
        done = self._done(*command)
        return done.returncode, done.stdout + done.stderr

    @contextmanager
    def started(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """A command in a group of its own, which a signal reaches as Ctrl-C would; waited for at the end."""
        with (self.folder / "started.log").open("wb") as log:
            begun = subprocess.Popen(
                command, cwd=self.folder, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        yield begun
        begun.wait()

    def git(self, *arguments: str) -> None:
        """Run git in the clone."""
        self._run("git", "-c", "user.name=drill", "-c", "user.email=drill@localhost", *arguments)

    def commit(self, message: str) -> None:
        """Commit everything that was changed."""
        self.git("add", "--all", "include")
        self.git("commit", "--quiet", "--message", message)

    def backups(self) -> list[str]:
        """The names of all complete ones."""
        return [folder.name for folder in (self.folder / "backups").glob("leeway-*Z")]

    def compose(self, *arguments: str) -> str:
        """Run docker compose; what it said."""
        return self._run("docker", "compose", *arguments)

    def leeway(self, *arguments: str) -> str:
        """Run a command of leeway in a container, with a worker's rights."""
        return self.compose("run", "--rm", "-T", "leeway", *arguments)

    def answer(self, *arguments: str) -> dict:
        """What a command of leeway says as JSON."""
        said = self.leeway(*arguments, "--json")
        return json.loads(said[said.index("{") :])

    def volume(self, name: str) -> Path:
        """Where a volume is on this machine."""
        where = self._run("docker", "volume", "inspect", "--format", "{{.Mountpoint}}", f"{NAME}_{name}")
        return Path(where.strip())

    def container(self, service: str) -> str:
        """Id of a service's container."""
        return self.compose("ps", "--quiet", service).split()[0]

    def kill(self, service: str) -> None:
        """SIGKILL to all processes of a service, as a failing machine would: no one tells the engine of it."""
        pid = self._run("docker", "inspect", "--format", "{{.State.Pid}}", self.container(service))
        os.kill(int(pid), signal.SIGKILL)

    def ill(self) -> list[str]:
        """Each service that is not healthy, and how it is instead."""
        lines = self.compose("ps", "--all", "--format", "{{.Service}} {{.Status}}").splitlines()
        return [line for line in lines if not _WELL.search(line)]

    def remove(self) -> None:
        """Remove the containers and all their volumes."""
        self.compose("--profile", "*", "down", "--volumes", "--timeout", "20")

    def memory(self) -> dict[str, float]:
        """MiB that each of the running containers uses."""
        lines = self._run("docker", "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}").splitlines()
        found = {}
        for line in lines:
            name, amount = line.split()[:2]
            if not name.startswith(NAME):
                continue
            number, unit = re.fullmatch(r"([\d.]+)(\w+)", amount).groups()
            found[name] = float(number) * {"KiB": 1 / 1024, "MiB": 1, "GiB": 1024}[unit]
        return found

    def _run(self, *command: str) -> str:
        done = self._done(*command)
        if done.returncode:
            raise SystemExit(f"{' '.join(command[:6])} ... failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout

    def _done(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True, check=False)


def patiently(ask: Callable[[], int], *, seconds: float = 300) -> int:
    """What Airflow answers, once it does. Without its database it calls a right password wrong."""
    given_up = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except ServiceError:
            if time.monotonic() > given_up:
                raise
        time.sleep(2)


def wait_for(what: Callable[[], bool], *, seconds: float, every: float = 2.0) -> float:
    """Wait until something holds, which it does not while Airflow cannot be asked: seconds that it took."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        with suppress(ServiceError):
            if what():
                return time.monotonic() - began
        time.sleep(every)
    raise SystemExit(f"not within {seconds:.0f} s: {what.__name__.replace('_', ' ')}")
