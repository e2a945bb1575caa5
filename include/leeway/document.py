"""YAML for model files: one pass from text to plain values and their lines, within limits that no file can break.

This is the core schema of YAML 1.2, which editors and other languages follow: ``no`` and dates stay text and ``1e-3``
is a number, all unlike YAML 1.1. Anchors, aliases, tags and deep nesting are refused: they let a small file grow
without bound, or overrun the stack of PyYAML's recursive C code, which ends the process. Events are taken one at a time
here, so nothing is recursive and nothing expands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from leeway.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 256 * 1024
"""A model file larger than this is refused before it is parsed."""
MAX_DEPTH = 20
"""Most levels of mappings and lists within one another."""

_CONSTANTS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

_STARTS = frozenset({yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent})
"""Events that begin a value."""

Lines = dict[Any, tuple[int, Any]]
"""Key or index -> (line from 1, the same for what stands there)."""
_NOTHING: Lines = {}
"""What stands in a scalar."""


@dataclass(frozen=True)
class Document:
    """A parsed file: its top-level mapping, and where everything in it stands."""

    value: dict[str, Any]
    lines: Lines

    def line_of(self, location: tuple[Any, ...]) -> int:
        """The line (from 1) of a field, or of the nearest thing around it that is there."""
        line, around = 1, self.lines
        for part in location:
            if part not in around:
                break
            line, around = around[part]
        return line


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not been reached. ``key`` is what the next value belongs to."""

    value: dict[str, Any] | list[Any]
    line: int
    lines: Lines = field(default_factory=dict)
    key: str | None = None

    def take(self, value: Any, line: int, lines: Lines) -> None:
        if isinstance(self.value, dict):
            key: Any = self.key
            self.value[key], self.key = value, None
            line = self.lines[key][0]
        else:
            key = len(self.value)
            self.value.append(value)
        self.lines[key] = (line, lines)


def read_document(path: Path) -> Document:
    """Read a model file.

    Raises:
        SpecError: SPEC001 to SPEC005, with the line.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SpecError(f"a model file has at most {MAX_BYTES:,} bytes", code="SPEC001", file=path)
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"cannot be read as UTF-8 text: {error}", code="SPEC001", file=path) from error
    return parse_document(text, path)


def parse_document(text: str, path: Path) -> Document:
    """Turn the text of a model file into values.

    Raises:
        SpecError: SPEC002 to SPEC005, with the line.
    """
    top = _Open([], 1)
    try:
        _build(_events(text), top, path)
    except yaml.YAMLError as error:
        raise _not_yaml(error, text, path) from None
    value = top.value[0] if top.value else None  # type: ignore[index]
    if not isinstance(value, dict):
        found = "empty" if value is None else f"a {'list' if isinstance(value, list) else 'single value'}"
        raise SpecError(
            f"a model file is a mapping of keys to values; this one is {found}",
            code="SPEC003",
            file=path,
            do="Start with 'name:'.",
        )
    return Document(value, top.lines[0][1])


def _events(text: str) -> Iterator[Any]:
    return iter(yaml.CSafeLoader(text).get_event, None)  # yaml.parse() looks at each event twice


def _build(events: Iterator[Any], top: _Open, path: Path) -> None:
    """Put the values of an event stream into ``top``."""
    stack = [top]
    for event in events:
        kind = type(event)
        if kind in _STARTS and (event.anchor is not None or event.tag is not None):
            what = f"an anchor (&{event.anchor}) is" if event.anchor else f"the tag {event.tag!r} is"
            raise _not_allowed(what, event, path)
        if kind is yaml.ScalarEvent:
            _scalar(event, stack[-1], path)
        elif kind in _STARTS:
            _open(event, stack, path)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            closed = stack.pop()
            stack[-1].take(closed.value, closed.line, closed.lines)
        elif kind is yaml.AliasEvent:
            raise _not_allowed("an alias (*) is", event, path)
        elif kind is yaml.DocumentStartEvent and top.value:
            raise _not_allowed("a second document (---) is", event, path)


def _open(event: Any, stack: list[_Open], path: Path) -> None:
    if isinstance(stack[-1].value, dict) and stack[-1].key is None:
        raise SpecError("a key is not text", code="SPEC005", file=_place(event, path), do="Quote it.")
    if len(stack) > MAX_DEPTH:
        raise _not_allowed(f"nesting deeper than {MAX_DEPTH} levels is", event, path)
    empty: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
    stack.append(_Open(empty, event.start_mark.line + 1))


def _scalar(event: Any, around: _Open, path: Path) -> None:
    value = _resolved(event.value) if event.implicit[0] else event.value
    line = event.start_mark.line + 1
    if isinstance(around.value, list):
        around.take(value, line, _NOTHING)
    elif around.key is not None:  # Its line is noted already; most events of a model file come by here.
        around.value[around.key], around.key = value, None
    elif not isinstance(value, str):
        raise SpecError(f"key {event.value!r} is not text", code="SPEC005", file=_place(event, path), do="Quote it.")
    elif value in around.value:
        first = around.lines[value][0]
        raise SpecError(
            f"key {value!r} is there twice, first in line {first}", code="SPEC005", file=_place(event, path)
        )
    else:
        around.key = value
        around.lines[value] = (line, _NOTHING)


def _resolved(text: str) -> Any:
    """Read a scalar without quotes by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema)."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return float(text.replace(".", "")) if _NOT_FINITE.fullmatch(text) else text


def problem_of(line: Any, document: Document, path: Path, *, model: str | None = None) -> SpecError:
    """What pydantic found wrong, one line of it, at its place in the file."""
    field = ".".join(str(part) for part in line["loc"] if part != "[key]")
    place = f"{path}:{document.line_of(line['loc'])}"
    return SpecError(line["msg"], code=line["type"], model=model, file=place, field=field or None)


def _not_allowed(what: str, event: Any, path: Path) -> SpecError:
    return SpecError(
        f"{what} not allowed in a model file", code="SPEC004", file=_place(event, path), do="Write it out."
    )


def _place(event: Any, path: Path) -> str:
    return f"{path}:{event.start_mark.line + 1}"


def _not_yaml(error: yaml.YAMLError, text: str, path: Path) -> SpecError:
    """Say in one line what PyYAML says in many."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return SpecError(f"is not YAML: {' '.join(str(error).split())}", code="SPEC002", file=path)
    line = error.problem_mark.line
    written = text.splitlines()[line : line + 1]
    tab = bool(written) and "\t" in written[0][: len(written[0]) - len(written[0].lstrip())]
    what = " ".join(filter(None, (error.context, error.problem)))
    do = "Indent with spaces, not tabs." if tab else "Look at this line and the one before it."
    return SpecError(f"is not YAML: {what}", code="SPEC002", file=f"{path}:{line + 1}", do=do)
