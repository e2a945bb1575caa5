"""Starting components in order, watching them, starting again what dies, and stopping them without a rest."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from signal import SIGTERM, Signals
from typing import TYPE_CHECKING, Final

from leeway.errors import ServiceError
from leeway.services import leash, processes

if TYPE_CHECKING:
    from pathlib import Path

_POLL: Final = 0.2  # seconds between looks at a starting component
_WATCH: Final = 0.5  # seconds between looks at a running one
_HEALTH_EVERY: Final = 10.0
_UNHEALTHY_FOR: Final = 90.0  # seconds without a healthy answer after which a living component is started again
_PATIENCE: Final = 240.0  # seconds a component has to become healthy at first
_RESTARTS: Final = 6
_RESTARTS_WITHIN: Final = 300.0
_TAIL: Final = 15  # lines of a log that an error shows

Tell = Callable[[str], None]
"""Takes a sentence for a person about what the stack is doing."""


@dataclass(frozen=True)
class Component:
    """One program of the stack.

    Args:
        name: also the name of its log file.
        command: program and arguments.
        env: its whole environment.
        healthy: whether it does its work. Must return within a few seconds and not raise.
        stop: the signal that ends it in good order.
        grace: seconds it has for that before it is ended by force.
        account: user and group to run as; only root can choose another one.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]
    healthy: Callable[[], bool]
    stop: Signals = SIGTERM
    grace: float = 5.0
    account: tuple[int, int] | None = None


@dataclass
class _Child:
    component: Component
    process: subprocess.Popen[bytes]
    give_up_at: float = field(default_factory=lambda: time.monotonic() + _PATIENCE)
    restarts: deque[float] = field(default_factory=deque)
    watched: bool = False  # once it was healthy: what fails before that fails the start


class Supervisor:
    """Parent of all components.

    Children are started by two threads only, the caller's and the watcher; both live until the children are stopped.
    Linux sends the death signal of `leash` when the *thread* that started a child ends.

    Args:
        stack: name under which this home's processes are marked.
        logs: folder of ``<component>.log``.
        tell: hears of restarts and of stopping.
    """

    def __init__(self, stack: str, *, logs: Path, tell: Tell) -> None:
        self._stack = stack
        self._logs = logs
        self._tell = tell
        self._groups: list[list[_Child]] = []
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="leeway-supervisor", daemon=True)
        self.failure: ServiceError | None = None

    def launch(self, *components: Component) -> None:
        """Start components side by side, as a group that is later stopped as one, and do not wait."""
        self._groups.append([_Child(component, self._spawn(component)) for component in components])

    def wait_until_healthy(self, *, timeout: float = 120.0) -> None:
        """Wait for everything launched so far, then keep watch.

        Raises:
            ServiceError: SVC030 if a component ends or is not healthy in time. What was started runs on until `stop`.
        """
        deadline = time.monotonic() + timeout
        for child in self._children():
            while not child.component.healthy():
                self._check_starting(child, late=time.monotonic() > deadline)
                time.sleep(_POLL)
            child.give_up_at = time.monotonic() + _UNHEALTHY_FOR
            child.watched = True
        if not self._watcher.is_alive():
            self._watcher.start()

    def run(self, env: Mapping[str, str], *, timeout: float = 300.0, **commands: tuple[str, ...]) -> None:
        """Run named programs side by side to their end, such as migrations.

        Raises:
            ServiceError: SVC032 if one fails, or has not ended after ``timeout`` seconds.
        """
        jobs = {name: self._spawn(Component(name, line, env, healthy=bool)) for name, line in commands.items()}
        deadline = time.monotonic() + timeout
        try:
            for name, job in jobs.items():
                code = job.wait(max(0.0, deadline - time.monotonic()))
                if code:
                    raise self._error(f"{name} ended with code {code}", name, code="SVC032")
        except subprocess.TimeoutExpired:
            raise self._error(f"{name} did not end within {timeout:.0f} s", name, code="SVC032") from None
        finally:
            for name, job in jobs.items():
                processes.end_all(self._stack, name)
                job.wait()

    def pids(self) -> dict[str, int]:
        """Process id of each component."""
        with self._lock:
            return {child.component.name: child.process.pid for child in self._children()}

    def stop(self, *, at_once: bool = False) -> None:
        """Stop everything, last started first; by force what outlasts its grace period, or everything ``at_once``."""
        self._stopping.set()
        with self._lock:  # the watcher is not starting anything now, and will not
            for group in reversed(self._groups):
                self._stop_group(group, at_once=at_once)
            self._groups.clear()
        if self._watcher.is_alive():
            self._watcher.join()
        processes.end_all(self._stack)

    def _children(self) -> list[_Child]:
        return [child for group in self._groups for child in group]

    def _stop_group(self, group: list[_Child], *, at_once: bool) -> None:
        deadline = time.monotonic()
        for child in group:
            if not at_once and child.process.poll() is None:
                child.process.send_signal(child.component.stop)
                deadline = max(deadline, time.monotonic() + child.component.grace)
        for child in group:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
            self._end(child)

    def _end(self, child: _Child) -> None:
        """End what is left of a component: itself and all its descendants."""
        processes.end_all(self._stack, child.component.name)
        child.process.wait()

    def _spawn(self, component: Component) -> subprocess.Popen[bytes]:
        self._logs.mkdir(parents=True, exist_ok=True)
        uid, gid = component.account or (os.geteuid(), os.getegid())
        leashed = (sys.executable, "-I", "-S", leash.__file__, *map(str, (os.getpid(), int(component.stop), uid, gid)))
        with (self._logs / f"{component.name}.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603  our own commands
                [*leashed, *component.command],
                env={**component.env, processes.MARK: f"{self._stack}/{component.name}"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal reaches us only; we stop the others in order
                cwd="/",
            )

    def _check_starting(self, child: _Child, *, late: bool) -> None:
        name, code = child.component.name, child.process.poll()
        if code is not None:
            raise self._error(f"{name} ended with code {code} while it started", name, code="SVC030")
        if late:
            raise self._error(f"{name} does not become healthy", name, code="SVC030")

    def _error(self, what: str, name: str, *, code: str) -> ServiceError:
        path = self._logs / f"{name}.log"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:] if path.exists() else []
        shown = "".join(f"\n  | {line}" for line in lines)
        return ServiceError(f"{what}. The end of its log:{shown}\n", code=code, do="Read the whole log.", file=path)

    def _watch(self) -> None:
        next_health = time.monotonic() + _HEALTH_EVERY
        while not self._stopping.wait(_WATCH):
            check_health = time.monotonic() >= next_health
            for child in filter(lambda child: child.watched, self._children()):
                reason = self._wrong_with(child, check_health=check_health)
                if reason:
                    self._restart(child, reason)
            if check_health:
                next_health = time.monotonic() + _HEALTH_EVERY

    def _wrong_with(self, child: _Child, *, check_health: bool) -> str:
        code = child.process.poll()
        if code is not None:
            return f"ended with code {code}"
        if check_health:
            if child.component.healthy():
                child.give_up_at = time.monotonic() + _UNHEALTHY_FOR
            elif time.monotonic() > child.give_up_at:
                return "gives no sign of health"
        return ""

    def _restart(self, child: _Child, reason: str) -> None:
        name, now = child.component.name, time.monotonic()
        while child.restarts and now - child.restarts[0] > _RESTARTS_WITHIN:
            child.restarts.popleft()
        if len(child.restarts) >= _RESTARTS:
            self.failure = self.failure or self._error(f"{name} {reason}, again and again", name, code="SVC031")
            return
        wait = 2.0 ** len(child.restarts) - 1.0  # 0, 1, 3, 7, 15, 31 s
        child.restarts.append(now)
        self._tell(f"{name} {reason}; starting it again" + (f" in {wait:.0f} s" if wait else ""))
        if self._stopping.wait(wait):
            return
        with self._lock:
            if not self._stopping.is_set():
                self._end(child)
                child.process = self._spawn(child.component)
                child.give_up_at = time.monotonic() + _PATIENCE
