"""``power``: how small a difference from the champion the held-back rows could show, before anything is trained."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leeway.cli import access
from leeway.cli.options import Json, Model
from leeway.cli.output import figure, give, table, version
from leeway.facts.plain import Facts, sentence

if TYPE_CHECKING:
    from rich.console import RenderableType

    from leeway.drill.comparison import Spread
    from leeway.evaluation.versus import VersusChampion
    from leeway.spec import ModelSpec

SOURCES = {
    "comparisons": "known from earlier comparisons",
    "champion": "taken from the champion's own losses, which is cautious",
}


def power(model: Model, as_json: Json = False) -> None:
    """Say how small a difference from the champion the held-back rows could show. Changes nothing."""
    from leeway.drill import comparison
    from leeway.evaluation.versus import VersusChampion

    spec, ws = access.spec_of(model), access.workspace()
    spread = comparison.spread_of(ws, spec)
    gates = [gate for gate in spec.gates if isinstance(gate, VersusChampion)]
    facts = {
        "model": spec.name,
        "champion": spread.champion,
        "loss": spread.loss,
        "windows": spread.windows,
        "rows": spread.rows,
        "days": spread.days,
        "source": spread.source,
        "unseen": comparison.unseen_windows(ws, spec, spread.champion),
        "gates": [_gate(spec, gate, spread) for gate in gates],
    }
    give(facts, _show, as_json=as_json)


def _gate(spec: "ModelSpec", gate: "VersusChampion", spread: "Spread") -> Facts:
    from leeway.drill import comparison

    sizes = comparison.sizes(spec, gate, spread)
    return {
        "better": gate.better,
        "alpha": gate.alpha,
        "margin": gate.margin,
        "sizes": [vars(size) for size in sizes],
        "warning": comparison.warning(gate, spread, sizes),
    }


def _show(facts: Facts) -> Iterator["RenderableType"]:
    yield (
        f"{facts['model']}, {version(facts['champion'])}: loss {figure(facts['loss'])} on the newest "
        f"{facts['windows']} labelled windows of about {facts['rows']:,.0f} rows. How much two models differ from day "
        f"to day is {SOURCES[facts['source']]}. Of the windows held back by now it has not learnt from "
        f"{facts['unseen']}."
    )
    if not facts["gates"]:
        yield "No gate of this model compares with the champion (versus_champion)."
    for gate in facts["gates"]:
        noticed = "a fall is seen from>" if gate["better"] else "a rise is stopped from>"
        rows = [(str(size["windows"]), figure(size["detectable"]), f"{size['share']:.1%}") for size in gate["sizes"]]
        yield table("held-back windows>", noticed, "share of the loss>", rows=rows)
        if gate["warning"]:
            yield sentence(gate["warning"])
    yield sentence("from: the size that is seen or stopped in 8 of 10 cases")
