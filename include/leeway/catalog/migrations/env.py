"""Run by Alembic. The transaction is the caller's, which holds the lock that lets one process migrate at a time."""

from __future__ import annotations

from alembic import context

from leeway.catalog.migrate import VERSION_TABLE
from leeway.catalog.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
context.run_migrations()
