"""Making text from the outside fit to be stored and shown."""

from __future__ import annotations

import unicodedata

MAX_LENGTH = 500  # characters; a database index takes no value beyond some 2,700 bytes


def clean(text: str) -> str:
    """Normalise a name that came from a file.

    Parameters
    ----------
    text : str
        Any text, also with control characters or the lone surrogates of an undecodable file name.

    Returns
    -------
    str
        Composed Unicode (NFC) in one line, at most ``MAX_LENGTH`` characters; may be empty.
    """
    printable = "".join(
        " " if unicodedata.category(c) == "Cc" else "\ufffd" if "\ud800" <= c <= "\udfff" else c
        for c in text
    )
    return unicodedata.normalize("NFC", " ".join(printable.split()))[:MAX_LENGTH].rstrip()
