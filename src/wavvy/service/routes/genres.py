"""``/v1/genres``: what the library's tracks can be filtered by."""

from __future__ import annotations

from fastapi import APIRouter

from wavvy.service.openapi import errors
from wavvy.service.schemas import GenreOut, GenresAnswer
from wavvy.service.state import Current

router = APIRouter(prefix="/v1", tags=["Tracks"])


@router.get("/genres", summary="List genres", responses=errors())
def genres(service: Current) -> GenresAnswer:
    """List every genre of the library with its number of tracks, by name."""
    return GenresAnswer(
        genres=[
            GenreOut(name=name, tracks=tracks) for name, tracks in service.library.catalog.genres()
        ]
    )
