"""The process that decodes: ``python -m wavvy.sandbox.child MEMORY_BYTES``.

It reads tasks from standard input, one JSON object a line, and writes answers to standard output:
lines of JSON, each followed by as many raw bytes as its ``bytes`` says. It ends with its input,
even in the middle of a task, since nobody waits for the answer then.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavvy.catalog.tags import read_tags
from wavvy.dsp.decode import AudioDecoder
from wavvy.errors import WavvyError
from wavvy.sandbox.pipes import take_standard_output

if sys.platform != "win32":
    import resource

Say = Callable[..., None]

_GATHERED = 245_760  # samples in an answer: as many as a pipe of 1 MiB takes at once
_GATHERED_SECONDS = 1.0  # then an answer comes with what there is


def main() -> None:
    """Answer tasks for as long as anybody may ask."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    answers = take_standard_output()
    tasks: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    _limit(int(sys.argv[1]))

    def say(data: bytes | memoryview = b"", **header: Any) -> None:
        line = json.dumps(header | {"bytes": len(data)}).encode() + b"\n"
        try:
            answers.write(line)
            answers.write(data)
            answers.flush()
        except OSError:  # nobody hears it
            os._exit(1)

    say(kind="ready")
    while True:
        task = json.loads(tasks.get())
        _allow_seconds(task["cpu_seconds"])
        try:
            _TASKS[task["task"]](task, say)
        except WavvyError as error:
            say(kind="failed", code=error.code, message=str(error))
        except MemoryError:
            say(kind="memory")
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            say(kind="fault", reason=reason[:500])


def _listen(tasks: SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        tasks.put(line)
    os._exit(0)


def _decode(task: dict[str, Any], say: Say) -> None:
    """Say the sound of a file block by block, and what there is to know of it at the end."""
    enough = task["enough_seconds"]
    left = None if enough is None else round(enough * task["sample_rate"])
    with AudioDecoder(
        task["path"],
        sample_rate=task["sample_rate"],
        name=task["name"],
        max_seconds=task["max_seconds"],
    ) as decoder:
        for block in _gathered(decoder, _GATHERED if left is None else min(left, _GATHERED)):
            heard = block if left is None else block[:left]
            data = heard.astype("<f4", copy=False).data.cast("B")
            say(data, kind="samples", seconds=decoder.seconds)
            if left is not None:
                left -= len(heard)
                if left <= 0:
                    break
        say(kind="end", seconds=decoder.seconds, warnings=decoder.warnings)


def _gathered(blocks: Iterable[NDArray[np.float32]], enough: int) -> Iterator[NDArray[np.float32]]:
    """Join blocks of shape (n,) until there are enough samples, or a second has gone by.

    Two processes that share a core empty its cache for each other whenever they take turns. What
    is yielded holds until the next is asked for.
    """
    room = np.empty(enough, np.float32)
    size, since = 0, time.monotonic()
    for block in blocks:
        while len(block):
            taken = min(len(block), enough - size)
            room[size : size + taken] = block[:taken]
            block = block[taken:]
            size += taken
            if size == enough or time.monotonic() - since >= _GATHERED_SECONDS:
                yield room[:size]
                size, since = 0, time.monotonic()
    if size:
        yield room[:size]


def _tags(task: dict[str, Any], say: Say) -> None:
    """Say what a file says about itself."""
    tags = read_tags(Path(task["path"]), name=task["original_name"])
    artwork = tags.artwork
    say(
        b"" if artwork is None else artwork.data,
        kind="tags",
        tags=asdict(replace(tags, artwork=None)),
        mime=None if artwork is None else artwork.mime,
    )


_TASKS: dict[str, Callable[[dict[str, Any], Say], None]] = {"decode": _decode, "tags": _tags}


def _limit(memory_bytes: int) -> None:
    """Take away from this process what decoding does not need, where the system can do that."""
    if sys.platform == "win32":
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no file
    with suppress(OSError, ValueError):  # only Linux tells, and enforces it
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _allow_seconds(cpu_seconds: int) -> None:
    """Let the next task use the processor for so long; then the system ends this process."""
    if sys.platform == "win32":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + 1 + cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
