"""The staff's pages of carriers and routes."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from messaging.models import Carrier, Health, Route, RouteCarrier
from tests import factories, world

pytestmark = pytest.mark.django_db

PAGE = "/staff/messaging/route/explain/"


@pytest.fixture
def staff(client):
    client.force_login(factories.UserFactory(staff=True))
    return client


@pytest.fixture
def routes():
    world.make_customer()
    carrier = world.make_carrier("Far")
    Route.objects.create(name="Britain", country="GB")
    return carrier


def ask(client, **asked):
    question = {"to": "+8613800138000", "account": "Acme", "template": "login_code", **asked}
    return client.post(PAGE, question)


def step_fields(*steps):
    fields = {"steps-TOTAL_FORMS": len(steps), "steps-INITIAL_FORMS": 0}
    for no, step in enumerate(steps):
        usual = {"position": no, "priority": 0, "weight": 1, "cost_micros": "", "carrier": ""}
        fields |= {f"steps-{no}-{name}": value for name, value in {**usual, **step}.items()}
    return fields


def save_route(client, *steps, **fields):
    usual = {"name": "New", "priority": 0, "prefers": "order", "is_active": "on"}
    return client.post(
        reverse("admin:messaging_route_add"), {**usual, **fields, **step_fields(*steps)}
    )


def save_carrier(client, **fields):
    usual = {
        "name": "East", "kind": "smpp", "host": "h", "port": 1, "window": 1, "answers": "{}",
        "rate_per_second": 1, "id_spelling": "hex_answers", "is_active": "on",
    }  # fmt: skip
    return client.post(reverse("admin:messaging_carrier_add"), {**usual, **fields})


def test_the_page_marks_the_winner_and_says_why_not(staff, routes):
    page = ask(staff).content.decode()

    assert "Route to Far" in page
    assert "<strong>It wins.</strong>" in page
    assert "It is for another country." in page
    assert "China Mobile" in page


def test_the_list_of_routes_leads_to_the_page(staff, routes):
    assert PAGE in staff.get(reverse("admin:messaging_route_changelist")).content.decode()
    assert staff.get(PAGE).status_code == 200


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"to": "12"}, "This is no telephone number"),
        ({"to": ""}, "This field is required."),
        ({"account": "Nobody"}, "There is no account “Nobody”"),
        ({"template": "gone"}, "There is no template with the code gone"),
        ({"template": ""}, "Say either which template or which class."),
        ({"message_class": "notice"}, "Say either which template or which class."),
    ],
)
def test_a_bad_question_is_answered_with_what_is_wrong(staff, routes, asked, sentence):
    answer = ask(staff, **asked)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert answer.context["explanation"] is None


@pytest.mark.parametrize(("permission", "status"), [("view_route", 200), ("view_message", 403)])
def test_only_who_may_see_routes_may_ask(client, routes, permission, status):
    user = factories.UserFactory(staff=True, is_superuser=False)
    user.user_permissions.add(Permission.objects.get(codename=permission))
    client.force_login(user)

    assert client.get(PAGE).status_code == status
    assert ask(client).status_code == status


def test_the_page_asks_for_staff(client, routes):
    client.force_login(factories.UserFactory())

    assert client.get(PAGE).headers["Location"].startswith(reverse("admin:login"))


def test_a_route_is_saved_with_its_steps(staff, routes):
    save_route(
        staff,
        {"carrier": routes.pk, "position": 7, "weight": 1000, "cost_micros": 28_000},
        country="cn",
        operator="unicom",
        prefers="price",
    )

    route = Route.objects.get(name="New")
    assert (route.country, route.operator, route.prefers) == ("CN", "unicom", "price")
    assert RouteCarrier.objects.filter(
        route=route, position=7, weight=1000, cost_micros=28_000
    ).exists()


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ({"position": 8}, {}),
        ({"position": -1}, {}),
        ({"weight": 0}, {}),
        ({"weight": 1001}, {}),
        ({"cost_micros": -1}, {}),
        ({}, {"operator": "vodafone"}),
        ({}, {"operator": "mobile", "country": "GB"}),
        ({}, {"country": "1X"}),
    ],
)
def test_a_route_that_would_never_work_is_refused(staff, routes, step, fields):
    answer = save_route(staff, {"carrier": routes.pk, **step}, **fields)

    assert answer.status_code == 200
    assert not Route.objects.filter(name="New").exists()


def test_a_carrier_stands_in_a_route_once(staff, routes):
    answer = save_route(staff, {"carrier": routes.pk}, {"carrier": routes.pk, "position": 1})

    assert answer.status_code == 200
    assert not Route.objects.filter(name="New").exists()


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        ("smpp", '{"0x0000000B": "throttled"}'),
        ("smpp", '{"THROTTLED": "refused", "0x400": "unknown"}'),
        ("http", '{"503": "throttled", "418": "accepted"}'),
        ("http", ""),
    ],
)
def test_a_carriers_own_words_are_kept(staff, kind, answers):
    save_carrier(staff, kind=kind, answers=answers)

    carrier = Carrier.objects.get(name="East")
    assert bool(carrier.answers) == bool(answers)
    assert carrier.id_spelling == Carrier.IdSpelling.HEX_ANSWERS


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        ("smpp", '{"503": "throttled"}'),
        ("smpp", '{"NONSENSE": "throttled"}'),
        ("smpp", '{"0x00000058": "later"}'),
        ("smpp", '{"0x00000058": "not_sent"}'),
        ("smpp", '{"0x0": "throttled"}'),
        ("smpp", '["throttled"]'),
        ("http", '{"THROTTLED": "throttled"}'),
        ("http", '{"202": "refused_for_now"}'),
        ("http", '{"503": ["throttled"]}'),
    ],
)
def test_words_that_nobody_reads_and_lies_about_success_are_refused(staff, kind, answers):
    answer = save_carrier(staff, kind=kind, answers=answers)

    assert answer.status_code == 200
    assert not Carrier.objects.exists()


def test_the_list_of_carriers_shows_their_health(staff, routes, django_assert_max_num_queries):
    Health.objects.create(carrier=routes, circuit="open", reason="cannot be reached")
    world.make_carrier("Near")

    with django_assert_max_num_queries(6):
        page = staff.get(reverse("admin:messaging_carrier_changelist")).content.decode()

    assert "not used" in page
    assert "cannot be reached" in page
    assert "working" in page


def test_steps_that_change_places_at_once_are_refused_in_words(staff, routes):
    """One after the other they would stand at one place for a moment."""
    route = Route.objects.get(name="Route to Far")
    other = Carrier.objects.create(name="Near", kind="smpp", host="h", port=1)
    RouteCarrier.objects.create(route=route, carrier=other, position=1)
    steps = list(route.steps.order_by("position"))
    fields = step_fields(*(
        {"id": one.pk, "route": route.pk, "carrier": one.carrier_id, "position": 1 - one.position}
        for one in steps
    ))  # fmt: skip

    answer = staff.post(
        reverse("admin:messaging_route_change", args=[route.pk]),
        {"name": route.name, "priority": 0, "prefers": "order", **fields, "steps-INITIAL_FORMS": 2},
    )

    assert answer.status_code == 200
    assert list(route.steps.order_by("id").values_list("position", flat=True)) == [0, 1]


def test_a_route_for_trials_is_of_the_sandbox(staff, routes):
    save_route(staff, {"carrier": routes.pk}, is_trial="on")

    made = Route.objects.get(name="New")
    assert (made.is_sandbox, made.is_trial) == (True, True)
