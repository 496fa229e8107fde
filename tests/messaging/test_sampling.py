"""Some of what customers send in their own words is looked at, beside what was approved."""

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django_q.models import OrmQ

from accounts import tasks as account_tasks
from accounts.models import Account, Event, Role, WebhookDelivery
from messaging import tasks
from messaging.models import Message, MessageText, Route, Sample, SampleShare
from messaging.services import sampling, viewing
from smsplatform.core import clock, remember, review
from smsplatform.core.review import Item
from templates_app.models import MessageClass, Template
from tests import factories, world
from tests.messaging.line import Line
from tests.portal import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def line():
    made = Line()
    SampleShare.objects.create()
    Account.objects.update(created_at=made.now - timedelta(days=100))
    return made


def share(**changes):
    SampleShare.objects.update(**changes)


def to(count, first=0):
    return [f"13800{first + number:06}" for number in range(count)]


def take(line, **later):
    """An hour afterwards, where nothing else is said."""
    line.later(**(later or {"hours": 1}))
    return sampling.take(now=line.now)


def test_who_sends_is_looked_at_once_a_day_at_least(line):
    line.accept(*to(3))

    assert take(line) == 1
    line.accept(*to(3, 10))
    assert take(line, minutes=1) == 0

    sample = Sample.objects.get()
    assert sample.message_id in set(Message.objects.values_list("id", flat=True))
    assert (sample.account_id, sample.message_class) == (line.customer.account.pk, "verification")


def test_who_sends_nothing_is_not_looked_at(line):
    assert take(line) == 0


def test_the_next_day_another_one_is_taken(line):
    line.accept()
    take(line)
    Sample.objects.update(taken_at=line.now - timedelta(hours=25))
    made = factories.MessageFactory(
        account=line.customer.account, accepted_at=line.now, route_id=Route.objects.get().pk,
        template_id=line.customer.template.pk,
    )  # fmt: skip

    assert take(line) == 1
    assert Sample.objects.order_by("id").last().message_id == made.id


def test_one_in_so_many_is_taken_and_at_most_so_many_a_day(line):
    share(one_in=2, most_a_day=1000)
    line.accept(*to(200))
    assert 60 < take(line) < 140

    Sample.objects.all().delete()
    share(one_in=1, most_a_day=7)
    sampling.SampleMark.objects.all().delete()
    assert sampling.take(now=line.now - timedelta(minutes=30)) == 7


def test_new_accounts_are_looked_at_more_closely(line):
    share(one_in=1_000_000, new_one_in=1, most_a_day=1000)
    line.accept(*to(20))
    Account.objects.update(created_at=line.now - timedelta(days=13))

    assert take(line) == 20


def test_the_most_special_share_counts(line):
    account = line.customer.account
    share(one_in=1, most_a_day=1000)
    SampleShare.objects.create(account=account, one_in=1, most_a_day=2)
    SampleShare.objects.create(account=account, message_class=MessageClass.NOTICE, most_a_day=0)
    line.accept(*to(5))
    line.accept(*to(5, 10), text="hello")

    assert take(line) == 2
    assert set(Sample.objects.values_list("message_class", flat=True)) == {"verification"}


def test_asking_twice_takes_the_same_and_asks_once(line):
    share(one_in=3, most_a_day=1000)
    line.accept(*to(60))
    first = take(line)
    sampling.SampleMark.objects.all().delete()

    assert sampling.take(now=line.now) == first
    assert Sample.objects.count() == first


def test_a_job_that_did_not_run_for_hours_makes_up_for_it(line):
    line.accept()
    take(line, hours=1)
    Sample.objects.all().delete()
    factories.MessageFactory(
        account=line.customer.account, accepted_at=line.now, route_id=Route.objects.get().pk
    )

    assert take(line, hours=9) == 1


def test_what_was_approved_word_for_word_is_not_looked_at(line):
    Template.objects.update(body="We are open today.", variables=[])
    remember.forget()
    line.accept(params={})

    assert take(line) == 0


def test_what_reaches_no_phone_is_not_looked_at(line):
    line.accept()
    Route.objects.update(is_sandbox=True)

    assert take(line) == 0


def test_what_a_reviewer_reads_anyway_is_not_looked_at(line):
    line.accept()
    Message.objects.all().advance("review")

    assert take(line) == 0


def test_each_hour_costs_as_many_queries_for_many_accounts(line, django_assert_max_num_queries):
    share(one_in=1, new_one_in=1, most_a_day=1000)
    line.accept(*to(30))
    for name in ("a", "b", "c"):
        line.customer = world.make_customer(name)
        line.accept(*to(3, 50))
    line.later(hours=1)

    with django_assert_max_num_queries(14):
        assert sampling.take(now=line.now) == 39


@pytest.fixture
def sampled(line):
    line.accept()
    take(line)
    sampling.ask(now=line.now)
    return Sample.objects.get()


def decide(line, decision="approved"):
    review.decide(
        item_id=Item.objects.get().pk,
        decision=decision,
        reasons=[] if decision == "approved" else [{"code": "misleading"}],
        by_id=7,
        by_name="Mei",
        now=line.now,
    )


def test_the_hourly_task_puts_samples_before_the_desk_once(line, monkeypatch):
    line.accept()
    line.later(hours=1)
    monkeypatch.setattr(clock, "_source", lambda: line.now)

    tasks.sample_content()
    tasks.sample_content()

    item = Item.objects.get()
    assert (item.kind, item.target_id) == ("sample", Sample.objects.get().pk)


def test_what_is_fine_is_told_to_nobody(line, sampled):
    decide(line)

    assert not Event.objects.exists()
    assert Item.objects.get().decision == "approved"


def test_a_violation_is_told_and_the_message_stays_as_it_is(line, sampled, client):
    factories.MembershipFactory(account=line.customer.account, role=Role.OWNER)
    before = Message.objects.get()
    decide(line, "rejected")

    told = json.loads(WebhookDelivery.objects.get().payload)
    assert told["type"] == "message.violation"
    assert told["data"]["reasons"][0]["code"] == "misleading"
    assert Message.objects.get() == before
    task = next(row for row in OrmQ.objects.all() if row.func().startswith("accounts."))
    account_tasks.mail_violation(**task.kwargs())
    assert "passes for somebody else" in mail.outbox[0].body
    sign_in(client, account=line.customer.account)
    assert "it breaks the rules" in client.get(f"/messages/{sampled.message_id}").text


@pytest.fixture
def reviewer(client):
    client.force_login(factories.staff("mei@example.com"))
    return client


def desk_page(client):
    return client.get(reverse("admin:core_item_change", args=[Item.objects.get().pk])).text


def test_a_reviewer_sees_the_text_beside_its_template_and_what_to_stop(line, sampled, reviewer):
    shown = desk_page(reviewer)

    assert "Your code is ${code}" in shown
    assert "<mark>••••••</mark>" in shown
    assert "123456" not in shown
    assert "13800138000" not in shown
    for page in ("template_stand", "signature_stand"):
        assert reverse(f"admin:templates_app_{page}", args=[1])[:-8] in shown
    assert reverse("staff-account-standing", args=[line.customer.account.pk]) in shown
    assert "Violation" in shown


def test_a_sample_outlives_its_text_and_its_message(sampled, reviewer):
    MessageText.objects.all().delete()
    assert "no longer kept" in desk_page(reviewer)

    Message.objects.all().delete()
    assert "no longer kept" in desk_page(reviewer)


@pytest.mark.parametrize(
    ("body", "text", "marked"),
    [
        ("${a} is ${b}.", "[Acme] Li is here.", ["[Acme] Li", "here"]),
        ("Dear ${a}", "[Acme] Dear Li", ["Li"]),
        ("${a}${b}!", "AB!", ["AB"]),
        ("Dear ${a}, bye", "[Acme] Another version", []),
    ],
)
def test_what_stands_in_a_variable_is_found_by_the_words_around_it(body, text, marked):
    found = viewing.values(text, body)

    assert [piece.text for piece in found if piece.is_hit] == marked
    assert "".join(piece.text for piece in found) == text
