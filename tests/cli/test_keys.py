"""``wavvy keys``: made once, listed without the secret, revoked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

Wavvy = Any


def test_a_key_is_shown_once_and_never_again(wavvy: Wavvy, tmp_path: Path) -> None:
    data = ("--data-dir", tmp_path / "data")
    made = wavvy(*data, "keys", "create", "Ann's phone")
    assert made.code == 0
    (secret,) = made.lines  # alone on stdout, for a script to take
    assert re.fullmatch(r"wavvy_[\w-]{43}", secret)
    assert secret not in made.err
    assert "read, recognise" in made.err

    listed = wavvy(*data, "keys", "list")
    assert "Ann's phone" in listed.out
    assert "never" in listed.out
    (entry,) = wavvy(*data, "keys", "list", "--json").json
    assert entry["name"] == "Ann's phone"
    assert entry["scopes"] == ["read", "recognise"]
    assert entry["last_used_at"] is None
    assert secret not in listed.out + str(entry)
    stored = (tmp_path / "data" / "catalog.sqlite3").read_bytes()
    assert secret.encode() not in stored

    revoked = wavvy(*data, "keys", "revoke", entry["id"])
    assert revoked.lines == [f"revoked {entry['id']}: Ann's phone"]
    assert "keys create" in wavvy(*data, "keys", "list").err
    again = wavvy(*data, "keys", "revoke", entry["id"])
    assert again.code == 1
    assert len(again.errors) == 1


def test_scopes_are_what_was_asked_for(wavvy: Wavvy, tmp_path: Path) -> None:
    data = ("--data-dir", tmp_path / "data")
    unknown = wavvy(*data, "keys", "create", "robot", "--scope", "write")
    assert unknown.code == 2
    assert "read, recognise, admin" in unknown.err
    wavvy(*data, "keys", "create", "robot", "--scope", "admin", "--scope", "read")
    (entry,) = wavvy(*data, "keys", "list", "--json").json
    assert entry["scopes"] == ["admin", "read"]
