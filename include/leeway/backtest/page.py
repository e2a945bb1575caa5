"""A backtest on one HTML page that fetches nothing: the recommendation, the frontier, the timeline, the figures."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from leeway.core import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leeway.backtest.result import Backtest, PolicyResult, Reference

_SECURITY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2733; max-width: 1100px; margin: 24px auto; padding: 0 24px; }
h1 { font-size: 22px; } h2 { font-size: 17px; margin: 28px 0 8px; } p.note { color: #5a6572; }
table { border-collapse: collapse; width: 100%; } td, th { padding: 4px 8px; border-bottom: 1px solid #dde3e9; }
td, th { text-align: right; } td:first-child, th:first-child { text-align: left; } tr.chosen { background: #eef6ee; }
"""


def page(found: Backtest) -> bytes:
    """Draw it; every name and sentence is escaped.

    Returns:
        The page as UTF-8, about 5 MB: the script that draws is part of it.
    """
    from plotly.offline import get_plotlyjs

    chosen = found.recommendation
    delay = f", labels known {found.label_delay} windows later" if found.label_delay else ""
    return "\n".join(
        [
            '<!DOCTYPE html><html lang="en"><head><meta charset="UTF-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_SECURITY}">',
            f"<title>Backtest of {escape(found.name)}</title><style>{_STYLE}</style>",
            f"<script>{get_plotlyjs()}</script></head><body>",
            f"<h1>Backtest of {escape(found.name)}</h1>",
            f'<p class="note">{found.rows:,} rows in {len(found.windows)} windows, the first {found.warmup} of them '
            f"train the first model{delay}. Figures are means over {found.seeds} seed(s).</p>",
            f"<h2>Recommended: {escape(chosen.policy)} with retrain_cost {chosen.retrain_cost:g}</h2>",
            *(f"<p>{escape(reason)}</p>" for reason in chosen.reasons),
            f"<h2>{escape(found.metric)} against retrains</h2>",
            _html(_frontier(found), "frontier"),
            f"<h2>{escape(found.metric)} of each window</h2>",
            _html(_timeline(found), "timeline"),
            '<p class="note">Triangles: retrains whose model serves from the next window on. Crosses: rejected ones. '
            "A name in the legend switches its line.</p>",
            "<h2>Policies</h2>",
            _table(found),
            "</body></html>",
        ]
    ).encode()


def _html(figure: Any, name: str) -> str:
    return str(figure.to_html(include_plotlyjs=False, full_html=False, div_id=name, config={"displaylogo": False}))


def _frontier(found: Backtest) -> Any:
    import plotly.graph_objects as go

    figure = go.Figure(layout=_layout("retrains", found.metric))
    for reference, name, colour in ((found, "", "#2b6cb0"), (found.shuffled, " (shuffled)", "#c3a36b")):
        figure.add_trace(_line(_rhythms(reference), f"periodic{name}", color=colour))
        best = [(point.retrains, point.score) for point in reference.oracle]
        figure.add_trace(_line(best, f"best in hindsight{name}", color=colour, dash="dot"))
    for policy in found.policies:
        figure.add_trace(
            go.Scatter(
                x=[policy.retrains],
                y=[policy.score],
                error_y={"type": "data", "array": [policy.score_spread], "visible": policy.score_spread > 0},
                name=escape(policy.name),
                mode="markers",
                marker={"size": 11, "symbol": "diamond"},
            )
        )
    return figure


def _rhythms(reference: Backtest | Reference) -> list[tuple[float, float]]:
    """Never, and every period, by the number of retrains."""
    return sorted({(0.0, reference.never), *((point.retrains, point.score) for point in reference.periodic)})


def _line(points: Iterable[tuple[float, float]], name: str, **style: Any) -> Any:
    import plotly.graph_objects as go

    across, up = zip(*points, strict=True)
    return go.Scatter(x=across, y=up, name=name, mode="lines", line={"width": 2, **style})


def _timeline(found: Backtest) -> Any:
    import plotly.graph_objects as go

    served = found.windows[found.warmup :]
    figure = go.Figure(layout=_layout("", found.metric))
    for place, policy in enumerate(found.policies):
        shown = place < 3 or policy.name == found.recommendation.policy
        symbols, texts = zip(*(_marker(policy, found.warmup + at) for at in range(len(served))), strict=True)
        figure.add_trace(
            go.Scatter(
                x=[window.end for window in served],
                y=policy.values,
                name=escape(policy.name),
                mode="lines+markers",
                marker={"symbol": symbols, "size": [3 if symbol == "circle" else 11 for symbol in symbols]},
                hovertext=texts,
                visible=True if shown else "legendonly",
            )
        )
    return figure


def _marker(policy: PolicyResult, window: int) -> tuple[str, str]:
    """How a window is marked after which something was changed, and what is said of it."""
    for change in policy.changes:
        if change.window == window:
            good = "triangle-up" if change.action is Action.RETRAIN else "triangle-down"
            return good if change.promoted else "x", escape(f"{change.sentence} {change.outcome}")
    return "circle", ""


def _layout(across: str, up: str) -> dict[str, Any]:
    return {
        "template": "plotly_white",
        "height": 460,
        "margin": {"l": 60, "r": 20, "t": 20, "b": 50},
        "xaxis": {"title": across},
        "yaxis": {"title": escape(up)},
        "font": {"family": "system-ui, sans-serif"},
    }


def _table(found: Backtest) -> str:
    costs = [f"{cost:g}" for cost in found.costs]
    names = ["policy", found.metric, "retrains", "trainings", "d", *(f"regret at {c}" for c in costs), "false retrains"]
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = "".join(_row(policy, costs, chosen=policy.name == found.recommendation.policy) for policy in found.policies)
    return (
        f"<table><tr>{head}</tr>{rows}</table>"
        '<p class="note">d: points over a fixed rhythm of as many retrains. Regret: points that the best of never and '
        "all periods, chosen in hindsight, would have brought more when each retrain costs that many points. "
        "False retrains: on the same rows in random order.</p>"
    )


def _row(policy: PolicyResult, costs: Sequence[str], *, chosen: bool) -> str:
    cells = [
        escape(policy.name),
        f"{policy.score:.4f}",
        f"{policy.retrains:.3g}",
        f"{policy.trainings:.3g}",
        f"{policy.d:+.2f}",
        *(f"{policy.regret[cost]:+.2f}" for cost in costs),
        f"{policy.false_retrains:.3g}",
    ]
    return f"<tr{' class=chosen' if chosen else ''}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
