"""Raw PCM from the wire: what a client announces, and bytes to samples."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from wavvy.errors import InvalidAudio


class StreamStart(BaseModel):
    """First message of ``WS /v1/listen``: what the PCM that follows looks like."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"type": "start", "sample_rate": 48000, "format": "s16le", "channels": 1}]
        },
    )

    type: Literal["start"]
    sample_rate: Annotated[int, Field(ge=8000, le=192000, strict=True)]
    format: Literal["s16le", "f32le"]
    channels: Annotated[int, Field(ge=1, le=8, strict=True)] = 1

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return self.channels * (2 if self.format == "s16le" else 4)

    def duration_ms(self, size: int) -> int:
        """Return how long `size` bytes last, in milliseconds."""
        return size // self.frame_bytes * 1000 // self.sample_rate

    def check_whole_frames(self, size: int) -> None:
        """Check that a message of `size` bytes holds whole frames.

        Raises
        ------
        InvalidAudio
            If it does not.
        """
        if size % self.frame_bytes:
            raise InvalidAudio(
                f"a message of {size} bytes does not hold whole frames of {self.frame_bytes} bytes "
                f"({self.channels} x {self.format}): send whole frames"
            )

    def decode(self, data: bytes | bytearray) -> NDArray[np.float32]:
        """Return the samples in `data`, which holds whole frames.

        Returns
        -------
        ndarray of float32, shape (n, channels)
            Samples, nominally in [-1, 1].

        Raises
        ------
        InvalidAudio
            If a sample is NaN or infinite.
        """
        if self.format == "s16le":
            samples = np.frombuffer(data, dtype="<i2").astype(np.float32) / np.float32(32768)
        else:
            samples = np.frombuffer(data, dtype="<f4").astype(np.float32)
            if not np.isfinite(samples).all():
                raise InvalidAudio("a sample is NaN or infinite: send finite numbers in [-1, 1]")
        return samples.reshape(-1, self.channels)
