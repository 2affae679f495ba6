"""Looking up what is due, with a server that answers like the providers."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import providers as stand_in
import pytest
from providers import Providers, Song

from wavvy.catalog.repository import Catalog
from wavvy.enrich.enricher import Enricher, Outcome
from wavvy.enrich.follower import EnrichFollower
from wavvy.enrich.setup import EnrichSetup

Add = Callable[..., int]
Run = Callable[..., Outcome]


@pytest.fixture
def run(setup: EnrichSetup, catalog: Catalog, stop: threading.Event) -> Any:
    """Looks up what is due at one provider, as a new process would."""
    made: list[Enricher] = []

    def run_one(name: Any, *, missing: bool = False, **settings: Any) -> Outcome:
        chosen = replace(setup, providers=(name,), **settings)
        (enricher,) = chosen.enrichers(catalog, stop)
        made.append(enricher)
        return enricher.run(missing=missing)

    yield run_one
    for enricher in made:
        enricher.close()


def test_links_ids_and_what_files_do_not_say(
    catalog: Catalog, add: Add, run: Run, server: Providers
) -> None:
    track_id = add("Harbour Lights", "Tide Clocks")
    for name in ("musicbrainz", "spotify", "youtube"):
        outcome = run(name)
        assert (outcome.found, outcome.done, outcome.trouble) == (1, 1, None)
    track = catalog.track(track_id)
    assert track.links["spotify"] == [
        {"track": {"id": "0" * 21 + "1"}, "url": f"https://open.spotify.com/track/{'0' * 21}1"}
    ]
    assert track.links["youtube"] == [
        {"vid": "video000001", "url": "https://www.youtube.com/watch?v=video000001"}
    ]
    assert track.links["musicbrainz"][0]["track"] == {"id": server.songs[0].mbid}
    assert track.musicbrainz.recording == (server.songs[0].mbid,)
    assert (track.album, track.release_date, track.genres) == ("Low Water", "1992-04-07", ("Folk",))
    assert track.isrc == ("GBAYE9200070",)
    assert track.has_artwork
    assert (track.title, track.artists) == ("Harbour Lights", ("Tide Clocks",))
    assert server.objections == []


def test_what_is_known_already_stays(catalog: Catalog, add: Add, run: Run) -> None:
    track_id = add("Harbour Lights", "The Tide Clocks", album="Mine", release_date="2001")
    catalog.edit_track(track_id, {"genres": []})  # a person says: none
    run("musicbrainz")
    run("spotify")
    track = catalog.track(track_id)
    assert (track.album, track.release_date, track.genres) == ("Mine", "2001", ())
    assert track.isrc == ("GBAYE9200070",)


def test_nobody_is_asked_twice(add: Add, run: Run, server: Providers) -> None:
    add("Harbour Lights", "The Tide Clocks")
    add("Nobody Knows", "The Tide Clocks")
    for name in ("musicbrainz", "spotify", "youtube"):
        assert run(name).done == 2
    calls = len(server.calls)
    for name in ("musicbrainz", "spotify", "youtube"):
        assert run(name).done == 0
    assert len(server.calls) == calls
    assert run("spotify", missing=True).missing == 1


def test_a_track_by_another_name_is_looked_up_again(catalog: Catalog, add: Add, run: Run) -> None:
    track_id = add("Harbour Lights", "The Tide Clocks", duration_ms=180_000)
    catalog.edit_track(track_id, {"label": "Breakwater"})
    assert run("spotify").missing == 1
    catalog.edit_track(track_id, {"label": "Breakwater 2"})
    assert run("spotify").done == 0  # nobody is asked by the label
    catalog.edit_track(track_id, {"title": "Copper Moon", "artists": ["Praia do Vento"]})
    assert run("spotify").found == 1
    assert catalog.track(track_id).album == "Maré"
    catalog.edit_track(track_id, {"title": "Harbour Lights"})
    track = catalog.track(track_id)
    assert (track.links, track.album, track.isrc, track.label) == ({}, None, (), "Breakwater 2")
    assert run("spotify").missing == 1


def test_without_a_key_there_is_a_search_and_with_one_the_video(
    catalog: Catalog, add: Add, run: Run, server: Providers
) -> None:
    track_id = add("Copper Moon", "Praia do Vento", duration_ms=180_000)
    assert run("youtube", youtube_api_key="").found == 1
    (link,) = catalog.track(track_id).links["youtube"]
    assert link["url"].startswith("https://www.youtube.com/results?search_query=")
    assert run("youtube", youtube_api_key="").done == 0
    assert server.calls == []
    assert run("youtube").found == 1
    assert catalog.track(track_id).links["youtube"][0]["vid"] == "video000004"


@pytest.mark.parametrize("name", ["spotify", "youtube"])
def test_wrong_credentials_give_one_warning_and_few_calls(
    add: Add, run: Run, server: Providers, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    for number in range(6):
        add(f"Track {number}", "The Tide Clocks")
    outcome = run(name, spotify_client_secret="old", youtube_api_key="old")
    assert outcome.done == 0
    assert outcome.trouble is not None
    assert outcome.rest_s >= 600
    assert len(caplog.records) == 1
    assert "WAVVY_" in caplog.records[0].getMessage()
    assert "old" not in caplog.text
    assert len(server.calls) == 1
    assert run(name).done == 6  # with the right ones at once


def test_a_provider_that_is_down_is_left_alone_after_a_few_tracks(
    catalog: Catalog, add: Add, run: Run, server: Providers, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(30):
        add(f"Track {number}", "The Tide Clocks")
    server.fail("", *[stand_in.status(500)] * 300)
    outcome = run("musicbrainz")
    assert (outcome.failed, outcome.found) == (5, 0)
    assert outcome.rest_s > 30
    assert len(server.calls) == 15  # three attempts each
    assert len(caplog.records) == 1
    assert run("musicbrainz").done == 0
    assert len(server.calls) == 15
    state = catalog.providers.states()["musicbrainz"]
    assert state.blocked_until is not None
    assert "status 500" in str(state.trouble)


def test_a_limit_is_kept_for_all_processes(
    add: Add, run: Run, server: Providers, catalog: Catalog
) -> None:
    add("Copper Moon", "Praia do Vento", duration_ms=180_000)
    server.fail("/v1/search", stand_in.retry_after(429, "3600"))
    assert run("spotify").rest_s > 3500
    calls = len(server.calls)
    outcome = run("spotify")
    assert outcome.rest_s > 3500
    assert outcome.trouble == "spotify is asked too often"
    assert len(server.calls) == calls


def test_a_short_limit_is_waited_for(add: Add, run: Run, server: Providers) -> None:
    add("Copper Moon", "Praia do Vento", duration_ms=180_000)
    server.fail("/v1/search", stand_in.retry_after(429, "1"))
    assert run("spotify").found == 1
    first, second = server.times("/v1/search")[:2]
    assert second - first >= 1.0


def test_a_monstrous_cover_costs_no_link(
    catalog: Catalog, add: Add, run: Run, server: Providers
) -> None:
    track_id = add("Harbour Lights", "The Tide Clocks")
    from pictures import bomb

    server.fail("/archive/", lambda _: (200, {"Content-Type": "image/png"}, bomb(12_000)))
    assert run("musicbrainz").found == 1
    track = catalog.track(track_id)
    assert not track.has_artwork
    assert "musicbrainz" in track.links
    catalog.edit_track(track_id, {"title": "Harbour Lights!"})
    server.fail("/image/", stand_in.huge)
    assert run("spotify").found == 1


SCRIPT = """
import sys, threading
from pathlib import Path
from wavvy.catalog.repository import Catalog
from wavvy.enrich.setup import EnrichSetup
folder, url, rate = sys.argv[1:]
setup = EnrichSetup(providers=("musicbrainz",), musicbrainz_url=url, coverart_url=url,
                    musicbrainz_rate=float(rate))
with Catalog.open(Path(folder), params_digest="d") as catalog:
    (enricher,) = setup.enrichers(catalog, threading.Event())
    enricher.run(progress=lambda so_far: print(so_far.done, flush=True))
"""


def start(data: Path, server: Providers, rate: float) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(data), server.url, str(rate)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_kill_repeats_nothing_that_was_answered(
    catalog: Catalog, data: Path, add: Add, run: Run, server: Providers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for number in range(24):
        server.songs.append(Song(100 + number, f"Song number {number}", "Band", cover=False))
        add(f"Song number {number}", "Band", duration_ms=200_000)
    with start(data, server, 8) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 4:
                process.kill()
                break
    before = -1
    while before != (before := len(server.paths("/ws/2/"))):
        time.sleep(0.2)  # what it asked last may still come
    done = sum(catalog.lookups.counts()["musicbrainz"].get(s, 0) for s in ("found", "none"))
    assert 4 <= done < 24
    rest = run("musicbrainz")
    claimed = 24 - done - rest.done  # what the killed process was at stays claimed for a while
    assert claimed in (0, 1)
    asked = [query["query"] for _, path, query in server.calls if "/ws/2/" in path]
    assert len(asked) == before + rest.done
    assert len(set(asked)) >= len(asked) - 1


def test_several_processes_share_the_work_and_the_limit(
    catalog: Catalog, data: Path, add: Add, server: Providers
) -> None:
    for number in range(15):
        server.songs.append(Song(100 + number, f"Song number {number}", "Band", cover=False))
        add(f"Song number {number}", "Band", duration_ms=200_000)
    processes = [start(data, server, 4) for _ in range(3)]
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert catalog.lookups.counts() == {"musicbrainz": {"found": 15}}
    asked = [query["query"] for _, path, query in server.calls if "/ws/2/" in path]
    assert len(asked) == len(set(asked)) == 15
    times = server.times("/ws/2/")
    assert times[-1] - times[0] > 14 / 4 - 1, "four a second, and one more may come at once"
    assert server.objections == []


def test_new_tracks_are_looked_up_in_the_background(
    catalog: Catalog, setup: EnrichSetup, add: Add, server: Providers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("wavvy.enrich.follower.GLANCE_S", 0.02)
    first = add("Harbour Lights", "The Tide Clocks")
    follower = EnrichFollower(catalog, setup)
    try:
        wait_for(lambda: len(catalog.track(first).links) == 3)
        second = add("Copper Moon", "Praia do Vento", duration_ms=180_000)
        wait_for(lambda: len(catalog.track(second).links) == 3)
        catalog.edit_track(first, {"title": "Copper Moon", "artists": ["Praia do Vento"]})
        assert catalog.track(first).links == {}
        follower.wake()
        wait_for(lambda: catalog.lookups.counts()["spotify"] == {"found": 1, "none": 1})
    finally:
        follower.close()


def test_by_default_nobody_is_asked(catalog: Catalog, add: Add, server: Providers) -> None:
    add("Harbour Lights", "The Tide Clocks")
    before = threading.active_count()
    follower = EnrichFollower(catalog, EnrichSetup())
    assert threading.active_count() == before
    follower.close()
    assert server.calls == []


def test_a_provider_without_credentials_is_named_and_left_out(
    catalog: Catalog, setup: EnrichSetup, caplog: pytest.LogCaptureFixture
) -> None:
    lacking = replace(setup, providers=("spotify",), spotify_client_id="")
    EnrichFollower(catalog, lacking).close()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "WAVVY_SPOTIFY_CLIENT_ID" in caplog.text


def wait_for(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(2000):
        if condition():
            return
        waiting.wait(0.02)
    raise TimeoutError("it did not come true")


@pytest.mark.parametrize("name", ["musicbrainz", "spotify"])
def test_of_what_makes_no_sense_nothing_is_kept(
    catalog: Catalog, add: Add, run: Run, server: Providers, name: str
) -> None:
    track_id = add("Odd", "Band", duration_ms=200_000)
    server.songs = [Song(7, "Odd", "Band", " \x00 ", 200_000, "12", "someday", cover=False)]
    assert run(name).found == 1
    track = catalog.track(track_id)
    assert (track.album, track.release_date, track.isrc) == (None, None, ())
    assert name in track.links


def test_an_id_that_would_change_the_address_is_refused(
    catalog: Catalog, add: Add, run: Run, server: Providers
) -> None:
    add("Harbour Lights", "The Tide Clocks")
    track = {
        "id": "../../evil?x=",
        "name": "Harbour Lights",
        "duration_ms": 214_000,
        "artists": [{"name": "The Tide Clocks"}],
        "album": {"name": "Low Water", "images": [{"url": "file:///etc/passwd"}]},
    }
    body = {"tracks": {"items": [track]}}
    server.fail("/v1/search", *[stand_in.status(200, body)] * 3)
    assert run("spotify").failed == 1
    track["id"] = "good"
    server.fail("/v1/search", stand_in.status(200, body))
    assert run("spotify", missing=True).found == 1
    assert not catalog.track(1).has_artwork


def test_a_fault_of_ours_costs_one_track(
    add: Add, run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from wavvy.enrich import provider

    add("Harbour Lights", "The Tide Clocks")
    add("Copper Moon", "Praia do Vento", duration_ms=180_000)
    confidence = provider.confidence

    def faulty(ours: Any, theirs: Any) -> float:
        if ours.title == "Harbour Lights":
            raise IndexError("a fault")
        return confidence(ours, theirs)

    monkeypatch.setattr(provider, "confidence", faulty)
    outcome = run("musicbrainz")
    assert (outcome.failed, outcome.found) == (1, 1)
    assert "a fault" in caplog.text
