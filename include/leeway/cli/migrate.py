"""Bringing the databases forward to this version, once per deployment and version."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from leeway.cli import access
from leeway.cli.options import Json
from leeway.cli.output import give
from leeway.facts.plain import Facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from leeway.services.migration import Migration

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done, or refused.")]
WithAirflow = Annotated[
    bool, typer.Option("--airflow", help="Airflow's database too, which AIRFLOW__DATABASE__SQL_ALCHEMY_CONN names.")
]


def migrate(airflow: WithAirflow = False, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Create the catalog and MLflow's database, or bring them forward to this version; a newer one is refused."""
    from leeway.services import migration
    from leeway.services.airflow_database import AirflowDatabase

    where = access.deployment()
    step = migration.planned if dry_run else migration.migrate
    databases = step(where, AirflowDatabase.named_in(os.environ) if airflow else None)
    facts = [_fact(found) for found in databases]
    give({"home": str(where.home.resolve()), "dry_run": dry_run, "databases": facts}, _show, as_json=as_json)


def _fact(found: "Migration") -> Facts:
    before, after = found.revision or (None, None)
    return {"database": found.database, "server": found.revision is None, "from": before, "to": after}


def _show(facts: Facts) -> "Iterator[RenderableType]":
    for found in facts["databases"]:
        if found["server"]:
            yield f"{found['database']}: a server, which brings its own database forward"
        elif found["from"] == found["to"]:
            yield f"{found['database']}: at {found['to']}, as needed"
        else:
            yield f"{found['database']}: {found['from'] or 'empty'} -> {found['to']}"
    yield "Nothing was changed." if facts["dry_run"] else f"Ready. Local state is in {facts['home']}."
