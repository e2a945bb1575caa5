"""Imported by every Airflow process; does something in those that fork for each piece of work."""

import os
import sys

if sys.argv[1:3] == ["celery", "worker"] and os.environ.get("LEEWAY_WARM") != "0":
    from leeway.services.warm import rehearse, warm

    warm()
    rehearse()
elif sys.argv[1:2] == ["dag-processor"]:
    import leeway.orchestration  # noqa: F401

__all__ = ()
