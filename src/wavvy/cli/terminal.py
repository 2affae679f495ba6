"""Where text goes: answers to stdout, everything about the run to stderr."""

from __future__ import annotations

import io
import json
import logging
import sys
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

# Categories that could break a line, drive the terminal or not be encoded at all.
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}


def prepare() -> None:
    r"""Make both streams able to take any text.

    Files and pipes get UTF-8 on every platform. A terminal keeps its own encoding, and what it
    cannot show becomes a question mark. Bytes of a file name that are no text at all come out
    as ``\udcXX``, which is also how JSON spells them.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def printable(text: str) -> str:
    """Return `text` on one line, with control characters spelled out."""
    if text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _UNPRINTABLE
        else character
        for character in text
    )


@cache
def out() -> Console:
    """Return the console for answers (stdout)."""
    return _console(sys.stdout)


@cache
def err() -> Console:
    """Return the console for progress, hints and errors (stderr)."""
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    # A pipe has no width: nothing may be cut or wrapped there.
    width = None if stream.isatty() else 1_000_000
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def line(text: str, style: str = "") -> None:
    """Print one line of an answer; only a terminal wraps it."""
    out().print(printable(text), style=style)


def pair(name: str, value: str) -> None:
    """Print one line of a list of names and values."""
    from rich.text import Text

    out().print(Text.assemble((f"{name:<13} ", "dim"), printable(value)))


def hint(text: str) -> None:
    """Print one quiet line on stderr: what to do next."""
    err().print(printable(text), style="dim")


def warning(text: str) -> None:
    """Print one line on stderr about something that went on all the same."""
    _labelled("warning", "yellow", text)


def error(text: str) -> None:
    """Print one line on stderr: what was wrong and what to do."""
    _labelled("error", "bold red", text)


def _labelled(label: str, style: str, text: str) -> None:
    from rich.text import Text

    err().print(Text.assemble((f"{label}:", style), " ", printable(text)))


class Warnings(logging.Handler):
    """Prints what the library logs, as lines like all others."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        warning(record.getMessage())


def json_line(value: Mapping[str, object]) -> None:
    """Print `value` as one line of JSON at once, so that a reader in a pipe can follow."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()
