"""What an account gets to try the platform with."""

import pytest

from billing import tasks
from billing.models import Entry, Package, Wallet
from billing.services import trials
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return factories.AccountFactory()


def parts_of(account):
    found = Wallet.objects.for_account(account).filter(unit=Wallet.Unit.PARTS)
    return sorted(found.values_list("balance", "is_gift"))


def test_a_new_account_is_given_every_trial_package(account):
    trials.install()
    Package.objects.create(name="Codes", parts=20, price_micros=0, is_trial=True)
    Package.objects.create(name="Sold", parts=5000, price_micros=1, is_trial=False)

    tasks.open_account(account_id=account.pk)

    assert parts_of(account) == [(20, True), (100, True)]
    assert Wallet.objects.for_account(account).filter(unit=Wallet.Unit.MICROS).count() == 1


def test_the_task_that_runs_twice_gives_once(account):
    trials.install()

    tasks.open_account(account_id=account.pk)
    tasks.open_account(account_id=account.pk)

    assert parts_of(account) == [(100, True)]
    assert Entry.objects.filter(account=account).count() == 1


def test_a_later_package_is_given_to_whoever_registers_later(account):
    tasks.open_account(account_id=account.pk)
    assert parts_of(account) == []


def test_staff_who_took_the_trial_away_do_not_get_it_back():
    trials.install()
    Package.objects.update(is_trial=False)
    trials.install()

    assert not Package.objects.filter(is_trial=True).exists()
