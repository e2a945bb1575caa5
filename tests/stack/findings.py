"""What a drill finds: told as it comes, and counted if it is not as it has to be."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass
class Findings:
    """Lines for people."""

    bad: list[str] = field(default_factory=list)

    def tell(self, what: str, *, good: bool = True) -> None:
        """Say a finding."""
        sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S} {'ok ' if good else 'BAD'} {what}\n")
        sys.stdout.flush()
        if not good:
            self.bad.append(what)
