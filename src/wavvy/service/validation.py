"""Validation errors as one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def one_line(errors: Iterable[Mapping[str, Any]]) -> str:
    """Return pydantic's list of errors as one line that names each place."""
    parts = []
    for error in errors:
        place = ".".join(str(step) for step in error["loc"])
        parts.append(f"{place}: {error['msg']}" if place else str(error["msg"]))
    return "; ".join(parts)
