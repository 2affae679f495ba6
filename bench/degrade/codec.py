"""Lossy codecs, there and back, their delay taken off."""

from __future__ import annotations

import ctypes
import io

import av
import numpy as np
import soxr  # type: ignore[import-untyped]

from bench.audio import RATE, Samples
from bench.debian import need

CODECS = {  # name: encoder, container, bits per second
    "mp3_32k": ("libmp3lame", "mp3", 32_000),
    "opus_12k": ("libopus", "ogg", 12_000),
}
GSM_RATE = 8_000
GSM_FRAME = 160  # samples, 20 ms
GSM_FRAME_BYTES = 33
GSM_LIBRARY = "libgsm.so.1"


def codec(samples: Samples, name: str) -> Samples:
    """Encode and decode `samples` with one of `CODECS`."""
    encoder, container, bit_rate = CODECS[name]
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(encoder, rate=RATE, layout="mono", bit_rate=bit_rate)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="fltp", layout="mono")
        frame.sample_rate = RATE
        convert = av.AudioResampler(stream.format, "mono", RATE, stream.codec_context.frame_size)
        for part in [*convert.resample(frame), *convert.resample(None), None]:
            output.mux(stream.encode(part))
    file.seek(0)
    with av.open(file, "r") as source:
        mono = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        frames = [out for frame in source.decode(audio=0) for out in mono.resample(frame)]
        frames += mono.resample(None)
    return _fitted(np.concatenate([frame.to_ndarray()[0] for frame in frames]), samples.size)


def gsm(samples: Samples) -> Samples:
    """Pass `samples` through the codec of the first digital mobile telephones, 13 kbit/s."""
    need([GSM_LIBRARY])
    library = ctypes.CDLL(GSM_LIBRARY)
    library.gsm_create.restype = ctypes.c_void_p
    encoder, decoder = (ctypes.c_void_p(library.gsm_create()) for _ in range(2))
    narrow = np.clip(soxr.resample(samples, RATE, GSM_RATE), -1, 1)
    pcm = (np.pad(narrow, (0, -narrow.size % GSM_FRAME)) * 32767).astype(np.int16)
    coded = ctypes.create_string_buffer(GSM_FRAME_BYTES)
    for frame in pcm.reshape(-1, GSM_FRAME):
        pointer = frame.ctypes.data_as(ctypes.POINTER(ctypes.c_int16))
        library.gsm_encode(encoder, pointer, coded)
        library.gsm_decode(decoder, coded, pointer)
    for state in (encoder, decoder):
        library.gsm_destroy(state)
    heard = soxr.resample((pcm / 32767).astype(np.float32), GSM_RATE, RATE)
    return _fitted(heard, samples.size)


def _fitted(heard: Samples, count: int) -> Samples:
    return np.pad(heard, (0, max(count - heard.size, 0)))[:count]
