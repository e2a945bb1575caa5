"""The database that the rows come from: it counts them where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from leeway.engines.base import Engine, beside_scores, counted, ordered_by
from leeway.errors import ProfileError

if TYPE_CHECKING:
    from leeway.engines.base import WindowRows
    from leeway.profiles.layout import Layout
    from leeway.profiles.profile import Profile


class Sql(Engine):
    """The PostgreSQL or DuckDB database of the model's source: nothing but counts and a few rows leave it.

    The scores are not there; they are counted here, one number per row.
    """

    QUERIES_SOURCE: ClassVar[bool] = True

    def profile(self, window: WindowRows, like: Layout) -> Profile:
        """See `Engine.profile`.

        Raises:
            ProfileError: also PRO405 if the database cannot tell exactly which rows belong to the window, PRO406 if it
                has more or fewer of them than were published.
        """
        import sqlalchemy as sa

        from leeway.profiles.database import profile_query

        asked = window.query()
        rows = asked.rows.subquery("leeway_rows")
        order = ordered_by(window.order)
        statement = sa.select(*counted(window.columns), *order).select_from(rows)
        names = [column.name for column in order]
        profile = profile_query(asked.url, statement, like, order_by=names, columns=list(window.columns))
        if profile.rows != window.raw.rows:
            raise ProfileError(
                f"the database has {profile.rows:,} rows of the window, and {window.raw.rows:,} were published",
                code="PRO406",
                do="Its rows have changed since: ingest the window again, or count what was published: engine: duckdb.",
            )
        return beside_scores(profile, window, like)
