"""Logging of the service process: one line a record, as text or as JSON."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

from wavvy.service.settings import Settings

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The request that is being worked on."""


class TextFormatter(logging.Formatter):
    """Formats a record as one line for people, with the request's id at the end."""

    def format(self, record: logging.LogRecord) -> str:
        """Return `record` as text."""
        text = super().format(record)
        request_id = REQUEST_ID.get()
        if not request_id:
            return text
        first, *rest = text.split("\n", 1)
        return "\n".join([f"{first} [{request_id}]", *rest])


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return `record` as JSON with ``time`` (UTC), ``level``, ``logger``, ``message``."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := REQUEST_ID.get():
            entry["request_id"] = request_id
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def configure_logging(settings: Settings) -> None:
    """Send all log records of this process to standard error in the format of `settings`."""
    handler = logging.StreamHandler(sys.stderr)
    if settings.log_format == "json":
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(
            TextFormatter("%(asctime)s %(levelname)-7s %(message)s", datefmt="%H:%M:%S")
        )
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("wavvy").setLevel(settings.log_level.upper())
