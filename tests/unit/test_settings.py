"""Where things are follows from the environment, and secrets stay in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leeway.errors import SpecError
from leeway.settings import Settings, expand, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _read_the_environment_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("HOME", "MODELS", "CATALOG_URL", "STORE_URL", "MLFLOW_URL", "THREADS"):
        monkeypatch.delenv(f"LEEWAY_{name}", raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_home_moves_everything_that_is_local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWAY_HOME", str(tmp_path))

    found = settings()

    assert found.catalog == f"sqlite:///{tmp_path}/catalog.db"
    assert found.store == f"{tmp_path}/store"
    assert found.mlflow == f"sqlite:///{tmp_path}/mlflow.db"
    assert found.cache == tmp_path / "cache"


def test_what_is_given_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWAY_CATALOG_URL", "postgresql+psycopg2://u:p@h/d")
    monkeypatch.setenv("LEEWAY_STORE_URL", "s3://bucket/leeway")
    monkeypatch.setenv("LEEWAY_MLFLOW_URL", "http://mlflow:5000")

    found = settings()

    assert found.catalog == "postgresql+psycopg2://u:p@h/d"
    assert found.store == "s3://bucket/leeway"
    assert found.mlflow == "http://mlflow:5000"


@pytest.mark.parametrize("variable", ["CATALOG_URL", "STORE_URL", "MLFLOW_URL"])
def test_password_in_a_url_is_not_shown(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"LEEWAY_{variable}", "scheme://u:hunter2@h/d")

    assert "hunter2" not in repr(settings())
    assert "hunter2" not in str(settings().model_dump())


@pytest.mark.parametrize("value", ["0", "many"])
def test_wrong_variable_is_named_and_its_value_is_not_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWAY_THREADS", value)

    with pytest.raises(SpecError, match="LEEWAY_THREADS") as caught:
        settings()

    assert caught.value.code == "SPEC051"
    assert "many" not in str(caught.value)


def test_environment_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = settings()
    monkeypatch.setenv("LEEWAY_THREADS", "7")

    assert settings() is before
    assert Settings().threads == 7


def test_expand_puts_variables_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE", "db:5432")

    assert expand("postgresql://${WAREHOUSE}/x?y=${WAREHOUSE}") == "postgresql://db:5432/x?y=db:5432"
    assert expand("$WAREHOUSE {start:%Y} 100%") == "$WAREHOUSE {start:%Y} 100%"


def test_home_is_always_defined_and_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert expand("${LEEWAY_HOME}/x") == f"{tmp_path}/.leeway/x"
    monkeypatch.setenv("LEEWAY_HOME", "state")
    settings.cache_clear()
    assert expand("${LEEWAY_HOME}/x") == f"{tmp_path}/state/x"
    assert expand("${LEEWAY_MODELS}") == f"{tmp_path}/include/models"


def test_expanded_value_is_not_expanded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTER", "${INNER}")

    assert expand("${OUTER}") == "${INNER}"


@pytest.mark.parametrize("value", [None, ""])
def test_variable_that_is_not_set_is_named(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAREHOUSE", raising=False)
    if value is not None:
        monkeypatch.setenv("WAREHOUSE", value)

    with pytest.raises(SpecError, match="WAREHOUSE is not set") as caught:
        expand("${WAREHOUSE}")

    assert caught.value.code == "SPEC050"
