"""The editor of templates follows what is typed, and loses nothing of it."""

import pytest

from templates_app.models import BoundItem, Template
from tests import factories
from tests.browser.conftest import DESK, PHONE, needs_browser

pytestmark = [pytest.mark.django_db(transaction=True), needs_browser]

BODY = "${name}您好，订单${order}已发出，详情见 https://m.example.cn/a 。"


@pytest.fixture
def member():
    return factories.MembershipFactory(account=factories.QualificationFactory().account)


@pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
def test_a_template_is_written_and_judged_while_it_is_typed(visit, member):
    page = visit.page
    visit.sign_in(member.user.email)
    visit.go("/templates/new")
    page.fill("[name=name]", "发货通知")
    page.select_option("[name=message_class]", "notice")

    page.fill("[name=body]", BODY + "★")
    page.wait_for_selector("text=Operators refuse “★”")
    assert page.input_value("[name=type-order]") == "number"
    page.select_option("[name=type-order]", "tracking")
    page.fill("[name^=owner-]", "云帆")
    page.fill("[name=body]", BODY)
    page.wait_for_selector("text=The rules have nothing against this text.")

    assert page.input_value("[name^=owner-]") == "云帆"
    assert "订单SF1380013800138已发出" in page.inner_text(".bubble")
    assert visit.overflow <= 0
    page.click("[name=submit]")
    page.wait_for_selector("text=A person looks at this")
    template = Template.objects.get()
    assert template.state == "in_review"
    assert template.variables[1] == {"name": "order", "type": "tracking"}
    assert BoundItem.objects.get().owner == "云帆"
