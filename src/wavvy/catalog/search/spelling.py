"""Words that are spelt nearly like another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from wavvy.catalog.search import index
from wavvy.catalog.search.query import Word
from wavvy.catalog.search.terms import shortened

Likenesses = Mapping[str, float]
"""Terms that may be meant, and how like what was typed they are, up to 1."""

_MOST = 40  # words for one
_SHORTEST = 3
_SHORTEST_TWICE = 6  # letters of which two may be wrong
_PIECE = 3  # letters at least
_CONTAINING = 300
_INSIDE = 0.7  # likeness of a word that contains what was typed
_OTHER_BEGINNING = 0.05  # people mostly get the first letter right


def alternatives(session: Session, words: Iterable[Word]) -> dict[str, Likenesses]:
    """Return words that differ from each given one by a letter or two.

    A letter may be missing, wrong, one too many, or have changed places with its neighbour.
    """
    spelt = {word.term for word in words if _may_be_misspelt(word)}
    keys: set[str] = set()
    shorter: set[str] = set()
    for word in spelt:
        less = shortened(word)
        if len(word) >= _SHORTEST_TWICE:
            less |= {key for once in tuple(less) for key in shortened(once)}
        keys |= less | {word}
        shorter |= {key for key in less if len(key) >= _SHORTEST}
    if not spelt:
        return {}
    found = index.similar_words(session, keys, shorter)
    return {word: _nearest(word, found) for word in spelt}


def related(session: Session, words: Iterable[Word]) -> dict[str, Likenesses]:
    """Return words that contain what was typed, or have half of it and the rest nearly so."""
    asked = [word for word in words if _may_be_misspelt(word)]
    pieces = {piece for word in asked for piece in _pieces(word.term) if len(piece) >= _PIECE}
    if not pieces:
        return {}
    found = index.words_containing(session, sorted(pieces), len(asked) * _CONTAINING)
    return {word.term: _related(word, found) for word in asked}


def _pieces(term: str) -> tuple[str, str, str]:
    middle = len(term) // 2
    return term[:middle], term[middle:], term


def _related(word: Word, found: Iterable[str]) -> Likenesses:
    term = word.term
    near = {other: _INSIDE for other in found if term in other}
    if word.prefix:
        beginnings = _nearest(term, {other[: len(term)] for other in found})
        near |= {
            other: beginnings[other[: len(term)]] - _OTHER_BEGINNING
            for other in found
            if other[: len(term)] in beginnings
        }
    return likeliest(near | dict(_nearest(term, found)))


def _may_be_misspelt(word: Word) -> bool:
    return not word.exact and len(word.term) >= _SHORTEST and word.term.isalpha()


def _nearest(word: str, others: Iterable[str]) -> Likenesses:
    from rapidfuzz.distance import OSA

    most = 2 if len(word) >= _SHORTEST_TWICE else 1
    near: dict[str, float] = {}
    for other in others:
        distance = OSA.distance(word, other, score_cutoff=most)
        if 0 < distance <= most:
            likeness = 1 - distance / max(len(word), len(other))
            near[other] = likeness - (_OTHER_BEGINNING if word[0] != other[0] else 0.0)
    return likeliest(near)


def likeliest(near: Likenesses) -> Likenesses:
    """Return those that are most alike, these first."""
    return dict(sorted(near.items(), key=lambda item: (-item[1], item[0]))[:_MOST])
