"""Places in a list, as text that a client keeps and hands back without looking into it."""

from __future__ import annotations

import base64
import json

from wavvy.catalog.listing import Cursor
from wavvy.errors import InvalidRequest
from wavvy.service.parameters import MAX_ID


def write(cursor: Cursor) -> str:
    """Return a cursor as text; in the order of addition it is the id of a track."""
    if cursor.key is None:
        return str(cursor.track_id)
    text = json.dumps([cursor.track_id, cursor.key], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(text: str) -> Cursor:
    """Return the cursor that `write` has made text of.

    Raises
    ------
    InvalidRequest
        If it has made no such text.
    """
    try:
        if text.isascii() and text.isdigit():
            track_id, key = int(text), None
        else:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            track_id, key = json.loads(base64.b64decode(padded, b"-_", validate=True))
        if not isinstance(track_id, int) or not 0 <= track_id <= MAX_ID:
            raise ValueError("no track has this id")
        if isinstance(key, int) and not -MAX_ID <= key <= MAX_ID:
            raise ValueError("no key is like this")
        if key is not None and (isinstance(key, bool) or not isinstance(key, (str, int))):
            raise ValueError("no key is like this")
        if isinstance(key, str):
            key = key.encode().decode().replace("\0", "")  # no lone surrogates; no database has \0
    except (ValueError, TypeError, RecursionError):
        raise InvalidRequest(
            "query.after: is no cursor of this list; pass `next` of the page before"
        ) from None
    return Cursor(track_id, key)
