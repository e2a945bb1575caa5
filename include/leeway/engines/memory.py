"""This process: the window's rows in pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from leeway.engines.base import Engine

if TYPE_CHECKING:
    from leeway.engines.base import WindowRows
    from leeway.profiles.layout import Layout
    from leeway.profiles.profile import Profile


class Memory(Engine):
    """Reads the window's rows and counts them here; the features may come from a function of yours."""

    PUSHES: ClassVar[bool] = False

    def profile(self, window: WindowRows, like: Layout) -> Profile:
        """See `Engine.profile`."""
        from leeway.profiles.building import profile_frame  # reading a model file must not import numpy

        return profile_frame(window.frame(), like)
