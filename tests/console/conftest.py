"""The console as people reach it: Airflow's own API server over a real socket, with real logins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from console_kit import Served

import histories
from airflow_home import USERS, set_password

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import tiny
    from airflow_runs import Airflow


@pytest.fixture(scope="session")
def tokens(api: str) -> dict[str, str]:
    """A token for each user, got by logging in."""
    found = {}
    for name in USERS:
        set_password(name, f"password of {name}")
        login = httpx.post(f"{api}/auth/token", json={"username": name, "password": f"password of {name}"})
        found[name] = login.raise_for_status().json()["access_token"]
    return found


@pytest.fixture(scope="session")
def console(api: str, tokens: dict[str, str]) -> Iterator[Callable[[str | None], httpx.Client]]:
    """Clients of the console: of a user with a token, or of nobody; addresses begin at ``/leeway``."""
    clients: dict[str | None, httpx.Client] = {}

    def client(user: str | None) -> httpx.Client:
        if user not in clients:
            login = {"Authorization": f"Bearer {tokens[user]}"} if user is not None else {}
            clients[user] = httpx.Client(base_url=f"{api}/leeway", headers=login, trust_env=False, timeout=30)
        return clients[user]

    yield client
    for each in clients.values():
        each.close()


@pytest.fixture
def admin(console: Callable[[str | None], httpx.Client]) -> httpx.Client:
    """May do everything."""
    return console("admin")


@pytest.fixture
def user(console: Callable[[str | None], httpx.Client]) -> httpx.Client:
    """May start runs."""
    return console("user")


@pytest.fixture
def viewer(console: Callable[[str | None], httpx.Client]) -> httpx.Client:
    """May only look."""
    return console("viewer")


@pytest.fixture
def anonymous(console: Callable[[str | None], httpx.Client]) -> httpx.Client:
    """Has not logged in."""
    return console(None)


@pytest.fixture
def serve(
    at_home: Callable[[tiny.Project], tiny.Project],
    airflow: Callable[[tiny.Project], Airflow],
    api: str,
) -> Iterator[Callable[[tiny.Project], Served]]:
    """Let the console and Airflow answer for a project."""

    from leeway.console import models  # brings FastAPI and Airflow, which tests of other folders do without

    def start(project: tiny.Project) -> Served:
        at_home(project)
        models.workspace.cache_clear()
        return Served(project, airflow(project), project.workspace())

    yield start
    models.workspace.cache_clear()


@pytest.fixture
def served(serve: Callable[[tiny.Project], Served], tmp_path) -> Served:
    """The model ``tiny`` with a champion and `histories.GROWN` decided windows."""
    return serve(histories.copied(histories.grown(), tmp_path))


@pytest.fixture
def stranger(api: str, served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """May start runs, but is of another team than the DAGs are."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from airflow.models.dag import clear_team_name_cache
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.team import Team
    from airflow.utils.session import create_session

    monkeypatch.setenv("AIRFLOW__CORE__MULTI_TEAM", "True")
    with create_session() as session:
        session.get(DagBundleModel, served.airflow.bundle).teams = [Team(name="ours")]
    clear_team_name_cache()
    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="eve", role="user", teams=["theirs"]))
    with httpx.Client(
        base_url=f"{api}/leeway", headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=30
    ) as client:
        yield client
    with create_session() as session:
        session.get(DagBundleModel, served.airflow.bundle).teams = []
        session.delete(session.get(Team, "ours"))
    clear_team_name_cache()
