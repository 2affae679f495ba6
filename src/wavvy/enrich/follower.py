"""Looking up new tracks in the background, as long as a service runs."""

from __future__ import annotations

import logging
import threading
import time

from wavvy.catalog.repository import Catalog
from wavvy.enrich.enricher import Enricher
from wavvy.enrich.setup import EnrichSetup
from wavvy.enrich.web import Answers

log = logging.getLogger(__name__)

GLANCE_S = 5.0
"""How often to see whether there are new tracks, whoever has added them."""

_ROUND_S = 600.0  # how often to see whether anything else is due: old failures, edited tracks
_JOIN_S = 10.0


class EnrichFollower:
    """A thread for each provider, which asks about new tracks and about what is to be tried again.

    Parameters
    ----------
    catalog : Catalog
        May be shared with other processes: tracks are claimed, limits counted there.
    setup : EnrichSetup
        Who is asked. If that is nobody, there are no threads.
    answers : Answers, optional
        Keeps answers for a day.
    """

    def __init__(
        self, catalog: Catalog, setup: EnrichSetup, answers: Answers | None = None
    ) -> None:
        self._catalog = catalog
        self._stop = threading.Event()
        enrichers = setup.enrichers(catalog, self._stop, answers)
        self._woken = {enricher.name: threading.Event() for enricher in enrichers}
        self._threads = [
            threading.Thread(
                target=self._follow, args=(enricher,), name=f"wavvy-{enricher.name}", daemon=True
            )
            for enricher in enrichers
        ]
        for name, remedy in setup.lacking().items():
            log.warning("%s is not asked: %s", name, remedy)
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """See soon what is due: a track has changed."""
        for woken in self._woken.values():
            woken.set()

    def close(self) -> None:
        """Stop asking. What is not done is done by whoever asks next."""
        self._stop.set()
        self.wake()
        for thread in self._threads:
            thread.join(_JOIN_S)

    def _follow(self, enricher: Enricher) -> None:
        woken = self._woken[enricher.name]
        seen = 0
        next_round = time.monotonic()
        while not self._stop.is_set():
            rest_s = GLANCE_S
            try:
                newest = self._catalog.last_track_id()
                whole = woken.is_set() or time.monotonic() >= next_round
                woken.clear()
                if whole or newest > seen:
                    outcome = enricher.run(after_id=0 if whole else seen)
                    rest_s = max(rest_s, outcome.rest_s)
                    if outcome.trouble is None:
                        seen = newest
                        next_round = time.monotonic() + _ROUND_S if whole else next_round
            except Exception as failure:  # a database that is away, a fault of ours: go on
                log.warning("looking tracks up at %s failed: %s", enricher.name, failure)
                rest_s = _ROUND_S / 10
            if rest_s > GLANCE_S:
                self._stop.wait(rest_s)
            else:
                woken.wait(rest_s)
        enricher.close()
