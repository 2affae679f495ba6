"""Writing what tracks are found by, and reading candidates.

SQLite has its full-text index FTS5 over the terms, kept by triggers; PostgreSQL a GIN index. For
words that contain a piece of another, there is FTS5's trigram tokenizer, and ``pg_trgm``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, String, bindparam, delete, insert, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from wavvy.catalog.models import SearchTextRow, SearchTypoRow, SearchWordRow
from wavvy.catalog.search.terms import index_names, spelt, typo_keys

_LAST_CHARACTER = "\U0010ffff"
_FILLED_AT_ONCE = 1000

# `CROSS JOIN` keeps SQLite from asking its index once for each track.
_MATCHING = {
    "sqlite": "search_terms CROSS JOIN search_texts AS s ON s.track_id = search_terms.rowid {join} "
    "WHERE search_terms MATCH :match {where} ORDER BY search_terms.rowid",
    # Unordered: the rows come as they lie in the table, which is nearly the order of the ids, and
    # as many as are wanted instead of all.
    "postgresql": "search_texts AS s {join} WHERE array_to_tsvector(string_to_array(s.terms, ' ')) "
    "@@ CAST(:match AS tsquery) {where}",
}
_CONTAINING = {
    "sqlite": "search_spellings AS w WHERE search_spellings MATCH :match",
    "postgresql": "search_words AS w WHERE {likes}",
}
# The planner knows little of what a query matches, and may think that reading all is quicker.
_PLANNING = (
    "SELECT set_config('enable_seqscan', 'off', true), "
    "set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)"
)


class Candidate(NamedTuple):
    """A track that a search may find; see `wavvy.catalog.search.terms.Indexed`."""

    track_id: int
    text: str
    terms: str


class Group(NamedTuple):
    """Terms, and beginnings of terms, of which a track must have one."""

    terms: Collection[str]
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which tracks are looked at.

    Attributes
    ----------
    genres : tuple of str, optional
        Only tracks of one of these.
    from_year, to_year : int, optional
        Only tracks released in these years, both included.
    """

    genres: tuple[str, ...] | None = None
    from_year: int | None = None
    to_year: int | None = None

    def clauses(self) -> tuple[str, str, dict[str, Any]]:
        """Return a join, conditions and their parameters."""
        conditions: list[str] = []
        values: dict[str, Any] = {}
        if self.genres is not None:
            conditions.append(
                "EXISTS (SELECT 1 FROM track_genres AS l JOIN genres AS g ON g.id = l.genre_id "
                "WHERE l.track_id = s.track_id AND g.name IN :genres)"
            )
            values["genres"] = list(self.genres)
        if self.from_year is not None:
            conditions.append("t.release_date >= :from_year")
            values["from_year"] = f"{self.from_year:04d}"
        if self.to_year is not None:
            conditions.append("t.release_date < :to_year")
            values["to_year"] = f"{self.to_year + 1:04d}"
        dated = self.from_year is not None or self.to_year is not None
        join = "JOIN tracks AS t ON t.id = s.track_id" if dated else ""
        return join, " AND ".join(conditions), values


def index_track(
    session: Session, track_id: int, title: str, artists: Iterable[str], album: str | None
) -> None:
    """Let a new track be found by its names."""
    names = index_names(title, artists, album)
    session.execute(
        insert(SearchTextRow),
        [_text_row(track_id, names.title, names.title_key, names.text, names.terms)],
    )
    _learn(session.connection(), names.terms)


def reindex_track(
    session: Session, track_id: int, title: str, artists: Iterable[str], album: str | None
) -> None:
    """Let a track be found by its new names only."""
    session.execute(delete(SearchTextRow).where(SearchTextRow.track_id == track_id))
    index_track(session, track_id, title, artists, album)


def index_all(connection: Connection) -> None:
    """Let all tracks of a catalogue be found by their names; the tables are empty."""
    last = 0
    while rows := connection.execute(_NAMES, {"last": last, "limit": _FILLED_AT_ONCE}).all():
        last = rows[-1].id
        artists: dict[int, list[str]] = {}
        for track_id, name in connection.execute(_ARTISTS, {"ids": [row.id for row in rows]}):
            artists.setdefault(track_id, []).append(name)
        indexed = [
            (row.id, index_names(row.title, artists.get(row.id, []), row.album)) for row in rows
        ]
        connection.execute(
            insert(SearchTextRow),
            [_text_row(i, n.title, n.title_key, n.text, n.terms) for i, n in indexed],
        )
        _learn(connection, dict.fromkeys(term for _, names in indexed for term in names.terms))


def prepare(session: Session) -> None:
    """Make a session ready for the queries below."""
    if _dialect(session) == "postgresql":
        session.execute(text(_PLANNING))


def having(
    session: Session, choices: Sequence[Sequence[Group]], narrowing: Narrowing, limit: int
) -> list[Candidate]:
    """Return tracks that, by one of some choices, have a term of each group."""
    dialect = _dialect(session)
    join, where, values = narrowing.clauses()
    table = _MATCHING[dialect].format(join=join, where=f"AND {where}" if where else "")
    match = _match(choices) if dialect == "sqlite" else _tsquery(choices)
    return _candidates(session, f"{table} LIMIT :limit", values | {"match": match}, limit)


def titled(session: Session, beginning: str, narrowing: Narrowing, limit: int) -> list[Candidate]:
    """Return tracks whose title begins like this, in the order of the alphabet."""
    values = {"low": beginning, "high": beginning + _LAST_CHARACTER}
    return _where(
        session, "s.title >= :low AND s.title < :high", "s.title", narrowing, values, limit
    )


def keyed(
    session: Session, keys: Collection[str], narrowing: Narrowing, limit: int
) -> list[Candidate]:
    """Return tracks by the keys of their titles."""
    values = {"keys": list(keys)}
    # Not by the id itself: the database would then read all tracks in that order.
    return _where(session, "s.title_key IN :keys", "s.track_id + 0", narrowing, values, limit)


def narrowed(session: Session, narrowing: Narrowing, limit: int) -> list[Candidate]:
    """Return tracks whatever they are called."""
    return _where(session, "1 = 1", "s.track_id", narrowing, {}, limit)


def similar_words(
    session: Session, keys: Collection[str], words: Collection[str]
) -> Collection[str]:
    """Return the words of which a key, see `typo_keys`, is among some, and those of some others."""
    statement = _expanded(
        "SELECT word FROM search_typos WHERE key IN :keys "
        "UNION SELECT word FROM search_words WHERE word IN :words",
        *("keys", "words"),
    )
    return session.scalars(statement, {"keys": sorted(keys), "words": sorted(words)}).all()


def words_containing(session: Session, pieces: Collection[str], limit: int) -> set[str]:
    """Return words that contain one of some pieces of at least three letters; short ones first."""
    dialect = _dialect(session)
    values: dict[str, Any] = {f"piece_{n}": f"%{piece}%" for n, piece in enumerate(pieces)}
    likes = " OR ".join(f"w.word LIKE :{name}" for name in values)
    if dialect == "sqlite":
        values = {"match": " OR ".join(f'"{piece}"' for piece in pieces)}
    table = _CONTAINING[dialect].format(likes=likes)
    statement = f"SELECT w.word FROM {table} ORDER BY length(w.word), w.word LIMIT :limit"
    return set(session.scalars(text(statement), values | {"limit": limit}))


def genre_names(session: Session) -> Sequence[str]:
    """Return every genre."""
    return session.scalars(text("SELECT name FROM genres ORDER BY id")).all()


_NAMES = text(
    "SELECT t.id, t.title, a.name AS album FROM tracks AS t LEFT JOIN albums AS a "
    "ON a.id = t.album_id WHERE t.id > :last ORDER BY t.id LIMIT :limit"
)
_ARTISTS = text(
    "SELECT l.track_id, a.name FROM track_artists AS l JOIN artists AS a ON a.id = l.artist_id "
    "WHERE l.track_id IN :ids ORDER BY l.track_id, l.position"
).bindparams(bindparam("ids", expanding=True))


def _learn(connection: Connection, terms: Collection[str]) -> None:
    """Write down words that are new, and how they may be spelt wrongly.

    They are not read first: what one writer reads and another inserts would be a conflict. They
    stay when their tracks are removed; a search that comes upon them finds nothing by them.
    """
    words = sorted(spelt(terms))
    if not words:
        return
    new = connection.execute(
        _insert(connection, SearchWordRow)
        .values([{"word": word} for word in words])
        .on_conflict_do_nothing()
        .returning(SearchWordRow.word)
    ).scalars()
    keys = [{"key": key, "word": word} for word in new for key in sorted(typo_keys(word))]
    if keys:
        connection.execute(_insert(connection, SearchTypoRow).on_conflict_do_nothing(), keys)


def _insert(connection: Connection, row: type[Any]) -> Any:
    own = postgresql if connection.dialect.name == "postgresql" else sqlite
    return own.insert(row)


def _text_row(
    track_id: int, title: str, title_key: str, lines: str, terms: Sequence[str]
) -> dict[str, Any]:
    return {
        "track_id": track_id,
        "title": title,
        "title_key": title_key,
        "text": lines,
        "terms": " ".join(terms),
    }


def _where(
    session: Session,
    condition: str,
    order: str,
    narrowing: Narrowing,
    values: dict[str, Any],
    limit: int,
) -> list[Candidate]:
    join, where, more = narrowing.clauses()
    conditions = f"{condition} AND {where}" if where else condition
    table = f"search_texts AS s {join} WHERE {conditions} ORDER BY {order} LIMIT :limit"
    return _candidates(session, table, values | more, limit)


def _candidates(
    session: Session, table: str, values: dict[str, Any], limit: int
) -> list[Candidate]:
    lists = [name for name, value in values.items() if isinstance(value, list)]
    statement = _expanded(f"SELECT s.track_id, s.text, s.terms FROM {table}", *lists)
    rows = session.execute(statement, values | {"limit": limit})
    return [Candidate(*row) for row in rows]


def _expanded(statement: str, *lists: str) -> Any:
    return text(statement).bindparams(
        *(bindparam(name, expanding=True, type_=String()) for name in lists)
    )


def _match(choices: Sequence[Sequence[Group]]) -> str:
    """Return a query of FTS5."""
    return _query(choices, " AND ", " OR ", '"{}"', '"{}" *')


def _tsquery(choices: Sequence[Sequence[Group]]) -> str:
    """Return a query of PostgreSQL's text search."""
    return _query(choices, " & ", " | ", "'{}'", "'{}':*")


def _query(choices: Sequence[Sequence[Group]], all_: str, any_: str, term: str, prefix: str) -> str:
    # Terms hold letters, digits and symbols alone, so nothing in them has a meaning of its own.
    return any_.join(
        "("
        + all_.join(
            "("
            + any_.join(
                [term.format(t) for t in group.terms]
                + ([prefix.format(group.prefix)] if group.prefix else [])
            )
            + ")"
            for group in groups
        )
        + ")"
        for groups in choices
    )


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
