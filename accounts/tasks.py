"""The task queue's entries for people and companies: each may run twice and calls one service."""

from uuid import UUID

from accounts.services import documents, expiring, notices, purging, standing
from smsplatform.core import clock
from smsplatform.core.queue import Every

SCHEDULES = (
    Every("accounts.tasks.follow_qualifications", minutes=60),
    Every("accounts.tasks.follow_keys", minutes=60),
    Every("accounts.tasks.sweep_documents", minutes=24 * 60),
)


def check_document(*, document_id: int, **_: object) -> None:
    documents.check(document_id=document_id, now=clock.now())


def mail_qualification(*, event_id: str, **_: object) -> None:
    notices.mail_qualification(event_id=UUID(event_id))


def mail_suspension(*, event_id: str, **_: object) -> None:
    notices.mail_suspension(event_id=UUID(event_id))


def mail_violation(*, event_id: str, **_: object) -> None:
    notices.mail_violation(event_id=UUID(event_id))


def mail_invitation(*, invitation_id: int, **_: object) -> None:
    notices.mail_invitation(invitation_id=invitation_id)


def mail_key_ending(*, key_id: int, **_: object) -> None:
    notices.mail_key_ending(key_id=key_id)


def follow_keys(**_: object) -> None:
    """Every hour, so that seven days are seven days."""
    expiring.remind_due(now=clock.now())


def follow_qualifications(**_: object) -> None:
    """Papers that ended, and those that soon will. Every hour: a day begins in each zone."""
    now = clock.now()
    standing.expire_due(now=now)
    standing.remind_due(now=now)


def sweep_documents(**_: object) -> None:
    """What closed accounts have left behind, and files of no row."""
    purging.purge_due(now=clock.now())
    documents.sweep(now=clock.now())
