"""Files: which are read, for which window, and what is said when they are not there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import fsspec
import pyarrow as pa
import pytest
from pydantic import ValidationError

from bad_input.kit import WINDOW, cell, csv, flipped, parquet, request, source, table, write_parquet
from leeway.core import Window
from leeway.errors import SourceError, SpecError
from leeway.sources.files import Files

if TYPE_CHECKING:
    from pathlib import Path

DAY = timedelta(days=1)


def code_of(folder: Path, path: str, **options: Any) -> str:
    with pytest.raises(SourceError) as caught:
        source("files", path=path, **options).read(request(folder))
    return caught.value.code


def test_no_file_for_the_window_has_its_own_code_and_is_not_transient(tmp_path: Path) -> None:
    for path in ("gone.csv", "{start:%Y}.csv", "part*.csv", "no/such/folder/*.parquet", "memory://gone.csv"):
        with pytest.raises(SourceError) as caught:
            source("files", path=path).read(request(tmp_path))
        assert (caught.value.code, caught.value.transient) == ("SRC110", False)


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    assert code_of(tmp_path, "folder.csv") == "SRC111"
    assert code_of(tmp_path, "/dev/zero", format="csv") == "SRC111"


def test_an_unknown_file_system_is_a_matter_of_configuration(tmp_path: Path) -> None:
    assert code_of(tmp_path, "nosuch://bucket/data.csv") == "SRC111"


def test_window_times_are_written_in_the_declared_zone(tmp_path: Path) -> None:
    (tmp_path / "2026-01-04T16.csv").write_bytes(csv())
    made = source("files", path="{start:%Y-%m-%dT%H}.csv", timezone="America/Los_Angeles")
    assert made.read(request(tmp_path)).table.num_rows == 2


def test_environment_variables_are_put_in_but_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_ROOT", str(tmp_path / "s3cret"))
    made = source("files", path="${DATA_ROOT}/{start:%Y}.csv")
    with pytest.raises(SourceError) as caught:
        made.read(request())
    assert "s3cret" not in str(caught.value)
    assert caught.value.where["file"] == "${DATA_ROOT}/2026.csv"
    monkeypatch.delenv("DATA_ROOT")
    with pytest.raises(SpecError, match="DATA_ROOT"):
        made.read(request())


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "data"},
        {"path": "{begin:%Y}.csv"},
        {"path": "{start}.csv"},
        {"path": "{start:%Q}.csv"},
        {"path": "{start:%Y.csv"},
        {"path": "a.csv", "delimiter": '"'},
        {"path": "a.csv", "delimiter": ";;"},
        {"path": "a.csv", "encoding": "klingon"},
        {"path": "a.csv", "encoding": "base64"},
        {"path": "a.csv", "timezone": "Mars/Olympus"},
        {"path": "a.csv", "max_rows": 0},
        {"path": "a.csv", "surprise": 1},
    ],
)
def test_what_cannot_be_is_refused_in_the_model_file(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Files(kind="files", **wrong)


def test_rows_outside_the_window_of_their_file_are_refused_even_if_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "05.csv").write_bytes(cell(ts="2026-01-06T00:00:00Z"))
    early = Window(start=WINDOW.start, end=WINDOW.start + timedelta(hours=2))
    with pytest.raises(SourceError) as caught:
        source("files", path="{start:%d}.csv").read(request(tmp_path, interval=early))
    assert (caught.value.code, caught.value.where["row"]) == ("SRC150", "3")


def test_without_windows_a_file_per_window_gives_no_rows(tmp_path: Path) -> None:
    assert source("files", path="{start:%d}.csv").read(request(tmp_path, windows=())).table.num_rows == 0


def test_labels_known_in_the_interval_are_picked_by_their_own_time(tmp_path: Path) -> None:
    rows = [
        "a,2026-01-01T00:00:00Z,2026-01-05T10:00:00Z",
        "b,2026-01-05T00:00:00Z,",
        "c,2026-01-05T00:00:00Z,2026-01-06T00:00:00Z",
    ]
    (tmp_path / "labels.csv").write_text("\n".join(["id,ts,spare", *rows]))
    declared = {"spare": {"role": "id", "nullable": True}}
    wanted = request(tmp_path, declare=declared, columns=("id", "ts", "spare"), time_column="spare")
    assert source("files", path="labels.csv").read(wanted).table["id"].to_pylist() == ["a"]


def test_only_row_groups_near_the_interval_are_read(tmp_path: Path) -> None:
    start = WINDOW.start
    times = pa.array([start - 40 * DAY, start - 40 * DAY, start, start], pa.timestamp("us", "UTC"))
    data = write_parquet(table(4, ts=times, n=pa.array([3_333_333_333, 4, 5, 6])), row_group_size=2)
    far = data.index((3_333_333_333).to_bytes(8, "little") + (4).to_bytes(8, "little"))
    (tmp_path / "all.parquet").write_bytes(flipped(data, far))
    assert source("files", path="all.parquet").read(request(tmp_path)).table["n"].to_pylist() == [5, 6]
    earlier = WINDOW.shifted(-40 * DAY)
    with pytest.raises(SourceError) as caught:
        source("files", path="all.parquet").read(request(tmp_path, interval=earlier, windows=(earlier,)))
    assert caught.value.code == "SRC114"


def test_the_fingerprint_follows_content_and_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(csv())
    (tmp_path / "b.csv").write_bytes(csv())
    made = source("files", path="a.csv")
    first = made.read(request(tmp_path)).fingerprint
    assert made.read(request(tmp_path)).fingerprint == first
    assert source("files", path="b.csv").read(request(tmp_path)).fingerprint != first
    (tmp_path / "a.csv").write_bytes(csv().replace(b"Oslo", b"Bern"))
    assert made.read(request(tmp_path)).fingerprint != first


def test_remote_files_are_read_and_told_apart(tmp_path: Path) -> None:
    files = fsspec.filesystem("memory")
    files.pipe("/leeway/a.csv", csv())
    files.pipe("/leeway/a.parquet", parquet())
    try:
        assert source("files", path="memory://leeway/a.csv").read(request(tmp_path)).table.num_rows == 2
        remote = source("files", path="memory://leeway/*.parquet")
        first = remote.read(request(tmp_path))
        assert first.table.num_rows == 2
        assert remote.read(request(tmp_path)).fingerprint == first.fingerprint
        files.pipe("/leeway/a.parquet", parquet(rows=3))
        assert remote.read(request(tmp_path)).fingerprint != first.fingerprint
    finally:
        files.rm("/leeway", recursive=True)


def test_a_pattern_does_not_reach_into_the_folder_of_the_model_file(tmp_path: Path) -> None:
    folder = tmp_path / "team [a]*"
    folder.mkdir()
    (folder / "part1.csv").write_bytes(csv())
    (folder / "part2.csv").mkdir()
    assert source("files", path="part*.csv").read(request(folder)).table.num_rows == 2


def test_the_order_of_rows_in_files_does_not_matter(tmp_path: Path) -> None:
    lines = cell().splitlines()
    (tmp_path / "up.csv").write_bytes(b"\n".join(lines))
    (tmp_path / "down.csv").write_bytes(b"\n".join([lines[0], *reversed(lines[1:])]))
    up, down = (source("files", path=f"{name}.csv").read(request(tmp_path)).table for name in ("up", "down"))
    assert up.equals(down)


def test_an_unreadable_file_is_not_transient_unless_the_storage_fails(tmp_path: Path) -> None:
    loop = tmp_path / "loop.csv"
    loop.symlink_to(loop)
    assert code_of(tmp_path, "loop.csv") in ("SRC110", "SRC111", "SRC200")
