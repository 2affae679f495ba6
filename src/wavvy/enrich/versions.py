"""What words say about the version of a recording: another one, another length, or nothing at all.

All texts here are plain: see `wavvy.enrich.wording.plain`.
"""

from __future__ import annotations

import re

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
    return " ".join(word for word in text.split() if word not in dropped and not is_year(word))


def tells_version(text: str) -> bool:
    """Tell whether words in brackets, or after a dash, are about the version or the edition."""
    return bool(
        _VERSION.search(text) or _LENGTH.search(text) or _NEUTRAL.search(text) or is_year(text)
    )


def without_edition(text: str) -> str:
    """Drop the words about the edition or the upload."""
    return _NEUTRAL.sub(" ", text)


def is_year(word: str) -> bool:
    """Tell whether a word is a year of recorded music."""
    return re.fullmatch(r"(?:19|20)\d\d", word) is not None
