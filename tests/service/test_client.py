"""Both clients against a real server: what one does, the other does."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wavvy.client import ApiError, AsyncClient, Client, Match, NoMatch, Unreachable
from wavvy.service.job_schemas import AddedOut

KEY = "the-client-s-own-key"


@pytest.fixture(scope="module")
def guarded(start_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server that asks for a key."""
    return start_server(tmp_path_factory.mktemp("guarded") / "data", api_keys=KEY)


@pytest.fixture
def client(guarded: Any) -> Iterator[Client]:
    with Client(guarded.url, KEY, patience=5) as opened:
        yield opened


Waiting = Callable[[Callable[[AsyncClient], Any]], Any]


@pytest.fixture
def awaited(guarded: Any) -> Waiting:
    """Run a coroutine function with an asynchronous client."""

    def run(use: Callable[[AsyncClient], Any]) -> Any:
        async def with_client() -> Any:
            async with AsyncClient(guarded.url, KEY, patience=5) as opened:
                return await use(opened)

        return asyncio.run(with_client())

    return run


@pytest.fixture(scope="module")
def known(guarded: Any, sounds: Any, tmp_path_factory: pytest.TempPathFactory) -> AddedOut:
    """A track that the server knows."""
    path = tmp_path_factory.mktemp("known") / "Tester - Known.wav"
    path.write_bytes(sounds.wav(sounds.melody(51)))
    with Client(guarded.url, KEY) as opened:
        return opened.add(path)


@pytest.fixture(scope="module")
def clip(sounds: Any) -> bytes:
    return bytes(sounds.wav(sounds.excerpt(sounds.melody(51), 8, 6)))


def pcm(sounds: Any, seed: int = 51) -> list[bytes]:
    data = sounds.pcm16(sounds.excerpt(sounds.melody(seed), 8, 6))
    return [data[at : at + 6400] for at in range(0, len(data), 6400)]


def test_a_file_is_added_and_a_clip_of_it_named(
    client: Client, guarded: Any, known: AddedOut, clip: bytes
) -> None:
    assert (known.status, known.title) == ("added", "Known")
    again = client.recognise(clip, explain=True)
    assert [match.id for match in again.results] == [known.id]
    assert again.explanation is not None
    assert client.search("tester knonw")[0].id == known.id
    guarded.wait_until(
        lambda: any(heard.match and heard.match.id == known.id for heard in client.history())
    )
    file = io.BytesIO(clip)
    file.read()
    assert client.recognise(file, name="clip.wav", limit=1).results[0].id == known.id


def test_the_same_awaited(awaited: Waiting, known: AddedOut, clip: bytes, sounds: Any) -> None:
    other = sounds.wav(sounds.melody(54, 6))

    async def use(client: AsyncClient) -> None:
        assert (await client.recognise(clip)).results[0].id == known.id
        job = await client.upload(other, name="Tester - Other.wav", idempotency_key="call-1")
        again = await client.upload(other, name="Tester - Other.wav", idempotency_key="call-1")
        assert again.id == job.id
        states = [now.state async for now in client.follow(job.id)]
        assert states[-1] == "done"
        assert (await client.job(job.id)).state == "done"
        ids = [track.id async for track in client.tracks(sort="title")]
        assert known.id in ids
        assert (await client.track(ids[0])).id == ids[0]
        assert (await client.stats()).tracks == len(ids)
        assert (await client.queue()).jobs.done >= 1
        assert await client.genres() == []
        assert (await client.search("known"))[0].id == known.id
        assert {heard.source async for heard in client.history()} <= {"upload", "live"}

    awaited(use)


def test_listening(client: Client, known: AddedOut, sounds: Any) -> None:
    *progress, last = client.listen(pcm(sounds), 16000)
    assert isinstance(last, Match)
    assert last.result.id == known.id
    assert all(event.type == "progress" for event in progress)
    assert isinstance(list(client.listen(pcm(sounds, 52), 16000))[-1], NoMatch)


def test_listening_awaited(awaited: Waiting, known: AddedOut, sounds: Any) -> None:
    async def parts(broken: bool) -> AsyncIterator[bytes]:
        for part in pcm(sounds):
            yield part
            if broken:
                raise OSError("the microphone is gone")

    async def use(client: AsyncClient) -> None:
        events = [event async for event in client.listen(parts(broken=False), 16000)]
        assert isinstance(events[-1], Match)
        assert events[-1].result.id == known.id
        with pytest.raises(OSError, match="microphone"):
            [event async for event in client.listen(parts(broken=True), 16000)]

    awaited(use)


def test_what_the_sound_comes_from_may_fail(client: Client, sounds: Any) -> None:
    def broken() -> Iterator[bytes]:
        yield from pcm(sounds)[:2]
        raise OSError("the microphone is gone")

    with pytest.raises(OSError, match="microphone"):
        list(client.listen(broken(), 16000))


def test_tracks_are_edited_and_removed(client: Client, sounds: Any) -> None:
    added = client.add(sounds.wav(sounds.melody(53, 6)), name="Tester - Brief.wav")
    assert added.id is not None
    assert client.edit_track(added.id, title="Short", album=None).title == "Short"
    assert [track.id for track in client.tracks("short")] == [added.id]
    client.remove_track(added.id)
    with pytest.raises(ApiError) as gone:
        client.track(added.id)
    assert (gone.value.code, gone.value.status) == ("not_found", 404)
    assert gone.value.request_id


def twice(sounds: Any, seed: int) -> list[bytes]:
    """Return two files of one melody, the second without its beginning."""
    melody = sounds.melody(seed, 12)
    return [sounds.wav(melody), sounds.wav(sounds.excerpt(melody, 1, 11))]


def test_duplicates_are_found_and_set_apart(client: Client, sounds: Any) -> None:
    ids = {client.add(file, name="Tester - Twice.wav").id for file in twice(sounds, 55)}
    assert client.wait(client.find_duplicates().id).state == "done"
    (group,) = [group for group in client.duplicates() if {t.id for t in group.tracks} == ids]
    assert all(track.similarity > 0.8 for track in group.tracks)
    client.not_duplicates(track.id for track in group.tracks)
    assert group.id not in [other.id for other in client.duplicates()]
    with pytest.raises(ApiError) as missing:
        client.not_duplicates([group.tracks[0].id, 10**6])
    assert missing.value.code == "not_found"


def test_duplicates_awaited(awaited: Waiting, sounds: Any) -> None:
    async def use(client: AsyncClient) -> None:
        for file in twice(sounds, 56):
            await client.add(file, name="Tester - Twice more.wav")
        assert (await client.wait((await client.find_duplicates()).id)).state == "done"
        (group,) = [group async for group in client.duplicates()]
        assert [track.title for track in group.tracks] == ["Twice more"] * 2
        await client.not_duplicates(track.id for track in group.tracks)
        assert [group async for group in client.duplicates()] == []

    awaited(use)


def test_what_the_server_says_is_an_error(client: Client, guarded: Any, tmp_path: Path) -> None:
    with pytest.raises(ApiError) as refused, Client(guarded.url) as nobody:
        nobody.stats()
    assert refused.value.code == "unauthorized"
    with pytest.raises(ApiError) as refused, Client(guarded.url, "wrong-key") as nobody:
        list(nobody.listen([], 16000))
    assert refused.value.code == "unauthorized"
    with pytest.raises(ApiError) as failed:
        client.add(b"no music " * 100, name="words.mp3")
    assert failed.value.code == "unsupported_media"
    with pytest.raises(ApiError) as missing:
        client.wait(10**6)
    assert missing.value.code == "not_found"
    with pytest.raises(ApiError, match="WAVVY_IMPORT_ROOTS"):
        client.import_folder(str(tmp_path))
    with pytest.raises(ApiError, match="inside this network"):
        client.add_url("http://10.0.0.1/x")


def test_nobody_there(tmp_path: Path) -> None:
    with Client("http://127.0.0.1:9", patience=0) as client:
        with pytest.raises(Unreachable, match="does not answer"):
            client.stats()
        with pytest.raises(Unreachable, match="does not answer"):
            list(client.listen([], 16000))
        with pytest.raises(FileNotFoundError):
            client.recognise(tmp_path / "missing.wav")


def test_something_else_there(guarded: Any) -> None:
    with (
        Client(guarded.url + "/docs", KEY) as client,
        pytest.raises((Unreachable, ApiError)),
    ):
        client.stats()
