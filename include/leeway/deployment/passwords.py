"""Refuses to start with a secret that is missing, short, guessable, used twice, or copied from an example."""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Final

from leeway.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LEAST: Final[Mapping[str, int]] = {
    "POSTGRES_PASSWORD": 16,
    "AIRFLOW_DB_PASSWORD": 16,
    "CELERY_DB_PASSWORD": 16,
    "MLFLOW_DB_PASSWORD": 16,
    "LEEWAY_DB_PASSWORD": 16,
    "REDIS_PASSWORD": 16,
    "AIRFLOW_ADMIN_PASSWORD": 12,
    "MLFLOW_ADMIN_PASSWORD": 12,
    "AIRFLOW_API_SECRET_KEY": 32,
    "MLFLOW_FLASK_SECRET_KEY": 32,
    "AIRFLOW_JWT_SECRET": 64,  # Airflow signs with HS512, whose key has 64 bytes
    "AIRFLOW_FERNET_KEY": 44,
}
"""Every secret of the stack, and the fewest characters it may have."""
_EXAMPLES: Final = re.compile(
    r"change.?me|example|password|passw0rd|secret|admin|airflow|leeway|mlflow|postgres|redis|default|qwerty|12345|abcde",
    re.IGNORECASE,
)
_FEWEST_DIFFERENT: Final = 8
_IN_AN_ADDRESS: Final = re.compile(r"[A-Za-z0-9._~-]+")
_ADDRESSED: Final = ("_DB_PASSWORD", "REDIS_PASSWORD")
_FERNET_BYTES: Final = 32


def require_strong(environ: Mapping[str, str]) -> None:
    """Look at every secret of the stack.

    Raises:
        ServiceError: SVC070 with all that is wrong; the values themselves are never shown.
    """
    problems = list(weaknesses(environ))
    if problems:
        raise ServiceError(
            "the stack does not start with these secrets: " + "; ".join(problems),
            code="SVC070",
            do="Remove these lines from .env and run `make secrets`; docs/containers.md says where a new one is told.",
        )


def weaknesses(environ: Mapping[str, str]) -> Iterator[str]:
    """One sentence for each secret that will not do; what the environment does not name is somebody else's."""
    seen: dict[str, str] = {}
    for name, least in LEAST.items():
        if name not in environ:
            continue
        value = environ[name]
        why = _weakness(name, value, least)
        if why:
            yield f"{name} {why}"
        elif value in seen:
            yield f"{name} is the same as {seen[value]}"
        seen.setdefault(value, name)


def _weakness(name: str, value: str, least: int) -> str:
    if not value:
        return "is missing"
    if len(value) < least:
        return f"has {len(value)} characters, {least} are needed"
    if len(set(value)) < _FEWEST_DIFFERENT:
        return f"has fewer than {_FEWEST_DIFFERENT} different characters"
    if len(_EXAMPLES.sub("", value)) < least:  # a long random one may hold such a word by chance
        return "is made of words that everybody tries first"
    if name.endswith(_ADDRESSED) and not _IN_AN_ADDRESS.fullmatch(value):
        return "may hold letters, digits and . _ ~ - only: it stands in an address"
    if name == "AIRFLOW_FERNET_KEY" and not _is_fernet(value):
        return "is no Fernet key: 32 bytes, base64 for URLs"
    return ""


def _is_fernet(value: str) -> bool:
    try:
        return len(urlsafe_b64decode(value.encode())) == _FERNET_BYTES
    except (binascii.Error, ValueError):
        return False
