"""Merges of the index that are due when a command has done its work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wavvy.cli import terminal

if TYPE_CHECKING:
    from wavvy.library import Wavvy

QUIET_SECONDS = 1.0


def finish_merges(library: Wavvy) -> None:
    """Wait for merges that this command has made due, and say so if they take a while.

    A command that never waited could be the only one there ever is, and nothing would be merged.
    """
    if not library.settle(QUIET_SECONDS):
        terminal.hint(
            "Merging the index, which keeps searches fast. Ctrl-C is safe: the next 'wavvy add' or "
            "'wavvy serve' goes on with it."
        )
        library.settle()
