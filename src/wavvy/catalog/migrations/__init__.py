"""The history of the catalogue's tables, on every database; `wavvy.catalog.schema` applies it.

To change the tables: change `wavvy.catalog.models`, write the next file in ``versions`` that leads
there from the last one, and set `wavvy.catalog.schema.HEAD` to it. Files that have been released
are never changed.
"""
