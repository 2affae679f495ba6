"""``wavvy demo``: see it work without any music of your own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from wavvy.cli import terminal
from wavvy.cli.options import DataDir, data_folder, default_folder, open_library
from wavvy.cli.outcome import FAILED
from wavvy.cli.quantity import clock
from wavvy.cli.tally import Tally

if TYPE_CHECKING:
    from wavvy.library import Wavvy

CHOSEN = 6  # the piece that is asked for, and where in it
START_MS = 41_000
LENGTH_MS = 5_000


def demo(data_dir: DataDir = None) -> None:
    """Compose some music, add it, and recognise a noisy clip of it before your eyes."""
    folder = data_folder(data_dir)
    tracks = _compose(folder / "demo")
    clip = folder / "demo-clip.wav"
    with open_library(folder) as library:
        _add(library, tracks)
        _spoil(tracks[CHOSEN], clip)
        terminal.line("3. Recognising it ...")
        library.warm_up()
        answer = library.identify(clip).to_dict()
    _show(answer)
    _show_next_steps(folder, clip)


def _compose(folder: Path) -> list[Path]:
    from wavvy.demo import PIECES, compose_library

    terminal.line(f"1. Composing {len(PIECES)} pieces of music into {folder} ...")
    with terminal.err().status("") as status:
        return compose_library(folder, on_piece=lambda title: status.update(title))


def _add(library: Wavvy, tracks: list[Path]) -> None:
    tally = Tally()
    with terminal.err().status("Adding them to your library"):
        for outcome in library.add_all(tracks):
            tally.take(outcome)
    for failure in tally.failures:
        terminal.error(str(failure.error))
    if tally.failures:
        raise typer.Exit(FAILED)
    terminal.line(f"   {tally.summary()}")


def _spoil(track: Path, clip: Path) -> None:
    from wavvy.demo import SAMPLE_RATE, noisy_clip, write_wav

    write_wav(clip, noisy_clip(track, start_ms=START_MS, duration_ms=LENGTH_MS), SAMPLE_RATE)
    terminal.line(
        f"2. Holding a phone up in a noisy bar: 5 s of '{track.stem}' from {clock(START_MS)}, "
        "with noise, echo and a telephone's bandwidth."
    )
    terminal.line(f"   Hear for yourself: {clip}")


def _show(answer: dict[str, Any]) -> None:
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    from wavvy.cli.match import describe
    from wavvy.demo import PIECES

    results = answer["results"]
    if not results or results[0]["title"] != PIECES[CHOSEN].title:
        terminal.error(
            "the clip was not recognised, which should not happen: "
            "'wavvy doctor' checks this installation"
        )
        raise typer.Exit(FAILED)
    took = Text(f"recognised in {answer['query']['took_ms']:,} ms", style="dim")
    terminal.out().print(
        Panel(
            Group(describe(results[0]), took),
            title="match",
            title_align="left",
            border_style="green",
            padding=(1, 2),
            expand=False,
        )
    )


def _show_next_steps(folder: Path, clip: Path) -> None:
    from rich.table import Table
    from rich.text import Text

    wavvy = "wavvy" if folder == default_folder() else f'wavvy --data-dir "{folder}"'
    steps = {
        "ask again": f'{wavvy} identify "{clip}"',
        "add your own music": f"{wavvy} add FOLDER",
        "recognise over the network": f"{wavvy} serve",
        "see what is there": f"{wavvy} tracks",
        "take a track out": f"{wavvy} remove ID",
    }
    terminal.line("What next:")
    table = Table.grid(padding=(0, 2))
    for purpose, step in steps.items():
        table.add_row("", purpose, Text(terminal.printable(step), style="bold"))
    terminal.out().print(table)
