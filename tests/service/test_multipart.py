from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavvy.errors import InvalidRequest
from wavvy.service.multipart import FilePartReader

TYPE = 'multipart/form-data; boundary="cut"'


def body(content: bytes, name: str = "a.wav") -> bytes:
    return (
        b'--cut\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
        b'--cut\r\nContent-Disposition: form-data; name="file"; filename="'
        + name.encode()
        + b'"\r\nContent-Type: audio/wav\r\n\r\n'
        + content
        + b"\r\n--cut--\r\n"
    )


@given(
    content=st.binary(max_size=300).filter(lambda content: b"--cut" not in content),
    cuts=st.lists(st.integers(0, 600), max_size=12),
)
def test_file_is_the_same_however_the_body_is_cut(content: bytes, cuts: list[int]) -> None:
    whole = body(content)
    edges = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    reader = FilePartReader(TYPE)
    chunks = [whole[a:b] for a, b in pairwise(edges)]
    received = b"".join(reader.feed(chunk) for chunk in chunks)
    reader.finish()
    assert received == content
    assert reader.file_name == "a.wav"


def test_file_name_may_be_unicode() -> None:
    reader = FilePartReader(TYPE)
    reader.feed(body(b"x", "Zoë ☂.wav"))
    assert reader.file_name == "Zoë ☂.wav"


@pytest.mark.parametrize("length", [0, 20, 100, 150])
def test_body_that_ends_early_is_refused(length: int) -> None:
    reader = FilePartReader(TYPE)
    reader.feed(body(b"sound")[:length])
    with pytest.raises(InvalidRequest, match="ends early"):
        reader.finish()


def test_boundary_is_needed() -> None:
    with pytest.raises(InvalidRequest, match="boundary"):
        FilePartReader("multipart/form-data")
