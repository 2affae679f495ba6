"""JSON shapes of jobs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, Field

from wavvy.catalog.file_outcomes import FileStatus
from wavvy.catalog.job import JobState
from wavvy.service.provider_schemas import EnrichedOut
from wavvy.service.schemas import ErrorContent, Ok, RecognitionOut, examples

if TYPE_CHECKING:
    from wavvy.catalog.file_outcomes import FileOutcome
    from wavvy.catalog.job import Job


class AddedOut(BaseModel):
    """What came of an uploaded file."""

    file: str
    status: Literal["added", "known", "failed"] = Field(
        description="`known`: the same audio was in the library already."
    )
    id: int | None = Field(description="The track.")
    title: str | None
    duration_ms: int | None
    warnings: list[str]


class FileFailure(BaseModel):
    """A file that could not be added."""

    file: str
    code: str
    message: str


class ImportedOut(BaseModel):
    """What came of a folder, so far while the job is running."""

    files: int = Field(description="Audio files in the folder.")
    added: int
    known: int
    failed: int
    failures: list[FileFailure] = Field(
        description="The first hundred files that failed; `/v1/jobs/{id}/files` lists all."
    )


class RebuiltOut(BaseModel):
    """The index was made anew."""

    tracks: int = Field(description="Tracks in the new index.")


class DedupedOut(BaseModel):
    """Tracks were compared, so far while the job is running."""

    compared: int = Field(description="Tracks that were compared with all others.")
    pairs: int = Field(description="Pairs of the same recording that are new.")


class JobOut(BaseModel):
    """A background job."""

    id: int
    kind: str = Field(
        description="`ingest`, `fetch`, `recognize`, `import`, `rebuild`, `enrich` or `dedupe`."
    )
    subject: str = Field(description="What it works on, such as the uploaded file's name.")
    state: JobState
    progress: int = Field(ge=0, le=100, description="In percent.")
    message: str | None = Field(description="How far it is, in words.")
    result: (
        AddedOut | RecognitionOut | ImportedOut | RebuiltOut | EnrichedOut | DedupedOut | None
    ) = Field(description="Once done; what it is goes by `kind`.")
    error: ErrorContent | None = Field(
        description="Once failed; of a job that is tried again, why the attempt before failed."
    )
    attempts: int = Field(description="How often it was begun.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return the JSON of `job`."""
        return cls.model_validate(job, from_attributes=True)


_JOB: dict[str, Any] = {
    "id": 7,
    "kind": "ingest",
    "subject": "03 Harbour Lights.flac",
    "state": "queued",
    "progress": 0,
    "message": None,
    "result": None,
    "error": None,
    "attempts": 0,
    "created_at": "2026-01-31T12:00:00Z",
    "updated_at": "2026-01-31T12:00:00Z",
}
_ADDED = {
    "file": "03 Harbour Lights.flac",
    "status": "added",
    "id": 42,
    "title": "Harbour Lights",
    "duration_ms": 214400,
    "warnings": [],
}
_JOB_DONE = _JOB | {"state": "done", "progress": 100, "attempts": 1, "result": _ADDED}


class JobAnswer(BaseModel):
    """One job."""

    model_config = examples(
        {"status": "ok", "job": _JOB},
        {"status": "ok", "job": _JOB_DONE},
    )

    status: Ok = "ok"
    job: JobOut

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return the answer that tells of `job`."""
        return cls(status="ok", job=JobOut.of(job))


class JobPage(BaseModel):
    """A page of jobs, the newest first."""

    model_config = examples({"status": "ok", "jobs": [_JOB_DONE], "next": None})

    status: Ok = "ok"
    jobs: list[JobOut]
    next: int | None = Field(
        description="Cursor: pass it as `before` for the next page; null on the last."
    )


class FileOut(BaseModel):
    """What came of one file of a folder."""

    file: str = Field(description="Its path on the server.")
    status: FileStatus = Field(description="`known`: the same audio was in the library already.")
    id: int | None = Field(description="The track.")
    error: ErrorContent | None = Field(description="Why it failed.")

    @classmethod
    def of(cls, outcome: FileOutcome) -> Self:
        """Return the JSON of `outcome`."""
        error = None
        if outcome.code is not None:
            error = {"code": outcome.code, "message": outcome.message, "retry_after_ms": None}
        return cls.model_validate(
            {
                "file": outcome.file,
                "status": outcome.status,
                "id": outcome.track_id,
                "error": error,
            }
        )


_BROKEN_FILE = {
    "file": "/srv/music/new/broken.mp3",
    "status": "failed",
    "id": None,
    "error": {
        "code": "unsupported_media",
        "message": "/srv/music/new/broken.mp3 is no audio file",
        "retry_after_ms": None,
    },
}


class FilePage(BaseModel):
    """A page of a job's files, in the order in which they were done."""

    model_config = examples({"status": "ok", "files": [_BROKEN_FILE], "next": None})

    status: Ok = "ok"
    files: list[FileOut]
    next: int | None = Field(
        description="Cursor: pass it as `after` for the next page; null on the last."
    )


class JobEvent(BaseModel):
    """A job as it was at a moment."""

    model_config = examples({"type": "job", "id": "1769860800000-0", "job": _JOB_DONE})

    type: Literal["job"] = "job"
    id: str = Field(description="Pass it as `last_event_id` to go on after this event.")
    job: JobOut
