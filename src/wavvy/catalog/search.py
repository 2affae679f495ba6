"""Folding text, so that search ignores case and accents."""

from __future__ import annotations

import unicodedata

# Letters that Unicode does not decompose, but that people type without the stroke.
_STROKES = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_DROPPED = frozenset({"Mn", "Cc", "Cf", "Cs"})  # accents, control characters, lone surrogates


def fold(text: str) -> str:
    """Reduce text to what a search compares.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Lower case, without accents and control characters, words parted by single spaces.
        ``fold(fold(text)) == fold(text)``.
    """
    decomposed = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    bare = "".join(c for c in decomposed if unicodedata.category(c) not in _DROPPED)
    # Compatibility decomposition can bring back capitals and spaces.
    return " ".join(unicodedata.normalize("NFKD", bare.casefold()).translate(_STROKES).split())
