"""Whole objects under relative paths in an object store: S3, what speaks its protocol, or another that fsspec knows.

Keys, region and endpoint come from where the store's own library looks for them (for S3 the ``AWS_*`` variables), so
that no secret is part of the store's URL.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leeway.errors import StoreError
from leeway.failpoints import failpoint
from leeway.store.problems import failed, not_there, reason

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNREACHABLE = {"ConnectionError", "HTTPClientError", "ClientConnectionError", "TimeoutError"}
"""Names of the classes that fsspec's engines derive from when a store does not answer; each engine has its own."""

_OPTIONS: dict[str, Any] = {"use_listings_cache": False}
"""Other processes write and sweep: what a listing said a moment ago proves nothing."""
_OPTIONS_OF: dict[str, dict[str, Any]] = {"s3": {"max_concurrency": 1}}
"""One request for a file instead of two: otherwise s3fs asks for its size first, to read the large ones in parts."""
_BUCKET = "Create it, or correct LEEWAY_STORE_URL."
_KEYS = "Check the store's keys (for S3 the AWS_* variables) and what they may do: docs/store.md."
_ENDPOINT = "Check that the store runs, and its endpoint (for S3 AWS_ENDPOINT_URL)."


def open_objects(root: str) -> Objects:
    """Open an object store without speaking to it.

    Raises:
        StoreError: STO003 if fsspec does not know the URL or lacks the package for it.
    """
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(root, **_OPTIONS, **_OPTIONS_OF.get(root.partition("://")[0], {}))
    except (ImportError, ValueError) as error:
        scheme = root.partition("://")[0]
        raise StoreError(
            f"a store at {scheme}:// cannot be opened: {error}", code="STO003", do="Install fsspec's package for it."
        ) from None
    return Objects(filesystem, path)


class Objects:
    """An object store, where an object appears whole or not at all.

    Large objects go up in parts. The parts of an upload that died are never seen; the bucket's lifecycle removes them.

    Args:
        filesystem: of fsspec.
        root: path of the store in it; its first part is the bucket.
    """

    def __init__(self, filesystem: Any, root: str) -> None:
        self._files = filesystem
        self._root = root.rstrip("/")

    def read(self, location: str) -> bytes:
        """All bytes of an object."""
        with _explained(location, "read"):
            data: bytes = self._files.cat_file(f"{self._root}/{location}")
            return data

    @contextmanager
    def local(self, location: str, scratch: Path) -> Iterator[Path]:
        """A copy of the object, as long as it is needed."""
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            path = Path(folder) / location.rpartition("/")[2]
            with _explained(location, "read"):
                self._files.get_file(f"{self._root}/{location}", str(path))
            yield path

    def address(self, location: str) -> str:
        """Its URL."""
        url: str = self._files.unstrip_protocol(f"{self._root}/{location}")
        return url

    def write(self, location: str, data: bytes) -> None:
        """Make an object appear. Equal bytes are written again, which makes them young."""
        with _explained(location, "written"):
            failpoint("store.write")
            self._files.pipe_file(f"{self._root}/{location}", data)
            failpoint("store.renamed")

    def listed(self, folder: str) -> Iterator[tuple[str, datetime | None]]:
        """All objects below a folder, and when they were last written, if the store tells."""
        with _explained(folder, "listed"):
            found = {}
            try:
                found = self._files.find(f"{self._root}/{folder}", detail=True)
            except FileNotFoundError as error:  # some engines say so of a folder without objects
                if _names_no_bucket(error):
                    raise
            for path, info in sorted(found.items()):
                yield path.removeprefix(f"{self._root}/"), _modified(info)

    def remove(self, location: str) -> None:
        """Remove an object; that it is gone already is fine."""
        with _explained(location, "removed"), suppress(FileNotFoundError):
            self._files.rm_file(f"{self._root}/{location}")


@contextmanager
def _explained(location: str, verb: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # the edge to fsspec: each engine behind it raises what its own library raises
        raise _problem(error, location, verb) from error


def _problem(error: Exception, location: str, verb: str) -> StoreError:
    """Tell what is missing (STO004, STO010), refused (STO005) or does not answer (STO201) from all else."""
    if _names_no_bucket(error):
        return StoreError("the bucket does not exist", code="STO004", file=location, do=_BUCKET)
    if isinstance(error, FileNotFoundError):
        return not_there(location)
    what = f"the file cannot be {verb}: {reason(error)}"
    names = {each.__name__ for each in type(error).__mro__}
    if isinstance(error, PermissionError) or any("Credential" in name for name in names):
        return StoreError(what, code="STO005", file=location, do=_KEYS)
    if names & _UNREACHABLE:
        return StoreError(what, code="STO201", file=location, do=_ENDPOINT)
    return failed(error, location, verb)


def _names_no_bucket(error: Exception) -> bool:
    """Whether it is the bucket that is not there; fsspec says the same of a file, the answer that it got does not."""
    answer = getattr(error.__cause__, "response", None)
    return isinstance(answer, dict) and answer.get("Error", {}).get("Code") == "NoSuchBucket"


def _modified(info: dict[str, Any]) -> datetime | None:
    """When an object was last written; every store has another name for it."""
    for name in ("LastModified", "last_modified", "mtime", "updated", "created"):
        match info.get(name):
            case datetime() as moment:
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            case int() | float() as seconds:
                return datetime.fromtimestamp(seconds, UTC)
            case str() as text:
                return datetime.fromisoformat(text)
    return None
