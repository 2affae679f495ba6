"""Bringing the tables of a catalogue up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, inspect, select, text
from sqlalchemy.orm import Session

from wavvy.catalog.database import Database
from wavvy.catalog.models import MetaRow
from wavvy.errors import IncompatibleStore

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"  # the newest migration, known without loading alembic
MIGRATIONS = Path(__file__).parent / "migrations"
_PARAMS_DIGEST = "params_digest"
_VERSION_TABLE = "alembic_version"


def open_database(url: URL, params_digest: str) -> Database:
    """Open a catalogue's database; create its tables or bring older ones up to date.

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
        It belongs to another program or a newer Wavvy, or has fingerprints of other parameters.
    StoreError
        It cannot be used.
    """
    database = Database(url)
    try:
        with database.read() as session:
            revision = _revision(session, database.location)
            if revision == HEAD:
                _check_params(session, params_digest, database.location)
        if revision != HEAD:
            _migrate(url, params_digest)
    except BaseException:
        database.close()
        raise
    return database


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
            f"uses {params_digest}): move the data folder away and add your music again"
        )


def _migrate(url: URL, params_digest: str) -> None:
    # Loading alembic takes longer than opening a catalogue, and nearly no start needs it.
    from alembic import command
    from alembic.script import ScriptDirectory

    config = alembic_config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    database = Database(url, foreign_keys=False)
    try:
        # One transaction: another process that opens it at the same time waits, then finds it done.
        with database.write() as session:
            revision = _revision(session, database.location)
            if revision is not None and revision not in known:
                raise IncompatibleStore(
                    f"{database.location} was written by a newer Wavvy (tables {revision}, this "
                    f"version knows {HEAD}): upgrade Wavvy, or choose another data folder"
                )
            config.attributes["connection"] = session.connection()
            command.upgrade(config, "head")
            if revision is None:
                session.add(MetaRow(key=_PARAMS_DIGEST, value=params_digest))
                session.flush()
            _check_params(session, params_digest, database.location)
    finally:
        database.close()
