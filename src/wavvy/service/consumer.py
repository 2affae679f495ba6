"""A worker's connection to the queue, which looks every second whether Redis is back."""

from __future__ import annotations

import logging
from typing import Any

from celery.worker import consumer
from celery.worker.state import maybe_shutdown

log = logging.getLogger(__name__)

_EVERY_S = 1


class Consumer(consumer.Consumer):  # type: ignore[misc]
    """Celery's, whose pauses do not grow: a restart of Redis is over within seconds."""

    def ensure_connected(self, conn: Any) -> Any:
        """Return the connection once there is one."""
        return conn.ensure_connection(
            _away,
            interval_start=_EVERY_S,
            interval_step=0,
            interval_max=_EVERY_S,
            callback=maybe_shutdown,
        )


def _away(error: Exception, pause_s: float) -> None:
    log.warning("Redis does not answer, looking again in %g s: %s", pause_s, error)
