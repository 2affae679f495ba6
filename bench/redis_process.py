"""A private Redis for as long as something is measured."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def redis_url() -> Iterator[str]:
    """Run ``redis-server`` on a free port, which keeps nothing; yield its URL."""
    program = shutil.which("redis-server")
    if program is None:
        raise SystemExit("no redis-server is installed (Debian: apt-get install redis-server)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="wavvy-bench-") as folder:
        arguments = ["--port", str(port), "--dir", folder, "--save", ""]
        process = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL)
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait()
