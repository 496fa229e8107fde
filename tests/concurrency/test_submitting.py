"""Somebody edits a text while it is submitted: what was checked is what the reviewer reads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import OperationalError, connection

from templates_app.services import drafting, review
from templates_app.services.drafting import SignatureFields, TemplateFields
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

CODE = TemplateFields(
    name="登录验证码",
    message_class="verification",
    body="您的验证码是${code}，5分钟内有效。",
    variables=(("code", "code"),),
)
ACT = {"by": "user:1", "now": datetime(2026, 11, 23, 1, tzinfo=UTC)}


@pytest.fixture
def account():
    return factories.QualificationFactory(name="上海云帆网络科技有限公司").account


def elsewhere(work):
    """By another connection, which waits for nobody for long."""

    def run():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        try:
            work()
        except OperationalError:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


def meanwhile(monkeypatch, module, name, work):
    """The check is over, and before anything is written somebody else works."""
    check = getattr(module, name)

    def check_and_wait(*args, **asked):
        found = check(*args, **asked)
        elsewhere(work)
        return found

    monkeypatch.setattr(module, name, check_and_wait)


def test_a_template_that_is_edited_meanwhile(account, monkeypatch):
    template = drafting.create_template(account=account, fields=CODE, **ACT)
    other = TemplateFields(name="x", message_class="verification", body="【另一个】随便写")
    meanwhile(
        monkeypatch,
        review.checking,
        "check",
        lambda: drafting.edit_template(template=template, fields=other, **ACT),
    )

    review.submit_template(template=template, **ACT)

    assert template.versions.get(state="in_review").body == CODE.body


def test_a_signature_that_is_edited_meanwhile(account, monkeypatch):
    signature = drafting.create_signature(
        account=account, fields=SignatureFields(text="云帆网络"), **ACT
    )
    meanwhile(
        monkeypatch,
        review,
        "check_signature",
        lambda: drafting.edit_signature(
            signature=signature, fields=SignatureFields(text="别人公司"), **ACT
        ),
    )

    review.submit_signature(signature=signature, **ACT)

    signature.refresh_from_db()
    assert (signature.state, signature.text) == ("in_review", "云帆网络")
