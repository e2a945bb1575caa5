"""Profiles computed by Spark. Not run by default: it needs pyspark and Java, and takes a minute."""

from __future__ import annotations

import os
import sys

import pytest
from bases import assert_same, mixed

from leeway.errors import ProfileError
from leeway.profiles.building import profile_table
from leeway.profiles.database import profile_query


@pytest.mark.slow
@pytest.mark.skipif(os.environ.get("LEEWAY_TEST_SPARK") != "1", reason="LEEWAY_TEST_SPARK=1 runs it, with pyspark")
def test_a_table_of_spark_has_the_profile_of_its_rows():
    sql = pytest.importorskip("pyspark.sql")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.sql.session.timeZone", "America/New_York")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.timestampType", "TIMESTAMP_NTZ")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    try:
        table = mixed(2500).drop_columns(["clock"])  # Spark has no times of day
        spark.createDataFrame(table).createOrReplaceTempView("given")
        assert_same(profile_query(spark, "given", order_by="at"), profile_table(table))
        assert profile_query(spark, "SELECT * FROM given").coded.count == 2500
        with pytest.raises(ProfileError, match="PRO403"):
            profile_query(spark, "gone")
    finally:
        spark.stop()
