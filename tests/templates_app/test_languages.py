"""A template in several languages: who reads which, and how they are written and reviewed."""

import json

import pytest

from messaging.models import MessageText
from smsplatform.core import clock, remember
from smsplatform.core.errors import Invalid
from templates_app.models import Template
from templates_app.services import drafting, locales
from templates_app.services.drafting import TemplateFields
from templates_app.states import ReviewState
from tests import factories, world
from tests.portal import sign_in

TEXTS = dict.fromkeys(("zh-Hans", "en", "zh-Hant", "pt-BR"))


@pytest.mark.parametrize(
    ("wanted", "country", "read"),
    [
        ("en", "CN", "en"),
        ("en-GB", "CN", "en"),
        ("pt", "CN", "pt-BR"),
        ("zh-TW", "CN", "zh-Hant"),
        ("fr", "GB", None),
        ("", "CN", "zh-Hans"),
        ("", "HK", "zh-Hant"),
        ("", "US", "en"),
        ("", "BR", "pt-BR"),
        # Hindi comes first there, and nobody wrote it.
        ("", "IN", "en"),
        ("", "JP", None),
        ("", "", None),
    ],
)
def test_the_text_that_is_read(wanted, country, read):
    texts = {tag: tag for tag in TEXTS}

    assert locales.choose(texts, wanted=wanted, country=country) == read


@pytest.mark.parametrize("tag", locales.OFFERED)
def test_every_language_on_offer_is_one(tag):
    assert locales.is_known(tag)
    assert locales.name(tag) != tag


@pytest.mark.parametrize("tag", ["", "xx", "EN", "zh_Hans", "english", "../../etc"])
def test_what_is_no_language_is_none(tag):
    assert not locales.is_known(tag)


@pytest.fixture
def customer():
    world.make_prices()
    world.make_carrier()
    made = world.make_customer()
    english = "Your code is ${code}. It is valid for ${minutes} minutes."
    chinese = "您的验证码是${code}。"
    code = {"name": "code", "type": "code"}
    Template.objects.filter(pk=made.template.pk).update(body=chinese, variables=[code])
    world.make_template(
        made.account,
        locale="en",
        is_main=False,
        body=english,
        variables=[code, {"name": "minutes", "type": "number"}],
    )
    return made


PARAMS = {"code": "1234", "minutes": "5"}


def send(client, customer, **body):
    remember.forget()
    asked = {"template": customer.template.code, "params": PARAMS, **body}
    return client.post(
        "/api/v1/messages",
        json.dumps(asked),
        content_type="application/json",
        headers=customer.bearer,
    ).json()


def read(answer):
    ids = [one["id"] for one in answer["messages"]]
    texts = dict(MessageText.objects.filter(message_id__in=ids).values_list("message_id", "text"))
    return [texts[key] for key in sorted(texts)]


CHINESE = "【Acme】您的验证码是1234。"
ENGLISH = "[Acme] Your code is 1234. It is valid for 5 minutes."


@pytest.mark.django_db
def test_each_recipient_reads_the_language_of_their_country(client, customer):
    answer = send(client, customer, to=["+8613800138000", "+447400123456"])

    assert read(answer) == [CHINESE, ENGLISH]


@pytest.mark.django_db
def test_a_request_names_a_language_and_a_row_another(client, customer):
    rows = [{"to": "+447400123456"}, {"to": "+447400123457", "locale": "en-GB"}]

    answer = send(client, customer, messages=rows, locale="zh-Hans")

    assert read(answer) == [CHINESE.replace("【Acme】", "[Acme] "), ENGLISH]


@pytest.mark.django_db
def test_a_language_that_is_not_approved_leaves_the_main_one(client, customer):
    Template.objects.filter(locale="en").update(state=ReviewState.IN_REVIEW)

    answer = send(client, customer, to="+447400123456", locale="en")

    assert read(answer) == [CHINESE.replace("【Acme】", "[Acme] ")]


@pytest.mark.django_db
def test_without_its_main_language_only_the_others_are_sent(client, customer):
    Template.objects.filter(pk=customer.template.pk).update(state=ReviewState.SUSPENDED)

    answer = send(client, customer, to=["+8613800138000", "+447400123456"])

    assert read(answer) == [ENGLISH]
    assert [one["code"] for one in answer["rejected"]] == ["template_not_approved"]


@pytest.mark.django_db
def test_a_parameter_that_no_language_says_is_refused(client, customer):
    answer = send(client, customer, to="+8613800138000", params={**PARAMS, "x": "1"})

    assert [one["code"] for one in answer["errors"]] == ["parameter_surplus"]


@pytest.mark.django_db
@pytest.mark.parametrize("locale", ["English", "en_GB", "e"])
def test_a_locale_in_no_shape_is_refused(client, customer, locale):
    answer = send(client, customer, to="+8613800138000", locale=locale)

    assert answer["errors"][0]["code"] == "locale_invalid"


def fields(**more):
    return TemplateFields(
        **{"name": "Code", "message_class": "verification", "body": "Code ${code}", **more}
    )


@pytest.mark.django_db
def test_the_code_of_a_template_in_another_language_is_the_same_template():
    account = factories.AccountFactory()
    act = {"by": "li", "now": clock.now()}
    main = drafting.create_template(account=account, fields=fields(code="c"), **act)

    other = drafting.create_template(account=account, fields=fields(code="c", locale="en"), **act)

    assert (main.locale, main.is_main) == ("zh-Hans", True)
    assert (other.locale, other.is_main) == ("en", False)
    for taken in ("", "en", "zh-Hans"):
        again = fields(code="c", locale=taken)
        with pytest.raises(drafting.CodeTaken):
            drafting.create_template(account=account, fields=again, **act)


@pytest.mark.django_db
def test_a_template_is_of_one_class_in_all_its_languages():
    account = factories.AccountFactory()
    act = {"by": "li", "now": clock.now()}
    main = drafting.create_template(account=account, fields=fields(code="c"), **act)
    unlike = fields(code="c", locale="en", message_class="marketing")

    with pytest.raises(Invalid) as refusal:
        drafting.create_template(account=account, fields=unlike, **act)

    assert refusal.value.errors[0].code == "class_of_other"
    drafting.create_template(account=account, fields=fields(code="c", locale="en"), **act)
    with pytest.raises(Invalid):
        drafting.edit_template(template=main, fields=unlike, **act)


@pytest.mark.django_db
def test_a_language_is_added_on_the_page_of_the_template(client):
    account = sign_in(client)
    main = factories.TemplateFactory(account=account)
    address = f"/templates/{main.public_id}/languages/new"
    assert f'href="{address}"' in client.get(f"/templates/{main.public_id}").text
    assert '<option value="zh-Hans"' not in client.get(address).text

    page = client.post(
        address,
        {
            "name": main.name,
            "message_class": "marketing",
            "market": "international",
            "locale": "en",
            "body": "Your code is ${code}.",
            "submit": "1",
        },
        follow=True,
    ).text

    made = Template.objects.get(locale="en")
    assert (made.code, made.is_main, made.message_class) == (main.code, False, "verification")
    assert made.state == ReviewState.IN_REVIEW
    assert f'href="/templates/{main.public_id}"' in page


@pytest.mark.django_db
def test_strangers_add_no_language(client):
    sign_in(client)
    address = f"/templates/{factories.TemplateFactory().public_id}/languages/new"

    assert client.get(address).status_code == 404
