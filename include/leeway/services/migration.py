"""Bringing every database of a deployment forward: the catalog, MLflow's and Airflow's."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leeway.catalog import Catalog
from leeway.services import versions
from leeway.tracking import Tracking

if TYPE_CHECKING:
    from collections.abc import Callable

    from leeway.core import SchemaRevision
    from leeway.services.airflow_database import AirflowDatabase
    from leeway.settings import Settings


class Migration(NamedTuple):
    """One database on its way forward."""

    database: str
    """``catalog``, ``mlflow`` or ``airflow``."""
    revision: SchemaRevision | None
    """Before and after; None: it belongs to a server, which brings it forward itself."""
    run: Callable[[], None]


def planned(where: Settings, airflow: AirflowDatabase | None) -> list[Migration]:
    """What has to be done, found out before anything is changed: a newer database is refused while all is as it was.

    Args:
        where: the deployment.
        airflow: Airflow's database, or None to leave it alone.

    Raises:
        CatalogError: CAT003, TrackingError: MLF004, ServiceError: SVC062 if a newer version has migrated a database;
            other codes if one cannot be reached.
    """
    catalog, tracking = Catalog(where.catalog), Tracking(where.mlflow_tables)
    found = [
        Migration("catalog", catalog.revision, catalog.migrate),
        Migration("mlflow", tracking.revision, tracking.prepare),
    ]
    if airflow is not None:
        found.append(Migration("airflow", airflow.revision(), airflow.migrate))
    return found


def migrate(where: Settings, airflow: AirflowDatabase | None) -> list[Migration]:
    """Bring all databases forward, and write down in the home which versions did it. Arguments and errors as above."""
    plan = planned(where, airflow)
    for migration in plan:
        migration.run()
    where.home.mkdir(parents=True, exist_ok=True)
    versions.record(where.home)
    return plan
