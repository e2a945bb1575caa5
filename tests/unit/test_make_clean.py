"""`make clean` removes what is leeway's and nothing else, whatever ``LEEWAY_HOME`` names."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[2] / "Makefile"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project's folder with local state."""
    folder = tmp_path / "project"
    (folder / ".leeway").mkdir(parents=True)
    shutil.copy(MAKEFILE, folder)
    return folder


def clean(project: Path, home: Path | None = None, *, user: Path | None = None) -> str:
    """Run `make clean`; what it says."""
    env = {name: value for name, value in os.environ.items() if name != "LEEWAY_HOME"}
    env |= {"LEEWAY_HOME": str(home)} if home is not None else {}
    env |= {"HOME": str(user)} if user is not None else {}
    ended = subprocess.run(["make", "-s", "clean"], cwd=project, env=env, capture_output=True, text=True, check=True)
    return ended.stdout


def test_the_default_home_is_removed(project: Path) -> None:
    assert clean(project) == ""
    assert [path.name for path in project.iterdir()] == ["Makefile"]


@pytest.mark.parametrize("mark", ["stack.lock", "catalog.db"])
def test_another_home_is_removed_if_it_looks_like_one(project: Path, tmp_path: Path, mark: str) -> None:
    home = tmp_path / "a home"
    home.mkdir()
    (home / mark).touch()

    clean(project, home)

    assert not home.exists()
    assert (project / ".leeway").is_dir(), "another home was named"


def test_a_folder_that_is_no_home_or_does_not_exist_is_left_alone(project: Path, tmp_path: Path) -> None:
    thesis = tmp_path / "other" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.touch()

    assert "neither stack.lock nor catalog.db" in clean(project, thesis.parent)
    assert clean(project, tmp_path / "gone") == ""
    assert thesis.exists()


def test_a_home_that_holds_the_project_or_the_users_folder_is_left_alone(project: Path, tmp_path: Path) -> None:
    (tmp_path / "catalog.db").touch()
    user = tmp_path / "users" / "ann"
    user.mkdir(parents=True)
    (user / "stack.lock").touch()

    assert "holds this project" in clean(project, tmp_path)
    assert "holds your own folder" in clean(project, user, user=user)
    assert (user / "stack.lock").exists()
    assert (project / "Makefile").exists()
