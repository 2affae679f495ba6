"""The errors that the library raises on purpose.

::

    WavvyError                  code
    ├── MediaError
    │   ├── UnsupportedMedia    unsupported_media    not audio, or a format no decoder knows
    │   ├── NoAudio             no_audio             a container without a sound track
    │   ├── CorruptMedia        corrupt_media        recognised, but nothing could be decoded
    │   └── UnreadableFile      unreadable_file      missing, vanished, no permission, a folder
    ├── InvalidAudio            invalid_audio        NaN, wrong shape, impossible sample rate
    ├── TooLarge                too_large            over a configured limit
    ├── NotFound                not_found            no such track or job
    ├── InvalidRequest          invalid_request      a parameter or message that makes no sense
    └── StoreError              store_error          the data folder cannot be used
        ├── IncompatibleStore   incompatible_store   written by another version or other parameters
        ├── DamagedIndex        damaged_index        a segment or manifest fails its checksum
        ├── StoreBusy           store_busy           another process holds the writer's lock
        ├── StoreUnavailable    store_unavailable    the database server does not answer
        └── DiskFull            disk_full            no space left; nothing acknowledged is lost

A message is one line: what is wrong, with the name of the thing, and what to do about it.
``code`` is the closed set that REST, WebSocket and ``--json`` output share; the service adds those
of ``service/errors.py``.
"""

from __future__ import annotations

from typing import ClassVar


class WavvyError(Exception):
    """Base of all errors that Wavvy raises on purpose."""

    code: ClassVar[str] = "internal"


class MediaError(WavvyError):
    """A file or upload could not be turned into audio."""

    code = "unsupported_media"


class UnsupportedMedia(MediaError):
    """The bytes are no audio format that Wavvy can decode."""

    code = "unsupported_media"


class NoAudio(MediaError):
    """The container holds no sound, or no samples at all."""

    code = "no_audio"


class CorruptMedia(MediaError):
    """The format was recognised, but nothing could be decoded."""

    code = "corrupt_media"


class UnreadableFile(MediaError):
    """The file is missing, vanished, is a folder or may not be read."""

    code = "unreadable_file"


class InvalidAudio(WavvyError):
    """Samples or their description make no sense (NaN, shape, rate)."""

    code = "invalid_audio"


class TooLarge(WavvyError):
    """An upload, clip or message is over a configured limit."""

    code = "too_large"


class NotFound(WavvyError):
    """No track or job has that id."""

    code = "not_found"


class InvalidRequest(WavvyError):
    """A parameter or message makes no sense."""

    code = "invalid_request"


class StoreError(WavvyError):
    """The data folder cannot be used as it is."""

    code = "store_error"


class IncompatibleStore(StoreError):
    """The data folder was written by another version or with other fingerprint parameters."""

    code = "incompatible_store"


class DamagedIndex(StoreError):
    """A segment or the manifest fails its checksum."""

    code = "damaged_index"


class StoreBusy(StoreError):
    """Another process holds the writer's lock for too long."""

    code = "store_busy"


class StoreUnavailable(StoreError):
    """The database server cannot be reached, or does not let Wavvy in."""

    code = "store_unavailable"


class DiskFull(StoreError):
    """No space is left in the data folder; nothing acknowledged is lost."""

    code = "disk_full"
