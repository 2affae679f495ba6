from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from wavvy.catalog.keys import digest
from wavvy.catalog.repository import Catalog
from wavvy.errors import InvalidRequest, NotFound


def test_a_key_is_found_by_its_hash_alone(catalog: Catalog) -> None:
    key, secret = catalog.keys.create("Ann's phone", ["recognise", "read"])
    assert secret.startswith("wavvy_")
    assert len(secret) > 40
    assert catalog.keys.find(digest(secret)) == key
    assert key.scopes == {"read", "recognise"}
    assert key.last_used_at is None
    assert abs(key.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert catalog.keys.find(digest(secret + "x")) is None
    assert catalog.keys.find(secret.encode()) is None


def test_no_two_keys_are_alike(catalog: Catalog) -> None:
    secrets = {catalog.keys.create("robot", ["admin"])[1] for _ in range(5)}
    assert len(secrets) == 5
    assert [key.name for key in catalog.keys.all()] == ["robot"] * 5


def test_its_last_use_is_remembered(catalog: Catalog) -> None:
    key, secret = catalog.keys.create("robot", ["read"])
    catalog.keys.used(key.id)
    found = catalog.keys.find(digest(secret))
    assert found is not None
    assert found.last_used_at is not None
    assert found.last_used_at >= key.created_at


def test_a_revoked_key_is_gone_and_its_number_is_not_used_again(catalog: Catalog) -> None:
    key, secret = catalog.keys.create("lost phone", ["read"])
    assert catalog.keys.revoke(key.id) == key
    assert catalog.keys.find(digest(secret)) is None
    assert catalog.keys.all() == []
    for number in (key.id, 0, -1, 2**70):
        with pytest.raises(NotFound, match="wavvy keys list"):
            catalog.keys.revoke(number)
    catalog.keys.used(key.id)  # a request that was under way
    assert catalog.keys.create("new phone", ["read"])[0].id > key.id


def test_names_are_cleaned_and_needed(catalog: Catalog) -> None:
    assert catalog.keys.create(" a\tb\x00 ", ["read"])[0].name == "a b"
    for name in ("", " \n", "\x00"):
        with pytest.raises(InvalidRequest, match="a name"):
            catalog.keys.create(name, ["read"])
    with pytest.raises(InvalidRequest, match="scope"):
        catalog.keys.create("robot", [])
