"""Signatures and templates by REST, from the first draft to the reviewer's answer."""

import json
from base64 import urlsafe_b64encode

import pytest

from accounts.models import Scope
from accounts.services import keys
from accounts.states import AccountState
from smsplatform.core import clock, remember
from smsplatform.core import review as desk
from tests import factories

pytestmark = pytest.mark.django_db

TEMPLATE = {
    "name": "登录验证码",
    "message_class": "verification",
    "body": "您的验证码是${code}，5分钟内有效。",
    "variables": [{"name": "code", "type": "code"}],
}


@pytest.fixture
def account():
    remember.forget()
    return factories.QualificationFactory(name="上海云帆网络科技有限公司").account


@pytest.fixture
def api(account, client):
    project = factories.ProjectFactory(account=account)
    _key, text = keys.create(project=project, name="t", scopes=list(Scope.values))
    return Api(client, {"Authorization": f"Bearer {text}"})


class Api:
    def __init__(self, client, headers):
        self._client, self._headers = client, headers

    def __call__(self, method, path, body=None, **query):
        answer = self._client.generic(
            method,
            f"/api/v1/{path}",
            data="" if body is None else json.dumps(body),
            content_type="application/json",
            headers=self._headers,
            query_params=query,
        )
        return answer.status_code, answer.json()


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


def test_a_template_goes_from_draft_to_approval(api):
    status, made = api("POST", "templates", TEMPLATE)
    assert (status, made["state"], made["latest"]["state"]) == (201, "draft", "draft")

    status, submitted = api("POST", f"templates/{made['id']}/submit")
    assert (status, submitted["state"]) == (200, "in_review")

    decide()
    status, approved = api("GET", f"templates/{made['id']}")
    assert (approved["state"], approved["version"]) == ("approved", 1)
    assert approved["variables"] == TEMPLATE["variables"]


def test_an_edit_waits_behind_what_is_in_force(api):
    _status, made = api("POST", "templates", TEMPLATE)
    api("POST", f"templates/{made['id']}/submit")
    decide()

    _status, edited = api("PUT", f"templates/{made['id']}", TEMPLATE | {"body": "校验码${code}。"})

    assert edited["body"] == TEMPLATE["body"]
    assert (edited["latest"]["number"], edited["latest"]["body"]) == (2, "校验码${code}。")


def test_a_rejection_says_what_to_mend_and_where(api):
    _status, made = api("POST", "templates", TEMPLATE)
    api("POST", f"templates/{made['id']}/submit")
    decide("rejected", {"code": "scenario_unclear", "text": "Say when it is sent."})

    _status, shown = api("GET", f"templates/{made['id']}")

    assert shown["state"] == "rejected"
    assert shown["latest"]["reasons"] == [
        {
            "code": "scenario_unclear",
            "field": "remark",
            "reason": "It is not clear who gets this text, and on what occasion.",
            "fix": "Say in the remark who gets this text, and on what occasion.",
            "text": "It is not clear who gets this text, and on what occasion. Say in the remark"
            " who gets this text, and on what occasion. Say when it is sent.",
        }
    ]


def test_what_the_rules_refuse_is_a_problem_with_fields(api):
    _status, made = api("POST", "templates", TEMPLATE | {"body": "您的密码是${code}★"})

    status, problem = api("POST", f"templates/{made['id']}/submit")

    assert (status, problem["code"]) == (422, "invalid")
    assert {one["code"] for one in problem["errors"]} == {
        "code_word_missing",
        "character_not_allowed",
    }


def test_a_text_can_be_checked_before_it_is_kept(api):
    status, checked = api("POST", "templates/check", TEMPLATE | {"body": "验证码${code}★"})

    assert status == 200
    assert [(one["code"], one["start"], one["end"]) for one in checked["findings"]] == [
        ("character_not_allowed", 10, 11)
    ]
    assert checked["size"]["parts"] == checked["size"]["most_parts"] == 1
    assert api("GET", "templates")[1]["templates"] == []


def test_a_text_that_cannot_be_rendered_has_no_size(api):
    _status, checked = api("POST", "templates/check", TEMPLATE | {"variables": []})

    assert checked["size"] is None
    assert "variable_undeclared" in {one["code"] for one in checked["findings"]}


def test_a_wrong_shape_is_told_by_its_place(api):
    body = TEMPLATE | {"variables": [TEMPLATE["variables"][0], {"name": "x", "type": "colour"}]}

    status, problem = api("POST", "templates", body)

    assert status == 422
    assert [one["field"] for one in problem["errors"]] == ["variables[1].type"]


def test_a_signature_goes_from_draft_to_its_filings(api):
    status, made = api("POST", "signatures", {"text": "云帆网络"})
    assert (status, made["state"], made["filings"]) == (201, "draft", [])

    status, edited = api("PUT", f"signatures/{made['id']}", {"text": "云帆科技", "evidence": "n"})
    assert (status, edited["text"]) == (200, "云帆科技")

    assert api("POST", f"signatures/{made['id']}/submit")[1]["state"] == "in_review"
    assert api("POST", f"signatures/{made['id']}/withdraw")[1]["state"] == "draft"
    api("POST", f"signatures/{made['id']}/submit")
    decide()

    _status, shown = api("GET", f"signatures/{made['id']}")
    assert shown["state"] == "approved"
    assert {one["operator"] for one in shown["filings"]} == {
        *("mobile", "unicom", "telecom", "broadnet")
    }
    assert shown["extension_code"] == made["extension_code"]


def test_what_is_being_reviewed_is_a_conflict(api):
    _status, made = api("POST", "templates", TEMPLATE)
    api("POST", f"templates/{made['id']}/submit")

    assert api("PUT", f"templates/{made['id']}", TEMPLATE)[0] == 409
    assert api("POST", f"templates/{made['id']}/withdraw")[0] == 200
    assert api("POST", f"templates/{made['id']}/withdraw")[0] == 409


@pytest.mark.parametrize("kind", ["template", "signature"])
def test_what_is_withdrawn_for_good_is_so(api, account, kind):
    make = factories.TemplateFactory if kind == "template" else factories.SignatureFactory
    path = f"{kind}s/{make(account=account).public_id}"

    assert api("DELETE", path)[1]["state"] == "withdrawn"
    assert api("DELETE", path)[0] == 409


def test_an_edit_in_review_is_taken_back_before_its_template_is_withdrawn(api):
    _status, made = api("POST", "templates", TEMPLATE)
    api("POST", f"templates/{made['id']}/submit")
    decide()
    api("PUT", f"templates/{made['id']}", TEMPLATE | {"body": "校验码${code}。"})
    api("POST", f"templates/{made['id']}/submit")

    assert api("DELETE", f"templates/{made['id']}")[0] == 409


def test_lists_are_read_page_by_page_by_state(api, account):
    for _count in range(3):
        factories.TemplateFactory(account=account)
    factories.TemplateFactory()
    api("POST", "templates", TEMPLATE)

    _status, first = api("GET", "templates", limit=2, state="approved")
    _status, second = api(
        "GET", "templates", limit=2, state="approved", cursor=first["next_cursor"]
    )

    codes = [one["code"] for one in first["templates"] + second["templates"]]
    assert len(set(codes)) == 3
    assert second["next_cursor"] is None


@pytest.mark.parametrize(("path", "queries"), [("templates", 3), ("signatures", 2)])
def test_a_page_costs_the_same_queries_however_long(
    api, account, path, queries, django_assert_num_queries
):
    for _count in range(5):
        factories.TemplateFactory(account=account)
        factories.SignatureFactory(account=account)
    api("POST", "templates", TEMPLATE)

    with django_assert_num_queries(queries):
        assert api("GET", path)[0] == 200


def test_a_closed_account_changes_nothing(api, account):
    type(account).objects.filter(pk=account.pk).advance(AccountState.FROZEN)
    remember.forget()

    assert api("POST", "templates", TEMPLATE)[0] == 403
    assert api("GET", "templates")[0] == 200


@pytest.mark.parametrize(
    "place",
    ["[null, null]", '["2026-11-23T00:00:00Z", Infinity]', '["2026-11-23T00:00:00Z", null]', "{}"],
)
def test_a_cursor_that_was_made_up_is_the_first_pages(api, place):
    cursor = urlsafe_b64encode(place.encode()).decode().rstrip("=")

    assert api("GET", "templates", cursor=cursor) == (200, {"templates": [], "next_cursor": None})
