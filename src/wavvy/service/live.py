"""The conversation of ``WS /v1/listen``.

::

    client                                     server
    start {sample_rate, format, channels}
    binary PCM, binary PCM, ...           -->  progress, at most four a second
                                          -->  match, close 1000        evidence suffices
    stop                                  -->  match | no_match, close 1000
    anything else                         -->  error {code, message, retry_after_ms}, close 10xx

Four rules keep a stream cheap. Messages are analysed together, all up to the next question and more
while the server is busy, and the next is read only when that is done, so a client that sends faster
than that waits in its own socket. After ``max_clip_seconds`` of audio, or twice that time on the
clock, the stream ends as if the client had sent ``stop``. A client that is silent on the wire for
``stream_idle_seconds`` is sent away. While there is more to do than the server can, streams ask
more seldom (``calm.py``), and are read less often.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fastapi import WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from wavvy.errors import InvalidRequest, TooLarge, WavvyError
from wavvy.listening import Matched
from wavvy.service.calm import PATIENCE_S
from wavvy.service.errors import INTERNAL_MESSAGE, answer_for, error_content
from wavvy.service.pcm import StreamStart
from wavvy.service.silence import Silence
from wavvy.service.state import Service
from wavvy.service.validation import one_line

if TYPE_CHECKING:
    from wavvy.listening import Event
    from wavvy.service.listeners.stream import Stream

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 1 << 20
PROGRESS_INTERVAL_S = 0.25
GATHERED_MS = 2000
"""Audio that is waited for at most, to be analysed together, if it is no more than the largest
message holds and no question is due before ..."""
LATE_MS = round(1000 * PATIENCE_S)
"""... and at least, times what calm is above 1: about as long as audio waits to be analysed."""
MOST_PAUSE_MS = 500
"""While the server is busy, nobody wakes up for each message, but after so long at most ..."""
AHEAD_MS = 250
"""... and not for a client so far ahead of the clock: its audio comes as fast as it is taken."""
_START = '{"type":"start","sample_rate":48000,"format":"s16le","channels":1}'


async def hold(socket: WebSocket, service: Service) -> None:
    """Accept `socket` and hold one conversation, to its close."""
    await socket.accept()
    try:
        with service.streams.take():
            await _Conversation(socket, service).run()
        await socket.close(1000)
    except WebSocketDisconnect:
        return
    except WavvyError as error:
        await _end_with_error(socket, error.code, str(error))
    except Exception:
        log.exception("live stream failed")
        await _end_with_error(socket, "internal", INTERNAL_MESSAGE)


async def _end_with_error(socket: WebSocket, code: str, message: str) -> None:
    try:
        await socket.send_json({"type": "error", "error": error_content(code, message)})
        await socket.close(answer_for(code).close)
    except WebSocketDisconnect:
        return


class _Conversation:
    """One stream from its start to its answer."""

    def __init__(self, socket: WebSocket, service: Service) -> None:
        self._socket = socket
        self._service = service
        self._landmarks: list[list[int]] = []
        self._next_progress = 0.0

    async def run(self) -> None:
        idle = self._service.settings.stream_idle_seconds
        silent = InvalidRequest(
            f'nothing came for {idle:g} s: send PCM, and {{"type":"stop"}} at the end'
        )
        async with Silence(idle, silent) as self._silence:
            await self._hear()

    async def _hear(self) -> None:
        start = _parse_start(await self._receive())
        async with self._service.listeners.listen(start) as stream:
            await self._have_heard(start, stream)

    async def _have_heard(self, start: StreamStart, stream: Stream) -> None:
        limit_s = self._service.settings.max_clip_seconds
        most = left = limit_s * start.sample_rate * start.frame_bytes
        deadline = time.monotonic() + 2 * limit_s
        began_s: float | None = None  # by the clock, when the first sample was heard
        gathered: list[bytes] = []
        missing = self._wanted(stream, start)
        while left > 0 and time.monotonic() < deadline:
            message = await self._receive()
            if isinstance(message, str):
                _check_stop(message)
                break
            start.check(message)
            heard = message[:left]
            left -= len(heard)
            gathered.append(heard)
            missing -= len(heard)
            if began_s is None:
                began_s = time.monotonic() - start.duration_ms(len(heard)) / 1000
            if missing > 0:
                heard_ms = start.duration_ms(most - left)
                await self._let_come(start.duration_ms(missing), heard_ms, began_s)
                continue
            if await self._send(await stream.hear(gathered)):
                return
            gathered = []
            missing = self._wanted(stream, start)
        await self._send(await stream.hear(gathered, last=True))

    def _wanted(self, stream: Stream, start: StreamStart) -> int:
        """Return how many bytes of audio are worth an analysis."""
        late_ms = LATE_MS * (self._service.calm.factor - 1)
        wanted_ms = min(max(stream.due_ms, late_ms), GATHERED_MS)
        return min(start.size_of(wanted_ms), MAX_MESSAGE_BYTES)

    async def _let_come(self, missing_ms: int, heard_ms: int, began_s: float) -> None:
        """While the server is busy, sleep until a client has said what is missing.

        Parameters
        ----------
        missing_ms : int
            Audio that is waited for.
        heard_ms : int
            Audio that was heard so far ...
        began_s : float
            ... since then, by the clock. If that is less, some more has come already.
        """
        if self._service.calm.factor == 1:
            return
        ahead_ms = heard_ms - 1000 * (time.monotonic() - began_s)
        if ahead_ms < AHEAD_MS:
            await asyncio.sleep(min(missing_ms + ahead_ms, MOST_PAUSE_MS) / 1000)

    async def _receive(self) -> str | bytes:
        message = await self._silence.wait(self._socket.receive())
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message["code"])
        data: bytes | None = message.get("bytes")
        if data is None:
            return str(message["text"])
        if len(data) > MAX_MESSAGE_BYTES:
            raise TooLarge(
                f"a message of {len(data)} bytes is over the limit: "
                f"send at most {MAX_MESSAGE_BYTES} at once"
            )
        return data

    async def _send(self, events: Sequence[Event]) -> bool:
        """Send `events` and tell whether the last word was said."""
        for event in events:
            message = event.to_dict()
            if message["type"] != "progress":
                result = event.result if isinstance(event, Matched) else None
                self._service.history.take("live", event.elapsed_ms, result)
                if result is not None:
                    self._service.matching.took(event.elapsed_ms)
                await self._say(message)
                return True
            await self._send_progress(message)
        return False

    async def _send_progress(self, message: dict[str, Any]) -> None:
        # A client that sends faster than real time would get a storm of these: what comes too
        # soon waits for the next one.
        self._landmarks += message["landmarks"]
        now = time.monotonic()
        if now < self._next_progress:
            return
        self._next_progress = now + PROGRESS_INTERVAL_S
        await self._say(message | {"landmarks": self._landmarks})
        self._landmarks.clear()

    async def _say(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(self._service.settings.stream_idle_seconds):
                await self._socket.send_json(message)
        except TimeoutError:  # the client does not read
            raise WebSocketDisconnect(1006) from None


def _parse_start(message: str | bytes) -> StreamStart:
    if isinstance(message, bytes):
        raise InvalidRequest(f"PCM came before the start message: send {_START} first")
    try:
        return StreamStart.model_validate_json(message)
    except ValidationError as error:
        problem = one_line(error.errors(include_url=False, include_input=False))
        raise InvalidRequest(f"the first message must be like {_START}: {problem}") from error


def _check_stop(message: str) -> None:
    try:
        stop = json.loads(message) == {"type": "stop"}
    except ValueError:
        stop = False
    if not stop:
        raise InvalidRequest('after the start message send binary PCM, then {"type":"stop"}')
