"""The progress bar of what is done track by track."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from wavvy.cli import terminal


@contextmanager
def track_bar(done: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr if that is a terminal; it leaves nothing behind.

    Parameters
    ----------
    done : str
        What is done with a track: ``"compared"``.

    Yields
    ------
    callable
        To be told with how many of how many tracks it is done.
    """
    columns = (
        BarColumn(bar_width=24),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} tracks " + done),
        TimeRemainingColumn(compact=True),
    )
    shown = terminal.err().is_terminal
    with Progress(*columns, console=terminal.err(), transient=True, disable=not shown) as bar:
        task = bar.add_task("", total=0)
        yield lambda completed, total: bar.update(task, completed=completed, total=total)
