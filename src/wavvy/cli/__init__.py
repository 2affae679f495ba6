"""The command line: ``wavvy`` and ``python -m wavvy.cli``.

Importing this package costs nothing. Every command imports what it needs when it runs,
which keeps ``wavvy --help`` fast.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and leave the process with its exit code.

    0: done. 1: something failed. 2: wrong use. 130: interrupted.
    """
    from wavvy.cli.outcome import exit_code

    sys.exit(exit_code())
