"""Profiles computed where the rows are: a database counts, and only the counts and a bounded number of rows leave it.

Every statement is written once, for all databases; a database adds the few expressions that are its own.
"""

from leeway.profiles.database.measuring import profile_query

__all__ = ["profile_query"]
