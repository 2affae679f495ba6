from __future__ import annotations

import gc
import os
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, event

import wavvy
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import TrackTags
from wavvy.demo.encode import write_flac
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.errors import DiskFull, StoreError
from wavvy.ingest.outcome import AddOutcome
from wavvy.library import Wavvy
from wavvy.sandbox.pool import Sandbox

RATE = 16000
Samples = np.ndarray
Melody = Callable[..., Samples]
Record = Callable[..., Path]


@pytest.fixture
def music(melody: Melody, record: Record, tmp_path: Path) -> Path:
    """Four tracks of ten seconds, with sub-folders."""
    folder = tmp_path / "Musik für alle"
    for number, name in enumerate(("a.wav", "b.wav", "größer/c.wav", "größer/春/d.wav")):
        record(folder / name, melody(300 + number, 10.0))
    return folder


def failure(outcome: AddOutcome) -> str:
    assert outcome.status == "failed"
    assert outcome.error is not None
    assert outcome.track_id is outcome.title is outcome.duration_ms is None
    assert "\n" not in str(outcome.error)
    return outcome.error.code


def statuses(outcomes: list[AddOutcome]) -> list[str]:
    return [outcome.status for outcome in outcomes]


def found(library: Wavvy, samples: Samples) -> list[int]:
    return [result.track.id for result in library.identify(samples, RATE).results]


# What becomes of a file


def test_a_file_is_added(empty: Wavvy, music: Path, melody: Melody) -> None:
    path = music / "größer" / "春" / "d.wav"
    outcome = empty.add(path)
    assert outcome == AddOutcome(str(path), "added", 1, "d", 10_000)
    assert empty.track(1).file == str(path)
    assert found(empty, melody(303, 8.0)[3 * RATE :]) == [1]


def test_tags_are_kept(empty: Wavvy, melody: Melody, tmp_path: Path) -> None:
    mono = melody(7, 8.0)
    tags = {
        "title": "Überall", "artist": "Nina", "album": "Erstes", "date": "1992-04-07",
        "genre": "Pop", "isrc": "USRC17607839",
    }  # fmt: skip
    write_flac(tmp_path / "x.flac", np.stack((mono, mono)), RATE, tags)
    assert empty.add(tmp_path / "x.flac").title == "Überall"
    (result,) = empty.identify(mono[2 * RATE : 7 * RATE], RATE).to_dict()["results"]
    assert result["artists"] == [{"name": "Nina"}]
    assert result["album"] == {"name": "Erstes"}
    assert result["release_date"] == "1992-04-07"
    assert result["genres"] == [{"name": "Pop"}]
    assert result["external_ids"]["isrc"] == ["USRC17607839"]
    assert [track.title for track in empty.tracks("uberall nina")] == ["Überall"]


def test_a_relative_path_is_remembered_as_an_absolute_one(
    empty: Wavvy, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(music)
    assert empty.add("a.wav").file == "a.wav"
    assert empty.track(1).file == str(music / "a.wav")


def test_an_upload_goes_by_its_own_name_and_leaves_no_path(
    empty: Wavvy, music: Path, tmp_path: Path
) -> None:
    upload = (music / "a.wav").rename(tmp_path / "upload-1")
    outcome = empty.add(upload, original_name="Nina - Überall.wav", keep_path=False)
    assert (outcome.file, outcome.status, outcome.title) == (
        "Nina - Überall.wav", "added", "Überall",
    )  # fmt: skip
    assert empty.track(1).file is None
    upload.write_bytes(b"")
    again = empty.add(upload, original_name="empty.wav", keep_path=False)
    assert failure(again) == "no_audio"
    assert str(again.error).startswith("empty.wav")


def test_an_unchanged_file_is_known_without_a_look_into_it(empty: Wavvy, music: Path) -> None:
    path = music / "a.wav"
    empty.add(path)
    before = path.stat()
    path.write_bytes(b"x" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    for outcome in (empty.add(path), *empty.add_all([path], workers=1)):
        assert outcome == AddOutcome(str(path), "known", 1, "a", 10_000)


def test_the_same_audio_is_known_whatever_its_file_is_called(
    empty: Wavvy, music: Path, tmp_path: Path
) -> None:
    path = music / "a.wav"
    empty.add(path)
    copy = tmp_path / "copy of a.wav"
    copy.write_bytes(path.read_bytes())
    exact = np.frombuffer(path.read_bytes()[44:], "<i2").astype(np.float32) / 32767
    write_flac(tmp_path / "a.flac", np.stack((exact, exact)), RATE, {"title": "Another title"})
    for other in (copy, tmp_path / "a.flac"):
        assert empty.add(other) == AddOutcome(str(other), "known", 1, "a", 10_000)
        other.write_bytes(other.read_bytes())  # its time changes, and it has to be decoded again
        assert empty.add(other).status == "known"
    assert empty.stats().tracks == 1


def test_a_file_that_has_changed_is_added_again(
    empty: Wavvy, music: Path, melody: Melody, record: Record
) -> None:
    path = music / "a.wav"
    empty.add(path)
    record(path, melody(310, 12.0))
    assert empty.add(path) == AddOutcome(str(path), "added", 2, "a", 12_000)
    assert empty.add(path).status == "known"
    assert found(empty, melody(310, 9.0)[4 * RATE :]) == [2]
    assert (empty.track(1).file, empty.track(2).file) == (None, str(path))


# Many files


def test_folders_are_added_to_any_depth(empty: Wavvy, music: Path) -> None:
    (music / "cover.jpg").write_bytes(b"\xff\xd8")
    outcomes = list(empty.add_all([music], workers=1))
    assert statuses(outcomes) == ["added"] * 4
    assert [Path(o.file).name for o in outcomes] == ["a.wav", "b.wav", "c.wav", "d.wav"]
    again = list(empty.add_all([str(music)], workers=1))
    assert statuses(again) == ["known"] * 4
    assert [(o.file, o.track_id) for o in again] == [(o.file, o.track_id) for o in outcomes]


def test_a_single_path_is_not_taken_apart(empty: Wavvy, music: Path) -> None:
    assert statuses(list(empty.add_all(str(music / "größer"), workers=1))) == ["added"] * 2
    assert statuses(list(empty.add_all(music / "a.wav", workers=1))) == ["added"]


def test_a_file_named_twice_is_added_once(empty: Wavvy, music: Path) -> None:
    path = music / "a.wav"
    assert statuses(
        list(empty.add_all([path, music / ".." / music.name / "a.wav", path], workers=1))
    )[:2] == ["added", "known"]
    assert empty.stats().tracks == 1


def test_two_workers_do_what_one_does(tmp_path: Path, music: Path) -> None:
    (music / "silence.wav").write_bytes(b"")
    libraries = []
    for workers in (1, 2):
        with wavvy.open(tmp_path / f"with {workers}") as library:
            outcomes = {
                o.file: (o.status, o.title, o.duration_ms, str(o.error))
                for o in library.add_all([music], workers=workers)
            }
            files = {track.id: track.file for track in library.tracks()}
            blobs = {files[i]: blob for i, blob in library.catalog.fingerprints(files)}
            assert library.verify_index() == []
            libraries.append((outcomes, blobs))
    assert libraries[0] == libraries[1]
    assert len(libraries[0][1]) == 4


def test_several_threads_add_at_once(empty: Wavvy, music: Path, melody: Melody) -> None:
    def add(_: int) -> list[AddOutcome]:
        return list(empty.add_all([music], workers=1))

    with ThreadPoolExecutor(3) as pool:
        outcomes = [outcome for one in pool.map(add, range(3)) for outcome in one]
    assert sorted(statuses(outcomes)) == ["added"] * 4 + ["known"] * 8
    assert len({(outcome.file, outcome.track_id) for outcome in outcomes}) == 4
    assert empty.verify_index() == []
    assert len(found(empty, melody(302, 8.0)[3 * RATE :])) == 1


def test_bad_files_fail_and_the_rest_goes_on(
    empty: Wavvy, music: Path, melody: Melody, record: Record
) -> None:
    rng = np.random.default_rng(0)
    bad = {
        "empty.mp3": (b"", "no_audio"),
        "random.mp3": (rng.bytes(50_000), "unsupported_media"),
        "text.ogg": (b"la la la\n" * 1000, "unsupported_media"),
        "corrupt.ogg": (b"OggS" + rng.bytes(5000), "corrupt_media"),
        "cut.m4a": (b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom\0\0\0\0", "corrupt_media"),
    }
    for name, (content, _) in bad.items():
        (music / name).write_bytes(content)
    (music / "folder.mp3").mkdir()
    record(music / "silence.wav", np.zeros(3 * RATE))
    record(music / "three.wav", np.ones(3))
    expected = {name: code for name, (_, code) in bad.items()}
    expected |= {"silence.wav": "no_audio", "three.wav": "invalid_audio"}
    if os.name == "posix":  # elsewhere links need rights
        (music / "dangling.mp3").symlink_to(music / "nowhere")
        expected["dangling.mp3"] = "unreadable_file"

    outcomes = list(empty.add_all([music, music / "missing.wav"], workers=1))
    failed = {Path(o.file).name: failure(o) for o in outcomes if o.status == "failed"}
    assert failed == expected | {"missing.wav": "unreadable_file"}
    for outcome in outcomes:
        assert outcome.error is None or Path(outcome.file).name in str(outcome.error)
    assert statuses(outcomes).count("added") == 4
    assert found(empty, melody(302, 8.0)[3 * RATE :])
    # A file that failed is tried again.
    record(music / "empty.mp3", melody(320, 3.0))
    again = {Path(o.file).name: o.status for o in empty.add_all([music], workers=1)}
    assert again["empty.mp3"] == "added"


@pytest.mark.parametrize("name", ["x" * 5000 + ".mp3", "nul\0.mp3"])
def test_impossible_names_fail(empty: Wavvy, music: Path, name: str) -> None:
    outcomes = list(empty.add_all([music / name, music], workers=1))
    assert failure(outcomes[0]) == "unreadable_file"
    assert statuses(outcomes[1:]) == ["added"] * 4
    assert failure(empty.add(music / name)) == "unreadable_file"


def test_a_folder_that_cannot_be_read_fails_and_says_why(
    empty: Wavvy, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if Path(path).name == "größer":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    *added, failed = sorted(empty.add_all([music], workers=1), key=lambda o: o.status)
    assert statuses(added) == ["added"] * 2
    assert failure(failed) == "unreadable_file"
    assert "größer cannot be read (Permission denied)" in str(failed.error)


def test_a_folder_is_no_file(empty: Wavvy, music: Path) -> None:
    outcome = empty.add(music)
    assert failure(outcome) == "unreadable_file"
    assert "is a folder" in str(outcome.error)


@pytest.mark.skipif(os.name != "posix", reason="file names of bytes")
def test_a_name_that_is_no_text_is_added(empty: Wavvy, music: Path) -> None:
    strange = Path(os.fsdecode(os.fsencode(music) + b"/caf\xe9.wav"))
    try:
        (music / "a.wav").rename(strange)
    except OSError:
        pytest.skip("this file system takes no such names")
    outcome = next(o for o in empty.add_all([music], workers=1) if o.file == str(strange))
    assert outcome.status == "added"
    assert empty.add(strange).status == "known"


def test_a_file_that_vanishes_fails_alone(empty: Wavvy, music: Path) -> None:
    named = [music / "a.wav", music / "missing.wav", music / "b.wav"]
    outcomes = empty.add_all(named, workers=1)
    missing = next(outcomes)
    assert missing.file == str(music / "missing.wav")
    (music / "a.wav").unlink()  # it has been seen already
    vanished, added = outcomes
    assert failure(vanished) == "unreadable_file"
    assert "a.wav" in str(vanished.error)
    assert added.status == "added"


def test_a_fault_of_the_program_fails_one_file(
    empty: Wavvy, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = Sandbox.tags

    def stumble(sandbox: Sandbox, path: Path, **how: Any) -> TrackTags:
        if path.name == "b.wav":
            raise LookupError("no such entry")
        return tags(sandbox, path, **how)

    monkeypatch.setattr(Sandbox, "tags", stumble)
    outcomes = {Path(o.file).name: o for o in empty.add_all([music], workers=1)}
    failed = outcomes.pop("b.wav")
    assert statuses(list(outcomes.values())) == ["added"] * 3
    for outcome in (failed, empty.add(music / "b.wav")):
        assert failure(outcome) == "corrupt_media"
        assert "b.wav cannot be added (LookupError: no such entry)" in str(outcome.error)


@pytest.mark.parametrize("same_file", [True, False])
def test_a_track_that_another_process_removes_meanwhile_stops_nothing(
    empty: Wavvy, music: Path, monkeypatch: pytest.MonkeyPatch, same_file: bool
) -> None:
    copy = music / "a.wav" if same_file else music / "copy of a.wav"
    copy.write_bytes((music / "a.wav").read_bytes())
    assert empty.add(music / "a.wav").track_id == 1
    find = "find_source" if same_file else "find_content"
    found_before = getattr(Catalog, find)

    def removed_then(self: Catalog, key: Any) -> int | None:
        track_id: int | None = found_before(self, key)
        if track_id is not None:
            monkeypatch.undo()
            with wavvy.open(empty.data_dir) as other:
                other.remove(track_id)
        return track_id

    monkeypatch.setattr(Catalog, find, removed_then)
    outcomes = {Path(o.file).name: o for o in empty.add_all([copy, music / "b.wav"], workers=1)}
    assert outcomes["b.wav"].status == "added"
    assert outcomes[copy.name].status in ("added", "known")
    assert 1 not in [track.id for track in empty.tracks()]
    assert empty.verify_index() == []


def test_a_large_folder_is_begun_before_all_of_it_was_looked_up(
    empty: Wavvy, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wavvy.ingest.ingest._AT_ONCE", 2)
    looked_up: list[Path] = []

    def named() -> Iterator[Path]:
        for path in sorted(music.rglob("*.wav")):
            looked_up.append(path)
            yield path

    outcomes = empty.add_all(named(), workers=1)
    assert next(outcomes).status == "added"
    assert len(looked_up) == 2
    assert statuses(list(outcomes)) == ["added"] * 3
    assert len(looked_up) == 4


# Acknowledging


def test_what_is_reported_is_safe_at_once(tmp_path: Path, music: Path, melody: Melody) -> None:
    with wavvy.open(tmp_path / "data") as library:
        outcomes = library.add_all([music], workers=1)
        first = next(outcomes)
        with wavvy.open(tmp_path / "data") as other:
            assert [track.id for track in other.tracks()] == [first.track_id]
            assert found(other, melody(300, 8.0)[3 * RATE :]) == [first.track_id]
        assert statuses(list(outcomes)) == ["added"] * 3
        assert library.stats().index.tracks == 4
        assert library.verify_index() == []


def test_giving_up_half_way_keeps_what_was_reported(
    empty: Wavvy, music: Path, melody: Melody
) -> None:
    outcomes = empty.add_all([music], workers=1)
    next(outcomes)
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    assert empty.stats().index.tracks == empty.stats().tracks == 2
    assert found(empty, melody(301, 8.0)[3 * RATE :]) == [2]


def test_a_library_in_use_follows_what_is_added(empty: Wavvy, music: Path, melody: Melody) -> None:
    session = empty.listen(RATE)
    assert session.push(melody(300, 2.0))
    empty.add(music / "a.wav")
    events = session.push(melody(300, 9.0)[2 * RATE :])
    assert events[-1].to_dict()["type"] == "match"


# A full disk


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no database that is opened meanwhile grow by a page."""

    def limit(connection: Any, _record: Any) -> None:
        (now,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {now}").close()

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


def test_a_full_disk_stops_adding_and_keeps_what_was_added(
    tmp_path: Path, music: Path, melody: Melody, record: Record
) -> None:
    for number in range(30):
        record(music / "more" / f"{number:02}.wav", melody(400 + number, 6.0))
    added: list[AddOutcome] = []
    wavvy.open(tmp_path / "data").close()
    with full_disk(), wavvy.open(tmp_path / "data") as library:
        outcomes = library.add_all([music], workers=1)
        with pytest.raises(DiskFull, match="nothing added so far is lost"):
            added.extend(outcomes)
        with pytest.raises(DiskFull):
            library.add(music / "more" / "29.wav")
    with wavvy.open(tmp_path / "data") as library:
        tracks = library.tracks(limit=100)
        assert [track.id for track in tracks] == [outcome.track_id for outcome in added]
        assert 0 < len(tracks) < 34
        again = list(library.add_all([music], workers=1))
        assert statuses(again).count("known") == len(tracks)
        assert library.stats().tracks == 34
        assert library.verify_index() == []
        assert found(library, melody(429, 6.0)[: 5 * RATE])


@pytest.mark.parametrize("again", [True, False], ids=["added again", "reopened"])
def test_a_disk_too_full_for_the_index_loses_nothing(
    tmp_path: Path, music: Path, melody: Melody, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with wavvy.open(tmp_path / "data") as library:
        library.add(music / "a.wav")
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(DiskFull, match="no space left"):
                library.add(music / "b.wav")
        assert found(library, melody(300, 8.0)[3 * RATE :]) == [1]
        if again:
            assert library.add(music / "b.wav").status == "known"
            assert found(library, melody(301, 8.0)[3 * RATE :]) == [2]
    with wavvy.open(tmp_path / "data") as library:
        assert found(library, melody(301, 8.0)[3 * RATE :]) == [2]
        assert library.add(music / "b.wav").status == "known"
        assert library.verify_index() == []
        assert not list((tmp_path / "data" / "index").glob("*.tmp"))


def test_an_index_that_cannot_be_written_is_named(
    empty: Wavvy, music: Path, melody: Melody, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(StoreError, match=r"index.*: Permission denied; check its permissions"):
            empty.add(music / "a.wav")
        with pytest.raises(StoreError, match=r"index.*: Permission denied; check its permissions"):
            list(empty.add_all([music / "b.wav"], workers=1))
    assert statuses(list(empty.add_all([music], workers=1))).count("known") == 2
    assert found(empty, melody(300, 8.0)[3 * RATE :]) == [1]
    assert found(empty, melody(301, 8.0)[3 * RATE :]) == [2]


# Memory


def test_memory_does_not_grow_with_the_number_of_files(
    empty: Wavvy, record: Record, melody: Melody, tmp_path: Path
) -> None:
    tune = melody(5, 60.0)
    for number in range(50):
        record(tmp_path / "many" / f"{number:02}.wav", tune[number * RATE :][: 4 * RATE])
    held = []
    tracemalloc.start()
    for number, outcome in enumerate(empty.add_all([tmp_path / "many"], workers=1)):
        assert outcome.status == "added"
        if number in (14, 49):
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held[1] - held[0] < 35 * 20_000, "far less than the 128 kB of each file's sound"


def test_fingerprints_are_small(empty: Wavvy, music: Path) -> None:
    empty.add(music / "a.wav")
    ((_, blob),) = empty.catalog.fingerprints([1])
    assert len(blob) < 1500
    assert Fingerprint.from_bytes(blob).freqs.size > 200
