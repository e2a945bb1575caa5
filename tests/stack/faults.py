"""What goes wrong in a drill, one fault after another; each says how long it took until windows went on."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from project import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from findings import Findings
    from project import Project
    from windows import Windows

OUTAGE: Final = 60
"""Seconds that a service is away, or a disk is full."""
DISK: Final = 300 << 20
"""Bytes of the file system for MLflow's artifacts."""
INTO_A_TRAINING: Final = 4
"""Seconds after which a training is surely under way, and surely not over."""


@dataclass(frozen=True)
class Faults:
    """Breaks the parts of a stack."""

    project: Project
    windows: Windows
    findings: Findings

    def worker_is_killed(self) -> None:
        """SIGKILL in the middle of a training."""
        wait_for(self.windows.training, seconds=1200, every=0.5)
        time.sleep(INTO_A_TRAINING)
        self.project.kill("airflow-worker")
        self.findings.tell(
            f"worker killed in mid-training: the next window is decided {self.windows.more(1):.0f} s later"
        )

    def scheduler_is_restarted(self) -> None:
        """As an upgrade does."""
        self.project.compose("restart", "airflow-scheduler")
        self.findings.tell(f"scheduler restarted: the next window is decided {self.windows.more(1):.0f} s later")

    def service_is_away(self, service: str) -> None:
        """Stop a service for a minute."""
        self.project.compose("stop", service)
        time.sleep(OUTAGE)
        self.project.compose("start", service)
        seconds = self.windows.more(1)
        self.findings.tell(
            f"{service} away for {OUTAGE} s: the next window is decided {seconds:.0f} s after its return"
        )

    def disk_is_full(self, disk: Path) -> None:
        """No byte is free where MLflow keeps its files, for a minute at least, and until a task has met it."""
        filler = disk / "filler"
        _fill(filler)
        began = time.monotonic()
        time.sleep(OUTAGE)
        wait_for(self.project.client().waits_for_another_try, seconds=600, every=0.5)
        filler.unlink()
        full = time.monotonic() - began
        seconds = self.windows.more(1)
        self.findings.tell(
            f"disk of artifacts full for {full:.0f} s, and a task failed of it: a window is decided {seconds:.0f} s"
            " after there is room"
        )


def limited_disk(folder: Path) -> Path:
    """A file system of its own at ``folder``, which can be filled. Root only."""
    let_go(folder)
    folder.mkdir(parents=True, exist_ok=True)
    image = folder.with_suffix(".img")
    with image.open("wb") as file:
        file.truncate(DISK)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(image)], check=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True)
    empty(folder)
    os.chown(folder, 50000, 0)
    return folder


def let_go(folder: Path) -> None:
    """Unmount it, if it is mounted."""
    while os.path.ismount(folder):
        subprocess.run(["umount", str(folder)], check=True)


def empty(folder: Path) -> None:
    """Remove all that is in a folder."""
    for found in folder.iterdir():
        if found.is_dir():
            shutil.rmtree(found)
        else:
            found.unlink()


def _fill(file: Path) -> None:
    """Take all the room that there is, to the last block."""
    with file.open("wb", buffering=0) as full:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while True:
                    full.write(bytes(size))
