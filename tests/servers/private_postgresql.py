"""A private PostgreSQL server for the tests, started from the installed programs."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

PASSWORD = "not-to-be-printed"
START_SECONDS = 120


class PostgreSQL:
    """A server that listens on a free port of this machine alone; made by `running`."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._numbers = count(1)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    def url(self, database: str, password: str = PASSWORD) -> str:
        return f"postgresql://wavvy:{password}@127.0.0.1:{self.port}/{database}"

    def create(self, template: str = "template0") -> str:
        """Make a database with a name of its own, and return its name."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def initialise(self) -> None:
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        self._run(
            "initdb", "--pgdata", self._folder / "data", "--username", "wavvy", "--pwfile", secret,
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync",
        )  # fmt: skip
        # A test database need not survive a power cut.
        with (self._folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(
                f"port = {self.port}\nlisten_addresses = '127.0.0.1'\n"
                f"unix_socket_directories = ''\nfsync = off\nfull_page_writes = off\n"
                # A time zone that is not UTC, nor a whole number of hours away from it.
                "shared_buffers = 32MB\nmax_connections = 60\ntimezone = 'Asia/Kathmandu'\n"
            )

    def start(self) -> None:
        log = (self._folder / "log").open("ab")
        with log:
            self._server = self._popen("postgres", "-D", self._folder / "data", output=log)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.execute("SELECT 1")
                return
            except psycopg.OperationalError:
                text = (self._folder / "log").read_text("utf-8", "replace")
                assert self._server.poll() is None, text
                assert time.monotonic() < deadline, text
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop at once, without a word of goodbye to those who are connected."""
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(timeout=START_SECONDS)

    def _run(self, program: str, *arguments: str | Path) -> None:
        with tempfile.TemporaryFile() as output:
            process = self._popen(program, *arguments, output=output)
            code = process.wait(timeout=60)
            output.seek(0)
            assert code == 0, output.read().decode("utf-8", "replace")

    def _popen(
        self, program: str, *arguments: str | Path, output: object
    ) -> subprocess.Popen[bytes]:
        # The server refuses to run as root.
        owner = _servant() if os.getuid() == 0 else None
        return subprocess.Popen(
            [self._programs / program, *arguments],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=output,  # type: ignore[call-overload]
            stderr=subprocess.STDOUT,
            user=owner,
            extra_groups=[] if owner else None,
        )


@contextmanager
def running() -> Iterator[PostgreSQL]:
    """Run a new server for as long as the block; skip where none is installed, but not in CI."""
    programs = _programs()
    if programs is None:
        missing = "no PostgreSQL server is installed (Debian: apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    # Not in pytest's own folder, which nobody else may enter.
    folder = Path(tempfile.mkdtemp(prefix="wavvy-postgresql-"))
    server = PostgreSQL(programs, folder)
    try:
        if os.getuid() == 0:
            shutil.chown(folder, _servant())
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _programs() -> Path | None:
    """Return the folder with the server's programs; Debian keeps it off the path."""
    if os.name != "posix":
        return None
    on_path = shutil.which("postgres")
    installed = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    versions = sorted(installed, key=lambda program: int(program.parts[-3]))
    found = [Path(on_path)] if on_path else versions
    return found[-1].resolve().parent if found else None


def _servant() -> str:
    import pwd

    return next(
        name for name in ("postgres", "nobody") if name in {u.pw_name for u in pwd.getpwall()}
    )
