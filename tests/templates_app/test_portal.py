"""Signatures and templates as people write and follow them, without a script."""

import html
import re

import pytest

from accounts.models import Role
from smsplatform.core import clock, remember
from smsplatform.core import review as desk
from templates_app.models import Signature, SignatureFiling, Template
from templates_app.services import filing
from tests import factories, world
from tests.portal import hold_clock, sign_in

pytestmark = pytest.mark.django_db

FORM = {
    "name": "登录验证码",
    "message_class": "verification",
    "market": "china",
    "body": "您的验证码是${code}，5分钟内有效。",
    "remark": "登录时",
}
SIGNATURE = {"text": "云帆网络", "source": "company", "kind": "general", "market": "china"}


@pytest.fixture
def account(client):
    remember.forget()
    qualification = factories.QualificationFactory(name="上海云帆网络科技有限公司")
    return sign_in(client, account=qualification.account)


def write(client, path="/templates/new", **changes):
    return client.post(path, {**FORM, **changes}, follow=True)


def decide(decision="approved", *reasons):
    item = desk.Item.objects.live().get()
    desk.decide(
        item_id=item.pk,
        decision=decision,
        reasons=list(reasons),
        by_id=1,
        by_name="Li Wei",
        now=clock.now(),
    )


def test_a_template_is_written_submitted_and_followed(client, account):
    page = write(client, submit="1").text

    template = Template.objects.get()
    assert template.state == "in_review"
    assert template.variables == [{"name": "code", "type": "code"}]
    assert "A person looks at this" in page
    assert "您的验证码是482913" in page

    decide()
    assert "Approved" in client.get(f"/templates/{template.public_id}").text


def test_a_draft_is_kept_and_edited(client, account):
    write(client)
    template = Template.objects.get()
    edit = f"/templates/{template.public_id}/edit"
    assert FORM["body"] in client.get(edit).text
    assert "登录时" in client.get(edit).text

    write(client, edit, body="您的校验码是${code}。")

    template.refresh_from_db()
    assert (template.state, template.body) == ("draft", "您的校验码是${code}。")


def test_what_the_rules_refuse_is_said_at_the_field_and_nothing_is_kept(client, account):
    page = write(client, body="您的密码是${code}★", submit="1")

    text = html.unescape(page.text)
    assert "Please look again" in text
    assert "Operators refuse “★”" in text
    assert "您的密码是${code}★" in text
    assert not Template.objects.exists()


def test_a_text_is_checked_without_a_script_and_without_being_kept(client, account):
    page = html.unescape(write(client, body="验证码${code}★", check="1").text)

    assert "Operators refuse “★”" in page
    assert 'name="type-code"' in page
    assert not Template.objects.exists()


def test_the_preview_follows_the_text(client, account):
    factories.SignatureFactory(account=account, text="云帆商城")
    body = "${name}您好，订单${order}已发出。"

    part = client.post(
        "/templates/preview",
        {**FORM, "message_class": "notice", "body": body, "type-order": "tracking"},
        headers={"HX-Request": "true"},
    ).text

    assert "【云帆商城】林云您好，订单SF1380013800138已发出。" in part
    assert re.findall(r'<option value="(\w+)"\s+selected>', part) == ["name", "tracking"]
    assert "<html" not in part


def test_the_preview_tells_the_price_with_usual_and_with_longest_values(client, account):
    world.make_prices()
    body = "${name}您好，" + "您的订单已发出，请留意查收。" * 4

    part = client.post("/templates/preview", {**FORM, "message_class": "notice", "body": body}).text

    assert "A message costs CN¥0.045." in part
    assert "With the longest values it costs up to CN¥0.09." in part


def test_the_price_is_told_without_a_script_too_and_only_where_there_is_one(client, account):
    assert "There is no price for this class yet" in write(client, check="1").text

    world.make_prices()
    page = write(client, check="1", market="international", body="Your code is ${code}.").text

    assert "A message costs CN¥0.30." in page
    assert not Template.objects.exists()


@pytest.mark.parametrize("said", [{}, {"parts": "x"}, {"parts": 1, "message_class": "spam"}])
def test_the_price_of_nonsense_is_not_told(client, account, said):
    assert client.get("/prices/of-text", said).status_code == 400


@pytest.mark.parametrize("said", [{}, {"body": ""}, {"body": "a\x00b"}, {"market": "moon"}])
def test_the_preview_takes_whatever_is_typed(client, account, said):
    assert client.post("/templates/preview", {**FORM, **said}).status_code == 200
    assert client.post("/templates/preview", said).status_code == 200


def test_a_link_is_bound_by_saying_whose_it_is(client, account):
    text = {"message_class": "notice", "body": "详情见 https://m.example.cn/a 或致电95588。"}
    page = write(client, **text, submit="1").text
    assert "Whose is https://m.example.cn/a?" in page

    owners = {
        "bound-0": "https://m.example.cn/a",
        "owner-0": "云帆",
        "icp_number-0": "沪ICP备1号",
        "bound-1": "95588",
        "owner-1": "工商银行",
    }
    write(client, **text, **owners, submit="1")

    version = Template.objects.get().versions.get()
    assert version.state == "in_review"
    assert [(one.kind, one.value, one.owner) for one in version.bound.order_by("kind")] == [
        ("link", "https://m.example.cn/a", "云帆"),
        ("number", "95588", "工商银行"),
    ]


def test_a_rejection_says_how_to_mend_it_and_the_next_version_may_be_submitted(client, account):
    write(client, submit="1")
    decide("rejected", {"code": "scenario_unclear", "text": "Say when it is sent."})
    template = Template.objects.get()
    detail = f"/templates/{template.public_id}"
    assert "Say when it is sent." in client.get(detail).text

    write(client, f"{detail}/edit", remark="登录时发送", submit="1")
    decide()

    template.refresh_from_db()
    assert (template.state, template.version) == ("approved", 2)


def test_an_edit_of_what_is_in_force_keeps_its_class(client, account):
    template = factories.TemplateFactory(account=account)
    edit = f"/templates/{template.public_id}/edit"
    assert "stays in force" in client.get(edit).text

    write(client, edit, message_class="marketing", body="校验码${code}。")

    template.refresh_from_db()
    assert template.message_class == "verification"
    assert template.versions.get(number=2).body == "校验码${code}。"


def test_what_waits_can_be_taken_back(client, account):
    write(client, submit="1")
    detail = f"/templates/{Template.objects.get().public_id}"

    client.post(f"{detail}/withdraw")
    assert Template.objects.get().state == "draft"
    assert "is not being reviewed" in client.post(f"{detail}/withdraw", follow=True).text

    client.post(f"{detail}/submit")
    assert Template.objects.get().state == "in_review"


def test_a_signature_is_written_submitted_and_filed(client, account):
    client.post("/signatures/new", {**SIGNATURE, "submit": "1"})
    signature = Signature.objects.get()
    decide()
    filing.record(
        filing_ids=[SignatureFiling.objects.get(operator="unicom").pk],
        state="filing",
        now=clock.now(),
    )

    page = client.get(f"/signatures/{signature.public_id}").text

    assert signature.is_for_self is False
    assert "China Unicom" in page
    assert "Being filed" in page
    assert "China Unicom" in client.get("/signatures/").text


def test_a_signature_that_operators_refuse_is_not_kept(client, account):
    page = client.post("/signatures/new", {**SIGNATURE, "text": "测试", "submit": "1"}).text

    assert "cannot be part of a signature" in page
    assert not Signature.objects.exists()


def test_a_draft_of_a_signature_is_edited_submitted_and_taken_back(client, account):
    client.post("/signatures/new", SIGNATURE)
    detail = f"/signatures/{Signature.objects.get().public_id}"
    assert "云帆网络" in client.get(f"{detail}/edit").text

    client.post(f"{detail}/edit", {**SIGNATURE, "text": "云帆科技"})
    client.post(f"{detail}/submit")
    assert Signature.objects.get().state == "in_review"
    client.post(f"{detail}/withdraw")

    assert (Signature.objects.get().text, Signature.objects.get().state) == ("云帆科技", "draft")


@pytest.mark.parametrize("kind", ["template", "signature"])
def test_an_owner_withdraws_for_good_after_a_question(client, account, kind):
    make = factories.TemplateFactory if kind == "template" else factories.SignatureFactory
    subject = make(account=account)
    detail = f"/{kind}s/{subject.public_id}"
    assert f"{detail}/retire" in client.get(detail).text
    assert "This cannot be undone" in client.get(f"{detail}/retire").text

    assert "Withdrawn" in client.post(f"{detail}/retire", follow=True).text

    subject.refresh_from_db()
    assert subject.state == "withdrawn"
    assert "does not allow this" in client.post(f"{detail}/retire", follow=True).text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.FINANCE])
def test_who_may_not_send_may_read_and_not_write(client, role):
    account = sign_in(client, role=role)
    template = factories.TemplateFactory(account=account)

    assert "Write a template" not in client.get("/templates/").text
    assert client.get(f"/templates/{template.public_id}").status_code == 200
    for path in ("/templates/new", f"/templates/{template.public_id}/edit", "/signatures/new"):
        assert client.get(path).status_code == 403
    assert client.post("/templates/preview", FORM).status_code == 403
    assert client.post(f"/templates/{template.public_id}/submit").status_code == 403


@pytest.mark.parametrize("path", ["/templates/", "/signatures/"])
def test_an_empty_list_says_what_to_do_next(client, account, path):
    assert f'href="{path}new"' in client.get(path).text


def test_lists_are_filtered_by_state(client, account):
    factories.TemplateFactory(account=account, name="approved one")
    write(client)

    page = client.get("/templates/", {"state": "draft"}).text

    assert "登录验证码" in page
    assert "approved one" not in page
    assert client.get("/templates/", {"state": "nonsense", "cursor": "x"}).status_code == 200


@pytest.mark.parametrize(("path", "queries"), [("/templates/", 6), ("/signatures/", 5)])
def test_a_list_costs_the_same_queries_however_long(
    client, account, path, queries, django_assert_num_queries, monkeypatch
):
    hold_clock(monkeypatch)
    for _count in range(5):
        factories.TemplateVersionFactory(template__account=account)
        filing.begin(signature=factories.SignatureFactory(account=account))

    with django_assert_num_queries(queries):
        client.get(path)
