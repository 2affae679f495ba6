"""Run by alembic: applies migrations on the connection of the catalogue being opened."""

from __future__ import annotations

from alembic import context

from wavvy.catalog.models import Base

# The connection is inside a transaction already, which its owner commits.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
context.run_migrations()
