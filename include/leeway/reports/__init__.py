"""What people look at when something was flagged: Evidently draws it, leeway says what it means."""

from leeway.reports.evidently import drift_report

__all__ = ["drift_report"]
