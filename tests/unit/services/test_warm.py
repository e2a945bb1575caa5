"""What tasks need is imported once; what is missing is said, and keeps nothing from starting."""

import sys

from leeway.services import ports
from leeway.services.warm import wait_for_api, warm


def test_a_package_is_imported_with_all_its_modules(tmp_path, monkeypatch):
    package = tmp_path / "warmed_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "inner.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert warm(libraries=(), packages=("warmed_package",)) == ()
    assert "warmed_package.inner" in sys.modules


def test_a_module_that_is_missing_or_broken_is_named_and_the_rest_is_imported(tmp_path, monkeypatch, caplog):
    (tmp_path / "warmed_broken.py").write_text("1 / 0")
    (tmp_path / "warmed_fine.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    missing = warm(libraries=("warmed_broken", "warmed_absent", "warmed_fine"), packages=("warmed_gone",))
    assert missing == ("warmed_broken", "warmed_absent", "warmed_gone")
    assert "warmed_fine" in sys.modules
    assert "division by zero" in caplog.text


def test_waiting_for_an_api_that_does_not_come_ends():
    assert not wait_for_api(f"http://{ports.HOST}:{ports.free()}", timeout=0.1)
