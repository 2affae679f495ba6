"""The queue of jobs in Redis, through Celery. It carries ids: what a job is, the catalogue knows.

A job may be told of twice, or of one that has ended: whoever is told claims it in the catalogue
first. So a message that is delivered again costs nothing, and one that is lost is sent again by
`CeleryQueue.tend`.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from celery import Celery
from kombu.exceptions import OperationalError

from wavvy.catalog.job import LEASE_S
from wavvy.service.errors import QueueUnavailable
from wavvy.service.work.kind import BULK, URGENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from wavvy.catalog.job import Job
    from wavvy.catalog.jobs import JobStore
    from wavvy.service.redis_server import RedisServer

RUN = "wavvy.run"
"""The one task: work on the job with this id."""

QUEUES = {URGENT: "jobs-1-urgent", BULK: "jobs-2-bulk"}
"""Name by priority; workers look into them in the order of their names."""

_LOST_AFTER_S = 5.0
_ONCE_AGAIN = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


def celery_app(server: RedisServer) -> Celery:
    """Return the Celery application of a library's jobs."""
    app = Celery("wavvy", broker=server.url, set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        # A message is done with when the work is, and one of a killed worker comes back in seconds.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,
        broker_transport_options={
            "visibility_timeout": LEASE_S + 2,
            "unacked_restore_interval": 1,
            "unacked_restore_throttle": 1,
            "queue_order_strategy": "sorted",
            "global_keyprefix": server.key(""),
            "socket_connect_timeout": 1,
            "socket_keepalive": True,
        },
        broker_connection_retry_on_startup=True,
        task_default_queue=QUEUES[URGENT],
        worker_consumer="wavvy.service.consumer:Consumer",
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_soft_shutdown_timeout=0.0,  # jobs are handed back at their next step instead
    )
    return app


class CeleryQueue:
    """Sends jobs to the workers.

    Parameters
    ----------
    server : RedisServer
        Where the queue is.
    store : JobStore
        The jobs.
    tell : callable
        Is given a job whenever anything about it has changed here.
    """

    def __init__(self, server: RedisServer, store: JobStore, tell: Callable[[Job], None]) -> None:
        self._server = server
        self._store = store
        self._tell = tell
        self._app = celery_app(server)
        self.taking_in = nullcontext()  # nobody knows of a job before it is put

    def check(self) -> None:
        """See whether Redis answers; see `Queue.check`."""
        with self._server.asked() as redis:
            redis.ping()

    def put(self, job: Job) -> None:
        """Send a job; see `Queue.put`."""
        try:
            self._app.send_task(
                RUN,
                [job.id],
                queue=QUEUES[URGENT if job.priority >= URGENT else BULK],
                retry=True,
                retry_policy=_ONCE_AGAIN,
            )
        except (OperationalError, OSError) as error:
            raise QueueUnavailable(
                f"the job cannot be queued, since Redis does not answer ({error}): try again in 2 s"
            ) from error

    def tend(self) -> None:
        """Take back what dead workers left, and send what came back to the queue or got lost.

        Raises
        ------
        StoreError, QueueUnavailable
            The next time, then.
        """
        for job in self._store.recover():
            self._tell(job)
        with self._server.asked() as redis:
            empty = [p for p, name in QUEUES.items() if not redis.llen(self._server.key(name))]
        for job in self._store.to_send(empty, _LOST_AFTER_S):
            self.put(job)

    def close(self) -> None:
        """Close the connections; workers work on."""
        pool: Any = self._app.pool
        pool.force_close_all()
        self._app.close()
