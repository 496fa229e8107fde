"""The files of a pack, made anew each time they are asked for: no archive lies about.

The papers are sealed where they lie, so one of them at a time is in memory, and never the whole.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO, RawIOBase
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.utils.translation import gettext

from accounts.models import QualificationDocument
from accounts.services import documents
from smsplatform.core import tables, vault
from smsplatform.core.errors import NotFound
from smsplatform.core.files import names
from templates_app.models import FilingLine, FilingPack
from templates_app.services import packing

_SHEET = "signatures"
_WIDTHS = (8, 16, 32, 22, 12, 12, 18, 16, 24, 8, 60, 10, 12, 30)
_FOREIGN = str.maketrans(dict.fromkeys('/\\:*?"<>|', "_"))
_ATTRIBUTES = 0o600 << 16

Paper = tuple[str, QualificationDocument]


def workbook(pack: FilingPack) -> bytes:
    """A row for each signature; a thousand of them are some 100 kB."""
    out = BytesIO()
    lines = pack.lines.select_related("qualification").order_by("id")
    rows = map(packing.row, lines.prefetch_related("qualification__people"))
    tables.write_workbook(
        out, title=_SHEET, header=list(packing.COLUMNS.values()), rows=rows, widths=_WIDTHS
    )
    return out.getvalue()


def papers(pack: FilingPack) -> list[Paper]:
    """Each with its place in the archive: a folder for each signature. Those checked only."""
    lines = pack.lines.select_related("filing__signature", "qualification")
    rows = lines.prefetch_related("qualification__papers__document").order_by("id")
    return [
        (f"{_folder(number, line)}/{place:02}-{paper.purpose}.{ending}", paper)
        for number, line in enumerate(rows, start=1)
        for place, paper in enumerate(line.qualification.papers.all(), start=1)
        if paper.document.is_clean
        for ending in [documents.ENDINGS[paper.document.media_type][0]]
    ]


def stream(pack: FilingPack, found: Sequence[Paper]) -> Iterator[bytes]:
    """The archive, piece by piece: the table first, then the papers that `papers` found."""
    out = _Pieces()
    with ZipFile(out, "w") as archive:
        table = _entry(pack, f"{stem(pack)}.xlsx")
        archive.writestr(table, workbook(pack), ZIP_DEFLATED)
        yield out.taken()
        for path, paper in found:
            name, content = _content(path, paper)
            archive.writestr(_entry(pack, name), content, ZIP_STORED)
            yield out.taken()
    yield out.taken()


def stem(pack: FilingPack) -> str:
    """What its files are called."""
    return f"{pack.operator}-{pack.created_at:%Y%m%d}-{pack.pk}"


def _content(path: str, paper: QualificationDocument) -> tuple[str, bytes]:
    """One that is gone is said to be, and keeps nobody from the others."""
    try:
        return path, documents.read(paper.document)
    except (OSError, NotFound, vault.Unreadable):
        return f"{path}.txt", gettext("This document cannot be read any more.").encode()


def _entry(pack: FilingPack, name: str) -> ZipInfo:
    entry = ZipInfo(name, pack.created_at.timetuple()[:6])
    entry.external_attr = _ATTRIBUTES
    return entry


def _folder(number: int, line: FilingLine) -> str:
    text = names.shown(line.filing.signature.text).translate(_FOREIGN)
    return f"{number:03}-{text}"


class _Pieces(RawIOBase):
    """What an archive writes to: it is handed on before the next is read."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._waiting.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        pieces, self._waiting = self._waiting, []
        return b"".join(pieces)
