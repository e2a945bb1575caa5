"""The stack refuses secrets that somebody could guess, and says which without showing them."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from leeway.deployment.passwords import LEAST, require_strong, weaknesses
from leeway.errors import ServiceError

REPO = Path(__file__).parents[3]


@pytest.fixture
def project(tmp_path):
    """A project's folder with nothing but the script."""
    (tmp_path / "docker").mkdir()
    shutil.copy(REPO / "docker" / "secrets.sh", tmp_path / "docker")
    return tmp_path


def made(project):
    """What the script writes, as an environment."""
    subprocess.run(["sh", str(project / "docker" / "secrets.sh")], check=True, capture_output=True)
    lines = (project / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def strong(project):
    return made(project)


def test_what_make_secrets_writes_is_strong_complete_and_for_its_owner_only(project, strong):
    require_strong(strong)
    assert set(LEAST) <= set(strong)
    assert stat.S_IMODE((project / ".env").stat().st_mode) == 0o600


def test_it_keeps_what_is_there_and_makes_what_is_missing(project):
    (project / ".env").write_text("AIRFLOW_PORT=8088\nREDIS_PASSWORD=\nLEEWAY_DB_PASSWORD=mine-mine-0123-qrst\n")
    first = made(project)
    assert first["LEEWAY_DB_PASSWORD"] == "mine-mine-0123-qrst"
    assert first["AIRFLOW_PORT"] == "8088"
    assert first["REDIS_PASSWORD"]
    assert made(project) == first


def test_every_secret_of_the_compose_files_is_made_and_checked(strong):
    text = "".join((REPO / name).read_text() for name in ("docker-compose.yaml", "docker-compose.s3.yaml"))
    wanted = set(re.findall(r"\$\{(\w+):\?run make secrets\}", text))
    assert wanted <= set(strong)
    assert {name for name in wanted if not name.startswith("S3_")} <= set(LEAST)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("REDIS_PASSWORD", "", "is missing"),
        ("REDIS_PASSWORD", "k3J9x", "has 5 characters"),
        ("REDIS_PASSWORD", "aaaaaaaaaaaaaaaaaaab", "different characters"),
        ("REDIS_PASSWORD", "k3J9x/aaQ2z@pp0Lm7v:wT", "stands in an address"),
        ("AIRFLOW_ADMIN_PASSWORD", "changeme-airflow-admin", "everybody tries first"),
        ("AIRFLOW_JWT_SECRET", "airflow_jwt_secret" * 5, "everybody tries first"),
        ("AIRFLOW_FERNET_KEY", "x9" + "k3J9xQ2zPp0Lm7vWtR" * 3, "no Fernet key"),
    ],
)
def test_what_will_not_do_is_told(strong, name, value, why):
    with pytest.raises(ServiceError, match=why) as refused:
        require_strong(strong | {name: value})
    assert refused.value.code == "SVC070"
    assert name in str(refused.value)
    assert not value or value not in str(refused.value)


def test_two_uses_of_one_secret_are_told(strong):
    (problem,) = weaknesses(strong | {"MLFLOW_DB_PASSWORD": strong["LEEWAY_DB_PASSWORD"]})
    assert "is the same as" in problem


def test_a_long_random_one_may_hold_a_word_by_chance(strong):
    assert not list(weaknesses(strong | {"REDIS_PASSWORD": "0f3a9c12345be7d86a41c09e55d2b7f0c3a9"}))
