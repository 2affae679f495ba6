"""The outcome of one of the doctor's checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw, and the way out where something is amiss."""

    level: Literal["ok", "warn", "fail"]
    detail: str
    remedy: str = ""


def examine(check: Callable[[], Finding], remedy: str) -> Finding:
    """Run a check; whatever it trips over is its finding, so that the others still run.

    Parameters
    ----------
    check : callable
        Returns a finding, or raises when what it looks at does not work.
    remedy : str
        The way out if it raises.
    """
    try:
        return check()
    except Exception as trouble:
        # Anything may be broken in an installation that needs a doctor, imports included.
        return Finding("fail", " ".join(str(trouble).split()) or type(trouble).__name__, remedy)
