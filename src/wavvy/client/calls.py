"""Every request that clients make, and how its answer is read; both clients share these."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from wavvy.catalog.file_outcomes import FileStatus
from wavvy.client.errors import ApiError, Unreachable
from wavvy.service.duplicate_schemas import DuplicatePage
from wavvy.service.found import SearchPage, TrackPage
from wavvy.service.job_schemas import AddedOut, FilePage, JobAnswer, JobOut
from wavvy.service.past import HistoryPage
from wavvy.service.queue_schemas import QueueAnswer
from wavvy.service.schemas import (
    GenreOut,
    GenresAnswer,
    RecognitionOut,
    StatsAnswer,
    TrackAnswer,
    TrackOut,
)

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

Media = str | Path | bytes | BinaryIO
"""A file's name, its bytes, or an open binary file that can be read from its start."""


@dataclass(frozen=True)
class Call(Generic[T]):
    """A request.

    Attributes
    ----------
    read : callable
        Makes the result of the answer's body.
    media : Media, optional
        A file to be sent as a form's ``file``.
    name : str, optional
        What the file is called.
    """

    method: str
    path: str
    read: Callable[[bytes], T]
    params: dict[str, Any] = field(default_factory=dict)
    json: Any = None
    media: Media | None = None
    name: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def arguments(self) -> Iterator[dict[str, Any]]:
        """Give what httpx2's ``request`` takes; a file is open meanwhile, at its start."""
        params = {name: value for name, value in self.params.items() if value is not None}
        given: dict[str, Any] = {"params": params, "headers": self.headers}
        if self.json is not None:
            given["json"] = self.json
        if self.media is None:
            yield given
            return
        with _opened(self.media) as file:
            file.seek(0)
            yield given | {"files": {"file": (self.name or _name(self.media), file)}}

    def result(self, answer: httpx2.Response) -> T:
        """Return what the answer says.

        Raises
        ------
        ApiError
            If the server says that something is wrong.
        Unreachable
            If it is not as a Wavvy server answers.
        """
        if answer.is_success:
            try:
                return self.read(answer.content)
            except (ValidationError, ValueError):
                raise _no_wavvy(answer) from None
        try:
            error = json.loads(answer.content)["error"]
            raise ApiError(
                error, status=answer.status_code, request_id=answer.headers.get("X-Request-ID")
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _no_wavvy(answer) from None


def recognise(
    clip: Media,
    name: str | None,
    explain: bool,
    limit: int | None,
    min_score: float | None,
    remember: bool,
) -> Call[RecognitionOut]:
    """Name the track of a clip."""
    params = {
        "explain": explain or None,
        "limit": limit,
        "min_score": min_score,
        "remember": None if remember else False,
    }
    return Call(
        "POST", "/v1/recognize", _model(RecognitionOut), params=params, media=clip, name=name
    )


def upload(file: Media, name: str | None, idempotency_key: str | None) -> Call[JobOut]:
    """Send a file to be added."""
    return Call("POST", "/v1/tracks", _job, media=file, name=name, headers=_once(idempotency_key))


def add_from(source: dict[str, str], idempotency_key: str | None) -> Call[JobOut]:
    """Have music added that is elsewhere."""
    return Call("POST", "/v1/tracks", _job, json=source, headers=_once(idempotency_key))


def tracks(**params: Any) -> Call[TrackPage]:
    """List a page of tracks."""
    return Call("GET", "/v1/tracks", _model(TrackPage), params=params)


def search(query: str, limit: int) -> Call[SearchPage]:
    """Find tracks by half-remembered names."""
    return Call("GET", "/v1/search", _model(SearchPage), params={"q": query, "limit": limit})


def history(after: str | None) -> Call[HistoryPage]:
    """List a page of what was recognised."""
    params = {"limit": 200, "after": after}
    return Call("GET", "/v1/history", _model(HistoryPage), params=params)


def track(track_id: int) -> Call[TrackOut]:
    """Look at a track."""
    return Call("GET", f"/v1/tracks/{track_id}", _track)


def edit_track(track_id: int, changes: dict[str, Any]) -> Call[TrackOut]:
    """Change what a track is called."""
    return Call("PATCH", f"/v1/tracks/{track_id}", _track, json=changes)


def remove_track(track_id: int) -> Call[None]:
    """Remove a track."""
    return Call("DELETE", f"/v1/tracks/{track_id}", lambda _: None)


def duplicates(after: int) -> Call[DuplicatePage]:
    """List a page of duplicates."""
    params = {"limit": 200, "after": after}
    return Call("GET", "/v1/duplicates", _model(DuplicatePage), params=params)


def find_duplicates() -> Call[JobOut]:
    """Have tracks compared."""
    return Call("POST", "/v1/duplicates", _job)


def not_duplicates(track_ids: Iterable[int]) -> Call[None]:
    """Say that tracks are not the same recording."""
    group = "-".join(map(str, track_ids))
    return Call("DELETE", f"/v1/duplicates/{group}", lambda _: None)


def genres() -> Call[list[GenreOut]]:
    """List genres."""
    read = _model(GenresAnswer)
    return Call("GET", "/v1/genres", lambda body: read(body).genres)


def job(job_id: int) -> Call[JobOut]:
    """Look at a job."""
    return Call("GET", f"/v1/jobs/{job_id}", _job)


def job_files(job_id: int, status: FileStatus | None, after: int) -> Call[FilePage]:
    """List a page of a job's files."""
    params = {"status": status, "limit": 1000, "after": after}
    return Call("GET", f"/v1/jobs/{job_id}/files", _model(FilePage), params=params)


def cancel(job_id: int) -> Call[JobOut]:
    """Cancel a job."""
    return Call("DELETE", f"/v1/jobs/{job_id}", _job)


def queue() -> Call[QueueAnswer]:
    """Look at the queue and its workers."""
    return Call("GET", "/v1/queue", _model(QueueAnswer))


def stats() -> Call[StatsAnswer]:
    """Count what there is."""
    return Call("GET", "/v1/stats", _model(StatsAnswer))


def added(ended: JobOut) -> AddedOut:
    """Return what a job has added.

    Raises
    ------
    ApiError
        If it has failed or was cancelled.
    """
    if isinstance(ended.result, AddedOut) and ended.state == "done":
        return ended.result
    if ended.error is not None:
        raise ApiError(ended.error.model_dump())
    raise ApiError({"code": "internal", "message": f"job {ended.id} is {ended.state}"})


def _model(kind: type[M]) -> Callable[[bytes], M]:
    return kind.model_validate_json


def _job(body: bytes) -> JobOut:
    return JobAnswer.model_validate_json(body).job


def _track(body: bytes) -> TrackOut:
    return TrackAnswer.model_validate_json(body).track


def _once(idempotency_key: str | None) -> dict[str, str]:
    return {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}


def _opened(media: Media) -> Any:
    if isinstance(media, bytes):
        return io.BytesIO(media)
    return Path(media).open("rb") if isinstance(media, (str, Path)) else nullcontext(media)


def _name(media: Media) -> str:
    known_as = media if isinstance(media, (str, Path)) else getattr(media, "name", None)
    return Path(known_as).name if isinstance(known_as, (str, Path)) else "audio"


def _no_wavvy(answer: httpx2.Response) -> Unreachable:
    return Unreachable(
        f"{answer.url.copy_with(query=None)} answers {answer.status_code}, and not as a Wavvy "
        "server does: check its address"
    )
