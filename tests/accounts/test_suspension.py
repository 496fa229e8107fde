"""An account is stopped for a reason that its people read, and goes on."""

import json

import pytest
from django.core import mail
from django.urls import reverse
from django_q.models import OrmQ

from accounts import tasks
from accounts.models import Account, Event, Role, WebhookDelivery
from accounts.services import suspension, webhooks
from smsplatform.core import clock, remember
from smsplatform.core.audit import AuditEntry
from tests import factories, world
from tests.messaging.line import SECRET
from tests.portal import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    remember.forget()
    return factories.AccountFactory(name="Acme")


def suspend(account, waiting="hold", reason="Complaints of recipients."):
    suspension.suspend(
        account=account, reason=reason, waiting=waiting, by="user:7", now=clock.now()
    )


def resume(account):
    suspension.resume(account=account, by="user:7", now=clock.now())


def page(account):
    return reverse("staff-account-standing", args=[account.pk])


@pytest.mark.parametrize(("waiting", "state"), [("hold", "suspended"), ("cancel", "frozen")])
def test_staff_choose_what_becomes_of_what_waits(account, waiting, state):
    suspend(account, waiting)

    account = Account.objects.get()
    assert (account.state, account.state_reason) == (state, "Complaints of recipients.")
    entry = AuditEntry.objects.get(account_id=account.pk)
    assert (entry.actor, entry.action) == ("user:7", f"account.{state}")
    assert Event.objects.get().facts == {"reason": "Complaints of recipients."}

    resume(account)
    account = Account.objects.get()
    assert (account.state, account.state_reason) == ("active", "")


def test_who_is_suspended_may_be_frozen_and_nobody_is_stopped_twice(account):
    suspend(account)
    with pytest.raises(suspension.NotPossible):
        suspend(account)

    suspend(account, "cancel")

    assert account.state == "frozen"
    with pytest.raises(suspension.NotPossible):
        suspend(account)


def test_a_stop_needs_a_reason_and_only_who_is_stopped_goes_on(account):
    with pytest.raises(suspension.ReasonMissing):
        suspend(account, reason=" ")
    with pytest.raises(suspension.NotPossible):
        resume(account)


def test_two_who_stop_at_once_stop_once(account):
    stale = Account.objects.get()
    suspend(account)

    with pytest.raises(suspension.NotPossible):
        suspend(stale, "hold")

    assert Event.objects.count() == 1


def test_its_systems_and_its_owners_are_told_why(account):
    webhooks.create_endpoint(account=account, url="https://a.example/", secret=SECRET)
    remember.forget()
    owner = factories.MembershipFactory(account=account, role=Role.OWNER).user
    factories.MembershipFactory(account=account, role=Role.VIEWER)

    suspend(account)
    told = json.loads(WebhookDelivery.objects.get().payload)
    assert told["type"] == "account.suspended"
    assert told["data"]["reason"] == "Complaints of recipients."

    task = next(row for row in OrmQ.objects.all() if row.func().startswith("accounts."))
    assert task.func() == "accounts.tasks.mail_suspension"
    tasks.mail_suspension(**task.kwargs())
    [sent] = mail.outbox
    assert sent.to == [owner.email]
    assert sent.subject == "Acme is suspended"
    assert "Complaints of recipients." in sent.body


def test_the_portal_says_why(account, client):
    sign_in(client, account=account)
    suspend(account)

    assert "Complaints of recipients." in client.get("/").text


@pytest.mark.parametrize(("waiting", "state"), [("hold", "suspended"), ("cancel", "frozen")])
def test_its_keys_send_nothing_and_go_on_reading(client, waiting, state):
    customer = world.make_customer()
    suspend(Account.objects.get(), waiting)
    remember.forget()
    body = {"to": "13800138000", "text": "hello"}

    answer = client.post(
        "/api/v1/messages", body, "application/json", headers=customer.bearer
    ).json()

    assert (answer["status"], answer["code"]) == (403, f"account_{state}")
    assert client.get("/api/v1/messages", headers=customer.bearer).status_code == 200


@pytest.fixture
def reviewer(client):
    client.force_login(factories.staff("mei@example.com"))
    return client


def test_the_desk_counts_what_waits_before_it_asks(account, reviewer):
    factories.MessageFactory(account=account, state="review")

    shown = reviewer.get(page(account)).text

    assert "hold back what waits" in shown
    assert "cancel what waits and pay it back" in shown
    assert "<td>1</td>" in shown
    assert (
        page(account)
        in reviewer.get(reverse("admin:accounts_account_change", args=[account.pk])).text
    )


def test_the_desk_suspends_freezes_and_lets_go_on(account, reviewer):
    assert reviewer.post(page(account), {"reason": "", "waiting": "hold"}).status_code == 422
    reviewer.post(page(account), {"reason": "Complaints.", "waiting": "hold"})
    account.refresh_from_db()
    assert account.state == "suspended"

    shown = reviewer.get(page(account)).text
    assert "Complaints." in shown
    assert "hold back what waits" not in shown

    reviewer.post(page(account), {"reason": "Fraud.", "waiting": "cancel"})
    account.refresh_from_db()
    assert (account.state, account.state_reason) == ("frozen", "Fraud.")

    reviewer.post(page(account), {"resume": ""})
    account.refresh_from_db()
    assert account.state == "active"


def test_a_page_that_is_stale_changes_nothing(account, reviewer):
    answer = reviewer.post(page(account), {"resume": ""}, follow=True)

    assert "this cannot be done now" in answer.text
    account.refresh_from_db()
    assert account.state == "active"


def test_a_closed_account_is_closed_for_good(account, reviewer):
    Account.objects.update(state="closed")

    assert "closed for good" in reviewer.get(page(account)).text
