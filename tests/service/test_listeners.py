"""Who listens to live streams: threads, and processes once audio waits for those."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

import wavvy
from wavvy.library import Wavvy
from wavvy.listening import Event, Matched, NoMatch
from wavvy.service.calm import Calm
from wavvy.service.errors import NotReady
from wavvy.service.listeners import pool
from wavvy.service.listeners.hearing import Hearing, Question
from wavvy.service.listeners.pool import Listeners, Stream, Threads
from wavvy.service.listeners.process import ListeningProcess
from wavvy.service.off_loop import OffLoop
from wavvy.service.pcm import StreamStart
from wavvy.service.settings import Settings

START = StreamStart(type="start", sample_rate=16000, format="s16le")
CHILD = "wavvy.service.listeners.child"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, sounds: Any) -> Iterator[Wavvy]:
    folder = tmp_path_factory.mktemp("heard")
    with wavvy.open(folder / "library") as opened:
        add(opened, folder, sounds, 2)
        yield opened


def add(library: Wavvy, folder: Path, sounds: Any, seed: int) -> int:
    file = folder / f"Tester - Melody {seed}.wav"
    file.write_bytes(sounds.wav(sounds.melody(seed)))
    number = library.add(file).track_id
    assert number is not None
    return number


def burdened() -> Calm:
    """Return the calm of a server where audio has waited for long."""
    calm = Calm()
    calm._wait_s = 1.0
    return calm


@asynccontextmanager
async def listeners(
    library: Wavvy, calm: Calm, workers: int = 1, **settings: Any
) -> AsyncIterator[Listeners]:
    with ThreadPoolExecutor(1) as threads:
        chosen = Settings(data_dir=library.data_dir, workers=workers, **settings)
        opened = Listeners(chosen, library, calm, OffLoop(threads))
        try:
            yield opened
        finally:
            await opened.close()


@asynccontextmanager
async def with_processes(library: Wavvy, workers: int = 1) -> AsyncIterator[Listeners]:
    async with listeners(library, burdened(), workers) as opened:
        await bring(opened)
        assert len(opened._processes) == workers
        yield opened


async def bring(opened: Listeners) -> None:
    """Let a stream begin, and wait for what it brings about."""
    opened._calm._wait_s = 1.0
    async with opened.listen(START):
        assert opened._changing is not None
    await opened._changing


async def hear(stream: Stream, pcm: bytes) -> list[Event]:
    events: list[Event] = []
    for at in range(0, len(pcm), 16000):
        events += await stream.hear([pcm[at : at + 8000], pcm[at + 8000 : at + 16000]])
        if events and isinstance(events[-1], Matched):
            return events
    return [*events, *await stream.hear([], last=True)]


def pcm_of(sounds: Any, seed: int, seconds: float = 8) -> bytes:
    pcm: bytes = sounds.pcm16(sounds.excerpt(sounds.melody(seed), 5, seconds))
    return pcm


def process_of(stream: Stream) -> psutil.Process:
    assert isinstance(stream._listener, ListeningProcess)
    return psutil.Process(stream._listener._process.pid)


def test_a_server_that_has_time_starts_no_process(library: Wavvy, sounds: Any) -> None:
    async def run() -> None:
        async with listeners(library, Calm()) as opened, opened.listen(START) as stream:
            assert isinstance((await hear(stream, pcm_of(sounds, 2)))[-1], Matched)
            assert isinstance(stream._listener, Threads)
            assert opened._changing is None

    asyncio.run(run())


def test_a_process_hears_what_threads_hear(library: Wavvy, sounds: Any) -> None:
    heard: dict[type, list[Sequence[Event]]] = {Threads: [], ListeningProcess: []}

    async def run() -> None:
        async with listeners(library, Calm()) as few, with_processes(library) as many:
            many._calm._wait_s = 0.0  # both are as calm
            for opened in (few, many):
                for seed in (2, 3):
                    async with opened.listen(START) as stream:
                        events = await hear(stream, pcm_of(sounds, seed))
                        heard[type(stream._listener)].append(events)

    asyncio.run(run())
    known, unknown = heard[Threads]
    assert isinstance(known[-1], Matched)
    assert isinstance(unknown[-1], NoMatch)
    assert heard[ListeningProcess] == heard[Threads]


def test_streams_are_dealt_out(library: Wavvy, sounds: Any) -> None:
    async def run() -> None:
        async with with_processes(library, workers=2) as opened:
            async with opened.listen(START) as one, opened.listen(START) as other:
                assert process_of(one).pid != process_of(other).pid
                both = await asyncio.gather(
                    *(hear(stream, pcm_of(sounds, 2)) for stream in (one, other))
                )
                assert all(isinstance(events[-1], Matched) for events in both)
            assert opened._streams.total() == 0

    asyncio.run(run())


def test_more_processes_start_for_as_long_as_audio_waits(library: Wavvy) -> None:
    async def run() -> None:
        async with listeners(library, burdened(), workers=3) as opened:
            counts = []
            for _ in range(3):
                await bring(opened)
                counts.append(len(opened._processes))
            assert counts == [2, 3, 3]

    asyncio.run(run())


def test_a_process_finds_what_is_added_and_not_what_is_removed(
    library: Wavvy, sounds: Any, tmp_path: Path
) -> None:
    async def run() -> None:
        async with with_processes(library) as opened:

            async def last() -> Event:
                async with opened.listen(START) as stream:
                    assert process_of(stream).is_running()
                    return (await hear(stream, pcm_of(sounds, 4)))[-1]

            assert isinstance(await last(), NoMatch)
            number = await asyncio.to_thread(add, library, tmp_path, sounds, 4)
            found = await last()
            assert isinstance(found, Matched)
            assert found.result.track.id == number
            library.remove(number)
            assert isinstance(await last(), NoMatch)

    asyncio.run(run())


def test_a_process_that_is_killed_costs_its_streams_alone(library: Wavvy, sounds: Any) -> None:
    async def run() -> None:
        async with with_processes(library, workers=2) as opened:
            async with opened.listen(START) as spared, opened.listen(START) as lost:
                await lost.hear([pcm_of(sounds, 2, 1)])
                process_of(lost).kill()
                with pytest.raises(NotReady, match="start the stream again"):
                    await hear(lost, pcm_of(sounds, 2))
                assert isinstance((await hear(spared, pcm_of(sounds, 2)))[-1], Matched)
            await bring(opened)
            assert len(opened._processes) == 2
            for _ in range(2):
                async with opened.listen(START) as stream:
                    assert isinstance((await hear(stream, pcm_of(sounds, 2)))[-1], Matched)

    asyncio.run(run())


def test_an_error_in_a_process_is_that_of_one_stream(library: Wavvy, sounds: Any) -> None:
    async def run() -> None:
        async with with_processes(library) as opened, opened.listen(START) as stream:
            listener = stream._listener
            with pytest.raises(RuntimeError, match="KeyError"):
                await listener.ask(Question(12345, time.monotonic(), 1.0, last=True), [])
            listener.close(12345)
            assert isinstance((await hear(stream, pcm_of(sounds, 2)))[-1], Matched)

    asyncio.run(run())


def test_nobody_has_to_wait_for_an_answer(library: Wavvy, sounds: Any) -> None:
    """A client may leave meanwhile; the answers of others stay theirs."""

    async def run() -> None:
        async with with_processes(library) as opened, opened.listen(START) as stream:
            async with opened.listen(START) as other:
                leaving = asyncio.create_task(other.hear([pcm_of(sounds, 3)]))
                await asyncio.sleep(0)
                leaving.cancel()
            assert isinstance((await hear(stream, pcm_of(sounds, 2)))[-1], Matched)

    asyncio.run(run())


def test_without_streams_the_processes_end(
    library: Wavvy, sounds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with with_processes(library) as opened:
            monkeypatch.setattr(pool, "IDLE_S", 0.2)
            async with opened.listen(START) as stream:
                child = process_of(stream)
                await asyncio.sleep(0.4)
                assert child.is_running()  # somebody still streams
            async with asyncio.timeout(20):
                while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
                    await asyncio.sleep(0.05)
            async with opened.listen(START) as stream:
                assert isinstance(stream._listener, Threads)
                assert isinstance((await hear(stream, pcm_of(sounds, 2)))[-1], Matched)

    asyncio.run(run())


def test_threads_go_on_where_no_process_can_be_started(
    library: Wavvy, sounds: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pool, "_AGAIN_S", 0.0)

    async def run() -> None:
        gone = "postgresql://wavvy@127.0.0.1:1/wavvy"
        async with listeners(library, burdened(), database_url=gone) as opened:
            await bring(opened)
            async with opened.listen(START) as stream:
                assert isinstance(stream._listener, Threads)
                assert isinstance((await hear(stream, pcm_of(sounds, 2)))[-1], Matched)

    asyncio.run(run())
    assert "could not be started" in caplog.text


def test_a_stream_that_has_ended_is_forgotten(library: Wavvy) -> None:
    hearing = Hearing(library)
    hearing.open(1, START)
    assert hearing.answer(Question(1, 0.0, 1.0, last=False), bytes(3200)).events == []
    hearing.close(1)
    assert not hearing._streams


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_with_many_streams_starts_processes_that_end_with_it(
    start_server: Any, sounds: Any, tmp_path: Path, number: signal.Signals
) -> None:
    server = start_server(tmp_path / "data", workers=1, max_streams=64)
    server.add("Tester - Melody 2.wav", sounds.wav(sounds.melody(2)))
    enough = threading.Event()
    start = {"type": "start", "sample_rate": 16000, "format": "s16le"}
    noise = sounds.pcm16(sounds.noise(5, 20))
    known = pcm_of(sounds, 2)

    def stream() -> None:
        while not enough.is_set():
            answers, code = server.converse(start, noise[: 1 << 19], {"type": "stop"})
            assert (answers[-1]["type"], code) == ("no_match", 1000)

    def children() -> list[psutil.Process]:
        started = psutil.Process(server.process.pid).children()
        return [each for each in started if CHILD in each.cmdline()]

    with ThreadPoolExecutor(40) as clients:
        work = [clients.submit(stream) for _ in range(40)]
        try:
            server.wait_until(lambda: bool(children()))
            server.wait_until(lambda: "processes listen" in server.log.read_text("utf-8"))
        finally:
            enough.set()
        for each in work:
            each.result()
    answers, _ = server.converse(start, known, {"type": "stop"})
    assert answers[-1]["type"] == "match"
    assert answers[-1]["result"]["title"] == "Melody 2"
    (child,) = children()
    server.process.send_signal(number)
    assert server.process.wait(60) == (0 if number == signal.SIGTERM else -number)
    child.wait(20)
