"""Where in a name the words of a query are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from wavvy.catalog.search.folding import Token, fold
from wavvy.catalog.search.query import Field, Query, Word
from wavvy.catalog.search.spelling import Likenesses
from wavvy.catalog.search.terms import index_names, meaningful, runs
from wavvy.catalog.track import Track

Range = tuple[int, int]


class Highlights(NamedTuple):
    """Parts of a track's names, each from a character up to another, which is excluded.

    Characters are Unicode's code points, as Python counts them.
    """

    title: list[Range]
    artists: list[list[Range]]
    album: list[Range]


class Highlighter:
    """Finds the words of one query in names.

    Parameters
    ----------
    query : Query
        What was typed.
    meant : dict
        For a term of the query, what else may be meant by it.
    """

    def __init__(self, query: Query, meant: Mapping[str, Likenesses]) -> None:
        self._words = query.words
        self._meant = meant

    def of(self, track: Track) -> Highlights:
        """Return what the query found in a track."""
        return Highlights(
            self._ranges(track.title, "title"),
            [self._ranges(artist, "artist") for artist in track.artists],
            self._ranges(track.album or "", "album"),
        )

    def _ranges(self, text: str, field: Field) -> list[Range]:
        words = [word for word in self._words if word.field in (None, field)]
        found: list[Range] = []
        for run in runs(meaningful(text)):
            whole = "".join(token.word for token in run)
            for word in words:
                if len(run) > 1 and not run[0].single and whole == word.term:
                    found.append((run[0].start, run[-1].end))
                elif run[0].single:
                    found += _in_run(run, word.term)
                else:
                    found += (part for token in run if (part := self._part(text, token, word)))
        return _merged(found)

    def _part(self, text: str, token: Token, word: Word) -> Range | None:
        """Return the part of a token that a word of the query stands for."""
        term = word.term
        meant = self._meant.get(term, {})
        if token.word == term:
            return token.start, token.end
        if term in token.word and (
            token.word in meant or (word.prefix and token.word.startswith(term))
        ):
            return _place(text, token, token.word.index(term), len(term))
        if token.word in meant:
            return token.start, token.end
        if not token.word.isascii():
            romanised = index_names(token.word, (), None).terms
            if any(
                t == term or t in meant or (word.prefix and t.startswith(term)) for t in romanised
            ):
                return token.start, token.end
        return None


def _in_run(run: Sequence[Token], term: str) -> list[Range]:
    """Return where a term of one or two characters is among characters that stand alone."""
    size = len(fold(term).split())
    return [
        (run[at].start, run[at + size - 1].end)
        for at in range(len(run) - size + 1)
        if "".join(token.word for token in run[at : at + size]) == term
    ]


def _place(text: str, token: Token, at: int, length: int) -> Range:
    """Return the characters that some of a token's folded ones come from."""
    start, end = token.start, token.end
    # Folding may make several characters of one, or none.
    while start < token.end and len(fold(text[token.start : start + 1]).replace(" ", "")) <= at:
        start += 1
    for stop in range(start + 1, token.end + 1):
        if len(fold(text[token.start : stop]).replace(" ", "")) >= at + length:
            end = stop
            break
    return start, end


def _merged(ranges: Iterable[Range]) -> list[Range]:
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
