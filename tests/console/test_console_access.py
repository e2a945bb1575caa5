"""Who gets which answer, for every route that the console has, whichever somebody adds later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from console_kit import ON_PURPOSE

import tiny

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = {
    "model": "tiny",
    "key": tiny.day(5).key,
    "column": "amount",
    "name": "models.svg",
    "what": "data_docs",
    "version": "1",
}
"""What stands for a parameter in the path of a route."""
READING = frozenset({"GET", "HEAD"})
ONLY_IF_MADE = frozenset({"/api/models/{model}/documents/{what}/{key}", "/api/models/{model}/backtest/page"})
"""Not every window has such a document."""


class Route(NamedTuple):
    """One way to ask the console."""

    method: str
    path: str

    @property
    def url(self) -> str:
        return self.path.format_map(EXAMPLES)

    def ask(self, client, **request: Any):
        return client.request(self.method, self.url, **request)


def every_route() -> Iterator[Route]:
    from fastapi.routing import APIRoute

    from leeway.console.app import create_app

    for route in create_app().routes:
        assert isinstance(route, APIRoute), f"{route} is no route of FastAPI: the login does not guard it"
        unknown = set(route.param_convertors) - set(EXAMPLES)
        assert not unknown, f"say in EXAMPLES what may stand for {unknown} in {route.path}"
        for method in sorted(route.methods):
            yield Route(method, route.path)


@pytest.fixture(scope="module")
def routes() -> list[Route]:
    found = list(every_route())
    assert len(found) > 3
    return found


def statuses(routes, client, **request):
    return {route: route.ask(client, **request).status_code for route in routes}


def test_nobody_gets_an_answer_without_a_login(routes, served, anonymous):
    assert statuses(routes, anonymous, headers=ON_PURPOSE, json={}) == dict.fromkeys(routes, 401)


def test_a_token_that_airflow_did_not_sign_gets_no_answer(routes, served, anonymous):
    forged = {**ON_PURPOSE, "Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInJvbGUiOiJhZG1pbiJ9."}
    assert set(statuses(routes, anonymous, headers=forged, json={}).values()) <= {401, 403}


def test_the_cookie_of_airflows_page_is_a_login(routes, served, anonymous, tokens):
    about = anonymous.get("/api/me", headers={"Cookie": f"_token={tokens['user']}"})
    assert about.json() == {"name": "user"}


def test_a_viewer_reads_what_an_admin_reads(routes, served, admin, viewer):
    before = served.ws.catalog.last_seq("tiny")
    reading = [route for route in routes if route.method in READING]
    seen = statuses(reading, viewer)
    assert seen == statuses(reading, admin)
    refused = {route: status for route, status in seen.items() if status in (401, 403, 405) or status >= 500}
    assert refused == {}
    missing = {route.path for route, status in seen.items() if status == 404}
    assert missing <= ONLY_IF_MADE
    assert served.ws.catalog.last_seq("tiny") == before, "reading changes nothing"


def test_a_viewer_cannot_change_anything(routes, served, viewer):
    changing = [route for route in routes if route.method not in READING]
    assert statuses(changing, viewer, headers=ON_PURPOSE, json={}) == dict.fromkeys(changing, 403)


def test_what_a_page_of_another_site_can_send_changes_nothing(routes, served, admin):
    changing = [route for route in routes if route.method not in READING]
    assert statuses(changing, admin, json={}) == dict.fromkeys(changing, 403), "without the header that only we send"
    form = statuses(changing, admin, headers=ON_PURPOSE, data={"reason": "a form"})
    assert form == dict.fromkeys(changing, 415)


def test_a_model_that_one_may_not_see_is_told_like_one_that_is_not_there(routes, served, stranger):
    about_models = [route for route in routes if "{model}" in route.path]
    assert about_models
    for route in about_models:
        hidden = route.ask(stranger, headers=ON_PURPOSE, json={})
        absent = stranger.request(route.method, route.url.replace("tiny", "none", 1), headers=ON_PURPOSE, json={})
        assert (hidden.status_code, absent.status_code) == (404, 404), route
        assert hidden.text.replace("tiny", "none") == absent.text


def test_a_model_that_is_not_there_is_not_found(served, admin):
    answer = admin.get("/api/models/tony")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "SPEC007")


def test_a_name_that_no_model_can_have_is_refused(served, admin):
    assert admin.get("/api/models/..%2F..%2Fetc").status_code in (404, 422)
    assert admin.get("/api/models/a-b").status_code == 422


def test_the_apis_description_tells_every_route_but_the_files(routes, served, admin):
    described = admin.get("/api/openapi.json").json()["paths"]
    assert {route.path for route in routes} - set(described) == {"/static/{name}"}
