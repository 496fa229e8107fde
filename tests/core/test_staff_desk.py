"""The staff desk shows everything, changes what it may, and never counts a whole table."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import (
    ApiKey,
    Event,
    Qualification,
    User,
    WebhookDelivery,
    WebhookEndpoint,
)
from accounts.services import keys
from billing.models import AutoTopup, Entry, Invoice, Receivable
from billing.services import invoicing
from messaging.models import Carrier, Due, Health, Lease, Message, Route
from reports.models import Violation
from reports.services import rollup
from smsplatform.core import ids, vault
from smsplatform.core.admin import MOST_COUNTED, CappedPaginator, ReadOnly
from smsplatform.core.audit import AuditEntry
from templates_app.models import BoundItem, Signature, Template
from templates_app.services import filing
from tests import factories
from tests.core import review_kinds
from tests.reports import rows

pytestmark = pytest.mark.django_db

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
READ_ONLY = [model for model in REGISTERED if isinstance(admin.site._registry[model], ReadOnly)]
SECRET = "a-secret-nobody-reads"


@pytest.fixture
def staff(client):
    user = factories.staff("desk@example.com", "a long enough password")
    client.force_login(user)
    return client


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def message(now):
    """One of everything that staff may look at."""
    account = rows.account(now=now)
    message = rows.message(account, now=now, state="sent", sent_at=now)
    rows.attempt(message, now=now, carrier_code="ESME_ROK")
    rows.part(message)
    rows.receipt(message, now=now)
    rollup.rebuild_recent(now=now, days_back=0)
    Violation.objects.create(invariant="I11", found=1, rows=[], first_seen_at=now, last_seen_at=now)
    invoicing.close(account=account, until_date=now.date() + timedelta(days=2), now=now)
    keys.create(project=account.projects.get(), name="test")
    endpoint = WebhookEndpoint.objects.create(
        account=account, url="https://a.example/", sealed_secret=SECRET
    )
    WebhookDelivery.objects.create(
        id=ids.one(now),
        subject_id=message.id,
        account=account,
        endpoint=endpoint,
        kind="message.sent",
        payload="{}",
        due_at=now,
        created_at=now,
    )
    Event.objects.create(
        id=ids.one(now),
        account=account,
        kind="test",
        subject_id=message.id,
        actor="test",
        created_at=now,
    )
    Qualification.objects.create(account=account, name="Silk Road Ltd", registration_number="1")
    factories.DocumentFactory(account=account)
    factories.PhoneCodeFactory(created_at=now)
    make_filings(account)
    make_template(account)
    make_prices()
    Route.objects.create(name="r")
    Health.objects.create(
        carrier=Carrier.objects.create(name="c", kind="smpp", host="h", port=1), circuit="open"
    )
    make_registers(account)
    make_sales(account)
    Lease.objects.create(name="carrier:1", owner="o", heartbeat_at=now)
    Due.objects.create(
        message_id=message.id, route_id=1, lane=1, account_id=1, due_at=now, valid_until=now
    )
    review_kinds.registered()
    review_kinds.opened(now)
    AuditEntry.objects.create(at=now, actor="a", action="b", target="c")
    account.projects.get().account.memberships.create(
        user=User.objects.create_user("m@example.com"), role="owner"
    )
    return message


def make_filings(account):
    filing.begin(signature=Signature.objects.create(account=account, text="Silk"))
    factories.FilingPackFactory()
    factories.FilingImportFactory()


def make_template(account):
    template = Template.objects.create(account=account, code="T1", name="code", body="${code}")
    version = factories.TemplateVersionFactory(template=template)
    BoundItem.objects.create(version=version, kind="link", value="a.example")


def make_prices():
    factories.PackageFactory()
    factories.RateFactory()
    factories.CustomerGroupFactory()


def make_sales(account):
    factories.RefundFactory(order=factories.OrderFactory(account=account))
    factories.BankLineFactory()
    factories.DifferenceFactory()
    factories.ProviderNoticeFactory()
    AutoTopup.objects.create(account=account)
    invoice = Invoice.objects.get(account=account)
    Receivable.objects.create(account=account, invoice=invoice, due_date=invoice.until_date)
    factories.FapiaoFactory(account=account)


def make_registers(account):
    factories.InboundFactory()
    factories.ConsentEntryFactory(account=account)
    factories.SuppressionFactory(account=account)
    factories.InvitationFactory(account=account, nonce=SECRET)
    factories.TrialNumberFactory(account=account)


def address(model, page, *arguments):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return reverse(name, args=arguments)


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_every_list_and_a_page_of_each_can_be_seen(staff, message, model):
    assert staff.get(address(model, "changelist")).status_code == 200
    row = model._default_manager.first()
    if row is not None:
        page = staff.get(address(model, "change", row.pk))
        assert page.status_code == 200
        assert SECRET not in page.content.decode()


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model._meta.label)
def test_what_is_read_only_refuses_every_post(staff, message, model):
    row = model._default_manager.first()
    assert row is not None
    for url in (
        address(model, "add"),
        address(model, "change", row.pk),
        address(model, "delete", row.pk),
    ):
        assert staff.post(url, {"post": "yes"}).status_code == 403


def test_the_ledger_messages_and_the_audit_are_read_only():
    labels = {model._meta.label for model in READ_ONLY}

    assert labels >= {
        "accounts.ApiKey",
        "accounts.Event",
        "accounts.WebhookDelivery",
        "billing.Entry",
        "billing.Invoice",
        "billing.Wallet",
        "core.AuditEntry",
        "messaging.Batch",
        "messaging.Message",
        "messaging.Receipt",
        "reports.DailyStat",
    }


def test_no_form_offers_a_state(rf, message):
    user = factories.staff("root@example.com")
    for model, desk in admin.site._registry.items():
        request = rf.get("/")
        request.user = user
        row = model._default_manager.first()
        if row is not None:
            assert "state" not in desk.get_form(request, row, change=True).base_fields


def test_nobody_but_staff_gets_in(client, message):
    client.force_login(User.objects.get(email="m@example.com"))

    assert client.get(address(Message, "changelist")).status_code == 302


def test_tasks_and_schedules_are_no_business_of_the_desk():
    assert not any(model._meta.app_label == "django_q" for model in admin.site._registry)


def test_the_list_of_messages_costs_five_queries(staff, now, django_assert_num_queries):
    account = rows.account(now=now)
    rows.batch(account, now=now, count=5)

    with django_assert_num_queries(5):
        staff.get(address(Message, "changelist"))


def test_the_list_of_entries_costs_five_queries(staff, now, django_assert_num_queries):
    account = rows.account(now=now)
    rows.batch(account, now=now)
    rows.batch(account, now=now)

    with django_assert_num_queries(5):
        staff.get(address(Entry, "changelist"))


def test_a_list_counts_no_further_than_its_cap(django_assert_num_queries, message):
    with django_assert_num_queries(1) as captured:
        CappedPaginator(Message.objects.order_by("-id"), 50).count  # noqa: B018

    assert f"LIMIT {MOST_COUNTED + 1}" in captured[0]["sql"]


@pytest.mark.parametrize("field", ["id", "number"])
def test_a_message_is_found_by_its_id_or_number(staff, message, field):
    found = staff.get(address(Message, "changelist"), {"q": str(getattr(message, field))})

    assert list(found.context["cl"].result_list) == [message]


@pytest.mark.parametrize("word", ["987654321", "nonsense", "9" * 40, "%", "'", "00000000"])
def test_a_word_that_is_no_id_finds_nothing(staff, message, word):
    for model in (Message, Entry, ApiKey):
        found = staff.get(address(model, "changelist"), {"q": word})
        assert (found.status_code, len(found.context["cl"].result_list)) == (200, 0)


def test_an_entry_is_found_by_its_reference(staff, message):
    reference = f"batch:{message.batch_id}"

    found = staff.get(address(Entry, "changelist"), {"q": reference})

    assert [entry.reference for entry in found.context["cl"].result_list] == [reference]


def test_a_messages_page_tells_its_attempts_and_parts(staff, message):
    page = staff.get(address(Message, "change", message.pk)).content.decode()

    assert "ESME_ROK" in page
    assert f"{message.id.hex}1" in page


def carrier_form(**fields):
    return {
        "name": "east",
        "kind": "smpp",
        "host": "smsc.example",
        "port": 2775,
        "system_id": "me",
        "window": 10,
        "rate_per_second": 50,
        "id_spelling": "alike",
        "is_active": "on",
        **fields,
    }


def test_a_carriers_password_is_sealed_and_never_shown(staff):
    staff.post(address(Carrier, "add"), carrier_form(password=SECRET))

    carrier = Carrier.objects.get(name="east")
    assert vault.unseal(carrier.sealed_password) == SECRET
    page = staff.get(address(Carrier, "change", carrier.pk)).content.decode()
    assert SECRET not in page
    assert carrier.sealed_password not in page
    assert SECRET not in str(AuditEntry.objects.get(action="carrier.added").facts)


def test_an_empty_password_keeps_the_stored_one(staff):
    staff.post(address(Carrier, "add"), carrier_form(password=SECRET))
    carrier = Carrier.objects.get(name="east")

    staff.post(address(Carrier, "change", carrier.pk), carrier_form(window=20, password=""))

    carrier.refresh_from_db()
    assert (carrier.window, vault.unseal(carrier.sealed_password)) == (20, SECRET)
    entry = AuditEntry.objects.get(action="carrier.changed")
    assert (entry.actor, entry.target) == (
        f"user:{User.objects.get(email='desk@example.com').pk}",
        f"messaging.carrier:{carrier.pk}",
    )


def test_a_keys_digest_is_never_shown(staff, message):
    key = ApiKey.objects.get()
    page = staff.get(address(ApiKey, "change", key.pk)).content.decode()

    assert key.prefix in page
    assert bytes(key.digest).hex() not in page
    assert "digest" not in page


def test_staff_revoke_a_key_once(staff, message):
    form = {"action": "revoke", "_selected_action": [ApiKey.objects.get().pk]}

    for _count in range(2):
        staff.post(address(ApiKey, "changelist"), form)

    assert ApiKey.objects.get().revoked_at is not None
    assert AuditEntry.objects.filter(action="apikey.revoked").count() == 1


def test_staff_are_added_by_e_mail(staff):
    form = {
        "email": "new@example.com",
        "name": "New",
        "usable_password": "true",
        "password1": "correct horse battery",
        "password2": "correct horse battery",
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
    }

    assert staff.post(address(User, "add"), form).status_code == 302
    assert User.objects.get(email="new@example.com").check_password("correct horse battery")


def test_a_users_password_hash_is_never_shown(staff):
    user = User.objects.get(email="desk@example.com")

    page = staff.get(address(User, "change", user.pk)).content.decode()

    assert user.password not in page
    assert "md5" not in page
