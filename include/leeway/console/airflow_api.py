"""Airflow's public REST API, asked in this process on behalf of the person whose request is being answered.

So Airflow itself checks what the person may do, and writes down their name. The application that is asked is the one
that the console is mounted in, as it runs: no address, no port and no certificate has to be known, and a ``base_url``
with a path of its own changes nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote

import httpx
from fastapi import Depends, HTTPException, Request
from pydantic import BaseModel

from leeway.console.access import credential
from leeway.console.mount import HOST
from leeway.errors import ActionError

_AT_A_TIME: Final = 2
"""Runs of a backfill at a time: enough to overlap as far as the order of windows allows."""
_PASSED_ON: Final = ("referer", "user-agent", "x-request-id")
"""Headers that Airflow writes down, or from which it tells its page from a program."""


class Run(BaseModel):
    """One run of a DAG."""

    dag_id: str
    run_id: str


@dataclass(frozen=True)
class Question:
    """What a run asks a person and nobody has answered yet."""

    run: Run
    task_id: str
    map_index: int

    @property
    def path(self) -> str:
        """Where it is answered."""
        place = f"{_run_path(self.run)}/taskInstances/{quote(self.task_id, safe='')}/{self.map_index}"
        return f"{place}/hitlDetails"


@dataclass(frozen=True)
class BackfillRange:
    """Which runs of a DAG a backfill is about.

    Args:
        dag_id: of the DAG.
        start: of the oldest interval.
        end: start of the newest interval.
        reprocess: ``none``, ``failed`` or ``completed``: which runs that exist already are run again.
    """

    dag_id: str
    start: datetime
    end: datetime
    reprocess: str = "none"

    @property
    def body(self) -> dict[str, Any]:
        """As Airflow spells it."""
        return {
            "dag_id": self.dag_id,
            "from_date": self.start.isoformat(),
            "to_date": self.end.isoformat(),
            "reprocess_behavior": self.reprocess,
            "max_active_runs": _AT_A_TIME,
        }


class AirflowApi:
    """What actions ask of Airflow.

    Every method raises ``HTTPException`` 401 or 403 if Airflow does not let the person, and ActionError ACT010 if it
    knows no such thing or refuses, ACT011 if it fails.

    Args:
        app: Airflow's application.
        headers: of every request: who asks.
        client: address and port of the person, for Airflow's log.
    """

    def __init__(self, app: Any, headers: dict[str, str], client: tuple[str, int]) -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=client)
        root = getattr(app, "root_path", "")
        headers = {**headers, "Accept-Encoding": "identity"}
        self._http = httpx.AsyncClient(transport=transport, base_url=f"http://airflow{root}/api/v2", headers=headers)

    async def start_run(self, dag_id: str, conf: dict[str, Any], *, note: str = "") -> Run:
        """Start a run now."""
        body = {"logical_date": None, "conf": conf, "note": note or None}
        made = await self._call("POST", f"{_dag_path(dag_id)}/dagRuns", json=body)
        return Run(dag_id=dag_id, run_id=made["dag_run_id"])

    async def unfinished(self, dag_id: str) -> list[tuple[Run, dict[str, Any]]]:
        """Runs of a DAG that wait or are at work, each with what it was asked for, the oldest first."""
        asked = {"state": ["queued", "running"], "limit": 100, "order_by": "run_after"}
        found = await self._call("GET", f"{_dag_path(dag_id)}/dagRuns", params=asked)
        return [(Run(dag_id=dag_id, run_id=run["dag_run_id"]), run["conf"] or {}) for run in found["dag_runs"]]

    async def is_paused(self, dag_id: str) -> bool:
        """Whether runs of a DAG have to wait until somebody unpauses it."""
        return bool((await self._call("GET", _dag_path(dag_id)))["is_paused"])

    async def questions(self, dag_id: str) -> list[Question]:
        """What runs of a DAG ask, the oldest first."""
        asked = {"state": "awaiting_input", "response_received": False, "limit": 100, "order_by": "created_at"}
        found = await self._call("GET", f"{_dag_path(dag_id)}/dagRuns/~/hitlDetails", params=asked)
        return [_question(detail["task_instance"]) for detail in found["hitl_details"]]

    async def answer(self, question: Question, option: str, **inputs: Any) -> None:
        """Answer for the person."""
        await self._call("PATCH", question.path, json={"chosen_options": [option], "params_input": inputs})

    async def backfill(self, asked: BackfillRange) -> int:
        """Start a backfill; how many runs it has."""
        runs = len(await self.backfilled(asked))
        await self._call("POST", "/backfills", json=asked.body)
        return runs

    async def backfilled(self, asked: BackfillRange) -> list[datetime]:
        """The starts of the windows that a backfill would run."""
        found = await self._call("POST", "/backfills/dry_run", json=asked.body)
        return [datetime.fromisoformat(run["logical_date"]) for run in found["backfills"]]

    async def is_backfilled(self, dag_id: str) -> bool:
        """Whether a backfill of a DAG is not finished: Airflow allows one at a time."""
        newest = {"dag_id": dag_id, "limit": 1, "order_by": "-id"}
        found = (await self._call("GET", "/backfills", params=newest))["backfills"]
        return any(backfill["completed_at"] is None for backfill in found)

    async def close(self) -> None:
        """Nothing more is asked."""
        await self._http.aclose()

    async def _call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        answer = await self._http.request(method, path, **request)
        if answer.is_success:
            content: dict[str, Any] = answer.json()
            return content
        why = _detail(answer)
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise HTTPException(answer.status_code, why)
        code = "ACT011" if answer.is_server_error else "ACT010"
        raise ActionError(f"Airflow answers {method} {path} with {answer.status_code}: {why}", code=code)


def _dag_path(dag_id: str) -> str:
    return f"/dags/{quote(dag_id, safe='')}"


def _run_path(run: Run) -> str:
    return f"{_dag_path(run.dag_id)}/dagRuns/{quote(run.run_id, safe='')}"


def _question(task: dict[str, Any]) -> Question:
    run = Run(dag_id=task["dag_id"], run_id=task["dag_run_id"])
    return Question(run=run, task_id=task["task_id"], map_index=task["map_index"])


def _detail(answer: httpx.Response) -> str:
    try:
        said = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return answer.text[:200] or answer.reason_phrase
    return said if isinstance(said, str) else "; ".join(str(line.get("msg", line)) for line in said)


async def airflow_api(request: Request) -> AsyncIterator[AirflowApi]:
    """Airflow's API for whoever sent this request."""
    passed = {name: value for name in _PASSED_ON if (value := request.headers.get(name)) is not None}
    client = (request.client.host, request.client.port) if request.client is not None else ("", 0)
    api = AirflowApi(request.scope[HOST], {**passed, "Authorization": credential(request)}, client)
    yield api
    await api.close()


Airflow = Annotated[AirflowApi, Depends(airflow_api)]
"""Airflow's API for the person who asks."""
