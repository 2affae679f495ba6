"""Bringing the tables of a catalogue up to date."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, inspect, select, text
from sqlalchemy.orm import Session

from wavvy.catalog.database import Database
from wavvy.catalog.models import MetaRow
from wavvy.catalog.retry import settle
from wavvy.errors import IncompatibleStore

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0010"  # the newest migration, known without loading alembic
MIGRATIONS = Path(__file__).parent / "migrations"
_PARAMS_DIGEST = "params_digest"
_IDENTITY = "catalog_id"
_VERSION_TABLE = "alembic_version"


def open_database(url: URL, params_digest: str) -> Database:
    """Open a catalogue's database, with the newest tables.

    An empty database gets its tables, on any server. Older tables are brought up to date in SQLite,
    whose file is this program's alone; a server may have other users, so there they are refused
    until someone runs `migrate`.

    Parameters
    ----------
    url : URL
        Where the database is.
    params_digest : str
        Digest of the fingerprint parameters that this program uses.

    Returns
    -------
    Database
        With the newest tables, and fingerprints of these parameters.

    Raises
    ------
    IncompatibleStore
        It belongs to another program or another version of Wavvy, or has fingerprints of other
        parameters.
    StoreUnavailable
        The server cannot be reached.
    StoreError
        It cannot be used.
    """
    database = Database(url)
    try:
        revision = _checked_revision(database, params_digest)
        if revision is not None and revision != HEAD and not database.is_sqlite:
            _refuse_newer(revision, database.location)
            raise IncompatibleStore(
                f"{database.location} was written by an older Wavvy (tables {revision}, this "
                f"version needs {HEAD}): stop all others that use it, make a backup, then run "
                "'wavvy migrate'"
            )
        if revision != HEAD:
            migrate(url, params_digest)
    except BaseException:
        database.close()
        raise
    return database


@settle
def _checked_revision(database: Database, params_digest: str) -> str | None:
    with database.read() as session:
        revision = _revision(session, database.location)
        if revision == HEAD:
            _check_params(session, params_digest, database.location)
        return revision


def migrate(url: URL, params_digest: str) -> str | None:
    """Create the tables of a catalogue or bring older ones up to date.

    All in one transaction: another process that does the same waits, then finds it done.

    Parameters
    ----------
    url : URL
        Where the database is.
    params_digest : str
        Digest of the fingerprint parameters that this program uses.

    Returns
    -------
    str or None
        Which migration was the newest before; None if there were no tables.

    Raises
    ------
    IncompatibleStore
        It belongs to another program or a newer Wavvy, or has fingerprints of other parameters.
    StoreUnavailable
        The server cannot be reached.
    StoreError
        It cannot be used.
    """
    # Loading alembic takes longer than opening a catalogue, and nearly no start needs it.
    from alembic import command

    config = alembic_config()
    database = Database(url, altering=True)
    try:
        with database.write() as session:
            revision = _revision(session, database.location)
            if revision is None:
                _check_encoding(session, database)
            else:
                _refuse_newer(revision, database.location)
            config.attributes["connection"] = session.connection()
            command.upgrade(config, "head")
            if revision is None:
                session.add(MetaRow(key=_PARAMS_DIGEST, value=params_digest))
                session.flush()
            _check_params(session, params_digest, database.location)
            return revision
    finally:
        database.close()


@settle
def identity(database: Database) -> str:
    """Return a random name that a catalogue bears for good, so that no other is taken for it."""
    query = select(MetaRow.value).where(MetaRow.key == _IDENTITY)
    with database.read() as session:
        found = session.scalar(query)
    if found is not None:
        return found
    with database.write() as session:
        found = session.scalar(query)
        if found is None:
            found = secrets.token_hex(8)
            session.add(MetaRow(key=_IDENTITY, value=found))
        return found


def alembic_config() -> Config:
    """Return the configuration that lets alembic find the migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _revision(session: Session, location: str) -> str | None:
    inspector = inspect(session.connection())
    if inspector.has_table(_VERSION_TABLE):
        version: str | None = session.scalar(text(f"SELECT version_num FROM {_VERSION_TABLE}"))
        return version
    if inspector.get_table_names():
        raise IncompatibleStore(
            f"{location} belongs to another program: choose another data folder or database"
        )
    return None


def _check_params(session: Session, params_digest: str, location: str) -> None:
    stored = session.scalar(select(MetaRow.value).where(MetaRow.key == _PARAMS_DIGEST))
    if stored != params_digest:
        raise IncompatibleStore(
            f"{location} holds fingerprints made with other parameters ({stored}, this version "
            f"uses {params_digest}): move the data folder away, or choose another database, "
            "and add your music again"
        )


def _refuse_newer(revision: str, location: str) -> None:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    if revision not in {script.revision for script in scripts}:
        raise IncompatibleStore(
            f"{location} was written by a newer Wavvy (tables {revision}, this version knows "
            f"{HEAD}): upgrade Wavvy, or choose another data folder or database"
        )


def _check_encoding(session: Session, database: Database) -> None:
    if database.is_sqlite:
        return
    encoding = session.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise IncompatibleStore(
            f"{database.location} cannot hold every name, since its encoding is {encoding}: make "
            "one with 'createdb --encoding UTF8 --template template0'"
        )
