"""``wavvy backup`` beside a server at work, and ``wavvy restore``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import wavvy as wavvy_library

Wavvy = Any
Studio = Any


def test_backing_up_and_restoring(wavvy: Wavvy, library: Path, clip: Path, tmp_path: Path) -> None:
    backup, new = tmp_path / "my backup", tmp_path / "new"
    with wavvy_library.open(library):  # in use
        made = wavvy("--data-dir", library, "backup", backup)
    assert (made.code, made.err) == (0, "")
    assert made.out == f"Backed up: 3 tracks in {backup}.\n"

    again = wavvy("--data-dir", library, "backup", backup)
    assert (again.code, len(again.errors), again.out) == (1, 1, "")

    restored = wavvy("--data-dir", new, "restore", backup)
    assert (restored.code, restored.err) == (0, "")
    assert restored.out == f"Restored: 3 tracks in {new}.\n"
    with wavvy_library.open(new) as copy:
        (result,) = copy.identify(clip).results
        assert result.track.title == "春の海"

    refused = wavvy("--data-dir", new, "restore", backup)
    assert (refused.code, len(refused.errors)) == (1, 1)
    assert "--force" in refused.err
    assert wavvy("--data-dir", new, "restore", "--force", backup).code == 0


def test_a_library_that_is_not_there_cannot_be_backed_up(wavvy: Wavvy, tmp_path: Path) -> None:
    run = wavvy("--data-dir", tmp_path / "typo", "backup", tmp_path / "backup")
    assert (run.code, len(run.errors)) == (1, 1)
    assert "typo" in run.err
    assert not (tmp_path / "backup").exists()
    assert not (tmp_path / "typo").exists()
