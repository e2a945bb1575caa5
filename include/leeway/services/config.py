"""How Airflow is set up for one machine: its folder, its settings, its environment.

The settings are a file, ``<home>/airflow/airflow.cfg``, written anew at each start, so that an ``airflow`` command in a
terminal needs no more than ``AIRFLOW_HOME=<home>/airflow``. Airflow variables of the caller's shell are not passed on:
they would override the file, and belong to some other Airflow. Variables that start with ``LEEWAY_`` are.
"""

from __future__ import annotations

import configparser
import json
import os
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leeway.services.ports import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ADMIN: Final = "admin"
"""The one user of a local stack."""

_LOCAL_SETTINGS: Final = '''\
"""Written by leeway. Imported by every Airflow process; does something in those that fork for each piece of work."""

import os
import sys

if sys.argv[1:2] == ["scheduler"]:
    from leeway.services.warm import rehearse, wait_for_api, warm

    if os.environ.get("LEEWAY_WARM") != "0":
        warm()
        rehearse()
    wait_for_api("{api}")
elif sys.argv[1:2] == ["dag-processor"]:
    import leeway.orchestration

__all__ = ()
'''

_FOREIGN: Final = ("AIRFLOW", "_AIRFLOW", "MLFLOW_", "PYTHON", "OMP_", "GX_")
_ONE_THREAD: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_SILENT: Final = {
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "SCARF_NO_ANALYTICS": "true",
    "SCARF_ANALYTICS": "false",
}


@dataclass(frozen=True)
class AirflowConfig:
    """One local Airflow.

    Args:
        home: folder of all local state.
        dags: folder of the DAG files.
        plugins: folder of the plugins.
        port: of the user interface and API, on 127.0.0.1.
        database: SQLAlchemy URL.
        parallelism: tasks that may run at a time.
    """

    home: Path
    dags: Path
    plugins: Path
    port: int
    database: str
    parallelism: int

    @property
    def folder(self) -> Path:
        """AIRFLOW_HOME."""
        return self.home / "airflow"

    @property
    def url(self) -> str:
        """Where the user interface is."""
        return f"http://{HOST}:{self.port}"

    @property
    def password(self) -> str:
        """Of the user `ADMIN`; made once per home."""
        return admin_password(self.home)

    def write(self) -> None:
        """Write the settings, the password file and the hook that warms the scheduler."""
        parser = configparser.RawConfigParser()
        parser.read_dict(self._settings())
        path = self.folder / "airflow.cfg"
        with _private(path).open("w", encoding="utf-8") as file:
            file.write("# Written by leeway at each start; changes here are lost.\n\n")
            parser.write(file)
        _private(self._passwords).write_text(json.dumps({ADMIN: self.password}), encoding="utf-8")
        hook = self.folder / "config" / "airflow_local_settings.py"
        hook.parent.mkdir(parents=True, exist_ok=True)
        hook.write_text(_LOCAL_SETTINGS.format(api=self.url), encoding="utf-8")

    @property
    def _passwords(self) -> Path:
        return self.home / "secrets" / "airflow-passwords.json"

    def _settings(self) -> dict[str, dict[str, object]]:
        return {**self._where(), **self._secrets(), **_pace()}

    def _where(self) -> dict[str, dict[str, object]]:
        return {
            "database": {"sql_alchemy_conn": self.database},
            "logging": {"base_log_folder": self.folder / "logs", "colored_console_log": False},
            "dag_processor": {
                "parsing_processes": 1,
                "min_file_process_interval": 60,
                "refresh_interval": 30,  # a new model file appears within this many seconds
                "dag_file_processor_timeout": 120,
                "print_stats_interval": 0,
            },
        }

    def _secrets(self) -> dict[str, dict[str, object]]:
        return {
            "api": {
                "secret_key": secret(self.home, "airflow-api-key"),
                "host": HOST,
                "port": self.port,
                "base_url": self.url,
                "workers": 1,
                "expose_config": False,
            },
            "api_auth": {"jwt_secret": secret(self.home, "airflow-jwt-secret", size=64)},
            "core": {
                "fernet_key": secret(self.home, "airflow-fernet-key"),
                "dags_folder": self.dags,
                "plugins_folder": self.plugins,
                "load_examples": False,
                "executor": "LocalExecutor",
                "parallelism": self.parallelism,
                "max_active_tasks_per_dag": self.parallelism,
                "auth_manager": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
                "simple_auth_manager_users": f"{ADMIN}:admin",
                "simple_auth_manager_all_admins": False,
                "simple_auth_manager_passwords_file": self._passwords,
                "execution_api_server_url": f"{self.url}/execution/",
                "default_task_retries": 3,
                "default_task_retry_delay": 10,
                "killed_task_cleanup_time": 10,
            },
        }


def _pace() -> dict[str, dict[str, object]]:
    """Timeouts that a busy small machine keeps, and short waits where waiting brings nothing."""
    return {
        "scheduler": {
            "scheduler_idle_sleep_time": 0.3,
            "job_heartbeat_sec": 5,
            "scheduler_heartbeat_sec": 5,
            "task_instance_heartbeat_timeout": 120,
            "orphaned_tasks_check_interval": 60,
            "max_tis_per_query": 0,
            "max_dagruns_to_create_per_loop": 10,
            "catchup_by_default": False,
            "enable_health_check": False,  # would listen on a further port
        },
        "workers": {
            "execution_api_timeout": 30,
            # Airflow notices the end of a task late by up to this interval if the process closes its pipes a moment
            # before it ends, as large processes do; with the default of 5 s, one task in ten waited that long.
            "min_heartbeat_interval": 1,
            "max_failed_heartbeats": 60,  # heartbeats come every second: a minute without the API server is survived
        },
        "triggerer": {"capacity": 100},
        "metrics": {"statsd_on": False, "otel_on": False},
    }


def environment(inherited: Mapping[str, str], ours: Mapping[str, str], *, python_path: Path) -> dict[str, str]:
    """The environment of every component: the caller's, without what would override ours.

    Args:
        inherited: usually ``os.environ``.
        ours: wins over everything.
        python_path: the one folder that is added to Python's search path.
    """
    kept = {name: value for name, value in inherited.items() if not name.startswith(_FOREIGN)}
    local = ",".join(filter(None, (kept.get("no_proxy") or kept.get("NO_PROXY"), HOST, "localhost")))
    return {
        **kept,
        **_SILENT,
        **dict.fromkeys(_ONE_THREAD, inherited.get("LEEWAY_THREADS", "1")),
        "no_proxy": local,  # Airflow's tasks and MLflow's clients honour proxies, also for this machine
        "NO_PROXY": local,
        "PYTHONPATH": str(python_path),
        "PYTHONUNBUFFERED": "1",  # a log file shows what a component said before it was killed
        "SPT_NOENV": "1",  # setproctitle would overwrite the mark by which processes are found
        **ours,
    }


def admin_password(home: Path) -> str:
    """The password of `ADMIN` in a home's Airflow."""
    return secret(home, "airflow-admin-password")


def secret(home: Path, name: str, *, size: int = 32) -> str:
    """Read a secret of this home, or make one of ``size`` random bytes. Its file is readable for its owner only."""
    path = home / "secrets" / name
    if not path.exists():
        fresh = path.with_name(f"{name}.new")
        _private(fresh).write_text(urlsafe_b64encode(secrets.token_bytes(size)).decode(), encoding="utf-8")
        fresh.replace(path)
    return path.read_text(encoding="utf-8")


def _private(path: Path) -> Path:
    """Make an empty file for its owner's eyes only, before anything is written to it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    path.chmod(0o600)
    return path
