"""The routes, one noun a file."""

from __future__ import annotations

from fastapi import APIRouter

from wavvy.service.routes import (
    demo,
    genres,
    health,
    history,
    jobs,
    listen,
    page,
    recognize,
    stats,
    tracks,
)

ROUTERS: tuple[APIRouter, ...] = (
    recognize.router,
    listen.router,
    tracks.router,
    genres.router,
    history.router,
    demo.router,
    jobs.router,
    stats.router,
    health.router,
    page.router,
)
"""All routers of the service, in the order of the documentation."""
