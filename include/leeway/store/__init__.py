"""The store: immutable, checksummed, content-addressed files on a local folder or an object store."""

from leeway.store.store import Store, Stored

__all__ = ["Store", "Stored"]
