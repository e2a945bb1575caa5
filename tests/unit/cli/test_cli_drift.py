"""``leeway drift`` and ``leeway profile`` on small files: verdicts, exit codes, and whatever a file may hold."""

from __future__ import annotations

import gzip
import json
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

ROWS = 1000
FINDING = {
    "flagged", "test", "statistic", "p_value", "effect", "interval", "threshold", "direction", "sentence", "distances",
}  # fmt: skip


def table(seed: int, rows: int = ROWS, shift: float = 0.0) -> pa.Table:
    random = np.random.default_rng(seed)
    return pa.table(
        {
            "at": pa.array(np.arange(rows) * 1_000_000, pa.timestamp("us")),
            "size": random.standard_normal(rows) + shift,
            "shop": random.choice(["north", "south", "web"], rows, p=[0.2, 0.3, 0.5]),
        }
    )


@pytest.fixture
def write(tmp_path):
    """Write a table, or columns, under a name that says how."""

    def written(name: str, content):
        made = content if isinstance(content, pa.Table) else pa.table(content)
        path = tmp_path / name
        if name.endswith(".parquet"):
            pq.write_table(made, path)
        else:
            csv.write_csv(made, path)
        if name.endswith(".gz"):
            path.write_bytes(gzip.compress(path.read_bytes()))
        return str(path)

    return written


@pytest.fixture
def known(write):
    return write("known.parquet", table(1))


@pytest.fixture
def compare(ask):
    """What ``leeway drift`` says of two files, as JSON."""
    return lambda reference, current, *more: ask({}, "drift", "-r", reference, "-c", current, *more)


@pytest.fixture
def flagged(compare):
    """The flagged columns: name -> test."""

    def found(reference, current, *more):
        answer = compare(reference, current, *more)
        return {column["name"]: column["test"] for column in answer["columns"] if column["flagged"]}

    return found


@pytest.mark.parametrize("kind", ["parquet", "csv", "csv.gz"])
def test_exit_0_without_drift_and_3_with_it(leeway, write, kind):
    known = write(f"a.{kind}", table(1))
    for shift, code, said in ((0.0, 0, "No drift."), (0.5, 3, "`size`: mean rose from")):
        result = leeway({}, "drift", "-r", known, "-c", write(f"b.{kind}", table(2, shift=shift)))
        assert result.exit_code == code
        assert said in result.stdout
        assert result.stderr == ""


def test_exit_2_with_one_block_on_an_error(leeway, known):
    result = leeway({}, "drift", "-r", known, "-c", "nowhere.parquet")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "PRO300" in result.stderr
    assert "nowhere.parquet" in result.stderr


def test_the_json_has_the_documented_keys(compare, write, known):
    answer = compare(known, write("b.parquet", table(2, shift=0.5)))
    assert set(answer) == {"rows", "budget", "floor", "columns", "together", "drift", "loss"}
    assert answer["rows"] == {"reference": ROWS, "current": ROWS}
    assert (answer["drift"], answer["loss"], answer["budget"], answer["floor"]) == (True, None, 5.0, 0.02)
    for column in (*answer["columns"], *answer["together"]):
        assert set(column) == {"name", "findings"} | FINDING
        assert all(set(finding) == FINDING for finding in column["findings"])
    assert [column["name"] for column in answer["columns"]] == ["at", "size", "shop"]
    size = answer["columns"][1]
    assert (size["flagged"], size["test"], size["direction"]) == (True, "ks_chi2", "up")
    assert (answer["columns"][0]["test"], answer["columns"][0]["findings"]) == (None, [])
    assert size["statistic"] == size["distances"]["ks"]


def test_files_of_any_kind_and_profiles_of_them_give_one_verdict(ask, compare, write, tmp_path):
    sides = [table(1), table(2, shift=0.5)]
    answers = []
    for kind in ("parquet", "csv", "csv.gz"):
        known, now = (write(f"{name}.{kind}", side) for name, side in zip("ab", sides, strict=True))
        answers.append(compare(known, now))
    profile = str(tmp_path / "a.profile")
    assert ask({}, "profile", known, "-o", profile) == {
        "output": profile, "bytes": (tmp_path / "a.profile").stat().st_size, "rows": ROWS, "columns": 3,
    }  # fmt: skip
    answers.append(compare(profile, now))
    assert all(answer["columns"][1:] == answers[0]["columns"][1:] for answer in answers)


def test_a_profile_as_current_says_how_the_reference_is_counted(ask, flagged, write, known, tmp_path):
    profile = str(tmp_path / "now.profile")
    ask({}, "profile", write("b.parquet", table(2, shift=0.5)), "-o", profile)
    assert set(flagged(known, profile)) == {"size"}


def test_profiles_of_parts_made_alike_add_up_to_the_whole(ask, compare, write, known, tmp_path):
    day = table(1)
    parts = [write(f"part{at}.parquet", day.slice(400 * at, 400)) for at in range(3)]
    made = [str(tmp_path / f"{at}.profile") for at in range(3)]
    ask({}, "profile", parts[0], "-o", made[0])
    for part, output in zip(parts[1:], made[1:], strict=True):
        ask({}, "profile", part, "-o", output, "--like", made[0])
    whole = str(tmp_path / "whole.profile")
    assert ask({}, "profile", "merge", *made, "-o", whole)["rows"] == ROWS
    against = compare(whole, known)
    assert against["rows"] == {"reference": ROWS, "current": ROWS}
    for column in against["columns"]:
        assert all(finding["effect"] == 0 for finding in column["findings"])
        assert not any(column["distances"].get(name, 0.0) for name in ("ks", "tvd"))


def test_profiles_about_different_centres_are_refused_with_the_way_out(ask, write, tmp_path):
    made = [str(tmp_path / f"{at}.profile") for at in range(2)]
    for at, output in enumerate(made):
        ask({}, "profile", write(f"{at}.parquet", table(at)), "-o", output)
    for arguments in (("drift", "-r", made[0], "-c", made[1]), ("profile", "merge", *made, "-o", made[0])):
        error = ask({}, *arguments)["error"]
        assert error["code"] in ("PRO110", "PRO111")
        assert "--like" in error["do"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("profile", "{known}", "{known}", "-o", "{new}"), "profile merge"),
        (("profile", "{known}", "-o", "out.bin"), ".profile"),
        (("drift", "-r", "{known}", "-c", "{known}", "--target", "size"), "--prediction"),
        (("drift", "-r", "{known}", "-c", "{known}", "--prediction", "size"), "--target"),
        (("drift", "-r", "{known}", "-c", "{known}", "--budget", "0"), "--budget"),
    ],
)
def test_arguments_that_do_not_fit_together_are_refused(leeway, known, tmp_path, arguments, said):
    filled = [argument.format(known=known, new=tmp_path / "new.profile") for argument in arguments]
    result = leeway({}, *filled)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "new.profile").exists()


def test_the_column_of_the_time_is_left_out_and_must_be_there(compare, write, known):
    now = write("b.parquet", table(2))
    assert [column["name"] for column in compare(known, now, "--time", "at")["columns"]] == ["size", "shop"]
    error = compare(known, now, "--time", "att")["error"]
    assert (error["code"], error["do"]) == ("PRO303", "allowed: at, shop, size. Did you mean 'at'?")


def test_budget_and_floor_decide_what_counts(flagged, write, known):
    now = write("b.parquet", table(2, shift=0.3))
    assert set(flagged(known, now)) == {"size"}
    assert flagged(known, now, "--floor", "0.5") == {}


# The loss


def judged(seed: int, rows: int = 400, wrong: float = 0.1) -> pa.Table:
    random = np.random.default_rng(seed)
    truth = random.random(rows) < 0.4
    said = np.where(random.random(rows) < wrong, ~truth, truth)
    return pa.table({"truth": truth, "said": np.where(said, 0.9, 0.1), "word": np.where(truth, "yes", "no")})


def test_a_risen_loss_is_flagged_though_no_column_moved(compare, leeway, write):
    known = write("a.parquet", judged(1))
    now = write("b.parquet", judged(2, wrong=0.3))
    options = ("--target", "truth", "--prediction", "said")
    answer = compare(known, now, *options)
    assert not any(column["flagged"] for column in answer["columns"])
    assert answer["drift"]
    assert set(answer["loss"]) == {
        "name", "reference", "current", "interval", "statistic", "p_value", "flagged", "sentence",
    }  # fmt: skip
    assert (answer["loss"]["name"], answer["loss"]["flagged"]) == ("brier", True)
    result = leeway({}, "drift", "-r", known, "-c", now, *options)
    assert result.exit_code == 3
    assert "brier rose from" in result.stdout


@pytest.mark.parametrize("kind", ["parquet", "csv", "csv.gz"])
def test_a_loss_that_stayed_is_told_and_not_flagged(compare, write, kind):
    answer = compare(
        write(f"a.{kind}", judged(1)), write(f"b.{kind}", judged(2)), "--target", "truth", "--prediction", "said"
    )
    assert (answer["drift"], answer["loss"]["flagged"]) == (False, False)


@pytest.mark.parametrize(
    ("columns", "rows", "code"),
    [
        (("truth", "said"), 20, "PRO320"),
        (("word", "said"), 400, "PRO321"),
        (("thruth", "said"), 400, "PRO303"),
        (("truth", "sayd"), 400, "PRO303"),
    ],
)
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_loss_that_cannot_be_judged_is_an_error(compare, write, columns, rows, code, kind):
    known, now = write(f"a.{kind}", judged(1)), write(f"b.{kind}", judged(2, rows))
    error = compare(known, now, "--target", columns[0], "--prediction", columns[1])["error"]
    assert error["code"] == code


def test_a_profile_has_no_rows_to_judge_the_loss_on(ask, compare, write, tmp_path):
    known, profile = write("a.parquet", judged(1)), str(tmp_path / "a.profile")
    ask({}, "profile", known, "-o", profile)
    error = compare(profile, known, "--target", "truth", "--prediction", "said")["error"]
    assert (error["code"], error["where"]) == ("PRO305", {"file": profile})


# The report


def test_the_report_holds_the_sentences_and_needs_no_network(compare, write, known, tmp_path):
    report = tmp_path / "reports" / "drift.html"
    answer = compare(known, write("b.parquet", table(2, shift=0.5)), "--html", str(report))
    page = report.read_text(encoding="utf-8")
    (size,) = [column for column in answer["columns"] if column["flagged"]]
    assert "mean rose from" in size["sentence"]
    assert size["sentence"].split(" (")[0].replace("`", "") in re.sub(r"<[^>]+>|`", "", page)
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"']?(?:https?:)?//", page)


def test_a_report_on_profiles_holds_the_sentences_alone(ask, compare, write, known, tmp_path):
    profile, report = str(tmp_path / "a.profile"), tmp_path / "drift.html"
    ask({}, "profile", known, "-o", profile)
    assert compare(profile, write("b.parquet", table(2, shift=0.5)), "--html", str(report))["drift"]
    assert "mean rose from" in report.read_text(encoding="utf-8")


# Files that cannot be read


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.parquet", b"", "PRO301"),
        ("empty.csv", b"", "PRO301"),
        ("blank.csv", b"\n\n", "PRO301"),
        ("header.csv", b"at,size,shop\n", "PRO304"),
        ("text.parquet", b"these are words, not columns", "PRO301"),
        ("ragged.csv", b"a,b\n1,x\n2,y,3\n", "PRO301"),
        ("short.csv", b"a,b\n1,x\n2\n", "PRO301"),
        ("twice.csv", b"a,a\n1,x\n2,y\n", "PRO101"),
        ("latin.csv", "a,b\n1,caf\xe9\n".encode("latin1"), "PRO301"),
        ("plain.csv.gz", b"a,b\n1,x\n", "PRO301"),
        ("cut.csv.gz", gzip.compress(b"a,b\n" + b"1,x\n" * 50_000, mtime=0)[:100], "PRO301"),
        ("words.profile", b"no profile", "PRO200"),
        ("table.xlsx", b"PK", "PRO302"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_with_its_name(compare, known, tmp_path, name, content, code):
    (tmp_path / name).write_bytes(content)
    for sides in ((known, str(tmp_path / name)), (str(tmp_path / name), known)):
        error = compare(*sides)["error"]
        assert error["code"] == code
        assert error["where"]["file"] == str(tmp_path / name)


def test_half_of_a_parquet_file_is_an_error(compare, known, tmp_path):
    content = Path(known).read_bytes()
    (tmp_path / "half.parquet").write_bytes(content[: len(content) // 2])
    assert compare(known, str(tmp_path / "half.parquet"))["error"]["code"] == "PRO301"


def test_a_table_without_rows_is_an_error_not_no_drift(compare, write, known):
    none = write("none.parquet", table(1, rows=0))
    for sides in ((known, none), (none, known), (none, none)):
        assert compare(*sides)["error"]["code"] == "PRO304"


def test_two_columns_of_one_name_are_an_error(compare, write, known):
    twice = write("twice.parquet", pa.Table.from_arrays([pa.array([1, 2]), pa.array([3, 4])], names=["a", "a"]))
    assert compare(known, twice)["error"]["code"] == "PRO101"


def test_a_csv_column_that_turns_to_words_after_many_megabytes_is_an_error(compare, known, tmp_path):
    late = tmp_path / "late.csv"
    late.write_bytes(b"a\n" + b"1234567.5\n" * 1_800_000 + b"word\n")
    error = compare(known, str(late))["error"]
    assert (error["code"], error["where"]) == ("PRO301", {"file": str(late)})
    assert "word" in error["message"]


# Odd columns


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"size": pa.nulls(ROWS)}, {"size": "missing"}),
        ({"size": pa.nulls(ROWS, pa.float64())}, {"size": "missing"}),
        ({"size": np.full(ROWS, np.nan)}, {"size": "missing"}),
        ({"size": np.full(ROWS, 3.0)}, {"size": "spike"}),
        ({"size": np.full(ROWS, np.inf)}, {"size": "outside"}),
        ({"size": np.full(ROWS, 1e308)}, {"size": "outside"}),
        ({"size": [str(number) for number in range(ROWS)]}, {"size": "kind"}),
        ({"size": pa.array([[1.0]] * ROWS)}, {"size": "kind"}),
        ({"shop": np.arange(ROWS)}, {"shop": "kind"}),
        ({"shop": ["web"] * ROWS}, {"shop": "chi2"}),
        ({"shop": pa.nulls(ROWS, pa.string())}, {"shop": "missing"}),
        ({"extra": np.arange(ROWS)}, {"extra": "added"}),
        ({"size": None}, {"size": "absent"}),
    ],
)
def test_a_column_of_other_values_gives_a_verdict_on_it(flagged, write, known, columns, expected):
    now = table(2)
    for name, values in columns.items():
        now = now.drop_columns([name]) if name in now.column_names else now
        now = now.append_column(name, pa.array(values)) if values is not None else now
    assert flagged(known, write("now.parquet", now), "--html", known.replace("known.parquet", "out.html")) == expected


ODD = {
    "nulls": pa.nulls(ROWS),
    "nan": np.full(ROWS, np.nan),
    "constant": np.full(ROWS, 3.0),
    "infinite": np.full(ROWS, -np.inf),
    "some infinite": np.where(np.arange(ROWS) % 7 == 0, np.inf, np.arange(ROWS)),
    "decimals": pa.array([Decimal(number).scaleb(-2) for number in range(ROWS)]),
    "structs": pa.array([{"a": 1}] * ROWS),
    "maps": pa.array([[("k", 1)]] * ROWS, pa.map_(pa.string(), pa.int64())),
    "bytes": pa.array([b"\xff"] * ROWS),
    "booleans": pa.array([True, False] * (ROWS // 2)),
    "durations": pa.array(range(ROWS), pa.duration("s")),
    "days": pa.array([0] * ROWS, pa.date32()),
    "dictionary": pa.array(["a", None] * (ROWS // 2)).dictionary_encode(),
    "large": np.arange(ROWS, dtype=np.int64) + 2**62,
}


@pytest.mark.parametrize("kind", ODD)
def test_a_table_has_not_drifted_from_itself_whatever_it_holds(compare, write, kind):
    path = write("odd.parquet", {"odd": ODD[kind], "size": table(1)["size"]})
    answer = compare(path, path)
    assert (answer["drift"], len(answer["columns"])) == (False, 2)


def test_decimals_are_numbers(flagged, write):
    known, now = (
        write(f"{at}.parquet", {"price": pc.cast(pc.round(table(at, shift=at)["size"], 2), pa.decimal128(12, 2))})
        for at in range(2)
    )
    assert flagged(known, now) == {"price": "ks_chi2"}


def test_names_with_line_breaks_and_markup_are_shown_literally(leeway, write):
    known, now = (write(f"{at}.parquet", {"[red]x\ny": np.arange(ROWS) + 9000 * at}) for at in range(2))
    result = leeway({}, "drift", "-r", known, "-c", now)
    assert result.exit_code == 3
    assert "[red]x" in result.stdout


@pytest.mark.slow
def test_a_million_categories_are_compared(compare, write):
    names = pa.array([f"customer {number}" for number in range(1_000_000)])
    known, now = (
        write(f"{at}.parquet", {"who": names.take(pa.array(np.random.default_rng(at).permutation(1_000_000)))})
        for at in range(2)
    )
    assert not compare(known, now)["drift"]


def test_the_answer_for_people_lists_what_is_flagged_and_nothing_else(leeway, write, known):
    now = table(2, shift=0.5)
    lost = pc.if_else(pa.array(np.arange(ROWS) % 5 == 0), None, now["size"])
    now = now.set_column(1, "size", lost)
    result = leeway({}, "drift", "-r", known, "-c", write("b.parquet", now))
    assert "1,000 rows against 1,000, 3 columns" in result.stdout
    assert "`size`: mean rose" in result.stdout
    assert "`size`: missing values rose from 0 % to 20 %" in result.stdout
    assert "`shop`" not in result.stdout
    assert max(len(line) for line in result.stdout.splitlines()) <= 100


def test_json_is_one_object_also_with_a_report(leeway, write, known, tmp_path):
    result = leeway(
        {}, "drift", "-r", known, "-c", write("b.parquet", table(2, shift=0.5)), "--json", "--html",
        str(tmp_path / "r.html"),
    )  # fmt: skip
    assert result.exit_code == 3
    assert json.loads(result.stdout)["drift"]
    assert result.stderr == ""
