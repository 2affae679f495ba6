"""From samples to peaks, as they arrive: the one loop that references and queries share."""

from __future__ import annotations

from typing import NamedTuple

from wavvy.dsp.arrays import F32, I16
from wavvy.dsp.params import FingerprintParams
from wavvy.dsp.peaks import PeakPicker, Peaks
from wavvy.dsp.spectrogram import Spectrogram


class Analysed(NamedTuple):
    """What one push of samples yielded.

    Attributes
    ----------
    columns : ndarray, shape (fine frames, bins), int16
        New columns of the spectrogram in millibels, ``hop / shifts`` samples apart.
    peaks : list of Peaks, one for each shift
        Peaks that no later sample can change; frames count in whole hops within each shift.
    """

    columns: I16
    peaks: list[Peaks]


class PeakStream:
    """Incremental analysis of a mono stream at one or more sub-hop shifts.

    Parameters
    ----------
    params : FingerprintParams
        What the reference is, or was, fingerprinted with.
    peaks_per_second : int
        Peaks kept at each shift.
    shifts : int, default 1
        Analyses of the same audio, each ``hop / shifts`` samples later than the one before. A clip
        starts anywhere between two frames of the reference; one of the shifts is nearly in step.
    """

    def __init__(self, params: FingerprintParams, peaks_per_second: int, shifts: int = 1) -> None:
        self._spectrogram = Spectrogram(params, params.hop // shifts)
        self._pickers = [PeakPicker(params, peaks_per_second) for _ in range(shifts)]
        self._columns = 0

    def push(self, samples: F32) -> Analysed:
        """Take mono samples, shape (n,), float32; return new columns and settled peaks."""
        columns = self._spectrogram.push(samples)
        shifts = len(self._pickers)
        peaks = [
            picker.push(columns[(shift - self._columns) % shifts :: shifts])
            for shift, picker in enumerate(self._pickers)
        ]
        self._columns += len(columns)
        return Analysed(columns, peaks)

    def tail(self) -> list[Peaks]:
        """Return, for each shift, the peaks still open, as if the stream ended now."""
        return [picker.tail() for picker in self._pickers]
