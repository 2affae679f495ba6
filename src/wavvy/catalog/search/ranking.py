"""Candidates in order, which depends on them and the query alone, not on the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from wavvy.catalog.search.index import Candidate
from wavvy.catalog.search.query import Query, Word
from wavvy.catalog.search.spelling import Likenesses

WHOLE = 0.9
"""Coverage from which a track has all that was typed, as it was typed."""

_COMPLETED = 0.95  # of a word of which the beginning was typed
_COVERAGE, _LIKENESS, _BEGINNING = 0.75, 0.2, 0.05


class Hit(NamedTuple):
    """A track that was found.

    Attributes
    ----------
    track_id : int
    score : float
        How well it fits, 0 to 1.
    coverage : float
        How much of what was typed it has, 0 to 1.
    """

    track_id: int
    score: float
    coverage: float


class Ranking:
    """Scores candidates for one query.

    Parameters
    ----------
    query : Query
        What was typed.
    meant : dict
        For a term of the query, what else may be meant by it.
    """

    def __init__(self, query: Query, meant: Mapping[str, Likenesses]) -> None:
        self._query = query
        self._meant = meant
        weights = [_weight(word) for word in query.words]
        self._weights = [weight / sum(weights) for weight in weights]

    def hits(self, candidates: Iterable[Candidate]) -> list[Hit]:
        """Return the candidates that fit, the best first."""
        from rapidfuzz.fuzz import ratio, token_sort_ratio

        text = self._query.text
        found = []
        for candidate in candidates:
            lines = candidate.text.split("\n")
            title, artists, album = lines[0], lines[1:-1], lines[-1]
            coverage = self._coverage(candidate, title, artists, album)
            if coverage is None:
                continue
            artist = " ".join(artists)
            likeness = max(
                ratio(text, title),
                ratio(text, f"{artist} {title}"),
                token_sort_ratio(text, f"{title} {artist}"),
                token_sort_ratio(text, title),
                0.9 * ratio(text, artist),
                0.8 * ratio(text, album),
            )
            score = (
                _COVERAGE * coverage
                + _LIKENESS * likeness / 100
                + _BEGINNING * title.startswith(text)
            )
            found.append(Hit(candidate.track_id, round(score, 4), coverage))
        return sorted(found, key=lambda hit: (-hit.score, hit.track_id))

    def _coverage(
        self, candidate: Candidate, title: str, artists: list[str], album: str
    ) -> float | None:
        """Return how much of the query a track has; None if it lacks what it must have."""
        fields = {
            "title": [title],
            "artist": artists,
            "album": [album],
            None: [title, *artists, album],
        }
        for phrase in self._query.phrases:
            if not any(f" {phrase.text} " in f" {line} " for line in fields[phrase.field]):
                return None
        terms = set(candidate.terms.split())
        coverage = 0.0
        for word, weight in zip(self._query.words, self._weights, strict=True):
            if word.field is None:
                likeness = self._likeness(word, terms)
            else:
                likeness = self._likeness(word, _terms_of(fields[word.field]))
                if not likeness:
                    return None
            coverage += weight * likeness
        return coverage

    def _likeness(self, word: Word, terms: set[str]) -> float:
        """Return how like one of some terms a word is."""
        if word.term in terms:
            return 1.0
        meant = self._meant.get(word.term)
        best = max((meant[term] for term in terms & meant.keys()), default=0.0) if meant else 0.0
        if word.prefix and any(term.startswith(word.term) for term in terms):
            return max(best, _COMPLETED)
        return best


def _weight(word: Word) -> float:
    """Return how much a word tells: long ones are rarer."""
    return 0.4 if word.little else 1 + min(len(word.term), 8) / 8


def _terms_of(lines: Iterable[str]) -> set[str]:
    words = [line.split() for line in lines]
    pairs = {a + b for line in words for a, b in pairwise(line)}
    return pairs | {word for line in words for word in line}
