"""Taking titles and bylines apart, so that two spellings of one recording can be compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from anyascii import anyascii

from wavvy.enrich.versions import is_year, tells_version, without_edition

_LONGEST = 500  # characters of a title or name that are looked at

_FEATURED = re.compile(
    r"[(\[]?\b(?:feat(?:uring)?|ft)\b\.?\s+(?P<names>[^()\[\]]*?)(?:[)\]]|(?=\s[-–—]\s)|(?=[(\[])|$)"
    r"|[(\[](?:with|w/|con|avec|mit)\s+(?P<others>[^()\[\]]+)[)\]]",
    re.IGNORECASE,
)
_GROUP = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_DASHED = re.compile(r"\s+[-–—~]\s+|\s+[|/]\s+")
_JOINED = re.compile(
    r"\s*(?:,|;|/|&|\+|\bx\b|\band\b|\bund\b|\by\b|\bet\b|\bvs\b\.?|\bwith\b|\bfeat(?:uring)?\b\.?"
    r"|\bft\b\.?|\bpres(?:ents)?\b\.?|\bmeets\b|×|、)\s*",
    re.IGNORECASE,
)
_ROMAN = dict(zip("i ii iii iv v vi vii viii ix".split(), "123456789", strict=True))  # noqa: SIM905
_WORDS = dict(zip("one two three four five".split(), "12345", strict=True))  # noqa: SIM905
_NUMBERED = re.compile(r"(?:part|pt)s?|no|nr|number|vol(?:ume)?|op|chapter|act|book")


def plain(text: str) -> str:
    """Reduce text to lower-case Latin letters, digits and single spaces, whatever its script."""
    text = anyascii(text).lower()
    text = re.sub(r"\s*[&+]\s*", " and ", text)
    text = re.sub(r"(?<=\w)\$(?=\w)|^\$(?=\w)", "s", text)
    text = re.sub(r"['`´]", "", text)
    return " ".join(re.findall(r"[a-z0-9]+", text))


@dataclass(frozen=True, slots=True)
class Wording:
    """A title, taken apart.

    Attributes
    ----------
    core : str
        The title proper, without what is in brackets or set off by dashes about the version.
    whole : str
        With brackets that tell nothing about the version, such as those of a subtitle.
    words : tuple of str
        All words but those of guests and of the edition.
    guests : tuple of str
        Who is featured.
    numbers : frozenset of str
        Numbers in the title: "Part II" is not "Part I".
    """

    core: str
    whole: str
    words: tuple[str, ...]
    guests: tuple[str, ...]
    numbers: frozenset[str]


def wording(title: str) -> Wording:
    """Take a title apart."""
    title = title[:_LONGEST]
    guests: list[str] = []
    for match in _FEATURED.finditer(title):
        guests += split_names([match["names"] or match["others"] or ""])
    title = _FEATURED.sub(" ", title)
    inside = [plain(a or b) for a, b in _GROUP.findall(title)]
    subtitles = [text for text in inside if text and not tells_version(text)]
    head, *tails = _DASHED.split(_GROUP.sub(" ", title).strip())
    proper = [plain(head)]
    proper += [text for tail in tails if (text := plain(tail)) and not tells_version(text)]
    core = " ".join(part for part in proper if part) or plain(title)
    # In the order in which it was written: a subtitle may come first.
    whole = " ".join(
        word
        for word in _without_edition(plain(title), core).split()
        if word in set(core.split()) | {word for text in subtitles for word in text.split()}
    )
    return Wording(
        core,
        whole or core,
        tuple(_without_edition(plain(title), core).split()),
        tuple(guests),
        _numbers(f"{core} {' '.join(subtitles)}"),
    )


def split_names(names: Iterable[str]) -> list[str]:
    """Return the single names in bylines, each without its article, in their order."""
    found = []
    for name in names:
        for one in _JOINED.split(name[:_LONGEST]):
            bare = plain(one).removeprefix("the ").removesuffix(" the")
            if bare:
                found.append(bare)
    return list(dict.fromkeys(found))


def left_over(words: Iterable[str], others: Iterable[str]) -> str:
    """Return the words that the others lack, each as often as it is lacking."""
    spare = Counter(others)
    kept = []
    for word in words:
        if spare[word] > 0:
            spare[word] -= 1
        else:
            kept.append(word)
    return " ".join(kept)


def _without_edition(text: str, core: str) -> str:
    """Drop words about the edition, unless they are the title proper: "Video", "Audio"."""
    kept = without_edition(text)
    lost = left_over(core.split(), kept.split())
    return " ".join([*lost.split(), *kept.split()])


def _numbers(text: str) -> frozenset[str]:
    found = set()
    counting = False  # after "Part" even "I" is a number
    for word in text.split():
        if word.isdigit() and not is_year(word):
            found.add(str(int(word)))
        elif counting and word in _WORDS:
            found.add(_WORDS[word])
        elif word in _ROMAN and (counting or word not in ("i", "v")):
            found.add(_ROMAN[word])
        counting = counting or _NUMBERED.fullmatch(word) is not None
    return frozenset(found)
