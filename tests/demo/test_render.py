from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from wavvy.demo.composition import compose
from wavvy.demo.piece import Piece
from wavvy.demo.pieces import PIECES
from wavvy.demo.render import frame_count, render_piece, seconds_at
from wavvy.demo.synthesis import SAMPLE_RATE

SHORT = [dataclasses.replace(piece, form=piece.form[-1:]) for piece in PIECES]


@pytest.mark.parametrize("piece", SHORT, ids=[piece.title for piece in PIECES])
def test_a_rendering_is_loud_whole_and_unclipped(piece: Piece) -> None:
    sound = render_piece(piece)
    assert sound.shape == (2, frame_count(piece, compose(piece)))
    assert sound.dtype == np.float32
    assert np.abs(sound).max() < 0.999
    assert 0.08 < np.sqrt(np.mean(sound**2)) < 0.2
    assert np.abs(sound[:, -1]).max() < 1e-3
    seconds = sound[:, : -4 * SAMPLE_RATE]
    blocks = seconds[:, : seconds.shape[1] // SAMPLE_RATE * SAMPLE_RATE]
    levels = np.sqrt(np.mean(blocks.reshape(2, -1, SAMPLE_RATE) ** 2, axis=(0, 2)))
    assert levels.min() > 0.01, "a second of silence inside the piece"


def test_a_rendering_is_the_same_every_time() -> None:
    np.testing.assert_array_equal(render_piece(SHORT[0]), render_piece(SHORT[0]))


def test_left_and_right_differ() -> None:
    left, right = render_piece(SHORT[0])
    assert 0.1 < np.corrcoef(left, right)[0, 1] < 0.99


def test_swing_delays_the_offbeat() -> None:
    piece = next(piece for piece in PIECES if piece.title == "Kettle and Steam")
    beat = 60 / piece.tempo
    assert seconds_at(piece, 0.5) == pytest.approx(0.64 * beat)
    assert seconds_at(piece, 3.0) == pytest.approx(3 * beat)
