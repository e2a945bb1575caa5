"""How things are plugged in: a ``kind`` is a short name or ``module:Class``, and becomes a frozen object that does the work.

A family (source, trainer, detector, policy, gate) is a base class with a table of its short names. There is no registry to
register with: a user's own class is named by where it is, ``mypackage.sources:Kafka``. That imports code named in a model
file, so model files are trusted like DAG files.
"""

from __future__ import annotations

import importlib
import re
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from leeway.errors import SpecError, did_you_mean


class Strict(BaseModel):
    """A frozen object made from a model file: unknown keys are refused, with the ones that exist."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="wrap")
    @classmethod
    def _explain_unknown_keys(cls, value: Any, handler: Any) -> Self:
        try:
            return handler(value)  # type: ignore[no-any-return]
        except ValidationError as error:
            lines = [cls._explain(line) for line in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(cls.__name__, lines) from None

    @classmethod
    def _explain(cls, line: Any) -> InitErrorDetails:
        code, problem = line["type"], line["msg"].removeprefix("Value error, ")
        if not code.startswith("SPEC"):
            code = {"extra_forbidden": "SPEC011", "missing": "SPEC012"}.get(code, "SPEC010")
            if code == "SPEC011":
                names = [field.alias or name for name, field in cls.model_fields.items()]
                problem = f"unknown key; {did_you_mean(str(line['loc'][-1]), names)}"
            elif line["type"] in ("enum", "literal_error") and isinstance(line["input"], str):
                problem = f"{line['input']!r} is not allowed here; "
                problem += did_you_mean(line["input"], re.findall(r"'([^']*)'", line["ctx"]["expected"]))
        problem = problem.replace("{", "{{").replace("}", "}}")
        return InitErrorDetails(type=PydanticCustomError(code, problem), loc=line["loc"], input=line["input"])


class Kind(Strict):
    """Base of every family. A family sets ``FAMILY`` and ``KINDS``: short name -> ``module:Class``."""

    FAMILY: ClassVar[str] = "kind"
    KINDS: ClassVar[dict[str, str]] = {}

    kind: str


class KindOf:
    """Annotation of a field that holds any kind of a family: ``Annotated[SerializeAsAny[Source], KindOf(Source)]``."""

    def __init__(self, family: type[Kind], default: str | None = None) -> None:
        self.family = family
        self.default = default

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: build(self.family, value, self.default),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: value.model_dump(mode="json"), when_used="always"
            ),
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        known = [_kind_schema(resolve(self.family, name), name, self.default) for name in self.family.KINDS]
        return {"anyOf": [*known, {"type": "object", "properties": {"kind": {"pattern": ":"}}, "required": ["kind"]}]}


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
        raise PydanticCustomError("SPEC010", f"a {family.FAMILY} is a mapping with 'kind', not {type(value).__name__}")
    name = value.get("kind", default)
    if not isinstance(name, str):
        raise PydanticCustomError("SPEC012", f"a {family.FAMILY} needs 'kind'; allowed: {', '.join(family.KINDS)}, module:Class")
    try:
        cls = resolve(family, name)
    except SpecError as error:
        raise PydanticCustomError(error.code, error.what.replace("{", "{{").replace("}", "}}")) from error
    return cls.model_validate({**value, "kind": name})


def resolve(family: type[Kind], name: str) -> type[Kind]:
    """Find the class of a kind by its short name or ``module:Class``.

    Raises:
        SpecError: if there is none, it cannot be imported, or it is not of the family.
    """
    path = family.KINDS.get(name, name if ":" in name else None)
    if path is None:
        raise SpecError(
            f"unknown {family.FAMILY} kind {name!r}; {did_you_mean(name, family.KINDS)} (or module:Class)", code="SPEC020"
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
    except (ImportError, AttributeError, ValueError) as error:
        raise SpecError(f"{what} {path!r} cannot be imported: {error}", code="SPEC021") from error


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
