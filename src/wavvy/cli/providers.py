"""Checks of the providers of metadata, with the real credentials."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wavvy.cli.finding import Finding, examine

if TYPE_CHECKING:
    from wavvy.enrich.setup import EnrichSetup, ProviderName

METADATA = "docs/metadata.md tells how to get keys, and what is sent to whom"


def findings() -> Iterator[tuple[str, Finding]]:
    """Ask each provider that is set up for something harmless, and say what came of it."""
    from wavvy.cli.serve import read_settings

    setup = read_settings().enrich_setup
    if not setup.providers:
        yield "providers", Finding("ok", "nobody is asked, since WAVVY_ENRICH is empty")
    lacking = setup.lacking()
    for name in dict.fromkeys(setup.providers):
        if name in lacking:
            yield name, Finding("fail", "it cannot be asked", lacking[name])
        else:
            yield name, examine(partial(_try, setup, name), METADATA)


def _try(setup: EnrichSetup, name: ProviderName) -> Finding:
    from wavvy.catalog.repository import Catalog

    # A catalogue of its own: what others have used up of a limit does not matter for one request.
    with (
        tempfile.TemporaryDirectory(prefix="wavvy-doctor-") as folder,
        Catalog.open(Path(folder), params_digest="doctor") as catalog,
        closing(setup.provider(name, catalog, threading.Event())) as provider,
    ):
        return Finding("ok", provider.check())
