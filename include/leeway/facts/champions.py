"""Who served when: the spans between one change of the champion and the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from leeway.core import Instant, PromotionKind, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.core import Promotion


class Service(Value, populate_by_name=True, serialize_by_alias=True):
    """One span in which a version was champion; until ``to``, or still."""

    version: int
    since: Instant = Field(alias="from")
    to: Instant | None
    by: str
    kind: PromotionKind


def services(promotions: Sequence[Promotion]) -> tuple[Service, ...]:
    """The spans that a model's promotions make, oldest first. A version that came back by a roll back has several."""
    ends = [*(found.effective_from for found in promotions[1:]), None]
    return tuple(
        Service(version=found.to_version, since=found.effective_from, to=end, by=found.by, kind=found.kind)
        for found, end in zip(promotions, ends[: len(promotions)], strict=True)
    )
