"""``wavvy doctor``: what is wrong with this installation and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from wavvy.cli import terminal
from wavvy.cli.finding import Finding, examine
from wavvy.cli.options import DataDir, Json, data_folder, database_url
from wavvy.cli.outcome import FAILED

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(
    providers: Annotated[
        bool,
        typer.Option(
            "--providers", help="Try the credentials of MusicBrainz, Spotify and YouTube instead."
        ),
    ] = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Check this installation, and say how to mend what is wrong with it."""
    failed = False
    if providers:
        from wavvy.cli.providers import findings as provider_findings

        found = provider_findings()
    else:
        found = findings(data_folder(data_dir))
    for name, finding in found:
        failed = failed or finding.level == "fail"
        if json:
            terminal.json_line(
                {
                    "check": name,
                    "level": finding.level,
                    "detail": finding.detail,
                    "remedy": finding.remedy or None,
                }
            )
        else:
            _print(name, finding)
    if failed:
        raise typer.Exit(FAILED)


def findings(place: Path) -> Iterator[tuple[str, Finding]]:
    """Check one thing after the other, in the order in which they stand on each other.

    Parameters
    ----------
    place : Path
        The data folder. It is not made if it is not there.

    Yields
    ------
    name : str
        What was checked.
    finding : Finding
        What came of it.
    """
    from wavvy.cli import folder, installation

    yield "python", examine(installation.python, installation.REINSTALL)
    yield "decoder", examine(installation.decoder, installation.REINSTALL)
    yield "recogniser", examine(installation.recogniser, installation.COMPILER)
    yield "service", examine(installation.service, installation.SETTINGS)
    usable = examine(lambda: folder.writable(place), folder.OTHER_FOLDER)
    yield "folder", usable
    if usable.level == "fail" or not place.exists():
        return
    yield "disk", examine(lambda: folder.disk(place), folder.OTHER_FOLDER)
    elsewhere = folder.OTHER_DATABASE if database_url() else folder.OTHER_FOLDER
    yield "catalogue", examine(lambda: folder.catalogue(place), elsewhere)
    yield "index", examine(lambda: folder.index(place), folder.REBUILD)
    yield "leftovers", examine(lambda: folder.leftovers(place), folder.OTHER_FOLDER)


def _print(name: str, finding: Finding) -> None:
    from rich.text import Text

    mark = (f"{finding.level:<5}", _STYLES[finding.level])
    text = Text.assemble(mark, (f"{name:<12}", "bold"), terminal.printable(finding.detail))
    terminal.out().print(text, soft_wrap=True)
    if finding.remedy:
        terminal.line(f"{'':<17}-> {finding.remedy}", style="yellow")
