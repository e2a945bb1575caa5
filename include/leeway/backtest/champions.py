"""Who serves in a replay: the models that were promoted so far, and which of them scored which window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.core import Promotion, PromotionKind

if TYPE_CHECKING:
    from leeway.backtest.matrix import Trained
    from leeway.core import Decision


class Champions:
    """The models of a play, numbered from 1 in the order of their promotion.

    Args:
        name: of the stream.
        first: what the first model has learnt from.
    """

    def __init__(self, name: str, first: Trained) -> None:
        self._name = name
        self._models = [first]
        self._before: dict[int, int | None] = {}
        """Window -> the champion before the one that served it."""
        self.serving: dict[int, int] = {}
        """Window -> version."""
        self.promotions: list[Promotion] = []

    @property
    def following(self) -> int:
        """The version that the next model gets."""
        return len(self._models) + 1

    def model(self, version: int) -> Trained:
        """What a version has learnt from."""
        return self._models[version - 1]

    def serve(self, window: int) -> None:
        """The champion scores a window."""
        champion = self.promotions[-1].to_version
        others = (made.to_version for made in reversed(self.promotions) if made.to_version != champion)
        self.serving[window], self._before[window] = champion, next(others, None)

    def rival(self, window: int) -> int | None:
        """The champion before the one that served a window, if it has not learnt from that window."""
        version = self._before[window]
        return version if version is not None and self.model(version).last < window else None

    def served_before(self, window: int) -> list[int]:
        """The windows that the champion of a window has served before it, oldest first."""
        version = self.serving[window]
        return [number for number, by in self.serving.items() if by == version and number < window]

    def enter(self, made: Decision) -> None:
        """The first model begins to serve."""
        self._change(made, PromotionKind.PROMOTION, None, 1)

    def promote(self, made: Decision, model: Trained) -> None:
        """A new model serves from the next window on."""
        self._models.append(model)
        self._change(made, PromotionKind.PROMOTION, self.promotions[-1].to_version, len(self._models))

    def roll_back(self, made: Decision) -> bool:
        """The version that the decision names serves again, or the champion before; say whether there is one."""
        current = self.promotions[-1]
        back = made.evidence.get("to", current.from_version)
        if back is not None:
            self._change(made, PromotionKind.ROLLBACK, current.to_version, back)
        return back is not None

    def _change(self, made: Decision, kind: PromotionKind, from_version: int | None, to_version: int) -> None:
        promotion = Promotion(
            model=self._name,
            kind=kind,
            from_version=from_version,
            to_version=to_version,
            effective_from=made.window.end,
            reason=made.sentence,
            by="gates",
        )
        self.promotions.append(promotion)
