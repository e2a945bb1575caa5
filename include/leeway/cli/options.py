"""Arguments and options that several commands share."""

from typing import Annotated

import typer

JSON = "leeway.json"
"""Key in the context's ``meta``: whether this call answers in JSON, also when it fails."""


def _remember(context: typer.Context, value: bool) -> bool:
    context.meta[JSON] = value
    return value


def _model_names(incomplete: str) -> list[str]:
    """Names for shell completion; model files are found, not read."""
    from leeway.settings import settings

    return sorted(path.stem for path in settings().models.glob(f"{incomplete}*.yaml"))


def _version(text: str) -> int:
    """Read ``7`` or ``v7``."""
    number = text.removeprefix("v")
    if not number.isdecimal():
        raise typer.BadParameter(f"{text!r} is not a version; write 7 or v7")
    return int(number)


WINDOW_HELP = "A date or time in the window: 2013-02-04 (in the schedule's time zone) or 2013-02-04T05:00Z."

Json = Annotated[
    bool, typer.Option("--json", help="Answer with one JSON object on stdout.", callback=_remember, is_eager=True)
]
Model = Annotated[str, typer.Argument(help="Name of a model.", metavar="MODEL", autocompletion=_model_names)]
AnyModel = Annotated[
    str | None, typer.Argument(help="Name of a model; default: all.", metavar="[MODEL]", autocompletion=_model_names)
]
ModelOption = Annotated[str, typer.Option("--model", "-m", help="Name of a model.", autocompletion=_model_names)]
WindowOption = Annotated[str, typer.Option("--window", "-w", help=WINDOW_HELP)]
Version = Annotated[int, typer.Argument(help="Version in the registry: 7 or v7.", metavar="VERSION", parser=_version)]
ToVersion = Annotated[
    int | None, typer.Option("--to", help="7 or v7; default: the champion before.", metavar="VERSION", parser=_version)
]
OfVersion = Annotated[
    int | None, typer.Option("--version", help="7 or v7; default: the champion.", metavar="VERSION", parser=_version)
]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the ledger.")]
NoReason = Annotated[str, typer.Option("--reason", help="Why, for the ledger; may be left out.")]
From = Annotated[str | None, typer.Option("--from", help="Only from the window of this date or time on.")]
To = Annotated[str | None, typer.Option("--to", help="Only up to the window of this date or time, inclusive.")]
Until = Annotated[
    str | None,
    typer.Option("--until", help="Up to the window of this date or time, inclusive; default: the newest complete one."),
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="Use what was known at this end of a decided window; default: the newest one."),
]
Once = Annotated[bool, typer.Option("--once", help="Stop when everything has run, instead of serving until Ctrl-C.")]
