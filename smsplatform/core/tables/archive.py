"""A workbook is an archive of strangers: its directory is judged before anything is unpacked.

Plain Python without Django, for the child that unpacks.
"""

from collections.abc import Sequence
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from smsplatform.core.tables.bounds import MOST_PARTS, MOST_RATIO, MOST_UNPACKED_BYTES, Refused

_ENCRYPTED = 0x1
_SYMLINK = 0xA
_ARCHIVE = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_ACTING = (
    "vbaproject", "vbadata", "/externallinks/", "/embeddings/", "/activex/", "/macrosheets/",
    "/dialogsheets/", "/ctrlprops/", "customui/", "/querytables/", "connections.xml",
)  # fmt: skip
_TYPES = "[Content_Types].xml"


def judge(archive: ZipFile) -> None:
    parts = archive.infolist()
    _check_sizes(parts)
    names = [part.filename for part in parts]
    if len(set(names)) != len(names) or any(map(_is_foreign, parts)):
        raise Refused("table_dangerous")
    if any(_is_nested(archive, part) for part in parts):
        raise Refused("table_dangerous")
    if _TYPES not in names:
        raise Refused("table_kind_unknown")
    if b"macroenabled" in archive.read(_TYPES).lower():
        raise Refused("table_dangerous")


def _check_sizes(parts: Sequence[ZipInfo]) -> None:
    """What a part claims is all that is ever unpacked of it."""
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    is_bomb = unpacked > MOST_UNPACKED_BYTES or unpacked > packed * MOST_RATIO
    if is_bomb or len(parts) > MOST_PARTS:
        raise Refused("table_too_large")


def _is_foreign(part: ZipInfo) -> bool:
    name = f"/{part.filename}".lower()
    if any(word in name for word in _ACTING) or "\\" in name or ":" in name:
        return True
    if name.startswith("//") or ".." in name.split("/"):
        return True
    is_odd = part.flag_bits & _ENCRYPTED or part.compress_type not in (ZIP_STORED, ZIP_DEFLATED)
    return bool(is_odd) or part.external_attr >> 28 == _SYMLINK


def _is_nested(archive: ZipFile, part: ZipInfo) -> bool:
    with archive.open(part) as content:
        return content.read(4) in (_ARCHIVE, _OLE)
