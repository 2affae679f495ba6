from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import mutagen.id3
import mutagen.wave
import pytest
from pictures import bomb, encoded
from PIL import Image


@pytest.fixture(scope="module")
def covered(server: Any, sounds: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a cover of 900 x 600 pixels."""
    path = tmp_path_factory.mktemp("covered") / "covered.wav"
    return f"/v1/tracks/{add(server, sounds, path, encoded('JPEG', (900, 600)), 71)}/artwork"


def add(server: Any, sounds: Any, path: Path, picture: bytes, seed: int) -> int:
    path.write_bytes(sounds.wav(sounds.melody(seed, seconds=8)))
    file = mutagen.wave.WAVE(path)
    file.add_tags()
    file.tags.add(mutagen.id3.APIC(encoding=3, mime="image/png", type=3, desc="", data=picture))
    file.save()
    return int(server.add(path.name, path.read_bytes()))


@pytest.mark.parametrize(
    ("size", "expected"),
    [(1, (64, 43)), (64, (64, 43)), (100, (128, 85)), (512, (512, 341)), (4096, (900, 600))],
)
def test_a_cover_in_the_next_larger_size(
    server: Any, covered: str, size: int, expected: tuple[int, int]
) -> None:
    for _ in ("made", "kept"):
        answer = server.client.get(covered, params={"size": size})
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "image/jpeg"
        with Image.open(io.BytesIO(answer.content)) as picture:
            assert (picture.format, picture.size) == ("JPEG", expected)
    assert list((server.data_dir / "covers").glob("*.tmp")) == []


def test_a_cover_that_has_not_changed_is_not_sent_again(server: Any, covered: str) -> None:
    tags = set()
    for query in ({}, {"size": 64}, {"size": 128}):
        answer = server.client.get(covered, params=query)
        tags.add(answer.headers["ETag"])
        for known in (answer.headers["ETag"], f'"other", W/{answer.headers["ETag"]}', "*"):
            again = server.client.get(covered, params=query, headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["ETag"] == answer.headers["ETag"]
        other = server.client.get(covered, params=query, headers={"If-None-Match": '"other"'})
        assert other.status_code == 200
    assert len(tags) == 3


def test_what_is_kept_is_made_again_when_it_is_lost(server: Any, covered: str) -> None:
    before = server.client.get(covered, params={"size": 256}).content
    for kept in (server.data_dir / "covers").iterdir():
        kept.unlink()
    assert server.client.get(covered, params={"size": 256}).content == before


def test_a_see_through_cover_stays_so(server: Any, sounds: Any, tmp_path: Path) -> None:
    cover = io.BytesIO()
    Image.new("RGBA", (300, 300), (200, 0, 0, 60)).save(cover, "PNG")
    track_id = add(server, sounds, tmp_path / "clear.wav", cover.getvalue(), 72)
    answer = server.client.get(f"/v1/tracks/{track_id}/artwork?size=64")
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("PNG", (64, 64))
        red, *_, opacity = picture.getpixel((5, 5))
        assert (abs(red - 200) < 3, opacity) == (True, 60)


@pytest.mark.parametrize("seed", [73, 74, 75])
def test_a_fake_cover_breaks_nothing(server: Any, sounds: Any, tmp_path: Path, seed: int) -> None:
    picture = {73: bomb(20_000), 74: b"<html>", 75: encoded("PNG")[:-30]}[seed]
    track_id = add(server, sounds, tmp_path / "fake.wav", picture, seed)
    assert server.client.get(f"/v1/tracks/{track_id}").json()["track"]["artwork_url"] is None
    answer = server.client.get(f"/v1/tracks/{track_id}/artwork?size=64")
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("size", ["0", "-1", "4097", "big"])
def test_a_size_without_sense(server: Any, covered: str, size: str) -> None:
    answer = server.client.get(covered, params={"size": size})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid_request"
