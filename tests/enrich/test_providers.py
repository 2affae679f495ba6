"""Each provider against a server that answers like it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import providers as stand_in
import pytest
from providers import Providers

from wavvy.catalog.picture import as_artwork
from wavvy.catalog.repository import Catalog
from wavvy.enrich import web
from wavvy.enrich.matching import Recording
from wavvy.enrich.provider import Limited, Match, Provider, Refused, Stopped, Unavailable
from wavvy.enrich.setup import EnrichSetup
from wavvy.service.cache import Cache

Make = Callable[..., Provider]

COPPER = Recording("Copper Moon", ("Praia do Vento",), None, 180_400)
UNKNOWN = Recording("Nobody Knows", ("The Tide Clocks",), None, 200_000)


@pytest.fixture(params=["musicbrainz", "spotify", "youtube"])
def provider(request: pytest.FixtureRequest, make: Make) -> Provider:
    return make(request.param)


def found(provider: Provider, recording: Recording) -> Match:
    match = provider.find(recording)
    assert match is not None
    return match


def test_the_right_one_of_several_is_found(
    provider: Provider, server: Providers, harbour: Recording
) -> None:
    match = found(provider, harbour)
    assert match.confidence is not None
    assert match.confidence > 0.9
    number = {"musicbrainz": "00000001-", "spotify": "0" * 21 + "1", "youtube": "video000001"}
    assert number[provider.name] in match.found.link["url"]
    assert match.found.link["url"].startswith("https://")
    assert server.objections == []


def test_what_nobody_knows_is_not_found(provider: Provider, server: Providers) -> None:
    assert provider.find(UNKNOWN) is None
    assert server.objections == []


def test_nothing_but_title_artist_and_code_is_sent(
    provider: Provider, server: Providers, harbour: Recording
) -> None:
    provider.find(replace(harbour, isrc=("GBAYE9200070",)))
    sent = " ".join(f"{value}" for _, _, query in server.calls for value in query.values())
    assert "Harbour Lights" in sent or "GBAYE9200070" in sent
    for kept in ("214", "Low Water"):
        assert kept not in sent


def test_the_code_is_asked_for_first(make: Make, server: Providers) -> None:
    other_name = Recording("Luzes do porto", ("The Tide Clocks",), None, 214_000, ("GBAYE9200070",))
    for name in ("musicbrainz", "spotify"):
        provider = make(name)
        assert found(provider, other_name).confidence == 0.99
    asked = [query.get("query") or query.get("q") for _, _, query in server.calls if query]
    assert asked == ["isrc:GBAYE9200070"] * 2


def test_a_cover(
    make: Make,
    server: Providers,
    harbour: Recording,
) -> None:
    for name in ("musicbrainz", "spotify"):
        provider = make(name)
        picture = provider.cover(found(provider, harbour).found)
        assert picture is not None
        assert as_artwork(picture) is not None
        assert provider.cover(found(provider, COPPER).found) is None
    assert server.objections == []


def test_special_characters_are_only_characters(provider: Provider, server: Providers) -> None:
    for title in ('He said "no"', "AC/DC: (Live) [x] {y} ~1^2 a\\b && || !", "*?", "🎵", "x" * 500):
        provider.find(Recording(title, (title,), None, 1000))
    assert server.objections == []


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(stand_in.status(500), id="500"),
        pytest.param(stand_in.status(502), id="502"),
        stand_in.html,
        stand_in.torn,
        stand_in.other_shape,
        stand_in.hang_up,
    ],
)
def test_a_passing_fault_is_overcome(
    provider: Provider, server: Providers, harbour: Recording, fault: Any
) -> None:
    server.fail("", fault, fault)
    assert provider.find(harbour) is not None


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(stand_in.status(500), id="500"),
        stand_in.html,
        stand_in.other_shape,
        stand_in.hang_up,
        stand_in.huge,
    ],
)
def test_a_lasting_fault_is_reported_after_three_attempts(
    provider: Provider, server: Providers, harbour: Recording, fault: Any
) -> None:
    server.fail("", *[fault] * 3)
    with pytest.raises(Unavailable, match=provider.name):
        provider.find(harbour)
    assert len(server.calls) == 3


@pytest.mark.parametrize("fault", [stand_in.silent, stand_in.trickle])
def test_a_slow_answer_is_not_waited_for(
    make: Make, server: Providers, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    monkeypatch.setattr(web, "_TIMEOUT", httpx2.Timeout(0.3))
    monkeypatch.setattr(web, "_MOST_SECONDS", 0.3)
    server.fail("", *[fault] * 3)
    with pytest.raises(Unavailable, match=r"musicbrainz (takes too long|cannot be reached)"):
        make("musicbrainz").find(COPPER)
    assert len(server.calls) == 3


def test_a_limit_is_heeded_at_once(
    provider: Provider, server: Providers, harbour: Recording
) -> None:
    server.fail("", stand_in.retry_after(429, "7"))
    with pytest.raises(Limited) as limit:
        provider.find(harbour)
    assert limit.value.seconds == 7
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("7", 7, 7),
        ("0", 1, 1),
        ("1e99", 86400, 86400),
        ("soon", 30, 30),
        ("-5", 1, 1),
        ("nan", 30, 30),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 1, 1),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86400, 86400),
    ],
)
def test_when_to_ask_again(
    make: Make, server: Providers,
    text: str,
    least: float, most: float,
) -> None:  # fmt: skip
    server.fail("", stand_in.retry_after(429, text))
    with pytest.raises(Limited) as limit:
        make("musicbrainz").find(COPPER)
    assert least <= limit.value.seconds <= most


def test_a_server_that_is_not_there(make: Make, harbour: Recording) -> None:
    with pytest.raises(Unavailable, match="musicbrainz cannot be reached"):
        make("musicbrainz", musicbrainz_url="http://127.0.0.1:1").find(harbour)


def test_who_stops_does_not_wait(make: Make, stop: threading.Event, harbour: Recording) -> None:
    provider = make("musicbrainz", musicbrainz_rate=0.01)
    assert provider.find(harbour) is not None
    threading.Timer(0.1, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        provider.find(harbour)
    assert time.monotonic() - began < 50  # it would wait 100 s


class TestSpotify:
    def test_one_token_serves_many_searches(self, make: Make, server: Providers) -> None:
        provider = make("spotify")
        for _ in range(3):
            assert provider.find(COPPER) is not None
        assert len(server.paths("/api/token")) == 1

    def test_a_token_that_ends_is_renewed(self, make: Make, server: Providers) -> None:
        provider = make("spotify")
        assert provider.find(COPPER) is not None
        server.tokens.clear()  # before its time
        assert provider.find(COPPER) is not None
        server.token_seconds = 0
        server.tokens.clear()
        assert provider.find(COPPER) is not None
        assert len(server.paths("/api/token")) == 3

    def test_tokens_that_are_never_accepted_end_the_attempt(
        self, make: Make, server: Providers
    ) -> None:
        server.fail("/v1/search", *[stand_in.status(401)] * 9)
        with pytest.raises(Refused, match="its own tokens"):
            make("spotify").find(COPPER)
        assert len(server.calls) <= 4

    def test_wrong_credentials(self, make: Make, server: Providers) -> None:
        provider = make("spotify", spotify_client_secret="wrong")
        with pytest.raises(Refused, match="WAVVY_SPOTIFY_CLIENT_SECRET"):
            provider.find(COPPER)
        with pytest.raises(Refused):
            provider.check()
        assert len(server.calls) == 2

    def test_it_says_that_it_works(self, make: Make) -> None:
        assert "accepts the client id" in make("spotify").check()


class TestYouTube:
    def test_searches_are_counted_and_none_is_made_too_many(
        self, make: Make, server: Providers
    ) -> None:
        server.youtube_searches_left = 3
        for _ in range(3):
            # A new process each time: the count is in the catalogue.
            assert make("youtube", youtube_searches_per_day=3).find(COPPER) is not None
        with pytest.raises(Limited, match="allowance of today is used up") as limit:
            make("youtube", youtube_searches_per_day=3).find(COPPER)
        assert 0 < limit.value.seconds <= 25 * 3600
        assert len(server.paths("/search")) == 3
        assert server.objections == []

    def test_a_quota_that_others_have_used_up(self, make: Make, server: Providers) -> None:
        server.youtube_searches_left = 0
        with pytest.raises(Limited, match="quota of today"):
            make("youtube").find(COPPER)
        assert len(server.calls) == 1

    def test_a_wrong_key(self, make: Make) -> None:
        provider = make("youtube", youtube_api_key="wrong")
        for ask in (lambda: provider.find(COPPER), provider.check):
            with pytest.raises(Refused, match=r"keyInvalid.*WAVVY_YOUTUBE_API_KEY"):
                ask()

    def test_without_a_key_nobody_is_asked(self, make: Make, server: Providers) -> None:
        provider = make("youtube", youtube_api_key="")
        match = found(provider, Recording("Água & Sal", ("Praia do Vento",)))
        assert match.confidence is None
        assert match.found.link == {
            "url": "https://www.youtube.com/results?search_query=Praia+do+Vento+%C3%81gua+%26+Sal"
        }
        assert "search" in provider.check()
        assert server.calls == []

    def test_the_key_is_checked_without_a_search(self, make: Make, server: Providers) -> None:
        assert "accepts the key" in make("youtube").check()
        assert server.paths() == ["/youtube/v3/videos"]


class TestMusicBrainz:
    def test_one_request_a_second_whoever_asks(self, make: Make, server: Providers) -> None:
        server.musicbrainz_interval_s = 0.1
        askers = [
            threading.Thread(target=make("musicbrainz", musicbrainz_rate=4).find, args=(COPPER,))
            for _ in range(6)
        ]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        assert len(server.paths("/ws/2/")) == 6
        assert server.objections == []

    def test_it_says_that_it_works(self, make: Make, server: Providers) -> None:
        told = make("musicbrainz", contact="ann@example.org").check()
        assert told == f"{server.url} answers"
        assert server.objections == []


@pytest.mark.parametrize("name", ["musicbrainz", "spotify", "youtube"])
def test_what_was_answered_within_a_day_is_not_asked_again(
    setup: EnrichSetup, catalog: Catalog, stop: threading.Event, server: Providers, name: Any
) -> None:
    cache = Cache()
    found_by = []
    for _ in ("asked", "kept"):
        provider = setup.provider(name, catalog, stop, cache)
        found_by.append((provider.find(COPPER), provider.find(UNKNOWN)))
        provider.close()
    assert found_by[0] == found_by[1]
    assert found_by[0][0] is not None
    searches = [
        query for _, path, query in server.calls if path.endswith(("/search", "/recording"))
    ]
    assert len(searches) == len({str(query) for query in searches})
