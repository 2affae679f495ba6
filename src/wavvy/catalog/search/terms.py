"""What a track can be found by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from anyascii import anyascii

from wavvy.catalog.search.folding import Token, fold, tokens

MAX_WORD = 40  # characters; of longer words the rest is not compared
MAX_KEY = 64

_TYPO_LENGTHS = range(4, 25)
_SYLLABLES = 8  # a longer run of Chinese or Japanese is romanised as separate syllables only
_FEATURING = frozenset({"feat", "ft", "featuring"})


class Indexed(NamedTuple):
    """What is stored of a track's names.

    Attributes
    ----------
    title : str
        Folded title, at most `MAX_KEY` characters: what titles are sorted and completed by.
    title_key : str
        Its words in the order of the alphabet, so that their own order does not matter.
    text : str
        Folded title, artists and album, one a line.
    terms : tuple of str
        Everything that finds the track.
    """

    title: str
    title_key: str
    text: str
    terms: tuple[str, ...]


def index_names(title: str, artists: Iterable[str], album: str | None) -> Indexed:
    """Return what is stored so that a track is found by its names."""
    fields = [title, *artists, album or ""]
    lines = [plain(field) for field in fields]
    found = dict.fromkeys(term for field in fields for term in _terms(field))
    return Indexed(lines[0][:MAX_KEY], title_key(lines[0].split()), "\n".join(lines), tuple(found))


def meaningful(text: str) -> list[Token]:
    """Return the words of a name, without ``feat.`` where it is not all there is."""
    found = tokens(text)
    kept = [token for token in found if token.word not in _FEATURING]
    return [_cut(token) for token in kept or found]


def plain(text: str) -> str:
    """Return the words of a name, parted by single spaces."""
    return " ".join(token.word for token in meaningful(text))


def title_key(words: Iterable[str]) -> str:
    """Return the key under which titles of these words are stored."""
    return " ".join(sorted(words))[:MAX_KEY]


def query_terms(text: str) -> list[str]:
    """Return the terms that a track must have to be found by a text."""
    return [
        term
        for run in runs(meaningful(text))
        for term in (_pairs(run) if run[0].single else [token.word for token in run])
    ]


def typo_keys(word: str) -> set[str]:
    """Return the keys of a word: two words with one in common differ by little.

    A key is the word with one letter left out (W. Garbe's symmetric deletes, 2012).
    """
    if len(word) not in _TYPO_LENGTHS or not word.isalpha():
        return set()
    return shortened(word)


def shortened(word: str) -> set[str]:
    """Return a word with any one character left out."""
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def spelt(terms: Iterable[str]) -> list[str]:
    """Return those terms whose spelling a person may get wrong."""
    return [term for term in terms if len(term) in _TYPO_LENGTHS and term.isalpha()]


def _terms(text: str) -> Iterator[str]:
    for run in runs(meaningful(text)):
        words = [token.word for token in run]
        yield from words
        if run[0].single:
            yield from _pairs(run)
            yield from _romanised(words)
        else:
            if len(run) > 1:
                yield "".join(words)[:MAX_WORD]
            for word in words:
                if not word.isascii():
                    yield from query_terms(anyascii(word))


def runs(found: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield words that are written without spaces; single characters where they are neighbours."""
    run: list[Token] = []
    for token in found:
        if run and not (
            token.glued
            and token.single == run[-1].single
            and (not token.single or token.start == run[-1].end)
        ):
            yield run
            run = []
        run.append(token)
    if run:
        yield run


def _pairs(run: Sequence[Token]) -> list[str]:
    """Return each two neighbours: of a script without spaces they stand for words."""
    words = [token.word for token in run]
    return [a + b for a, b in pairwise(words)] or words


def _romanised(characters: Sequence[str]) -> Iterator[str]:
    if not characters[0].isalpha():
        return  # symbols
    syllables = [fold(anyascii(character)).replace(" ", "") for character in characters]
    if all(syllable.isascii() and syllable.isalnum() for syllable in syllables):
        yield from syllables
        if 1 < len(syllables) <= _SYLLABLES:
            yield "".join(syllables)[:MAX_WORD]


def _cut(token: Token) -> Token:
    return token._replace(word=token.word[:MAX_WORD]) if len(token.word) > MAX_WORD else token
