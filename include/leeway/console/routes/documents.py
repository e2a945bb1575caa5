"""Pages that others draw: Evidently's report, Great Expectations' Data Docs."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from leeway.console.documents import page
from leeway.console.models import Spec, Ws
from leeway.console.routes.windows import Named
from leeway.facts.documents import Document, document

router = APIRouter(prefix="/api/models/{model}", tags=["document"], default_response_class=HTMLResponse)


@router.get("/documents/{what}/{key}")
def window_document(ws: Ws, spec: Spec, window: Named, what: Document) -> HTMLResponse:
    """A page about a window. It runs in a sandbox: it can neither call this API nor fetch anything."""
    return page(document(ws, spec, window, what))
