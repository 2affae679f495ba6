"""Messages between a server and a process that listens: a pickle, and sound after it.

A process trusts the server that started it, and the server a process to which nothing of a client
comes but samples.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator, Sequence
from typing import IO, Any

SIZES = struct.Struct("<II")
"""Goes before each: the bytes of the pickle, and of the sound."""


def packed(message: object, sound: Sequence[bytes] = ()) -> tuple[bytes, ...]:
    """Return what to write, in pieces."""
    data = pickle.dumps(message)
    return SIZES.pack(len(data), sum(map(len, sound))), data, *sound


def unpacked(pipe: IO[bytes]) -> Iterator[tuple[Any, memoryview]]:
    """Yield each message that comes, and the sound that came with it, which holds until the next.

    They end with the pipe, in the middle of one too.
    """
    room = bytearray()  # memory that is new each time would take longer than to read into it
    while len(head := pipe.read(SIZES.size)) == SIZES.size:
        size, sound_size = SIZES.unpack(head)
        data = pipe.read(size)
        if sound_size > len(room):
            room = bytearray(sound_size)
        sound = memoryview(room)[:sound_size]
        read = pipe.readinto(sound)  # type: ignore[attr-defined]
        if len(data) < size or read < sound_size:
            return
        yield pickle.loads(data), sound
