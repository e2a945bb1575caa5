"""Airflow's settings: private, the same at every start, and not overridden by the caller's shell."""

import configparser
import stat
from pathlib import Path

import pytest

from leeway.services import config


@pytest.fixture
def airflow(tmp_path):
    return config.AirflowConfig(
        home=tmp_path,
        dags=tmp_path / "dags",
        plugins=tmp_path / "plugins",
        port=18080,
        database="postgresql+psycopg2://postgres@/airflow?host=/some%2Fwhere",
        parallelism=4,
    )


def read(airflow):
    parser = configparser.RawConfigParser()
    parser.read(airflow.folder / "airflow.cfg")
    return parser


def test_every_file_with_a_secret_is_for_its_owner_only(airflow, tmp_path):
    airflow.write()
    secret_files = [airflow.folder / "airflow.cfg", *(tmp_path / "secrets").iterdir()]
    assert len(secret_files) == 6
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret_files} == {0o600}
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_a_second_start_keeps_the_secrets(airflow):
    airflow.write()
    before = (airflow.folder / "airflow.cfg").read_text(), airflow.password
    airflow.write()
    assert ((airflow.folder / "airflow.cfg").read_text(), airflow.password) == before


def test_two_homes_have_different_secrets(tmp_path):
    assert config.secret(tmp_path / "a", "key") != config.secret(tmp_path / "b", "key")


def test_a_url_with_a_percent_sign_is_written_as_it_is(airflow):
    airflow.write()
    assert read(airflow)["database"]["sql_alchemy_conn"] == airflow.database


def test_airflow_listens_on_this_machine_only_and_gives_nobody_a_token_for_nothing(airflow):
    airflow.write()
    written = read(airflow)
    assert written["api"]["host"] == "127.0.0.1"
    assert written["core"]["simple_auth_manager_all_admins"] == "False"
    assert len(written["api_auth"]["jwt_secret"]) >= 64


def test_the_callers_airflow_and_mlflow_variables_are_not_passed_on():
    inherited = {"AIRFLOW__CORE__EXECUTOR": "Celery", "MLFLOW_TRACKING_URI": "http://elsewhere", "LEEWAY_THREADS": "2"}
    environment = config.environment(inherited, {}, python_path=Path("/repo/include"))
    assert "AIRFLOW__CORE__EXECUTOR" not in environment
    assert "MLFLOW_TRACKING_URI" not in environment
    assert environment["LEEWAY_THREADS"] == environment["OMP_NUM_THREADS"] == "2"


def test_a_proxy_is_never_asked_for_this_machine():
    inherited = {"http_proxy": "http://proxy:3128", "no_proxy": "intranet"}
    environment = config.environment(inherited, {}, python_path=Path("/repo/include"))
    assert environment["no_proxy"] == environment["NO_PROXY"] == "intranet,127.0.0.1,localhost"
