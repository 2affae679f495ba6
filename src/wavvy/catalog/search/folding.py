"""Text as words that a search can compare."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Literal, NamedTuple

# Letters that Unicode does not decompose, but that people type without the stroke.
_STROKES = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_DROPPED = frozenset({"Mn", "Cc", "Cf", "Cs"})  # accents, control characters, lone surrogates
_APOSTROPHES = frozenset("'’‘ʼ`´＇")
_ANDS = frozenset("&+＆＋")
_KATAKANA, _TO_HIRAGANA = range(0x30A1, 0x30F7), 0x60

_Kind = Literal["letter", "single", "nothing", "space", "mark"]


class Token(NamedTuple):
    """A word, and where in the text it is.

    Attributes
    ----------
    word : str
        Folded.
    start, end : int
        Its characters in the text, the last one excluded.
    glued : bool
        Whether no space parts it from the token before, as in ``AC/DC``.
    single : bool
        Whether it is one character that needs no others to be a word: of Chinese or Japanese, or a
        symbol.
    """

    word: str
    start: int
    end: int
    glued: bool
    single: bool


def fold(text: str) -> str:
    """Reduce text to what a search compares.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Words parted by single spaces, in lower case, without accents, punctuation and control
        characters; ``&`` is a word, "and". ``fold(fold(text)) == fold(text)``.
    """
    return " ".join(token.word for token in tokens(text))


def tokens(text: str) -> list[Token]:
    """Return the words of a text."""
    found: list[Token] = []
    word: list[str] = []
    start = end = 0
    glued = False

    def finish() -> None:
        nonlocal glued
        if word:
            found.append(Token("".join(word), start, end, glued, False))
            word.clear()
            glued = True

    for at, character in enumerate(text):
        kind, folded = _classify(character)
        if kind == "letter":
            if not word:
                start = at
            word.append(folded)
            end = at + 1
        elif kind == "nothing":
            if end == at and unicodedata.combining(character):
                end = at + 1  # an accent belongs to the letter before it
        else:
            finish()
            if kind == "space":
                glued = False
            elif folded:
                found.append(Token(folded, at, at + 1, glued, kind == "single"))
                glued = True
    finish()
    return found


@lru_cache(maxsize=1 << 14)
def _classify(character: str) -> tuple[_Kind, str]:
    category = unicodedata.category(character)
    if character.isspace() or category.startswith("Z"):
        return "space", ""
    if character in _ANDS:
        return "mark", "and"
    if character in _APOSTROPHES or category in _DROPPED:
        return "nothing", ""
    folded = _fold_character(character)
    if not folded:
        return "nothing", ""
    if category == "So":
        return "single", character
    letters = "".join(c for c in folded if unicodedata.category(c)[0] in "LNM")
    if not letters:
        return "mark", ""
    return ("single" if _stands_alone(letters[0]) else "letter"), letters


def _fold_character(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    bare = "".join(c for c in decomposed if unicodedata.category(c) not in _DROPPED)
    # Compatibility decomposition can bring back capitals.
    again = unicodedata.normalize("NFKD", bare.casefold()).translate(_STROKES)
    return "".join(
        chr(ord(c) - _TO_HIRAGANA) if ord(c) in _KATAKANA else c
        for c in again
        if unicodedata.category(c) not in _DROPPED
    )


def _stands_alone(character: str) -> bool:
    """Tell whether a letter is of a script that puts no spaces between words."""
    code = ord(character)
    return (
        0x3040 <= code <= 0x30FF  # kana
        or 0x3400 <= code <= 0x9FFF  # Han
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x3FFFF
    )
