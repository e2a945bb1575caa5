"""Spark: for windows that a cluster should count. It reads the store by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from leeway.engines.base import Engine, beside_scores, counted, ordered_by
from leeway.errors import ProfileError
from leeway.settings import expand

if TYPE_CHECKING:
    from leeway.engines.base import WindowRows
    from leeway.profiles.layout import Layout
    from leeway.profiles.profile import Profile


class Spark(Engine):
    """Spark, version 3.4 or later, over the store's Parquet files: it must reach the store under the same address."""

    remote: str = Field(
        default="",
        description="Address of a Spark Connect server, like sc://host:15002 or ${SPARK_REMOTE}; default: the session "
        "that spark-defaults.conf and the environment describe.",
    )

    def profile(self, window: WindowRows, like: Layout) -> Profile:
        """See `Engine.profile`."""
        import sqlalchemy as sa

        from leeway.profiles.database import profile_query

        session = _session(expand(self.remote))
        with window.scratch() as scratch, window.store.local(window.raw, scratch):
            pass  # Spark checks no digests: the bytes are looked at before it reads them.
        view = f"leeway_{window.raw.version[:24]}"
        # Object stores have another scheme in Hadoop's file system.
        address = window.store.address(window.raw).replace("s3://", "s3a://", 1)
        try:
            session.read.parquet(address).createOrReplaceTempView(view)
            order = ordered_by(window.order)
            statement = sa.select(*counted(window.columns), *order).select_from(sa.table(view))
            names = [column.name for column in order]
            profile = profile_query(session, statement, like, order_by=names, columns=list(window.columns))
        finally:
            session.catalog.dropTempView(view)
        return beside_scores(profile, window, like)


def _session(remote: str) -> Any:
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise ProfileError("pyspark is not installed", code="PRO401", do="Install it for every worker.") from None
    builder = SparkSession.builder.appName("leeway")
    try:
        return (builder.remote(remote) if remote else builder).getOrCreate()
    except (PySparkException, OSError) as error:
        raise ProfileError(
            f"Spark cannot be reached: {str(error).strip().splitlines()[0]}",
            code="PRO400",
            do="See that it runs, and that its address is right.",
        ) from None
