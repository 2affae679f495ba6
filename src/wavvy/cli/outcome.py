"""How a run ends: every expected failure is one line on stderr and an exit code."""

from __future__ import annotations

import errno
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import typer

from wavvy.cli import terminal
from wavvy.errors import WavvyError

DONE = 0
FAILED = 1
INTERRUPTED = 130
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}


def exit_code() -> int:
    """Run the command named by ``sys.argv`` and say how it ended.

    Returns
    -------
    int
        0 done, 1 something failed, 2 wrong use, 130 interrupted.
    """
    terminal.prepare()
    signal.signal(signal.SIGTERM, _terminated)
    try:
        from wavvy.cli.app import app

        # It hands back the code of typer.Exit, and makes Ctrl-C one of them.
        code = app(prog_name="wavvy", standalone_mode=False)
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        sys.stdout.flush()
    except typer.TyperException as wrong_use:
        terminal.error(_usage(wrong_use))
        return wrong_use.exit_code
    except WavvyError as failure:
        terminal.error(str(failure))
        return FAILED
    except BrokenPipeError:
        # The reader (`| head`) has seen enough. Without this, Python complains at shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as failure:
        terminal.error(_system_failure(failure))
        return FAILED
    except KeyboardInterrupt:
        terminal.error(
            "interrupted: what was done so far is kept, and the same command goes on from there"
        )
        return INTERRUPTED
    return code if isinstance(code, int) else DONE


def _terminated(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
    # As an exception it unwinds the work in hand: locks, worker processes, temporary files.
    raise SystemExit(128 + number)


def _usage(wrong_use: typer.TyperException) -> str:
    message = wrong_use.format_message().rstrip(".")
    context = getattr(wrong_use, "ctx", None)
    command = context.command_path if context is not None else "wavvy"
    return f"{message}; see '{command} --help'"


def _system_failure(failure: OSError) -> str:
    if failure.errno in _DISK_FULL:
        return (
            "no space left on the disk; nothing acknowledged is lost: "
            "free some space and run the same command again"
        )
    reason = failure.strerror or str(failure) or type(failure).__name__
    return f"{failure.filename}: {reason}" if failure.filename else reason
