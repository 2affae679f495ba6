"""Taking titles and bylines apart, so that two spellings of one recording can be compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from anyascii import anyascii

# A version that is another recording, and the words that tell. What is left over on one side only
# when two titles are compared is searched for them; in the title proper they mean nothing.
_VERSIONS = {
    "karaoke": r"karaoke|in the style of|made famous|originally performed|sing ?along|minus one"
    r"|backing (?:track|version)|playback|tribute|salute to",
    "cover": r"covers?|covered|rendition|8 ?bit|chiptune|music box|lullaby|string quartet"
    r"|piano (?:version|solo|arrangement)|guitar version|marimba|bardcore|panpipes?",
    "speed": r"sped|speed up|slowed|nightcore|daycore|chopped|screwed|8d|432 ?hz|bass boosted"
    r"|reverb|loop|1 hour|10 hours",
    "live": r"live|unplugged|concert|en vivo|ao vivo|en directo|dal vivo|sessions?|tour|festival"
    r"|soundcheck|zhivoy|kontsert|konzert",
    "remix": r"remix\w*|rmx|mix|mixed|rework|refix|re (?:edit|fix)|mash ?up|megamix|vip|dub|flip"
    r"|bootleg|remake|riddim",
    "acoustic": r"acoustic\w*|akustik\w*|acustic[oa]|acoustique|stripped",
    "demo": r"demos?|rough|outtakes?|alternat\w+|rehearsal|work ?tape|take \w+|early version"
    r"|home recording|voice memo|first draft|unreleased",
    "instrumental": r"instrumental\w*|no vocals?|without vocals",
    "vocals": r"a ?cap+ella|vocals only|isolated",
    "orchestral": r"orchestra\w*|symphonic|choir",
    "again": r"re ?record\w+|new recording|newly recorded|anniversary recording|revisited"
    r"|reimagined|redux",
    "language": r"spanish|english|german|french|italian|japanese|korean|chinese|portuguese"
    r"|deutsch\w*|espanol|spanglish|mandarin|swedish|russian|hindi",
    "part": r"reprise|interlude|intro|outro|skit|prelude|overture|medley|pt|part|continued",
    "talk": r"interview|commentary|reaction|review|tutorial|lesson|how to|teaser|trailer|making of"
    r"|behind the scenes|full album|explained|podcast|fan ?made|parody|ringtone|talk",
    "other": r"versions?|ver",
}
_VERSION = re.compile(
    "|".join(rf"(?P<{name}>\b(?:{words})\b)" for name, words in _VERSIONS.items())
)
# The same recording, cut to another length: told apart by how long they are.
_LENGTH = re.compile(
    r"\b(?:(?:radio|single|album|video|short|long|full|extended|club|original|7|12|main|lp|dance"
    r"|maxi|street|clean|explicit|dirty|vocal) ?(?:inch|in|length)? ?(?:edit|version|mix|ver|cut)"
    r"|extended|edit(?:ed)?|unedited|uncut)\b"
)
# Words about the edition or the upload, not about the music; longer ones first.
_NEUTRAL = re.compile(
    r"\b(?:"
    + "|".join(
        (
            r"(?:\d{4} )?(?:digital(?:ly)? )?(?:24 ?bit )?"
            r"remaster(?:ed|ing)?(?: \d{4}| version| edition)*",
            r"(?:super |limited )?(?:deluxe|expanded|collectors?|special) (?:edition|version)?",
            r"(?:\d+(?:th|st|nd|rd) )?anniversary(?: edition| version)?",
            r"(?:mono|stereo|explicit|clean|album|lp|single) version",
            r"(?:19|20)\d\d (?:mono |stereo )?mix(?: master)?|(?:mono|stereo)(?: mix)?",
            r"original (?:album |single )?(?:version|mix|recording)",
            r"(?:the )?official(?: (?:music|lyrics?|hd|4k|audio|video|clip|visuali[sz]er))*",
            r"(?:music|lyrics?) video|video ?clip|clip officiel|visuali[sz]er|with lyrics|lyrics?",
            r"from (?:the )?(?:[\w ]+ )?(?:motion picture|soundtrack|film|movie|album|netflix"
            r"|tv series|series|game)\b.*",
            r"(?:original )?motion picture soundtrack|soundtrack|ost",
            r"bonus(?: track)?|hidden track|explicit(?: content)?|clean|audio|video",
            r"full hd|u?hd|hq|4k",
            r"high quality|topic|vevo|upgrade|m v|mv|pv|letra|songtext|dolby atmos|spatial audio"
            r"|hi ?res|rip|kbps|cd quality",
        )
    )
    + r")\b"
)
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
_ROMAN = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
}
_WORDS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5"}
_NUMBERED = frozenset(
    {
        "part",
        "parts",
        "pt",
        "pts",
        "no",
        "vol",
        "volume",
        "op",
        "chapter",
        "act",
        "number",
        "nr",
        "book",
    }
)


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
    guests: list[str] = []
    for match in _FEATURED.finditer(title):
        guests += split_names([match["names"] or match["others"] or ""])
    title = _FEATURED.sub(" ", title)
    inside = [plain(a or b) for a, b in _GROUP.findall(title)]
    subtitles = [text for text in inside if text and not _tells_version(text)]
    head, *tails = _DASHED.split(_GROUP.sub(" ", title).strip())
    proper = [plain(head)]
    proper += [text for tail in tails if (text := plain(tail)) and not _tells_version(text)]
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
        for one in _JOINED.split(name):
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


def versions(text: str) -> frozenset[str]:
    """Return what kinds of another recording some plain words tell of."""
    text = _LENGTH.sub(" ", _NEUTRAL.sub(" ", text))
    return frozenset(str(match.lastgroup) for match in _VERSION.finditer(text))


def tells_length(text: str) -> bool:
    """Tell whether plain words say that the recording was cut or extended."""
    return _LENGTH.search(_NEUTRAL.sub(" ", text)) is not None


def telling(text: str) -> str:
    """Return plain words without those about the edition, the length or the kind of version."""
    text = _VERSION.sub(" ", _LENGTH.sub(" ", _NEUTRAL.sub(" ", text)))
    dropped = {"the", "a", "at", "in", "from", "of", "and", "by", "for", "on", "version", "ver"}
    return " ".join(word for word in text.split() if word not in dropped and not _is_year(word))


def _tells_version(text: str) -> bool:
    return bool(
        _VERSION.search(text) or _LENGTH.search(text) or _NEUTRAL.search(text) or _is_year(text)
    )


def _without_edition(text: str, core: str) -> str:
    """Drop words about the edition, unless they are the title proper: "Video", "Audio"."""
    kept = _NEUTRAL.sub(" ", text)
    lost = left_over(core.split(), kept.split())
    return " ".join([*lost.split(), *kept.split()])


def _is_year(word: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d", word) is not None


def _numbers(text: str) -> frozenset[str]:
    found = set()
    counting = False  # after "Part" even "I" is a number
    for word in text.split():
        if word.isdigit() and not _is_year(word):
            found.add(str(int(word)))
        elif counting and word in _WORDS:
            found.add(_WORDS[word])
        elif word in _ROMAN and (counting or word not in ("i", "v")):
            found.add(_ROMAN[word])
        counting = counting or word in _NUMBERED
    return frozenset(found)
