"""A client for a Wavvy server, in one's own thread or asynchronous.

::

    from wavvy.client import Client

    with Client("http://127.0.0.1:8000") as wavvy:
        wavvy.add("song.flac")
        print(wavvy.recognise("clip.mp3").results)

`AsyncClient` has the same methods to be awaited. Answers are the models that the server itself
makes them of, and whatever goes wrong is an `ApiError` or `Unreachable`.
"""

from wavvy.client.asynchronous import AsyncClient
from wavvy.client.errors import ApiError, Unreachable
from wavvy.client.listening import ListenEvent, Match, NoMatch, Progress
from wavvy.client.sync import Client

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "ListenEvent",
    "Match",
    "NoMatch",
    "Progress",
    "Unreachable",
]
