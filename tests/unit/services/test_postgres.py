"""Where the embedded PostgreSQL is, before it is started."""

import os

import pytest

from leeway.errors import ServiceError
from leeway.services.postgres import Postgres


def test_the_socket_is_beside_the_data_if_its_path_is_short_enough(tmp_path):
    home = tmp_path / "h"
    if len(os.fsencode(home)) < 80:
        assert Postgres(home).socket_folder == home / "pg" / "run"


def test_a_long_home_gets_a_short_socket_path_of_its_own(tmp_path):
    one, two = (Postgres(tmp_path / ("long" * 30) / name) for name in "ab")
    assert len(os.fsencode(one.socket_folder / ".s.PGSQL.5432")) <= 100
    assert one.socket_folder != two.socket_folder


def test_a_url_names_the_socket_and_holds_no_password(tmp_path):
    url = Postgres(tmp_path / "a b").url("leeway")
    assert url.startswith("postgresql+psycopg2://postgres@/leeway?host=")
    assert "a%20b" in url


def test_data_of_another_major_version_is_refused(tmp_path):
    postgres = Postgres(tmp_path)
    postgres.data.mkdir(parents=True)
    (postgres.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(ServiceError) as caught:
        postgres.prepare()
    assert caught.value.code == "SVC051"


def test_a_home_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "home").touch()
    with pytest.raises(ServiceError) as caught:
        Postgres(tmp_path / "home").prepare()
    assert caught.value.code == "SVC050"
