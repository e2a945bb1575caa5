"""Finding and ending the processes of a stack, also those that left their process group.

Airflow gives every task a process group of its own, so that ending a component's group is not enough. Every process of
a stack therefore carries a mark in its environment, which all its descendants inherit; unlike a recorded process id, it
cannot come to mean a stranger. While a home's lock is held, a marked process its holder did not start is an orphan.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psutil

MARK: Final = "LEEWAY_STACK"
"""Environment variable ``<stack>/<component>`` of every process of a stack."""


def marked(stack: str, component: str | None = None) -> list[psutil.Process]:
    """All living processes of a stack, or of one of its components."""
    import psutil

    wanted = f"{stack}/{component}" if component else f"{stack}/"
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            mark = process.environ().get(MARK, "")
            alive = process.status() != psutil.STATUS_ZOMBIE
            if alive and (mark == wanted if component else mark.startswith(wanted)):
                found.append(process)
    return found


def end(processes: Iterable[psutil.Process], *, grace: float = 0.0) -> None:
    """Ask processes to end, wait up to ``grace`` seconds, then end them by force; 0 does not ask."""
    import psutil

    alive = list(processes)
    if grace:
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        _, alive = psutil.wait_procs(alive, timeout=grace)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=5.0)


def end_all(stack: str, component: str | None = None, *, grace: float = 0.0) -> int:
    """End every process of a stack or component, also those born meanwhile.

    Returns:
        How many there were.
    """
    count = 0
    for _ in range(5):  # a process may fork while its relatives are ended
        left = marked(stack, component)
        if not left:
            break
        count += len(left)
        end(left, grace=grace)
    return count
