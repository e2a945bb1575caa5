"""Imported by every Airflow process; does something in the Celery worker only: its tasks are forks of it."""

import os
import sys

if sys.argv[1:3] == ["celery", "worker"] and os.environ.get("LEEWAY_WARM") != "0":
    from leeway.services.warm import rehearse, warm

    warm()
    rehearse()

__all__ = ()
