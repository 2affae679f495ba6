"""The command tree: what ``wavvy --help`` shows."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from wavvy.cli import (
    add,
    backup,
    catalogue,
    dedupe,
    demo,
    doctor,
    enrich,
    history,
    identify,
    index,
    jobs,
    keys,
    openapi,
    serve,
    stats,
    tag,
    tracks,
    worker,
)
from wavvy.cli.options import DATA_DIR_VARIABLE, DataDir

# Plain help: loading rich for it would cost a quarter of a second at every --help.
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"wavvy {version('wavvy')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    data_dir: DataDir = None,
    _show_version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Recognise music: add your music once, then play Wavvy a few noisy seconds of any track.

    New here? 'wavvy demo' shows everything without any music of yours.
    """
    if data_dir is not None:
        # Commands read the option from here too, so it counts before and after their name.
        os.environ[DATA_DIR_VARIABLE] = str(data_dir)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


app.command()(add.add)
app.command()(identify.identify)
app.command()(tracks.tracks)
app.command()(tracks.remove)
app.command()(dedupe.dedupe)
app.command()(history.history)
app.command()(tag.tag)
app.command()(enrich.enrich)
app.command()(stats.stats)
app.command()(serve.serve)
app.command()(worker.worker)
app.command()(openapi.openapi)
app.command()(demo.demo)
app.command()(doctor.doctor)
app.command()(catalogue.migrate)
app.command()(catalogue.copy_catalogue)
app.command()(backup.backup)
app.command()(backup.restore)
app.add_typer(index.commands, name="index")
app.add_typer(jobs.commands, name="jobs")
app.add_typer(keys.commands, name="keys")
