"""Tells people what happened to a model: reads the ledger, lets `leeway.alerts` judge what is worth telling, and sends.

Nothing is decided from it, and nothing that a model's ledger holds depends on it: what was told is noted in the trace.
"""

from leeway.telling.lateness import overdue
from leeway.telling.tell import tell, told, try_out
from leeway.telling.watch import look_at_all

__all__ = ["look_at_all", "overdue", "tell", "told", "try_out"]
