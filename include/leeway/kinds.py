"""How things are plugged in: a ``kind`` is a short name or ``module:Class``, and becomes a frozen object that works.

A family (source, trainer, detector, policy, gate) is a base class with a table of its short names. There is no registry
to register with: a user's own class is named by where it is, ``mypackage.sources:Kafka``. That imports code named in a
model file, so model files are trusted like DAG files.
"""

from __future__ import annotations

import importlib
import re
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from leeway.errors import SpecError, did_you_mean

_WANTED = {
    "missing": "this key is missing",
    "string_type": "text is wanted here",
    "tuple_type": "a list is wanted here, like [a, b]",
    "dict_type": "keys with values are wanted here",
    "model_type": "keys with values are wanted here",
    "bool_parsing": "true or false is wanted here",
    "bool_type": "true or false is wanted here",
    "date_parsing": "a date is wanted here, like 2024-03-31",
    "date_from_datetime_parsing": "a date is wanted here, like 2024-03-31",
    "date_from_datetime_inexact": "a date is wanted here, without a time of day",
    "too_short": "at least one is wanted here",
}
"""Kind of error in pydantic -> how leeway says it. The others are plain enough as they are."""


class Strict(BaseModel):
    """A frozen object made from a model file: unknown keys are refused, with the ones that exist."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="wrap")
    @classmethod
    def _explain_errors(cls, value: Any, handler: Any) -> Self:
        try:
            return handler(value)  # type: ignore[no-any-return]
        except ValidationError as error:
            raise explained(cls, error) from None


def explained(cls: type[BaseModel], error: ValidationError) -> ValidationError:
    """The same problems with leeway's codes, and in words for the author of a model file."""
    found = error.errors(include_url=False)
    # A list of which every entry is wrong counts as empty in pydantic; the entries' own problems say enough.
    around = {line["loc"][:depth] for line in found for depth in range(len(line["loc"]))}
    lines = [_explain(cls, line) for line in found if line["type"] != "too_short" or line["loc"] not in around]
    return ValidationError.from_exception_data(cls.__name__, lines)


def _explain(cls: type[BaseModel], line: Any) -> InitErrorDetails:
    given, kind = line["input"], line["type"]
    if kind.startswith("SPEC"):
        return InitErrorDetails(type=PydanticCustomError(kind, line["msg"]), loc=line["loc"], input=given)
    code = {"extra_forbidden": "SPEC011", "missing": "SPEC012"}.get(kind, "SPEC010")
    if kind == "extra_forbidden":
        names = [field.alias or name for name, field in cls.model_fields.items()]
        problem = f"unknown key; {did_you_mean(str(line['loc'][-1]), names)}"
    elif kind in ("enum", "literal_error"):
        allowed = re.findall(r"'([^']*)'", line["ctx"]["expected"])
        problem = f"{_spelled(given)} is not allowed here; {did_you_mean(str(given), allowed)}"
    elif kind == "value_error":
        problem = line["msg"].removeprefix("Value error, ")
    else:
        problem = _WANTED.get(kind, line["msg"].replace("Input should be", "this should be"))
        problem += "" if kind in ("missing", "too_short") else f", not {_spelled(given)}"
        problem += "; put it in quotes" if kind == "string_type" and isinstance(given, (bool, int, float)) else ""
    return InitErrorDetails(type=PydanticCustomError(code, problem), loc=line["loc"], input=given)


def _spelled(value: Any) -> str:
    """A value of a model file as its author wrote it, or what it is."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return repr(value) if len(str(value)) <= 60 else f"{str(value)[:57]!r}..."
    return (
        "keys with values" if isinstance(value, dict) else "a list" if isinstance(value, (list, tuple)) else repr(value)
    )


class Problems:
    """What a check of several fields found: each with its field, all reported together."""

    def __init__(self) -> None:
        self._lines: list[InitErrorDetails] = []

    def add(self, sentence: str, *field: str | int, code: str = "SPEC013") -> None:
        """Note a problem of a field, named from the object that is checked: ``add("...", "columns", "late")``."""
        self._lines.append(InitErrorDetails(type=PydanticCustomError(code, sentence), loc=field, input=None))

    def refuse(self, checked: BaseModel) -> None:
        """Raise what was noted, if anything was.

        Raises:
            ValidationError: with one line for each problem.
        """
        if self._lines:
            raise ValidationError.from_exception_data(type(checked).__name__, self._lines)


class Kind(Strict):
    """Base of every family. A family sets ``FAMILY`` and ``KINDS``: short name -> ``module:Class``."""

    FAMILY: ClassVar[str] = "kind"
    KINDS: ClassVar[dict[str, str]] = {}

    kind: str


class KindOf:
    """Annotation of a field that holds any kind of a family: ``Annotated[SerializeAsAny[Source], KindOf(Source)]``.

    Args:
        family: the base class.
        default: the kind where none is written.
        nested: kinds that hold kinds of the same family themselves; their JSON Schema would have no end.
    """

    def __init__(self, family: type[Kind], default: str | None = None, *, nested: tuple[str, ...] = ()) -> None:
        self.family = family
        self.default = default
        self.nested = nested

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: build(self.family, value, self.default),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: value.model_dump(mode="json"), when_used="always"
            ),
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        flat = [name for name in self.family.KINDS if name not in self.nested]
        known = {name: _kind_schema(resolve(self.family, name), name, self.default) for name in flat}
        alone = [name for name, schema in known.items() if set(schema["required"]) <= {"kind"}]
        own = {"type": "object", "properties": {"kind": {"type": "string", "pattern": ":"}}, "required": ["kind"]}
        words = [{"enum": alone}] if alone else []
        deeper = [
            {"type": "object", "properties": {"kind": {"const": name}}, "required": ["kind"]} for name in self.nested
        ]
        return {"anyOf": [*known.values(), *words, *deeper, {"type": "string", "pattern": ":"}, own]}


def build(family: type[Kind], value: Any, default: str | None = None) -> Kind:
    """Make the object that ``{"kind": ..., ...}`` describes.

    Raises:
        PydanticCustomError: if the kind is missing, unknown, not importable or of another family.
        ValidationError: if its fields are wrong.
    """
    if isinstance(value, family):
        return value
    if isinstance(value, str):
        value = {"kind": value}
    if not isinstance(value, dict):
        raise PydanticCustomError(
            "SPEC010", f"a {family.FAMILY} is written as keys with values, 'kind' first, not {_spelled(value)}"
        )
    name = value.get("kind", default)
    if not isinstance(name, str):
        raise PydanticCustomError(
            "SPEC012", f"a {family.FAMILY} needs 'kind'; allowed: {', '.join(family.KINDS)}, module:Class"
        )
    try:
        cls = resolve(family, name)
    except SpecError as error:
        raise PydanticCustomError(error.code, error.what) from error
    return cls.model_validate({**value, "kind": name})


def resolve(family: type[Kind], name: str) -> type[Kind]:
    """Find the class of a kind by its short name or ``module:Class``.

    Raises:
        SpecError: if there is none, it cannot be imported, or it is not of the family.
    """
    path = family.KINDS.get(name, name if ":" in name else None)
    if path is None:
        raise SpecError(
            f"unknown {family.FAMILY} kind {name!r}; {did_you_mean(name, family.KINDS)} (or module:Class)",
            code="SPEC020",
        )
    found = load(path, what=f"{family.FAMILY} kind")
    if not (isinstance(found, type) and issubclass(found, family)):
        raise SpecError(f"{path} is not a {family.FAMILY}: it does not derive from {family.__name__}", code="SPEC022")
    return found


def load(path: str, *, what: str) -> Any:
    """Import ``module:attribute`` (or ``module.attribute``).

    Raises:
        SpecError: if the module or the attribute does not exist, or importing it fails.
    """
    module, _, attribute = path.partition(":") if ":" in path else path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), attribute)
    except Exception as error:  # An edge: importing runs anybody's code, which may raise anything.
        problem = str(error) if isinstance(error, (ImportError, AttributeError, ValueError)) else repr(error)
        raise SpecError(f"{what} {path!r} cannot be imported: {problem}", code="SPEC021") from error


def _kind_schema(cls: type[Kind], name: str, default: str | None) -> dict[str, Any]:
    schema = cls.model_json_schema()
    schema["properties"]["kind"] = {"const": name}
    schema["required"] = [key for key in schema.get("required", []) if key != "kind" or name != default]
    return _inlined(schema)


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Put local definitions where they are used, so that the schema can stand inside another one."""
    definitions = schema.pop("$defs", {})

    def replace(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return replace(definitions[node["$ref"].rsplit("/", 1)[-1]])
            return {key: replace(item) for key, item in node.items()}
        return [replace(item) for item in node] if isinstance(node, list) else node

    result: dict[str, Any] = replace(schema)
    return result
