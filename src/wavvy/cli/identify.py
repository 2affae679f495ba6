"""``wavvy identify``: which track is this clip from, and where in it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wavvy.cli import terminal
from wavvy.cli.options import DataDir, Json, history_days, open_library
from wavvy.cli.outcome import FAILED

if TYPE_CHECKING:
    from wavvy.errors import WavvyError
    from wavvy.library import Wavvy

_HISTORY_SECONDS = 5.0  # the answers are out: no longer is waited for another writer


def identify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Clips to recognise.")],
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Show at most this many matches.", show_default=False),
    ] = None,
    min_score: Annotated[
        float | None,
        typer.Option(
            metavar="P",
            min=0.0,
            max=1.0,
            show_default=False,
            help="Accept matches with at least this probability (default: the calibrated "
            "threshold; 0 shows the best guesses).",
        ),
    ] = None,
    explain: Annotated[
        Path | None,
        typer.Option(
            metavar="PNG",
            show_default=False,
            help="Also draw why, or why not, as a picture (one FILE only). Then silence, and a "
            "clip too short to judge, are no errors.",
        ),
    ] = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Recognise clips: title, artist, and the position in the track.

    That nothing matches is an answer, not an error.
    """
    if explain is not None and len(files) > 1:
        raise typer.BadParameter("one picture shows one clip: name one FILE with --explain")
    from wavvy.backup import is_backup
    from wavvy.errors import WavvyError
    from wavvy.history.recorder import History

    failed = False
    days = history_days()
    with ExitStack() as stack:
        library = stack.enter_context(open_library(data_dir))
        if is_backup(library.data_dir):
            days = 0
        history = History(library.catalog.history, days)
        stack.callback(history.close, _HISTORY_SECONDS)
        for file in files:
            try:
                recognition = library.identify(
                    file, limit=limit, min_score=min_score, explain=explain is not None
                )
            except WavvyError as failure:
                failed = True
                if json:
                    terminal.json_line({"file": str(file)} | _error_body(failure))
                else:
                    terminal.error(str(failure))
                continue
            best = next(iter(recognition.results), None)
            history.take("cli", recognition.duration_ms, best)
            explanation = recognition.explanation
            answer = replace(recognition, explanation=None).to_dict()
            if json:
                terminal.json_line({"file": str(file)} | answer)
            else:
                _print_answer(file, answer)
                if not answer["results"]:
                    _advise(library, guesses=min_score == 0)
            if explain is not None and explanation is not None:
                from wavvy.explain.picture import draw

                draw(explanation, explain, name=file.name)
                terminal.hint(f"  {explanation.summary}")
                terminal.hint(f"The picture is in {explain}.")
    if failed:
        raise typer.Exit(FAILED)


def _error_body(failure: WavvyError) -> dict[str, object]:
    error = {"code": failure.code, "message": str(failure), "retry_after_ms": None}
    return {"status": "error", "error": error}


def _print_answer(file: Path, answer: dict[str, Any]) -> None:
    from rich.text import Text

    from wavvy.cli.match import describe

    query = answer["query"]
    heard = f"{query['duration_ms'] / 1000:.1f} s, {query['took_ms']:,} ms"
    out = terminal.out()
    out.print(
        Text.assemble((terminal.printable(str(file)), "cyan"), (f"  {heard}", "dim")),
        soft_wrap=True,
    )
    for result in answer["results"]:
        out.print(describe(result, indent="  "))
    if not answer["results"]:
        out.print("  no match", style="yellow")


def _advise(library: Wavvy, *, guesses: bool) -> None:
    """Say what may help where nothing matched."""
    if not library.catalog.count().tracks:
        terminal.hint("  The library is empty: 'wavvy add FOLDER' adds your music.")
    elif not guesses:
        terminal.hint("  A longer or cleaner clip helps; --min-score 0 shows the best guesses.")
