"""Everything that changes a fingerprint, in one frozen dataclass.

The digest of these values is written into every segment and into the catalogue. A store made with
other values refuses to open, because its landmarks would never meet those of a query.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class FingerprintParams:
    """Parameters of the reference fingerprint.

    A frame is one column of the short-time Fourier transform (STFT), a bin one row of it.
    """

    sample_rate: int = 8000
    """Hz; everything is analysed in mono at this rate."""
    window: int = 2048
    """Samples in the Hann window: 256 ms. A long window resolves partials that noise spares."""
    hop: int = 320
    """Samples from one frame to the next: 40 ms."""
    low_bin: int = 38
    """First bin used: 148 Hz."""
    high_bin: int = 998
    """One past the last bin used: 3898 Hz."""
    neighbourhood_frames: int = 3
    """A peak is the maximum of this many frames to either side ..."""
    neighbourhood_bins: int = 3
    """... and this many bins."""
    mean_frames: int = 25
    """Half-length of the patch whose mean a peak is measured against: 1 s to either side."""
    mean_bins: int = 20
    """Half-height of that patch: 78 Hz to either side."""
    rank_frames: int = 12
    """Peaks compete with those this many frames before and after: about 1 s in all."""
    peaks_per_second: int = 37
    """How many of the competitors are kept."""
    pair_min_frames: int = 3
    """Shortest distance in time within a landmark."""
    pair_max_frames: int = 63
    """Longest distance in time within a landmark: 2.5 s."""
    pair_max_bins: int = 124
    """Largest distance in frequency within a landmark: 484 Hz."""
    fan_out: int = 2
    """Landmarks that each peak starts."""

    def digest(self) -> str:
        """Return 16 hexadecimal digits that stand for these values."""
        text = repr(sorted(asdict(self).items()))
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    @property
    def bins(self) -> int:
        """Rows of the band-limited spectrogram."""
        return self.high_bin - self.low_bin

    @property
    def hop_ms(self) -> float:
        """Milliseconds from one frame to the next."""
        return 1000.0 * self.hop / self.sample_rate


DEFAULT = FingerprintParams()
