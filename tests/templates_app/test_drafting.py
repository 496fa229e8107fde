"""Signatures and templates as their authors write them."""

from datetime import UTC, datetime

import pytest

from smsplatform.core.errors import Invalid
from templates_app.models import Template
from templates_app.services import drafting, review
from templates_app.services.drafting import Bound, SignatureFields, TemplateFields
from templates_app.states import ReviewState, VersionState
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
CODE = TemplateFields(
    name="登录验证码",
    message_class="verification",
    body="您的验证码是${code}，5分钟内有效。",
    variables=(("code", "code"),),
)


@pytest.fixture
def account():
    return factories.AccountFactory()


def create(account, fields=CODE):
    return drafting.create_template(account=account, fields=fields, by="user:1", now=NOW)


def edit(template, **changes):
    fields = TemplateFields(**{**written(template), **changes})
    return drafting.edit_template(template=template, fields=fields, by="user:1", now=NOW)


def written(template):
    return {
        "name": template.name,
        "message_class": template.message_class,
        "body": template.body,
        "variables": tuple((one["name"], one["type"]) for one in template.variables),
    }


def sign(account, text="云帆商城", **more):
    fields = SignatureFields(text=text, **more)
    return drafting.create_signature(account=account, fields=fields, by="user:1", now=NOW)


def test_a_template_begins_as_a_draft_with_a_code_of_its_own(account):
    template = create(account)

    assert template.state == ReviewState.DRAFT
    assert template.market == "china"
    assert template.code.startswith("SMS_")
    assert template.versions.get().body == template.body


def test_a_draft_may_be_wrong_but_must_fit_its_columns(account):
    assert create(account, TemplateFields("n", "notice", "★${1}")).pk

    with pytest.raises(Invalid) as refusal:
        create(account, TemplateFields("n" * 61, "spam", "x" * 501))

    assert {one.field for one in refusal.value.errors} == {"name", "message_class", "body"}


@pytest.mark.parametrize("body", ["a\x00b", "a\ud800b"])
def test_what_no_database_can_store_is_refused(account, body):
    with pytest.raises(Invalid):
        create(account, TemplateFields("n", "notice", body))


def test_a_code_is_taken_once_in_an_account(account):
    fields = TemplateFields("n", "notice", "您好", code="hello")
    create(account, fields)
    create(factories.AccountFactory(), fields)

    with pytest.raises(drafting.CodeTaken) as refusal:
        create(account, fields)

    assert refusal.value.errors[0].field == "code"


@pytest.mark.parametrize("code", ["a b", "a/b", "验证码"])
def test_a_code_is_made_of_letters_that_a_sender_can_type(account, code):
    with pytest.raises(Invalid):
        create(account, TemplateFields("n", "notice", "您好", code=code))


def test_a_draft_is_edited_in_place_until_it_is_submitted(account):
    template = create(account)

    version = edit(template, body="您的校验码是${code}。")

    assert (version.number, template.versions.count()) == (1, 1)
    assert Template.objects.get().body == "您的校验码是${code}。"


def test_what_is_approved_stays_in_force_behind_an_edit():
    template = factories.TemplateFactory()

    version = edit(template, body="您的校验码是${code}。", name="校验码")

    assert (version.number, version.state) == (2, VersionState.DRAFT)
    template.refresh_from_db()
    assert template.body == "您的验证码是${code}，5分钟内有效。"
    assert (template.name, template.version, template.state) == ("校验码", 1, "approved")


def test_what_was_approved_never_becomes_another_class():
    template = factories.TemplateFactory()

    with pytest.raises(Invalid) as refusal:
        edit(template, message_class="notice")

    assert refusal.value.errors[0].field == "message_class"


def test_what_is_reviewed_is_withdrawn_before_it_is_edited(account):
    template = create(account)
    review.submit_template(template=template, by="user:1", now=NOW)

    with pytest.raises(drafting.InReview):
        edit(template, body="您的校验码是${code}。")


@pytest.mark.parametrize("state", [ReviewState.WITHDRAWN, ReviewState.SUSPENDED])
def test_what_is_out_of_use_is_not_edited(state):
    template = factories.TemplateFactory(state=state)

    with pytest.raises(drafting.NotEditable):
        edit(template, body="您的校验码是${code}。")


def test_links_belong_to_the_version_that_names_them(account):
    item = Bound("link", "example.cn", "上海云帆", "91310115MA1K4T8P3C", "沪ICP备1号")
    fields = TemplateFields("n", "notice", "见 example.cn", bound=(item, item))

    template = create(account, fields)
    drafting.edit_template(
        template=template,
        fields=TemplateFields("n", "notice", "见 a.cn", bound=(Bound("link", "a.cn"),)),
        by="user:1",
        now=NOW,
    )

    assert [one.value for one in template.versions.get().bound.all()] == ["a.cn"]


def test_a_wrong_link_is_told_by_its_place(account):
    fields = TemplateFields("n", "notice", "您好", bound=(Bound("fax", "1"),))

    with pytest.raises(Invalid) as refusal:
        create(account, fields)

    assert refusal.value.errors[0].field == "bound[0].kind"


def test_every_signature_has_an_extension_of_its_own(account):
    one, other = sign(account), sign(account, "云帆会员")

    assert 100_000 <= one.extension < other.extension <= 999_999


def test_letters_in_another_case_make_no_other_signature(account):
    sign(account, "Acme")
    sign(factories.AccountFactory(), "Acme")

    with pytest.raises(drafting.SignatureTaken):
        sign(account, "ACME")


def test_a_signature_is_edited_until_it_is_approved(account):
    signature = sign(account)
    fields = SignatureFields("云帆会员", source="trademark", evidence="No. 123")
    drafting.edit_signature(signature=signature, fields=fields, by="user:1", now=NOW)
    assert (signature.text, signature.source) == ("云帆会员", "trademark")

    approved = factories.SignatureFactory(account=account)
    with pytest.raises(drafting.NotEditable):
        drafting.edit_signature(signature=approved, fields=fields, by="user:1", now=NOW)


def test_accounts_abroad_write_abroad_unless_they_say_otherwise():
    account = factories.AccountFactory(country="GB")

    assert sign(account).market == "international"
    assert sign(account, "Acme", market="china").market == "china"
    with pytest.raises(Invalid):
        sign(account, "Acme 2", market="moon")
