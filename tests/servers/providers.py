"""A server that answers like MusicBrainz, the Cover Art Archive, Spotify and YouTube.

It is written after their published documentation alone: MusicBrainz' API, search and rate limiting
pages, the Cover Art Archive's API page, Spotify's Web API reference (client credentials, search
for item, rate limits) and YouTube's discovery document, against which each of its requests and
answers is checked. What a real provider would object to is answered as it would answer, and noted.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from discovery import DISCOVERY, answer_faults, request_faults
from pictures import encoded

CLIENT_ID, CLIENT_SECRET = "wavvy-client", "wavvy-secret"
YOUTUBE_KEY = "wavvy-key"


@dataclass
class Song:
    """What all of them know about a recording."""

    number: int
    title: str
    artist: str
    album: str = "Album"
    length_ms: int = 200_000
    isrc: str = ""
    date: str = "1992-04-07"
    cover: bool = True

    @property
    def mbid(self) -> str:
        return f"{self.number:08d}-1111-4111-8111-111111111111"

    @property
    def spotify_id(self) -> str:
        return f"{self.number:022d}"

    @property
    def video_id(self) -> str:
        return f"video{self.number:06d}"


Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Providers:
    """The server's state, for tests to set and to look at."""

    url: str = ""
    songs: list[Song] = field(default_factory=list)
    calls: list[tuple[float, str, dict[str, str]]] = field(default_factory=list)
    objections: list[str] = field(default_factory=list)
    musicbrainz_interval_s: float = 0.0
    youtube_searches_left: int = 100
    token_seconds: int = 3600
    faults: dict[str, list[Callable[[Handler], Answer | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    tokens: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def paths(self, part: str = "") -> list[str]:
        """List the paths that were asked for, in order."""
        return [path for _, path, _ in self.calls if part in path]

    def times(self, part: str) -> list[float]:
        return [at for at, path, _ in self.calls if part in path]

    def fail(self, part: str, *faults: Callable[[Handler], Answer | None]) -> None:
        """Let the next requests to paths with `part` in them fail, one after the other."""
        self.faults[part].extend(faults)

    def environment(self) -> dict[str, str]:
        """Return the settings with which Wavvy asks this server."""
        return {
            "WAVVY_MUSICBRAINZ_URL": self.url,
            "WAVVY_COVERART_URL": self.url,
            "WAVVY_SPOTIFY_URL": self.url,
            "WAVVY_SPOTIFY_ACCOUNTS_URL": self.url,
            "WAVVY_YOUTUBE_URL": self.url,
            "WAVVY_MUSICBRAINZ_RATE": "50",
            "WAVVY_SPOTIFY_CLIENT_ID": CLIENT_ID,
            "WAVVY_SPOTIFY_CLIENT_SECRET": CLIENT_SECRET,
            "WAVVY_YOUTUBE_API_KEY": YOUTUBE_KEY,
        }


def status(code: int, body: object = None, **headers: str) -> Callable[[Handler], Answer]:
    """A fault: answer with a status."""
    return lambda _: (code, headers, json.dumps(body or {"error": "no"}).encode())


def retry_after(code: int, seconds: str) -> Callable[[Handler], Answer]:
    return lambda _: (code, {"Retry-After": seconds}, b"{}")


def html(_: Handler) -> Answer:
    return 200, {"Content-Type": "text/html"}, b"<html><body>Sign in to the Wi-Fi</body></html>"


def torn(_: Handler) -> Answer:
    return 200, {}, b'{"recordings": [{"id": "x", "ti'


def other_shape(_: Handler) -> Answer:
    return 200, {}, b'{"recordings": [{"id": 5}], "tracks": "none", "items": {"a": 1}}'


def hang_up(handler: Handler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def silent(handler: Handler) -> None:
    """Say nothing until the client has had enough."""
    handler.close_connection = True
    with suppress(OSError):
        handler.connection.settimeout(20)
        handler.connection.recv(1)


def trickle(handler: Handler) -> None:
    """Send an answer byte by byte, for as long as the client bears it."""
    handler.close_connection = True
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(2000):
            handler.wfile.write(b" ")
            time.sleep(0.01)


def huge(_: Handler) -> Answer:
    return 200, {}, b'{"recordings": [' + b" " * (5 << 20) + b"]}"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    providers: Providers
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.form = dict(parse_qsl(body.decode()))
        state = self.providers
        with state.lock:
            state.calls.append((time.monotonic(), parts.path, self.query))
            fault = next(
                (faults.pop(0) for part, faults in state.faults.items()
                 if faults and part in parts.path),
                None,
            )  # fmt: skip
        if fault is not None:
            answer = fault(self)
            if answer is None:
                return
        else:
            answer = self._route(parts.path)
        code, headers, content = answer
        try:
            self.send_response(code)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True  # the client has hung up

    def _route(self, path: str) -> Answer:
        state = self.providers
        if path == "/ws/2/recording":
            return _musicbrainz(state, self)
        if path.startswith(("/release/", "/archive/", "/image/")):
            return _picture(state, path)
        if path == "/api/token":
            return _token(state, self)
        if path == "/v1/search":
            return _spotify(state, self)
        if path in ("/youtube/v3/search", "/youtube/v3/videos"):
            return _youtube(state, path.rsplit("/", 1)[1], self.query)
        state.objections.append(f"nothing is at {path}")
        return 404, {}, b"{}"


def _json(code: int, body: object) -> Answer:
    return code, {}, json.dumps(body).encode()


def _object(state: Providers, code: int, why: str, body: object) -> Answer:
    state.objections.append(why)
    return _json(code, body)


# MusicBrainz: https://musicbrainz.org/doc/MusicBrainz_API/Search and /Rate_Limiting


def _musicbrainz(state: Providers, request: Handler) -> Answer:
    agent = request.headers.get("User-Agent", "")
    if not re.fullmatch(r"\S+/\S+ \( .+ \)", agent):
        return _object(state, 403, f"user agent {agent}", {"error": "no contact in user agent"})
    if (spacing := _too_soon(state)) is not None:
        why = f"MusicBrainz was asked after {spacing:.3f} s"
        return _object(state, 503, why, {"error": "Your requests are exceeding the allowable rate"})
    query = request.query.get("query", "")
    if request.query.get("fmt") != "json" or not 1 <= int(request.query.get("limit", "25")) <= 100:
        return _object(state, 400, f"parameters {request.query}", {"error": "bad parameters"})
    found = [song for song in state.songs if _matches_lucene(song, query)]
    return _json(
        200,
        {
            "created": "2026-01-31T12:00:00.000Z",
            "count": len(found),
            "offset": 0,
            "recordings": [_recording(song) for song in found[: int(request.query["limit"])]],
        },
    )


def _too_soon(state: Providers) -> float | None:
    with state.lock:
        at = state.times("/ws/2/")
        if len(at) > 1 and at[-1] - at[-2] < state.musicbrainz_interval_s:
            return at[-1] - at[-2]
    return None


def _matches_lucene(song: Song, query: str) -> bool:
    if codes := re.findall(r"isrc:(\w+)", query):
        return song.isrc in codes
    phrases = dict(re.findall(r'(recording|artist):"((?:\\.|[^"\\])*)"', query))
    wanted = {name: re.sub(r"\\(.)", r"\1", text) for name, text in phrases.items()}
    return (
        bool(wanted)
        and _folded(wanted.get("recording", "")) in _folded(song.title)
        and _folded(wanted.get("artist", "")) in _folded(song.artist)
    )


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _recording(song: Song) -> dict[str, Any]:
    artist_id = f"{song.number:08d}-2222-4222-8222-222222222222"
    return {
        "id": song.mbid,
        "score": 100,
        "title": song.title,
        "length": song.length_ms,
        "video": None,
        "artist-credit": [
            {
                "name": song.artist,
                "artist": {"id": artist_id, "name": song.artist, "sort-name": song.artist},
            }
        ],
        "first-release-date": song.date,
        "releases": [
            {
                "id": f"{song.number:08d}-3333-4333-8333-333333333333",
                "title": song.album,
                "status": "Official",
                "date": song.date,
                "country": "GB",
            }
        ],
        **({"isrcs": [song.isrc]} if song.isrc else {}),
        "tags": [{"count": 3, "name": "folk"}, {"count": 0, "name": "seen live"}],
    }


# The Cover Art Archive: https://musicbrainz.org/doc/Cover_Art_Archive/API


def _picture(state: Providers, path: str) -> Answer:
    number = int(re.search(r"\d{8}", path)[0])  # type: ignore[index]
    song = next((song for song in state.songs if song.number == number), None)
    if song is None or not song.cover:
        return 404, {"Content-Type": "text/html"}, b"<html>not found</html>"
    if path.startswith("/release/"):
        if not re.fullmatch(r"/release/[0-9a-f-]{36}/front(-250|-500|-1200)?", path):
            return _object(state, 400, f"cover {path}", {})
        return 307, {"Location": f"{state.url}/archive/{number:08d}.jpg"}, b""
    return 200, {"Content-Type": "image/jpeg"}, encoded("JPEG", (500, 500))


# Spotify: https://developer.spotify.com/documentation/web-api


def _token(state: Providers, request: Handler) -> Answer:
    expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    if request.command != "POST" or request.form != {"grant_type": "client_credentials"}:
        body = {"error": "unsupported_grant_type", "error_description": "grant_type is missing"}
        return _object(state, 400, f"token form {request.form}", body)
    if request.headers.get("Authorization") != f"Basic {expected}":
        return _json(400, {"error": "invalid_client", "error_description": "Invalid client secret"})
    token = f"token-{len(state.tokens)}"
    state.tokens.add(token)
    return _json(
        200, {"access_token": token, "token_type": "Bearer", "expires_in": state.token_seconds}
    )


def _spotify(state: Providers, request: Handler) -> Answer:
    def refuse(code: int, message: str) -> Answer:
        return _json(code, {"error": {"status": code, "message": message}})

    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token not in state.tokens:
        return refuse(401, "The access token expired")
    query = request.query
    if set(query) - {"q", "type", "market", "limit", "offset", "include_external"}:
        state.objections.append(f"spotify parameters {query}")
    if query.get("type") != "track" or not query.get("q"):
        state.objections.append(f"spotify search {query}")
        return refuse(400, "Bad search type field")
    if not 1 <= int(query.get("limit", "5")) <= 10:
        state.objections.append(f"spotify limit {query['limit']}")
        return refuse(400, "Invalid limit")
    found = [song for song in state.songs if _matches_spotify(song, query["q"])]
    items = [_track(state, song) for song in found[: int(query.get("limit", "5"))]]
    return _json(
        200,
        {
            "tracks": {
                "href": f"{state.url}/v1/search",
                "limit": 10,
                "next": None,
                "offset": 0,
                "previous": None,
                "total": len(found),
                "items": items,
            }
        },
    )


def _matches_spotify(song: Song, query: str) -> bool:
    if code := re.search(r"isrc:(\w+)", query):
        return song.isrc == code[1]
    fields = dict(re.findall(r'(track|artist):"([^"]*)"', query))
    if fields:
        return _folded(fields.get("track", "")) in _folded(song.title) and _folded(
            fields.get("artist", "")
        ) in _folded(song.artist)
    return set(_folded(query).split()) <= set(_folded(f"{song.title} {song.artist}").split())


def _track(state: Providers, song: Song) -> dict[str, Any]:
    return {
        "id": song.spotify_id,
        "name": song.title,
        "type": "track",
        "uri": f"spotify:track:{song.spotify_id}",
        "href": f"{state.url}/v1/tracks/{song.spotify_id}",
        "external_urls": {"spotify": f"https://open.spotify.com/track/{song.spotify_id}"},
        "duration_ms": song.length_ms,
        "explicit": False,
        "is_local": False,
        "disc_number": 1,
        "track_number": 1,
        "artists": [{"id": "a", "name": song.artist, "type": "artist"}],
        "album": {
            "id": "b",
            "name": song.album,
            "album_type": "album",
            "release_date": song.date,
            "release_date_precision": "day",
            "images": [
                {"url": f"{state.url}/image/{song.number:08d}-64", "width": 64, "height": 64},
                {"url": f"{state.url}/image/{song.number:08d}-640", "width": 640, "height": 640},
            ] if song.cover else [],
        },
        "external_ids": {"isrc": song.isrc} if song.isrc else {},
    }  # fmt: skip


# YouTube: the discovery document of its Data API, version 3


def _youtube(state: Providers, collection: str, query: dict[str, str]) -> Answer:
    method = DISCOVERY["resources"][collection]["methods"]["list"]
    wrong = request_faults(method, query)
    if wrong:
        return _object(state, 400, f"youtube {wrong}", _youtube_error(400, "invalidParameter"))
    if query["key"] != YOUTUBE_KEY:
        return _json(400, _youtube_error(400, "keyInvalid"))
    if collection == "search":
        if state.youtube_searches_left <= 0:
            state.objections.append("youtube was searched beyond its quota")
            return _json(403, _youtube_error(403, "quotaExceeded"))
        state.youtube_searches_left -= 1
        words = set(_folded(query["q"]).split())
        found = [s for s in state.songs if words <= set(_folded(f"{s.title} {s.artist}").split())]
        items = [
            {
                "kind": "youtube#searchResult",
                "etag": "e",
                "id": {"kind": "youtube#video", "videoId": song.video_id},
                "snippet": {"title": song.title, "channelTitle": song.artist},
            }
            for song in found[: int(query.get("maxResults", "5"))]
        ]
        body: dict[str, Any] = {"kind": "youtube#searchListResponse", "items": items}
    else:
        ids = query["id"].split(",")
        items = [_video(song) for song in state.songs if song.video_id in ids]
        body = {"kind": "youtube#videoListResponse", "items": items}
    faults = answer_faults(DISCOVERY["schemas"][method["response"]["$ref"]], body)
    assert not faults, f"the stand-in itself is wrong: {faults}"
    return _json(200, body)


def _video(song: Song) -> dict[str, Any]:
    seconds = song.length_ms // 1000 + 4
    return {
        "kind": "youtube#video",
        "id": song.video_id,
        "snippet": {
            "title": f"{song.artist} - {song.title} (Official Video)",
            "channelTitle": f"{song.artist.replace(' ', '')}VEVO",
            "publishedAt": "2009-10-25T06:57:33Z",
        },
        "contentDetails": {"duration": f"PT{seconds // 60}M{seconds % 60}S", "definition": "hd"},
    }


def _youtube_error(code: int, reason: str) -> dict[str, Any]:
    fault = {"message": reason, "domain": "youtube", "reason": reason}
    return {"error": {"code": code, "message": reason, "errors": [fault]}}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up: some tests are about that."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@contextmanager
def running() -> Iterator[Providers]:
    """Serve on a free port of this machine."""
    state = Providers()
    handler = type("BoundHandler", (Handler,), {"providers": state})
    with _Server(("127.0.0.1", 0), handler) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
