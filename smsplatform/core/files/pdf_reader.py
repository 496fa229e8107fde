"""The child that reads the structure of one PDF from its input and says by its exit what it found.

The structure is read, never drawn.
"""

import resource
import sys
from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

from smsplatform.core.files.pdfs import DANGEROUS, FINE, UNREADABLE

_ACTING = frozenset(
    [
        "/JS", "/JavaScript", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/EF", "/RichMedia",
        "/XFA", "/ImportData", "/SubmitForm", "/GoToR", "/GoToE", "/Movie", "/Sound", "/Rendition",
        "/3D",
    ]
)  # fmt: skip
_MOST_OBJECTS = 50_000
_MOST_DEPTH = 30
_MEMORY_BYTES = 512 * 1024 * 1024
_CPU_SECONDS = 10
# What a broken document makes the library raise.
_BROKEN = (
    PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, OSError,
    RecursionError, NotImplementedError,
)  # fmt: skip


def read(content: bytes) -> int:
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted or any(_acts(found) for found in _objects(reader)):
            return DANGEROUS
        return FINE if len(reader.pages) else UNREADABLE
    except _BROKEN:
        return UNREADABLE


def _objects(reader: PdfReader) -> Iterator[object]:
    numbers = {(number, 0) for number in reader.xref_objStm}
    for generation, offsets in reader.xref.items():
        numbers |= {(number, generation) for number in offsets}
    if len(numbers) > _MOST_OBJECTS:
        raise ValueError("more objects than scanned pages have")
    yield reader.trailer
    for number, generation in sorted(numbers):
        yield reader.get_object(IndirectObject(number, generation, reader))


def _acts(found: object, depth: int = 0) -> bool:
    """Indirect objects are visited one by one, so references are not followed here."""
    if depth > _MOST_DEPTH:
        return True
    if isinstance(found, DictionaryObject):
        pairs = dict.items(found)
        return any(key in _ACTING or _acts(value, depth + 1) for key, value in pairs)
    if isinstance(found, ArrayObject):
        return any(_acts(value, depth + 1) for value in list.__iter__(found))
    return isinstance(found, NameObject) and found in _ACTING


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    try:
        return read(sys.stdin.buffer.read())
    except MemoryError:
        return DANGEROUS


if __name__ == "__main__":
    sys.exit(main())
