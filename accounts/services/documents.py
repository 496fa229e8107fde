"""Documents: taken in, checked by their content, shown to who may see them.

A picture is painted anew at once. A PDF waits in quarantine until a task has read its structure.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Document
from accounts.states import DocumentState
from smsplatform.core import queue
from smsplatform.core.errors import DomainError, NotFound
from smsplatform.core.files import images, names, pdfs, store
from smsplatform.core.files.errors import (
    FileDangerous,
    FileEmpty,
    FileKindUnknown,
    FileMisnamed,
    FileTooLarge,
    FileUnreadable,
)

MOST_MEGABYTES = 5
MOST_BYTES = MOST_MEGABYTES * 1024 * 1024
_DAY = timedelta(days=1)
_ORPHANED_AFTER = _DAY
PDF = "application/pdf"
# By their first bytes; and the endings that a name may have then.
_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"%PDF-": PDF}
ENDINGS = {"image/png": ("png",), "image/jpeg": ("jpg", "jpeg"), PDF: ("pdf",)}


class TooManyUploads(DomainError):
    code = "too_many_uploads"
    status = 429
    message = _("At most {most} files are taken within 24 hours; go on tomorrow.")


def take_in(*, account: Account, content: bytes, name: str, by: str, now: datetime) -> Document:
    """Refuses by a DomainError that says what to do about it. The name is kept as a word only."""
    media_type = _media_type(content, name)
    picture = images.repaint(content, media_type) if media_type != PDF else None
    if picture is None:
        _glance(content)
    kept = picture.content if picture else content
    place = store.put(kept)
    try:
        with transaction.atomic():
            _leave_room(account, now)
            document = Document.objects.create(
                account=account,
                name=names.shown(name),
                media_type=media_type,
                size=len(kept),
                digest=sha256(kept).hexdigest(),
                place=place,
                width=picture.width if picture else None,
                height=picture.height if picture else None,
                state=DocumentState.CLEAN if picture else DocumentState.QUARANTINED,
                uploaded_by=by,
                created_at=now,
                checked_at=now if picture else None,
            )
            if picture is None:
                queue.enqueue("accounts.tasks.check_document", document_id=document.pk)
    except BaseException:
        store.remove(place)
        raise
    return document


def check(*, document_id: int, now: datetime) -> None:
    """Let a PDF out of quarantine, or refuse it. Again does nothing."""
    document = Document.objects.filter(pk=document_id, state=DocumentState.QUARANTINED).first()
    if document is None:
        return
    verdict = pdfs.judge(store.get(document.place))
    problem = {pdfs.FINE: "", pdfs.DANGEROUS: FileDangerous.code}.get(verdict, FileUnreadable.code)
    state = DocumentState.REFUSED if problem else DocumentState.CLEAN
    Document.objects.filter(pk=document_id).advance(state, problem=problem, checked_at=now)


def read(document: Document) -> bytes:
    """The bytes of one that was checked: nobody is shown another."""
    if not document.is_clean:
        raise NotFound
    return store.get(document.place)


def sweep(*, now: datetime) -> int:
    """Remove files of no row: what a process left that died between the two."""
    old = [place for place, put_at in store.places() if put_at < now - _ORPHANED_AFTER]
    kept = set(Document.objects.filter(place__in=old).values_list("place", flat=True))
    orphans = [place for place in old if place not in kept]
    for place in orphans:
        store.remove(place)
    return len(orphans)


def shown_name(document: Document) -> str:
    """What a download is called: nothing of it comes from a stranger."""
    return f"document-{document.public_id.hex[:8]}.{ENDINGS[document.media_type][0]}"


def _leave_room(account: Account, now: datetime) -> None:
    """Whoever attaches and detaches for ever does not fill the disk. One at a time is counted."""
    Account.objects.select_for_update(no_key=True).filter(pk=account.pk).first()
    lately = Document.objects.filter(account=account, created_at__gt=now - _DAY)
    if lately.count() >= settings.UPLOADS_A_DAY:
        raise TooManyUploads(most=settings.UPLOADS_A_DAY)


def _media_type(content: bytes, name: str) -> str:
    if not content:
        raise FileEmpty
    if len(content) > MOST_BYTES:
        raise FileTooLarge(megabytes=MOST_MEGABYTES)
    found = next((kind for start, kind in _KINDS.items() if content.startswith(start)), None)
    if found is None:
        raise FileKindUnknown
    if names.ending(name) not in ENDINGS[found]:
        raise FileMisnamed
    return found


def _glance(content: bytes) -> None:
    if not pdfs.is_whole(content):
        raise FileUnreadable
    if pdfs.is_suspicious(content):
        raise FileDangerous
