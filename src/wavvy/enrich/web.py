"""Asking over HTTP: with time limits, retries, a limit on sizes, and in turn."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import httpx2
from pydantic import BaseModel, ValidationError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from wavvy.catalog.providers import Allowance, ProviderStore
from wavvy.enrich.provider import Limited, ProviderError, Refused, Stopped, Unavailable

Model = TypeVar("Model", bound=BaseModel)
Answer = TypeVar("Answer")

ANSWER_S = 24 * 3600.0
"""How long an answer is kept, so that nobody is asked the same again by another process."""

_TIMEOUT = httpx2.Timeout(10.0, connect=5.0)
_MOST_SECONDS = 20.0  # a whole answer: a server may send a byte every few seconds
_ATTEMPTS = 3
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 8.0
_JSON_BYTES = 4 << 20
_PICTURE_BYTES = 10 << 20
_REDIRECTS = 5
_LONGEST_BLOCK_S = 24 * 3600.0


class Answers(Protocol):
    """Keeps answers for a time, for all who may ask the same."""

    def get(self, key: str) -> Any:
        """Return what is kept; anything but a text means: nothing."""
        ...

    def set(self, key: str, value: Any, ttl_s: float) -> None:
        """Keep a value for so many seconds."""
        ...


class Web:
    """A provider's HTTP interface.

    Every request takes a turn that all processes share, so limits hold whoever asks.

    Parameters
    ----------
    provider : str
        Its name.
    turns : ProviderStore
        Counts requests.
    stop : threading.Event
        Set when the process is about to end: nothing waits any longer.
    interval_s : float
        Seconds between two requests.
    user_agent : str, optional
        Who asks.
    answers : Answers, optional
        Where answers are kept for a day, those that know of nothing too.
    """

    def __init__(
        self,
        provider: str,
        turns: ProviderStore,
        stop: threading.Event,
        *,
        interval_s: float,
        user_agent: str | None = None,
        answers: Answers | None = None,
    ) -> None:
        self._answers = answers
        self._provider = provider
        self._turns = turns
        self._stop = stop
        self._interval_s = interval_s
        self._client = httpx2.Client(
            timeout=_TIMEOUT,
            headers={"User-Agent": user_agent or f"Wavvy/{version('wavvy')}"},
            follow_redirects=True,
            max_redirects=_REDIRECTS,
        )

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def json(
        self,
        model: type[Model],
        method: str,
        url: str,
        *,
        allowance: Allowance | None = None,
        keep: str | None = None,
        explain: Callable[[httpx2.Response, bytes], ProviderError | None] = lambda *_: None,
        **request: Any,
    ) -> Model:
        """Ask, and return the answer as `model`.

        Parameters
        ----------
        model : type
            What of the answer is of use.
        method, url : str
        allowance : Allowance, optional
            What the request counts towards.
        keep : str, optional
            What is asked, in words: the answer is kept under it. It must tell no secret.
        explain : callable
            Is given an answer that is no success, and its body, and may know better what it means.
        **request
            What `httpx2.Client.stream` takes: ``params``, ``headers``, ``data``, ``auth``.

        Raises
        ------
        Unavailable, Limited, Refused, Stopped
        """
        kept = None if keep is None else self._kept(keep)
        if kept is not None:
            with suppress(ValidationError):
                return model.model_validate_json(kept)

        def ask() -> Model:
            response, body = self._ask(method, url, _JSON_BYTES, allowance, request)
            if not response.is_success:
                raise explain(response, body) or _failure(self._provider, response)
            try:
                answer = model.model_validate_json(body)
            except ValidationError as error:
                kind = response.headers.get("content-type", "nothing").split(";")[0]
                raise Unavailable(f"{self._provider} sent what makes no sense ({kind})") from error
            if keep is not None and self._answers is not None:
                self._answers.set(self._key(keep), body.decode("utf-8", "replace"), ANSWER_S)
            return answer

        return self._patiently(ask)

    def picture(self, url: str) -> bytes | None:
        """Fetch a picture; None where there is none.

        Raises
        ------
        Unavailable, Limited, Refused, Stopped
        """

        def ask() -> bytes | None:
            response, body = self._ask("GET", url, _PICTURE_BYTES, None, {})
            if response.status_code in (400, 403, 404, 410):
                return None
            if not response.is_success:
                raise _failure(self._provider, response)
            return body

        if urlsplit(url).scheme not in ("http", "https"):
            return None
        return self._patiently(ask)

    def _kept(self, asked: str) -> str | None:
        kept = None if self._answers is None else self._answers.get(self._key(asked))
        return kept if isinstance(kept, str) else None

    def _key(self, asked: str) -> str:
        digest = hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()
        return f"{self._provider}:{digest}"

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        retrying = Retrying(
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_random_exponential(multiplier=_FIRST_PAUSE_S, max=_LONGEST_PAUSE_S),
            retry=retry_if_exception_type(Unavailable),
            sleep=self._wait,
            reraise=True,
        )
        answer: Answer = retrying(ask)
        return answer

    def _wait(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Stopped("this process is about to end")

    def _take_turn(self, allowance: Allowance | None) -> None:
        while True:
            turn = self._turns.take_turn(self._provider, self._interval_s, allowance)
            if turn.refusal is not None:
                raise Limited(turn.refusal, turn.wait_s, told=False)
            if not turn.wait_s:
                return
            self._wait(turn.wait_s)

    def _ask(
        self,
        method: str,
        url: str,
        most: int,
        allowance: Allowance | None,
        request: Mapping[str, Any],
    ) -> tuple[httpx2.Response, bytes]:
        self._take_turn(allowance)
        deadline = time.monotonic() + _MOST_SECONDS
        try:
            with self._client.stream(method, url, **request) as response:
                body = bytearray()
                for piece in response.iter_bytes():
                    body += piece
                    if len(body) > most:
                        raise Unavailable(f"{self._provider} sends more than {most} bytes")
                    if time.monotonic() > deadline or self._stop.is_set():
                        raise Unavailable(f"{self._provider} takes too long to answer")
                return response, bytes(body)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise Unavailable(f"{self._provider} cannot be reached ({reason})") from error


def _failure(provider: str, response: httpx2.Response) -> ProviderError:
    status = response.status_code
    wait_s = retry_after(response)
    if status == 429 or (status == 503 and wait_s is not None):
        return Limited(f"{provider} is asked too often", 30.0 if wait_s is None else wait_s)
    if status in (401, 403):
        return Refused(f"{provider} does not accept the credentials (status {status})")
    return Unavailable(f"{provider} answers with status {status}")


def retry_after(response: httpx2.Response) -> float | None:
    """Return after how many seconds to ask again, if the answer says so and it makes sense."""
    text = response.headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 1.0), _LONGEST_BLOCK_S) if seconds == seconds else None
