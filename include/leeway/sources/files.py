"""Files: local or on any file system that fsspec knows, one per window or with a time column."""

from __future__ import annotations

import glob
import hashlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, field_validator, model_validator

from leeway.canonical import digest
from leeway.settings import expand
from leeway.sources.base import Batch
from leeway.sources.tabular import Tabular
from leeway.sources.template import check_template, is_template, render

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from leeway.core import Window
    from leeway.sources.base import ReadRequest
    from leeway.sources.codes import Place
    from leeway.sources.selection import Selection

_CHUNK = 1 << 20
_TAGS = ("ETag", "etag", "md5Hash", "md5", "checksum", "LastModified", "last_modified", "updated", "mtime")


class Files(Tabular):
    """CSV, Parquet or JSON lines files.

    With a window's time in ``path`` there is one file (or a few, by a glob) per window, and rows outside their window
    are an error. Without one, the rows of the interval are picked by the time column.

    The fingerprint is made of file names and the sha256 of each file; for remote Parquet files, of which only parts are
    read, it is the size and what the storage says identifies the content (ETag, checksum or time of change).
    """

    path: str = Field(
        description="Path from the model file's folder, or a URL; with *, ${VARIABLE}, {start:%Y-%m-%d}, {end:...}."
    )

    @field_validator("path")
    @classmethod
    def _path(cls, value: str) -> str:
        return check_template(value)

    @model_validator(mode="after")
    def _format_known(self) -> Self:
        self.format_of(self.path)
        return self

    def read(self, request: ReadRequest) -> Batch:
        """Read an interval; see `Source.read`.

        Raises:
            SourceError: SRC1xx, SRC200.
            SpecError: if an environment variable in ``path`` is not set.
        """
        selection = self.selection(request, self.path)
        seen: list[tuple[str, str]] = []
        windows = request.windows if is_template(self.path) else (None,)
        for window in windows:
            seen += self._read_window(window, request, selection)
        return Batch(selection.table(), digest(["files", seen]))

    def _read_window(self, window: Window | None, request: ReadRequest, selection: Selection) -> list[tuple[str, str]]:
        text = render(self.path, window, self.timezone) if window else self.path
        place = selection.place.at(text)
        files, paths = _find(expand(text), request.base, place)
        seen = []
        for path in paths:
            # The message names the file by its last part: what stands before it may come from a secret variable.
            name = path.rpartition("/")[2]
            where = place.at(name) if len(paths) > 1 else place
            identity = self._read_file(files, path, selection=selection, place=where, window=window, request=request)
            seen.append((name, identity))
        return seen

    def _read_file(
        self, files: Any, path: str, *, selection: Selection, place: Place, window: Window | None, request: ReadRequest
    ) -> str:
        """Add a file's rows to the selection; return what identifies its content."""
        info = _info(files, path, place)
        with _opened(files, path, place) as stream:
            if self.format_of(path) == "parquet":
                identity = _hash(stream, place) if _is_local(files) else _tag(info)
                around = (request.time_column, request.interval)
                self.rows_of_parquet(stream, selection=selection, place=place, window=window, around=around)
                return identity
            if info["size"] is not None and info["size"] > self.max_bytes:
                raise place.error("SRC101", f"it has {info['size']:,} bytes, more than {self.max_bytes:,}")
            with _fetching(place):
                data = stream.read(self.max_bytes + 1)
        if len(data) > self.max_bytes:
            raise place.error("SRC101", f"it has more than {self.max_bytes:,} bytes")
        self.rows_of_text(data, path, selection=selection, place=place, window=window)
        return digest(data)


def _find(location: str, base: Path, place: Place) -> tuple[Any, list[str]]:
    """The file system and the files that a location names, in order; a relative one starts from ``base``.

    Raises:
        SourceError: SRC110 if there is none.
    """
    from fsspec.core import url_to_fs

    is_pattern = any(sign in location for sign in "*?[")
    if "://" not in location:
        location = str(Path(glob.escape(str(base)) if is_pattern else base, location))
    with _fetching(place):
        files, path = url_to_fs(location)
        paths = sorted(found for found in files.glob(path) if files.isfile(found)) if is_pattern else [path]
    if not paths:
        raise place.error("SRC110", "no file matches")
    return files, paths


def _info(files: Any, path: str, place: Place) -> Any:
    with _fetching(place):
        info = files.info(path)
    if info["type"] == "directory":
        raise place.error("SRC111", "this is a folder; name its files, like folder/*.parquet")
    if info["type"] != "file":
        raise place.error("SRC111", "this is not a regular file")
    return info


@contextmanager
def _opened(files: Any, path: str, place: Place) -> Iterator[BinaryIO]:
    with _fetching(place):
        stream = files.open(path, "rb")
    try:
        yield stream
    finally:
        stream.close()


def _is_local(files: Any) -> bool:
    return "file" in ((files.protocol,) if isinstance(files.protocol, str) else files.protocol)


def _hash(stream: BinaryIO, place: Place) -> str:
    found = hashlib.sha256()
    with _fetching(place):
        while piece := stream.read(_CHUNK):
            found.update(piece)
        stream.seek(0)
    return found.hexdigest()


def _tag(info: Any) -> str:
    return digest({"size": info["size"], **{name: str(info[name]) for name in _TAGS if name in info}})


@contextmanager
def _fetching(place: Place) -> Iterator[None]:
    """Turn what a file system raises into a SourceError; its texts stay out, they may hold credentials.

    Raises:
        SourceError: SRC110, SRC111 or SRC200.
    """
    try:
        yield
    except FileNotFoundError:
        raise place.error("SRC110", "the file does not exist") from None
    except PermissionError:
        raise place.error("SRC111", "it may not be read") from None
    except (ImportError, ValueError) as error:
        raise place.error("SRC111", f"the file system of this path cannot be used ({type(error).__name__})") from None
    except Exception as error:  # a true edge: every file system has its own exceptions
        raise place.error("SRC200", f"reading failed ({type(error).__name__})") from None
