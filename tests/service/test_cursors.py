from __future__ import annotations

import base64

import pytest

from wavvy.catalog.listing import Cursor
from wavvy.errors import InvalidRequest
from wavvy.service import cursors


@pytest.mark.parametrize(
    "cursor", [Cursor(42), Cursor(0), Cursor(7, "straße \U0001f3b5"), Cursor(2**63 - 1, 0)]
)
def test_what_was_written_is_read(cursor: Cursor) -> None:
    text = cursors.write(cursor)
    assert text.isascii()
    assert "=" not in text
    assert cursors.read(text) == cursor


@pytest.mark.parametrize(
    "text",
    ["-1", "", "x", "²", str(2**63), "é", "[1]"]
    + [
        base64.urlsafe_b64encode(json).decode().rstrip("=")
        for json in (
            b"[1]",
            b"{}",
            b"null",
            b'["1", "a"]',
            b"[1, [2]]",
            b"[1, 1e400]",
            b"[1, true]",
            b"[1, %d]" % 2**64,
            b'[1, "\\ud800"]',
            b"\xff",
        )
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"query\.after"):
        cursors.read(text)
