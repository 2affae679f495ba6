from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from private_postgresql import PostgreSQL

from wavvy.catalog.repository import Catalog
from wavvy.catalog.service_lock import ServiceLock
from wavvy.errors import StoreBusy

OpenCatalog = Callable[[], Catalog]


@contextmanager
def held(catalog: Catalog, *, alone: bool) -> Iterator[ServiceLock]:
    with closing(catalog.service_lock(alone=alone)) as lock:
        lock.hold()
        yield lock


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_works_alone_or_many_together(open_catalog: OpenCatalog) -> None:
    with open_catalog() as one, open_catalog() as other:
        with held(one, alone=True) as lock:
            lock.hold()
            for alone in (True, False):
                with (
                    pytest.raises(
                        StoreBusy, match="let all of them work together with WAVVY_REDIS"
                    ),
                    held(other, alone=alone),
                ):
                    pass
        with (
            held(one, alone=False),
            held(other, alone=False),
            pytest.raises(StoreBusy),
            held(other, alone=True),
        ):
            pass
        with held(other, alone=True):
            pass


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_it_is_taken_again_after_a_break(open_catalog: OpenCatalog, postgresql: PostgreSQL) -> None:
    with open_catalog() as one, open_catalog() as other, held(one, alone=True) as lock:
        postgresql.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE application_name = 'wavvy'"
        )
        lock.hold()
        with pytest.raises(StoreBusy), held(other, alone=True):
            pass


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_needs_none(open_catalog: OpenCatalog) -> None:
    with (
        open_catalog() as one,
        open_catalog() as other,
        held(one, alone=True),
        held(other, alone=True),
    ):
        pass


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_lets_go_makes_room_at_once(
    open_catalog: OpenCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_catalog() as one, open_catalog() as other:
        lock = one.service_lock(alone=True)
        lock.hold()
        connection = lock._connection
        assert connection is not None
        with monkeypatch.context() as patched:  # the session ends long after the process went on
            patched.setattr(connection, "invalidate", lambda: None)
            patched.setattr(connection, "close", lambda: None)
            lock.close()
            with held(other, alone=True):
                pass
        connection.invalidate()
        connection.close()
