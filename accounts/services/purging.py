"""The papers of closed accounts go once their term is over: files from the disk, and whatever
identifies a person. That there were papers, and how they were judged, stays."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import (
    Account,
    Document,
    QualificationPerson,
    RetentionTerm,
    TrialNumber,
)
from accounts.states import AccountState, DocumentState
from smsplatform.core import audit
from smsplatform.core.files import store

_KEPT = (DocumentState.QUARANTINED, DocumentState.CLEAN, DocumentState.REFUSED)
# Of one run; the next goes on.
_MOST_ACCOUNTS = 100


def purge_due(*, now: datetime) -> int:
    """Returns of how many accounts. Without a term nothing goes."""
    term = RetentionTerm.objects.filter(what=RetentionTerm.What.CLOSED_PAPERS).first()
    if term is None:
        return 0
    closed_before = now - timedelta(days=term.days)
    closed = Account.objects.filter(state=AccountState.CLOSED, state_since__lte=closed_before)
    people = QualificationPerson.objects.filter(qualification__account=OuterRef("pk"))
    papers = Document.objects.filter(account=OuterRef("pk"), state__in=_KEPT)
    phones = TrialNumber.objects.filter(account=OuterRef("pk"))
    has_people = Exists(people.exclude(sealed_id_number="")) | Exists(phones)
    with_papers = closed.filter(Exists(papers) | has_people)
    ids = with_papers.order_by("pk").values_list("pk", flat=True)[:_MOST_ACCOUNTS]
    return sum(_purge(account_id, now) for account_id in list(ids))


def _purge(account_id: int, now: datetime) -> bool:
    """Rows first: a file that is left over by a crash belongs to none, and is swept away."""
    with transaction.atomic():
        kept = Document.objects.for_account(account_id).filter(state__in=_KEPT)
        documents = list(kept.select_for_update())
        for document in documents:
            gone = Document.objects.filter(pk=document.pk)
            gone.advance(
                DocumentState.PURGED, place=f"gone/{document.public_id.hex}", name="", purged_at=now
            )
            transaction.on_commit(partial(store.remove, document.place))
        people = QualificationPerson.objects.filter(qualification__account_id=account_id).update(
            name="", sealed_id_number="", fingerprint="", id_tail="", phone="", phone_proved_at=None
        )
        TrialNumber.objects.for_account(account_id).delete()
        audit.record(
            actor="clock",
            action="papers.purged",
            target=f"accounts.account:{account_id}",
            account_id=account_id,
            now=now,
            facts={"documents": [document.pk for document in documents], "people": people},
        )
    return True
