"""Data folders that are damaged, incomplete, in use or not ours."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

import wavvy
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import TrackTags
from wavvy.errors import IncompatibleStore, StoreBusy, StoreError
from wavvy.index.format import VERSION
from wavvy.index.manifest import Manifest
from wavvy.index.merging import MERGE_FACTOR
from wavvy.index.store import Index
from wavvy.ingest.ingest import source_of
from wavvy.library import Wavvy
from wavvy.recognition import Recognition

RATE = 16000
PATIENCE = 60.0
Samples = np.ndarray
Melody = Callable[..., Samples]
Record = Callable[..., Path]


def ids(answer: Recognition) -> list[int]:
    return [result.track.id for result in answer.results]


def flip(path: Path, position: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 0xFF
    path.write_bytes(content)


def segment(data: Path) -> Path:
    (path,) = data.glob("index/*.seg")
    return path


def test_an_index_that_is_gone_is_made_anew(data: Path, clip: Samples) -> None:
    shutil.rmtree(data / "index")
    with wavvy.open(data) as library:
        assert ids(library.identify(clip, RATE)) == [3]
        assert library.verify_index() == []


@pytest.mark.parametrize("position", [0, 100, 256, 400], ids=str)
def test_a_segment_damaged_where_searches_rely_on_it_is_mended(
    data: Path, clip: Samples, position: int
) -> None:
    damaged = segment(data)
    flip(damaged, position)
    with wavvy.open(data) as library:
        (warning,) = library.warnings
        assert damaged.name in warning
        assert "taken from the catalogue again" in warning
        assert ids(library.identify(clip, RATE)) == [3]
        assert library.verify_index() == []
    with wavvy.open(data) as library:
        assert library.warnings == []


@pytest.mark.parametrize("size", [0, 100, 10_000])
def test_a_segment_cut_short_is_mended(data: Path, clip: Samples, size: int) -> None:
    damaged = segment(data)
    damaged.write_bytes(damaged.read_bytes()[:size])
    with wavvy.open(data) as library:
        assert damaged.name in library.warnings[0]
        assert ids(library.identify(clip, RATE)) == [3]


def test_an_index_of_an_older_version_is_made_anew(data: Path, clip: Samples) -> None:
    segment(data).write_bytes(b"in another layout")
    older = replace(Manifest.load(data / "index"), version=VERSION - 1)
    older.save(data / "index")
    with wavvy.open(data) as library:
        assert ids(library.identify(clip, RATE)) == [3]
        assert library.warnings == []
        assert library.verify_index() == []
    assert Manifest.load(data / "index").version == VERSION
    assert segment(data).stat().st_size > 10_000


def test_a_missing_segment_is_mended(data: Path, clip: Samples) -> None:
    missing = segment(data)
    missing.unlink()
    with wavvy.open(data) as library:
        (warning,) = library.warnings
        assert f"{missing.name}: the file is missing; its tracks were taken" in warning
        assert ids(library.identify(clip, RATE)) == [3]


@pytest.mark.parametrize("way_out", [Wavvy.rebuild_index, Wavvy.merge_index])
def test_damage_that_only_a_full_check_sees_can_be_mended(
    library: Wavvy,
    record: Record,
    melody: Melody,
    clip: Samples,
    tmp_path: Path,
    way_out: Callable[[Wavvy], int],
) -> None:
    damaged = segment(library.data_dir)
    library.add(record(tmp_path / "new.wav", melody(70, 5.0)))
    flip(damaged, damaged.stat().st_size - 10)
    (problem,) = library.verify_index()
    assert damaged.name in problem
    way_out(library)
    assert library.verify_index() == []
    assert ids(library.identify(clip, RATE)) == [3]
    assert library.stats().index.tracks == 6


def test_damage_that_a_merge_in_the_background_comes_upon_is_mended_at_once(
    library: Wavvy, record: Record, melody: Melody, clip: Samples, tmp_path: Path
) -> None:
    # Segments of about one size are merged, and merging reads every byte.
    library.remove(3)
    for number in range(MERGE_FACTOR - 2):
        library.add(record(tmp_path / f"{number}.wav", melody(600 + number, 24.0)))
    assert library.stats().index.segments == MERGE_FACTOR - 1
    damaged = sorted(library.data_dir.glob("index/*.seg"), key=lambda path: path.stat().st_mtime)
    for path in damaged[1:3]:
        flip(path, path.stat().st_size - 10)
    library.add(record(tmp_path / "the last.wav", melody(2, 24.0)))
    assert library.settle(PATIENCE)
    assert library.stats().index.segments < MERGE_FACTOR
    assert [path.name in "".join(library.warnings) for path in damaged[1:3]] == [True, True]
    assert all("taken from the catalogue again" in warning for warning in library.warnings)
    assert library.verify_index() == []
    tracks = 5 + MERGE_FACTOR - 2  # one was removed, one added last
    assert library.stats().index.tracks == library.stats().tracks == tracks
    assert ids(library.identify(clip, RATE)) == [tracks + 1]


def test_damage_that_is_come_upon_while_the_library_is_open_is_mended(
    data: Path, record: Record, melody: Melody, clip: Samples, tmp_path: Path
) -> None:
    with wavvy.open(data) as library, wavvy.open(data) as other:
        other.add(record(tmp_path / "new.wav", melody(70, 20.0)))
        new = max(data.glob("index/*.seg"), key=lambda path: path.stat().st_mtime_ns)
        new.write_bytes(b"rubbish")
        assert ids(library.identify(clip, RATE)) == [3]
        (warning,) = library.warnings
        assert new.name in warning
        assert library.settle(PATIENCE)
        (warning,) = library.warnings
        assert f"{new.name}: its header fails the checksum; its tracks were taken" in warning
        assert ids(library.identify(melody(70, 12.0)[7 * RATE :], RATE)) == [6]
        assert library.verify_index() == []


@pytest.mark.parametrize("content", [b"", b"rubbish", b"00000000 {}\n"])
def test_a_damaged_manifest_is_mended(data: Path, clip: Samples, content: bytes) -> None:
    (data / "index" / "manifest").write_bytes(content)
    with wavvy.open(data) as library:
        assert "manifest" in library.warnings[0]
        assert ids(library.identify(clip, RATE)) == [3]
        assert library.verify_index() == []


@pytest.mark.parametrize("loss", ["folder", "manifest"])
def test_an_index_that_vanishes_under_an_open_library_still_answers_and_is_made_anew(
    library: Wavvy, record: Record, melody: Melody, clip: Samples, tmp_path: Path, loss: str
) -> None:
    if loss == "folder":
        shutil.rmtree(library.data_dir / "index")
    else:
        (library.data_dir / "index" / "manifest").unlink()
    assert ids(library.identify(clip, RATE)) == [3]
    (warning,) = library.warnings
    assert "manifest is missing" in warning
    assert library.settle(PATIENCE)
    (warning,) = library.warnings
    assert "taken from the catalogue again" in warning
    assert ids(library.identify(clip, RATE)) == [3]
    assert library.verify_index() == []
    library.add(record(tmp_path / "new.wav", melody(70, 5.0)))
    assert library.stats().index.tracks == 6


def test_what_another_process_commits_while_the_index_is_opened_is_taken_over(
    data: Path, clip: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changing_meanwhile(folder: Path) -> Manifest:
        manifest = load(folder)
        monkeypatch.undo()
        with wavvy.open(data) as other:
            other.remove(1)
        return manifest

    load = Manifest.load
    monkeypatch.setattr(Manifest, "load", changing_meanwhile)
    with wavvy.open(data) as library:
        assert library.settle(PATIENCE)
        assert ids(library.identify(clip, RATE)) == [3]
        assert library.stats().index.tracks == 4
        assert library.warnings == []


def test_an_index_that_vanishes_before_something_is_added_is_made_anew(
    library: Wavvy, record: Record, melody: Melody, clip: Samples, tmp_path: Path
) -> None:
    shutil.rmtree(library.data_dir / "index")
    library.add(record(tmp_path / "new.wav", melody(70, 5.0)))
    assert library.settle(PATIENCE)
    assert ids(library.identify(clip, RATE)) == [3]
    assert library.stats().index.tracks == 6


def test_an_open_library_answers_while_its_index_is_made_anew(
    library: Wavvy, data: Path, clip: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []

    def asking_meanwhile(self: Catalog, track_ids: list[int]) -> Iterator[tuple[int, bytes]]:
        answers.append(ids(library.identify(clip, RATE)))
        return fingerprints(self, track_ids)

    fingerprints = Catalog.fingerprints
    library.remove(1)
    with monkeypatch.context() as patch:
        patch.setattr(Catalog, "fingerprints", asking_meanwhile)
        with Wavvy(data, fresh_index=lambda *_: None) as other:
            assert other.stats().index[:3] == (1, 4, 0)
    assert answers == [[3]]
    assert ids(library.identify(clip, RATE)) == [3]
    assert library.stats().index[:3] == (1, 4, 0)
    assert library.warnings == []
    assert not (data / "index" / "rebuilding").exists()


def test_a_rebuild_that_was_killed_goes_on_where_it_stopped(
    data: Path, clip: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        pass

    def killed(*_: object) -> None:
        raise KilledError

    (data / "index" / "manifest").unlink()
    with monkeypatch.context() as patch:
        patch.setattr("wavvy.upkeep._REPLAY_TRACKS", 2)
        patch.setattr(Index, "supersede", killed)
        with pytest.raises(KilledError):
            wavvy.open(data)
    asked: list[list[int]] = []
    fingerprints = Catalog.fingerprints
    monkeypatch.setattr(
        Catalog, "fingerprints", lambda self, of: [asked.append(of), fingerprints(self, of)][1]
    )
    with wavvy.open(data) as library:
        assert asked == []
        assert ids(library.identify(clip, RATE)) == [3]
        assert library.verify_index() == []


def test_an_index_of_another_catalogue_with_fewer_tracks_is_noticed(
    data: Path, tmp_path: Path, album: list[Path], record: Record, melody: Melody
) -> None:
    with wavvy.open(tmp_path / "other") as other:
        other.add(record(tmp_path / "new.wav", melody(70, 12.0)))
    shutil.rmtree(data / "index")
    shutil.copytree(tmp_path / "other" / "index", data / "index")
    with wavvy.open(data) as library:
        assert ids(library.identify(melody(70, 12.0)[: 5 * RATE], RATE)) == []
        assert ids(library.identify(album[0])) == [1]
        assert library.verify_index() == []
    foreign = data / "index" / "manifest"
    with wavvy.open(data) as library:
        foreign.write_bytes((tmp_path / "other" / "index" / "manifest").read_bytes())
        with pytest.raises(StoreError, match=r"index belongs to another catalogue.*start Wavvy"):
            library.identify(album[0])


def test_a_track_whose_peaks_are_not_those_of_the_catalogue_is_noticed(
    library: Wavvy, melody: Melody
) -> None:
    library.remove(1)
    library.catalog.add_track(
        TrackTags("New"), content_hash=b"x", duration_ms=1, fingerprint=b"", source=None
    )
    library.index.add([(6, wavvy.fingerprint(melody(70, 5.0), RATE))])
    assert library.verify_index() == []  # a fingerprint that cannot be read is named elsewhere
    other = wavvy.fingerprint(melody(71, 5.0), RATE)
    library.catalog.add_track(
        TrackTags("Newer"),
        content_hash=b"y",
        duration_ms=1,
        fingerprint=other.to_bytes(),
        source=None,
    )
    library.index.add([(7, wavvy.fingerprint(melody(70, 5.0), RATE))])
    (problem,) = library.verify_index()
    assert "holds 1 tracks otherwise" in problem


def test_one_damaged_fingerprint_does_not_keep_the_others_from_being_found(
    tmp_path: Path, record: Record, melody: Melody, clip: Samples, track: Samples
) -> None:
    with wavvy.open(tmp_path / "data") as library:
        library.catalog.add_track(
            TrackTags("Broken"),
            content_hash=b"x",
            duration_ms=1000,
            fingerprint=b"no fingerprint",
            source=None,
        )
        library.add(record(tmp_path / "whole.wav", track))
    shutil.rmtree(tmp_path / "data" / "index")
    with wavvy.open(tmp_path / "data") as library:
        (warning,) = library.warnings
        assert "track 1" in warning
        assert "remove" in warning
        assert ids(library.identify(clip, RATE)) == [2]
        broken = record(tmp_path / "broken.wav", melody(1, 1.0))
        library.catalog.touch_source(1, source_of(broken))
        outcomes = list(library.add_all([broken, tmp_path / "whole.wav"], workers=1))
        assert [outcome.status for outcome in outcomes] == ["known", "known"]
        assert library.rebuild_index() == 1
        assert ids(library.identify(clip, RATE)) == [2]
        library.remove(1)
    with wavvy.open(tmp_path / "data") as library:
        assert library.warnings == []


def test_a_crash_before_the_index_followed_loses_nothing(
    data: Path, record: Record, melody: Melody, tmp_path: Path
) -> None:
    with wavvy.open(tmp_path / "elsewhere") as other:
        other.add(record(tmp_path / "new.wav", melody(80, 20.0)))
        ((_, fingerprint),) = other.catalog.fingerprints([1])
    with wavvy.open(data) as library:
        library.catalog.add_track(
            TrackTags("New"),
            content_hash=b"x",
            duration_ms=20_000,
            fingerprint=fingerprint,
            source=None,
        )
        library.catalog.remove_track(3)
    with wavvy.open(data) as library:
        assert ids(library.identify(melody(80, 12.0)[7 * RATE :], RATE)) == [6]
        assert library.verify_index() == []
        assert library.stats().index.tracks == 5


def test_what_another_process_adds_while_the_library_is_opened_stays(
    data: Path, record: Record, melody: Melody, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = record(tmp_path / "new.wav", melody(90, 20.0))
    track_ids = Catalog.track_ids

    def adding_meanwhile(self: Catalog) -> list[int]:
        found = track_ids(self)
        monkeypatch.undo()
        with wavvy.open(data) as other:
            other.add(new)
        return found

    monkeypatch.setattr(Catalog, "track_ids", adding_meanwhile)
    with wavvy.open(data) as library:
        assert ids(library.identify(melody(90, 12.0)[7 * RATE :], RATE)) == [6]
        assert library.stats().index.tombstones == 0


def test_fingerprints_of_other_parameters_are_refused(tmp_path: Path) -> None:
    Catalog.open(tmp_path, params_digest="0" * 16).close()
    with pytest.raises(IncompatibleStore, match="move the data folder away"):
        wavvy.open(tmp_path)


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("something else")
    with pytest.raises(StoreError, match=r"data.*choose another data folder"):
        wavvy.open(tmp_path / "data")


def test_an_index_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("something else")
    with pytest.raises(StoreError, match=r"index.*choose another data folder"):
        wavvy.open(tmp_path)


def test_a_catalogue_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite3").write_bytes(b"something else " * 500)
    with pytest.raises(IncompatibleStore, match="not a Wavvy catalogue"):
        wavvy.open(tmp_path)


def test_a_writer_that_does_not_end_is_named(
    library: Wavvy, data: Path, clip: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wavvy.locks.WRITER_PATIENCE_SECONDS", 0.2)
    with FileLock(data / "index" / "lock"):
        with pytest.raises(StoreBusy, match=r"index.*lock.*try again"):
            library.index.remove([1])
        with wavvy.open(data) as other:  # readers wait for nobody
            assert ids(other.identify(clip, RATE)) == [3]
    library.index.remove([1])
    assert library.stats().index.tracks == 4


def copy_catalog(data: Path, to: Path) -> None:
    to.mkdir()
    for path in data.glob("catalog.sqlite3*"):
        shutil.copy(path, to)


def remove_catalog(data: Path) -> None:
    for path in data.glob("catalog.sqlite3*"):
        path.unlink()


def test_a_catalogue_that_starts_anew_never_answers_with_the_old_index(
    tmp_path: Path, melody: Melody, record: Record
) -> None:
    tunes = [melody(number, 12.0) for number in range(4)]
    files = [record(tmp_path / f"{i}.wav", tune) for i, tune in enumerate(tunes)]
    data = tmp_path / "data"
    with wavvy.open(data) as library:
        library.add(files[0])
        library.add(files[1])
    remove_catalog(data)
    with wavvy.open(data) as library:
        library.add(files[2])
        library.add(files[3])
        assert ids(library.identify(tunes[0][: 5 * RATE], RATE)) == []
        assert ids(library.identify(tunes[2][: 5 * RATE], RATE)) == [1]
        assert ids(library.identify(tunes[3][: 5 * RATE], RATE)) == [2]


def test_an_older_catalogue_put_back_never_answers_with_the_newer_index(
    tmp_path: Path, melody: Melody, record: Record
) -> None:
    tunes = [melody(number, 12.0) for number in range(3)]
    files = [record(tmp_path / f"{i}.wav", tune) for i, tune in enumerate(tunes)]
    data = tmp_path / "data"
    with wavvy.open(data) as library:
        library.add(files[0])
    copy_catalog(data, tmp_path / "backup")
    with wavvy.open(data) as library:
        library.add(files[1])
    remove_catalog(data)
    for path in (tmp_path / "backup").iterdir():
        shutil.copy(path, data)
    with wavvy.open(data) as library:
        library.add(files[2])
        assert ids(library.identify(tunes[0][: 5 * RATE], RATE)) == [1]
        assert ids(library.identify(tunes[1][: 5 * RATE], RATE)) == []
        assert ids(library.identify(tunes[2][: 5 * RATE], RATE)) == [2]
