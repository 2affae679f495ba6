"""The JSON about the queue of jobs and those who work on it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from wavvy.service.schemas import Ok, examples


class JobCounts(BaseModel):
    """How many jobs there are in each state; ended ones are kept for 30 days."""

    queued: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0


class WorkerOut(BaseModel):
    """A process that works on jobs."""

    name: str = Field(description="Host and process.")
    kind: Literal["server", "worker"] = Field(
        description="`server`: it works beside answering, without Redis; `worker`: `wavvy worker`."
    )
    state: Literal["busy", "idle", "gone"] = Field(
        description="`gone`: not heard of for ten seconds; it is listed for ten minutes."
    )
    at_once: int = Field(description="Jobs that it works on at the same time.")
    jobs: list[int] = Field(description="Jobs that it works on.")
    started_at: datetime
    last_seen_at: datetime


class QueueAnswer(BaseModel):
    """How much there is to do, and who does it."""

    model_config = examples(
        {
            "status": "ok",
            "jobs": {"queued": 3, "running": 1, "done": 120, "failed": 2, "cancelled": 0},
            "waiting_since": "2026-01-31T12:00:00Z",
            "workers": [
                {
                    "name": "music:4711",
                    "kind": "worker",
                    "state": "busy",
                    "at_once": 2,
                    "jobs": [7],
                    "started_at": "2026-01-31T09:00:00Z",
                    "last_seen_at": "2026-01-31T12:00:04Z",
                }
            ],
            "trouble": None,
        }
    )

    status: Ok = "ok"
    jobs: JobCounts
    waiting_since: datetime | None = Field(
        description="When the job that has waited longest was made."
    )
    workers: list[WorkerOut]
    trouble: str | None = Field(
        description="Why no worker can be seen, such as a Redis that does not answer."
    )
