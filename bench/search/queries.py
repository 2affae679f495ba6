"""What people would type to find a track, with the mistakes they make."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence

from bench.search.names import Name
from wavvy.catalog.search.folding import fold

_LETTERS = "abcdefghijklmnopqrstuvwxyz"

Mistake = Callable[[str, random.Random], str]


def plain_queries(names: Sequence[Name], count: int, seed: int) -> list[tuple[str, int]]:
    """Draw queries and the index of the track that each is for.

    Seven of ten are title and artist; the rest the title alone, where no other track has it.
    """
    draw = random.Random(seed)
    titles = Counter(fold(name.title) for name in names)
    found: list[tuple[str, int]] = []
    while len(found) < count:
        at = draw.randrange(len(names))
        name = names[at]
        title = fold(name.title.partition(" (")[0])
        alone = draw.random() < 0.3 and titles[title] == 1 and titles[fold(name.title)] == 1
        found.append((title if alone else f"{title} {fold(name.artist)}", at))
    return found


def one_typo(query: str, draw: random.Random) -> str:
    """Drop, add or change a letter, or let two neighbours change places."""
    places = [at for at, c in enumerate(query) if c.isalpha() and len(_word_at(query, at)) > 2]
    if not places:
        return query
    at = draw.choice(places)
    match draw.randrange(4):
        case 0:
            return query[:at] + query[at + 1 :]
        case 1:
            return query[:at] + draw.choice(_LETTERS) + query[at:]
        case 2:
            return query[:at] + draw.choice(_LETTERS) + query[at + 1 :]
        case _:
            if query[at + 1 : at + 2].isalpha():
                return query[:at] + query[at + 1] + query[at] + query[at + 2 :]
            return query[: at - 1] + query[at] + query[at - 1] + query[at + 1 :]


def two_typos(query: str, draw: random.Random) -> str:
    """Make two mistakes, perhaps in the same word."""
    return one_typo(one_typo(query, draw), draw)


def swapped(query: str, draw: random.Random) -> str:
    """Put the words into another order."""
    words = query.split()
    draw.shuffle(words)
    return " ".join(words)


MISTAKES: dict[str, Mistake] = {
    "as typed": lambda query, _: query,
    "one typo": one_typo,
    "two typos": two_typos,
    "words swapped": swapped,
}


def _word_at(query: str, at: int) -> str:
    return query[query.rfind(" ", 0, at) + 1 :].partition(" ")[0]
