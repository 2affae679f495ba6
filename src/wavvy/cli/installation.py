"""Checks of the installation itself: Python, decoder, recogniser, service."""

from __future__ import annotations

import io
import platform
import tempfile
import time
import wave
from pathlib import Path

from wavvy.cli.finding import Finding

REINSTALL = "install Wavvy again, for example with 'pip install --force-reinstall wavvy'"
COMPILER = f"set NUMBA_CACHE_DIR to a folder that can be written; if that is not it, {REINSTALL}"
SETTINGS = "docs/settings.md says what the WAVVY_... variables may be"


def python() -> Finding:
    """Name the Python that runs."""
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding("ok", detail)


def decoder() -> Finding:
    """Decode a FLAC file made in memory; it must come back as it was."""
    import av
    import numpy as np

    from wavvy.dsp.decode import decode_file

    rate = 8000
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)).astype(np.int16)
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    file.seek(0)
    heard = decode_file(file, sample_rate=rate)
    if heard.shape != tone.shape or np.abs(heard * 32768 - tone).max() > 2:
        return Finding("fail", "a FLAC file does not come back as it was", REINSTALL)
    return Finding("ok", f"PyAV {av.__version__} decodes")


def recogniser() -> Finding:
    """Add a made-up tune to a library of its own and recognise it there."""
    import numpy as np

    import wavvy

    rate = 8000
    pitches = np.random.default_rng(1).uniform(300, 3000, (80, 3, 1))
    seconds = np.arange(rate // 8) / rate
    tune = (np.sin(2 * np.pi * pitches * seconds).mean(axis=1).ravel()).astype(np.float32)
    with tempfile.TemporaryDirectory(prefix="wavvy-doctor-") as folder:
        file = Path(folder) / "tune.wav"
        with wave.open(str(file), "wb") as writer:
            writer.setparams((1, 2, rate, 0, "NONE", ""))
            writer.writeframes((tune * 32767).astype("<i2").tobytes())
        with wavvy.open(Path(folder) / "library") as library:
            started = time.monotonic()
            library.warm_up()
            ready = time.monotonic() - started
            library.add(file)
            heard = library.identify(tune[2 * rate : 7 * rate], rate)
    if not heard.results:
        return Finding("fail", "a tune that was just added is not recognised", REINSTALL)
    return Finding(
        "ok", f"compiled code ready in {ready:.1f} s, a tune recognised in {heard.took_ms} ms"
    )


def service() -> Finding:
    """Read the settings and see whether the port is free."""
    from wavvy.cli.serve import read_settings
    from wavvy.service.errors import CannotListen
    from wavvy.service.server import bind

    settings = read_settings()
    try:
        bind(settings.host, settings.port).close()
    except CannotListen as taken:
        # Wavvy itself may be the one that listens.
        return Finding("warn", *str(taken).split(": ", maxsplit=1))
    return Finding("ok", f"port {settings.port} of {settings.host} is free")
