"""The page's own files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

router = APIRouter(prefix="/static", include_in_schema=False)
FOLDER: Final = Path(__file__).parent.parent / "static"
_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".map": "application/json"}


@router.get("/{name}")
def file(name: str) -> FileResponse:
    """One file of the page, of those that were built.

    Raises:
        HTTPException: 404 if there is none of this name.
    """
    path = FOLDER / name
    if path.parent != FOLDER or path.suffix not in _TYPES or not path.is_file():
        raise HTTPException(404, "there is no such file")
    headers = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type=_TYPES[path.suffix], headers=headers)
