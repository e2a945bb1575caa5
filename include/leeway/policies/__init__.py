"""When to act: from signals and history to a decision with its reasons."""
