"""Media files of any kind to mono blocks at one rate; the only module that knows a decoder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Self

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from numpy.typing import NDArray

from wavvy.dsp.resample import PcmResampler
from wavvy.errors import (
    CorruptMedia,
    InvalidAudio,
    NoAudio,
    TooLarge,
    UnreadableFile,
    UnsupportedMedia,
)

# fmt: off
AUDIO_SUFFIXES = frozenset({
    ".3gp", ".aac", ".ac3", ".aif", ".aifc", ".aiff", ".amr", ".ape", ".au", ".caf", ".flac",
    ".m4a", ".m4b", ".mka", ".mp2", ".mp3", ".mp4", ".mpc", ".oga", ".ogg", ".opus", ".tta",
    ".wav", ".webm", ".wma", ".wv",
})
# fmt: on
"""What a folder is searched for; a file that is named may have any suffix."""

# Containers, by FFmpeg's names. No playlists: they would make the decoder open other files.
_FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,eac3,flac,flv,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,ogg,"
    "tta,w64,wav,wv"
)

# These carry no duration, so FFmpeg guesses one from the bit rate.
_GUESSED_DURATION = {"aac", "ac3", "amr", "eac3", "mp3", "mpeg", "mpegts"}

# How files of the usual formats begin: tells a damaged one from something else altogether.
_SIGNATURE = re.compile(
    rb"....ftyp|....moov|....mdat|OggS|fLaC|ID3|RIFF....WAVE|FORM....AIF|#!AMR|wvpk|MAC |"
    rb"\x1aE\xdf\xa3|0&\xb2u",
    re.DOTALL,
)

# FFmpeg's names of sample types; with a "p" behind, each channel has a plane of its own.
_DTYPES = {"u8": "u1", "s16": "i2", "s32": "i4", "flt": "f4", "dbl": "f8"}

# PyAV lists the planes of a frame safely up to this number.
_MAX_PLANES = 8

# Samples per channel handled in one go: few calls from Python, and still in the cache.
_BATCH = 32_768

# How many damaged packets more than good ones before a file is given up.
_PATIENCE = 20


class AudioDecoder:
    """Decode the sound of a media file block by block, in bounded memory.

    Iterate once, inside a ``with`` block. Damaged packets are skipped and noted in `warnings`.
    Every message names the source.

    Parameters
    ----------
    source : str, Path or binary file
        A file object must be seekable; it is read from its start and stays open.
    sample_rate : int
        Of the output, in Hz.
    name : str, optional
        What messages call the source; by default its path, or "audio" where it has none.
    max_seconds : float, optional
        Decode no more than this.

    Attributes
    ----------
    seconds : float
        Duration decoded so far, counted in samples; no header is trusted for it.
    warnings : list[str]
        What a person should know about the file, complete after iteration.

    Raises
    ------
    UnreadableFile
        If the file is missing, a folder, or reading fails, be it half way.
    UnsupportedMedia
        If it is no audio in a format known here.
    NoAudio
        If it holds no sound track or not one sample.
    CorruptMedia
        If it is recognised but damaged beyond use.
    InvalidAudio
        If samples are NaN or infinite, or rate or channels make no sense.
    TooLarge
        While iterating, if there is more than `max_seconds`.
    """

    def __init__(
        self,
        source: str | Path | BinaryIO,
        *,
        sample_rate: int = 8000,
        name: str | None = None,
        max_seconds: float | None = None,
    ) -> None:
        known_as = source if isinstance(source, (str, Path)) else getattr(source, "name", None)
        # Temporary files have a number, or None, for a name.
        self.name = name or (str(known_as) if isinstance(known_as, (str, Path)) else "audio")
        self.seconds = 0.0
        self.warnings: list[str] = []
        self._sample_rate = sample_rate
        self._max_seconds = max_seconds
        self._good = self._bad = 0
        self._trouble = ""
        with ExitStack() as stack:
            try:
                if isinstance(source, (str, Path)):
                    file = stack.enter_context(self._open_file(Path(source)))
                else:
                    file = source
                file.seek(0)
                head = file.read(16)
                file.seek(0)
            except (OSError, ValueError) as error:
                raise UnreadableFile(f"{self.name}: cannot be read: {_reason(error)}") from error
            if not head:
                raise NoAudio(f"{self.name}: is empty (0 bytes)")
            self._recognised = _SIGNATURE.match(head) is not None
            self._container = stack.enter_context(self._open_container(file))
            self._stream = self._find_sound()
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        """Yield mono float32 blocks of shape (n,), nominally in [-1, 1]."""
        resampler: PcmResampler | None = None
        layout = (0, 0)
        try:
            for rate, batch in self._batches():
                self.seconds += len(batch) / rate
                if self._max_seconds is not None and self.seconds > self._max_seconds:
                    limit = f"{self._max_seconds:g} s"
                    raise TooLarge(f"{self.name}: is longer than the limit of {limit}")
                if resampler is None or layout != (rate, batch.shape[1]):
                    if resampler is not None:
                        yield resampler.flush()
                    layout = (rate, batch.shape[1])
                    resampler = PcmResampler(*layout, target_rate=self._sample_rate)
                yield resampler.push(batch)
        except InvalidAudio as error:
            raise InvalidAudio(f"{self.name}: {error}") from error
        except OSError as error:
            raise UnreadableFile(f"{self.name}: reading failed: {_reason(error)}") from error
        self._judge()
        if resampler is not None:
            yield resampler.flush()

    def _open_file(self, path: Path) -> BinaryIO:
        if path.is_dir():
            raise UnreadableFile(f"{self.name}: is a folder, not a file")
        if path.exists() and not path.is_file():
            raise UnreadableFile(f"{self.name}: is not a regular file")
        return path.open("rb")

    def _open_container(self, file: BinaryIO) -> InputContainer:
        try:
            return av.open(
                file,
                mode="r",
                container_options={"format_whitelist": _FORMATS, "protocol_whitelist": "pipe"},
                metadata_errors="replace",
            )
        except (FFmpegError, ValueError) as error:
            if self._recognised:
                reason = f"is damaged or cut short: {_reason(error)}"
                raise CorruptMedia(f"{self.name}: {reason}") from error
            raise self._unsupported() from error
        except OSError as error:
            raise UnreadableFile(f"{self.name}: reading failed: {_reason(error)}") from error

    def _find_sound(self) -> AudioStream:
        streams = self._container.streams
        stream = streams.best("audio")
        if isinstance(stream, AudioStream):
            if stream.codec_context is None:
                raise UnsupportedMedia(f"{self.name}: no decoder knows the codec of its sound")
            # Files are decoded side by side; threads for one would only get in the way.
            stream.codec_context.thread_count = 1
            return stream
        if not self._recognised:
            raise self._unsupported()
        if streams.audio:
            raise InvalidAudio(f"{self.name}: its sample rate or number of channels is impossible")
        raise NoAudio(f"{self.name}: holds no sound")

    def _unsupported(self) -> UnsupportedMedia:
        return UnsupportedMedia(f"{self.name}: is not audio in a format that Wavvy can decode")

    def _packets(self) -> Iterator[Packet[AudioStream] | None]:
        """Read packets, going on behind damage in the container; None ends them."""
        failures = 0
        while failures < _PATIENCE:
            try:
                for packet in self._container.demux(self._stream):
                    failures = 0
                    # Ogg files may hold empty packets, which decoders refuse.
                    if packet.size:
                        yield packet
                break
            except FFmpegError as error:
                failures += 1
                self._note(error)
        yield None

    def _frames(self) -> Iterator[AudioFrame]:
        """Decode packets, skipping the damaged ones."""
        decode = self._stream.codec_context.decode
        for packet in self._packets():
            try:
                frames = decode(packet)
            except (FFmpegError, ValueError) as error:
                self._note(error)
                continue
            self._good += len(frames)
            yield from frames

    def _batches(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """Gather frames to (sample rate, samples of shape (n, channels)), one layout at a time."""
        fifo, kind, gathered = av.AudioFifo(), None, 0
        for frame in self._frames():
            now = (frame.sample_rate, frame.layout.nb_channels, frame.format.name)
            if gathered and (kind != now or gathered >= _BATCH):
                yield _take(fifo)
                gathered = 0
            if kind != now:
                fifo, kind = av.AudioFifo(), now
            # The queue insists on gapless time stamps; samples are what is counted here.
            frame.pts = None
            fifo.write(frame)
            gathered += frame.samples
        if gathered:
            yield _take(fifo)

    def _note(self, error: Exception) -> None:
        """Count a damaged packet; give up when there are too many."""
        self._bad += 1
        self._trouble = _reason(error)
        if self._bad > self._good + _PATIENCE:
            self._judge()

    def _judge(self) -> None:
        """Say what is wrong with the file as a whole."""
        if self._bad > self._good and not self._recognised:
            raise self._unsupported()
        if self._bad > self._good:
            raise CorruptMedia(f"{self.name}: is too damaged to decode: {self._trouble}")
        if not self.seconds:
            raise NoAudio(f"{self.name}: holds a sound track without a single sample")
        if self._bad:
            self.warnings.append(f"damaged packets skipped: {self._bad} ({self._trouble})")
        claimed = self._claimed_seconds()
        if claimed - self.seconds > max(0.5, claimed / 50):
            self.warnings.append(f"ends early: {self.seconds:.1f} s of {claimed:.1f} s decoded")

    def _claimed_seconds(self) -> float:
        """Duration that the container states for the sound; 0 where it states none."""
        if self._container.format.name in _GUESSED_DURATION:
            return 0.0
        if self._stream.duration is not None and self._stream.time_base is not None:
            return float(self._stream.duration * self._stream.time_base)
        # With a picture beside the sound the container's duration may be the picture's.
        if self._container.duration is not None and len(self._container.streams) == 1:
            return self._container.duration / av.time_base
        return 0.0


def decode_file(
    source: str | Path | BinaryIO, *, sample_rate: int = 8000, max_seconds: float | None = None
) -> NDArray[np.float32]:
    """Decode the sound of a media file into one array.

    Parameters and errors are those of `AudioDecoder`.

    Returns
    -------
    NDArray[np.float32]
        Mono, shape (n,), nominally in [-1, 1].
    """
    with AudioDecoder(source, sample_rate=sample_rate, max_seconds=max_seconds) as decoder:
        return np.concatenate(list(decoder))


def _take(fifo: av.AudioFifo) -> tuple[int, NDArray[Any]]:
    """Empty the queue: (sample rate, samples of shape (n, channels))."""
    frame = fifo.read()
    assert frame is not None
    channels = frame.layout.nb_channels
    sample_type = frame.format.name
    dtype = _DTYPES.get(sample_type.rstrip("p"))
    if dtype is None or (frame.format.is_planar and channels > _MAX_PLANES):
        raise InvalidAudio(f"{channels} channels of type {sample_type} are not supported")
    planes = [np.frombuffer(memoryview(plane), dtype) for plane in frame.planes]
    return frame.sample_rate, np.stack(planes).T.reshape(-1, channels)


def _reason(error: Exception) -> str:
    """Say in a few words why the system or the decoder failed."""
    return getattr(error, "strerror", None) or str(error)
