"""Run the job: ``python -m leeway.deployment``."""

from __future__ import annotations

import os
import sys

from leeway.deployment.bucket import make_bucket
from leeway.deployment.first_things import make_first_things
from leeway.deployment.passwords import require_strong
from leeway.errors import LeewayError
from leeway.services.airflow_database import AirflowDatabase
from leeway.services.migration import migrate
from leeway.settings import settings

FAILED = 2


def main() -> int:
    """Do it step by step, and say what is done.

    Returns:
        0, or 2 after an error that was told.
    """
    try:
        require_strong(os.environ)
        _say("the secrets are there and strong")
        if bucket := os.environ.get("LEEWAY_BUCKET"):
            _say(f"the bucket {bucket} is {'made' if make_bucket(bucket) else 'there'}")
        for found in migrate(settings(), AirflowDatabase.named_in(os.environ)):
            _say(f"the database of {found.database} is up to date")
        for sentence in make_first_things(admin_password=os.environ["AIRFLOW_ADMIN_PASSWORD"]):
            _say(sentence)
    except LeewayError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    return 0


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
