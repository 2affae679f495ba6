"""``POST /v1/tracks``: music on its way in, as a file, from the web, or from a folder."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Header, Request, Response
from pydantic import ValidationError

from wavvy.catalog.job import Job, RequestId
from wavvy.errors import InvalidRequest, TooLarge
from wavvy.service import fetching
from wavvy.service.auth import caller_of
from wavvy.service.bodies import MAX_BYTES
from wavvy.service.errors import Forbidden
from wavvy.service.job_schemas import JobAnswer
from wavvy.service.openapi import errors, upload_body
from wavvy.service.schemas import TrackSource
from wavvy.service.state import Current, Service
from wavvy.service.validation import one_line

router = APIRouter(prefix="/v1/tracks", tags=["Tracks"])

_BODY = upload_body(allow_raw=False)
_BODY["requestBody"]["content"]["application/json"] = {
    "schema": TrackSource.model_json_schema(),
    "examples": {
        "url": {"value": {"url": "https://music.example/song.flac"}},
        "folder": {"value": {"folder": "/srv/music/new"}},
    },
}

IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=r"^[\x21-\x7e]{1,200}$",
        description="A name for this request, new for each one: sent again with the same name and "
        "content, it makes no second job but answers with the first.",
        examples=["01JA7Z3K8N4Q5R6S7T8V9W0X1Y"],
    ),
]


@router.post(
    "",
    summary="Add music",
    status_code=202,
    response_model_exclude_unset=True,
    responses=errors(
        "too_large",
        "unsupported_media",
        "invalid_request",
        "no_audio",
        "busy",
        "queue_unavailable",
        "store_busy",
        "disk_full",
        "store_unavailable",
    ),
    openapi_extra=_BODY,
)
async def add(
    request: Request,
    response: Response,
    service: Current,
    idempotency_key: IdempotencyKey = None,
) -> JobAnswer:
    """Send an audio file as a form's `file`, or say as JSON where music is; a job adds it.

    A `url` is fetched by the server, from public addresses only. A `folder` of the server may be
    one of `WAVVY_IMPORT_ROOTS` or within one; the job's result tells what came of its files. The
    answer names the job, and its address is in the `Location` header. Of what was sent or fetched
    the library keeps the fingerprint and the tags, not the file.
    """
    with service.requests.take():
        await to_thread.run_sync(service.jobs.check)
        named = f"{caller_of(request).key or '-'}:{idempotency_key}" if idempotency_key else None
        if request.headers.get("content-type", "").lower().startswith("application/json"):
            job = await _take_source(await _read_source(request), service, named)
        else:
            job = await _take_file(request, service, named)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return JobAnswer.of(job)


async def _take_file(request: Request, service: Service, named: str | None) -> Job:
    upload = await service.uploads.receive(request, allow_raw=False)
    bounds = {"max_seconds": service.settings.max_track_seconds}
    once = _once(named, "ingest", upload.name, upload.digest.hex())
    return await service.submit("ingest", upload, bounds, once)


async def _take_source(source: TrackSource, service: Service, named: str | None) -> Job:
    settings = service.settings
    if source.url is not None:
        kind, subject = "fetch", fetching.file_name(fetching.checked_url(source.url))
        arguments: dict[str, Any] = {
            "url": source.url,
            "max_bytes": settings.max_upload_mb * 1_000_000,
            "max_seconds": settings.max_track_seconds,
        }
    else:
        folder = await to_thread.run_sync(_within, str(source.folder), settings.import_roots)
        kind, subject, arguments = "import", str(folder), {"folder": str(folder)}
    once = _once(named, kind, subject, json.dumps(arguments, sort_keys=True))
    return await to_thread.run_sync(service.jobs.submit, kind, subject, arguments, once)


def _once(named: str | None, *asked: str) -> RequestId | None:
    if named is None:
        return None
    return RequestId(named, hashlib.sha256(json.dumps(asked).encode()).digest())


async def _read_source(request: Request) -> TrackSource:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise TooLarge(f"the body is larger than {MAX_BYTES // 1000} kB: send less")
    try:
        return TrackSource.model_validate_json(bytes(body))
    except ValidationError as error:
        problem = one_line(error.errors(include_url=False, include_input=False))
        raise InvalidRequest(f"body: {problem}") from None


def _within(name: str, roots: list[Path]) -> Path:
    """Return a folder, with all links followed, if it is one of `roots` or within one.

    Raises
    ------
    Forbidden
        If it is not; whether it is there is not told then.
    InvalidRequest
        If there is no such folder.
    """
    try:
        folder = Path(name).resolve()
    except (OSError, ValueError, RuntimeError):
        raise InvalidRequest("folder: no folder can have this name") from None
    if not any(folder.is_relative_to(root.resolve()) for root in roots):
        raise Forbidden(
            "folders can be imported from WAVVY_IMPORT_ROOTS only, and this is not in one"
        )
    if not folder.is_dir():
        raise InvalidRequest(f"there is no folder {folder} on the server: name one that is there")
    return folder
