"""leeway keeps deployed models good."""

__version__ = "0.1.0"
