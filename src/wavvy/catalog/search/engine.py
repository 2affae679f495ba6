"""One search, from what was typed to the tracks that were found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product

from sqlalchemy.orm import Session

from wavvy.catalog.search import index, spelling
from wavvy.catalog.search.folding import fold
from wavvy.catalog.search.highlight import Highlighter
from wavvy.catalog.search.index import Candidate, Group, Narrowing
from wavvy.catalog.search.query import Query, Word, parse
from wavvy.catalog.search.ranking import WHOLE, Hit, Ranking
from wavvy.catalog.search.spelling import Likenesses
from wavvy.catalog.search.terms import title_key

MOST_HITS = 500
"""Of more the best are told, and of very many any."""

_BEGINNINGS = 100  # titles that begin with what was typed
_ENOUGH = 10  # hits that have all words as they were typed: then no other spelling is looked for
_SPELLINGS, _FEWEST_SPELLINGS = 80, 12  # of all words and of each, the likeliest
_TITLES = 60  # that may be meant, when each word may be several
_LEAST_COVERAGE = 0.4
_STEP = 0.25  # hits that have so much less of the query than the best one are left out


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes
    ----------
    hits : list of Hit
        The best first, at most `MOST_HITS`.
    highlighter : Highlighter
        Shows why.
    """

    hits: list[Hit]
    highlighter: Highlighter


def search(session: Session, typed: str, narrowing: Narrowing) -> Found:
    """Find tracks by what a person remembers of their names.

    Parameters
    ----------
    session : Session
        Of a catalogue.
    typed : str
        See `wavvy.catalog.search.query.parse`.
    narrowing : Narrowing
        What is not to be found.

    Returns
    -------
    Found
        Tracks, and why.
    """
    query = parse(typed)
    narrowing = _narrowed(session, query, narrowing)
    if not query.words:
        rest = index.narrowed(session, narrowing, MOST_HITS) if query.narrows else []
        return Found([Hit(one.track_id, 1.0, 1.0) for one in rest], Highlighter(query, {}))
    index.prepare(session)
    one = _Search(session, query, narrowing)
    return Found(one.hits()[:MOST_HITS], Highlighter(query, one.meant))


class _Search:
    def __init__(self, session: Session, query: Query, narrowing: Narrowing) -> None:
        self._session = session
        self._query = query
        self._narrowing = narrowing
        self._found: dict[int, Candidate] = {}
        self.meant: dict[str, Likenesses] = {}  # besides what was typed

    def hits(self) -> list[Hit]:
        words = self._query.words
        self._find_as_typed()
        hits = self._ranked()
        if sum(hit.coverage >= WHOLE for hit in hits) < _ENOUGH:
            self.meant = spelling.alternatives(self._session, words)
            self._find_alike()
            hits = self._ranked()
        if not hits or hits[0].coverage < WHOLE:
            # Something may be spelt in a way that has little in common with what is meant.
            for term, more in spelling.related(self._session, words).items():
                both = {**more, **self.meant.get(term, {})}
                self.meant[term] = spelling.likeliest(both)
            self._find_alike()
            hits = self._ranked()
        if len(words) > 1 and (not hits or hits[0].coverage < self._best_without_a_word()):
            groups = _groups(words, self.meant)
            self._find(*([*groups[:left], *groups[left + 1 :]] for left in range(len(words))))
            hits = self._ranked()
        return hits

    def _find_as_typed(self) -> None:
        words, text = self._query.words, self._query.text
        if all(word.field is None for word in words):
            self._add(index.titled(self._session, text, self._narrowing, _BEGINNINGS))
            keys = [title_key(text.split())]
            self._add(index.keyed(self._session, keys, self._narrowing, MOST_HITS))
        if all(word.little for word in words):
            return  # tracks that have them are too many to look at
        groups = _groups(words, {})
        self._find(groups)
        last = words[-1]
        if last.prefix and not last.completed and not all(word.little for word in words[:-1]):
            self._find(groups[:-1])

    def _find_alike(self) -> None:
        words = self._query.words
        self._find(_groups(words, self.meant))
        if all(word.field is None for word in words):
            spellings = ([word.term, *self.meant.get(word.term, {})] for word in words)
            keys = {title_key(meant) for meant in islice(_likeliest(spellings), _TITLES)}
            self._add(index.keyed(self._session, sorted(keys), self._narrowing, MOST_HITS))

    def _find(self, *choices: Sequence[Group]) -> None:
        limit = MOST_HITS * len(choices)
        self._add(index.having(self._session, choices, self._narrowing, limit))

    def _add(self, candidates: Iterable[Candidate]) -> None:
        self._found.update((candidate.track_id, candidate) for candidate in candidates)

    def _ranked(self) -> list[Hit]:
        hits = Ranking(self._query, self.meant).hits(self._found.values())
        best = max((hit.coverage for hit in hits), default=0.0)
        least = max(_LEAST_COVERAGE, best - _STEP)
        return [hit for hit in hits if hit.coverage >= least]

    def _best_without_a_word(self) -> float:
        return 1 - 0.5 / len(self._query.words)


def _groups(words: Sequence[Word], meant: Mapping[str, Likenesses]) -> list[Group]:
    # The more words there are, the less each of them has to be known by all its spellings.
    most = max(_FEWEST_SPELLINGS, _SPELLINGS // len(words))
    return [
        Group(
            [word.term, *islice(meant.get(word.term, ()), most)],
            word.term if word.completed else None,
        )
        for word in words
    ]


def _likeliest(spellings: Iterable[Collection[str]]) -> Iterator[tuple[str, ...]]:
    """Yield one spelling of each word, those first in which few words are not as typed."""
    choices = [tuple(some) for some in spellings]
    for changed in range(len(choices) + 1):
        for which in product((False, True), repeat=len(choices)):
            if sum(which) == changed:
                yield from product(
                    *(
                        some[1:] if other else some[:1]
                        for some, other in zip(choices, which, strict=True)
                    )
                )


def _narrowed(session: Session, query: Query, narrowing: Narrowing) -> Narrowing:
    genres = narrowing.genres
    if query.genre is not None:
        named = [name for name in index.genre_names(session) if fold(name).startswith(query.genre)]
        genres = tuple(named if genres is None else set(named) & set(genres))
    years = [year for year in (narrowing.from_year, query.from_year) if year is not None]
    ends = [year for year in (narrowing.to_year, query.to_year) if year is not None]
    return Narrowing(genres, max(years, default=None), min(ends, default=None))
