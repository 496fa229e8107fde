"""The card that an account lets the provider keep: given on the provider's page, known here by its
keys and by how its owner knows it."""

from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing import payments
from billing.models import AutoTopup
from smsplatform.core.errors import DomainError


class NoCards(DomainError):
    code = "cards_not_offered"
    status = 409
    message = _("Cards cannot be saved here.")


class CannotSaveNow(DomainError):
    code = "card_page_unavailable"
    status = 503
    message = _("The page for cards cannot be reached this moment. Try again.")


def save(*, account: Account, back_url: str) -> str:
    """The address at which a card is given; nothing is paid there."""
    plan, _created = AutoTopup.objects.get_or_create(account=account)
    provider = _provider()
    try:
        customer = plan.customer_key or provider.customer(
            account=str(account.public_id), name=account.name
        )
        AutoTopup.objects.filter(pk=plan.pk).update(customer_key=customer)
        started = provider.save_card(
            customer_key=customer, currency=account.currency, back_url=back_url
        )
    except payments.Unreachable as error:
        raise CannotSaveNow from error
    AutoTopup.objects.filter(pk=plan.pk).update(checkout_key=started.checkout_key)
    return started.address


def adopt(*, checkout_key: str) -> bool:
    """The card that was given there, once it is. False: no card of ours is given there. Raises the
    provider's Unreachable."""
    waiting = AutoTopup.objects.filter(checkout_key=checkout_key).exclude(checkout_key="")
    if not waiting.exists():
        return False
    saved = payments.keeping().saved(checkout_key)
    if saved:
        waiting.filter(customer_key=saved.customer_key).update(
            method_key=saved.method_key, method_label=saved.label[:80], stopped_by=""
        )
    return True


def page(*, account: Account, back_url: str) -> str:
    """The address at which they look after their cards and receipts."""
    plan = AutoTopup.objects.filter(account=account).exclude(customer_key="").first()
    if plan is None:
        raise NoCards
    try:
        return _provider().cards_page(customer_key=plan.customer_key, back_url=back_url)
    except payments.Unreachable as error:
        raise CannotSaveNow from error


def _provider() -> payments.Keeping:
    try:
        return payments.keeping()
    except KeyError as error:
        raise NoCards from error
