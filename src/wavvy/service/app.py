"""The application: everything of the service put together, and the process that serves it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from importlib.metadata import version
from socket import socket

import uvicorn
from anyio import to_thread
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi_offline import FastAPIOffline

from wavvy.enrich.follower import EnrichFollower
from wavvy.library import Wavvy
from wavvy.service import handlers, live, server
from wavvy.service.assets import Assets
from wavvy.service.auth import Authority
from wavvy.service.bodies import Bodies
from wavvy.service.calm import Calm
from wavvy.service.covers import Covers
from wavvy.service.events import EventLog, Hub, MemoryLog
from wavvy.service.following import watch
from wavvy.service.housekeeping import chores, clear_uploads
from wavvy.service.in_process import InProcessQueue
from wavvy.service.jobs import Jobs, Queue
from wavvy.service.keeper import Keeper
from wavvy.service.latency import Latency
from wavvy.service.limits import Limits
from wavvy.service.listeners.pool import Listeners
from wavvy.service.logs import configure_logging
from wavvy.service.off_loop import OffLoop
from wavvy.service.openapi import DESCRIPTION
from wavvy.service.origins import Origins
from wavvy.service.requests import ID_HEADER, Requests
from wavvy.service.roster import OwnRoster, RedisRoster, Roster
from wavvy.service.routes import ROUTERS, STREAMED
from wavvy.service.routes.page import APP
from wavvy.service.runner import Runner
from wavvy.service.settings import Settings
from wavvy.service.slots import Slots
from wavvy.service.state import Service
from wavvy.service.warmth import Warmth
from wavvy.service.workshop import open_workshop

log = logging.getLogger(__name__)

_GOODBYE_S = 0.1  # for the last words to those who follow a job


def create_app(settings: Settings) -> FastAPI:
    """Return the application; the library is opened when it starts and closed when it stops."""
    app = FastAPIOffline(
        title="Wavvy",
        version=version("wavvy"),
        description=DESCRIPTION,
        docs_url="/docs",
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.settings = settings
    handlers.install(app)
    app.add_middleware(Bodies, streamed=STREAMED, worth_draining=settings.max_upload_mb * 1_000_000)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=[
                "Location",
                "Retry-After",
                "RateLimit-Limit",
                "RateLimit-Remaining",
                "RateLimit-Reset",
                ID_HEADER,
            ],
        )
    # The last one added is the first to see a request.
    app.add_middleware(Origins, settings=settings)
    app.add_middleware(Requests)
    for router, dependencies in ROUTERS:
        app.include_router(router, dependencies=dependencies)
    app.mount("/assets", Assets(directory=APP / "assets"), name="assets")
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the library for as long as `app` runs.

    Raises
    ------
    StoreError
        If the data folder cannot be used, or another server uses it.
    """
    stack = ExitStack()
    try:
        hub = Hub()
        service = await asyncio.to_thread(_start, app.state.settings, hub, stack)
        app.state.service = service
        await to_thread.run_sync(_make_routes, app)  # loads what the routes wait with, too
        watching = asyncio.create_task(watch(service.library.catalog.jobs, hub))
        warming = asyncio.create_task(asyncio.to_thread(_warm_up, app, service.library))
        try:
            yield
        finally:
            watching.cancel()
            await service.listeners.close()
            await warming
    finally:
        await asyncio.to_thread(stack.close)


def _make_routes(app: FastAPI) -> None:
    """Have the framework make, off the event loop, what it would make at the first request."""
    nowhere = {"type": "http", "method": "GET", "path": "/", "headers": [], "root_path": ""}
    for route in app.routes:
        route.matches(nowhere)


def _warm_up(app: FastAPI, library: Wavvy) -> None:
    """Make what the first requests of some kinds need, while others are answered already."""
    try:
        library.sandbox.start()
    except OSError as error:  # too many processes: it is tried again with each file
        log.warning("no decoding process could be started: %s", error)
    app.openapi()


def _start(settings: Settings, hub: Hub, stack: ExitStack) -> Service:
    """Open everything; `stack` closes it in reverse order."""
    shop = open_workshop(settings, stack, pruning=True)
    library, uploads = shop.library, shop.uploads
    if not library.catalog.count().tracks:
        log.info(
            "The library is empty: 'wavvy add FOLDER' adds your music, 'wavvy demo' makes some to "
            "try; both work while this server runs"
        )
    _warn_of_keys(settings, library)
    library.settle(0)  # begin with what shorter-lived processes left undone
    threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="wavvy-recognizer")
    calm, off_loop = Calm(), OffLoop(stack.enter_context(threads))
    store = library.catalog.jobs
    events: EventLog
    queue: Queue
    roster: Roster
    if shop.redis is None:
        events = MemoryLog(hub.deliver)
        clear_uploads(store, uploads.folder, older_than_s=0)
        runner = Runner(library, shop.clips, uploads.folder, events.tell)
        queue, roster = InProcessQueue(store, runner, events.tell), OwnRoster(runner)
        todo = chores(shop)
    else:
        # A server by itself is spared these.
        from wavvy.service.broker import CeleryQueue
        from wavvy.service.streams import RedisLog

        events = RedisLog(shop.redis, hub.deliver)
        stack.callback(events.close)
        celery = CeleryQueue(shop.redis, store, events.tell)
        queue, todo, roster = celery, chores(shop, celery), RedisRoster(shop.redis)
    jobs = Jobs(store, queue, uploads.folder, settings.max_jobs, events.tell)
    stack.callback(jobs.close)
    stack.callback(Keeper(todo).close)
    enrichment = EnrichFollower(library.catalog, settings.enrich_setup, shop.cache)
    stack.callback(enrichment.close)
    covers = Covers(library.catalog, settings.data_dir / "covers")
    stack.callback(Warmth(library, covers).close)
    return Service(
        settings=settings,
        library=library,
        history=shop.history,
        clips=shop.clips,
        cache=shop.cache,
        authority=Authority(settings, library.catalog.keys),
        limits=Limits(settings.rate, shop.cache),
        jobs=jobs,
        roster=roster,
        events=events,
        hub=hub,
        uploads=uploads,
        enrichment=enrichment,
        covers=covers,
        requests=Slots(settings.max_requests, "requests"),
        streams=Slots(settings.max_streams, "live streams"),
        calm=calm,
        matching=Latency(),
        followers=Slots(settings.max_followers, "followers of jobs"),
        off_loop=off_loop,
        listeners=Listeners(settings, library, calm, off_loop),
    )


def _warn_of_keys(settings: Settings, library: Wavvy) -> None:
    """Say what a server that others can reach still needs."""
    if not settings.is_public:
        return
    if not settings.needs_keys:
        log.warning(
            "Others can reach this server, and WAVVY_API_KEYS=off lets each of them add and remove "
            "tracks"
        )
    elif not settings.given_keys and not library.catalog.keys.all():
        log.warning(
            "Others can reach this server, so every request needs an API key, and there is none "
            "yet: make one with 'wavvy keys create NAME --scope admin', or set WAVVY_API_KEYS=off "
            "to do without"
        )


def serve(settings: Settings) -> None:
    """Serve until a signal ends the process.

    Raises
    ------
    CannotListen
        If the address is taken, forbidden or unknown.
    StoreError
        If the data folder cannot be used.
    """
    configure_logging(settings)
    server.end_at_once_on_signals()
    with server.bind(settings.host, settings.port) as listener:
        app = create_app(settings)
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            loop="auto",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            # A little over our own limit, which has the friendlier answer.
            ws_max_size=4 * live.MAX_MESSAGE_BYTES,
            # Pongs would wait behind the sound of a client that sends faster than it is analysed;
            # our own time limits on reading and writing find dead connections as well.
            ws_ping_interval=None,
            lifespan="off",
            log_config=None,
            forwarded_allow_ips=settings.trusted_proxies,
            access_log=False,  # our own has the request's id, and never its key
            server_header=False,
            timeout_graceful_shutdown=10,
        )
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_serve(app, config, listener))


async def _serve(app: FastAPI, config: uvicorn.Config, listener: socket) -> None:
    # The lifespan is entered here and not by uvicorn, so that its errors reach the caller as they
    # are, without a traceback in the log.
    async with lifespan(app):
        await server.Server(config, lambda: _say_goodbye(app.state.service)).serve([listener])


async def _say_goodbye(service: Service) -> None:
    service.hub.close()
    await asyncio.sleep(_GOODBYE_S)
