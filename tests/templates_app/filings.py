"""Signatures that wait to be handed in, for tests."""

from datetime import UTC, datetime, time

from smsplatform.core.review.models import WorkingHours
from templates_app.models import SignatureFiling
from templates_app.services import filing, operator_terms
from tests import factories

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


def office():
    """Terms and words as a new platform has them; work from Monday to Friday."""
    operator_terms.install()
    WorkingHours.objects.all().delete()
    WorkingHours.objects.bulk_create(
        WorkingHours(weekday=day, opens_at=time(9), closes_at=time(18)) for day in range(5)
    )


def waiting(text, *, account=None, with_papers=True, operator="mobile"):
    """Its filing with one operator; its account has an approved qualification."""
    account = account or factories.AccountFactory()
    if with_papers:
        factories.QualificationFactory(account=account)
    signature = factories.SignatureFactory(account=account, text=text)
    filing.begin(signature=signature)
    return SignatureFiling.objects.get(signature=signature, operator=operator)


def again(one):
    return type(one).objects.get(pk=one.pk)


def states(*filings):
    return [again(one).state for one in filings]
