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
def power_spectrum(numbers: F32, spare: F32, turn: Turns, low: int, power: F32) -> None:
    """Write the power of bins ``low`` and following to ``power``, as many as it holds.

    Parameters
    ----------
    numbers : ndarray, shape (2, n), float32
        Even samples, then odd ones; overwritten.
    spare : ndarray, shape (2, n), float32
        Space to work in.
    power : ndarray, shape (bins,), float32
        Four times the square of the magnitude; none of its bins is the first or beyond the last.
    """
    n = numbers.shape[1]
    width = 2 * turn.rows.shape[1]
    found, free = _transform_columns(numbers, spare, turn.columns, width)
    _turn_and_transpose(found, free, turn.between, width)
    found, free = _transform_columns(free, found, turn.rows, n // width)

    # Even and odd samples are both real. Where their spectra are E and O, that of the numbers is
    # E + iO, and the same bin counted from the end conj(E) + i conj(O).
    bins = power.size
    real, imag = found[0, low : low + bins], found[1, low : low + bins]
    first = n - low - bins + 1
    end_real, end_imag = found[0, first : first + bins], found[1, first : first + bins]
    behind_real, behind_imag = free[0, :bins], free[1, :bins]
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
def _transform_columns(numbers: F32, spare: F32, turn: F32, width: int) -> tuple[F32, F32]:
    """Transform each column of a matrix of rows ``width`` long; return it, and what is free."""
    half = numbers.shape[1] // 2
    run = width
    while run <= half:
        for start in range(0, half, run):
            cos, sin = turn[0, start // width], turn[1, start // width]
            a_real, a_imag = numbers[0, start : start + run], numbers[1, start : start + run]
            b_real = numbers[0, half + start : half + start + run]
            b_imag = numbers[1, half + start : half + start + run]
            middle = 2 * start + run
            sum_real, sum_imag = spare[0, 2 * start : middle], spare[1, 2 * start : middle]
            rest_real = spare[0, middle : middle + run]
            rest_imag = spare[1, middle : middle + run]
            for i in range(run):
                real = a_real[i] - b_real[i]
                imag = a_imag[i] - b_imag[i]
                sum_real[i] = a_real[i] + b_real[i]
                sum_imag[i] = a_imag[i] + b_imag[i]
                rest_real[i] = real * cos - imag * sin
                rest_imag[i] = real * sin + imag * cos
        numbers, spare = spare, numbers
        run *= 2
    return numbers, spare


@kernel
def _turn_and_transpose(numbers: F32, out: F32, turn: F32, width: int) -> None:
    real, imag = numbers[0], numbers[1]
    cos, sin = turn[0], turn[1]
    for i in range(real.size):
        turned = real[i] * cos[i] - imag[i] * sin[i]
        imag[i] = real[i] * sin[i] + imag[i] * cos[i]
        real[i] = turned
    height = real.size // width
    for part in range(2):
        rows = numbers[part].reshape(height, width)
        columns = out[part].reshape(width, height)
        for j in range(width):
            for i in range(height):
                columns[j, i] = rows[i, j]
