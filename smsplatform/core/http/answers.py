"""What comes back: read as it arrives, kept within limits."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import httptools

MAX_ANSWER_BYTES = 64 * 1024
MAX_RETRY_AFTER_SECONDS = 86_400

# Of a head, and of a body with everything that frames it: chunk sizes and trailers.
HEAD_ROOM = 64 * 1024
BODY_ROOM = 16 * MAX_ANSWER_BYTES

NOTED = frozenset({b"retry-after", b"date", b"content-length", b"transfer-encoding"})


class Answer(NamedTuple):
    status: int  # a redirect is an answer like any other; it is never followed
    retry_after: int | None  # seconds, at most a day
    elapsed_ms: int
    body: bytes  # as sent, never decompressed, cut at 64 KiB


class Reader:
    """The answer that a connection is reading, and after `begin` the next one.

    The parser calls the methods that begin with `on_`.
    """

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        # Old servers end lines without CR or pad the sizes of chunks. A connection serves one
        # origin and ends with the first byte nobody asked for, so nothing can be smuggled.
        self._parser.set_dangerous_leniencies(
            lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )
        self.begin()

    def begin(self) -> None:
        self._noted: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._size = 0
        self._room = HEAD_ROOM
        self._status = 0
        self.is_whole = False
        # The other side lets the connection be used again.
        self.is_kept = False

    def feed(self, data: bytes) -> bool:
        """False when this is no answer. What is wrong after a whole one only ends the keeping."""
        room = self._room
        self._room = room - len(data)
        try:
            if len(data) > room:
                self._feed_beyond(data, room)
            else:
                self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.is_kept = False
            return self.is_whole
        return True

    def _feed_beyond(self, data: bytes, room: int) -> None:
        self._parser.feed_data(data[:room])
        if self._room < 0:  # the head has not ended meanwhile
            raise httptools.HttpParserError("too long")
        self._parser.feed_data(data[room:])

    @property
    def is_cut(self) -> bool:
        """As much as anybody wants has come, and more follows."""
        return self._size >= MAX_ANSWER_BYTES

    @property
    def ends_with_connection(self) -> bool:
        """The body is whatever comes until the other side hangs up."""
        return bool(self._status) and self._noted.keys().isdisjoint(
            {b"content-length", b"transfer-encoding"}
        )

    def answer(self, elapsed_seconds: float) -> Answer:
        body = b"".join(self._body)[:MAX_ANSWER_BYTES] if self._size else b""
        return Answer(self._status, _retry_after(self._noted), round(elapsed_seconds * 1000), body)

    # -- what the parser calls ---------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self.is_whole:
            raise httptools.HttpParserError("nobody asked for a second answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if lower in NOTED:
            self._noted.setdefault(lower, value)

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:
            self._status = status
            self._room = BODY_ROOM
        elif status < 100 or status == 101:
            raise httptools.HttpParserError("a status that answers no request of ours")

    def on_body(self, piece: bytes) -> None:
        self._body.append(piece)
        self._size += len(piece)

    def on_message_complete(self) -> None:
        if self._status:
            self.is_whole = True
            self.is_kept = self._parser.should_keep_alive()
        else:
            self.begin()  # that was an interim one: 100 Continue, 103 Early Hints


def _retry_after(noted: Mapping[bytes, bytes]) -> int | None:
    """A date is read against the answer's own Date, so that nobody's clock has to be right."""
    if b"retry-after" not in noted:
        return None
    text = noted[b"retry-after"].decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), MAX_RETRY_AFTER_SECONDS)
    until, now = _date(text), _date(noted.get(b"date", b"").decode("latin-1"))
    if until is None or now is None:
        return None
    return min(max(0, round((until - now).total_seconds())), MAX_RETRY_AFTER_SECONDS)


def _date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed.tzinfo else None
