"""A test can make every declared place fail, and no other."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import leeway
from leeway.failpoints import FAILPOINTS, failpoint, reset

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _count_from_zero() -> Iterator[None]:
    reset()
    yield
    reset()


def test_without_the_variable_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEEWAY_FAULT", raising=False)

    for name in FAILPOINTS:
        failpoint(name)


@pytest.mark.parametrize(("mode", "number"), [("raise", errno.EIO), ("enospc", errno.ENOSPC)])
def test_the_named_passage_of_the_named_place_fails(mode: str, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWAY_FAULT", f"store.rename:2:{mode}")
    failpoint("store.write")
    failpoint("store.rename")

    with pytest.raises(OSError, match=r"store\.rename") as caught:
        failpoint("store.rename")

    assert caught.value.errno == number
    failpoint("store.rename")


def test_several_faults_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWAY_FAULT", "store.write:1:raise,store.rename:1:raise")

    for name in ("store.rename", "store.write"):
        with pytest.raises(OSError, match=name):
            failpoint(name)


def test_kill_ends_the_process_at_once() -> None:
    code = "from leeway.failpoints import failpoint; failpoint('ledger.append'); print('alive')"
    environment = {"LEEWAY_FAULT": "ledger.append:1:kill"}

    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)

    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout == ""


def test_a_fork_counts_its_own_passages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWAY_FAULT", "store.rename:2:raise")
    failpoint("store.rename")

    child = os.fork()
    if child == 0:  # the first passage of this process passes, its second fails
        failpoint("store.rename")
        try:
            failpoint("store.rename")
        except OSError:
            os._exit(42)
        os._exit(0)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 42
    with pytest.raises(OSError, match=r"store\.rename"):
        failpoint("store.rename")


@pytest.mark.parametrize(
    "fault", ["store.wirte:1:raise", "store.write:1:explode", "store.write", "store.write:0:raise"]
)
def test_fault_that_could_never_happen_is_refused(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWAY_FAULT", fault)

    with pytest.raises(ValueError, match="LEEWAY_FAULT"):
        failpoint("store.rename")


def test_undeclared_place_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWAY_FAULT", "store.write:1:raise")

    with pytest.raises(KeyError):
        failpoint("store.wirte")


def test_every_place_in_the_code_is_declared_and_every_declared_place_is_in_the_code() -> None:
    code = "".join(path.read_text() for path in sorted(Path(leeway.__file__).parent.rglob("*.py")))
    used = set(re.findall(r"\bfailpoint\(\"([^\"]+)\"\)", code))

    assert used == set(FAILPOINTS)
