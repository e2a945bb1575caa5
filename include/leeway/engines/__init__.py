"""What counts the rows of a window: this process, DuckDB, the database they come from, or Spark."""
