"""The command line: ``wavvy`` and ``python -m wavvy.cli``.

Importing this package costs nothing. Every command imports what it needs when it runs,
which keeps ``wavvy --help`` fast.
"""

from __future__ import annotations

import gc
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and leave the process with its exit code.

    0: done. 1: something failed. 2: wrong use. 130: interrupted.
    """
    # What a command loads stays: there is little to gain from looking through it for garbage after
    # every 700 new objects, as Python would.
    gc.set_threshold(10_000)

    from wavvy.cli.outcome import exit_code

    sys.exit(exit_code())
