"""The pages that others draw of a window: Evidently's report of what was flagged, and Great Expectations' Data Docs."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from leeway.errors import CatalogError
from leeway.showing import REPORT, data_docs, has_report

if TYPE_CHECKING:
    from leeway.core import Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


class Document(StrEnum):
    """What there may be of a window."""

    EVIDENTLY = "evidently"
    DATA_DOCS = "data_docs"


_WHEN = {
    Document.EVIDENTLY: "It is drawn of windows in which something was flagged that a decision may rest on.",
    Document.DATA_DOCS: "It is written when the rows of a window are validated.",
}


def documents_of(ws: Workspace, spec: ModelSpec, window: Window) -> tuple[Document, ...]:
    """Which documents there should be of a window; nothing is fetched."""
    measured = ws.catalog.measurement(spec.name, window)
    found = [Document.EVIDENTLY] if measured is not None and has_report(measured) else []
    validated = ws.catalog.notes(spec.name, f"{window.key}/{Document.DATA_DOCS}")
    return (*found, Document.DATA_DOCS) if validated else tuple(found)


def document(ws: Workspace, spec: ModelSpec, window: Window, what: Document) -> bytes:
    """The HTML of a document, UTF-8.

    Raises:
        CatalogError: CAT025 if there is none.
        TrackingError: if MLflow, which holds the report, cannot be reached.
        StoreError: STO010 if the Data Docs are gone.
    """
    found = data_docs(ws, spec.name, window) if what is Document.DATA_DOCS else _report(ws, spec, window)
    if found is None:
        raise CatalogError(
            f"there is no {what} page of this window", code="CAT025", model=spec.name, window=window, do=_WHEN[what]
        )
    return found


def _report(ws: Workspace, spec: ModelSpec, window: Window) -> bytes | None:
    notes = {note.key: note.value for note in ws.catalog.notes(spec.name, f"{window.key}/measure")}
    return ws.tracking.artifact(notes["mlflow_run"], REPORT) if "mlflow_run" in notes else None
