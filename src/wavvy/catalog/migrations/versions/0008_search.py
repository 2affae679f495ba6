"""Text search that forgives.

Revision ID: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from wavvy.catalog.postgresql import make_extension
from wavvy.catalog.search.index import index_all

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SQLITE = (
    # The terms are words already, so all that parts them is the space.
    "CREATE VIRTUAL TABLE search_terms USING fts5(terms, content='search_texts', "
    "content_rowid='track_id', tokenize='ascii', detail='none', columnsize=0, prefix='3')",
    "CREATE VIRTUAL TABLE search_spellings USING fts5(word, content='search_words', "
    "content_rowid='id', tokenize='trigram', columnsize=0)",
    "CREATE TRIGGER search_texts_inserted AFTER INSERT ON search_texts BEGIN "
    "INSERT INTO search_terms (rowid, terms) VALUES (new.track_id, new.terms); END",
    "CREATE TRIGGER search_texts_deleted AFTER DELETE ON search_texts BEGIN "
    "INSERT INTO search_terms (search_terms, rowid, terms) "
    "VALUES ('delete', old.track_id, old.terms); END",
    "CREATE TRIGGER search_words_inserted AFTER INSERT ON search_words BEGIN "
    "INSERT INTO search_spellings (rowid, word) VALUES (new.id, new.word); END",
)
_POSTGRESQL = (
    # Without a list of pending entries, which every search would have to read through.
    "CREATE INDEX ix_search_texts_terms ON search_texts USING gin "
    "(array_to_tsvector(string_to_array(terms, ' '))) WITH (fastupdate = off)",
    "CREATE INDEX ix_search_words_trigrams ON search_words USING gin (word gin_trgm_ops) "
    "WITH (fastupdate = off)",
)


def upgrade() -> None:
    """Create its tables, with what tracks are found by, and give up the column of before."""
    connection = op.get_bind()
    plain = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.create_table(
        "search_texts",
        sa.Column("track_id", sa.Integer(), nullable=False),
        sa.Column("title", plain, nullable=False),
        sa.Column("title_key", plain, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"],
            ["tracks.id"],
            name=op.f("fk_search_texts_track_id_tracks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("track_id", name=op.f("pk_search_texts")),
    )
    op.create_index(op.f("ix_search_texts_title"), "search_texts", ["title"])
    op.create_index(op.f("ix_search_texts_title_key"), "search_texts", ["title_key"])
    op.create_table(
        "search_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("word", plain, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_words")),
        sa.UniqueConstraint("word", name=op.f("uq_search_words_word")),
    )
    op.create_table(
        "search_typos",
        sa.Column("key", plain, nullable=False),
        sa.Column("word", plain, nullable=False),
        sa.PrimaryKeyConstraint("key", "word", name=op.f("pk_search_typos")),
        sqlite_with_rowid=False,
    )
    if connection.dialect.name == "postgresql":
        make_extension(connection, "pg_trgm")
        index_all(connection)  # before there are indexes, which are made faster of what is there
        for statement in _POSTGRESQL:
            op.execute(statement)
    else:
        for statement in _SQLITE:
            op.execute(statement)
        index_all(connection)
    op.drop_column("tracks", "search")
