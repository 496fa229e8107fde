"""A stream of bytes, cut into PDUs wherever the packets end."""

from struct import Struct

from messaging.smpp.fields import HEADER_SIZE, MAX_SIZE

_LENGTH = Struct(">I")


class Splitter:
    """Keeps less than one PDU; a length that no PDU has is refused before its bytes arrive."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._needed = 4

    def feed(self, data: bytes) -> list[bytes]:
        if self._kept:
            self._kept += data
            if len(self._kept) < self._needed:
                return []
            data = bytes(self._kept)
            self._kept.clear()
        return self._cut(data)

    def _cut(self, data: bytes) -> list[bytes]:
        whole: list[bytes] = []
        start, end, needed = 0, len(data), 4
        while end - start >= 4:
            needed = _LENGTH.unpack_from(data, start)[0]
            if not HEADER_SIZE <= needed <= MAX_SIZE:
                # No PDU can be found behind this one; decoding these four bytes says why.
                return [*whole, data[start : start + 4]]
            if end - start < needed:
                break
            whole.append(data[start : start + needed])
            start += needed
            needed = 4
        self._needed = needed
        self._kept += data[start:]
        return whole
