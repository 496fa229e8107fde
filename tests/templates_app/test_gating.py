"""Trades that may send nothing, or codes only without a permit: at submission and on the desk."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.models import Qualification, QualificationDocument, Trade
from accounts.services import checking as papers_checking
from accounts.services import trades
from smsplatform.core import clock
from smsplatform.core import review as desk
from smsplatform.core.audit import AuditEntry
from smsplatform.core.errors import Invalid
from templates_app.models import MessageClass, Template
from templates_app.services import drafting, review
from templates_app.services.drafting import TemplateFields
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
TRY = "admin:accounts_trade_try"


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(clock, "_source", lambda: NOW)


@pytest.fixture
def account():
    return factories.AccountFactory()


@pytest.fixture(autouse=True)
def lending():
    """The only one: those that a platform begins with have other words."""
    Trade.objects.all().delete()
    return Trade.objects.create(
        name="Lending", name_zh="放贷", words=["助贷"], ban="permit", permit="finance_permit"
    )


def submit(account, body="您的助贷申请已通过。", message_class=MessageClass.NOTICE):
    variables = (("code", "code"),) if "${code}" in body else ()
    fields = TemplateFields(
        name="Notice", message_class=message_class, market="china", body=body, variables=variables
    )
    template = drafting.create_template(account=account, fields=fields, by="user:1", now=NOW)
    return review.submit_template(template=template, by="user:1", now=NOW)


def found_on_desk(item):
    context = desk.kind_of("template").page(item).context
    return [finding.code for finding in context["checked"].findings]


def with_permit(account, state="approved"):
    row = factories.QualificationFactory(account=account, state=state)
    document = factories.DocumentFactory(account=account, state="clean")
    QualificationDocument.objects.create(
        qualification=row, document=document, purpose="finance_permit"
    )


def test_the_reviewer_is_shown_the_trade_and_two_must_look(account):
    item = submit(account)

    assert "trade_without_permit" in found_on_desk(item)
    assert item.needs_two


def test_a_permit_counts_once_it_is_approved(account):
    with_permit(account, state="in_review")
    assert "trade_without_permit" in found_on_desk(submit(account))

    with_permit(account)

    assert "trade_without_permit" not in found_on_desk(submit(account, body="助贷申请已收到。"))


def test_verification_codes_need_no_permit(account):
    item = submit(
        account, body="助贷验证码${code}，请勿泄露。", message_class=MessageClass.VERIFICATION
    )

    assert "trade_without_permit" not in found_on_desk(item)


def test_what_the_staff_say_is_refused_at_once_is(account, lending):
    Trade.objects.filter(pk=lending.pk).update(is_refused_at_once=True)

    with pytest.raises(Invalid) as refused:
        submit(account)

    assert [problem.code for problem in refused.value.errors] == ["trade_without_permit"]
    assert "finance permit" in refused.value.errors[0].sentence()
    assert not desk.Item.objects.exists()
    assert Template.objects.get().state == "draft"


def test_a_company_s_name_is_shown_and_refuses_nothing(account, lending):
    Trade.objects.filter(pk=lending.pk).update(is_refused_at_once=True)
    factories.QualificationFactory(account=account, state="approved", name="杭州助贷有限公司")

    assert "trade_without_permit" in found_on_desk(submit(account, body="您的申请已通过。"))


def test_a_prohibited_trade_may_not_even_send_codes(account, lending):
    Trade.objects.filter(pk=lending.pk).update(ban="everything", permit="")
    item = submit(
        account, body="助贷验证码${code}，请勿泄露。", message_class=MessageClass.VERIFICATION
    )

    assert "trade_prohibited" in found_on_desk(item)


def test_a_sector_of_the_word_lists_is_a_trade_too(lending):
    Trade.objects.filter(pk=lending.pk).update(sector="finance")

    assert [one.trade for one in trades.suspect(["你好"], sectors={"finance"})] == [lending]
    assert trades.suspect(["你好"], sectors={"games"}) == []


def test_words_are_found_however_they_are_written():
    assert trades.suspect(["办理助 贷，助貸"])[0].words == ("助贷",)


@pytest.mark.parametrize(
    ("ban", "purpose", "tone"),
    [
        ("permit", "other", "warn"),
        ("permit", "finance_permit", "good"),
        ("everything", "other", "bad"),
    ],
)
def test_the_papers_of_a_company_say_what_its_trade_lacks(account, lending, ban, purpose, tone):
    Trade.objects.update(ban=ban, permit="finance_permit" if ban == "permit" else "")
    row = factories.QualificationFactory(
        account=account, name="杭州助贷有限公司", state="in_review"
    )
    document = factories.DocumentFactory(account=account, state="clean")
    QualificationDocument.objects.create(qualification=row, document=document, purpose=purpose)

    checks = papers_checking.check(Qualification.objects.get(), today=NOW.date())

    assert [check.tone for check in checks if check.code == "trade"] == [tone]


@pytest.fixture
def staff(client):
    client.force_login(factories.staff("desk@example.com"))
    return client


def test_a_trial_shows_what_of_thirty_days_would_have_been_caught(staff, account):
    factories.QualificationFactory(account=account, name="杭州垂钓俱乐部", submitted_at=NOW)
    submit(account, body="垂钓比赛明天开始。")
    old = NOW.replace(year=2025)
    factories.QualificationFactory(account=account, name="垂钓协会", submitted_at=old)

    found = staff.post(reverse(TRY), {"words": "垂钓"}).context["caught"]

    assert [(str(one.submitted.kind), one.words) for one in found] == [
        ("qualification", ("垂钓",)),
        ("version of a template", ("垂钓",)),
    ]


def test_the_desk_keeps_trades_and_asks_for_their_permit(staff):
    form = {"name": "Anglers", "name_zh": "垂钓", "words": "垂钓\n鱼饵", "ban": "permit"}

    refused = staff.post(reverse("admin:accounts_trade_add"), form)
    staff.post(reverse("admin:accounts_trade_add"), form | {"permit": "other", "is_active": "on"})

    assert "permit" in refused.context["adminform"].form.errors
    assert Trade.objects.get(name="Anglers").words == ["垂钓", "鱼饵"]
    assert AuditEntry.objects.filter(action="trade.added").exists()
