"""The pipes between a process and those that work for it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

if sys.platform == "linux":
    import fcntl

_PIPE_BYTES = 1 << 20


def widen(pipe: IO[bytes]) -> None:
    """Let a pipe take much at once, where the system can do that and it is none of its sockets."""
    if sys.platform == "linux":
        with suppress(OSError):  # there may be no room for one user's pipes to grow
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def take_standard_output() -> IO[bytes]:
    """Return standard output for answers alone: what a library prints goes nowhere from now on."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return answers
