"""Components are kept alive, their end is told, and nothing of them is left behind: real processes, small programs."""

import os
import signal
import subprocess
import sys
import threading
import uuid

import psutil
import pytest

from leeway.errors import ServiceError
from leeway.services import processes
from leeway.services.supervisor import Component, Supervisor

SLEEP = "import time; time.sleep(600)"
PARENT = f"""
import subprocess, sys
subprocess.Popen([sys.executable, '-c', {SLEEP!r}], start_new_session=True)  # leaves the process group
{SLEEP}
"""
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"


def component(name, code, *, healthy=lambda: True, grace=5.0):
    return Component(name, (sys.executable, "-c", code), dict(os.environ), healthy=healthy, grace=grace)


def until(condition, seconds=20.0):
    """Whether the condition comes true in time."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if condition():
            return True
        pause.wait(0.05)
    return False


@pytest.fixture
def stack():
    return uuid.uuid4().hex


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(stack, said, tmp_path):
    made = Supervisor(stack, logs=tmp_path, tell=said.append)
    yield made
    made.stop(at_once=True)


def test_a_component_that_dies_is_started_again_and_that_is_told(supervisor, said):
    supervisor.launch(component("sleeper", SLEEP))
    supervisor.wait_until_healthy()
    first = supervisor.pids()["sleeper"]
    os.kill(first, signal.SIGKILL)
    assert until(lambda: supervisor.pids()["sleeper"] != first)
    assert said == ["sleeper ended with code -9; starting it again"]


def test_a_component_that_ends_while_it_starts_is_an_error_with_the_end_of_its_log(supervisor):
    supervisor.launch(component("broken", "raise SystemExit('no such setting')", healthy=lambda: False))
    with pytest.raises(ServiceError) as caught:
        supervisor.wait_until_healthy()
    assert caught.value.code == "SVC030"
    assert "no such setting" in str(caught.value)


def test_a_component_that_does_not_become_healthy_in_time_is_an_error(supervisor):
    supervisor.launch(component("silent", SLEEP, healthy=lambda: False))
    with pytest.raises(ServiceError, match="does not become healthy"):
        supervisor.wait_until_healthy(timeout=0.3)


def test_stopping_ends_descendants_too_that_left_the_process_group(supervisor, stack):
    supervisor.launch(component("parent", PARENT))
    supervisor.wait_until_healthy()
    assert until(lambda: len(processes.marked(stack)) == 2)
    supervisor.stop()
    assert processes.marked(stack) == []


def test_a_component_that_ignores_the_signal_is_ended_by_force(supervisor, stack):
    supervisor.launch(component("deaf", DEAF, grace=0.3))
    supervisor.wait_until_healthy()
    supervisor.stop()
    assert processes.marked(stack) == []


def test_a_failed_migration_is_an_error_and_names_its_log(supervisor, tmp_path):
    with pytest.raises(ServiceError) as caught:
        supervisor.run(dict(os.environ), good=(sys.executable, "-c", ""), bad=(sys.executable, "-c", "1 / 0"))
    assert caught.value.code == "SVC032"
    assert "ZeroDivisionError" in str(caught.value)
    assert caught.value.where["file"] == str(tmp_path / "bad.log")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child that its parent has ended")
def test_components_end_with_a_supervisor_that_is_killed(stack, tmp_path):
    code = f"""
import os, sys, time
from pathlib import Path
from leeway.services.supervisor import Component, Supervisor
made = Supervisor({stack!r}, logs=Path({str(tmp_path)!r}), tell=print)
made.launch(Component('sleeper', (sys.executable, '-c', {SLEEP!r}), dict(os.environ), healthy=lambda: True))
made.wait_until_healthy()
print('up', flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"up\n"
        sleeper = processes.marked(stack, "sleeper")[0]
        holder.kill()
    assert until(lambda: not sleeper.is_running() or sleeper.status() == psutil.STATUS_ZOMBIE)
