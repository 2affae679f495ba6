"""From what a video is called to the recording that it shows."""

from __future__ import annotations

import re

from wavvy.enrich.matching import Recording
from wavvy.enrich.wording import plain

_FILM_MS = 75_000  # how much longer a video may be than its music
_DASH = re.compile(r"\s+[-–—]\s+|\s*[–—]\s*|:\s+")
_OF_CHANNELS = re.compile(
    r"(?:vevo|official|oficial|officiel|topic|music|musik|band|channel|hq|tv|the)+$|^(?:official|the)"
)


def as_recording(title: str, channel: str, length_ms: int) -> Recording:
    """Describe a video as the recording that it shows.

    Titles are "Artist - Title" or the other way round; on a channel of the artist's own the artist
    may be left out. A channel is taken for the artist's own where it bears the same name.
    """
    owner = _owner(channel)
    parts = [part for part in _DASH.split(title) if part.strip()]
    if len(parts) > 1:
        if len(parts) == 2 and _is_owner(owner, parts[1]) and not _is_owner(owner, parts[0]):
            parts.reverse()
        artist, name = parts[0], " - ".join(parts[1:])
        official = _is_owner(owner, artist)
    else:
        artist, name = channel.removesuffix(" - Topic"), title
        official = True
        if owner != channel.replace(" ", "").lower():
            artist = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"VEVO$", "", artist))
    names = [artist, *([owner] if official else [])]
    return Recording(name, names, None, length_ms, (), slack_ms=_FILM_MS if official else 0)


def _owner(channel: str) -> str:
    name = plain(channel).replace(" ", "")
    while (shorter := _OF_CHANNELS.sub("", name)) != name and shorter:
        name = shorter
    return name


def _is_owner(owner: str, artist: str) -> bool:
    name = plain(artist).replace(" ", "").removeprefix("the")
    return bool(name) and (owner == name or (len(owner) > 3 and name.startswith(owner)))
