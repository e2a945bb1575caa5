"""``doctor``: everything that leeway needs to work, tried one by one; what is wrong comes with its fix."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from leeway.cli import access, local
from leeway.cli.options import Json
from leeway.cli.output import coloured, give, table
from leeway.errors import LeewayError, ServiceError, SpecError, TrackingError
from leeway.facts.plain import Facts
from leeway.settings import AIRFLOW_URL, TRAINING_POOL, TRAINING_POOL_IS_FOR, TRAINING_SLOTS

if TYPE_CHECKING:
    from rich.console import RenderableType

    from leeway.settings import Settings

LEAST_FREE: Final = 1 << 30
"""Bytes that have to be free where the local state is: a training writes data, models and logs."""
MAKE_POOL: Final = f'airflow pools set {TRAINING_POOL} {TRAINING_SLOTS} "{TRAINING_POOL_IS_FOR}"'


def doctor(as_json: Json = False) -> None:
    """Try everything that leeway needs; say what is wrong and how to mend it."""
    where = access.deployment()
    findings = [_tried(name, check, where) for name, check in CHECKS.items()]
    give({"checks": findings}, _show, as_json=as_json)
    if not all(finding["ok"] for finding in findings):
        raise typer.Exit(1)


def _tried(name: str, check: Callable[["Settings"], str], where: "Settings") -> Facts:
    """One check: what it found, or what is wrong and the fix."""
    try:
        return {"check": name, "ok": True, "code": "", "message": check(where), "do": ""}
    except LeewayError as error:
        return {"check": name, "ok": False, "code": error.code, "message": error.what, "do": error.do}


def _models(_: "Settings") -> str:
    from leeway.cli.models import checked

    good, problems = checked(access.models_folder())
    if problems:
        what = f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in the model files"
        raise SpecError(what, code=problems[0].code, do="leeway check")
    return f"{len(good)} good: {', '.join(good)}"


def _catalog(where: "Settings") -> str:
    from leeway.catalog import Catalog

    try:
        Catalog(where.catalog).check()
    except LeewayError as error:
        if error.code == "CAT002":
            error.do = "leeway migrate"
        raise
    return "reachable and migrated"


def _store(where: "Settings") -> str:
    from leeway.store import Store

    Store(where.store).check()
    return "writable"


def _mlflow(where: "Settings") -> str:
    from leeway.tracking import Tracking

    if where.mlflow.startswith("sqlite:///") and not Path(where.mlflow.removeprefix("sqlite:///")).exists():
        raise TrackingError("MLflow's database does not exist", code="MLF002", do="leeway migrate")
    tracking = Tracking(where.mlflow)
    if where.mlflow.startswith("http"):
        tracking.prepare()  # of a server this only asks for its health
    tracking.alias("leeway_doctor", "champion")
    return "answers"


def _airflow(where: "Settings") -> str:
    from leeway.services.airflow_client import AirflowClient

    stack = local.running(where.home)
    url = os.environ.get(AIRFLOW_URL) or (stack.airflow if stack is not None else None)
    if url is None:
        return f"not looked for: no local stack runs, and {AIRFLOW_URL} is not set"
    with closing(AirflowClient(url, user="", password="")) as client:  # health needs no login
        health = client.health()
    ill = {name: state for name, state in health.items() if state != "healthy"}
    if ill:
        what = ", ".join(f"{name} is {state}" for name, state in ill.items())
        raise ServiceError(f"{url}: {what}", code="SVC060", do="Start it (leeway up), or look into its log.")
    return f"{url}: {', '.join(health)} are healthy"


def _pool(where: "Settings") -> str:
    """Airflow never starts a task whose pool does not exist: without this one no training ever begins."""
    from leeway.services.airflow_client import AirflowClient

    url = _url(where)
    if url is None:
        return f"not checked: there is no login for this Airflow. It needs it too: {MAKE_POOL}"
    with closing(AirflowClient(url, user="", password="")) as client:
        if client.health()["metadatabase"] != "healthy":
            return "not checked: Airflow does not answer"
    user, password = _login(where)
    with closing(AirflowClient(url, user=user, password=password)) as client:
        slots = client.pools().get(TRAINING_POOL, 0)
    if slots == 0:
        raise ServiceError(
            f"Airflow has no pool {TRAINING_POOL} with free slots: no training would ever start",
            code="SVC061",
            do=MAKE_POOL,
        )
    return f"{TRAINING_POOL} has {slots} slots"


def _url(where: "Settings") -> str | None:
    """The Airflow that we may log in to: the local stack's, or one that the environment names with a password."""
    from leeway.services.elsewhere import PASSWORD

    stack = local.running(where.home)
    named = os.environ.get(AIRFLOW_URL)
    if stack is not None and named in (None, stack.airflow):
        return stack.airflow
    return named if os.environ.get(PASSWORD) else None


def _login(where: "Settings") -> tuple[str, str]:
    """User and password of that Airflow."""
    from leeway.services import config
    from leeway.services.elsewhere import PASSWORD, Elsewhere

    if os.environ.get(PASSWORD):
        named = Elsewhere.named(os.environ, home=where.home, mlflow_url=where.mlflow)
        return named.user, named.password
    return config.ADMIN, config.admin_password(where.home.resolve())


def _disk(where: "Settings") -> str:
    home = where.home.resolve()
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free < LEAST_FREE:
        raise LeewayError(
            f"only {free / 1e9:.1f} GB are free in {there}", code="LWY022", do="Make room, or set another LEEWAY_HOME."
        )
    return f"{free / 1e9:.0f} GB are free in {there}"


CHECKS: Final[dict[str, Callable[["Settings"], str]]] = {
    "models": _models,
    "catalog": _catalog,
    "store": _store,
    "mlflow": _mlflow,
    "airflow": _airflow,
    "pool": _pool,
    "disk": _disk,
}


def _show(facts: Facts) -> Iterator["RenderableType"]:
    rows = [
        (
            "ok" if found["ok"] else coloured("failed"),
            found["check"],
            found["message"] + (f" [{found['code']}]" if found["code"] else ""),
            found["do"],
        )
        for found in facts["checks"]
    ]
    yield table("", "check", "found", "what to do", rows=rows)
