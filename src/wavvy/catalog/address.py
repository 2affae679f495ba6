"""Where a catalogue is: the address of its database."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from wavvy.errors import StoreError

FILE_NAME = "catalog.sqlite3"

_DIALECTS = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
_HARMLESS = ("host", "port")  # of a URL's parameters: others may be secrets


def address_of(data_dir: Path, database_url: str | None) -> URL:
    """Return the address of a library's database.

    Parameters
    ----------
    data_dir : Path
        The data folder.
    database_url : str, optional
        ``postgresql://user:password@host/database``; by default ``catalog.sqlite3`` in the data
        folder.

    Raises
    ------
    StoreError
        If it is no address of a database that Wavvy knows.
    """
    if not database_url:
        return URL.create("sqlite", database=str(data_dir.absolute() / FILE_NAME))
    try:
        url = make_url(database_url)
        return url.set(drivername=_DIALECTS[url.get_backend_name()])
    except (ArgumentError, ValueError, KeyError):
        # What was given may hold a password, so it is not repeated.
        raise StoreError(
            "the address of the database makes no sense: it looks like "
            "postgresql://user:password@host/database, with what is not a letter or digit in the "
            "password spelled %XX"
        ) from None


def name_of(url: URL) -> str:
    """Return a database as the user knows it, without what is secret."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    shown = URL.create(
        "postgresql",
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query={name: url.query[name] for name in _HARMLESS if name in url.query},
    )
    return shown.render_as_string()
