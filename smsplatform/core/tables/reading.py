"""Tables of strangers: XLSX or CSV in, rows of text out, never more than was asked for.

A workbook is unpacked by a child that may die of it. CSV is UTF-8 (with or without a byte order
mark), UTF-16 or GB18030, as spreadsheets of China still write it.
"""

import codecs
import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from smsplatform.core.files import names
from smsplatform.core.tables.bounds import (
    ACTING,
    MOST_BYTES,
    MOST_COLUMNS,
    MOST_LETTERS,
    QUOTE,
    Refused,
    bounded,
)
from smsplatform.core.tables.errors import TableRefused

_ROOT = Path(__file__).resolve().parents[3]
_CHUNK = 64 * 1024
_MEGABYTES = MOST_BYTES // 1024**2
_ARCHIVE = b"PK\x03\x04"
_WORKBOOKS = ("xlsx",)
_TEXTS = ("csv", "txt", "tsv")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SEPARATORS = ",;\t"


def read(file: IO[bytes], *, name: str, most_rows: int) -> Iterator[list[str]]:
    """The rows as they stand, the header too; an empty row is an empty list, so that numbers fit.

    Raises TableRefused, perhaps after some rows: use none before the last has come.
    """
    with TemporaryFile() as kept:
        start = _keep(file, kept)
        ending = names.ending(name)
        if start.startswith(_ARCHIVE) and ending in _WORKBOOKS:
            rows = _workbook(kept, most_rows)
        elif ending in _TEXTS and not start.startswith(_ARCHIVE):
            rows = _text(kept, most_rows)
        else:
            raise TableRefused("table_kind_unknown")
        try:
            for row in rows:
                yield [_plain(cell) for cell in row]
        except Refused as refusal:
            raise _sentence(refusal, most_rows) from refusal


def _sentence(refusal: Refused, most_rows: int) -> TableRefused:
    return TableRefused(
        refusal.args[0],
        rows=most_rows,
        columns=MOST_COLUMNS,
        letters=MOST_LETTERS,
        megabytes=_MEGABYTES,
    )


def _keep(file: IO[bytes], kept: IO[bytes]) -> bytes:
    """A file of our own, which the child can be handed; returns how it starts."""
    file.seek(0)
    size = 0
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        if size > MOST_BYTES:
            raise TableRefused("table_too_large", megabytes=_MEGABYTES)
        kept.write(chunk)
    if not size:
        raise TableRefused("table_empty")
    kept.seek(0)
    start = kept.read(4)
    kept.seek(0)
    return start


def _plain(cell: str) -> str:
    """A quote that only made a text of it is none of its letters."""
    if "\0" in cell:
        raise Refused("table_unreadable")
    is_quoted = cell.startswith(QUOTE) and cell[1:].startswith(ACTING)
    return cell[1:] if is_quoted else cell


def _workbook(kept: IO[bytes], most_rows: int) -> Iterator[list[str]]:
    child = subprocess.Popen(  # noqa: S603 - our own program and a number
        [sys.executable, "-m", "smsplatform.core.tables.workbook_reader", str(most_rows)],
        stdin=kept,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        text=True,
    )
    with child:
        try:
            yield from _told(child)
        finally:
            child.kill()


def _told(child: "subprocess.Popen[str]") -> Iterator[list[str]]:
    assert child.stdout is not None  # noqa: S101 - as it was opened
    for line in child.stdout:
        told: Any = json.loads(line) if line.endswith("\n") else None
        if isinstance(told, list):
            yield told
        elif told == {}:
            return
        elif told is not None:
            raise Refused(told["refused"])
    # A signal ended it: it had used up its time.
    raise Refused("table_too_large" if child.wait() < 0 else "table_unreadable")


def _text(kept: IO[bytes], most_rows: int) -> Iterator[list[str]]:
    encoding = _encoding(kept)
    with TextIOWrapper(kept, encoding=encoding, newline="") as text:
        separator = _separator(text.readline())
        text.seek(0)
        rows = csv.reader(text, delimiter=separator, strict=True)
        try:
            yield from bounded(rows, most_rows)
        except csv.Error as error:
            raise Refused("table_unreadable") from error


def _encoding(kept: IO[bytes]) -> str:
    start = kept.read(2)
    tried = ("utf-16",) if start in _UTF16 else ("utf-8-sig", "gb18030")
    for encoding in tried:
        if _decodes(kept, encoding):
            kept.seek(0)
            return encoding
    raise Refused("table_unreadable")


def _decodes(kept: IO[bytes], encoding: str) -> bool:
    kept.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := kept.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _separator(line: str) -> str:
    return max(_SEPARATORS, key=line.count)
