"""A worker: works on the jobs of a library, beside any number of servers and other workers."""

from __future__ import annotations

import logging
import threading
import warnings
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from celery.platforms import SecurityWarning
from celery.signals import worker_ready, worker_shutting_down

from wavvy.errors import InvalidRequest, StoreError
from wavvy.service.broker import QUEUES, RUN, CeleryQueue, celery_app
from wavvy.service.housekeeping import chores
from wavvy.service.keeper import Keeper
from wavvy.service.logs import configure_logging
from wavvy.service.roster import TELL_EVERY_S, Presence
from wavvy.service.runner import Runner
from wavvy.service.streams import RedisLog
from wavvy.service.workshop import open_workshop

if TYPE_CHECKING:
    from wavvy.service.settings import Settings

log = logging.getLogger(__name__)

_PATIENCE_S = 10.0  # with jobs that are at a long step when the worker is asked to end


def work(settings: Settings, at_once: int) -> None:
    """Work until a signal ends the process.

    Jobs run in threads, since the kernels and the sandbox's processes leave the interpreter alone:
    the same on every system. Strangers' files are decoded in processes of their own anyway.

    Parameters
    ----------
    settings : Settings
        With ``redis_url``.
    at_once : int
        Jobs to work on at the same time.

    Raises
    ------
    InvalidRequest
        If there is no Redis in the settings.
    StoreError
        If the data folder cannot be used.
    """
    configure_logging(settings)
    # Its warnings are tracebacks of a Redis that restarts; `Consumer` says so in one line.
    logging.getLogger("celery").setLevel(logging.ERROR)
    # Root could be made to run anything by messages that hold code; these hold numbers.
    warnings.simplefilter("ignore", SecurityWarning)
    if not settings.redis_url.get_secret_value():
        raise InvalidRequest(
            "a worker gets its jobs from Redis: set WAVVY_REDIS_URL, the same as for the server; "
            "without it 'wavvy serve' works on jobs by itself"
        )
    with ExitStack() as stack:
        shop = open_workshop(settings, stack, pruning=False)
        assert shop.redis is not None
        with suppress(OSError):  # too many processes: it is tried again with each file
            shop.library.sandbox.start()
        store = shop.library.catalog.jobs
        events = RedisLog(shop.redis)
        runner = Runner(shop.library, shop.clips, shop.uploads.folder, events.tell)
        queue = CeleryQueue(shop.redis, store, events.tell)
        stack.callback(queue.close)
        stack.callback(Keeper(chores(shop, queue)).close)
        presence = Presence(shop.redis, runner, at_once)
        stack.callback(presence.close)
        stack.callback(Keeper({presence.tell: TELL_EVERY_S}).close)
        app = celery_app(shop.redis)

        @app.task(name=RUN)  # type: ignore[untyped-decorator]
        def run(job_id: int) -> None:
            try:
                claim = store.claim(job_id)
                if claim is not None:  # else another has it, or it has ended
                    runner.run(claim)
            except StoreError as error:
                log.warning("job %d is begun anew later: %s", job_id, error)

        def say_ready(**_: object) -> None:
            log.info("Wavvy's worker is ready: %d jobs at once (stop it with Ctrl-C)", at_once)

        def hand_back(**_: object) -> None:
            runner.stop()
            abandoning = threading.Timer(_PATIENCE_S, runner.abandon)
            abandoning.daemon = True
            abandoning.start()

        worker_ready.connect(say_ready, weak=False)
        worker_shutting_down.connect(hand_back, weak=False)
        app.Worker(
            pool="threads",
            queues=list(QUEUES.values()),
            concurrency=at_once,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            quiet=True,
        ).start()
