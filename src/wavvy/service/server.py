"""The server process: its socket, and uvicorn without its habits that do not fit here."""

from __future__ import annotations

import contextlib
import errno
import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from wavvy.service.errors import CannotListen

log = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """A uvicorn server that says when it is ready and hands control back after a signal.

    uvicorn raises a signal again once it has shut down, which would end the process before the
    library is closed.

    Parameters
    ----------
    config : uvicorn.Config
        Of this server.
    stopping : callable
        Is awaited when it begins to stop.
    """

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say goodbye to those who follow something, then to all others."""
        await self._stopping()
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, and say where."""
        if not sockets:
            raise ValueError("this server needs a bound socket")
        listener = sockets[0]
        try:
            await super().startup(sockets=sockets)
        except OSError as error:
            raise cannot_listen(self.config.host, self.config.port, error) from error
        # What was loaded stays: nobody is to wait for the collector to walk all of it once more.
        gc.freeze()
        log.info("Wavvy is ready: %s (stop it with Ctrl-C)", url_of(listener))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop gracefully on a signal, and at once on a second Ctrl-C."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def end_at_once_on_signals() -> None:
    """Let a signal end the process as a kill does, until the server looks after signals itself.

    What is done before may take long, in threads that nobody can end: an index that is made anew.
    It is safe, since a kill costs nothing that was acknowledged.
    """
    if threading.current_thread() is threading.main_thread():
        for number in HANDLED_SIGNALS:
            signal.signal(number, signal.SIG_DFL)


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to `host` and `port` that does not listen yet.

    Raises
    ------
    CannotListen
        If the address is taken, forbidden or unknown.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            if os.name == "posix":
                # Without it a restart has to wait for the last connections to time out.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        raise cannot_listen(host, port, error) from error
    return listener


def cannot_listen(host: str, port: int, error: OSError) -> CannotListen:
    """Return `error` as one line that says what to do."""
    if error.errno == errno.EADDRINUSE:
        return CannotListen(
            f"port {port} of {host} is in use: stop the other server, "
            "or choose another port with --port or WAVVY_PORT"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return CannotListen(
            f"port {port} of {host} may not be used by this user: "
            "choose one above 1023 with --port or WAVVY_PORT"
        )
    reason = error.strerror or str(error)
    return CannotListen(f"cannot listen on {host}, port {port}: {reason}; check WAVVY_HOST")


def url_of(listener: socket.socket) -> str:
    """Return the address of a bound socket as a URL that a browser on this machine can open."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
