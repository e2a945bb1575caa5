"""Web servers that answer badly, slowly, or with something else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from bad_input.kit import WINDOW, cell, csv, gz, parquet, request, source
from bad_input.servers import Answer, Site, serving
from leeway.errors import SourceError
from leeway.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leeway.sources.base import Batch


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for the cache."""
    monkeypatch.setenv("LEEWAY_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield tmp_path / "home"
    settings.cache_clear()


def read(site: Site, path: str = "/data.csv", **options: Any) -> Batch:
    made = source("http", url=site.url + path, **{"backoff": 0, "cache": False, "timeout": 5, **options})
    return made.read(request())


def refused(site: Site, path: str = "/data.csv", **options: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read(site, path, **options)
    return caught.value


@pytest.mark.parametrize(
    ("answer", "path", "code"),
    [
        pytest.param(Answer(status=404), "/data.csv", "SRC110", id="not_found"),
        pytest.param(Answer(status=410), "/data.csv", "SRC110", id="gone"),
        pytest.param(Answer(status=204), "/data.csv", "SRC110", id="no_content"),
        pytest.param(Answer(status=401), "/data.csv", "SRC111", id="unauthorized"),
        pytest.param(Answer(status=403), "/data.csv", "SRC111", id="forbidden"),
        pytest.param(Answer(csv(), status=206), "/data.csv", "SRC111", id="partial"),
        pytest.param(Answer(b""), "/data.csv", "SRC100", id="empty"),
        pytest.param(Answer(b"<html>login</html>"), "/data.csv", "SRC105", id="page"),
        pytest.param(
            Answer(csv(), headers={"Content-Type": "text/html; charset=utf-8"}), "/data.csv", "SRC105", id="type"
        ),
        pytest.param(Answer(csv(), headers={"Content-Encoding": "br"}), "/data.csv", "SRC105", id="encoding"),
        pytest.param(
            Answer(gz(csv())[:-4], headers={"Content-Encoding": "gzip"}), "/data.csv", "SRC104", id="cut_gzip"
        ),
        pytest.param(Answer(gz(csv())[:-4]), "/data.csv.gz", "SRC104", id="cut_gz"),
        pytest.param(Answer(gz(b"\n" * 9_000_000)), "/data.csv.gz", "SRC103", id="bomb"),
        pytest.param(Answer(csv()), "/data.parquet", "SRC114", id="not_parquet"),
        pytest.param(Answer(b'{"error": "quota"}'), "/data.jsonl", "SRC120", id="json_error"),
    ],
)
def test_a_wrong_answer_is_refused_at_once(site: Site, answer: Answer, path: str, code: str) -> None:
    site.answers(answer)
    error = refused(site, path)
    assert error.code == code, str(error)
    assert len(site.asked) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(site: Site, status: int) -> None:
    site.answers(Answer(status=status), Answer(status=status), Answer(csv()))
    assert read(site).table.num_rows == 2
    assert len(site.asked) == 3


def test_a_server_that_stays_busy_is_a_transient_error(site: Site) -> None:
    site.answers(Answer(b"<html>", status=503))
    error = refused(site, retries=2)
    assert (error.code, error.transient) == ("SRC203", True)
    assert len(site.asked) == 3


def test_retry_after_is_honoured_as_seconds_and_as_date(site: Site) -> None:
    past = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    site.answers(
        Answer(status=503, headers={"Retry-After": "1"}),
        Answer(status=503, headers={"Retry-After": past}),
        Answer(status=503, headers={"Retry-After": "soon"}),
        Answer(csv()),
    )
    begun = datetime.now(UTC)
    assert read(site).table.num_rows == 2
    assert timedelta(seconds=1) <= datetime.now(UTC) - begun < timedelta(seconds=30)


def test_a_body_that_breaks_off_is_fetched_again(site: Site) -> None:
    site.answers(Answer(csv(), cut=50), Answer(csv()))
    assert read(site).table.num_rows == 2
    site.answers(Answer(csv(), cut=50))
    assert refused(site, retries=1).code == "SRC204"


def test_nobody_at_the_address_is_transient() -> None:
    with serving() as gone:
        pass
    assert refused(gone, retries=0).code == "SRC201"


def test_a_large_body_is_refused_announced_or_not(site: Site) -> None:
    site.answers(Answer(csv()))
    assert refused(site, max_bytes=50).code == "SRC101"
    site.answers(Answer(gz(csv() * 20), headers={"Content-Encoding": "gzip"}))
    assert refused(site, max_bytes=1_000).code == "SRC101"


def test_redirects_are_followed_but_not_for_ever(site: Site) -> None:
    site.answer = lambda path, _: (
        Answer(csv()) if path == "/new.csv" else Answer(status=302, headers={"Location": "/new.csv"})
    )
    assert read(site).table.num_rows == 2
    site.answers(Answer(status=302, headers={"Location": "/again"}))
    assert refused(site).code == "SRC111"
    site.answers(Answer(status=302, headers={"Location": "file:///etc/passwd"}))
    assert refused(site).code == "SRC111"


def test_headers_are_sent_but_not_to_another_host(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "s3cret")
    with serving() as other:
        other.answers(Answer(csv()))
        site.answers(Answer(status=302, headers={"Location": f"{other.url}/data.csv"}))
        assert read(site, headers={"X-Api-Key": "${API_KEY}"}).table.num_rows == 2
        assert site.asked[0][1]["x-api-key"] == "s3cret"
        assert "x-api-key" not in other.asked[0][1]


def test_a_secret_in_the_address_is_in_no_message_and_no_log(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("API_KEY", "s3cret")
    site.answers(Answer(status=404))
    with caplog.at_level("INFO"):
        error = refused(site, "/data.csv?key=${API_KEY}")
    assert site.asked[0][0] == "/data.csv?key=s3cret"
    assert "s3cret" not in str(error) + caplog.text
    assert "${API_KEY}" in str(error)


def test_an_unchanged_answer_is_not_downloaded_again(site: Site, home: Path) -> None:
    def answer(_: str, headers: dict[str, str]) -> Answer:
        if headers.get("if-none-match") == '"one"':
            return Answer(status=304)
        return Answer(csv(), headers={"ETag": '"one"'})

    site.answer = answer
    first, second = read(site, cache=True), read(site, cache=True)
    assert [headers.get("if-none-match") for _, headers in site.asked] == [None, '"one"']
    assert first.table.equals(second.table)
    assert first.fingerprint == second.fingerprint
    assert list((home / "cache" / "http").glob("*.answer"))


def test_a_damaged_cache_is_not_believed(site: Site, home: Path) -> None:
    site.answers(Answer(csv(), headers={"ETag": '"one"'}))
    read(site, cache=True)
    (kept,) = (home / "cache" / "http").glob("*.answer")
    kept.write_bytes(kept.read_bytes()[:-5])
    assert read(site, cache=True).table.num_rows == 2
    assert "if-none-match" not in site.asked[1][1]


def test_a_changed_answer_replaces_the_kept_one(site: Site, home: Path) -> None:
    site.answers(Answer(csv(), headers={"ETag": '"one"'}), Answer(cell(), headers={"ETag": '"two"'}))
    first, second = read(site, cache=True), read(site, cache=True)
    assert (first.table.num_rows, second.table.num_rows) == (2, 3)
    assert first.fingerprint != second.fingerprint


def test_one_answer_per_window_is_fetched_and_checked(site: Site) -> None:
    site.answers(Answer(csv()))
    assert read(site, "/{start:%Y/%m/%d}.csv").table.num_rows == 2
    assert site.asked[0][0] == "/2026/01/05.csv"
    later = WINDOW.shifted(timedelta(days=1))
    made = source("http", url=site.url + "/{start:%d}.csv", cache=False)
    with pytest.raises(SourceError) as caught:
        made.read(request(windows=(later,), interval=later))
    assert caught.value.code == "SRC150"


def test_gzip_and_parquet_are_read(site: Site) -> None:
    site.answers(Answer(gz(csv())))
    assert read(site, "/data.csv.gz").table.num_rows == 2
    site.answers(Answer(gz(csv()), headers={"Content-Encoding": "gzip"}))
    assert read(site).table.num_rows == 2
    assert read(site, "/data.csv.gz").table.num_rows == 2
    site.answers(Answer(parquet()))
    assert read(site, "/download?file=7", format="parquet").table.num_rows == 2
