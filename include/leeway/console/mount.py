"""What Airflow's plugin needs to know of the console: cheap to import, for every task process imports it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

PREFIX: Final = "/leeway"
"""Where the API and the page's files are, below Airflow's own address."""
HOST: Final = "leeway.host"
"""Under this name a request knows the application that the console is mounted in: Airflow's, as it runs."""


class LazyApp:
    """The console's ASGI application, imported when it is asked something for the first time.

    FastAPI and what the console reads with cost about a CPU second to import, and no task needs them.
    """

    def __init__(self) -> None:
        self._app: Any = None

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        if self._app is None:
            self._app = import_module("leeway.console.app").create_app()
        await self._app({**scope, HOST: scope.get("app")}, receive, send)


def static(name: str) -> str:
    """Address of one of the page's files, relative to Airflow's own address, which may have a path."""
    return f"{PREFIX.removeprefix('/')}/static/{name}"


def bundle(place: str) -> str:
    """Address of the page's code for one place in Airflow.

    Airflow takes what the file leaves behind when it runs, and a browser runs the file of an address once: so each
    place has an address of its own.
    """
    return static(f"console.js?place={place}")
