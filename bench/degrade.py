"""What happens to music between a loudspeaker and a recogniser.

Every function takes mono float32 samples, shape (n,), and returns as many. Chance comes from
the generator it is handed, so a seed gives the same clip on every machine.
"""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import scipy.signal
from numpy.typing import NDArray

from bench.clips import RATE, audio

Samples = NDArray[np.float32]

LOWEST_HZ = 50.0
PHONE_BAND_HZ = (300.0, 3400.0)
CLIPPED_SHARE = 0.01
VOICES = 3
CODECS = {  # name: encoder, container, bits per second
    "mp3_32k": ("libmp3lame", "mp3", 32_000),
    "opus_12k": ("libopus", "ogg", 12_000),
}


def pink_noise(count: int, rng: np.random.Generator) -> Samples:
    """Return noise with equal power in each octave from 50 Hz up."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    spectrum[hertz < LOWEST_HZ] = 0
    spectrum[1:] /= np.sqrt(hertz[1:])
    return np.fft.irfft(spectrum, count).astype(np.float32)


def babble(count: int, folder: Path, rng: np.random.Generator) -> Samples:
    """Return several excerpts of the WAVs in `folder`, equally loud, on top of each other."""
    files = sorted(folder.glob("*.wav"))
    if not files:
        raise FileNotFoundError(f"{folder}: holds no .wav to take noise from")
    total = np.zeros(count, np.float32)
    for choice in rng.integers(len(files), size=VOICES):
        recording = audio(files[choice])
        start = int(rng.integers(recording.size))
        excerpt = np.take(recording, range(start, start + count), mode="wrap")
        total += excerpt / max(float(np.std(excerpt)), 1e-6)
    return total


def mix(samples: Samples, noise: Samples, snr_db: float) -> Samples:
    """Add `noise` so that the signal is `snr_db` decibels above it, over the whole clip."""
    gain = np.sqrt(np.mean(samples**2) / (np.mean(noise**2) * 10 ** (snr_db / 10)))
    return samples + np.float32(gain) * noise


def room(samples: Samples, rng: np.random.Generator) -> Samples:
    """Play `samples` into a simulated room and hear them from a few metres away.

    The impulse response is the direct sound, eight early reflections within 50 ms, and a tail
    of noise that falls by 60 dB in 0.3 to 0.7 s. Reflections and tail together are as loud as
    the direct sound.
    """
    decay = rng.uniform(0.3, 0.7)
    time = np.arange(round(decay * RATE)) / RATE
    tail = rng.standard_normal(time.size) * 10 ** (-3 * time / decay)
    tail[: round(0.02 * RATE)] = 0
    tail /= np.linalg.norm(tail)
    early = np.zeros_like(tail)
    arrivals = rng.integers(round(0.002 * RATE), round(0.05 * RATE), size=8)
    np.add.at(early, arrivals, rng.uniform(-1, 1, arrivals.size))
    early /= np.linalg.norm(early)
    response = (early + tail) / np.sqrt(2)
    response[0] = 1
    return scipy.signal.fftconvolve(samples, response)[: samples.size].astype(np.float32)


def phone(samples: Samples) -> Samples:
    """Pass `samples` through a telephone's band, too loud: the highest 1 % is clipped."""
    band = scipy.signal.butter(4, PHONE_BAND_HZ, "bandpass", fs=RATE, output="sos")
    heard = scipy.signal.sosfilt(band, samples)
    ceiling = np.quantile(np.abs(heard), 1 - CLIPPED_SHARE)
    return np.clip(heard, -ceiling, ceiling).astype(np.float32)


def codec(samples: Samples, name: str) -> Samples:
    """Encode and decode `samples` with one of `CODECS`, the encoder's delay taken off."""
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
    heard = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    return np.pad(heard, (0, max(samples.size - heard.size, 0)))[: samples.size]
