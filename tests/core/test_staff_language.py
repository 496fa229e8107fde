"""Staff who read Chinese read Chinese: every app, model and field of the desk has its name."""

import re

import pytest
from django.apps import apps
from django.utils import translation

from tests import factories

CHINESE = re.compile(r"[\u4e00-\u9fff]")
OUR_APPS = ["core", "accounts", "templates_app", "billing", "messaging", "reports"]
OURS = [model for label in OUR_APPS for model in apps.get_app_config(label).get_models()]

# Bytes, and what only an index needs, which no page shows.
UNSEEN = {
    "body_hash",
    "digest",
    "fingerprint",
    "hash",
    "nonce",
    "old_secrets",
    "place",
    "previous_hash",
    "rare_state",
    "sealed_code",
    "sealed_id_number",
}


@pytest.fixture(autouse=True)
def _chinese():
    with translation.override("zh-hans"):
        yield


def nameless(names):
    return [str(name) for name in names if str(name) != "ID" and not CHINESE.search(str(name))]


@pytest.mark.parametrize("label", OUR_APPS)
def test_every_app_has_a_chinese_name(label):
    assert nameless([apps.get_app_config(label).verbose_name]) == []


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_model_and_field_has_a_chinese_name(model):
    fields = [field for field in model._meta.concrete_fields if field.name not in UNSEEN]
    names = [model._meta.verbose_name, model._meta.verbose_name_plural]

    assert nameless([*names, *(field.verbose_name for field in fields)]) == []


def test_a_sentence_of_the_desk_is_all_chinese(client, django_user_model, db):
    client.force_login(factories.staff("desk@example.com"))
    client.cookies["django_language"] = "zh-hans"

    page = client.get("/staff/messaging/message/").content.decode()

    assert "选择消息查看" in page
