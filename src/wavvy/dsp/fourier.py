"""Fourier transform of a real frame, as plain loops over long rows, which compile to vector code.

A frame of 2n samples is taken for n complex numbers, its even samples real, its odd ones imaginary,
and these for a matrix. Their transform is one of the matrix's columns, a turn of each number, and
one of its rows; each works on all columns, or rows, at a time. Every frame goes through the same
steps by itself, so its spectrum does not depend on what it comes together with. For the transform
that leaves its output in order (Stockham's) see C. Van Loan, "Computational Frameworks for the Fast
Fourier Transform", SIAM 1992.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F32, F64
from wavvy.dsp.kernel import kernel


class Turns(NamedTuple):
    """Roots of unity that a transform multiplies by: real parts, then imaginary ones.

    Attributes
    ----------
    columns, rows : ndarray, shape (2, length / 2), float32
        Within the transforms of columns and of rows.
    between : ndarray, shape (2, n), float32
        Between these two.
    halves : ndarray, shape (2, n), float32
        For the odd samples' part in the spectrum.
    """

    columns: F32
    rows: F32
    between: F32
    halves: F32


@lru_cache
def turns(samples: int) -> Turns:
    """Return what the transform of so many samples needs; a power of two, 8 or more."""
    n = samples // 2
    height = 1 << n.bit_length() // 2
    width = n // height
    return Turns(
        _roots(np.arange(height // 2) / height),
        _roots(np.arange(width // 2) / width),
        _roots(np.outer(np.arange(height), np.arange(width)) / n),
        _roots(np.arange(n) / samples),
    )


def _roots(turned: F64) -> F32:
    angles = -2 * np.pi * turned.ravel()
    return np.stack((np.cos(angles), np.sin(angles))).astype(np.float32)


@kernel
def power_spectrum(space: F32, turn: Turns, low: int, power: F32) -> None:
    """Write the power of bins ``low`` and following to ``power``, as many as it holds.

    Parameters
    ----------
    space : ndarray, shape (2, 2, n), float32
        The even samples, the odd ones, and room to work in; overwritten.
    turn : Turns
        For ``2 * n`` samples.
    low : int
        Neither the first bin, nor so high that the last one written is beyond ``n - 1``.
    power : ndarray, shape (bins,), float32
        Four times the square of the magnitude.
    """
    n = space.shape[2]
    width = 2 * turn.rows.shape[1]
    flat = space.reshape(space.size)
    found = _transform_columns(flat, 0, turn.columns, width)
    found = _turn_and_transpose(flat, found, turn.between, width)
    found = _transform_columns(flat, found, turn.rows, n // width)

    # Even and odd samples are both real. Where their spectra are E and O, that of the numbers is
    # E + iO, and the same bin counted from the end conj(E) + i conj(O).
    bins = power.size
    end = found + n - low - bins + 1
    free = 2 * n - found
    real, imag = flat[found + low :][:bins], flat[found + n + low :][:bins]
    end_real, end_imag = flat[end:][:bins], flat[end + n :][:bins]
    behind_real, behind_imag = flat[free:][:bins], flat[free + n :][:bins]
    last = np.uint64(bins - 1)
    # Without a sign, as an index that may be negative, and count from the end, is no vector code.
    for k in range(np.uint64(bins)):
        behind_real[k] = end_real[last - k]
        behind_imag[k] = end_imag[last - k]
    cos, sin = turn.halves[0, low : low + bins], turn.halves[1, low : low + bins]
    for k in range(bins):
        even_real = real[k] + behind_real[k]
        even_imag = imag[k] - behind_imag[k]
        odd_real = imag[k] + behind_imag[k]
        odd_imag = behind_real[k] - real[k]
        whole_real = even_real + odd_real * cos[k] - odd_imag * sin[k]
        whole_imag = even_imag + odd_real * sin[k] + odd_imag * cos[k]
        power[k] = whole_real * whole_real + whole_imag * whole_imag


@kernel
def _transform_columns(flat: F32, at: int, turn: F32, width: int) -> int:
    """Transform each column of a matrix of rows ``width`` long; return where its transform begins.

    ``flat`` has shape (4n,): room for two matrices of n numbers, real parts, then imaginary ones,
    of which that at ``at``, 0 or 2n, is transformed. Both are reached from one array, so that a
    loop begins with few checks that they do not overlap: the shortest is over in less time than
    the checks of many arrays.
    """
    n = np.uint64(flat.size // 4)
    half = flat.size // 8
    run = width
    while run <= half:
        to = flat.size // 2 - at
        for start in range(0, half, run):
            cos, sin = turn[0, start // width], turn[1, start // width]
            a, b = np.uint64(at + start), np.uint64(at + half + start)
            total, rest = np.uint64(to + 2 * start), np.uint64(to + 2 * start + run)
            for i in range(np.uint64(run)):
                a_real, a_imag = flat[a + i], flat[a + n + i]
                b_real, b_imag = flat[b + i], flat[b + n + i]
                flat[total + i] = a_real + b_real
                flat[total + n + i] = a_imag + b_imag
                real = a_real - b_real
                imag = a_imag - b_imag
                flat[rest + i] = real * cos - imag * sin
                flat[rest + n + i] = real * sin + imag * cos
        at = to
        run *= 2
    return at


@kernel
def _turn_and_transpose(flat: F32, at: int, turn: F32, width: int) -> int:
    """Turn each number of a matrix; return where the matrix begins, its rows now columns."""
    n = flat.size // 4
    to = 2 * n - at
    real, imag = flat[at:][:n], flat[at + n :][:n]
    cos, sin = turn[0], turn[1]
    for i in range(n):
        turned = real[i] * cos[i] - imag[i] * sin[i]
        imag[i] = real[i] * sin[i] + imag[i] * cos[i]
        real[i] = turned
    height = n // width
    for part in range(2):
        rows = flat[at + part * n :][:n].reshape(height, width)
        columns = flat[to + part * n :][:n].reshape(width, height)
        for j in range(width):
            for i in range(height):
                columns[j, i] = rows[i, j]
    return to
