"""``card``: what a version is, what it may be used for, how good it is for whom, and what happened to it."""

from pathlib import Path
from typing import Annotated

import typer

from leeway.cli import access
from leeway.cli.options import Json, Model, OfVersion
from leeway.cli.output import give


def card(
    model: Model,
    version: OfVersion = None,
    html: Annotated[Path | None, typer.Option(help="Write it as a page to this file instead.")] = None,
    as_json: Json = False,
) -> None:
    """Print the model card of a version in Markdown."""
    from leeway.facts import card as cards

    made = cards.card(access.workspace(), access.spec_of(model), version)
    if html is not None:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_bytes(made.html)
    if as_json:
        give(made.model_dump(), lambda _: (), as_json=True)
    elif html is None:
        typer.echo(made.markdown, nl=False)
    else:
        typer.echo(f"Wrote {html}")
