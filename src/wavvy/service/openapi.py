"""Pieces of the OpenAPI description: documented errors and upload bodies."""

from __future__ import annotations

from typing import Any

from wavvy.service.errors import ANSWERS, error_body
from wavvy.service.schemas import ErrorBody

Responses = dict[int | str, dict[str, Any]]

DESCRIPTION = """\
Recognises music: send a few noisy seconds, get the track and the position in it.

Every answer has a `status`. Every failure, whatever its kind, has this one body, and `code` is
from a closed set:

```json
{"status": "error", "error": {"code": "not_found", "message": "…", "retry_after_ms": null}}
```

Times are integers in milliseconds.
"""

_FILE = {"type": "string", "format": "binary", "description": "An audio file of any usual format."}


ANYWHERE = ("unauthorized", "forbidden", "rate_limited", "internal")
"""What may go wrong at every address that needs a key."""


def errors(*codes: str, anywhere: tuple[str, ...] = ANYWHERE) -> Responses:
    """Return documented responses for error `codes`, and those of `anywhere`, with examples."""
    responses: Responses = {}
    for code in dict.fromkeys(codes + anywhere):
        answer = ANSWERS[code]
        response = responses.setdefault(
            answer.status,
            {
                "model": ErrorBody,
                "description": "",
                "content": {"application/json": {"examples": {}}},
            },
        )
        response["description"] = f"{response['description']} {answer.meaning}".strip()
        response["content"]["application/json"]["examples"][code] = {
            "summary": answer.meaning,
            "value": error_body(code, answer.example),
        }
        if answer.retry_after_ms is not None:
            response["headers"] = {
                "Retry-After": {
                    "description": "Seconds after which to try again.",
                    "schema": {"type": "integer"},
                    "example": answer.retry_after_ms // 1000,
                }
            }
    return responses


def upload_body(*, allow_raw: bool) -> dict[str, Any]:
    """Return the OpenAPI description of an upload that is streamed, not parsed by the framework."""
    content: dict[str, Any] = {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"file": _FILE},
                "required": ["file"],
            }
        }
    }
    if allow_raw:
        content["audio/*"] = {"schema": _FILE}
        content["application/octet-stream"] = {"schema": _FILE}
    return {"requestBody": {"required": True, "content": content}}
