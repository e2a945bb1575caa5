"""What MLflow raises, said in leeway's words, with a code that tells whether trying again may help.

======  ==========================================================================================
MLF000  MLflow refused the request for a reason of its own
MLF001  the server does not answer its health check
MLF002  the server refuses this client: host not allowed, or credentials missing or wrong
MLF003  the database is not an MLflow store of this version
MLF004  a newer MLflow has migrated the database
MLF010  a run, version or file is not there
MLF020  files cannot be written or read on this machine
MLF201  the server or database cannot be reached
MLF202  the server did not answer in time
MLF203  the server failed (5xx)
MLF204  the database is busy or locked
======  ==========================================================================================

Codes MLF2xx are transient.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from leeway.errors import TrackingError

if TYPE_CHECKING:
    from collections.abc import Iterator

FIXES = {
    "MLF000": "Look at the MLflow server's log.",
    "MLF001": "Start the MLflow server, or correct LEEWAY_MLFLOW_URL.",
    "MLF002": "Start the server with --allowed-hosts naming this host, or set MLFLOW_TRACKING_USERNAME and _PASSWORD.",
    "MLF003": "Make a backup, then run 'leeway migrate' where LEEWAY_MLFLOW_URL is the database's.",
    "MLF004": "Update MLflow here, as on the other machines. A database is never taken back.",
    "MLF010": "Look into MLflow: somebody may have deleted it. Train again if the files are gone.",
    "MLF020": "Make room on the disk or correct the permissions, then try again.",
    "MLF201": "Check that MLflow is running and that LEEWAY_MLFLOW_URL is right, then try again.",
    "MLF202": "MLflow is slow or overloaded: try again, or raise MLFLOW_HTTP_REQUEST_TIMEOUT.",
    "MLF203": "Look at the MLflow server's log, then try again.",
    "MLF204": "Try again; with several tasks at once use PostgreSQL or an MLflow server instead of SQLite.",
}
"""What to do about each code."""
_TEXTS = (
    ("MLF202", re.compile(r"timeout exception|timed out", re.I)),
    ("MLF204", re.compile(r"database is locked|too many clients|deadlock", re.I)),
    (
        "MLF201",
        re.compile(r"could not connect|connection refused|server closed the connection|max retries exceeded", re.I),
    ),
    ("MLF201", re.compile(r"failed with exception", re.I)),
    ("MLF203", re.compile(r"too many 5\d\d error|error code 5\d\d", re.I)),
    ("MLF002", re.compile(r"invalid host header|error code 40[13]", re.I)),
    ("MLF003", re.compile(r"out-of-date database schema|can't locate revision", re.I)),
    ("MLF010", re.compile(r"error code 404", re.I)),
)
_NAMED = {"RESOURCE_DOES_NOT_EXIST": "MLF010", "NOT_FOUND": "MLF010", "TEMPORARILY_UNAVAILABLE": "MLF204"}
_CREDENTIALS = re.compile(r"://[^@/\s]+@")
_LONGEST = 300


@contextmanager
def said_plainly(doing: str, **where: object) -> Iterator[None]:
    """Turn what MLflow, its database or the file system raises inside into a `TrackingError`.

    Args:
        doing: what is being done, as it reads after "cannot".
        **where: model, version, run ...

    Raises:
        TrackingError: instead of any of these.
    """
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        code = code_of(error)
        raise TrackingError(f"cannot {doing}: {_short(error)}", code=code, do=FIXES[code], **where) from error


def code_of(error: Exception) -> str:
    """Say which of the codes an exception of MLflow, SQLAlchemy or the file system belongs to."""
    name = getattr(error, "error_code", "")
    if name in _NAMED:
        return _NAMED[name]
    if isinstance(error, OSError) and type(error).__module__ == "builtins":
        return "MLF201" if isinstance(error, ConnectionError) else "MLF020"
    for code, pattern in _TEXTS:
        if pattern.search(str(error)):
            return code
    served = getattr(error, "json", None) is not None  # a RestException: the server itself said so
    return "MLF203" if served and name == "INTERNAL_ERROR" else "MLF000"


def is_missing(error: Exception) -> bool:
    """Whether MLflow says that what was asked for does not exist."""
    return _NAMED.get(getattr(error, "error_code", "")) == "MLF010"


def already_there(error: Exception) -> bool:
    """Whether MLflow says that what was to be created exists."""
    return getattr(error, "error_code", "") == "RESOURCE_ALREADY_EXISTS"


def _short(error: Exception) -> str:
    """The first line, without the credentials that a URL in it may hold."""
    text = next(iter(_CREDENTIALS.sub("://...@", str(error)).splitlines()), "") or type(error).__name__
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
