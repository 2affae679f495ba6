"""What servers and workers have in common: the library, open and ready to work."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import wavvy
from wavvy.errors import StoreBusy
from wavvy.history.recorder import History
from wavvy.library import SERVER_LOCK, Wavvy
from wavvy.locks import using
from wavvy.service.cache import Cache
from wavvy.service.clips import Clips
from wavvy.service.uploads import UploadFolder
from wavvy.upkeep import CLOSING_SECONDS

if TYPE_CHECKING:
    from wavvy.catalog.service_lock import ServiceLock
    from wavvy.service.redis_server import RedisServer
    from wavvy.service.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Workshop:
    """An open library with all that recognition and jobs need.

    Attributes
    ----------
    redis : RedisServer or None
        None: this process does all by itself.
    lock : ServiceLock
        Held; to be looked after now and then.
    """

    library: Wavvy
    redis: RedisServer | None
    history: History
    cache: Cache
    clips: Clips
    lock: ServiceLock
    uploads: UploadFolder


def open_workshop(settings: Settings, stack: ExitStack, *, pruning: bool) -> Workshop:
    """Open everything; `stack` closes it in reverse order.

    Parameters
    ----------
    settings : Settings
        Of the process.
    stack : ExitStack
        To be closed by the caller, also after an error.
    pruning : bool
        Whether this process deletes old history.

    Raises
    ------
    StoreBusy
        Without Redis one server alone may use a data folder, and another does.
    StoreError
        If it cannot be used.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    redis_url = settings.redis_url.get_secret_value()
    try:
        stack.enter_context(using(settings.data_dir / SERVER_LOCK, alone=not redis_url))
    except StoreBusy:
        raise StoreBusy(
            f"another server uses {settings.data_dir}: stop it, choose another folder with "
            "--data-dir or WAVVY_DATA_DIR, or let all of them work together with WAVVY_REDIS_URL"
        ) from None
    library = stack.enter_context(
        wavvy.open(settings.data_dir, settings.database_url.get_secret_value())
    )
    for warning in library.warnings:
        log.warning(warning)
    lock = library.catalog.service_lock(alone=not redis_url)
    stack.callback(lock.close)
    lock.hold()
    redis = None
    if redis_url:
        from wavvy.service.redis_server import RedisServer

        # Other libraries may share the server.
        redis = RedisServer(redis_url, f"wavvy:{library.catalog.identity()}")
        stack.callback(redis.close)
    library.warm_up()
    history = History(library.catalog.history, settings.history_days, pruning=pruning)
    stack.callback(history.close, CLOSING_SECONDS)
    cache = Cache(redis)
    return Workshop(
        library=library,
        redis=redis,
        history=history,
        cache=cache,
        clips=Clips(library, history, cache),
        lock=lock,
        uploads=UploadFolder(settings.data_dir / "uploads", settings.max_upload_mb * 1_000_000),
    )
