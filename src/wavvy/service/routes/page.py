"""``GET /``: the web app. It knows its own addresses, which `deep_link` tells from mistakes."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse

APP = Path(__file__).parent.parent / "app"
"""Built from ``web/`` when the package is installed."""

router = APIRouter(include_in_schema=False)


@router.get("/")
async def page() -> FileResponse:
    """Send the app."""
    return FileResponse(APP / "index.html", headers={"Cache-Control": "no-cache"})


@router.get("/icon.svg")
async def icon() -> FileResponse:
    """Send the icon."""
    return FileResponse(APP / "icon.svg", headers={"Cache-Control": "max-age=86400"})


def deep_link(request: Request) -> bool:
    """Tell whether an address that nothing answers is one that the app may know.

    A browser asks for it as a page; the folders of the interface and of files are not the app's.
    """
    return (
        request.method == "GET"
        and "text/html" in request.headers.get("accept", "")
        and not request.url.path.startswith(("/v1/", "/health/", "/docs/", "/assets/"))
    )
