"""MLflow: the runs people look at, the model files, and the registry. Nothing is decided from what is in it."""

from leeway.tracking.gateway import Tracking

__all__ = ["Tracking"]
