"""The demo library's pieces, each written by hand in the notation of ``wavvy.demo.piece``."""

from __future__ import annotations

from typing import Final

from wavvy.demo.piece import Piece
from wavvy.demo.pieces.acoustic import ACOUSTIC
from wavvy.demo.pieces.electric import ELECTRIC
from wavvy.demo.pieces.electronic import ELECTRONIC

PIECES: Final[tuple[Piece, ...]] = (*ACOUSTIC, *ELECTRIC, *ELECTRONIC)
"""All pieces in track order."""
