"""Keys of the HTTP interface: whoever has one may do what its scopes say."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast, get_args

from sqlalchemy import select, update

from wavvy.catalog.database import MAX_ID, Database
from wavvy.catalog.models import ApiKeyRow
from wavvy.catalog.retry import settle
from wavvy.catalog.text import clean
from wavvy.errors import InvalidRequest, NotFound

Scope = Literal["read", "recognise", "admin"]
"""``read`` looks at the library, ``recognise`` names clips and streams, ``admin`` does all."""

SCOPES: tuple[Scope, ...] = get_args(Scope)

_PREFIX = "wavvy_"  # lets people, and scanners for leaked secrets, tell what it is
_RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key, which is all but the key itself. Times are in UTC."""

    id: int
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    last_used_at: datetime | None


class KeyStore:
    """The keys of a catalogue.

    A key is 256 random bits, so a plain hash of it can neither be guessed nor looked up in a
    table, as one of a password could.

    Parameters
    ----------
    database : Database
        The catalogue's database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @settle
    def create(self, name: str, scopes: Collection[Scope]) -> tuple[ApiKey, str]:
        """Make a key.

        Parameters
        ----------
        name : str
            Whom or what it is for, in words for people.
        scopes : collection of str
            What it allows.

        Returns
        -------
        key : ApiKey
            What is remembered of it.
        secret : str
            The key, which nobody can be told again.

        Raises
        ------
        InvalidRequest
            The name is empty, or there are no scopes.
        """
        named = clean(name)
        if not named or not scopes:
            raise InvalidRequest("a key needs a name and at least one scope")
        secret = _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
        with self._database.write() as session:
            row = ApiKeyRow(
                name=named,
                digest=digest(secret),
                scopes=sorted(scopes),
                created_at=datetime.now(UTC),
            )
            session.add(row)
            session.flush()
            return _key(row), secret

    @settle
    def all(self) -> Sequence[ApiKey]:
        """List the keys in the order they were made."""
        with self._database.read() as session:
            return [_key(row) for row in session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.id))]

    @settle
    def find(self, key_digest: bytes) -> ApiKey | None:
        """Return the key with this `digest`; None where there is none."""
        with self._database.read() as session:
            row = session.scalar(select(ApiKeyRow).where(ApiKeyRow.digest == key_digest))
            return None if row is None else _key(row)

    @settle
    def used(self, key_id: int) -> None:
        """Remember that a key was used just now."""
        with self._database.write() as session:
            session.execute(
                update(ApiKeyRow)
                .where(ApiKeyRow.id == key_id)
                .values(last_used_at=datetime.now(UTC))
            )

    @settle
    def revoke(self, key_id: int) -> ApiKey:
        """Forget a key, and return what it was.

        Raises
        ------
        NotFound
            There is no such key.
        """
        with self._database.write() as session:
            row = session.get(ApiKeyRow, key_id) if 0 < key_id <= MAX_ID else None
            if row is None:
                raise NotFound(f"no key {key_id}: 'wavvy keys list' shows which there are")
            session.delete(row)
            return _key(row)


def digest(secret: str) -> bytes:
    """Return what the catalogue keeps of a key."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        scopes=frozenset(cast("list[Scope]", row.scopes)),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )
