"""Asks every route that a published service has, as somebody without a login."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from project import Project

CLOSED: Final = {401, 403}
_AIRFLOW_ROUTES: Final = """
import json, os
from airflow.api_fastapi.app import create_app
from leeway.console.app import create_app as console

def of_flask(app):
    while not hasattr(app, "url_map"):
        app = app.app
    for rule in app.url_map.iter_rules():
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            yield method, rule.rule.replace("<", "{").replace(">", "}")

def of(app, prefix=""):
    for route in app.routes:
        path = prefix + route.path
        inner = getattr(route, "app", None)
        if hasattr(route, "methods") and route.methods:
            yield from ((method, path) for method in route.methods - {"OPTIONS", "HEAD"})
        elif hasattr(inner, "routes"):
            yield from of(inner, path)
        elif hasattr(inner, "app"):
            yield from ((method, path + inside) for method, inside in of_flask(inner))
        elif path == "/leeway":
            yield from of(console(), path)
        else:
            yield "GET", path + "/x"

print("ROUTES" + json.dumps(sorted(set(of(create_app())))), flush=True)
os._exit(0)  # threads of the application, which never ran, would end it noisily
"""
_MLFLOW_ROUTES: Final = """
import json, os
from mlflow.server import app
from mlflow.server.fastapi_app import app as fast
found = {(method, rule.rule.replace("<", "{").replace(">", "}")) for rule in app.url_map.iter_rules()
         for method in rule.methods - {"OPTIONS", "HEAD"}}
found |= {(method, route.path) for route in fast.routes
          for method in set(getattr(route, "methods", None) or ()) - {"OPTIONS", "HEAD"}}
print("ROUTES" + json.dumps(sorted(found)), flush=True)
os._exit(0)
"""
OPEN_BY_DESIGN: Final = {
    "airflow-apiserver": re.compile(
        r"/api/v2/(version|monitor/health)$"  # for health checks: no data
        r"|/auth/(login|token|token/cli|logout|api/v1/security/login)/?$|/auth/?$|/api/v2/auth/(login|logout)$"
        r"|(/auth|/execution)?/(static|docs|redoc|openapi|changelog|favicon)|/auth/static|/health$|/leeway/static"
        r"|/\{rest_of_path"  # the page's one file of HTML, without data
    ),
    "mlflow": re.compile(r"/health$|/(ajax-)?api/3\.0/mlflow/server-info$|/static-files"),
}
"""Health, the login itself, and files of the page without data."""


@dataclass
class Exposure:
    """How a service answered strangers."""

    closed: int = 0
    known: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)


def open_routes(project: Project) -> dict[str, Exposure]:
    """Ask every route of every published service."""
    return {
        "airflow-apiserver": _asked(project, "airflow-apiserver", _AIRFLOW_ROUTES, project.airflow),
        "mlflow": _asked(project, "mlflow", _MLFLOW_ROUTES, project.mlflow),
    }


def _asked(project: Project, service: str, listing: str, url: str) -> Exposure:
    said = project.compose("exec", "-T", service, "python", "-c", listing)
    found = Exposure()
    with httpx.Client(base_url=url, timeout=60, trust_env=False, follow_redirects=False) as stranger:
        for method, path in json.loads(said[said.index("ROUTES") + 6 :]):
            answer = stranger.request(method, re.sub(r"\{[^}]*\}", "1", path), headers={"X-Leeway": "1"})
            if OPEN_BY_DESIGN[service].match(path):
                found.known.append(path)
            elif _turned_away(answer):
                found.closed += 1
            else:
                found.unexpected.append(f"{method} {path} ({answer.status_code})")
    return found


def _turned_away(answer: httpx.Response) -> bool:
    """Whether a stranger got nothing: refused, sent to the login, nothing there, or a form without the page's token."""
    if answer.is_redirect or answer.status_code in {*CLOSED, httpx.codes.NOT_FOUND}:
        return True
    return answer.status_code == httpx.codes.BAD_REQUEST and "CSRF" in answer.text
