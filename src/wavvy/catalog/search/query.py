"""What a person typed into a search, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

from wavvy.catalog.search.folding import fold
from wavvy.catalog.search.terms import plain, query_terms

Field = Literal["title", "artist", "album"]

MAX_LENGTH = 500  # characters; of a longer query the rest is not looked at,
MAX_WORDS = 12  # and not of one of more words

_FIELDS = ("title", "artist", "album")
_UNFINISHED = ("title:", "artist:", "album:", "year:", "genre:")
_QUOTES = str.maketrans(dict.fromkeys("“”„«»＂", '"'))
_PART = re.compile(r'(?:(title|artist|album|year|genre):)?(?:"([^"]*)("?)|(\S+))', re.IGNORECASE)
_YEARS = re.compile(r"([0-9]{1,4})(?:(-)([0-9]{0,4}))?")
_SHORTEST_PREFIX = 3


LITTLE_WORDS = frozenset(
    {
        *("a", "an", "and", "as", "at", "by", "da", "das", "de", "der", "des", "di", "die", "do"),
        *("el", "en", "et", "for", "from", "i", "il", "in", "is", "it", "la", "le", "les", "los"),
        *("my", "o", "of", "on", "or", "the", "to", "un", "une", "und", "with", "y", "you"),
    }
)


class Word(NamedTuple):
    """A word that is looked for.

    Attributes
    ----------
    term : str
        Folded.
    prefix : bool
        Whether it may be the beginning of a longer one: it is being typed.
    exact : bool
        Whether it must be spelt like that: it is quoted.
    field : str, optional
        Where it must be, if not anywhere.
    """

    term: str
    prefix: bool = False
    exact: bool = False
    field: Field | None = None

    @property
    def completed(self) -> bool:
        """Whether longer words are looked for too; of a letter or two there are too many."""
        return self.prefix and len(self.term) >= _SHORTEST_PREFIX

    @property
    def little(self) -> bool:
        """Whether it is in so many names that it tells next to nothing."""
        return self.term in LITTLE_WORDS


class Phrase(NamedTuple):
    """Words that must stand side by side, in one field if it is named."""

    text: str
    field: Field | None


@dataclass(frozen=True, slots=True)
class Query:
    """A search.

    Attributes
    ----------
    words : tuple of Word
        Each should be in a track, in any order.
    phrases : tuple of Phrase
        Each must be.
    text : str
        All words as they were typed, folded.
    genre : str, optional
        Beginning of the genre's name, folded.
    from_year, to_year : int, optional
        Years of release, both included.
    """

    words: tuple[Word, ...]
    phrases: tuple[Phrase, ...]
    text: str
    genre: str | None
    from_year: int | None
    to_year: int | None

    @property
    def narrows(self) -> bool:
        """Whether it asks for more than words."""
        return self.genre is not None or self.from_year is not None


def parse(typed: str) -> Query:
    """Take a query apart; whatever is typed means something.

    Words may have ``title:``, ``artist:`` or ``album:`` in front; ``year:1990-1999`` and ``genre:``
    narrow the search. What is in quotes is taken as it is.
    """
    words: list[Word] = []
    phrases: list[Phrase] = []
    texts: list[str] = []
    genre: str | None = None
    years: tuple[int, int] | None = None
    typed = typed[:MAX_LENGTH]
    for part in _PART.finditer(typed.translate(_QUOTES)):
        name, quoted, closed, bare = part.groups()
        name = name.lower() if name else None
        value = quoted if bare is None else bare
        if bare and bare.lower() in _UNFINISHED:
            continue
        if name == "genre":
            genre = fold(value) or None
            continue
        if name == "year" and (found := _years(value)):
            years = found
            continue
        if name == "year":
            value, name = part.group(), None
        field = cast("Field", name) if name in _FIELDS else None
        terms = query_terms(value)
        if not terms:
            continue
        texts.append(plain(value))
        if quoted is not None and closed:
            phrases.append(Phrase(plain(value), field))
        typing = part.end() == len(typed) and not closed
        words += [
            Word(term, typing and term is terms[-1], bool(quoted is not None and closed), field)
            for term in terms
        ]
    begin, end = years or (None, None)
    return Query(_once(words)[:MAX_WORDS], tuple(phrases), " ".join(texts), genre, begin, end)


def _years(text: str) -> tuple[int, int] | None:
    """Return the years of ``1994``, ``1990-1999``, ``1990-`` or, being typed, ``199``."""
    found = _YEARS.fullmatch(text)
    if not found:
        return None
    first, dash, last = found.groups()
    begin = int(first.ljust(4, "0"))
    end = int((last or "").ljust(4, "9")) if dash else int(first.ljust(4, "9"))
    return begin, min(end, 9998)


def _once(words: list[Word]) -> tuple[Word, ...]:
    """Drop words that are there twice; of two the last one stays, which may be a prefix."""
    return tuple({(word.term, word.field): word for word in words}.values())
