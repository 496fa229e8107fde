"""Webhook endpoints as an account's developers handle them."""

import re
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from accounts.models import Role, WebhookDelivery, WebhookEndpoint
from accounts.portal.webhook_forms import KINDS
from accounts.services import announcing, endpoints, webhooks
from accounts.services.webhooks import Post, Result
from accounts.states import DeliveryState, QualificationState
from billing.services import invoice_notices, telling
from messaging.models import Inbound
from messaging.services import censuring, judging
from messaging.services.replies import _TOLD
from messaging.states import TOLD
from smsplatform.core import clock, ids, remember
from smsplatform.core.audit import AuditEntry
from templates_app.states import ReviewState
from tests import factories
from tests.portal import confirm_password, hold_clock, sign_in

pytestmark = pytest.mark.django_db

NEW = "/webhooks/new"
URL = "https://hooks.acme.example/sms"


@pytest.fixture
def account(client):
    account = sign_in(client, role=Role.DEVELOPER)
    confirm_password(client)
    remember.forget()
    return account


@pytest.fixture
def endpoint(account, client):
    """With `secret`, as it was shown."""
    answer = client.post(NEW, fields())
    endpoint = WebhookEndpoint.objects.get()
    endpoint.secret = shown_secret(answer)
    return endpoint


def fields(**changed):
    return {"url": URL, "kinds": [], "most_per_post": 1, **changed}


def shown_secret(answer):
    return re.search(r"whsec_[0-9A-Za-z+/=]+", answer.text)[0]


def page(endpoint, deed=""):
    return f"/webhooks/{endpoint.public_id}{deed}"


def announce(endpoint, kind="message.delivered"):
    remember.forget()
    now = clock.now()
    event = announcing.Event(endpoint.account_id, ids.one(now), kind, '{"a":1}')
    announcing.announce([event], now=now)


def posts(*, now=None):
    shares = webhooks.claim(most_each=100, now=now or clock.now())
    return [Post(share.endpoint, [one]) for share in shares for one in share.deliveries]


def give_up(endpoint, count=1):
    """What no try could tell."""
    for _each in range(count):
        announce(endpoint)
    WebhookDelivery.objects.update(tries=9)
    webhooks.record([Result(post, 503, "") for post in posts()], now=clock.now())
    WebhookEndpoint.objects.update(failures=0)


def said(post, at):
    lines = webhooks.headers(post, webhooks.body(post), at=at).decode().splitlines()
    return dict(line.split(": ", 1) for line in lines)


def test_an_endpoint_is_added_and_told_in_its_own_words(client, account):
    answer = client.post(NEW, fields(kinds=["message.failed"], most_per_post=20))

    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.account, endpoint.url, endpoint.kinds) == (account, URL, ["message.failed"])
    assert endpoint.most_per_post == 20
    announce(endpoint, "message.delivered")
    announce(endpoint, "message.failed")
    [post] = posts()
    assert Webhook(shown_secret(answer)).verify(
        webhooks.body(post), said(post, int(clock.now().timestamp()))
    )


def test_the_secret_is_shown_once(client, endpoint):
    pages = [
        client.get(url).text for url in ("/webhooks/", page(endpoint), page(endpoint, "/edit"))
    ]

    assert all(URL in each and endpoint.secret not in each for each in pages)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://hooks.acme.example/", "https://"),
        ("https://127.0.0.1/", "not a public address"),
        ("https://[::ffff:10.0.0.1]/", "not a public address"),
        ("https://169.254.169.254/latest", "not a public address"),
        ("https://2130706433/", "not a public"),
        ("https://me:secret@hooks.acme.example/", "user name"),
        ("https://hooks.acme.example:5432/", "port"),
        ("https://localhost/", "not a public name"),
        ("ftp://hooks.acme.example/", "https://"),
        ("https://", "not complete"),
        ("https://hooks.acme.example/a b", "does not belong"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_at_its_field(client, account, url, words):
    answer = client.post(NEW, fields(url=url))

    assert words in str(answer.context["form"].errors["url"])
    assert not WebhookEndpoint.objects.exists()


def test_the_platform_itself_is_no_endpoint(client, account, settings):
    settings.BASE_URL = "https://sms.acme.example"

    answer = client.post(NEW, fields(url="https://sms.acme.example/api"))

    assert "url" in answer.context["form"].errors


def test_an_address_is_told_once(client, account):
    client.post(NEW, fields())

    assert "told already" in client.post(NEW, fields()).text
    assert WebhookEndpoint.objects.count() == 1


def test_there_are_ten_endpoints_at_most_and_a_removed_one_makes_room(client, account):
    for number in range(endpoints.MOST_ENDPOINTS):
        factories.WebhookEndpointFactory(account=account, url=f"{URL}/{number}")

    refused = client.post(NEW, fields())
    client.post(page(WebhookEndpoint.objects.first(), "/remove"))
    client.post(NEW, fields())

    assert "at most 10" in refused.text
    assert WebhookEndpoint.objects.filter(url=URL).exists()


def test_a_changed_endpoint_is_checked_like_a_new_one(client, endpoint):
    refused = client.post(page(endpoint, "/edit"), fields(url="https://10.0.0.1/"))
    client.post(page(endpoint, "/edit"), fields(url=f"{URL}/2", kinds=["message.failed"]))

    endpoint.refresh_from_db()
    assert "url" in refused.context["form"].errors
    assert (endpoint.url, endpoint.kinds) == (f"{URL}/2", ["message.failed"])


def test_two_secrets_are_valid_for_a_day(client, endpoint):
    announce(endpoint)
    secret = shown_secret(client.post(page(endpoint, "/rotate")))
    [post] = posts()
    now = int(clock.now().timestamp())

    for each in (endpoint.secret, secret):
        assert Webhook(each).verify(webhooks.body(post), said(post, now))
    tomorrow = said(post, now + 24 * 3600 + 60)
    assert tomorrow["webhook-signature"].count("v1,") == 1


def test_whoever_lost_a_new_secret_makes_another_and_the_oldest_still_holds(client, endpoint):
    announce(endpoint)
    client.post(page(endpoint, "/rotate"))
    client.post(page(endpoint, "/rotate"))
    [post] = posts()

    headers = said(post, int(clock.now().timestamp()))

    assert Webhook(endpoint.secret).verify(webhooks.body(post), headers)


def test_a_paused_endpoint_is_told_nothing_and_a_resumed_one_what_waited(client, endpoint):
    announce(endpoint)
    client.post(page(endpoint, "/pause"))
    announce(endpoint)
    assert posts() == []
    assert "paused it" in client.get(page(endpoint)).text

    client.post(page(endpoint, "/resume"))

    assert len(posts()) == 1


def test_a_removed_endpoint_is_gone(client, endpoint):
    client.post(page(endpoint, "/remove"))

    assert client.get(page(endpoint)).status_code == 404
    assert URL not in client.get("/webhooks/").text
    announce(endpoint)
    assert not WebhookDelivery.objects.exists()


def test_a_test_event_is_told_whatever_the_endpoint_wants(client, endpoint):
    other = factories.WebhookEndpointFactory(account=endpoint.account)
    client.post(page(endpoint, "/edit"), fields(kinds=["message.failed"]))

    client.post(page(endpoint, "/test"))

    [post] = posts()
    assert post.endpoint.url == URL
    assert b'"type": "endpoint.test"' in webhooks.body(post)
    assert not WebhookDelivery.objects.filter(endpoint=other).exists()


def test_a_test_event_waits_for_the_one_before(client, endpoint):
    client.post(page(endpoint, "/test"))

    answer = client.post(page(endpoint, "/test"), follow=True)

    assert "wait ten seconds" in answer.text
    WebhookEndpoint.objects.update(tested_at=clock.now() - timedelta(seconds=11))
    client.post(page(endpoint, "/test"))
    assert WebhookDelivery.objects.count() == 2


def test_a_paused_endpoint_is_not_tested(client, endpoint):
    client.post(page(endpoint, "/pause"))

    assert "resume it first" in client.post(page(endpoint, "/test"), follow=True).text
    assert not WebhookDelivery.objects.exists()


def test_the_page_says_how_posts_were_answered_and_never_with_what(client, endpoint):
    announce(endpoint)
    announce(endpoint, "message.failed")
    one, two = posts()
    webhooks.record([Result(one, 200), Result(two, None, "dns_failed")], now=clock.now())

    text = client.get(page(endpoint)).text

    assert "200" in text
    assert "its name is not known" in text
    assert text.count("message.") == 2


def test_what_was_given_up_is_sent_again_under_its_own_id(client, endpoint):
    give_up(endpoint, count=2)
    first = WebhookDelivery.objects.order_by("id").first()
    assert str(first.subject_id) in client.get(page(endpoint, "?shown=given-up")).text

    client.post(page(endpoint, f"/deliveries/{first.id}/replay"))

    [post] = posts()
    assert [one.id for one in post.deliveries] == [str(first.id)]
    assert post.deliveries[0].tries == 1


def test_all_that_was_given_up_is_sent_again_at_once(client, endpoint):
    give_up(endpoint, count=3)

    answer = client.post(page(endpoint, "/replay"), follow=True)

    assert "3 events are sent again" in answer.text
    assert len(posts()) == 3
    assert client.post(page(endpoint, "/replay"), follow=True).status_code == 200


def test_what_was_delivered_is_not_sent_again(client, endpoint):
    announce(endpoint)
    webhooks.record([Result(post, 200) for post in posts()], now=clock.now())
    delivery = WebhookDelivery.objects.get()

    client.post(page(endpoint, f"/deliveries/{delivery.id}/replay"))

    assert WebhookDelivery.objects.get().state == DeliveryState.DELIVERED


def test_nobody_replays_what_another_endpoint_was_to_be_told(client, endpoint):
    theirs = factories.WebhookEndpointFactory()
    give_up(theirs)

    client.post(page(endpoint, f"/deliveries/{WebhookDelivery.objects.get().id}/replay"))

    assert WebhookDelivery.objects.get().state == DeliveryState.DEAD


def test_every_deed_is_in_the_audit_trail_by_the_host_alone(client, account):
    client.post(NEW, fields(url="https://hooks.acme.example/token-4711"))
    endpoint = WebhookEndpoint.objects.get()
    give_up(endpoint)
    for deed in ("/replay", "/rotate", "/pause", "/resume", "/remove"):
        client.post(page(endpoint, deed))

    entries = AuditEntry.objects.filter(account_id=account.pk).order_by("id")
    assert [one.action.partition(".")[2] for one in entries] == [
        *("added", "replayed", "rotated", "paused", "resumed", "removed"),
    ]
    assert "4711" not in str([one.facts for one in entries])
    assert "whsec_" not in str([one.facts for one in entries])


def test_every_kind_that_is_told_can_be_chosen():
    texts = [*(each for each in ReviewState if each in ("approved", "rejected", "suspended")),
             "resumed", "withdrawn"]  # fmt: skip
    papers = [*(each for each in ("approved", "needs_more", "rejected", "expired")), "ending"]
    assert set(papers) - {"ending"} <= set(QualificationState.values)
    assert set(_TOLD) <= set(Inbound.Outcome)

    assert set(KINDS) == {
        *(f"message.{state}" for state in TOLD),
        *("message.received", *_TOLD.values()),
        *(judging.PASSED, judging.REJECTED, censuring.VIOLATION),
        *(f"account.{what}" for what in ("suspended", "frozen", "resumed")),
        *(f"{what}.{outcome}" for what in ("signature", "template") for outcome in texts),
        *(f"qualification.{outcome}" for outcome in papers),
        *(telling.PAID, telling.REVERSED),
        *(invoice_notices.ISSUED, invoice_notices.OVERDUE),
    }


def test_an_account_without_endpoints_is_taught_what_they_are_for(client, account):
    text = client.get("/webhooks/").text

    assert "No webhooks yet" in text
    assert "answers 200" in text


def test_the_page_asks_the_same_few_questions_for_any_number_of_deliveries(
    client, endpoint, monkeypatch, django_assert_num_queries
):
    hold_clock(monkeypatch)
    for _each in range(5):
        announce(endpoint)

    with django_assert_num_queries(5):
        client.get(page(endpoint))
