"""Telling whether what a provider found is the same recording.

A cover version, a concert, a remix, karaoke or a remake is another recording, however alike the
names are; a remaster, a deluxe edition or a byline with guests is the same. Two titles are compared
word by word: what only one of them says must not speak of another version. Lengths decide where
words do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from wavvy.enrich.versions import telling, tells_length, versions
from wavvy.enrich.wording import Wording, left_over, plain, split_names, wording

THRESHOLD = 0.8
"""Confidence from which an answer counts as the same recording."""

_TITLE_MIN = 0.86
_ARTIST_MIN = 0.86
# Most a recording may differ in length and still be the same: silence and fades at its ends.
_LENGTH_MS = 10_000
_TIGHT_MS = 2500
_LIVE_ALBUM = re.compile(
    r"\blive (?:at|in|from|on)\b|\blive$|^live\b(?! (?:through|and|to|your|forever|it|like|by|for))"
    r"|unplugged|in concert|en vivo|ao vivo|peel sessions|bbc sessions|\bthe concert\b"
)
_IMITATION = re.compile(
    r"karaoke|tribute|in the style of|made famous|lullab|piano covers?|cover versions?|8 bit"
    r"|music box|string quartet|\bcovers\b|workout|hits? covers|soundalike|instrumental versions"
)


@dataclass(frozen=True, slots=True)
class Recording:
    """What a recording is called, here or elsewhere.

    Attributes
    ----------
    title : str
    artists : sequence of str
        All names by which the artists go.
    album : str, optional
    duration_ms : int, optional
    isrc : sequence of str
    mbids : sequence of str
        MusicBrainz' identifiers of the recording.
    slack_ms : int
        How much longer than the music it may be: a video has a film around it.
    """

    title: str
    artists: Sequence[str] = ()
    album: str | None = None
    duration_ms: int | None = None
    isrc: Sequence[str] = ()
    slack_ms: int = 0
    mbids: Sequence[str] = ()


def confidence(ours: Recording, theirs: Recording) -> float:
    """Return how sure it is that two descriptions mean one recording, 0 to 1."""
    apart_ms = None
    if ours.duration_ms and theirs.duration_ms:
        longer_ms = theirs.duration_ms - ours.duration_ms
        apart_ms = max(-longer_ms, longer_ms - theirs.slack_ms, 0)
    mine, other = wording(ours.title), wording(theirs.title)
    titles, artists = _title_likeness(mine, other), _artist_likeness(ours, theirs, mine, other)
    if set(ours.isrc) & set(theirs.isrc) or set(ours.mbids) & set(theirs.mbids):
        # Files are tagged with wrong codes at times.
        plausible = (apart_ms is None or apart_ms <= 2 * _LENGTH_MS) and max(titles, artists) >= 0.7
        return 0.99 if plausible else 0.0
    if titles < _TITLE_MIN or artists < _ARTIST_MIN or mine.numbers != other.numbers:
        return 0.0
    if not _same_version(ours, theirs, mine, other, apart_ms):
        return 0.0
    return titles * artists * _length_likeness(ours.duration_ms, apart_ms)


def _same_version(
    ours: Recording, theirs: Recording, mine: Wording, other: Wording, apart_ms: int | None
) -> bool:
    names = " ".join(split_names([*ours.artists, *theirs.artists])).split()
    my_rest = left_over(left_over(mine.words, other.words).split(), names)
    other_rest = left_over(left_over(other.words, mine.words).split(), names)
    my_album, other_album = plain(ours.album or ""), plain(theirs.album or "")
    tight = apart_ms is not None and apart_ms <= _TIGHT_MS
    kinds = versions(my_rest) ^ versions(other_rest)
    live = (bool(_LIVE_ALBUM.search(my_album)), bool(_LIVE_ALBUM.search(other_album)))
    said_live = (
        "live" in versions(" ".join(mine.words)),
        "live" in versions(" ".join(other.words)),
    )
    if any(live):
        # An album of a concert says for its tracks what others say in each title.
        kinds -= {"live"}
        if (live[0] or said_live[0]) != (live[1] or said_live[1]):
            return False
    if kinds:
        return False
    byline = plain(" ".join([*theirs.artists, theirs.album or ""]))
    if _IMITATION.search(byline) and not _IMITATION.search(
        plain(" ".join([*ours.artists, my_album]))
    ):
        return False
    if tells_length(my_rest) != tells_length(other_rest) and not tight:
        return False
    special = versions(" ".join(mine.words)) & versions(" ".join(other.words))
    unlike = telling(my_rest), telling(other_rest)
    if special - versions(mine.core):
        # Both are remixes, or both concerts: the same one?
        if all(unlike):
            return fuzz.token_sort_ratio(*unlike) >= 85
        return not any(unlike) or tight
    return True


def _title_likeness(mine: Wording, other: Wording) -> float:
    pairs = {(mine.whole, other.whole), (mine.core, other.core)}
    if mine.core == mine.whole or other.core == other.whole:
        pairs |= {(mine.core, other.whole), (mine.whole, other.core)}
    return max(_likeness(a, b) for a, b in pairs)


def _likeness(a: str, b: str) -> float:
    if not a or not b:
        return 0.0
    joined = fuzz.ratio(a.replace(" ", ""), b.replace(" ", ""))
    return max(fuzz.ratio(a, b), fuzz.token_sort_ratio(a, b) - 2, joined - 1) / 100


def _artist_likeness(ours: Recording, theirs: Recording, mine: Wording, other: Wording) -> float:
    """Compare bylines: the first artist of one must be among those of the other."""
    my_names = split_names(ours.artists)
    other_names = split_names(theirs.artists)
    if not my_names or not other_names:
        return 0.0
    whole = _likeness(_joined(ours.artists), _joined(theirs.artists))
    first = max(
        _best(my_names[:1], [*other_names, *other.guests]),
        _best(other_names[:1], [*my_names, *mine.guests]),
    )
    return max(whole, first, _contained(ours.artists, theirs.artists))


def _joined(names: Iterable[str]) -> str:
    return plain(" and ".join(names)).removeprefix("the ")


def _best(names: Iterable[str], others: Iterable[str]) -> float:
    return max((_likeness(a, b) for a in names for b in others), default=0.0)


def _contained(names: Iterable[str], others: Iterable[str]) -> float:
    """Compare "Hall & Oates" with "Daryl Hall & John Oates"."""
    a, b = set(_joined(names).split()), set(_joined(others).split())
    few, many = sorted((a - {"and", "the"}, b - {"and", "the"}), key=len)
    return 0.93 if len(few) >= 2 and few <= many else 0.0


def _length_likeness(ours_ms: int | None, apart_ms: int | None) -> float:
    if apart_ms is None or ours_ms is None:
        return 0.93
    most = max(_LENGTH_MS, round(0.03 * ours_ms))
    return 1.0 - 0.15 * apart_ms / most if apart_ms <= most else 0.0
