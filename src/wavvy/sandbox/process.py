"""One decoding process, from the side of whoever asks it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import IO, Any

from wavvy.errors import CorruptMedia
from wavvy.sandbox.patience import Patience
from wavvy.sandbox.pipes import widen

_MOST_LINE_BYTES = 1 << 20
_MOST_DATA_BYTES = 1 << 26
# What a program needs to start, and no more: the environment may hold passwords.
_ENVIRONMENT = (
    *("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR"),
)
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class ProcessKilled(CorruptMedia):
    """Somebody killed the process, as a system without memory does: hardly the file's fault."""


class DecoderProcess:
    """A running child; it works on one file at a time.

    Parameters
    ----------
    memory_mb : int
        How much more memory than at its start it may use, in megabytes (10^6 bytes), on Linux.

    Attributes
    ----------
    tasks : int
        How many it was given.
    """

    def __init__(self, memory_mb: int) -> None:
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        self.tasks = 0
        self._memory_mb = memory_mb
        self._ready = False
        self._at_rest = True
        self._name = ""
        self._patience = Patience(0, 0, 0)
        self._waited = self._silent = 0.0
        self._is_awaited = False
        self._given_up = False
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "wavvy.sandbox.child", str(memory_mb * 1_000_000)],
            env=kept | _ONE_THREAD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        widen(self._stdout)

    @property
    def is_at_rest(self) -> bool:
        """Whether it can take another task: it lives, and was heard to the end of the last."""
        return self._at_rest and self._process.poll() is None

    def ask(self, task: str, *, name: str, patience: Patience, **details: Any) -> None:
        """Give it a task; `hear` its answers.

        Parameters
        ----------
        task : str
            ``decode`` or ``tags``.
        name : str
            What messages call the file.
        patience : Patience
            How long it may take.
        **details
            What the task is about.
        """
        if not self._ready:
            self._await_start()
        self._name, self._patience, self._waited = name, patience, 0.0
        self.tasks += 1
        self._at_rest = False
        order = {"task": task, "name": name, "cpu_seconds": patience.cpu_seconds} | details
        try:
            self._stdin.write(json.dumps(order).encode() + b"\n")
            self._stdin.flush()
        except OSError:
            raise self._failed() from None

    def hear(self) -> tuple[Mapping[str, Any], bytes]:
        """Return its next answer and the raw data that belongs to it.

        Raises
        ------
        CorruptMedia
            If the file crashes it, takes it too long or needs too much memory.
        ProcessKilled
            If it was killed from outside.
        """
        self._silent = 0.0
        self._is_awaited = True
        try:
            line = self._stdout.readline(_MOST_LINE_BYTES)
            if not line.endswith(b"\n"):
                raise self._failed()
            header = json.loads(line)
            size = header["bytes"]
            if not (isinstance(size, int) and 0 <= size <= _MOST_DATA_BYTES):
                raise ValueError
            data = self._stdout.read(size)
            if len(data) < size:
                raise self._failed()
        except OSError:
            raise self._failed() from None
        except (ValueError, KeyError, TypeError):
            self._process.kill()
            raise CorruptMedia(f"{self._name}: its decoder went astray; leave it out") from None
        finally:
            self._is_awaited = False
        self._at_rest = header.get("kind") != "samples"
        if header.get("kind") == "memory":
            raise CorruptMedia(
                f"{self._name} needs more than {self._memory_mb} MB to be decoded; convert it to "
                "FLAC and try that"
            )
        if header.get("kind") == "fault":
            raise CorruptMedia(f"{self._name} cannot be decoded ({header.get('reason')})")
        return header, data

    def look_after(self, seconds: float) -> None:
        """End it if it has kept its caller waiting for too long.

        To be called from another thread, every so many `seconds`. They are counted, and no clock is
        read, so that a while in which this process was stopped itself is nobody's fault.
        """
        if not self._is_awaited:
            return
        self._waited += seconds
        self._silent += seconds
        if (
            self._waited > self._patience.wait_seconds
            or self._silent > self._patience.silent_seconds
        ):
            self._given_up = True
            self._process.kill()

    def end(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()
        self._stdout.close()
        try:
            self._stdin.close()
        except OSError:
            return  # something was still to be written

    def _await_start(self) -> None:
        line = self._stdout.readline(_MOST_LINE_BYTES)
        if b"ready" not in line:
            self.end()
            raise RuntimeError("a decoding process cannot start: its reason is above")
        self._ready = True

    def _failed(self) -> CorruptMedia:
        """Tell why it has ended."""
        self._process.kill()  # it may have closed its output alone
        code = self._process.wait()
        if self._given_up or (sys.platform != "win32" and code == -signal.SIGXCPU):
            return CorruptMedia(
                f"{self._name} takes too long to decode; convert it to FLAC and try that"
            )
        if sys.platform != "win32" and code == -signal.SIGKILL:
            return ProcessKilled(
                f"{self._name} was not decoded: the system killed the process that was at it, "
                "perhaps for want of memory; try it again"
            )
        return CorruptMedia(f"{self._name} crashes the decoder; convert it to FLAC and try that")

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout
