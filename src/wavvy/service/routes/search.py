"""``GET /v1/search``: tracks by what a person remembers of their names."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Query

from wavvy.catalog.listing import Listing
from wavvy.catalog.search.query import MAX_LENGTH
from wavvy.service.found import FoundTrack, SearchPage
from wavvy.service.openapi import errors
from wavvy.service.parameters import MAX_ID
from wavvy.service.state import Current

router = APIRouter(prefix="/v1", tags=["Tracks"])


@router.get(
    "/search",
    summary="Search tracks",
    responses=errors("invalid_request", "store_busy", "store_unavailable", "internal"),
)
def search(
    service: Current,
    q: Annotated[
        str,
        Query(
            max_length=MAX_LENGTH,
            description="Words of title, artist and album, in any order.",
            examples=["harbour lihgts year:1990-1999"],
        ),
    ],
    limit: Annotated[int, Query(ge=1, le=100, description="Tracks a page.", examples=[20])] = 20,
    offset: Annotated[
        int, Query(ge=0, le=MAX_ID, description="`next` of the page before.", examples=[0])
    ] = 0,
) -> SearchPage:
    """Find tracks by half-remembered names, the best match first; good while typing.

    Case, accents, punctuation and the order of words do not matter; a letter or two may be wrong;
    the last word may be unfinished; Cyrillic, Greek, Chinese and others are found by Latin letters
    too. `title:`, `artist:` and `album:` say where a word must be, `year:1994`, `year:1990-1999`
    and `genre:folk` narrow the search, and what is in quotes must be there as it is.
    """
    began = time.perf_counter()
    listing = Listing(query=q, order="relevance", limit=limit, offset=offset)
    page = service.library.catalog.page(listing)
    results: list[FoundTrack] = []
    total = 0
    if page.found is not None:  # something was asked
        total = page.total
        scored = zip(page.tracks, page.found.hits, strict=True)
        results = [
            FoundTrack.found(track, hit.score, page.found.highlighter.of(track))
            for track, hit in scored
        ]
    after = offset + len(results)
    return SearchPage(
        took_ms=round(1000 * (time.perf_counter() - began)),
        results=results,
        total=total,
        next=after if results and after < total else None,
    )
