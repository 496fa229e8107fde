"""The life of a version of a price list: drafted, published by somebody else, withdrawn in time."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.models import PriceList, PriceVersion, Rate
from billing.states import VersionState
from smsplatform.core import audit
from smsplatform.core.errors import DomainError

# A version that begins so soon may be remembered by a process as one that will.
_REMEMBERED = timedelta(seconds=5)


class NotADraft(DomainError):
    code = "version_not_draft"
    status = 409
    message = _("Only a draft can be published, and this is none any more.")


class NoPrices(DomainError):
    code = "version_without_prices"
    status = 409
    message = _("This version has no price; import or add some.")


class OwnWork(DomainError):
    code = "version_own_work"
    status = 409
    message = _("You changed this version last: somebody else has to publish it.")


class BelowFloor(DomainError):
    code = "price_below_floor"
    status = 409
    message = _("Below the floor of everybody's list: {prices}.")


class InForce(DomainError):
    code = "version_in_force"
    status = 409
    message = _("This version is in force already: publish another one after it.")


def draft(
    *, of: PriceList, valid_from: datetime, rates: Iterable[Rate], by: User | None, note: str = ""
) -> PriceVersion:
    """The next version of a list, with these prices; `rates` are not stored yet."""
    with transaction.atomic():
        PriceList.objects.select_for_update(no_key=True).get(pk=of.pk)
        last = PriceVersion.objects.filter(list=of).aggregate(last=Max("number"))["last"] or 0
        version = PriceVersion.objects.create(
            list=of,
            number=last + 1,
            valid_from=valid_from,
            note=note,
            edited_by=by.pk if by else None,
        )
        Rate.objects.bulk_create(_copy(rate, version) for rate in rates)
    return version


def redraft(*, version: PriceVersion, by: User, now: datetime) -> PriceVersion:
    """A draft with the same prices, to go on from."""
    note = f"= {version.number}"
    return draft(of=version.list, valid_from=now, rates=version.rates.all(), by=by, note=note)


def publish(*, version: PriceVersion, by: User, now: datetime) -> None:
    """What should have begun already begins now: nothing is charged anew."""
    with transaction.atomic():
        held = PriceVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
        rates = list(held.rates.all())
        if not rates:
            raise NoPrices
        if held.edited_by == by.pk and not _is_alone(by):
            raise OwnWork
        _check_floors(held, rates, now)
        moved = PriceVersion.objects.filter(pk=held.pk).advance(
            VersionState.PUBLISHED,
            published_by=by.pk,
            published_at=now,
            valid_from=max(held.valid_from, now),
        )
        if not moved:
            raise NotADraft
        _record("price_list.published", held, by, now)


def withdraw(*, version: PriceVersion, by: User, now: datetime) -> None:
    """A draft at any time, what was published until it begins."""
    with transaction.atomic():
        held = PriceVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
        if held.state == VersionState.PUBLISHED and held.valid_from <= now + _REMEMBERED:
            raise InForce
        if PriceVersion.objects.filter(pk=held.pk).advance(VersionState.WITHDRAWN):
            _record("price_list.withdrawn", held, by, now)


def _record(action: str, version: PriceVersion, by: User, now: datetime) -> None:
    audit.record(
        actor=f"user:{by.pk}",
        action=action,
        target=f"billing.priceversion:{version.pk}",
        account_id=version.list.account_id,
        now=now,
        facts={"list": version.list_id, "version": version.number},
    )


def _is_alone(by: User) -> bool:
    """A platform that one person runs has no second pair of eyes."""
    return not User.objects.filter(is_staff=True, is_active=True).exclude(pk=by.pk).exists()


def _copy(rate: Rate, version: PriceVersion) -> Rate:
    return Rate(version=version, **{name: getattr(rate, name) for name in Rate.CONTENT})


def _check_floors(version: PriceVersion, rates: Sequence[Rate], now: datetime) -> None:
    """What everybody's list says at this instant; a floor that is raised later binds what is
    published later."""
    owner = version.list
    if owner.account_id is None and owner.group_id is None:
        return
    standing = PriceVersion.objects.in_force(now).filter(
        list__account=None, list__group=None, list__is_sample=False, list__currency=owner.currency
    )
    floors = [rate for rate in Rate.objects.filter(version__in=standing) if rate.floor_micros]
    undercut = [rate for rate in rates if _cheapest(rate) < _floor(rate, floors)]
    if undercut:
        raise BelowFloor(prices="; ".join(str(rate) for rate in undercut[:5]))


def _cheapest(rate: Rate) -> int:
    return min([rate.price_micros, *rate.tier_micros])


def _floor(rate: Rate, floors: Sequence[Rate]) -> int:
    """The highest of those that a message of this rate may fall under."""
    return max((floor.floor_micros for floor in floors if _overlap(rate, floor)), default=0)


def _overlap(one: Rate, other: Rate) -> bool:
    same = all(
        "" in (getattr(one, name), getattr(other, name))
        or getattr(one, name) == getattr(other, name)
        for name in ("country", "message_class", "route")
    )
    return same and (one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix))
