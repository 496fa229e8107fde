"""The rules of sending: each refuses one recipient, says why, and can be switched off."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from messaging.models import Due, Message, RuleSwitch, SendingHours
from messaging.services import acceptance, packs
from messaging.services.acceptance import Accepted
from messaging.services.hours import Hours
from smsplatform.core import clock, partitions, remember
from templates_app.models import MessageClass, Signature, SignatureFiling, WordList
from templates_app.services import words
from tests import world
from tests.messaging.line import Line
from tests.messaging.test_acceptance import ask

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 11, 23, 13, 30, tzinfo=UTC)  # 21:30 in Shanghai, 13:30 in London
AT_EIGHT = "2026-11-24T00:00:00Z"


@pytest.fixture
def at():
    def move(instant):
        clock.use(lambda: instant)
        remember.forget()

    partitions.make_all_ahead(now=EVENING)
    move(EVENING)
    yield move
    clock.use(None)
    remember.forget()


@pytest.fixture
def customer(at):
    world.make_prices()
    world.make_carrier()
    packs.install()
    made = world.make_customer()
    world.make_template(
        made.account, "sale", message_class=MessageClass.MARKETING, body="Sale!", variables=[]
    )
    remember.forget()
    return made


def advertise(customer, to="13800138000", **more):
    return acceptance.accept([ask(customer, to=to, template="sale", **more)])[0]


def test_advertising_at_night_is_refused_with_the_time_from_which_it_may_be_sent(customer):
    refusal = advertise(customer)

    assert refusal.status == 422
    [error] = refusal.errors
    assert (error.code, error.field) == ("outside_hours", "to")
    assert error.facts["retry_at"] == AT_EIGHT
    assert "08:00 to 20:00" in error.sentence()
    assert not Message.objects.exists()


def test_it_may_be_scheduled_for_the_next_morning_as_it_says(customer):
    outcome = advertise(customer, send_at=AT_EIGHT)

    assert isinstance(outcome, Accepted)
    assert Message.objects.get().state == "scheduled"


def test_the_first_minute_is_open_and_the_last_is_not(customer, at):
    at(datetime(2026, 11, 24, 0, 0, tzinfo=UTC))
    assert isinstance(advertise(customer), Accepted)
    at(datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC))
    assert not isinstance(advertise(customer), Accepted)
    at(datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
    assert not isinstance(advertise(customer), Accepted)


def test_each_recipient_has_the_clock_of_their_country(customer):
    RuleSwitch.objects.create(rule="consent_missing", account=customer.account, reason="x")

    outcome = advertise(customer, to=["13800138000", "+447400123456"])

    assert [message.country for message in outcome.messages] == ["GB"]
    assert [(one.index, one.problem.code) for one in outcome.rejected] == [(0, "outside_hours")]


def test_codes_are_sent_at_any_hour(customer):
    request = ask(customer, to="13800138000", template="login_code", params={"code": "123456"})

    assert isinstance(acceptance.accept([request])[0], Accepted)


@pytest.mark.parametrize(
    ("switches", "passes"),
    [
        ([("", False)], True),
        ([("CN", False)], True),
        ([("GB", False)], False),
        ([("", False), ("CN", True)], False),
    ],
)
def test_staff_switch_a_rule_for_a_country(customer, switches, passes):
    for country, is_on in switches:
        RuleSwitch.objects.create(rule="outside_hours", country=country, is_on=is_on, reason="x")
    remember.forget()

    assert isinstance(advertise(customer), Accepted) is passes


def test_an_accounts_switch_is_its_own_and_wins(customer):
    other = world.make_customer("Other Ltd")
    world.make_template(
        other.account, "sale", message_class=MessageClass.MARKETING, body="Sale!", variables=[]
    )
    RuleSwitch.objects.create(rule="outside_hours", country="CN", is_on=True, reason="x")
    RuleSwitch.objects.create(
        rule="outside_hours", account=customer.account, is_on=False, reason="their own agreement"
    )
    remember.forget()

    assert isinstance(advertise(customer), Accepted)
    assert not isinstance(advertise(other), Accepted)


def test_what_the_queue_carried_into_the_night_waits_until_the_morning(at):
    """Accepted in time, held up by a slow carrier."""
    at(datetime(2026, 11, 24, 11, 59, tzinfo=UTC))
    line = Line()
    packs.install()
    news = {"message_class": MessageClass.MARKETING, "body": "Sale!", "variables": []}
    world.make_template(line.customer.account, "sale", **news)
    remember.forget()
    line.accept("13800138000", template="sale", params={})

    line.now = datetime(2026, 11, 24, 12, 0, 1, tzinfo=UTC)
    assert line.claim() == []
    assert Message.objects.get().state == "queued"
    assert Due.objects.get().due_at == datetime(2026, 11, 25, 0, 0, tzinfo=UTC)

    line.now = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
    assert len(line.claim()) == 1


def test_what_would_expire_before_the_morning_is_looked_at_when_it_does(at):
    at(datetime(2026, 11, 24, 11, 59, tzinfo=UTC))
    line = Line()
    packs.install()
    news = {"message_class": MessageClass.MARKETING, "body": "Sale!", "variables": []}
    world.make_template(line.customer.account, "sale", **news)
    remember.forget()
    line.accept("13800138000", template="sale", params={}, valid_for=3600)

    line.now = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
    assert line.claim() == []
    line.now = datetime(2026, 11, 24, 12, 59, tzinfo=UTC)
    assert line.claim() == []

    assert Message.objects.get().state == "expired"


@pytest.fixture
def lists(at):
    WordList.objects.all().delete()
    for level, word in (("reject", "赌博"), ("review", "贷款"), ("tag", "优惠")):
        made = WordList.objects.create(name=level, level=level)
        words.revise(word_list=made, words=[word], by=None, now=EVENING)
    remember.forget()


def write(customer, text, to="13800138000"):
    return acceptance.accept([ask(customer, to=to, text=text)])[0]


@pytest.mark.parametrize("text", ["来赌博吧", "来 赌-博 吧", "来賭博吧"])
def test_a_forbidden_word_is_refused_however_it_is_written(customer, lists, text):
    refusal = write(customer, text)

    [error] = refusal.errors
    assert (error.code, error.field, error.facts["word"]) == ("words_not_allowed", "text", "赌博")
    assert not Message.objects.exists()


def test_a_word_that_is_only_noted_passes(customer, lists):
    assert isinstance(write(customer, "今日优惠"), Accepted)


def test_a_template_may_say_what_was_reviewed_and_its_values_may_not(customer, lists):
    fields = {"message_class": MessageClass.NOTICE, "body": "赌博 is forbidden, ${name}."}
    variables = [{"name": "name", "type": "text"}]
    world.make_template(customer.account, "warning", variables=variables, **fields)
    remember.forget()

    def warn(name):
        asked = ask(customer, to="13800138000", template="warning", params={"name": name})
        return acceptance.accept([asked])[0]

    assert isinstance(warn("Li"), Accepted)
    assert [error.field for error in warn("赌博").errors] == ["params.name"]


def test_the_words_of_many_recipients_are_looked_up_once(customer, lists, monkeypatch):
    asked = []
    match = words.match
    monkeypatch.setattr(words, "match", lambda texts: asked.extend(texts) or match(texts))

    outcome = write(customer, "今日优惠", to=[f"1380013{n:04}" for n in range(50)])

    assert len(outcome.messages) == 50
    assert asked == ["今日优惠"]


def a_code(customer, to="13800138000"):
    asked = ask(customer, to=to, template="login_code", params={"code": "123456"})
    return acceptance.accept([asked])[0]


def test_a_signature_for_codes_says_nothing_else(customer, at):
    at(datetime(2026, 11, 24, 4, 0, tzinfo=UTC))
    Signature.objects.update(kind="verification")
    remember.forget()

    assert isinstance(a_code(customer), Accepted)
    assert [one.code for one in advertise(customer).errors] == ["signature_for_codes_only"]


@pytest.mark.parametrize(
    ("state", "passes"),
    [("not_filed", False), ("filing", False), ("filed_unverified", True), ("filed", True),
     ("lapsed", False), ("failed", False)],
)  # fmt: skip
def test_an_operator_lets_only_filed_signatures_through(customer, state, passes):
    signature = Signature.objects.get()
    for operator, its_state in (("mobile", state), ("unicom", "filed")):
        SignatureFiling.objects.create(signature=signature, operator=operator, state=its_state)
    remember.forget()

    outcome = a_code(customer)

    assert isinstance(outcome, Accepted) is passes
    assert isinstance(a_code(customer, to="13000130000"), Accepted)
    if not passes:
        [error] = outcome.errors
        assert (error.code, error.facts["operator"]) == ("signature_not_filed", "mobile")


def hours(opens, closes, *zones):
    return Hours(time(opens), time(closes), tuple(ZoneInfo(zone) for zone in zones))


def test_a_country_of_many_zones_is_open_where_all_of_them_are():
    wide = hours(9, 21, "America/New_York", "Pacific/Honolulu")
    noon_in_new_york = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # 07:00 in Honolulu

    assert not wide.are_open(noon_in_new_york)
    assert wide.next_opening(noon_in_new_york) == datetime(2026, 11, 23, 19, 0, tzinfo=UTC)


def test_hours_that_no_instant_is_within_have_no_opening():
    assert hours(9, 10, "Asia/Tokyo", "Europe/London").next_opening(EVENING) is None


def test_the_opening_follows_the_change_to_summer_time():
    night = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # an hour before London's clock jumps

    opening = hours(8, 20, "Europe/London").next_opening(night)

    assert opening == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)
    assert hours(8, 20, "Europe/London").are_open(opening)


def test_hours_need_a_zone_and_an_order(customer):
    for opens, closes, zones in ((20, 8, ["Asia/Tokyo"]), (8, 20, [])):
        row = SendingHours(country="JP", opens_at=time(opens), closes_at=time(closes), zones=zones)
        with pytest.raises(Exception, match=r"hours_in_order|hours_have_zones|cannot be blank"):
            row.full_clean()


def test_an_unknown_zone_is_refused():
    row = SendingHours(country="JP", opens_at=time(8), closes_at=time(20), zones=["Asia/Edo"])

    with pytest.raises(Exception, match="Asia/Edo"):
        row.full_clean()
