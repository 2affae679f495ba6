"""What only a server can do to a catalogue: be away, be slow, let others in."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from private_postgresql import PASSWORD, PostgreSQL
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from wavvy.catalog import postgresql as dialect
from wavvy.catalog import retry
from wavvy.catalog.failures import store_errors
from wavvy.catalog.repository import Catalog
from wavvy.catalog.rows import insert_track
from wavvy.catalog.track import TrackTags
from wavvy.errors import DiskFull, IncompatibleStore, StoreBusy, StoreError, StoreUnavailable

DIGEST = "params-1"
KILL = text("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.fixture
def url(postgresql: PostgreSQL, template: str) -> Iterator[str]:
    name = postgresql.create(template)
    yield postgresql.url(name)
    postgresql.drop(name)


@pytest.fixture
def served(data_dir: Path, url: str) -> Iterator[Catalog]:
    """A catalogue on the server."""
    with Catalog.open(data_dir, params_digest=DIGEST, url=url) as catalog:
        yield catalog


def add(catalog: Catalog, title: str) -> tuple[int, bool]:
    return catalog.add_track(
        TrackTags(title, artists=("A",)),
        content_hash=title.encode(),
        duration_ms=1,
        fingerprint=b"f",
        source=None,
    )


def once(action: Callable[[], None]) -> Callable[..., None]:
    """Make a listener that acts the first time only."""
    left = [action]

    def act(*_args: object) -> None:
        if left:
            left.pop()()

    return act


@pytest.fixture
def listening() -> Iterator[Callable[[str, Callable[..., None]], None]]:
    """Adds listeners to all sessions; takes them away again."""
    added: list[tuple[str, Callable[..., None]]] = []

    def listen(name: str, listener: Callable[..., None]) -> None:
        added.append((name, listener))
        event.listen(Session, name, listener)

    yield listen
    for name, listener in added:
        event.remove(Session, name, listener)


# Connecting


@pytest.mark.parametrize(
    ("database", "password", "message"),
    [
        (
            "nowhere",
            PASSWORD,
            r"there is no database postgresql://wavvy@127.0.0.1:\d+/nowhere: make",
        ),
        ("postgres", "wrong-password", r"127.0.0.1:\d+/postgres refuses the user or the password"),
    ],
)
def test_a_server_that_does_not_let_us_in(
    postgresql: PostgreSQL, data_dir: Path, database: str, password: str, message: str
) -> None:
    with pytest.raises(StoreUnavailable, match=message) as caught:
        Catalog.open(data_dir, params_digest=DIGEST, url=postgresql.url(database, password))
    assert password not in "".join(traceback.format_exception(caught.value))
    assert "\n" not in str(caught.value)


def test_a_user_who_may_not_add_the_extension(postgresql: PostgreSQL, data_dir: Path) -> None:
    name = postgresql.create()
    postgresql.execute(f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
    postgresql.execute("GRANT ALL ON SCHEMA public TO guest", name)
    guest = postgresql.url(name).replace("wavvy:", "guest:")
    try:
        expected = "may not add it: let a superuser run 'CREATE EXTENSION pg_trgm'"
        with pytest.raises(StoreError, match=expected):
            Catalog.open(data_dir, params_digest=DIGEST, url=guest)
        postgresql.execute("CREATE EXTENSION pg_trgm", name)
        with Catalog.open(data_dir, params_digest=DIGEST, url=guest) as catalog:
            add(catalog, "Harbour")
            assert [track.title for track in catalog.tracks("habour")] == ["Harbour"]
    finally:
        postgresql.drop(name)
        postgresql.execute("DROP ROLE guest")


def test_no_server(data_dir: Path) -> None:
    url = "postgresql://wavvy:secret@127.0.0.1:1/wavvy"
    expected = (
        r"cannot reach postgresql://wavvy@127.0.0.1:1/wavvy \(Connection refused\): start "
        "PostgreSQL, or mend WAVVY_DATABASE_URL"
    )
    with pytest.raises(StoreUnavailable, match=f"^{expected}$"):
        Catalog.open(data_dir, params_digest=DIGEST, url=url)


def test_no_such_host(data_dir: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"cannot reach postgresql://w@db\.invalid/w \(.*db"):
        Catalog.open(data_dir, params_digest=DIGEST, url="postgresql://w:secret@db.invalid/w")


def test_the_driver_is_missing(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"needs the driver psycopg, .*: install it with 'pip ins"):
        Catalog.open(data_dir, params_digest=DIGEST, url="postgresql://w:secret@h/w")


@pytest.mark.parametrize(
    "url",
    ["secret", "mysql://w:secret@h/w", "postgresql://w:sec@ret:secret@h:secret/w", "://secret"],
)
def test_an_address_that_makes_no_sense(data_dir: Path, url: str) -> None:
    with pytest.raises(StoreError) as caught:
        Catalog.open(data_dir, params_digest=DIGEST, url=url)
    assert "secret" not in str(caught.value)


def test_an_unknown_parameter_of_the_address(data_dir: Path) -> None:
    with pytest.raises(StoreError, match=r'invalid connection option "speed" in the address of po'):
        Catalog.open(data_dir, params_digest=DIGEST, url="postgresql://w:x@127.0.0.1/w?speed=high")


def test_the_address_of_other_tools(data_dir: Path, url: str) -> None:
    for scheme in ("postgres", "postgresql+psycopg"):
        other = url.replace("postgresql", scheme)
        with Catalog.open(data_dir, params_digest=DIGEST, url=other) as catalog:
            assert catalog.track_ids() == []


def test_settings_of_the_connection(served: Catalog, data_dir: Path, url: str) -> None:
    names = ("statement_timeout", "lock_timeout", "application_name", "transaction_isolation")

    def settings(catalog: Catalog) -> list[str | None]:
        with catalog._database.write() as session:
            return [session.scalar(text(f"SHOW {name}")) for name in names]

    assert settings(served) == ["30s", "30s", "wavvy", "serializable"]
    with served._database.read() as session:
        assert session.scalar(text("SHOW transaction_isolation")) == "repeatable read"
        assert session.scalar(text("SHOW transaction_read_only")) == "on"
    own = f"{url}?application_name=radio&options=-c%20statement_timeout%3D5s"
    with Catalog.open(data_dir, params_digest=DIGEST, url=own) as catalog:
        assert settings(catalog) == ["5s", "0", "radio", "serializable"]


# While it runs


def test_a_restarted_server_is_back_at_once(postgresql: PostgreSQL, served: Catalog) -> None:
    add(served, "before")
    outcomes: list[tuple[float, str]] = []  # when it was asked, what came of it
    stopping = threading.Event()

    def read() -> None:
        while not stopping.is_set():
            asked = time.monotonic()
            try:
                served.tracks()
                outcomes.append((asked, "ok"))
            except StoreUnavailable:
                outcomes.append((asked, "unavailable"))
            time.sleep(0.01)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    postgresql.stop()
    try:
        with pytest.raises(StoreUnavailable, match=r"cannot reach|was lost"):
            served.track_ids()
        with pytest.raises(StoreUnavailable, match=r"cannot reach|was lost"):
            add(served, "meanwhile")
    finally:
        postgresql.start()
    began = time.monotonic()
    assert add(served, "after")[1]
    back = time.monotonic()
    assert back - began < 60

    def since() -> list[str]:
        return [outcome for asked, outcome in outcomes if asked > back]

    while len(since()) < 20:
        time.sleep(0.01)
    stopping.set()
    for thread in threads:
        thread.join()
    assert {outcome for _, outcome in outcomes} == {"ok", "unavailable"}
    assert set(since()) == {"ok"}
    assert [track.title for track in served.tracks()] == ["before", "after"]


def test_a_server_restarted_between_two_calls_is_not_noticed(
    postgresql: PostgreSQL, served: Catalog
) -> None:
    add(served, "before")
    postgresql.stop()
    postgresql.start()
    assert [track.title for track in served.tracks()] == ["before"]
    postgresql.stop()
    postgresql.start()
    assert add(served, "after")[1]


def test_a_connection_lost_in_the_middle_is_made_again(
    served: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def insert_and_die(session: Session, *args: object, **kwargs: object) -> object:
        row = insert_track(session, *args, **kwargs)  # type: ignore[arg-type]
        calls.append(row.id)
        if len(calls) == 1:
            session.execute(KILL)
        return row

    monkeypatch.setattr("wavvy.catalog.repository.insert_track", insert_and_die)
    track_id, created = add(served, "T")
    assert created
    assert calls[1:] == [track_id]
    assert served.track_ids() == [track_id]


def test_a_job_whose_connection_was_lost_is_made_once(
    served: Catalog, listening: Callable[..., None]
) -> None:
    killed: list[int] = []

    def kill(session: Session, _context: object) -> None:
        if not killed:
            killed.append(1)
            session.connection().execute(KILL)

    listening("after_flush", kill)
    job = served.jobs.create("ingest", "a.mp3")
    assert killed
    assert served.jobs.get(job.id) == job
    with served._database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM jobs")) == 1


def test_a_connection_that_is_lost_again_and_again(
    served: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def die(session: Session, *_args: object, **_kwargs: object) -> None:
        calls.append(1)
        session.execute(KILL)

    monkeypatch.setattr("wavvy.catalog.repository.insert_track", die)
    with pytest.raises(StoreUnavailable, match=r"the connection to postgresql://.* was lost: try"):
        add(served, "T")
    assert len(calls) == 3


def test_a_change_that_may_have_been_made_is_not_made_twice(
    postgresql: PostgreSQL, served: Catalog, listening: Callable[..., None]
) -> None:
    listening("before_commit", lambda session: session.execute(KILL) if session.dirty else None)

    def kill_all() -> None:
        postgresql.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE application_name = 'wavvy'"
        )

    listening("before_commit", once(kill_all))
    with pytest.raises(StoreUnavailable, match="while a change was being committed: see whether"):
        served.jobs.create("ingest", "a.mp3")
    assert served.jobs.create("ingest", "b.mp3").subject == "b.mp3"


def test_a_statement_that_takes_too_long(data_dir: Path, url: str) -> None:
    impatient = f"{url}?options=-c%20statement_timeout%3D50"
    with Catalog.open(data_dir, params_digest=DIGEST, url=impatient) as catalog:
        with (
            pytest.raises(StoreBusy, match="did not answer in time: try again"),
            catalog._database.read() as session,
        ):
            session.execute(text("SELECT pg_sleep(5)"))
        assert catalog.track_ids() == []


def test_a_serialisation_failure_is_tried_again(
    served: Catalog, listening: Callable[..., None]
) -> None:
    track_id = add(served, "T")[0]
    # Between reading and writing of the first change, another one is committed.
    listening("before_flush", once(lambda: served.edit_track(track_id, {"title": "faster"})))
    served.edit_track(track_id, {"release_date": "1992"})
    track = served.track(track_id)
    assert (track.title, track.release_date) == ("faster", "1992")


def test_patience_with_others_ends(
    served: Catalog, listening: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    track_id = add(served, "T")[0]
    monkeypatch.setattr(retry, "PATIENCE_S", 0)
    listening("before_flush", once(lambda: served.edit_track(track_id, {"title": "faster"})))
    with pytest.raises(StoreBusy, match="is being changed by others all the time: try again"):
        served.edit_track(track_id, {"release_date": "1992"})
    assert served.track(track_id).release_date is None


def test_removing_two_tracks_at_once_leaves_no_artist_behind(
    served: Catalog, listening: Callable[..., None]
) -> None:
    # Each sees that the other track still has the artist: one of them must look again.
    first, second = add(served, "one")[0], add(served, "two")[0]
    listening("before_commit", once(lambda: served.remove_track(second)))
    served.remove_track(first)
    with served._database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM artists")) == 0


def test_all_connections_are_in_use(
    data_dir: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialect, "MOST_CONNECTIONS", 5)
    monkeypatch.setattr(dialect, "POOL_TIMEOUT_S", 0.05)
    with Catalog.open(data_dir, params_digest=DIGEST, url=url) as catalog:
        sessions = [catalog._database.read() for _ in range(5)]
        for session in sessions:
            session.__enter__().connection()
        with pytest.raises(StoreBusy, match=r"all connections to postgresql://.* are in use: try"):
            catalog.track_ids()
        for session in sessions:
            session.__exit__(None, None, None)
        assert catalog.track_ids() == []


@pytest.mark.parametrize(
    ("state", "expected", "message"),
    [
        ("53100", DiskFull, "no space left for here: free some on the database's machine"),
        ("53300", StoreUnavailable, "here"),
        ("57P03", StoreUnavailable, "the connection to here was lost"),
        ("25006", StoreError, "here may only be read: name the primary"),
        ("42501", StoreError, r"cannot use here \(the words\): make its user the owner"),
        ("42P01", IncompatibleStore, r"here lacks tables of a Wavvy catalogue \(the words\)"),
        ("40P01", StoreBusy, "here is being changed by others"),
    ],
)
def test_what_the_server_says(state: str, expected: type[StoreError], message: str) -> None:
    cause = psycopg.errors.lookup(state)("the words\nDETAIL: more words")
    with pytest.raises(StoreError, match=message) as caught, store_errors("here"):
        raise OperationalError("SELECT", None, cause)
    assert type(caught.value) is expected


def test_a_mistake_of_ours_is_not_hidden(served: Catalog) -> None:
    with pytest.raises(DBAPIError, match="syntax error"), served._database.read() as session:
        session.execute(text("SELEKT 1"))
