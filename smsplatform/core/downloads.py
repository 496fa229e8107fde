"""Tables that a reader takes along: never run, never kept."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from smsplatform.core.tables import neutral

_CSV = "text/csv; charset=utf-8"
# Below zero it begins like a formula, and is none.
_FIGURE = re.compile(r"-?\d+(\.\d+)?")
_BOM = "\ufeff".encode()


def csv_response(content: bytes, *, name: str) -> HttpResponse:
    """`name` is ours, never a stranger's."""
    response = HttpResponse(content, content_type=_CSV)
    _take_along(response, name)
    return response


def file_response(content: bytes, *, content_type: str, name: str) -> HttpResponse:
    """`name` is ours, never a stranger's."""
    response = HttpResponse(content, content_type=content_type)
    _take_along(response, name)
    return response


def csv_stream(
    *, header: Sequence[str], rows: Iterable[Sequence[str]], name: str
) -> StreamingHttpResponse:
    """Row by row: however many there are, they are never all in memory."""
    response = StreamingHttpResponse(_lines(header, rows), content_type=_CSV)
    _take_along(response, name)
    return response


class _Line:
    """What csv writes to; it keeps the line that was written last."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


def _lines(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    line = _Line()
    out = csv.writer(line)
    yield _BOM
    for row in chain([header], rows):
        out.writerow(cell if _FIGURE.fullmatch(cell) else neutral(cell) for cell in row)
        yield line.text.encode()


def _take_along(response: HttpResponseBase, name: str) -> None:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Content-Type-Options"] = "nosniff"
