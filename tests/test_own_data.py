"""A folder of music as people have it gives full answers, without asking anyone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import mutagen
import numpy as np
from pictures import encoded

from wavvy.catalog.picture import shrunk
from wavvy.library import Wavvy

RATE = 16000


def flac(path: Path, samples: np.ndarray[Any, Any], **tags: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pcm = (samples.clip(-1, 1) * 32767).astype(np.int16)[np.newaxis]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
        frame.sample_rate = RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    if tags:
        audio: Any = mutagen.File(path)
        audio.update(tags)
        audio.save()
    return path


def test_a_folder_gives_full_answers(
    empty: Wavvy, melody: Callable[..., Any], tmp_path: Path
) -> None:
    album = tmp_path / "Music" / "The Tide Clocks" / "Low Water (1992)"
    first, second = melody(31, 12.0), melody(32, 12.0)
    flac(
        album / "01. Harbour Lights.flac",
        first,
        TITLE="Harbour Lights",
        ARTIST="The Tide Clocks",
        ALBUM="Low Water",
        DATE="1992-04-07",
        GENRE="Folk",
        ISRC="GB-AYE-92-00070",
        ORGANIZATION="Breakwater",
        TRACKNUMBER="1/9",
    )
    flac(album / "CD 2" / "2-05 Spring Tide.flac", second)
    (album / "Folder.jpg").write_bytes(encoded("JPEG", (700, 700)))
    (album / "CD 2" / "cover.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    assert [outcome.status for outcome in empty.add_all(tmp_path / "Music", workers=1)] == [
        "added",
        "added",
    ]

    (told,) = empty.identify(first[4 * RATE : 9 * RATE], RATE).to_dict()["results"]
    assert (told["title"], told["album"]) == ("Harbour Lights", {"name": "Low Water"})
    assert told["artists"] == [{"name": "The Tide Clocks"}]
    assert (told["release_date"], told["genres"]) == ("1992-04-07", [{"name": "Folk"}])
    assert (told["external_ids"]["isrc"], told["label"]) == (["GBAYE9200070"], "Breakwater")
    assert (told["external_metadata"], told["artwork_url"]) == ({}, "/v1/tracks/1/artwork")
    cover = empty.catalog.artwork(1)
    assert cover is not None
    assert len(shrunk(cover, 64).data) < len(cover.data)

    (told,) = empty.identify(second[4 * RATE : 9 * RATE], RATE).to_dict()["results"]
    assert (told["title"], told["artists"]) == ("Spring Tide", [{"name": "The Tide Clocks"}])
    assert (told["album"], told["release_date"]) == ({"name": "Low Water"}, "1992")
    assert told["artwork_url"] is None
    track = empty.track(2)
    assert (track.disc_number, track.track_number) == (2, 5)
