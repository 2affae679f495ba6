"""``GET /``: the page for people."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

STATIC = Path(__file__).parent.parent / "static"

router = APIRouter(include_in_schema=False)


@router.get("/")
async def page() -> FileResponse:
    """Send the page."""
    return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})
