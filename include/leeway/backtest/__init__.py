"""What other policies would have brought: a history replayed under many of them at once, from one matrix of scores."""

from leeway.backtest.keeping import Kept, kept
from leeway.backtest.own import Wish, replay_own

__all__ = ["Kept", "Wish", "kept", "replay_own"]
