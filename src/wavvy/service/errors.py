"""The service's own errors, and the one table from error codes to HTTP and WebSocket.

Codes that the service adds to those of :mod:`wavvy.errors`::

    WavvyError                 code
    ├── Busy                   busy                 too many requests or streams at once; try later
    ├── RateLimited            rate_limited         too many requests of one caller in a time
    ├── Unauthorized           unauthorized         an API key is needed, and no known one came
    ├── Forbidden              forbidden            this key, page or host name may not do that
    ├── NotReady               not_ready            something that the service needs is not well
    ├── QueueUnavailable       queue_unavailable    no job can be taken in: Redis is away
    ├── ServerStops            stopping             the stream ends since the server does
    └── CannotListen           cannot_listen        the port is taken or forbidden

Two more codes have no class, because the framework finds them: ``method_not_allowed`` and
``internal``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wavvy.errors import WavvyError


class Busy(WavvyError):
    """Too many requests or streams at once."""

    code: ClassVar[str] = "busy"


class RateLimited(WavvyError):
    """Too many requests of one caller in a time.

    Parameters
    ----------
    message : str
        What to do.
    retry_after_ms : int
        When there is room again.
    """

    code: ClassVar[str] = "rate_limited"

    def __init__(self, message: str, retry_after_ms: int) -> None:
        super().__init__(message)
        self.retry_after_ms = retry_after_ms


class Unauthorized(WavvyError):
    """An API key is needed, and none came, or one that is not known."""

    code: ClassVar[str] = "unauthorized"


class Forbidden(WavvyError):
    """The key, the web page or the host name may not do that."""

    code: ClassVar[str] = "forbidden"


class NotReady(WavvyError):
    """Something that the service needs is not well."""

    code: ClassVar[str] = "not_ready"


class QueueUnavailable(WavvyError):
    """No job can be taken in for now."""

    code: ClassVar[str] = "queue_unavailable"


class ServerStops(WavvyError):
    """The stream ends since the server does."""

    code: ClassVar[str] = "stopping"


class CannotListen(WavvyError):
    """The server cannot listen on its address."""

    code: ClassVar[str] = "cannot_listen"


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """How one error code is answered.

    Attributes
    ----------
    status : int
        HTTP status.
    close : int
        WebSocket close code.
    meaning : str
        One sentence for the documentation.
    example : str
        A message as a client sees it.
    retry_after_ms : int or None
        When trying again makes sense, if it does.
    """

    status: int
    close: int
    meaning: str
    example: str
    retry_after_ms: int | None = None


INTERNAL_MESSAGE = "something went wrong inside Wavvy: the server's log has the details"

ANSWERS: dict[str, ErrorAnswer] = {
    "invalid_request": ErrorAnswer(
        422,
        1008,
        "A parameter or message makes no sense.",
        "query.limit: Input should be greater than or equal to 1",
    ),
    "invalid_audio": ErrorAnswer(
        422,
        1007,
        "Samples make no sense: not numbers, or not whole frames.",
        "a message of 1023 bytes does not hold whole frames of 2 bytes: send whole frames",
    ),
    "no_audio": ErrorAnswer(
        422,
        1007,
        "The file holds no sound.",
        "clip.mp4: holds no sound",
    ),
    "corrupt_media": ErrorAnswer(
        422,
        1007,
        "The format is known, but nothing could be decoded.",
        "clip.m4a: is damaged or cut short: moov atom not found",
    ),
    "unreadable_file": ErrorAnswer(
        422,
        1007,
        "The file vanished or may not be read.",
        "song.flac: cannot be read: Permission denied",
    ),
    "unsupported_media": ErrorAnswer(
        415,
        1003,
        "Not audio, or a format no decoder knows.",
        "notes.txt: is not audio in a format that Wavvy can decode",
    ),
    "too_large": ErrorAnswer(
        413,
        1009,
        "Over a configured limit.",
        "the upload is larger than 256 MB: send less or raise WAVVY_MAX_UPLOAD_MB",
    ),
    "not_found": ErrorAnswer(
        404,
        1008,
        "No such track, job or address.",
        "no track 42: list the tracks to see which there are",
    ),
    "method_not_allowed": ErrorAnswer(
        405,
        1008,
        "The address exists, but not with this method.",
        "GET is not allowed at /v1/recognize: see /docs",
    ),
    "unauthorized": ErrorAnswer(
        401,
        1008,
        "An API key is needed, and none or an unknown one came.",
        "this server needs an API key: send it as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'",
    ),
    "forbidden": ErrorAnswer(
        403,
        1008,
        "This key, this web page or this host name may not do that.",
        "the key 'kiosk' may not do this: it needs the scope admin",
    ),
    "busy": ErrorAnswer(
        429,
        1013,
        "Too much at once; try again after retry_after_ms.",
        "32 requests are in progress, the most this server takes: try again in 2 s",
        retry_after_ms=2000,
    ),
    "rate_limited": ErrorAnswer(
        429,
        1013,
        "Too many requests of this key or address in a time.",
        "that is more than 1200 requests in 60 s: try again in 21 s",
        retry_after_ms=60_000,
    ),
    "not_ready": ErrorAnswer(
        503,
        1013,
        "Something that the service needs is not well.",
        "the database cannot be used (cannot reach postgresql://wavvy@db/wavvy)",
        retry_after_ms=5000,
    ),
    "queue_unavailable": ErrorAnswer(
        503,
        1013,
        "No job can be taken in, since Redis does not answer; recognition goes on.",
        "jobs cannot be taken in, since Redis does not answer: try again in 2 s",
        retry_after_ms=2000,
    ),
    "stopping": ErrorAnswer(
        503,
        1012,
        "The server stops or restarts; what you follow goes on.",
        "this server stops: job 7 goes on, connect again",
        retry_after_ms=1000,
    ),
    "store_busy": ErrorAnswer(
        503,
        1013,
        "Another process holds the library's write lock.",
        "another process is writing to the library: try again",
        retry_after_ms=5000,
    ),
    "store_unavailable": ErrorAnswer(
        503,
        1013,
        "The database server does not answer.",
        "cannot reach postgresql://wavvy@db/wavvy (Connection refused): start PostgreSQL, "
        "or mend WAVVY_DATABASE_URL",
        retry_after_ms=5000,
    ),
    "incompatible_store": ErrorAnswer(
        503,
        1011,
        "The data folder was written by another version.",
        "the library was written with other parameters: run `wavvy index rebuild`",
    ),
    "damaged_index": ErrorAnswer(
        503,
        1011,
        "A part of the index fails its checksum.",
        "segment 7 of the index is damaged: run `wavvy index rebuild`",
    ),
    "store_error": ErrorAnswer(
        503,
        1011,
        "The data folder cannot be used as it is.",
        "the data folder cannot be written: run `wavvy doctor`",
    ),
    "disk_full": ErrorAnswer(
        507,
        1011,
        "No space is left in the data folder.",
        "no space is left in the data folder: free some and upload again",
    ),
    "internal": ErrorAnswer(
        500,
        1011,
        "An error inside Wavvy; its log has the details.",
        INTERNAL_MESSAGE,
    ),
}


def answer_for(code: str) -> ErrorAnswer:
    """Return how `code` is answered; an unknown code is an internal error."""
    return ANSWERS.get(code, ANSWERS["internal"])


def error_content(code: str, message: str, retry_after_ms: int | None = None) -> dict[str, Any]:
    """Return the ``error`` object that every interface shares.

    Parameters
    ----------
    code : str
        From the closed set.
    message : str
        One line.
    retry_after_ms : int, optional
        When to try again, if that is not always the same for `code`.
    """
    return {
        "code": code,
        "message": message,
        "retry_after_ms": retry_after_ms or answer_for(code).retry_after_ms,
    }


def error_body(code: str, message: str, retry_after_ms: int | None = None) -> dict[str, Any]:
    """Return the one JSON body of every failed HTTP request."""
    return {"status": "error", "error": error_content(code, message, retry_after_ms)}
