"""Brings a stack to a later version while it works, interrupts that, and goes back: what `make upgrade` promises."""

from __future__ import annotations

import os
import re
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from project import wait_for
from windows import MODELS

if TYPE_CHECKING:
    from findings import Findings
    from project import Project
    from windows import Windows

CATALOG: Final = "include/leeway/catalog"
REVISIONS: Final = re.compile(r'^REVISIONS = \(.*"(\d+)"\)$', re.MULTILINE)
TOMORROW: Final = '''"""A table that only a drill knows: the catalog of a later version."""

import sqlalchemy as sa
from alembic import op

revision = "tomorrow"
down_revision = "{today}"


def upgrade() -> None:
    op.create_table("tomorrow", sa.Column("id", sa.Integer, primary_key=True))
'''


@dataclass(frozen=True)
class Upgrade:
    """To a version of tomorrow, whose catalog has a revision more, and back.

    Args:
        project: a clone whose stack runs; nothing in it waits to be committed.
    """

    project: Project
    windows: Windows
    findings: Findings

    def is_interrupted(self) -> None:
        """Ctrl-C when the services are stopped; then the same command goes through, and once more changes nothing."""
        self._write_tomorrow()
        before = self.ledgers()
        with self.project.started("make", "upgrade") as upgrading:
            wait_for(self.scheduler_is_stopped, seconds=900, every=0.2)
            os.killpg(upgrading.pid, signal.SIGINT)
        code = upgrading.returncode
        self.findings.tell(f"make upgrade, interrupted when the services are stopped, ends with {code}", good=code > 0)
        for which in ("the same command", "and once more"):
            self.project.make("upgrade")
            self._tell(which, before)
        seconds = self.windows.more(1)
        self.findings.tell(f"after the upgrades the next window is decided {seconds:.0f} s later")

    def is_refused(self) -> None:
        """The version of before finds databases of a later one: it says so, and everything goes on."""
        before, running = self.ledgers(), self.project.compose("ps", "--quiet")
        self.project.git("checkout", "--quiet", "HEAD~1")
        code, said = self.project.tried("make", "upgrade")
        told = code > 0 and "CAT003" in said
        self.findings.tell(f"make upgrade to the version of before: {'refused' if told else said[-500:]}", good=told)
        same = running == self.project.compose("ps", "--quiet")
        self.findings.tell(f"the containers {'are the same' if same else 'were replaced'}", good=same)
        self.project.git("checkout", "--quiet", "-")
        self.project.make("build")
        self._tell("the stack after the refusal", before)

    def is_undone(self) -> None:
        """The version of before, and the backup that the upgrade made: windows since then are decided again."""
        backup = min(self.project.backups())
        self.project.git("checkout", "--quiet", "HEAD~1")
        self.project.make("build")
        self.project.make("restore", "FORCE=1", f"FROM={backup}")
        self.findings.tell(
            f"back to the version of before: the next window is decided {self.windows.more(1):.0f} s later"
        )

    def scheduler_is_stopped(self) -> bool:
        """Whether `make upgrade` is past its backup."""
        return "airflow-scheduler" not in self.project.compose("ps", "--services", "--status", "running").split()

    def ledgers(self) -> list[dict]:
        """What is decided so far."""
        return [self.project.answer("history", model) for model in MODELS]

    def _tell(self, which: str, before: list[dict]) -> None:
        kept = all(_goes_on(*pair) for pair in zip(before, self.ledgers(), strict=True))
        ill = self.project.ill()
        self.findings.tell(f"{which}: the ledgers {'are kept' if kept else 'are others'}", good=kept)
        self.findings.tell(f"{which}: services that are not healthy: {', '.join(ill) or 'none'}", good=not ill)

    def _write_tomorrow(self) -> None:
        catalog = self.project.folder / CATALOG
        known = (catalog / "migrate.py").read_text()
        (today,) = REVISIONS.findall(known)
        (catalog / "migrate.py").write_text(known.replace(f'"{today}")', f'"{today}", "tomorrow")', 1))
        (catalog / "migrations" / "versions" / "tomorrow.py").write_text(TOMORROW.format(today=today))
        self.project.commit("A version of tomorrow")


def _goes_on(before: dict, after: dict) -> bool:
    """Whether nothing of a ledger was lost or changed; there may be more by now."""
    return all(after[name][: len(lines)] == lines for name, lines in before.items() if isinstance(lines, list))
