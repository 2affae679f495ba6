"""Streaming reader of ``multipart/form-data``: the bytes of one file part, as they arrive.

The framework's own form parser buffers every part and knows no limit for a file; uploads here
may be hundreds of megabytes, so only the wanted part is kept and nothing waits for the end.
"""

from __future__ import annotations

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from wavvy.errors import InvalidRequest

_NOT_MULTIPART = (
    "the body is no valid multipart/form-data, {}: send the file in a part named `file`"
)


class FilePartReader:
    """Extracts one file part from a multipart body that arrives in chunks.

    Parameters
    ----------
    content_type : str
        The request's ``Content-Type`` with its boundary.
    field : str
        Name of the wanted part; other parts are skipped.

    Raises
    ------
    InvalidRequest
        If there is no boundary.
    """

    def __init__(self, content_type: str, field: str = "file") -> None:
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise InvalidRequest(_NOT_MULTIPART.format("its Content-Type names no boundary"))
        self.file_name: str | None = None
        self._field = field.encode()
        self._found = False
        self._ended = False
        self._in_file = False
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._disposition = b""
        self._data: list[bytes] = []
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_header_field": self._read_header_name,
                    "on_header_value": self._read_header_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": self._read_data,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise InvalidRequest(_NOT_MULTIPART.format(error)) from error

    def feed(self, chunk: bytes) -> bytes:
        """Take the next chunk of the body and return the file's bytes in it.

        Raises
        ------
        InvalidRequest
            If the body is no multipart, or holds the wanted part twice.
        """
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise InvalidRequest(_NOT_MULTIPART.format(error)) from error
        data = b"".join(self._data)
        self._data.clear()
        return data

    def finish(self) -> None:
        """Check that the body was whole and held the file.

        Raises
        ------
        InvalidRequest
            If the body ended early or without the wanted part.
        """
        if not self._ended:
            raise InvalidRequest(_NOT_MULTIPART.format("it ends early"))
        if not self._found:
            raise InvalidRequest("the form has no file: send it in a part named `file`")

    def _begin_part(self) -> None:
        self._disposition = b""
        self._in_file = False

    def _read_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _read_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _end_headers(self) -> None:
        options = parse_options_header(self._disposition)[1]
        if options.get(b"name") != self._field:
            return
        if self._found:
            raise InvalidRequest("the form has two parts named `file`: send one a request")
        self._found = self._in_file = True
        name = options.get(b"filename", b"")
        self.file_name = name.decode("utf-8", errors="replace") or None

    def _read_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._data.append(data[start:end])

    def _end(self) -> None:
        self._ended = True
