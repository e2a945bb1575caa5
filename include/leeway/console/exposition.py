"""Prometheus' text exposition format 0.0.4: families of gauges and counters.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_IN_HELP: Final = str.maketrans({"\\": r"\\", "\n": r"\n"})
_IN_LABEL: Final = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


@dataclass(frozen=True)
class Family:
    """The samples of one metric; a counter's name ends in ``_total``."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    lines: list[str] = field(default_factory=list)

    def add(self, value: float | None, labels: Mapping[str, str]) -> None:
        """Add a sample; what is not known is left out."""
        if value is None:
            return
        said = ",".join(f'{name}="{text.translate(_IN_LABEL)}"' for name, text in labels.items())
        self.lines.append(f"{self.name}{{{said}}} {float(value)!r}")

    def __str__(self) -> str:
        head = (f"# HELP {self.name} {self.help.translate(_IN_HELP)}", f"# TYPE {self.name} {self.kind}")
        return "\n".join((*head, *self.lines, ""))


def exposition(families: Iterable[Family]) -> str:
    """The families that have samples, as one text."""
    return "".join(str(family) for family in families if family.lines)
