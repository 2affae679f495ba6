"""Decoding processes that are kept warm, since starting one takes longer than most clips."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from wavvy.catalog.track import Artwork, TrackTags
from wavvy.errors import (
    CorruptMedia,
    InvalidAudio,
    NoAudio,
    TooLarge,
    UnreadableFile,
    UnsupportedMedia,
    WavvyError,
)
from wavvy.sandbox.patience import CLIP, TRACK, Patience
from wavvy.sandbox.process import DecoderProcess

_FAILURES: dict[str, type[WavvyError]] = {
    kind.code: kind
    for kind in (UnsupportedMedia, NoAudio, CorruptMedia, UnreadableFile, InvalidAudio, TooLarge)
}
_TAGS = TypeAdapter(TrackTags)
_MOST_TASKS = 200  # then it makes way for a new one: a leak has an end
_LOOK_SECONDS = 0.25
_PIECE = 32_768  # samples that are passed on at a time: their spectrogram fits in a core's cache


class SandboxedAudio:
    """The sound of a file, as `wavvy.dsp.decode.AudioDecoder` gives it."""

    def __init__(self, process: DecoderProcess, name: str, most_samples: float) -> None:
        self.name = name
        self.seconds = 0.0
        self.warnings: list[str] = []
        self._process = process
        self._left = most_samples

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        """Yield mono float32 blocks of shape (n,), to be read only."""
        while True:
            header, data = self._process.hear()
            _raise_failure(header)
            self.seconds = float(header["seconds"])
            if header["kind"] == "end":
                self.warnings += [str(warning) for warning in header["warnings"]]
                return
            block = np.frombuffer(data[: len(data) // 4 * 4], "<f4").astype(np.float32, copy=False)
            self._left -= block.size
            if self._left < 0 or not np.isfinite(block).all():
                raise CorruptMedia(f"{self.name}: its decoder went astray; leave it out")
            for start in range(0, block.size, _PIECE):
                yield block[start : start + _PIECE]


class Sandbox:
    """Decodes media, whoever they are from; may be used from several threads.

    There are as many processes as files being decoded at once; when there is less to do, some stay
    and wait for the next.

    Parameters
    ----------
    idle : int, optional
        How many wait at most; by default one for each core, at least two.
    memory_mb : int, default 512
        How much memory each may use, in megabytes (10^6 bytes), on Linux.
    """

    def __init__(self, idle: int | None = None, memory_mb: int = 512) -> None:
        self._most_idle = idle if idle is not None else max(2, os.cpu_count() or 1)
        self._memory_mb = memory_mb
        self._lock = threading.Lock()
        self._idle: list[DecoderProcess] = []
        self._busy: set[DecoderProcess] = set()
        self._closing = threading.Event()
        self._watch: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the processes that wait, so that the first file finds one."""
        for _ in range(self._most_idle - len(self._idle)):
            self._give_back(DecoderProcess(self._memory_mb))

    @contextmanager
    def branch(self, processes: int) -> Iterator[Sandbox]:
        """Give work that may be broken off a sandbox of its own, which is closed when left.

        Whoever still waits for one of its processes then gets an error.

        Parameters
        ----------
        processes : int
            How many wait in it; they are taken from here as far as there are any, and come back.
        """
        branch = Sandbox(processes, self._memory_mb)
        with self._lock:
            branch._idle, self._idle = self._idle[:processes], self._idle[processes:]
        branch.start()
        try:
            yield branch
        finally:
            for process in branch._withdraw():
                self._give_back(process)
            branch.close()

    def close(self) -> None:
        """End all processes; whoever still waits for one gets an error."""
        idle = self._withdraw()
        with self._lock:
            busy = list(self._busy)
        for process in (*idle, *busy):
            process.end()
        if self._watch is not None:
            self._watch.join()

    def _withdraw(self) -> list[DecoderProcess]:
        """Lend no process any more; return those that wait."""
        self._closing.set()
        with self._lock:
            idle, self._idle = self._idle, []
        return idle

    @contextmanager
    def decoder(
        self,
        path: Path,
        *,
        sample_rate: int,
        name: str | None = None,
        max_seconds: float | None = None,
        enough_seconds: float | None = None,
        patience: Patience = TRACK,
    ) -> Iterator[SandboxedAudio]:
        """Decode a file; see `wavvy.dsp.decode.AudioDecoder` for parameters and errors.

        Parameters
        ----------
        enough_seconds : float, optional
            Stop after so much.
        patience : Patience
            How long it may take; a file that needs longer is `CorruptMedia`, as is one that
            crashes its process or needs too much memory.
        """
        called = name or str(path)
        with self._process() as process:
            process.ask(
                "decode",
                name=called,
                patience=patience,
                path=str(path),
                sample_rate=sample_rate,
                max_seconds=max_seconds,
                enough_seconds=enough_seconds,
            )
            most = min(filter(None, (max_seconds, enough_seconds)), default=math.inf)
            yield SandboxedAudio(process, called, (most + 1) * sample_rate)

    def tags(self, path: Path, *, name: str | None = None) -> TrackTags:
        """Read the tags of a file; see `wavvy.catalog.tags.read_tags`."""
        with self._process() as process:
            process.ask(
                "tags",
                name=name or str(path),
                patience=CLIP,
                path=str(path),
                original_name=name,
            )
            header, picture = process.hear()
            _raise_failure(header)
            return _to_tags(header, picture, name or str(path))

    @contextmanager
    def _process(self) -> Iterator[DecoderProcess]:
        """Lend a process; one that was not heard to the end is not lent again."""
        process = self._take()
        try:
            yield process
        finally:
            self._give_back(process)

    def _take(self) -> DecoderProcess:
        with self._lock:
            self._start_watch()
            while self._idle:
                process = self._idle.pop()
                if process.is_at_rest:
                    self._busy.add(process)
                    return process
                process.end()
        process = DecoderProcess(self._memory_mb)
        with self._lock:
            self._busy.add(process)
            if not self._closing.is_set():
                return process
        self._give_back(process)
        raise RuntimeError("the sandbox was closed")

    def _give_back(self, process: DecoderProcess) -> None:
        with self._lock:
            self._busy.discard(process)
            wanted = (
                process.is_at_rest
                and process.tasks < _MOST_TASKS
                and len(self._idle) < self._most_idle
                and not self._closing.is_set()
            )
            if wanted:
                self._idle.append(process)
        if not wanted:
            process.end()

    def _start_watch(self) -> None:
        if self._watch is None and not self._closing.is_set():
            self._watch = threading.Thread(
                target=self._look_after, name="wavvy-sandbox", daemon=True
            )
            self._watch.start()

    def _look_after(self) -> None:
        while not self._closing.wait(_LOOK_SECONDS):
            with self._lock:
                busy = list(self._busy)
            for process in busy:
                process.look_after(_LOOK_SECONDS)


def _raise_failure(header: Mapping[str, Any]) -> None:
    if header["kind"] == "failed":
        kind = _FAILURES.get(str(header["code"]), CorruptMedia)
        raise kind(str(header["message"]))


def _to_tags(header: Mapping[str, Any], picture: bytes, name: str) -> TrackTags:
    try:
        tags = _TAGS.validate_python(header["tags"])
        mime = header["mime"]
        return replace(tags, artwork=Artwork(str(mime), picture)) if picture else tags
    except (ValidationError, KeyError, TooLarge) as error:
        raise CorruptMedia(f"{name}: its tags make no sense; leave it out") from error
