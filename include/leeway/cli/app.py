"""The program ``leeway``: its commands, the options of all of them, and how every failure ends."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from typer.core import TyperGroup

from leeway.cli import (
    alerts,
    backtest,
    card,
    cost,
    doctor,
    drift,
    drill,
    history,
    local,
    migrate,
    models,
    operate,
    power,
    run,
)
from leeway.cli.options import JSON
from leeway.cli.output import complain
from leeway.errors import LeewayError

DEBUG: Final = "LEEWAY_DEBUG"
FAILED: Final = 2
"""Exit code of an error; 1 says that a check found something."""


class _Program(TyperGroup):
    """Ends every expected failure with a message instead of a traceback."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command."""
        try:
            return super().invoke(ctx)
        except LeewayError as error:
            _end(ctx, error)
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader has left, as in `leeway history flights | head`
                raise
            _end(ctx, LeewayError(f"the system refused: {error}", code="LWY020", do=f"{DEBUG}=1 shows where."))


def _end(ctx: typer.Context, error: LeewayError) -> NoReturn:
    if os.environ.get(DEBUG):
        raise error
    complain(error, as_json=ctx.meta.get(JSON, False))
    raise typer.Exit(FAILED)


app = typer.Typer(name="leeway", cls=_Program, no_args_is_help=True, pretty_exceptions_enable=False)


def _say_version(wanted: bool) -> None:
    if wanted:
        from leeway.services.versions import spelled, versions

        typer.echo(spelled(versions()), nl=False)
        raise typer.Exit


@app.callback()
def everywhere(
    home: Annotated[
        Path | None, typer.Option(help="Folder of all local state; default: LEEWAY_HOME or .leeway.")
    ] = None,
    models_: Annotated[
        Path | None,
        typer.Option("--models", help="Folder of the model files; default: LEEWAY_MODELS or include/models."),
    ] = None,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool,
        typer.Option(
            "--version", help="Say which leeway, Airflow and MLflow this is.", callback=_say_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Keep deployed models good: see how they are, why they were retrained, and step in by hand."""
    from leeway.settings import settings

    # By the environment, so that model files, which may name these folders, see the same.
    for name, folder in {"LEEWAY_HOME": home, "LEEWAY_MODELS": models_}.items():
        if folder is not None:
            os.environ[name] = str(folder.resolve())
    settings.cache_clear()


COMMANDS: Final[dict[str, tuple[Callable[..., None], ...]]] = {
    "Look": (
        models.status,
        history.history,
        history.explain,
        drill.drill,
        power.power,
        backtest.backtest,
        card.card,
        operate.labels,
        alerts.alerts,
    ),
    "Compare tables": (drift.drift, drift.profile),
    "Step in": (operate.approve, operate.reject, operate.rollback, operate.freeze, operate.unfreeze),
    "Deploy": (
        models.check,
        models.schema,
        cost.retrain_cost,
        doctor.doctor,
        operate.verify,
        operate.reconcile,
        alerts.watch,
        migrate.migrate,
        operate.demo,
        local.up,
    ),
}
"""The commands by the panel of the help that lists them."""

for _panel, _commands in COMMANDS.items():
    for _command in _commands:
        app.command(rich_help_panel=_panel)(_command)
app.add_typer(run.app, name="run", rich_help_panel="Step in")
