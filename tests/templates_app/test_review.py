"""Submitted, taken back, decided: what changes, who is told, and who wins."""

import json
from datetime import UTC, datetime

import pytest

from accounts.models import Event, WebhookDelivery
from smsplatform.core import remember
from smsplatform.core import review as desk
from smsplatform.core.errors import Invalid
from templates_app.models import SignatureFiling, Template
from templates_app.services import catalogue, drafting, review
from templates_app.services.drafting import SignatureFields, TemplateFields
from tests import factories
from tests.templates_app.test_drafting import CODE, create, edit

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.fixture
def account():
    remember.forget()
    qualification = factories.QualificationFactory(name="上海云帆网络科技有限公司")
    return qualification.account


def submit(template):
    return review.submit_template(template=template, by="user:1", now=NOW)


def sign(account, text="云帆网络", **more):
    fields = SignatureFields(text=text, **more)
    signature = drafting.create_signature(account=account, fields=fields, by="user:1", now=NOW)
    item = review.submit_signature(signature=signature, by="user:1", now=NOW)
    return signature, item


def decide(item, decision="approved", reasons=(), by_id=7):
    desk.decide(
        item_id=item.pk,
        decision=decision,
        reasons=list(reasons),
        by_id=by_id,
        by_name="Li Wei",
        now=NOW,
    )


def states(template):
    template.refresh_from_db()
    return template.state, list(
        template.versions.order_by("number").values_list("state", flat=True)
    )


def test_a_submitted_template_waits_at_the_desk(account):
    template = create(account)

    item = submit(template)

    assert (item.kind, item.account_id) == ("template", account.pk)
    assert item.title == f"登录验证码: {template.body}"
    assert item.facts["parts"] == "1–1"
    assert states(template) == ("in_review", ["in_review"])


def test_what_the_rules_refuse_never_reaches_the_desk(account):
    template = create(account, TemplateFields("n", "verification", "★您好"))

    with pytest.raises(Invalid) as refusal:
        submit(template)

    codes = {one.code for one in refusal.value.errors}
    assert codes == {"character_not_allowed", "code_word_missing", "code_variable_missing"}
    assert states(template) == ("draft", ["draft"])
    assert not desk.Item.objects.exists()


def test_what_waits_can_be_taken_back_and_submitted_again(account):
    template = create(account)
    submit(template)

    review.withdraw_template(template=template, by="user:1", now=NOW)
    assert states(template) == ("draft", ["draft"])

    submit(template)
    assert states(template) == ("in_review", ["in_review"])
    assert desk.Item.objects.live().count() == 1


def test_nothing_is_submitted_twice_nor_taken_back_twice(account):
    template = create(account)
    submit(template)
    with pytest.raises(review.NothingToSubmit):
        submit(template)

    review.withdraw_template(template=template, by="user:1", now=NOW)
    with pytest.raises(review.NotInReview):
        review.withdraw_template(template=template, by="user:1", now=NOW)


def test_an_approved_template_may_be_sent(account):
    template = create(account)

    decide(submit(template))

    assert states(template) == ("approved", ["approved"])
    key = (account.pk, template.code)
    assert catalogue.load(account_ids=set(), codes={key}).templates[key].usable(is_sandbox=False)


def test_an_edit_comes_into_force_when_it_is_approved_and_not_before(account):
    template = create(account)
    decide(submit(template))
    edit(template, body="您的校验码是${code}。")

    item = submit(template)
    assert states(template) == ("approved", ["approved", "in_review"])
    assert template.body == CODE.body

    decide(item)
    assert states(template) == ("approved", ["superseded", "approved"])
    assert (template.body, template.version) == ("您的校验码是${code}。", 2)


def test_a_rejected_edit_leaves_what_is_in_force_alone(account):
    template = create(account)
    decide(submit(template))
    edit(template, body="您的校验码是${code}。")

    decide(submit(template), "rejected", [{"code": "expired"}])

    assert states(template) == ("approved", ["approved", "rejected"])
    assert template.body == CODE.body
    (reason,) = template.versions.get(number=2).reasons
    assert (reason["code"], reason["field"]) == ("expired", "body")
    assert reason["text"] == ""


def test_a_rejected_template_is_mended_by_a_new_version(account):
    template = create(account)
    decide(submit(template), "rejected", [{"code": "scenario_unclear"}])
    assert states(template) == ("rejected", ["rejected"])

    version = edit(template, remark="登录时")
    assert version.number == 2
    decide(submit(template))

    assert states(template) == ("approved", ["rejected", "approved"])


def test_templates_of_before_can_be_edited_too(account):
    template = factories.TemplateFactory(account=account, version=3)

    assert edit(template, body="您的校验码是${code}。").number == 4
    decide(submit(template))

    assert (states(template), template.version) == (("approved", ["approved"]), 4)


def test_a_decision_is_told_by_an_event_and_a_webhook(account):
    factories.WebhookEndpointFactory(account=account)
    template = create(account)

    decide(submit(template), "rejected", [{"code": "link", "text": "Page two."}])

    event = Event.objects.get(subject_id=template.public_id)
    assert (event.kind, event.actor) == ("template.rejected", "user:7")
    delivery = WebhookDelivery.objects.get()
    told = json.loads(delivery.payload)
    assert told["type"] == delivery.kind == "template.rejected"
    assert told["data"]["code"] == template.code
    assert told["data"]["reasons"] == [
        {
            "code": "link",
            "field": "bound",
            "reason": "A link leads nowhere.",
            "fix": "Mend the page, or the link.",
            "text": "A link leads nowhere. Mend the page, or the link. Page two.",
        }
    ]


def test_an_approved_signature_is_filed_with_every_operator(account):
    signature, item = sign(account)

    decide(item)

    signature.refresh_from_db()
    assert signature.state == "approved"
    filings = SignatureFiling.objects.filter(signature=signature)
    assert {(one.operator, one.state) for one in filings} == {
        (name, "not_filed") for name in ("mobile", "unicom", "telecom", "broadnet")
    }
    assert Event.objects.get(subject_id=signature.public_id).kind == "signature.approved"


def test_abroad_nothing_is_filed(account):
    _signature, item = sign(account, "Yunfan", market="international")

    decide(item)

    assert not SignatureFiling.objects.exists()


def test_a_signature_of_nobody_goes_on_waiting():
    signature, item = sign(factories.AccountFactory())

    with pytest.raises(review.QualificationMissing):
        decide(item)

    item.refresh_from_db()
    signature.refresh_from_db()
    assert (item.is_live, signature.state) == (True, "in_review")


def test_a_rejected_signature_says_why_and_may_be_submitted_again(account):
    signature, item = sign(account)

    decide(item, "needs_more", [{"code": "evidence"}])

    signature.refresh_from_db()
    assert (signature.state, signature.reasons[0]["field"]) == ("rejected", "evidence")
    review.submit_signature(signature=signature, by="user:1", now=NOW)
    review.withdraw_signature(signature=signature, by="user:1", now=NOW)
    assert signature.state == "draft"


def test_a_signature_that_operators_would_refuse_is_not_submitted(account):
    with pytest.raises(Invalid) as refusal:
        sign(account, "测试")

    assert [one.code for one in refusal.value.errors] == ["signature_word"]


@pytest.mark.parametrize("kind", ["template", "signature"])
def test_the_reviewer_s_page_shows_what_matters(account, kind, client):
    client.force_login(factories.UserFactory(staff=True))
    item = submit(create(account)) if kind == "template" else sign(account)[1]

    page = client.get(f"/staff/core/item/{item.pk}/change/").content.decode()

    assert ("验证码是482913" if kind == "template" else "上海云帆网络科技有限公司") in page


def test_the_reviewer_sees_what_is_in_force_beside_an_edit(account, client):
    client.force_login(factories.UserFactory(staff=True))
    template = create(account)
    decide(submit(template))
    edit(template, body="您的校验码是${code}。")

    page = client.get(f"/staff/core/item/{submit(template).pk}/change/").content.decode()

    assert CODE.body in page
    assert "您的校验码是${code}。" in page
    assert Template.objects.get().body == CODE.body


def test_the_account_of_a_person_sends_no_marketing():
    account = factories.AccountFactory(kind="person")
    fields = TemplateFields(
        name="会员日", message_class="marketing", body="会员日全场九折，拒收请回复R", variables=()
    )

    with pytest.raises(review.ForCompanies):
        submit(create(account, fields))

    assert not desk.Item.objects.exists()
    assert submit(create(account)).kind == "template"
