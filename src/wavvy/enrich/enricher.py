"""Looking up what is due, and writing down what came of it.

One track after the other is claimed in the catalogue, looked up, and its answer kept, so that a
kill loses one lookup at most and other processes can do the same at the same time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wavvy.catalog.lookups import Answer, LookupState
from wavvy.catalog.picture import as_artwork
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import Artwork, Track
from wavvy.enrich.provider import (
    Limited,
    Match,
    Provider,
    ProviderError,
    Refused,
    Stopped,
    Unavailable,
    recording_of,
)
from wavvy.errors import WavvyError

log = logging.getLogger(__name__)

REFUSED_S = 3600.0
"""How long a provider is left alone that does not accept the credentials."""

_PATIENCE_S = 30.0  # a limit that ends so soon is waited for


@dataclass
class Outcome:
    """What a round of lookups has come to, so far."""

    found: int = 0
    missing: int = 0
    failed: int = 0
    trouble: str | None = None
    """Why it ended before everything was looked up."""
    rest_s: float = 0.0
    """How long the provider is to be left alone then."""

    @property
    def done(self) -> int:
        """How many tracks were looked up."""
        return self.found + self.missing + self.failed


class Enricher:
    """Asks one provider about the tracks of a catalogue.

    Parameters
    ----------
    catalog : Catalog
        Where answers go, and limits are counted.
    provider : Provider
        Who is asked.
    stop : threading.Event
        Set when the process is about to end: the round does too.
    """

    def __init__(self, catalog: Catalog, provider: Provider, stop: threading.Event) -> None:
        self._catalog = catalog
        self._lookups = catalog.lookups
        self._provider = provider
        self._stop = stop
        self._warned: str | None = None

    @property
    def name(self) -> str:
        """The provider's name."""
        return self._provider.name

    def close(self) -> None:
        """Close the provider's connections."""
        self._provider.close()

    def states_due(self, *, missing: bool = False) -> Sequence[LookupState]:
        """Return the states in which tracks are due before their time.

        With a key there is more than an address to search at. `missing` is for whoever does not
        want to wait.
        """
        again: list[LookupState] = ["link"] if self._provider.asks else []
        return [*again, "none", "failed"] if missing else again

    def run(
        self,
        *,
        missing: bool = False,
        after_id: int = 0,
        progress: Callable[[Outcome], None] = lambda _: None,
    ) -> Outcome:
        """Look up every track that is due, until all are done or the provider wants a rest.

        Parameters
        ----------
        missing : bool, default False
            Whether to ask again about what was not found, or failed, before its time.
        after_id : int
            Only tracks with a higher id.
        progress : callable
            Is given what has been done, after each track.
        """
        outcome = Outcome()
        last = after_id
        again = self.states_due(missing=missing)
        while not self._stop.is_set():
            track = self._lookups.claim(self.name, after_id=last, again=again)
            if track is None:
                break
            try:
                self._look_up(track, outcome)
            except Limited as limit:
                self._lookups.release(track.id, self.name)
                if limit.seconds > _PATIENCE_S or self._stop.wait(limit.seconds):
                    outcome.trouble, outcome.rest_s = str(limit), limit.seconds
                    break
                continue  # with the same track
            except Refused as refusal:
                self._lookups.release(track.id, self.name)
                outcome.trouble, outcome.rest_s = str(refusal), REFUSED_S
                break
            except Stopped:
                self._lookups.release(track.id, self.name)
                break
            last = track.id
            progress(outcome)
        return outcome

    def _look_up(self, track: Track, outcome: Outcome) -> None:
        try:
            match = self._provider.find(recording_of(track))
            answer = None if match is None else self._answer(track, match)
        except Limited as limit:
            if limit.told:
                self._catalog.providers.block(self.name, limit.seconds, str(limit))
            if limit.seconds > _PATIENCE_S:
                self._warn(str(limit))
            raise
        except Refused as refusal:
            # Not kept for other processes: the next one may have other credentials.
            self._catalog.providers.block(self.name, 0.0, str(refusal))
            self._warn(str(refusal))
            raise
        except Unavailable as failure:
            outcome.failed += 1
            self._lookups.failed(track.id, self.name)
            if self._catalog.providers.failed(self.name, str(failure)):
                self._warn(str(failure))
            return
        except (Stopped, WavvyError):
            raise
        except Exception:  # a fault of ours: the other tracks go on
            log.exception("looking track %d up at %s failed", track.id, self.name)
            outcome.failed += 1
            self._lookups.failed(track.id, self.name)
            return
        if self._provider.asks:
            self._catalog.providers.answered(self.name)
        self._warned = None
        if answer is None:
            outcome.missing += 1
            self._lookups.not_found(track.id, self.name)
        else:
            outcome.found += 1
            self._lookups.found(track.id, self.name, answer)

    def _answer(self, track: Track, match: Match) -> Answer:
        return Answer(
            match.found.link,
            match.confidence,
            match.found.edit,
            match.found.musicbrainz,
            None if track.has_artwork else self._cover(match),
        )

    def _cover(self, match: Match) -> Artwork | None:
        try:
            data = self._provider.cover(match.found)
        except (Limited, Stopped):
            raise
        except ProviderError as failure:  # links are worth having without it
            log.debug("no cover from %s: %s", self.name, failure)
            return None
        return as_artwork(data) if data else None

    def _warn(self, reason: str) -> None:
        """Say it once, not for each of thousands of tracks."""
        if reason != self._warned:
            self._warned = reason
            log.warning("%s; everything else goes on without it", reason)
