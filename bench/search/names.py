"""Made-up names, distributed as those of real music are.

A few words are in many names and most in few (Zipf), frequent words are short, a few artists have
most of the tracks, an album has about ten. Some names have accents, other scripts, guests, and
additions such as "(Live)".
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

_ONSETS = (
    *("b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w"),
    *("br", "ch", "cl", "cr", "dr", "fl", "fr", "gl", "gr", "pl", "pr", "sh", "sl", "st", "th"),
    "tr",
)
_VOWELS = ("a", "e", "i", "o", "u", "a", "e", "i", "o", "ea", "ee", "oo", "ou", "ai")
_CODAS = ("", "", "", *"nrstldm", "ck", "nd", "ng", "st", "rt", "ll", "ss")
_SUFFIXES = ["Live", "Remastered 2009", "Radio Edit", "Acoustic", "Demo", "Extended Mix"]
_CYRILLIC = (
    *("зима", "дорога", "небо", "огонь", "любовь", "звезда"),
    *("ночь", "море", "город", "ветер", "сердце", "песня"),
)
_HAN = "春夏秋冬海山月星花風空夢愛心光雨雪夜朝道"
_ACCENTS = {"a": "áäà", "e": "éêè", "i": "íï", "o": "öóô", "u": "üúû", "n": "ñ", "c": "ç"}
_LITTLE = ["the", "of", "you", "in", "me", "my", "a", "to", "love", "and", "i", "it", "on"]


class Name(NamedTuple):
    """What a track is called."""

    title: str
    artist: str
    album: str
    year: int


class Names:
    """Draws names, the same for the same seed.

    Parameters
    ----------
    tracks : int
        How many tracks there will be: more of them have more words and artists.
    seed : int
        Of the draw.
    """

    def __init__(self, tracks: int, seed: int = 1) -> None:
        self._random = random.Random(seed)
        words = min(150_000, 2000 + int(150 * tracks**0.5))
        self._words = self._vocabulary(words)
        # Rank to the power of -0.9, shifted so that the first do not have it all.
        self._weights = list(accumulate((rank + 5) ** -0.9 for rank in range(len(self._words))))
        artists = max(10, tracks // 12)
        self._artists = [self._artist() for _ in range(artists)]
        self._fame = list(accumulate((rank + 10) ** -0.7 for rank in range(artists)))

    def draw(self, tracks: int) -> Iterator[Name]:
        """Yield so many names, album by album."""
        made = 0
        while made < tracks:
            artist = self._random.choices(self._artists, cum_weights=self._fame)[0]
            album = self._title()
            year = self._random.randint(1955, 2026)
            for _ in range(min(self._random.randint(1, 18), tracks - made)):
                made += 1
                yield Name(self._decorated(self._title()), artist, album, year)

    def _vocabulary(self, count: int) -> list[str]:
        found = dict.fromkeys(_LITTLE)
        while len(found) < count:
            # The more words there are already, the longer the next one.
            syllables = 1 + int(self._random.random() * (1.2 + 2.4 * len(found) / count))
            word = "".join(
                self._random.choice(part)
                for _ in range(syllables)
                for part in (_ONSETS, _VOWELS, _CODAS)
            )
            found.setdefault(word)
        return list(found)

    def _some_words(self, count: int) -> list[str]:
        return self._random.choices(self._words, cum_weights=self._weights, k=count)

    def _title(self) -> str:
        kind = self._random.random()
        if kind < 0.02:
            return "".join(self._random.choices(_HAN, k=self._random.randint(2, 5)))
        if kind < 0.04:
            return " ".join(self._random.choices(_CYRILLIC, k=self._random.randint(1, 3))).title()
        count = self._random.choices((1, 2, 3, 4, 5, 6), (18, 30, 25, 15, 8, 4))[0]
        return self._accented(" ".join(self._some_words(count)).title())

    def _artist(self) -> str:
        count = self._random.choices((1, 2, 3), (30, 55, 15))[0]
        name = self._accented(" ".join(self._some_words(count)).title())
        return f"The {name}" if self._random.random() < 0.15 else name

    def _decorated(self, title: str) -> str:
        kind = self._random.random()
        if kind < 0.06:
            return f"{title} ({self._random.choice(_SUFFIXES)})"
        if kind < 0.12:
            return f"{title} (feat. {self._random.choice(self._artists)})"
        return title

    def _accented(self, text: str) -> str:
        if self._random.random() > 0.05:
            return text
        at = self._random.randrange(len(text))
        options = _ACCENTS.get(text[at])
        return text[:at] + self._random.choice(options) + text[at + 1 :] if options else text
