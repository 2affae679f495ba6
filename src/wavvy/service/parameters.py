"""Parameters that several routes share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

# The upper end is what the database can hold.
MAX_ID = 2**63 - 1

RowId = Annotated[int, Path(ge=1, le=MAX_ID, description="The id.", examples=[42])]
