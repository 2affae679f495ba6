from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from fastapi import Request

from wavvy.errors import DiskFull, InvalidRequest
from wavvy.service import uploads
from wavvy.service.uploads import Upload, UploadFolder


def receive(
    folder: UploadFolder, body: bytes, content_type: str = "audio/wav", *, stalls: bool = False
) -> Upload:
    messages: Iterator[dict[str, Any]] = iter(
        [{"type": "http.request", "body": body, "more_body": stalls}]
    )

    async def next_message() -> Any:
        message = next(messages, None)
        if message is None:
            await anyio.sleep_forever()
        return message

    scope = {"type": "http", "headers": [(b"content-type", content_type.encode())]}
    request = Request(scope, next_message)

    async def run() -> Upload:
        return await folder.receive(request, allow_raw=True)

    return anyio.run(run)


@pytest.mark.parametrize(
    ("sent", "name", "suffix"),
    [
        ("song.mp3", "song.mp3", ".mp3"),
        ("../../etc/passwd", "passwd", ""),
        (r"C:\Music\a song.FLAC", "a song.FLAC", ".FLAC"),
        ("new\tline\x7f.ogg", "newline.ogg", ".ogg"),
        ("odd.s/u", "u", ""),
        ("strange.tö", "strange.tö", ""),
        ("/", "upload", ""),
        ("x" * 300, "x" * 255, ""),
    ],
)
def test_name_keeps_no_folders_and_the_file_only_a_plain_suffix(
    tmp_path: Path, sent: str, name: str, suffix: str
) -> None:
    body = (
        f'--cut\r\nContent-Disposition: form-data; name="file"; filename="{sent}"\r\n\r\n'
        "sound\r\n--cut--\r\n"
    ).encode()
    folder = UploadFolder(tmp_path / "uploads", max_bytes=10_000)
    with receive(folder, body, "multipart/form-data; boundary=cut") as upload:
        assert upload.name == name
        assert upload.path.suffix == suffix
        assert upload.path.parent == tmp_path / "uploads"
        assert upload.path.read_bytes() == b"sound"
    assert not upload.path.exists()


def test_full_disk_is_said_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = UploadFolder(tmp_path, max_bytes=10_000)
    really_open = Path.open

    def full(_: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    @contextmanager
    def open_on_full_disk(path: Path, mode: str) -> Iterator[Any]:
        with really_open(path, mode):
            yield SimpleNamespace(write=full)

    monkeypatch.setattr(Path, "open", open_on_full_disk)
    with pytest.raises(DiskFull, match="no space is left"):
        receive(folder, b"sound")
    assert list(tmp_path.iterdir()) == []


def test_a_sender_that_falls_silent_is_sent_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PATIENCE_SECONDS", 0.05)
    folder = UploadFolder(tmp_path, max_bytes=10_000)
    with pytest.raises(InvalidRequest, match="nothing came"):
        receive(folder, b"sound", stalls=True)
    assert list(tmp_path.iterdir()) == []
