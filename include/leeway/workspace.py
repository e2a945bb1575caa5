"""Everything a stage works with: the catalog, the store and MLflow of one deployment."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from leeway.catalog import Catalog
from leeway.errors import ArtifactError
from leeway.settings import Settings, settings
from leeway.sources.http_cache import TEMPORARY
from leeway.store import Store
from leeway.tracking import Tracking
from leeway.trainers import artifact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leeway.core import ModelVersion
    from leeway.trainers.artifact import StoredModel


@dataclass(frozen=True)
class Workspace:
    """The catalog, the store and MLflow, opened; cheap to make, nothing is connected before it is used."""

    catalog: Catalog
    store: Store
    tracking: Tracking
    cache: Path
    threads: int = 1
    training_gb: float = 8.0

    @classmethod
    def open(cls, where: Settings | None = None) -> Self:
        """Open what the settings (default: the environment) name."""
        where = where or settings()
        where.home.mkdir(parents=True, exist_ok=True)
        return cls(
            Catalog(where.catalog),
            Store(where.store),
            Tracking(where.mlflow),
            where.cache,
            where.threads,
            where.training_gb,
        )

    def prepare(self) -> None:
        """Migrate the catalog and MLflow's store to what this code needs. Once per deployment, before any task."""
        self.catalog.migrate()
        self.tracking.prepare()

    def fitted(self, version: ModelVersion, *, trusted: Sequence[str] = ()) -> StoredModel:
        """Load a version's model; its files are fetched once and their hashes checked at every load.

        Args:
            version: which one, from the catalog.
            trusted: classes that the model file's trainers trust besides the allow-list.

        Raises:
            ArtifactError: if the files are not the ones that were registered.
            TrackingError: if they are gone.
        """
        folder = self.cache / "models" / version.artifact
        if folder.is_dir():
            try:
                return artifact.load(folder, version.artifact, trusted=trusted)
            except ArtifactError:  # the cache may be damaged while MLflow's files are whole
                shutil.rmtree(folder, ignore_errors=True)
        self._fetch(version, folder)
        return artifact.load(folder, version.artifact, trusted=trusted)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty folder on this machine's disk, for what does not fit into memory; gone when the context ends."""
        parent = self.cache / "scratch"
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=TEMPORARY) as folder:
            yield Path(folder)

    def sweep(self, older_than: timedelta) -> list[str]:
        """Remove from this machine's cache what dead processes began to fetch and never finished.

        Returns:
            What was removed, as paths in the cache.
        """
        limit = (datetime.now(UTC) - older_than).timestamp()
        removed = []
        for path in sorted(self.cache.glob(f"*/{TEMPORARY}*")):
            with suppress(FileNotFoundError):  # its process is alive after all, and has just finished
                if path.lstat().st_mtime >= limit:
                    continue
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
                removed.append(str(path.relative_to(self.cache)))
        return removed

    def _fetch(self, version: ModelVersion, folder: Path) -> None:
        """Put a version's files into the cache, all or nothing."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        fetched = Path(tempfile.mkdtemp(dir=folder.parent, prefix=TEMPORARY))
        try:
            self.tracking.download(version.model, version.version, fetched)
            fetched.rename(folder)
        except OSError:
            if not folder.is_dir():  # otherwise another process has just put the same files there
                raise
        finally:
            shutil.rmtree(fetched, ignore_errors=True)
