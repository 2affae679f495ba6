"""The routes, one noun a file."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.params import Depends as DependsType

from wavvy.catalog.keys import Scope
from wavvy.service.auth import BEARER, HEADER, Needs
from wavvy.service.routes import (
    artwork,
    demo,
    duplicates,
    events,
    genres,
    health,
    history,
    jobs,
    listen,
    page,
    providers,
    queue,
    recognize,
    search,
    stats,
    tracks,
    uploads,
)

OPEN: tuple[DependsType, ...] = ()
"""For routes that need no key."""


def needs(*scopes: Scope, writing: Scope | None = None) -> tuple[DependsType, ...]:
    """Return what lets in only requests whose key has one of `scopes`; see :class:`Needs`."""
    return (Depends(Needs(*scopes, writing=writing)), Depends(BEARER), Depends(HEADER))


ROUTERS: tuple[tuple[APIRouter, tuple[DependsType, ...]], ...] = (
    (recognize.router, needs("recognise")),
    (listen.router, needs("recognise")),
    (uploads.router, needs("admin")),
    (tracks.router, needs("read", writing="admin")),
    (search.router, needs("read")),
    (duplicates.router, needs("read", writing="admin")),
    (artwork.router, needs("read")),
    (genres.router, needs("read")),
    (history.router, needs("read", writing="admin")),
    (demo.router, needs("admin")),
    (jobs.router, needs("read", "recognise", writing="admin")),
    (events.router, needs("read", "recognise")),
    (queue.router, needs("read")),
    (stats.router, needs("read")),
    (providers.router, needs("read", writing="admin")),
    (health.router, OPEN),
    (page.router, OPEN),
)
"""All routers of the service, in the order of the documentation, and what their callers need."""

STREAMED = frozenset({"/v1/recognize", "/v1/tracks"})
"""Paths of the routes that stream their body to disk; others take a small one."""
