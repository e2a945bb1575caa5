"""What Airflow needs before its first task: somebody who may log in, and the pool of trainings.

Airflow's REST API could make the pool, but nobody can log in before there is a user; Airflow's own command would take
the password on its command line, where every process of the machine can read it.
"""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

from leeway.services.config import ADMIN
from leeway.settings import TRAINING_POOL, TRAINING_POOL_IS_FOR, TRAINING_SLOTS

if TYPE_CHECKING:
    from collections.abc import Iterator


def make_first_things(*, admin_password: str) -> Iterator[str]:
    """Make the administrator and the pool where they are missing; what people have changed stays.

    Yields:
        A sentence for each.
    """
    yield f"the user {ADMIN} is made" if _make_admin(admin_password) else f"the user {ADMIN} is there"
    yield f"the pool {TRAINING_POOL} is made" if _make_pool() else f"the pool {TRAINING_POOL} is there"


def _make_admin(password: str) -> bool:
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with contextlib.redirect_stdout(io.StringIO()), get_application_builder() as builder:
        people = builder.sm
        if people.find_user(ADMIN) is not None:
            return False
        role = people.find_role("Admin")
        return bool(people.add_user(ADMIN, "leeway", ADMIN, f"{ADMIN}@localhost", role, password=password))


def _make_pool() -> bool:
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session

    with create_session() as session:
        if Pool.get_pool(TRAINING_POOL, session=session) is not None:
            return False
        Pool.create_or_update_pool(
            TRAINING_POOL,
            slots=TRAINING_SLOTS,
            description=TRAINING_POOL_IS_FOR,
            include_deferred=False,
            session=session,
        )
        return True
