"""The progress bar of ``wavvy add``."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from wavvy.cli import terminal
from wavvy.cli.tally import Tally


class Bar:
    """A bar on stderr that fills with the bytes of the files done; it leaves nothing behind.

    Bytes, because they are known beforehand and foretell the time better than a count of files.

    Parameters
    ----------
    files : int
        How many files there are.
    total_bytes : int
        The sum of their sizes.
    """

    def __init__(self, files: int, total_bytes: int) -> None:
        self._files = files
        self._total_bytes = max(total_bytes, 1)
        self._progress = Progress(
            BarColumn(bar_width=24),
            TextColumn("{task.fields[done]}", markup=False),
            TextColumn("{task.fields[rate]}", markup=False, style="dim"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[left]}", markup=False, style="dim"),
            console=terminal.err(),
            transient=True,
        )
        # Without a total the bar pulses: the very first files wait for code to be compiled.
        self._task = self._progress.add_task(
            "", total=None, done=f"0 of {files:,}", rate="", left=""
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def advance(self, tally: Tally, file_bytes: int) -> None:
        """Show that one more file of this size is done."""
        started = tally.added or tally.known
        self._progress.update(
            self._task,
            total=self._total_bytes if started else None,
            left="left" if started else "",
            advance=file_bytes,
            done=f"{tally.files:,} of {self._files:,}",
            rate=tally.rate(),
        )
