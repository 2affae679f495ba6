from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from private_postgresql import PostgreSQL
from sqlalchemy import (
    JSON,
    URL,
    Boolean,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.types import TypeEngine

from wavvy.catalog import schema
from wavvy.catalog.address import address_of
from wavvy.catalog.database import Database
from wavvy.catalog.models import Base, MetaRow
from wavvy.catalog.repository import Catalog
from wavvy.catalog.schema import HEAD, MIGRATIONS, alembic_config, migrate, open_database
from wavvy.catalog.track import TrackTags
from wavvy.errors import IncompatibleStore

DIGEST = "params-1"
OWN = (
    *("search_terms", "search_spellings", "search_texts_", "search_words_"),  # of SQLite
    *("ix_search_texts_terms", "ix_search_words_trigrams"),  # of PostgreSQL
)


def execute(data_dir: Path, *statements: str) -> None:
    with closing(sqlite3.connect(data_dir / "catalog.sqlite3")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def definitions(path: Path) -> dict[str, list[str]]:
    """Map each table and index to its columns and constraints, in whatever order they are.

    A table that was altered has its name in quotes.
    """
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    with closing(sqlite3.connect(path)) as connection:
        found = {
            name: sorted(
                part.strip(" ()") for part in " ".join(sql.replace('"', "").split()).split(", ")
            )
            for name, sql in connection.execute(query)
        }
    return {name: parts for name, parts in found.items() if not own(name)}


def own(name: str) -> bool:
    """Tell whether a table or index is one that a single database needs for itself."""
    return name == "alembic_version" or name.startswith(OWN)


def of_all(_object: object, name: str | None, *_: object) -> bool:
    """Leave out of a comparison what a single database needs for itself."""
    return not (name and own(name))


@pytest.fixture
def made(data_dir: Path) -> Path:
    """A data folder with one track."""
    with Catalog.open(data_dir, params_digest=DIGEST) as catalog:
        catalog.add_track(
            TrackTags("T"), content_hash=b"h", duration_ms=1, fingerprint=b"f", source=None
        )
    return data_dir


def test_migrations_make_the_tables_of_the_models(made: Path, tmp_path: Path) -> None:
    engine = create_engine(URL.create("sqlite", database=str(made / "catalog.sqlite3")))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_server_default": True, "include_object": of_all}
        )
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()
    engine = create_engine(URL.create("sqlite", database=str(tmp_path / "models.db")))
    Base.metadata.create_all(engine)
    engine.dispose()
    assert definitions(made / "catalog.sqlite3") == definitions(tmp_path / "models.db")


def test_head_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [HEAD]


def test_settings_of_the_database(made: Path) -> None:
    with (
        Catalog.open(made, params_digest=DIGEST) as catalog,
        catalog._database.read() as session,
    ):
        connection = session.connection()
        settings = {
            pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()
            for pragma in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_opening_again_loads_no_migrations(
    made: Path, start_python: Callable[..., subprocess.Popen[str]]
) -> None:
    script = (
        "import sys; from pathlib import Path; from wavvy.catalog.repository import Catalog\n"
        f"with Catalog.open(Path(sys.argv[1]), params_digest={DIGEST!r}) as catalog:\n"
        "    heavy = {'alembic', 'mutagen', 'numpy', 'psycopg'} & set(sys.modules)\n"
        "    print(catalog.tracks()[0].title, heavy)"
    )
    assert start_python(script, made).communicate()[0].strip() == "T set()"


def test_other_parameters(made: Path) -> None:
    with pytest.raises(IncompatibleStore, match=r"params-1, this version uses params-2\): .*again"):
        Catalog.open(made, params_digest="params-2")
    with Catalog.open(made, params_digest=DIGEST) as catalog:
        assert catalog.count().tracks == 1


def test_newer_tables(made: Path) -> None:
    execute(made, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(IncompatibleStore, match=r"newer Wavvy \(tables 9999, .*upgrade Wavvy"):
        Catalog.open(made, params_digest=DIGEST)
    execute(made, f"UPDATE alembic_version SET version_num = '{HEAD}'")
    with Catalog.open(made, params_digest=DIGEST) as catalog:
        assert catalog.count().tracks == 1


def test_another_programs_database(data_dir: Path) -> None:
    data_dir.mkdir()
    execute(data_dir, "CREATE TABLE notes (id INTEGER)")
    before = definitions(data_dir / "catalog.sqlite3")
    with pytest.raises(IncompatibleStore, match="belongs to another program: choose another"):
        Catalog.open(data_dir, params_digest=DIGEST)
    assert definitions(data_dir / "catalog.sqlite3") == before


def test_an_empty_file_becomes_a_catalogue(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "catalog.sqlite3").touch()
    with Catalog.open(data_dir, params_digest=DIGEST) as catalog:
        assert catalog.count().tracks == 0


def test_creation_that_was_interrupted_starts_over(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import command

    upgrade = command.upgrade

    def die_afterwards(*args: object) -> None:
        upgrade(*args)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "upgrade", die_afterwards)
    with pytest.raises(KeyboardInterrupt):
        Catalog.open(data_dir, params_digest=DIGEST)
    assert definitions(data_dir / "catalog.sqlite3") == {}
    monkeypatch.undo()
    with Catalog.open(data_dir, params_digest=DIGEST) as catalog:
        assert catalog.count().tracks == 0


# On every database


def tables(url: URL) -> set[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = set(inspect(connection).get_table_names())
    engine.dispose()
    return found


@pytest.fixture
def address(data_dir: Path, database_url: str | None) -> URL:
    data_dir.mkdir(exist_ok=True)
    return address_of(data_dir, database_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def vacant(request: pytest.FixtureRequest, data_dir: Path) -> URL:
    """The address of a database without any tables."""
    data_dir.mkdir()
    if request.param == "sqlite":
        return address_of(data_dir, None)
    make: Callable[[], str] = request.getfixturevalue("new_database")
    return address_of(data_dir, make())


def test_migrations_make_the_tables_of_the_models_in_postgresql(
    new_database: Callable[[], str], data_dir: Path
) -> None:
    migrated, modelled = (address_of(data_dir, new_database()) for _ in range(2))
    assert migrate(migrated, DIGEST) is None
    engine = create_engine(modelled)
    Base.metadata.create_all(engine)
    engine.dispose()
    found = []
    for url in (migrated, modelled):
        engine = create_engine(url)
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_server_default": True, "include_object": of_all}
            )
            assert compare_metadata(context, Base.metadata) == []
            query = (
                "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) "
                "FROM pg_constraint WHERE connamespace = 'public'::regnamespace "
                "UNION SELECT tablename, indexname, indexdef FROM pg_indexes "
                "WHERE schemaname = 'public'"
            )
            rows = connection.execute(text(query)).all()
            found.append({tuple(row) for row in rows if not (own(row[0]) or own(row[1]))})
        engine.dispose()
    assert found[0] == found[1]
    assert len(found[0]) > 30


def test_a_database_without_tables_gets_them(vacant: URL) -> None:
    open_database(vacant, DIGEST).close()
    assert {"tracks", "meta"} <= tables(vacant)
    assert migrate(vacant, DIGEST) == HEAD


def test_two_that_find_no_tables_make_them_once(vacant: URL) -> None:
    with ThreadPoolExecutor(2) as threads:
        for database in threads.map(lambda _: open_database(vacant, DIGEST), range(2)):
            with database.read() as session:
                assert session.scalars(select(MetaRow.value)).all() == [DIGEST]
            database.close()


def test_older_tables(
    open_catalog: Callable[[], Catalog],
    database_url: str | None,
    address: URL,
    next_revision: Callable[[], str],
) -> None:
    with open_catalog() as catalog:
        job = catalog.jobs.create("ingest", "a.mp3")
    new = next_revision()
    if database_url is not None:
        expected = rf"older Wavvy \(tables {HEAD}, this version needs {new}\): .*'wavvy migrate'"
        with pytest.raises(IncompatibleStore, match=expected):
            open_catalog()
        assert "extras" not in tables(address)
        assert migrate(address, DIGEST) == HEAD
    with open_catalog() as catalog:  # SQLite's tables are brought up to date by opening it
        assert catalog.jobs.get(job.id) == job
    assert "extras" in tables(address)
    assert migrate(address, DIGEST) == new


def test_newer_tables_are_refused(
    open_catalog: Callable[[], Catalog],
    address: URL,
    next_revision: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_catalog().close()
    next_revision()
    migrate(address, DIGEST)
    monkeypatch.setattr(schema, "MIGRATIONS", MIGRATIONS)
    monkeypatch.setattr(schema, "HEAD", HEAD)
    for attempt in (open_catalog, lambda: migrate(address, DIGEST)):
        with pytest.raises(IncompatibleStore, match=r"a newer Wavvy \(tables next.*upgrade Wavvy"):
            attempt()


def test_other_parameters_are_refused(open_catalog: Callable[[], Catalog], address: URL) -> None:
    open_catalog().close()
    for attempt in (open_database, migrate):
        with pytest.raises(IncompatibleStore, match=r"params-1, this version uses params-2\)"):
            attempt(address, "params-2")


def test_the_tables_of_another_program_are_left_alone(vacant: URL) -> None:
    engine = create_engine(vacant)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (id INTEGER)"))
    engine.dispose()
    for attempt in (open_database, migrate):
        with pytest.raises(IncompatibleStore, match="belongs to another program: choose another"):
            attempt(vacant, DIGEST)
    assert tables(vacant) == {"notes"}


def test_a_database_of_another_encoding(postgresql: PostgreSQL, data_dir: Path) -> None:
    postgresql.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(IncompatibleStore, match="its encoding is LATIN1: make one with 'createdb"):
        Catalog.open(data_dir, params_digest=DIGEST, url=postgresql.url("latin"))
    postgresql.drop("latin")


REVISIONS = [
    script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()
]


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_earlier_catalogue_is_brought_up_to_date(vacant: URL, revision: str) -> None:
    database = Database(vacant, altering=True)
    with database.write() as session:
        connection = session.connection()
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        old = MetaData()
        old.reflect(connection)
        for table in old.sorted_tables:
            if not own(table.name) and table.name not in ("meta", "sqlite_sequence"):
                connection.execute(insert(table), [a_row(table)])
        connection.execute(insert(old.tables["meta"]), [{"key": "params_digest", "value": DIGEST}])
    database.close()
    before = {table.name for table in old.sorted_tables}

    assert migrate(vacant, DIGEST) == revision
    database = open_database(vacant, DIGEST)
    catalog = Catalog(database)
    (track,) = catalog.tracks()
    assert (track.id, track.title, track.artists, track.genres) == (1, "x", ("x",), ("x",))
    assert list(catalog.fingerprints([1])) == [(1, b"x")]
    assert [found.id for found in catalog.tracks("x")] == [1]
    assert catalog.jobs.get(1).subject == "x"
    with database.read() as session:
        for name in before & set(Base.metadata.tables):
            assert session.scalar(text(f"SELECT count(*) FROM {name}")) == 1, name
    catalog.close()


def a_row(table: Table) -> dict[str, object]:
    """Fill the columns that must hold something, so that every key refers to row 1."""
    values: dict[type[TypeEngine[Any]], object] = {
        Boolean: False,
        Integer: 1,
        Float: 0.5,
        String: "x",
        LargeBinary: b"x",
        JSON: [],
        DateTime: datetime(2026, 1, 1, tzinfo=UTC),
    }
    return {
        column.name: next(value for kind, value in values.items() if isinstance(column.type, kind))
        for column in table.columns
        if not column.nullable
    }


def test_jobs_of_the_first_tables(vacant: URL) -> None:
    database = Database(vacant, altering=True)
    with database.write() as session:
        connection = session.connection()
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text(f"INSERT INTO meta VALUES ('params_digest', '{DIGEST}')"))
        for state, progress in (("done", 1.0), ("running", 0.25)):
            connection.execute(
                text(
                    "INSERT INTO jobs (kind, subject, state, progress, created_at, updated_at) "
                    f"VALUES ('ingest', 'a.mp3', '{state}', {progress}, :now, :now)"
                ).bindparams(now=datetime(2026, 1, 1, tzinfo=UTC))
            )
    database.close()
    migrate(vacant, DIGEST)
    catalog = Catalog(open_database(vacant, DIGEST))
    unfinished, done = catalog.jobs.listed()
    assert (done.state, done.progress, done.arguments) == ("done", 100, {})
    assert (unfinished.state, unfinished.progress) == ("failed", 25)
    assert unfinished.error is not None
    assert "start it again" in unfinished.error["message"]
    assert catalog.jobs.create("ingest", "b.mp3").id == 3
    catalog.close()
