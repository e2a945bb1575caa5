"""How quick the console is with a fleet of models: Airflow's own API server, its login, and the embedded PostgreSQL.

Prints for each request the processor time that it takes in the API server and in PostgreSQL, and the time to the first
byte and to the last one, least / median / most of twenty, when everything is warm; before that, what the first request
costs that finds nothing read yet. ``--browser`` opens pages in Chromium too (`benchmarks.page`), and prints
how far each was when.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psutil
from benchmarks.fleet import seed
from benchmarks.page import PAGES, VISITS, Course, chromium, visited

from leeway.services import config
from leeway.services.ports import AIRFLOW_PORT, free
from leeway.services.stack import Stack
from leeway.services.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TRIES, TIMES = 20, 7
CHARTS = "&".join(f"model=model_{number:03}" for number in range(25))
REQUESTS = {
    "overview": "/leeway/api/overview",
    "charts of 25 models": f"/leeway/api/overview/charts?{CHARTS}",
    "overview, page 10": "/leeway/api/overview?page=10",
    "overview, 100 models": "/leeway/api/overview?size=100",
    "sorted by flagged": "/leeway/api/overview?sort=flagged&order=desc",
    "sorted by metric": "/leeway/api/overview?sort=metric",
    "sorted by champion": "/leeway/api/overview?sort=champion",
    "sorted by next run": "/leeway/api/overview?sort=next_run",
    "search, one model": "/leeway/api/overview?search=model_123",
    "search, a team, what is flagged": "/leeway/api/overview?search=team_3&health=flagged",
    "Prometheus": "/leeway/metrics",
    "a model": "/leeway/api/models/model_001",
    "its timeline": "/leeway/api/models/model_001/timeline",
    "its drift map": "/leeway/api/models/model_001/drift",
    "its slices": "/leeway/api/models/model_001/slices",
    "its retrains": "/leeway/api/models/model_001/retrains",
    "its ledger": "/leeway/api/models/model_001/ledger",
}
_REGISTER = """
import sys
from airflow.models.dag import DagModel
from airflow.models.dagbundle import DagBundleModel
from airflow.utils.session import create_session

with create_session() as session:
    session.add(DagBundleModel(name="dags-folder"))
    session.flush()
    for model in sys.argv[1:]:
        for purpose in ("monitoring", "training", "promotion"):
            dag = DagModel(dag_id=f"{model}__{purpose}", bundle_name="dags-folder")
            dag.is_stale, dag.is_paused, dag.fileloc = False, False, "models.py"
            session.add(dag)
"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--windows", type=int, default=365)
    parser.add_argument("--browser", action="store_true", help="also time pages in Chromium")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="lw-", dir="/tmp") as folder,
        _serving(Path(folder), asked) as (stack, pids),
    ):
        client, server, database = _logged_in(stack), pids["api-server"], pids["postgres"]
        _busy()
        _print("first request, nothing read yet", [_timed(client, "/leeway/api/overview")])
        for name, address in REQUESTS.items():
            _timed(client, address)
            before = _worked(server), _worked(database)
            found = [_timed(client, address) for _ in range(TRIES)]
            _print(name, found, [_worked(server) - before[0], _worked(database) - before[1]])
        if asked.browser:
            _visit(stack, client.headers["Authorization"].removeprefix("Bearer "))
        _busy()
        used = sum(process.memory_info().rss for process in _family(server))
        print(f"memory of the API server, its processes added: {used / 2**20:.0f} MiB")


@contextmanager
def _serving(home: Path, asked: argparse.Namespace) -> Iterator[tuple[Stack, dict[str, int]]]:
    """A database with a fleet in it, and Airflow's API server; no scheduler, so that nothing else works."""
    os.environ |= {"LEEWAY_MODELS": str(home / "models"), AIRFLOW_PORT: str(free())}
    stack = Stack(home, Path(__file__).parents[1])
    supervisor = Supervisor(stack.mark, logs=home / "logs", tell=lambda _: None)
    try:
        stack.postgres.prepare()
        stack.airflow.write()
        supervisor.launch(stack._postgres())
        supervisor.wait_until_healthy()
        stack.postgres.create_databases()
        started = time.perf_counter()
        names = seed(stack.catalog_url, home / "models", count=asked.models, windows=asked.windows)
        print(
            f"{len(names)} models, {asked.windows} windows: seeded in {time.perf_counter() - started:.0f} s", flush=True
        )
        python = sys.executable
        supervisor.run(stack.env, migration=(python, "-m", "airflow", "db", "migrate"))
        supervisor.run(stack.env, dags=(python, "-c", _REGISTER, *names))
        supervisor.launch(stack._airflow("api-server", "metadatabase"))
        supervisor.wait_until_healthy(timeout=600)
        yield stack, supervisor.pids()
    finally:
        supervisor.stop()


def _logged_in(stack: Stack) -> httpx.Client:
    """A client with the token of the administrator."""
    client = httpx.Client(base_url=stack.airflow_url, timeout=120, trust_env=False)
    login = {"username": config.ADMIN, "password": stack.airflow.password}
    answer = client.post("/auth/token", json=login).raise_for_status()
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


def _timed(client: httpx.Client, address: str) -> tuple[float, float, int]:
    """Seconds to the first byte of the answer, to its end, and its size in bytes."""
    started = time.perf_counter()
    with client.stream("GET", address) as answer:
        answer.raise_for_status()
        parts = answer.iter_raw()
        size = len(next(parts))
        first = time.perf_counter() - started
        size += sum(len(part) for part in parts)
    return first, time.perf_counter() - started, size


def _visit(stack: Stack, token: str) -> None:
    """Open each page some times, and print when it was how far."""
    with chromium() as browser:
        for name, page in PAGES.items():
            found = [visited(browser, stack.airflow_url, token, page) for _ in range(TIMES)]
            for visit in VISITS:
                times = zip(*(one[visit] for one in found), strict=True)
                steps = (f"{step} {_spread(taken)}" for step, taken in zip(Course._fields, times, strict=True))
                print(f"{name}, {visit}, ms: {', '.join(steps)}", flush=True)


def _family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def _worked(pid: int) -> float:
    """Seconds of processor time of a process and those it has started."""
    return sum(sum(process.cpu_times()[:2]) for process in _family(pid))


def _busy() -> None:
    """Say what else keeps the machine busy: figures of a busy one are not those of another."""
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)


def _print(name: str, found: list[tuple[float, float, int]], worked: Sequence[float] = ()) -> None:
    firsts, totals, sizes = zip(*found, strict=True)
    spent = f"CPU {' + '.join(f'{1000 * seconds / len(found):.0f}' for seconds in worked)} ms, " if worked else ""
    taken = f"first byte {_spread(firsts)} ms, all of {max(sizes) / 1000:.0f} kB {_spread(totals)} ms"
    print(f"{name}: {spent}{taken}", flush=True)


def _spread(seconds: tuple[float, ...]) -> str:
    return " / ".join(f"{1000 * pick(seconds):.0f}" for pick in (min, statistics.median, max))


if __name__ == "__main__":
    main()
