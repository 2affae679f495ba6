"""The client whose methods are awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from wavvy.catalog.file_outcomes import FileStatus
from wavvy.client import calls, listening
from wavvy.client.calls import Call, Media
from wavvy.client.errors import ApiError, Unreachable
from wavvy.client.listening import ListenEvent
from wavvy.service.duplicate_schemas import DuplicateGroupOut
from wavvy.service.found import FoundTrack
from wavvy.service.job_schemas import AddedOut, FileOut, JobOut
from wavvy.service.past import PastRecognition
from wavvy.service.queue_schemas import QueueAnswer
from wavvy.service.schemas import GenreOut, RecognitionOut, StatsAnswer, TrackOut

T = TypeVar("T")

_RECONNECT_S = 0.5


class AsyncClient:
    """A Wavvy server, as tasks of one event loop use it.

    Parameters
    ----------
    url : str
        Where it is.
    key : str, optional
        An API key, where it asks for one.
    timeout : float, default 60
        How long an answer may take, in seconds.
    patience : float, default 30
        How long to go on trying in all, in seconds, when the server says that it is busy or away
        for a moment.

    Raises
    ------
    ApiError
        From every method: the server says what is wrong.
    Unreachable
        From every method: it does not answer.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout: float = 60.0,
        patience: float = 30.0,
    ) -> None:
        self._url = url
        self._patience = patience
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._http = httpx2.AsyncClient(base_url=url, headers=self._headers, timeout=timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def recognise(
        self,
        clip: Media,
        *,
        name: str | None = None,
        explain: bool = False,
        limit: int | None = None,
        min_score: float | None = None,
        remember: bool = True,
    ) -> RecognitionOut:
        """Name the track of a clip; see ``POST /v1/recognize``."""
        return await self._run(calls.recognise(clip, name, explain, limit, min_score, remember))

    async def listen(
        self,
        pcm: AsyncIterable[bytes],
        sample_rate: int,
        *,
        sample_format: Literal["s16le", "f32le"] = "s16le",
        channels: int = 1,
    ) -> AsyncIterator[ListenEvent]:
        """Recognise while listening; see ``WS /v1/listen``.

        Parameters
        ----------
        pcm : asynchronous iterable of bytes
            Whole frames as they come, at most 1 MiB at a time; a task reads them.
        sample_rate : int
            In Hz.
        sample_format : str
            Of a sample.
        channels : int
            Interleaved.

        Yields
        ------
        ListenEvent
            The last one is a `Match` or `NoMatch`.
        """
        async with self._connect("/v1/listen") as socket:
            with suppress(ConnectionClosed):  # the server may have said no already
                await socket.send(listening.start(sample_rate, sample_format, channels))
            sending = asyncio.create_task(_send(socket, pcm))
            try:
                async for message in self._messages(socket):
                    yield listening.heard(message)
                await sending
            finally:
                sending.cancel()

    async def upload(
        self, file: Media, *, name: str | None = None, idempotency_key: str | None = None
    ) -> JobOut:
        """Send a file to be added in the background, and return the job."""
        return await self._run(calls.upload(file, name, idempotency_key))

    async def add(self, file: Media, *, name: str | None = None) -> AddedOut:
        """Send a file, wait until it is added, and return what came of it."""
        return calls.added(await self.wait((await self.upload(file, name=name)).id))

    async def add_url(self, url: str, *, idempotency_key: str | None = None) -> JobOut:
        """Have the server fetch a file from the web and add it."""
        return await self._run(calls.add_from({"url": url}, idempotency_key))

    async def import_folder(self, folder: str, *, idempotency_key: str | None = None) -> JobOut:
        """Have a folder of the server added."""
        return await self._run(calls.add_from({"folder": folder}, idempotency_key))

    async def job(self, job_id: int) -> JobOut:
        """Look at a job."""
        return await self._run(calls.job(job_id))

    async def job_files(
        self, job_id: int, *, status: FileStatus | None = None
    ) -> AsyncIterator[FileOut]:
        """Yield what came of each file of a folder that a job adds; see `import_folder`."""
        after: int | None = 0
        while after is not None:
            page = await self._run(calls.job_files(job_id, status, after))
            for file in page.files:
                yield file
            after = page.next

    async def cancel(self, job_id: int) -> JobOut:
        """Cancel a job."""
        return await self._run(calls.cancel(job_id))

    async def follow(self, job_id: int) -> AsyncIterator[JobOut]:
        """Yield a job as it is now, and whenever it has come further, until it has ended.

        A connection that is lost is made anew, and goes on where it was.
        """
        last, deadline = "", time.monotonic() + self._patience
        while True:
            after = f"?last_event_id={last}" if last else ""
            try:
                async with self._connect(f"/v1/jobs/{job_id}/events{after}") as socket:
                    async for message in self._messages(socket):
                        event = listening.followed(message)
                        deadline = time.monotonic() + self._patience
                        if event is not None:
                            last = event.id
                            yield event.job
                return
            except (Unreachable, ApiError) as error:
                lasting = isinstance(error, ApiError) and error.retry_after_ms is None
                if (lasting and error.code != "stopping") or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(_RECONNECT_S)

    async def wait(self, job_id: int) -> JobOut:
        """Wait until a job has ended, and return it."""
        last = None
        async for now in self.follow(job_id):
            last = now
        return last or await self.job(job_id)

    async def tracks(
        self,
        query: str | None = None,
        *,
        genre: str | None = None,
        from_year: int | None = None,
        to_year: int | None = None,
        sort: str | None = None,
        descending: bool = False,
    ) -> AsyncIterator[TrackOut]:
        """Yield all tracks of a list, fetched page by page; see ``GET /v1/tracks``."""
        after = None
        while True:
            page = await self._run(
                calls.tracks(
                    q=query,
                    genre=genre,
                    from_year=from_year,
                    to_year=to_year,
                    sort=sort,
                    descending=descending or None,
                    limit=200,
                    after=after,
                )
            )
            for track in page.tracks:
                yield track
            if page.next is None:
                return
            after = page.next

    async def search(self, query: str, *, limit: int = 20) -> list[FoundTrack]:
        """Find tracks by half-remembered names, the best first; see ``GET /v1/search``."""
        return (await self._run(calls.search(query, limit))).results

    async def history(self) -> AsyncIterator[PastRecognition]:
        """Yield what was recognised, and what was not, the newest first."""
        after = None
        while True:
            page = await self._run(calls.history(after))
            for heard in page.history:
                yield heard
            if page.next is None:
                return
            after = page.next

    async def track(self, track_id: int) -> TrackOut:
        """Look at a track."""
        return await self._run(calls.track(track_id))

    async def edit_track(self, track_id: int, **changes: Any) -> TrackOut:
        """Change what a track is called; see ``PATCH /v1/tracks/{id}``."""
        return await self._run(calls.edit_track(track_id, changes))

    async def remove_track(self, track_id: int) -> None:
        """Remove a track."""
        await self._run(calls.remove_track(track_id))

    async def find_duplicates(self) -> JobOut:
        """Have tracks that are new compared with all others, and return the job."""
        return await self._run(calls.find_duplicates())

    async def duplicates(self) -> AsyncIterator[DuplicateGroupOut]:
        """Yield all groups of tracks that are the same recording; see ``GET /v1/duplicates``."""
        after: int | None = 0
        while after is not None:
            page = await self._run(calls.duplicates(after))
            for group in page.groups:
                yield group
            after = page.next

    async def not_duplicates(self, track_ids: Iterable[int]) -> None:
        """Say that no two of some tracks are the same recording."""
        await self._run(calls.not_duplicates(track_ids))

    async def genres(self) -> list[GenreOut]:
        """List genres, each with its number of tracks."""
        return await self._run(calls.genres())

    async def queue(self) -> QueueAnswer:
        """Count jobs by state, and tell who works on them."""
        return await self._run(calls.queue())

    async def stats(self) -> StatsAnswer:
        """Count what there is."""
        return await self._run(calls.stats())

    async def _run(self, call: Call[T]) -> T:
        deadline = time.monotonic() + self._patience
        while True:
            try:
                with call.arguments() as arguments:
                    answer = await self._http.request(call.method, call.path, **arguments)
            except httpx2.HTTPError as error:
                raise Unreachable(f"{self._url} does not answer: {error}") from error
            try:
                return call.result(answer)
            except ApiError as error:
                pause = (error.retry_after_ms or 0) / 1000
                if not pause or time.monotonic() + pause > deadline:
                    raise
                await asyncio.sleep(pause)

    @asynccontextmanager
    async def _connect(self, path: str) -> AsyncIterator[ClientConnection]:
        connecting = connect(
            listening.socket_url(self._url, path),
            additional_headers=self._headers,
            compression=None,
            max_size=None,
        )
        try:
            socket = await connecting
        except (OSError, WebSocketException) as error:
            raise Unreachable(f"{self._url} does not answer: {error}") from error
        async with socket:
            yield socket

    async def _messages(self, socket: ClientConnection) -> AsyncIterator[str | bytes]:
        while True:
            try:
                message = await socket.recv()
            except ConnectionClosed as error:
                if (lost := listening.closed(error)) is not None:
                    raise lost from None
                return
            yield message


async def _send(socket: ClientConnection, pcm: AsyncIterable[bytes]) -> None:
    """Send everything, then ask for the answer; what goes wrong ends the conversation."""
    try:
        with suppress(ConnectionClosed):  # the server may have heard enough
            async for part in pcm:
                await socket.send(part)
            await socket.send(listening.STOP)
    except Exception:
        await socket.close()
        raise
