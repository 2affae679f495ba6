"""Recognise an uploaded clip; the result is the answer that the request would have got."""

from __future__ import annotations

from typing import Any

from wavvy.service.clips import Options
from wavvy.service.work.kind import URGENT, Kind, Task


def recognize(task: Task) -> dict[str, Any]:
    """Recognise the upload."""
    upload = task.upload
    task.report(10, "listening to it")
    options = Options(**task.arguments["options"])
    return task.clips.identify(upload, task.arguments["name"], options).to_dict()


KIND = Kind("recognize", recognize, URGENT)
