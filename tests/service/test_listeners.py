"""Who listens to live streams: threads, and processes once audio waits for those."""

from __future__ import annotations

import asyncio
import pickle
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

import wavvy
from wavvy.library import Wavvy
from wavvy.listening import Event, Matched, NoMatch
from wavvy.service.calm import Calm
from wavvy.service.errors import NotReady
from wavvy.service.listeners import pool, process
from wavvy.service.listeners.hearing import Answer, Hearing, Question
from wavvy.service.listeners.pool import Listeners
from wavvy.service.listeners.process import ListeningProcess
from wavvy.service.listeners.stream import Stream
from wavvy.service.listeners.threads import Threads
from wavvy.service.off_loop import OffLoop
from wavvy.service.pcm import StreamStart
from wavvy.service.settings import Settings

START = StreamStart(type="start", sample_rate=16000, format="s16le")
CHILD = "wavvy.service.listeners.child"

Run = Callable[[Coroutine[Any, Any, None]], None]


def run_as_servers_do(work: Coroutine[Any, Any, None]) -> None:
    if sys.platform == "win32":
        asyncio.run(work)
    else:
        import uvloop

        uvloop.run(work)


both_loops = pytest.mark.parametrize("run", [run_as_servers_do, asyncio.run])


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


def burdened(opened: Listeners) -> None:
    """Let audio have waited for long."""
    opened._calm._wait_s = 1.0


@asynccontextmanager
async def listeners(library: Wavvy, workers: int = 1, **settings: Any) -> AsyncIterator[Listeners]:
    with ThreadPoolExecutor(1) as threads:
        chosen = Settings(data_dir=library.data_dir, workers=workers, **settings)
        opened = Listeners(chosen, library, Calm(), OffLoop(threads))
        try:
            yield opened
        finally:
            await opened.close()


@asynccontextmanager
async def with_processes(library: Wavvy, workers: int = 1) -> AsyncIterator[Listeners]:
    async with listeners(library, workers) as opened:
        await bring(opened)
        assert len(opened._processes) == workers
        yield opened


async def bring(opened: Listeners) -> None:
    """Let a stream begin, and wait for what it brings about."""
    async with opened.listen(START):
        burdened(opened)
        async with opened.listen(START):
            assert opened._starting is not None
    await opened._starting


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


class Idle:
    """A process that does nothing, but is quick to start."""

    started: list[Idle]
    wait_s = 0.0

    def __init__(self) -> None:
        self.streams = 0
        self.lives = True
        self.ended = False
        self.known: set[int] = set()
        self.started.append(self)

    @classmethod
    async def start(cls, _: Settings) -> Idle:
        await asyncio.sleep(cls.wait_s)
        return cls()

    def open(self, stream: int, _: StreamStart) -> None:
        self.known.add(stream)

    def close(self, stream: int) -> None:
        self.known.remove(stream)

    async def end(self) -> None:
        self.lives = False
        await asyncio.sleep(0.1)
        self.ended = True


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> type[Idle]:
    kind = type("Idle", (Idle,), {"started": []})
    monkeypatch.setattr(pool, "ListeningProcess", kind)
    return kind


def test_a_server_that_has_time_starts_no_process(library: Wavvy, sounds: Any) -> None:
    async def work() -> None:
        async with listeners(library) as opened, opened.listen(START) as stream:
            assert isinstance((await hear(stream, pcm_of(sounds, 2)))[-1], Matched)
            assert isinstance(stream._listener, Threads)
            assert opened._starting is None

    run_as_servers_do(work())


@both_loops
def test_a_process_hears_what_threads_hear(
    library: Wavvy, sounds: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a client leaves without waiting for its answer."""
    monkeypatch.setattr(Calm, "waited", lambda *_: None)  # who is as calm asks as often
    heard: dict[type, list[Sequence[Event]]] = {Threads: [], ListeningProcess: []}

    async def work() -> None:
        async with listeners(library) as few, with_processes(library) as many:
            for opened in (few, many):
                opened._calm.rest()
                for seed in (2, 3):
                    async with opened.listen(START) as stream:
                        async with opened.listen(START) as other:
                            leaving = asyncio.create_task(other.hear([pcm_of(sounds, 4)]))
                            await asyncio.sleep(0)
                            leaving.cancel()
                        events = await hear(stream, pcm_of(sounds, seed))
                        heard[type(stream._listener)].append(events)

    run(work())
    known, unknown = heard[Threads]
    assert isinstance(known[-1], Matched)
    assert isinstance(unknown[-1], NoMatch)
    assert heard[ListeningProcess] == heard[Threads]


def test_streams_are_dealt_out(library: Wavvy, sounds: Any) -> None:
    async def work() -> None:
        async with with_processes(library, workers=2) as opened:
            async with opened.listen(START) as one, opened.listen(START) as other:
                assert process_of(one).pid != process_of(other).pid
                both = await asyncio.gather(
                    *(hear(stream, pcm_of(sounds, 2)) for stream in (one, other))
                )
                assert all(isinstance(events[-1], Matched) for events in both)
            assert [each.streams for each in opened._processes] == [0, 0]

    run_as_servers_do(work())


def test_a_process_finds_what_is_added_and_not_what_is_removed(
    library: Wavvy, sounds: Any, tmp_path: Path
) -> None:
    async def work() -> None:
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

    run_as_servers_do(work())


@both_loops
def test_a_process_that_is_killed_costs_its_streams_alone(
    library: Wavvy, sounds: Any, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.setattr(pool, "_AGAIN_S", 0.0)

    async def work() -> None:
        async with with_processes(library, workers=2) as opened:
            async with opened.listen(START) as spared, opened.listen(START) as lost:
                await lost.hear([pcm_of(sounds, 2, 1)])
                process_of(lost).kill()
                with pytest.raises(NotReady, match="start the stream again"):
                    await hear(lost, pcm_of(sounds, 2))
                assert isinstance((await hear(spared, pcm_of(sounds, 2)))[-1], Matched)
            await bring(opened)
            assert len(opened._processes) == 2
            assert all(each.lives for each in opened._processes)

    run(work())


def test_an_error_in_a_process_is_that_of_one_stream(library: Wavvy, sounds: Any) -> None:
    async def work() -> None:
        async with with_processes(library) as opened, opened.listen(START) as stream:
            listener = stream._listener
            with pytest.raises(RuntimeError, match="KeyError"):
                await listener.ask(Question(12345, time.monotonic(), 1.0, last=True), [])
            listener.close(12345)
            listener.open(12345, "nonsense")  # type: ignore[arg-type]
            assert isinstance((await hear(stream, pcm_of(sounds, 2)))[-1], Matched)

    run_as_servers_do(work())


def test_answers_that_make_no_sense_end_a_process(
    library: Wavvy, sounds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        async with with_processes(library) as opened, opened.listen(START) as stream:
            (listener,) = opened._processes
            monkeypatch.setattr(process, "pickle", SimpleNamespace(dumps=pickle.dumps))
            with pytest.raises(NotReady):
                await stream.hear([pcm_of(sounds, 2, 1)])
            monkeypatch.undo()
            assert not listener.lives
            async with opened.listen(START) as other:  # which notices, and has it ended
                assert isinstance((await hear(other, pcm_of(sounds, 2)))[-1], Matched)
            async with asyncio.timeout(20):
                await listener._process.wait()

    run_as_servers_do(work())


def test_a_process_that_does_not_answer_is_given_up(
    library: Wavvy, sounds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        async with with_processes(library) as opened, opened.listen(START) as stream:
            process_of(stream).suspend()
            monkeypatch.setattr(process, "_ANSWER_S", 0.2)
            monkeypatch.setattr(process, "_END_S", 0.2)
            with pytest.raises(NotReady):
                await stream.hear([pcm_of(sounds, 2, 1)])
            async with opened.listen(START) as other:
                assert isinstance(other._listener, Threads)
        assert children() == []

    run_as_servers_do(work())


def test_another_version_does_not_open_the_library(
    library: Wavvy,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(process, "_VERSION", "0.0.1")

    async def work() -> None:
        async with listeners(library) as opened:
            await bring(opened)
            assert opened._processes == []

    run_as_servers_do(work())
    assert "start the server anew" in capfd.readouterr().err  # the child's
    assert "no process could be started" in caplog.text


def test_threads_go_on_where_no_process_can_be_started(
    library: Wavvy, sounds: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        gone = "postgresql://wavvy@127.0.0.1:1/wavvy"
        async with listeners(library, database_url=gone) as opened:
            await bring(opened)
            opened._quiet_since = time.monotonic()
            burdened(opened)
            async with opened.listen(START) as stream:
                assert opened._starting is not None
                assert opened._starting.done()  # it is not tried again at once
                assert isinstance(stream._listener, Threads)
                assert isinstance((await hear(stream, pcm_of(sounds, 2)))[-1], Matched)

    run_as_servers_do(work())
    assert "no process could be started" in caplog.text


def test_more_processes_start_for_as_long_as_audio_waits(library: Wavvy, idle: type[Idle]) -> None:
    async def work() -> None:
        async with listeners(library, workers=7) as opened:
            counts = []
            for _ in range(4):
                await bring(opened)
                counts.append(len(opened._processes))
            assert counts == [2, 4, 7, 7]

    run_as_servers_do(work())
    assert all(each.ended for each in idle.started)


def test_processes_that_die_are_not_replaced_at_once(
    library: Wavvy, idle: type[Idle], caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        async with listeners(library, workers=2) as opened:
            await bring(opened)
            idle.started[0].lives = False
            async with opened.listen(START) as stream:
                assert stream._listener is idle.started[1]
                burdened(opened)
                async with opened.listen(START):
                    assert opened._starting is not None
                    assert opened._starting.done()
            assert len(idle.started) == 2

    run_as_servers_do(work())
    assert "has ended" in caplog.text


def test_without_streams_the_processes_end(
    library: Wavvy, idle: type[Idle], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those that are ready only when all streams have ended."""
    monkeypatch.setattr(pool, "IDLE_S", 0.2)

    async def work() -> None:
        async with listeners(library, workers=2) as opened:
            for wait_s in (0.0, 0.4):
                idle.wait_s = wait_s
                await bring(opened)
                assert len(opened._processes) == 2
                while any(each.lives for each in idle.started):
                    await asyncio.sleep(0.01)
                async with opened.listen(START) as stream:  # while they end
                    assert isinstance(stream._listener, Threads)
                    opened._calm.rest()

    run_as_servers_do(asyncio.wait_for(work(), 20))
    assert len(idle.started) == 4
    assert all(each.ended for each in idle.started)


def test_no_process_ends_while_anybody_streams(
    library: Wavvy, idle: type[Idle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "IDLE_S", 0.2)

    async def work() -> None:
        async with listeners(library, workers=3) as opened:
            await bring(opened)
            await bring(opened)  # one more: their last stream ends before it is ready
            async with opened.listen(START) as stream:
                opened._calm.rest()
                async with opened.listen(START):
                    pass
                await asyncio.sleep(0.5)
                assert all(each.lives for each in idle.started)
                assert [each.known for each in idle.started].count({stream._number}) == 1
            assert not any(each.known for each in idle.started)

    run_as_servers_do(work())
    assert len(idle.started) == 3


def test_without_streams_a_burden_is_forgotten(
    library: Wavvy, idle: type[Idle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_FORGOTTEN_S", 0.05)

    async def work() -> None:
        async with listeners(library) as opened:
            async with opened.listen(START):
                burdened(opened)
                await asyncio.sleep(0.1)
                async with opened.listen(START):
                    assert opened._calm.factor > 1
            await asyncio.sleep(0.1)
            async with opened.listen(START):
                assert opened._calm.factor == 1

    run_as_servers_do(work())


def test_closing_ends_those_that_are_being_started(library: Wavvy) -> None:
    async def work() -> None:
        async with listeners(library, workers=2) as opened:
            opened._quiet_since = time.monotonic()
            burdened(opened)
            async with opened.listen(START):
                await asyncio.sleep(0.5)
                assert len(children()) == 2
        assert children() == []

    run_as_servers_do(work())


def children(pid: int | None = None) -> list[psutil.Process]:
    started = psutil.Process(pid).children()
    return [each for each in started if CHILD in each.cmdline()]


def test_a_stream_that_has_ended_is_forgotten(library: Wavvy) -> None:
    hearing = Hearing(library)
    hearing.open(1, START)
    answer = hearing.answer(Question(1, time.monotonic(), 1.0, last=False), bytes(3200))
    assert isinstance(answer, Answer)
    assert answer.events == []
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

    def stream() -> None:
        while not enough.is_set():
            answers, code = server.converse(start, noise[: 1 << 19], {"type": "stop"})
            assert (answers[-1]["type"], code) == ("no_match", 1000)

    with ThreadPoolExecutor(40) as clients:
        work = [clients.submit(stream) for _ in range(40)]
        try:
            server.wait_until(lambda: "processes listen" in server.log.read_text("utf-8"), 180)
        finally:
            enough.set()
        for each in work:
            each.result()
    answers, _ = server.converse(start, pcm_of(sounds, 2), {"type": "stop"})
    assert answers[-1]["type"] == "match"
    assert answers[-1]["result"]["title"] == "Melody 2"
    (child,) = children(server.process.pid)
    server.process.send_signal(number)
    assert server.process.wait(60) == (0 if number == signal.SIGTERM else -number)
    child.wait(20)
