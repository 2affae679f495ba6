"""What may go wrong between a client and its server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wavvy.errors import WavvyError


class Unreachable(WavvyError):
    """The server does not answer, or what answers is no Wavvy server."""

    code = "unreachable"


class ApiError(WavvyError):
    """The server says what is wrong.

    Attributes
    ----------
    code : str
        One of the closed set in ``docs/api.md``.
    status : int or None
        HTTP status; None on a WebSocket.
    retry_after_ms : int or None
        When trying again makes sense, if it does.
    request_id : str or None
        By which the server's log knows the request.
    """

    def __init__(
        self,
        error: Mapping[str, Any],
        *,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(str(error.get("message", "no reason was given")))
        # That of the class is for errors that have one code only.
        self.code = str(error.get("code", "internal"))  # type: ignore[misc]
        self.status = status
        retry = error.get("retry_after_ms")
        self.retry_after_ms = retry if isinstance(retry, int) else None
        self.request_id = request_id
