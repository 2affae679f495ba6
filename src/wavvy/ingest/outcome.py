"""What became of one file that was to be added."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from wavvy.errors import WavvyError


@dataclass(frozen=True, slots=True)
class AddOutcome:
    """Outcome for one file.

    Attributes
    ----------
    file : str
        As it was named.
    status : {"added", "known", "failed"}
        ``known``: the same audio is in the library already, perhaps from another file.
    track_id, title, duration_ms : optional
        Of the track, unless it failed; the last in milliseconds.
    error : WavvyError, optional
        Why it failed.
    warnings : list of str
        What a person should know of a file that did not fail.
    """

    file: str
    status: Literal["added", "known", "failed"]
    track_id: int | None = None
    title: str | None = None
    duration_ms: int | None = None
    error: WavvyError | None = None
    warnings: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return what ``wavvy add --json`` prints."""
        error = None
        if self.error is not None:
            error = {"code": self.error.code, "message": str(self.error)}
        return {
            "file": self.file,
            "status": self.status,
            "id": self.track_id,
            "title": self.title,
            "duration_ms": self.duration_ms,
            "error": error,
            "warnings": self.warnings,
        }
