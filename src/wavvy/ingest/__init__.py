"""Taking music in: discovery → workers → preparation → ingest."""

from wavvy.ingest.discovery import find_audio
from wavvy.ingest.ingest import Ingest
from wavvy.ingest.outcome import AddOutcome

__all__ = ["AddOutcome", "Ingest", "find_audio"]
