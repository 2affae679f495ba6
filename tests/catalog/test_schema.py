from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, create_engine

from wavvy.catalog.models import Base
from wavvy.catalog.repository import Catalog
from wavvy.catalog.schema import HEAD, alembic_config
from wavvy.catalog.track import TrackTags
from wavvy.errors import IncompatibleStore

DIGEST = "params-1"


def execute(data_dir: Path, *statements: str) -> None:
    with closing(sqlite3.connect(data_dir / "catalog.sqlite3")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def definitions(path: Path) -> dict[str, list[str]]:
    """Map each table and index to its columns and constraints, in whatever order they are."""
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    with closing(sqlite3.connect(path)) as connection:
        found = {
            name: sorted(part.strip(" ()") for part in " ".join(sql.split()).split(", "))
            for name, sql in connection.execute(query)
        }
    found.pop("alembic_version", None)
    return found


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
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()
    engine = create_engine(URL.create("sqlite", database=str(tmp_path / "models.db")))
    Base.metadata.create_all(engine)
    engine.dispose()
    assert definitions(made / "catalog.sqlite3") == definitions(tmp_path / "models.db")


def test_head_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [HEAD]


def test_settings_of_the_database(catalog: Catalog) -> None:
    with catalog._database.read() as session:
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
        "    print(catalog.tracks()[0].title, {'alembic', 'mutagen', 'numpy'} & set(sys.modules))"
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
