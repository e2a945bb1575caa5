"""What a window is compared with: what its champion learned from or the same season, and the champion's scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leeway.core import PartitionKind
from leeway.dataset import SCORE
from leeway.profiles import storage
from leeway.profiles.profile import Profile

if TYPE_CHECKING:
    from leeway.core import ModelVersion, Partition, Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

REFERENCE_WINDOWS: Final = 2
"""A champion's first scored windows: the reference of its own scores."""


@dataclass(frozen=True)
class Reference:
    """The reference of one window.

    Args:
        version: the champion of the window.
        inputs: profile of the features.
        season: the windows that ``inputs`` comes from; none: it is what the version was trained on.
        scores: profile of the scores; None while the version has scored no earlier window.
        scored: the windows that ``scores`` comes from.
    """

    version: ModelVersion
    inputs: Profile
    season: tuple[Window, ...]
    scores: Profile | None
    scored: tuple[Window, ...]

    @property
    def profile(self) -> Profile:
        """The features, and beside them the scores if there are any."""
        return self.inputs if self.scores is None else self.inputs.beside(self.scores)

    def origin(self, column: str) -> str:
        """Where the reference of a column comes from, for people."""
        name = f"v{self.version.version}"
        if column == SCORE:
            return f"scores of {name} on {_span(self.scored)} that it scored first"
        if self.season:
            return f"{_span(self.season)} of the same season"
        first, last = self.version.trained_on
        return f"what {name} learned from, {first.start:%Y-%m-%d} to {last.end:%Y-%m-%d}"


def reference_of(ws: Workspace, spec: ModelSpec, window: Window, version: ModelVersion) -> Reference:
    """What the detectors hold a window against whose champion is ``version``."""
    season = _same_season(ws, spec, window)
    scored = [
        partition
        for partition in ws.catalog.partitions(spec.name, PartitionKind.PROFILE, start=version.as_of, end=window.start)
        if partition.champion == version.version
    ][:REFERENCE_WINDOWS]
    alike = [window_profile(ws, found).without([SCORE]) for found in season]
    first = [window_profile(ws, found).only([SCORE]) for found in scored]
    return Reference(
        version=version,
        inputs=Profile.merge_all(alike) if alike else snapshot_profile(ws, version),
        season=tuple(found.window for found in season),
        scores=Profile.merge_all(first) if first else None,
        scored=tuple(found.window for found in scored),
    )


def snapshot_profile(ws: Workspace, version: ModelVersion) -> Profile:
    """The profile of what a version was trained on."""
    return storage.from_bytes(ws.store.get_bytes(version.reference, version.reference_version))


def window_profile(ws: Workspace, partition: Partition) -> Profile:
    """The profile that a partition of the kind ``profile`` holds."""
    return storage.from_bytes(ws.store.get_bytes(partition.location, partition.version))


def _same_season(ws: Workspace, spec: ModelSpec, window: Window) -> list[Partition]:
    """Profiles of earlier windows of the same season; while there are none, the champion's snapshot counts."""
    if spec.monitoring.season is None:
        return []
    wanted = set(spec.monitoring.season.windows_like(spec.schedule, window))
    earlier = ws.catalog.partitions(spec.name, PartitionKind.PROFILE, end=window.start)
    return [found for found in earlier if found.window in wanted]


def _span(windows: tuple[Window, ...]) -> str:
    count = f"{len(windows)} windows" if len(windows) > 1 else "the window"
    return f"{count} from {windows[0].start:%Y-%m-%d} to {windows[-1].end:%Y-%m-%d}"
