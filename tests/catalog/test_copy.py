"""A catalogue's identity, and consistent copies of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wavvy.catalog.address import FILE_NAME
from wavvy.catalog.repository import Catalog
from wavvy.errors import StoreError

DIGEST = "params-1"
Add = Callable[..., int]


def test_every_catalogue_has_an_identity_of_its_own_for_good(
    catalog: Catalog, open_catalog: Callable[[], Catalog], tmp_path: Path
) -> None:
    identity = catalog.identity()
    assert len(identity) == 16
    with open_catalog() as again:
        assert again.identity() == catalog.identity() == identity
    with Catalog.open(tmp_path / "other", params_digest=DIGEST) as other:
        assert other.identity() != identity


def test_all_who_ask_first_get_the_same_identity(catalog: Catalog) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert len({pool.submit(catalog.identity).result() for _ in range(8)}) == 1


@pytest.mark.parametrize("database_url", [None], indirect=False)
def test_a_copy_is_one_state_of_the_catalogue(catalog: Catalog, add: Add, tmp_path: Path) -> None:
    assert catalog.is_file
    first, identity = add("A", artists=("X",)), catalog.identity()
    with catalog._database.write() as session:  # not committed while it is copied
        session.connection().exec_driver_sql("DELETE FROM tracks")
        catalog.copy_to(tmp_path / FILE_NAME)
        session.rollback()
    second = add("B")
    with Catalog.open(tmp_path, params_digest=DIGEST) as copy:
        assert copy.track_ids() == [first]
        assert copy.track(first) == catalog.track(first)
        assert list(copy.fingerprints([first])) == [(first, b"fp A")]
        assert copy.identity() == identity
    assert catalog.track_ids() == [first, second]


@pytest.mark.parametrize("database_url", [None], indirect=False)
def test_a_copy_that_cannot_be_written_is_named(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        catalog.copy_to(tmp_path / "nowhere" / FILE_NAME)
