"""Kinds: a short name or ``module:Class`` becomes an object of its family, or an explanation."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, SerializeAsAny, ValidationError

from leeway.errors import SpecError
from leeway.kinds import Kind, KindOf, Problems, Strict, build, load, resolve

if TYPE_CHECKING:
    from pathlib import Path


class Pump(Kind):
    """A family of two."""

    FAMILY = "pump"
    KINDS = {"hand": f"{__name__}:Hand", "motor": f"{__name__}:Motor"}  # noqa: RUF012


class Hand(Pump):
    """Needs nothing."""

    strokes: int = Field(default=10, ge=1)


class Motor(Pump):
    """Needs its power."""

    power: float


class Well(Strict):
    """Holds kinds."""

    pump: Annotated[SerializeAsAny[Pump], KindOf(Pump, default="hand")]
    spares: tuple[Annotated[SerializeAsAny[Pump], KindOf(Pump)], ...] = ()


def problems(value: Any) -> dict[str, tuple[str, str]]:
    """Field -> (code, sentence) of all that is wrong."""
    with pytest.raises(ValidationError) as caught:
        Well.model_validate(value)
    return {".".join(map(str, line["loc"])): (line["type"], line["msg"]) for line in caught.value.errors()}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("hand", Hand(kind="hand")),
        ({"kind": "hand"}, Hand(kind="hand")),
        ({"strokes": 3}, Hand(kind="hand", strokes=3)),
        ({"kind": "motor", "power": 2}, Motor(kind="motor", power=2.0)),
        ({"kind": f"{__name__}:Hand"}, Hand(kind=f"{__name__}:Hand")),
        (f"{__name__}:Hand", Hand(kind=f"{__name__}:Hand")),
        (Motor(kind="motor", power=1), Motor(kind="motor", power=1.0)),
    ],
)
def test_kind_is_written_in_several_ways(written: Any, expected: Pump) -> None:
    assert Well.model_validate({"pump": written}).pump == expected


def test_fields_of_the_kind_stay_in_the_dump() -> None:
    well = Well.model_validate({"pump": {"kind": "motor", "power": 2}, "spares": ["hand"]})

    dumped = well.model_dump(mode="json")

    assert dumped == {"pump": {"kind": "motor", "power": 2.0}, "spares": [{"kind": "hand", "strokes": 10}]}
    assert Well.model_validate(dumped) == well


def test_all_problems_are_reported_at_once_each_in_its_field() -> None:
    found = problems(
        {"pmup": 1, "pump": {"kind": "motor", "pover": 1}, "spares": ["foot", {"kind": "hand", "strokes": 0}]}
    )

    assert found == {
        "pmup": ("SPEC011", "unknown key; allowed: pump, spares. Did you mean 'pump'?"),
        "pump.pover": ("SPEC011", "unknown key; allowed: kind, power. Did you mean 'power'?"),
        "pump.power": ("SPEC012", "this key is missing"),
        "spares.0": ("SPEC020", "unknown pump kind 'foot'; allowed: hand, motor (or module:Class)"),
        "spares.1.strokes": ("SPEC010", "this should be greater than or equal to 1, not 0"),
    }


@given(st.text(max_size=20))
def test_any_text_is_told_back_as_it_was_written(text: str) -> None:
    (problem,) = problems({"pump": {"kind": "hand", "strokes": f"x{text}"}}).values()

    assert problem[0] == "SPEC010"
    assert problem[1].endswith(f"not {f'x{text}'!r}")


def test_braces_stay_braces() -> None:
    assert problems({"pump": "{hand}"})["pump"][1].startswith("unknown pump kind '{hand}'")


def test_object_of_another_family_is_refused() -> None:
    code, sentence = problems({"pump": "leeway.detectors.quality:Quality"})["pump"]

    assert (code, sentence) == (
        "SPEC022",
        "leeway.detectors.quality:Quality is not a pump: it does not derive from Pump",
    )


@pytest.mark.parametrize("value", [None, 3, ["hand"], {"kind": None}, {"kind": 3}])
def test_what_is_no_kind_at_all_is_refused(value: Any) -> None:
    code, sentence = problems({"pump": "hand", "spares": [value]})["spares.0"]

    assert code in ("SPEC010", "SPEC012")
    assert "kind" in sentence


@pytest.mark.parametrize("path", ["nowhere:X", "leeway.core:Nothing", ":", "x:", ":X", ".x:Y", "a..b:C", "Hand"])
def test_what_cannot_be_imported_is_refused(path: str) -> None:
    with pytest.raises(SpecError) as caught:
        load(path, what="pump")

    assert caught.value.code == "SPEC021"


def test_module_that_fails_when_imported_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_pump.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(SpecError, match="ZeroDivisionError") as caught:
        resolve(Pump, "broken_pump:Pump")

    assert caught.value.code == "SPEC021"
    assert "broken_pump" not in sys.modules


def test_schema_knows_the_kinds_and_their_own_fields() -> None:
    pump = Well.model_json_schema()["properties"]["pump"]

    by_name = {entry["properties"]["kind"].get("const"): entry for entry in pump["anyOf"] if "properties" in entry}
    assert set(by_name) == {"hand", "motor", None}
    assert by_name["motor"]["required"] == ["kind", "power"] or set(by_name["motor"]["required"]) == {"kind", "power"}
    assert "kind" not in by_name["hand"]["required"]
    assert by_name["hand"]["properties"]["strokes"]["minimum"] == 1
    assert {"enum": ["hand"]} in pump["anyOf"]


def test_build_gives_the_object_itself() -> None:
    assert build(Pump, "hand") == Hand(kind="hand")


def test_problems_of_one_check_are_raised_together() -> None:
    found = Problems()
    found.refuse(Hand(kind="hand"))
    found.add("one {thing}", "columns", 3)
    found.add("another")

    with pytest.raises(ValidationError) as caught:
        found.refuse(Hand(kind="hand"))

    assert [(line["loc"], line["msg"]) for line in caught.value.errors()] == [
        (("columns", 3), "one {thing}"),
        ((), "another"),
    ]
