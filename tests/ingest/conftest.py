from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from wavvy.ingest import preparation
from wavvy.ingest.preparation import Prepared
from wavvy.sandbox.patience import LIBRARY
from wavvy.sandbox.pool import Sandbox


@pytest.fixture(scope="package")
def prepare() -> Iterator[Callable[..., Prepared]]:
    """Give `wavvy.ingest.preparation.prepare` with a decoding process at hand."""
    with Sandbox(idle=1) as sandbox:
        yield partial(preparation.prepare, sandbox=sandbox, patience=LIBRARY)
