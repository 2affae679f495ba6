"""``/v1/providers`` and ``/v1/enrich``: who is asked about tracks, and asking them now."""

from __future__ import annotations

from functools import partial
from typing import Annotated, get_args

from fastapi import APIRouter, Query, Response

from wavvy.enrich.setup import ProviderName
from wavvy.service.job_schemas import JobAnswer
from wavvy.service.openapi import errors
from wavvy.service.provider_schemas import LookupCounts, ProviderOut, ProvidersAnswer
from wavvy.service.state import Current

_COUNTED_S = 20.0

router = APIRouter(prefix="/v1", tags=["Service"])


@router.get(
    "/providers", summary="Show providers of metadata", responses=errors("store_unavailable")
)
def providers(service: Current) -> ProvidersAnswer:
    """Tell who is asked about tracks, how many they know, and what is amiss."""
    setup = service.settings.enrich_setup
    catalog = service.library.catalog
    lacking = setup.lacking()
    states, counts = catalog.providers.states(), catalog.lookups.counts()
    found = []
    for name in get_args(ProviderName):
        state = states.get(name)
        enabled = name in setup.providers and name not in lacking
        counted = {key: n for key, n in counts.get(name, {}).items() if key != "asking"}
        # In a large library counting takes a while, and many may look at once.
        waiting = (
            service.cache.fetch(f"due:{name}", _COUNTED_S, partial(catalog.lookups.count_due, name))
            if enabled
            else 0
        )
        found.append(
            ProviderOut(
                name=name,
                enabled=enabled,
                trouble=lacking.get(name) or (state.trouble if state and enabled else None),
                resting_until=state.blocked_until if state and enabled else None,
                calls_today=state.calls_today if state else 0,
                tracks=LookupCounts(**counted, waiting=waiting),
            )
        )
    return ProvidersAnswer(providers=found)


@router.post(
    "/enrich",
    summary="Look tracks up",
    status_code=202,
    response_model_exclude_unset=True,
    responses=errors(
        "invalid_request",
        "busy",
        "queue_unavailable",
        "store_busy",
        "store_unavailable",
        "disk_full",
    ),
)
def enrich(
    response: Response,
    service: Current,
    missing: Annotated[
        bool,
        Query(
            description="Whether to ask again about what was not found or failed, before its time.",
            examples=[True],
        ),
    ] = False,
) -> JobAnswer:
    """Ask every provider that is set up about every track that is due, in the background.

    New tracks are looked up without this.
    """
    subject = ", ".join(service.settings.enrich_setup.providers) or "nobody is to be asked"
    made = service.jobs.submit("enrich", subject, {"missing": missing})
    response.headers["Location"] = f"/v1/jobs/{made.id}"
    return JobAnswer.of(made)
