"""Uploads on their way in: streamed to a temporary file, removed in every case."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, Self

from anyio import to_thread
from fastapi import Request

from wavvy.errors import DiskFull, InvalidRequest, NoAudio, TooLarge, UnsupportedMedia
from wavvy.index.files import sync_folder
from wavvy.service.multipart import FilePartReader

PATIENCE_SECONDS = 30
"""How long the next piece of an upload may take."""

_WRITE_BYTES = 1 << 20
_RAW_TYPES = ("audio/", "video/", "application/ogg", "application/octet-stream")
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True, slots=True)
class Upload:
    """A received file. As a context manager it removes the file at the end.

    Attributes
    ----------
    path : Path
        Where the bytes are.
    name : str
        The client's name for the file, without folders.
    digest : bytes
        SHA-256 of the content.
    """

    path: Path
    name: str
    digest: bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.discard()

    def settle(self) -> None:
        """Bring the file to the disk, so that a promise to work on it outlives a loss of power.

        Raises
        ------
        DiskFull
            If there is no space.
        """
        with _space_needed(self.path.parent):
            with self.path.open("r+b") as file:
                os.fsync(file.fileno())
            sync_folder(self.path.parent)

    def discard(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)


class UploadFolder:
    """Receives uploads into one folder.

    Parameters
    ----------
    folder : Path
        Where uploads lie until they have been worked on; made if it is missing.
    max_bytes : int
        Largest request body.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self._max_bytes = max_bytes
        folder.mkdir(parents=True, exist_ok=True)

    async def receive(self, request: Request, *, allow_raw: bool) -> Upload:
        """Stream the file in `request` to disk.

        Parameters
        ----------
        request : Request
            With a body not read yet: ``multipart/form-data`` with a part ``file``, or the file
            itself.
        allow_raw : bool
            Whether the body may be the file itself.

        Raises
        ------
        UnsupportedMedia
            If the content type is neither.
        InvalidRequest
            If the form is broken or has no file.
        NoAudio
            If the file is empty.
        TooLarge
            If the file is over the limit.
        DiskFull
            If there is no space.
        """
        if int(request.headers.get("content-length", 0)) > self._max_bytes:
            raise self._too_large()
        content_type = request.headers.get("content-type", "")
        form: FilePartReader | None = None
        if content_type.lower().startswith("multipart/form-data"):
            form = FilePartReader(content_type)
        elif not allow_raw:
            raise UnsupportedMedia(
                f"Content-Type {content_type or '(none)'} is not understood here: "
                "send multipart/form-data with the file in a part `file`"
            )
        elif not content_type.lower().startswith(_RAW_TYPES):
            raise UnsupportedMedia(
                f"Content-Type {content_type or '(none)'} is not understood: send audio/* or "
                "application/octet-stream, or multipart/form-data with a part `file`"
            )
        path = self.folder / secrets.token_hex(16)
        try:
            with _space_needed(self.folder), await to_thread.run_sync(path.open, "xb") as file:
                digest = await self._write(request, form, file)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        name = _base_name(form.file_name if form else None)
        # The suffix helps readers of tags that go by it.
        suffix = re.search(r"\.[A-Za-z0-9]{1,8}$", name)
        return Upload(path.rename(path.with_suffix(suffix[0] if suffix else "")), name, digest)

    async def _write(self, request: Request, form: FilePartReader | None, file: BinaryIO) -> bytes:
        received, digest = 0, hashlib.sha256()

        def write(data: bytes) -> None:
            digest.update(data)
            file.write(data)

        pending = bytearray()
        async for chunk in _chunks(request):
            received += len(chunk)
            if received > self._max_bytes:
                raise self._too_large()
            pending += form.feed(chunk) if form else chunk
            if len(pending) >= _WRITE_BYTES:
                await to_thread.run_sync(write, bytes(pending))
                pending.clear()
        if form:
            form.finish()
        await to_thread.run_sync(write, bytes(pending))
        if file.tell() == 0:
            raise NoAudio("the upload is empty: send the bytes of an audio file")
        return digest.digest()

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"the upload is larger than {self._max_bytes // 1_000_000} MB: "
            "send less or raise WAVVY_MAX_UPLOAD_MB"
        )


@contextmanager
def _space_needed(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise DiskFull(f"no space is left in {folder}: free some and upload again") from error
        raise


def _base_name(name: str | None) -> str:
    """Return the client's file name without folders and control characters."""
    base = PurePosixPath((name or "").replace("\\", "/")).name
    return re.sub(r"[\x00-\x1f\x7f]", "", base)[:255] or "upload"


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes; a sender that falls silent does not hold its place for ever."""
    stream = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise InvalidRequest(
                f"nothing came for {PATIENCE_SECONDS} s: send the whole upload again"
            ) from None
        yield chunk
