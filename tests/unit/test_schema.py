"""The declared schema: which columns go where, and what never reaches a model."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from leeway.schema import Column, Label, Role, TableSchema

COLUMNS: dict[str, Any] = {
    "at": {"type": "timestamp", "role": "id"},
    "number": {"type": "int", "role": "id"},
    "region": {"type": "string", "role": ["feature", "slice"]},
    "age": {"type": "float"},
    "team": {"type": "string", "role": "slice"},
    "late": {"type": "boolean", "role": "target"},
    "seen": {"type": "timestamp", "role": "id"},
    "note": {"type": "string", "role": "ignore"},
    "refund": {"type": "float", "role": "forbidden"},
}


def schema(label: dict[str, str] | None = None, **columns: Any) -> TableSchema:
    return TableSchema.model_validate(
        {
            "columns": {**COLUMNS, **columns},
            "event_time": "at",
            "key": ["number", "at"],
            "label": label or {"column": "late", "time": "seen", "within": "2d"},
        }
    )


def test_raw_rows_hold_neither_label_nor_what_is_ignored_or_forbidden() -> None:
    assert schema().raw_columns == ("at", "number", "region", "age", "team")


def test_labels_are_read_with_key_and_time() -> None:
    assert schema().label_columns == ("at", "number", "late", "seen")
    assert schema({"column": "late", "delay": "2d"}).label_columns == ("at", "number", "late")


def test_columns_are_found_by_role_in_declared_order() -> None:
    assert schema().named(Role.SLICE) == ("region", "team")
    assert schema().named(Role.FORBIDDEN, Role.FEATURE) == ("region", "age", "refund")


roles = st.lists(st.sampled_from(["feature", "slice", "id", "ignore", "forbidden"]), min_size=6, max_size=6)


@given(roles)
def test_no_label_and_nothing_forbidden_is_ever_raw(given_roles: list[str]) -> None:
    extra = {f"c{place}": {"type": "string", "role": role} for place, role in enumerate(given_roles)}
    made = schema(**extra)

    raw = set(made.raw_columns)

    assert not raw & {"late", "seen", *made.named(Role.IGNORE, Role.FORBIDDEN, Role.TARGET)}
    assert raw >= {"at", "number", *made.named(Role.FEATURE, Role.SLICE)}


def test_one_role_is_written_without_a_list() -> None:
    assert Column.model_validate({"type": "int", "role": "id"}).role == (Role.ID,)
    assert Column.model_validate({"type": "int"}).role == (Role.FEATURE,)


@pytest.mark.parametrize("kind", ["string", "boolean", "int"])
def test_slice_has_values_that_can_be_listed(kind: str) -> None:
    assert Column.model_validate({"type": kind, "role": "slice"}).role == (Role.SLICE,)


def test_sensitive_column_is_kept_for_judging_and_learnt_from_only_as_a_feature() -> None:
    made = schema(sex={"type": "string", "role": "sensitive"}, zone={"type": "int", "role": ["feature", "sensitive"]})

    assert made.judged_by == ("region", "team", "sex", "zone")
    assert made.withheld == ("sex",)
    assert {"sex", "zone"} <= set(made.raw_columns)


@pytest.mark.parametrize("roles", [["slice", "sensitive"], ["feature", "slice", "sensitive"]], ids=len)
def test_sensitive_goes_with_feature_and_slice(roles: list[str]) -> None:
    assert [*Column.model_validate({"type": "string", "role": roles}).role] == roles


@pytest.mark.parametrize(
    ("roles", "says"),
    [(["sensitive", "id"], "exclude one another"), (["slice", "slice"], "'slice' is there twice")],
    ids=["with another role", "twice"],
)
def test_roles_that_do_not_go_together_are_refused(roles: list[str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Column.model_validate({"type": "string", "role": roles})


@pytest.mark.parametrize("kind", ["float", "timestamp"])
def test_slice_of_another_type_is_refused(kind: str) -> None:
    with pytest.raises(ValidationError, match="is string or boolean or int"):
        Column.model_validate({"type": kind, "role": "slice"})


def test_bounds_may_be_equal() -> None:
    column = Column.model_validate({"type": "float", "minimum": 1, "maximum": 1})

    assert column.minimum == column.maximum == 1.0


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ({"column": "late"}, "say either"),
        ({"column": "late", "delay": "2d", "time": "seen", "within": "2d"}, "say either"),
        ({"column": "late", "time": "seen"}, "'within' goes with 'time'"),
        ({"column": "late", "delay": "2d", "within": "2d"}, "'within' goes with 'time'"),
        ({"column": "late", "delay": "two days"}, "not a duration"),
    ],
)
def test_label_becomes_known_in_exactly_one_way(label: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Label.model_validate(label)


@pytest.mark.parametrize("name", ["target", "prediction", "known_at"])
def test_names_that_leeway_adds_cannot_be_features_but_may_be_the_label(name: str) -> None:
    with pytest.raises(ValidationError, match="leeway uses itself"):
        schema(**{name: {"type": "float"}})

    columns = {key: value for key, value in COLUMNS.items() if key != "late"}
    made = TableSchema.model_validate(
        {
            "columns": {**columns, name: {"type": "boolean", "role": "target"}},
            "event_time": "at",
            "key": ["number"],
            "label": {"column": name, "delay": "1d"},
        }
    )
    assert made.label.column == name


@pytest.mark.parametrize("role", ["feature", "slice"])
def test_time_at_which_the_label_became_known_is_no_feature(role: str) -> None:
    with pytest.raises(ValidationError, match=r"role: id|a slice or sensitive column is"):
        schema(seen={"type": "timestamp", "role": role})


def test_when_known_at_is_the_labels_own_time_it_may_have_that_name() -> None:
    made = schema({"column": "late", "time": "known_at", "within": "1d"}, known_at={"type": "timestamp", "role": "id"})

    assert "known_at" not in made.raw_columns
