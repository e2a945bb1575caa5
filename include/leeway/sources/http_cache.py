"""Answers with an ETag, kept so that the server is only asked whether they changed. Losing them costs a download."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leeway.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPORARY = ".fetch-"
"""How files begin that are not complete yet; `Workspace.sweep` clears away those of dead processes."""
_MOST = 32
"""Answers kept; the oldest go."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An answer and the tag its server gave it."""

    etag: str
    body: bytes


def recall(folder: Path | None, url: str, headers: Mapping[str, str]) -> Kept | None:
    """Find the kept answer of an address; None if there is none or its bytes are not the ones that were kept."""
    if folder is None:
        return None
    try:
        head, _, body = _path(folder, url, headers).read_bytes().partition(b"\n")
        note = json.loads(head)
        return Kept(etag=note["etag"], body=body) if note["sha256"] == digest(body) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(folder: Path | None, url: str, headers: Mapping[str, str], answer: Kept) -> None:
    """Keep an answer that has a tag, readable by this user only. A full disk is no reason to fail: nothing is lost."""
    if folder is None or not answer.etag:
        return
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=TEMPORARY)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(json.dumps({"etag": answer.etag, "sha256": digest(answer.body)}).encode() + b"\n")
                file.write(answer.body)
            Path(temporary).replace(_path(folder, url, headers))
        finally:
            Path(temporary).unlink(missing_ok=True)
        for old in sorted(folder.glob("*.answer"), key=lambda path: path.stat().st_mtime)[:-_MOST]:
            old.unlink(missing_ok=True)


def _path(folder: Path, url: str, headers: Mapping[str, str]) -> Path:
    """By a digest of the request: what differs by credentials is kept apart, and no secret becomes a name."""
    return folder / f"{digest([url, dict(headers)])}.answer"
