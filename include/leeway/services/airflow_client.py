"""A small client of Airflow's REST API: what a demo, a doctor and a test need, with messages for people."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx

from leeway.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_TRIES: Final = 4
_TIMEOUT: Final = 30.0
_HEALTH_TIMEOUT: Final = 5.0
_BACKFILL_TIMEOUT: Final = 300.0
"""Airflow makes all runs of a backfill before it answers, and must not be asked twice."""
COMPONENTS: Final = ("metadatabase", "scheduler", "triggerer", "dag_processor")
"""What Airflow's health answer speaks of. Any of them may be dead while the page still opens."""


class AirflowClient:
    """Talks to one Airflow as one user.

    Args:
        url: where Airflow's user interface is.
        user: name of a user.
        password: that user's password.
    """

    def __init__(self, url: str, *, user: str, password: str) -> None:
        self.url = url
        self._login = {"username": user, "password": password}
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT, trust_env=False)

    def health(self) -> dict[str, str]:
        """State of each of `COMPONENTS`: ``healthy`` or not; ``unreachable`` for all if Airflow does not answer."""
        try:
            answer = self._http.get("/api/v2/monitor/health", timeout=_HEALTH_TIMEOUT)
            found = answer.json() if answer.status_code == httpx.codes.OK else {}
        except (httpx.HTTPError, ValueError):
            found = {}
        return {name: (found.get(name) or {}).get("status") or "unreachable" for name in COMPONENTS}

    def dags(self) -> tuple[str, ...]:
        """Ids of all DAGs, sorted."""
        return tuple(sorted(dag["dag_id"] for dag in self._pages("/dags", "dags")))

    def import_errors(self) -> dict[str, str]:
        """File and what is wrong with it, for every DAG file that cannot be read."""
        return {error["filename"]: error["stack_trace"] for error in self._pages("/importErrors", "import_errors")}

    def unpause(self, dag_id: str, *, paused: bool = False) -> None:
        """Let a DAG run, or stop it from starting new runs."""
        self._call("PATCH", f"/dags/{quote(dag_id)}", json={"is_paused": paused})

    def create_backfill(
        self,
        dag_id: str,
        *,
        start: datetime,
        end: datetime,
        max_active_runs: int = 1,
        reprocess: str = "none",
    ) -> int:
        """Start a backfill of the runs whose logical date lies between ``start`` and ``end``, both inclusive.

        Args:
            dag_id: a DAG that runs by a clock and has no other active backfill.
            start: of the oldest run's interval.
            end: of the newest run's interval (its start).
            max_active_runs: 1 runs one after another, oldest first.
            reprocess: ``none``, ``failed`` or ``completed``: which runs that exist already are run again.

        Returns:
            The backfill's id.
        """
        body = {
            "dag_id": dag_id,
            "from_date": start.isoformat(),
            "to_date": end.isoformat(),
            "max_active_runs": max_active_runs,
            "reprocess_behavior": reprocess,
        }
        return int(self._call("POST", "/backfills", json=body, timeout=_BACKFILL_TIMEOUT)["id"])

    def pools(self) -> dict[str, int]:
        """Name and slots of every pool; -1 slots are without limit."""
        return {pool["name"]: pool["slots"] for pool in self._pages("/pools", "pools")}

    def ensure_pool(self, name: str, *, slots: int, description: str = "") -> None:
        """Make a pool, unless there is one of that name."""
        if name not in self.pools():
            self._call("POST", "/pools", json={"name": name, "slots": slots, "description": description})

    def backfills(self, dag_id: str) -> list[dict[str, Any]]:
        """All backfills of a DAG. ``completed_at`` is set about 30 s after the last run has ended."""
        return self._pages("/backfills", "backfills", dag_id=dag_id)

    def runs(self, dag_id: str, *, states: Iterable[str] = ()) -> list[dict[str, Any]]:
        """Runs of a DAG, the earliest interval first."""
        return self._pages(f"/dags/{quote(dag_id)}/dagRuns", "dag_runs", order_by="run_after", state=list(states))

    def count_runs(self, dag_id: str, *, states: Iterable[str] = ()) -> int:
        """How many runs a DAG has, in any of ``states``."""
        page = self._call("GET", f"/dags/{quote(dag_id)}/dagRuns", params={"limit": 1, "state": list(states)})
        return int(page["total_entries"])

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _pages(self, path: str, key: str, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self._call("GET", path, params={**params, "limit": 100, "offset": len(found)})
            found += page[key]
            if not page[key] or len(found) >= page["total_entries"]:
                return found

    def _call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Send a request with a valid token.

        Raises:
            ServiceError: SVC040 if Airflow cannot be reached, SVC041 if it refuses.
        """
        answer = self._send(method, f"/api/v2{path}", **request)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            login = self._send("POST", "/auth/token", json=self._login)
            self._raise_if_refused(login)
            self._http.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
            answer = self._send(method, f"/api/v2{path}", **request)
        self._raise_if_refused(answer)
        content: dict[str, Any] = answer.json()
        return content

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request; try again while Airflow is starting, and after answers that ask for it.

        A request that may already have been carried out is sent again only if repeating it is harmless.
        """
        repeatable = (httpx.TransportError,) if method != "POST" else (httpx.ConnectError, httpx.ConnectTimeout)
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(2.0**attempt / 4)
            try:
                answer = self._http.request(method, path, **request)
            except repeatable as error:
                problem = str(error) or type(error).__name__
                continue
            except httpx.TransportError as error:
                problem = str(error) or type(error).__name__
                break
            if answer.status_code not in {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}:
                return answer
            problem = f"it answers {answer.status_code}"
        raise ServiceError(
            f"Airflow at {self.url} cannot be reached: {problem}", code="SVC040", do="Is `leeway up` running?"
        )

    @staticmethod
    def _raise_if_refused(answer: httpx.Response) -> None:
        if answer.is_success:
            return
        try:
            detail = answer.json().get("detail")
        except ValueError:
            detail = answer.text[:200]
        raise ServiceError(
            f"Airflow refuses {answer.request.method} {answer.request.url.path} ({answer.status_code}): {detail}",
            code="SVC041",
        )
