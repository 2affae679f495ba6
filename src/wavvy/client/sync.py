"""The client that works in the thread of whoever calls it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx2
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

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


class Client:
    """A Wavvy server, as one thread uses it.

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
        self._http = httpx2.Client(base_url=url, headers=self._headers, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def recognise(
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
        return self._run(calls.recognise(clip, name, explain, limit, min_score, remember))

    def listen(
        self,
        pcm: Iterable[bytes],
        sample_rate: int,
        *,
        sample_format: Literal["s16le", "f32le"] = "s16le",
        channels: int = 1,
    ) -> Iterator[ListenEvent]:
        """Recognise while listening; see ``WS /v1/listen``.

        Parameters
        ----------
        pcm : iterable of bytes
            Whole frames as they come, at most 1 MiB at a time; it is read by another thread.
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
        with self._connect("/v1/listen") as socket:
            with suppress(ConnectionClosed):  # the server may have said no already
                socket.send(listening.start(sample_rate, sample_format, channels))
            sending = _Sender(socket, pcm)
            try:
                for message in self._messages(socket):
                    yield listening.heard(message)
            finally:
                socket.close()
                sending.join()

    def upload(
        self, file: Media, *, name: str | None = None, idempotency_key: str | None = None
    ) -> JobOut:
        """Send a file to be added in the background, and return the job."""
        return self._run(calls.upload(file, name, idempotency_key))

    def add(self, file: Media, *, name: str | None = None) -> AddedOut:
        """Send a file, wait until it is added, and return what came of it."""
        return calls.added(self.wait(self.upload(file, name=name).id))

    def add_url(self, url: str, *, idempotency_key: str | None = None) -> JobOut:
        """Have the server fetch a file from the web and add it."""
        return self._run(calls.add_from({"url": url}, idempotency_key))

    def import_folder(self, folder: str, *, idempotency_key: str | None = None) -> JobOut:
        """Have a folder of the server added."""
        return self._run(calls.add_from({"folder": folder}, idempotency_key))

    def job(self, job_id: int) -> JobOut:
        """Look at a job."""
        return self._run(calls.job(job_id))

    def job_files(self, job_id: int, *, status: FileStatus | None = None) -> Iterator[FileOut]:
        """Yield what came of each file of a folder that a job adds; see `import_folder`."""
        after: int | None = 0
        while after is not None:
            page = self._run(calls.job_files(job_id, status, after))
            yield from page.files
            after = page.next

    def cancel(self, job_id: int) -> JobOut:
        """Cancel a job."""
        return self._run(calls.cancel(job_id))

    def follow(self, job_id: int) -> Iterator[JobOut]:
        """Yield a job as it is now, and whenever it has come further, until it has ended.

        A connection that is lost is made anew, and goes on where it was.
        """
        last, deadline = "", time.monotonic() + self._patience
        while True:
            after = f"?last_event_id={last}" if last else ""
            try:
                with self._connect(f"/v1/jobs/{job_id}/events{after}") as socket:
                    for message in self._messages(socket):
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
                time.sleep(_RECONNECT_S)

    def wait(self, job_id: int) -> JobOut:
        """Wait until a job has ended, and return it."""
        last = None
        for now in self.follow(job_id):
            last = now
        return last or self.job(job_id)

    def tracks(
        self,
        query: str | None = None,
        *,
        genre: str | None = None,
        from_year: int | None = None,
        to_year: int | None = None,
        sort: str | None = None,
        descending: bool = False,
    ) -> Iterator[TrackOut]:
        """Yield all tracks of a list, fetched page by page; see ``GET /v1/tracks``."""
        after = None
        while True:
            page = self._run(
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
            yield from page.tracks
            if page.next is None:
                return
            after = page.next

    def search(self, query: str, *, limit: int = 20) -> list[FoundTrack]:
        """Find tracks by half-remembered names, the best first; see ``GET /v1/search``."""
        return self._run(calls.search(query, limit)).results

    def history(self) -> Iterator[PastRecognition]:
        """Yield what was recognised, and what was not, the newest first."""
        after = None
        while True:
            page = self._run(calls.history(after))
            yield from page.history
            if page.next is None:
                return
            after = page.next

    def track(self, track_id: int) -> TrackOut:
        """Look at a track."""
        return self._run(calls.track(track_id))

    def edit_track(self, track_id: int, **changes: Any) -> TrackOut:
        """Change what a track is called; see ``PATCH /v1/tracks/{id}``."""
        return self._run(calls.edit_track(track_id, changes))

    def remove_track(self, track_id: int) -> None:
        """Remove a track."""
        self._run(calls.remove_track(track_id))

    def find_duplicates(self) -> JobOut:
        """Have tracks that are new compared with all others, and return the job."""
        return self._run(calls.find_duplicates())

    def duplicates(self) -> Iterator[DuplicateGroupOut]:
        """Yield all groups of tracks that are the same recording; see ``GET /v1/duplicates``."""
        after: int | None = 0
        while after is not None:
            page = self._run(calls.duplicates(after))
            yield from page.groups
            after = page.next

    def not_duplicates(self, track_ids: Iterable[int]) -> None:
        """Say that no two of some tracks are the same recording."""
        self._run(calls.not_duplicates(track_ids))

    def genres(self) -> list[GenreOut]:
        """List genres, each with its number of tracks."""
        return self._run(calls.genres())

    def queue(self) -> QueueAnswer:
        """Count jobs by state, and tell who works on them."""
        return self._run(calls.queue())

    def stats(self) -> StatsAnswer:
        """Count what there is."""
        return self._run(calls.stats())

    def _run(self, call: Call[T]) -> T:
        deadline = time.monotonic() + self._patience
        while True:
            try:
                with call.arguments() as arguments:
                    answer = self._http.request(call.method, call.path, **arguments)
            except httpx2.HTTPError as error:
                raise Unreachable(f"{self._url} does not answer: {error}") from error
            try:
                return call.result(answer)
            except ApiError as error:
                pause = (error.retry_after_ms or 0) / 1000
                if not pause or time.monotonic() + pause > deadline:
                    raise
                time.sleep(pause)

    def _connect(self, path: str) -> ClientConnection:
        try:
            return connect(
                listening.socket_url(self._url, path),
                additional_headers=self._headers,
                compression=None,
                max_size=None,
            )
        except (OSError, WebSocketException) as error:
            raise Unreachable(f"{self._url} does not answer: {error}") from error

    def _messages(self, socket: ClientConnection) -> Iterator[str | bytes]:
        while True:
            try:
                message = socket.recv()
            except ConnectionClosed as error:
                if (lost := listening.closed(error)) is not None:
                    raise lost from None
                return
            yield message


class _Sender(threading.Thread):
    """Sends sound while the other thread hears the answers; what goes wrong is raised by `join`."""

    def __init__(self, socket: ClientConnection, pcm: Iterable[bytes]) -> None:
        super().__init__(name="wavvy-client", daemon=True)
        self._socket = socket
        self._pcm = pcm
        self._failure: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Send everything, then ask for the answer."""
        try:
            with suppress(ConnectionClosed):  # the server may have heard enough
                for part in self._pcm:
                    self._socket.send(part)
                self._socket.send(listening.STOP)
        except BaseException as error:
            self._failure = error
            self._socket.close()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end."""
        super().join(timeout)
        if self._failure is not None:
            raise self._failure
