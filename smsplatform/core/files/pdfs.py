"""PDF documents: nothing in them may act. Read by a child process with little memory and time.

The structure is read, never drawn. Names may be written in hexadecimal and hidden in compressed
streams, so looking for words in the bytes is only the first, quick look.
"""

import resource
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

ROOT = Path(__file__).resolve().parents[3]
_ACTING = frozenset(
    [
        "/JS", "/JavaScript", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/EF", "/RichMedia",
        "/XFA", "/ImportData", "/SubmitForm", "/GoToR", "/GoToE", "/Movie", "/Sound", "/Rendition",
        "/3D",
    ]
)  # fmt: skip
# What no document needs: pages of the web, and the word that every virus scanner is tried with.
_FOREIGN = (b"<script", b"<html", b"<svg", b"$eicar-standard-antivirus-test-file!$")
_MOST_OBJECTS = 50_000
_MOST_DEPTH = 30
_MEMORY_BYTES = 512 * 1024 * 1024
_CPU_SECONDS = 10
_WAIT_SECONDS = 20

FINE, DANGEROUS, UNREADABLE = 0, 10, 11


def is_suspicious(content: bytes) -> bool:
    """The quick look: words that stand there for everybody to read."""
    lower = content.lower()
    words = (b"/javascript", b"/launch", b"/embeddedfile", b"/richmedia", b"/encrypt", *_FOREIGN)
    return any(word in lower for word in words)


def is_whole(content: bytes) -> bool:
    """From its first byte to its last line: whatever stands around a document is no document."""
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]


def judge(content: bytes) -> int:
    """FINE, DANGEROUS or UNREADABLE, found by a child that may die of what it reads."""
    try:
        answer = subprocess.run(
            [sys.executable, "-m", "smsplatform.core.files.pdfs"],
            input=content,
            cwd=ROOT,
            timeout=_WAIT_SECONDS,
            capture_output=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return DANGEROUS
    return answer.returncode if answer.returncode in (FINE, DANGEROUS) else UNREADABLE


def read(content: bytes) -> int:
    """As `judge`, in this very process."""
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted:
            return DANGEROUS
        if not reader.pages or any(_acts(found) for found in _objects(reader)):
            return DANGEROUS if reader.pages else UNREADABLE
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OSError):
        return UNREADABLE
    return FINE


def _objects(reader: PdfReader) -> Iterator[object]:
    numbers = {(number, 0) for number in reader.xref_objStm}
    for generation, offsets in reader.xref.items():
        numbers |= {(number, generation) for number in offsets}
    if len(numbers) > _MOST_OBJECTS:
        raise ValueError("more objects than a scanned page can have")
    yield reader.trailer
    for number, generation in sorted(numbers):
        yield reader.get_object(IndirectObject(number, generation, reader))


def _acts(found: object, depth: int = 0) -> bool:
    """Indirect objects are visited one by one, so references are not followed here."""
    if depth > _MOST_DEPTH:
        return True
    if isinstance(found, DictionaryObject):
        return any(key in _ACTING or _acts(value, depth + 1) for key, value in dict.items(found))
    if isinstance(found, ArrayObject):
        return any(_acts(value, depth + 1) for value in list.__iter__(found))
    return isinstance(found, NameObject) and found in _ACTING


def _main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    try:
        return read(sys.stdin.buffer.read())
    except MemoryError:
        return DANGEROUS


if __name__ == "__main__":
    sys.exit(_main())
