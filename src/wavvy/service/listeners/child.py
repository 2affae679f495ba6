"""The process that listens: ``python -m wavvy.service.listeners.child``.

From standard input it reads the server's version and settings, then what the server asks or tells
it, and writes the answers to standard output. It ends with its input.
"""

from __future__ import annotations

import gc
import logging
import signal
import sys
from collections.abc import Iterator
from importlib.metadata import version
from typing import IO, TYPE_CHECKING, Any

import wavvy
from wavvy.errors import WavvyError
from wavvy.sandbox.pipes import take_standard_output, widen
from wavvy.service.listeners.hearing import Hearing, Question
from wavvy.service.listeners.messages import packed, unpacked
from wavvy.service.logs import configure_logging

if TYPE_CHECKING:
    from wavvy.service.settings import Settings

log = logging.getLogger(__name__)


def main() -> None:
    """Answer for as long as anybody may ask."""
    for number in (signal.SIGINT, signal.SIGTERM):  # these are for the server, which then ends this
        signal.signal(number, signal.SIG_IGN)
    answers = take_standard_output()
    widen(sys.stdin.buffer)
    messages = unpacked(sys.stdin.buffer)
    first = next(messages, None)
    if first is None:
        return
    (server, settings), _ = first
    configure_logging(settings)
    if server == version("wavvy"):
        _serve(settings, messages, answers)
    else:  # another one might migrate what the server has open
        log.error("version %s is installed now: start the server anew", version("wavvy"))


def _serve(
    settings: Settings, messages: Iterator[tuple[Any, memoryview]], answers: IO[bytes]
) -> None:
    try:
        library = wavvy.open(settings.data_dir, settings.database_url.get_secret_value())
    except WavvyError as error:
        log.error("a process cannot listen to streams: %s", error)
        return
    try:
        library.warm_up()
        gc.freeze()  # as the server does
        _write(answers, "ready")
        _listen(Hearing(library), messages, answers)
    finally:
        library.close(patience=0)


def _listen(
    hearing: Hearing, messages: Iterator[tuple[Any, memoryview]], answers: IO[bytes]
) -> None:
    for message, sound in messages:
        if isinstance(message, Question):
            _write(answers, _answer(hearing, message, sound))
            continue
        method, *arguments = message
        try:
            getattr(hearing, method)(*arguments)
        except Exception:  # whoever asks about that stream gets an error
            log.exception("a live stream could not be begun")


def _answer(hearing: Hearing, question: Question, sound: memoryview) -> object:
    try:
        return hearing.answer(question, sound)
    except WavvyError as error:
        return error
    except Exception as error:
        log.exception("live stream failed")
        return RuntimeError(repr(error))


def _write(pipe: IO[bytes], message: object) -> None:
    pipe.writelines(packed(message))
    pipe.flush()


if __name__ == "__main__":
    main()
