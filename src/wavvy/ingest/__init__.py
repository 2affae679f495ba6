"""Taking music in: discovery → workers → preparation → ingest."""
