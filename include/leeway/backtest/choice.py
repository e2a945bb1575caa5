"""Which policies a backtest plays: named by a word or a small mapping, or all that need no option."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway.errors import BacktestError, LeewayError
from leeway.kinds import build, resolve
from leeway.policies.base import Policy

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST = ("never", "every", "evidence")
"""Played first; what all others are compared with."""
_OF_ALL = frozenset({"kind", "bootstrap_windows", "min_rows"})


def named(policies: Sequence[Policy]) -> dict[str, Policy]:
    """Policies by what reports call them; of equal ones the first."""
    found: dict[str, Policy] = {}
    for policy in policies:
        found.setdefault(name_of(policy), policy)
    return found


def parse_policy(text: str) -> Policy:
    """Read ``every`` or ``{kind: every, windows: 4}``.

    Raises:
        BacktestError: BKT005, saying what is wrong and what was probably meant.
    """
    import yaml
    from pydantic import ValidationError
    from pydantic_core import PydanticCustomError

    try:
        made: Any = build(Policy, yaml.safe_load(text))
    except yaml.YAMLError as error:
        problem = str(error).splitlines()[0]
    except PydanticCustomError as error:
        problem = error.message()
    except ValidationError as error:
        problem = "; ".join(f"{'.'.join(map(str, line['loc']))}: {line['msg']}" for line in error.errors())
    else:
        return made  # type: ignore[no-any-return]
    raise BacktestError(
        f"the policy {text!r} cannot be read: {problem}",
        code="BKT005",
        do="Write a kind like 'every', or '{kind: every, windows: 4}'.",
    )


def default_policies(own: Policy | None = None) -> list[Policy]:
    """The model's own policy, and every kind that needs no option."""
    kinds = [*FIRST, *(kind for kind in Policy.KINDS if kind not in FIRST)]
    found = [build(Policy, kind) for kind in kinds if _needs_nothing(kind)]
    return [*([own] if own is not None else []), *found]  # type: ignore[list-item]


def name_of(policy: Policy) -> str:
    """The kind, and what differs from its defaults: ``every(windows=4)``."""
    fields = type(policy).model_fields
    said = [
        f"{name}={_short(getattr(policy, name))}"
        for name in fields
        if name not in _OF_ALL and getattr(policy, name) != fields[name].get_default(call_default_factory=True)
    ]
    return f"{policy.kind}({', '.join(said)})" if said else policy.kind


def _short(value: Any) -> str:
    if isinstance(value, Policy):
        return name_of(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_short, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _needs_nothing(kind: str) -> bool:
    try:
        cls = resolve(Policy, kind)
    except LeewayError:
        return False
    return not any(field.is_required() for name, field in cls.model_fields.items() if name != "kind")
