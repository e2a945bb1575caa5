"""Named places where a test can make the process fail: every write has one before and one after it.

``LEEWAY_FAULT=store.rename:1:kill`` makes the first passage of ``store.rename`` end the process with SIGKILL. Modes:
``raise`` (an OSError), ``enospc`` (disk full) and ``kill``. Several faults are separated by commas. Without the
variable a failpoint costs one dictionary look-up, so the names stay in the code that users run.
"""

from __future__ import annotations

import errno
import os
import re
import signal
from collections import Counter

FAILPOINTS: dict[str, str] = {
    "store.write": "before the temporary file of a partition is written",
    "store.rename": "the temporary file is complete, not yet under its final name",
    "store.renamed": "the file has its final name, the catalog does not know it",
    "catalog.publish": "in the transaction that publishes a partition, before commit",
    "catalog.published": "the partition is published, the task does not know it",
    "catalog.measure": "in the transaction that records a measurement, before commit",
    "catalog.measured": "the measurement is recorded, the task does not know it",
    "ledger.append": "in the transaction that appends to the ledger, before commit",
    "ledger.appended": "the ledger entry is committed, nothing has followed from it",
    "catalog.snapshot": "in the transaction that pins a snapshot, before commit",
    "catalog.version": "the model is in the registry, the catalog does not know its version",
    "catalog.versioned": "the catalog knows the version, the ledger does not",
    "tracking.run": "an MLflow run was created and is empty",
    "tracking.artifacts": "the artifacts of a model are uploaded, the version is not registered",
    "tracking.registered": "the version is registered in MLflow, leeway does not know it",
    "tracking.alias": "before an alias is moved",
    "tracking.aliased": "the alias is moved, the task does not know it",
}
"""Every failpoint and what the state of the world is when it is passed."""

_passed: Counter[tuple[int, str]] = Counter()
"""By process too: a fork, as Airflow's tasks are, begins its own count at zero."""


def failpoint(name: str) -> None:
    """Fail here if ``LEEWAY_FAULT`` says so.

    Raises:
        OSError: in the modes ``raise`` and ``enospc``.
        KeyError: if the name is not declared in `FAILPOINTS`.
        ValueError: if ``LEEWAY_FAULT`` names a place or mode that does not exist: nothing would fail, unnoticed.
    """
    faults = os.environ.get("LEEWAY_FAULT")
    if not faults:
        return
    FAILPOINTS[name]
    passage = os.getpid(), name
    _passed[passage] += 1
    for wanted, nth, mode in map(_fault, faults.split(",")):
        if wanted == name and nth == _passed[passage]:
            _fail(name, mode)


def reset() -> None:
    """Count passages from zero again (tests that fail more than once in one process)."""
    _passed.clear()


def _fault(text: str) -> tuple[str, int, str]:
    match = re.fullmatch(r"([a-z.]+):([1-9][0-9]*):(raise|enospc|kill)", text)
    if match is None or match[1] not in FAILPOINTS:
        raise ValueError(f"LEEWAY_FAULT: {text!r} is not failpoint:passage:mode, like store.rename:1:kill")
    return match[1], int(match[2]), match[3]


def _fail(name: str, mode: str) -> None:
    if mode == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "enospc":
        raise OSError(errno.ENOSPC, f"failpoint {name}: no space left on device")
    raise OSError(errno.EIO, f"failpoint {name}")
