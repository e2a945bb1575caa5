"""One stack per home."""

import pytest

from leeway.errors import ServiceError
from leeway.services.lock import only_one


def test_a_held_home_is_refused_with_what_its_holder_wrote(tmp_path):
    with only_one(tmp_path) as lock:
        lock.write('{"airflow": "http://127.0.0.1:8080"}')
        lock.flush()
        with pytest.raises(ServiceError) as caught, only_one(tmp_path):
            pass
    assert caught.value.code == "SVC010"
    assert "http://127.0.0.1:8080" in str(caught.value)


def test_a_home_that_was_left_can_be_taken_again(tmp_path):
    for _ in range(2):
        with only_one(tmp_path) as lock:
            assert lock.tell() == 0
            lock.write("{}")


def test_a_home_that_cannot_be_a_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ServiceError) as caught, only_one(tmp_path / "file"):
        pass
    assert caught.value.code == "SVC011"
