"""Wavvy as a user starts it: a process, with its time and memory."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.1
WAVVY = Path(sys.executable).with_name("wavvy.exe" if sys.platform == "win32" else "wavvy")


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that ended well.

    Attributes
    ----------
    seconds : float
        Wall time from start to end.
    peak_mb : float
        Highest resident memory of the process and its children together, in 10^6 bytes. Pages
        that they share count once for each.
    output : str
        What it printed.
    """

    seconds: float
    peak_mb: float
    output: str


def wavvy(data_dir: Path, *arguments: str | Path, cores: int | None = None) -> Finished:
    """Run one ``wavvy`` command to its end, on at most `cores` cores where the system can."""
    command = [str(WAVVY), "--data-dir", str(data_dir), *map(str, arguments)]
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as running:
        process = psutil.Process(running.pid)
        if cores is not None and hasattr(process, "cpu_affinity"):
            process.cpu_affinity(process.cpu_affinity()[:cores])
        output, peak = _watch(running, process)
    seconds = time.perf_counter() - begin
    if running.returncode != 0:
        sys.exit(f"{' '.join(command[:5])} ...: exit code {running.returncode}")
    return Finished(seconds, peak / 1e6, output)


def _watch(running: subprocess.Popen[str], process: psutil.Process) -> tuple[str, int]:
    peak = 0
    while True:
        try:
            output, _ = running.communicate(timeout=SAMPLE_SECONDS)
        except subprocess.TimeoutExpired:
            peak = max(peak, _resident(process))
        else:
            return output, peak


def _resident(process: psutil.Process) -> int:
    try:
        family: Sequence[psutil.Process] = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for member in family:
        try:
            total += _held(member)
        except psutil.NoSuchProcess:
            continue  # it ended between the two looks
    return total


def _held(process: psutil.Process) -> int:
    """Return the resident bytes of a process; of pages that several share, its part (on Linux)."""
    if psutil.LINUX:
        pss: int = process.memory_full_info().pss
        return pss
    rss: int = process.memory_info().rss
    return rss
