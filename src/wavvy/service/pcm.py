"""Raw PCM from the wire: what a client announces, and bytes to samples."""

from __future__ import annotations

from functools import cached_property
from math import ceil
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from wavvy.errors import InvalidAudio

_TYPES: dict[str, np.dtype[Any]] = {"s16le": np.dtype("<i2"), "f32le": np.dtype("<f4")}


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

    @cached_property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return self.channels * _TYPES[self.format].itemsize

    def duration_ms(self, size: int) -> int:
        """Return how long `size` bytes last, in milliseconds."""
        return size // self.frame_bytes * 1000 // self.sample_rate

    def size_of(self, duration_ms: float) -> int:
        """Return how many bytes last so long, or hardly longer: whole frames."""
        return ceil(duration_ms * self.sample_rate / 1000) * self.frame_bytes

    def check(self, data: bytes) -> None:
        """Check a message.

        Raises
        ------
        InvalidAudio
            If it does not hold whole frames, or if a sample is NaN or infinite.
        """
        if len(data) % self.frame_bytes:
            raise InvalidAudio(
                f"a message of {len(data)} bytes does not hold whole frames of {self.frame_bytes} "
                f"bytes ({self.channels} x {self.format}): send whole frames"
            )
        if self.format == "f32le" and not np.isfinite(self.decode(data)).all():
            raise InvalidAudio("a sample is NaN or infinite: send finite numbers in [-1, 1]")

    def decode(self, data: bytes | memoryview) -> NDArray[np.int16 | np.float32]:
        """Return the samples of messages as they came.

        Returns
        -------
        ndarray of int16 or float32, shape (n, channels)
        """
        samples = np.frombuffer(data, _TYPES[self.format])
        return samples.reshape(-1, self.channels)
