"""Which route wins and why: the command, and the reasons behind it."""

import json
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from messaging.models import Batch, Carrier, Due, Health, Message, Route, RouteCarrier
from messaging.services import explaining, routing
from messaging.services.explaining import Behind, Idle
from messaging.services.routing import Misfit
from smsplatform.core import remember
from tests import factories, world
from tests.messaging.line import Line
from tests.messaging.test_routing import CODE, OPEN, step, way

pytestmark = pytest.mark.django_db

NUMBER = "+8613800138000"


@pytest.fixture
def customer():
    world.make_prices()
    return world.make_customer()


@pytest.fixture
def routes(customer):
    """`Any` for everybody; `Mobile` to China Mobile, by two carriers of which the first is down."""
    world.make_carrier("Far")
    route = Route.objects.create(name="Mobile", operator="mobile", priority=5)
    for position, name in enumerate(("East", "West")):
        carrier = Carrier.objects.create(name=name, kind="smpp", host="h", port=1)
        RouteCarrier.objects.create(
            route=route, carrier=carrier, position=position, weight=10, cost_micros=30_000
        )
    Health.objects.create(carrier=Carrier.objects.get(name="East"), circuit=OPEN)
    Route.objects.create(name="Britain", country="GB")
    return route


def ask(*words, account="Acme"):
    out = StringIO()
    call_command("explain_route", NUMBER, "--account", account, *words, stdout=out)
    return out.getvalue()


def told(ways, wanted=CODE):
    return {
        one.way.route_id: one.why_not
        for one in explaining.told(ways, wanted, routing.choose(ways, wanted))
    }


def test_each_route_says_why_it_does_not_win():
    ways = [
        way(1, project_id=7, operator="mobile"),
        way(2, project_id=7),
        way(3, priority=4),
        way(4, project_id=8),
        way(5, project_id=7, operator="mobile"),
        way(6, project_id=7, operator="mobile", priority=-1),
    ]

    assert told(ways) == {
        1: None,
        2: Behind.OPERATOR,
        3: Behind.PROJECT,
        4: Misfit.PROJECT,
        5: Behind.AGE,
        6: Behind.PRIORITY,
    }


def test_without_a_winner_all_are_misfits():
    assert told([way(1, country="GB"), way(2, is_active=False)]) == {
        1: Misfit.COUNTRY,
        2: Misfit.INACTIVE,
    }


@pytest.mark.parametrize("prefers", Route.Prefers.values)
def test_each_step_says_why_nothing_new_comes_to_it(prefers):
    dear = {"cost_micros": 2} if prefers == Route.Prefers.PRICE else {"priority": 1}
    steps = (step(0, cost_micros=1), step(1, **dear), step(2, circuit=OPEN), step(3, is_active=0))
    ways = [way(1, *steps, prefers=prefers)]

    [winner] = explaining.told(ways, CODE, routing.choose(ways, CODE))

    late = Idle.DEARER if prefers == Route.Prefers.PRICE else Idle.LATER
    assert [one.idle for one in winner.steps] == [None, late, Idle.DOWN, Idle.SWITCHED_OFF]
    assert [one.share for one in winner.steps] == [100, 0, 0, 0]


def test_every_reason_has_a_sentence():
    assert explaining.SENTENCES.keys() == {*Misfit, *Behind, *Idle}


def test_the_command_names_the_winner_its_steps_and_who_serves_now(routes):
    said = ask("--template", "login_code")

    assert "country CN, operator mobile, class verification, project Main" in said
    assert "* Mobile" in said
    assert "step 0: East, circuit open" in said
    assert "new messages none: it is down; served by West" in said
    assert "This number goes to Mobile, step 1, served by West." in said
    assert "Britain" in said
    assert "It is for another country." in said


def test_what_the_command_says_is_what_acceptance_does(routes, customer):
    said = json.loads(ask("--class", "verification", "--json"))

    choice = routing.read().choose(
        routing.Wanted("CN", "mobile", "verification", customer.project.pk)
    )
    assert said["route"] == "Mobile"
    assert (routes.pk, said["step"]) == (choice.route_id, choice.step(NUMBER))
    assert said["sent_by"] == ["West"]
    assert [(one["name"], one["why_not"]) for one in said["candidates"]] == [
        ("Mobile", None),
        ("Route to Far", "behind_operator"),
        ("Britain", "country"),
    ]


def test_the_command_says_that_no_route_fits(customer):
    assert "No route fits" in ask("--class", "notice")


def test_nothing_is_stored(routes):
    ask("--class", "notice")

    assert not Message.objects.exists()
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("words", "account", "sentence"),
    [
        (["--template", "gone"], "Acme", "no template with the code gone"),
        (["--class", "notice"], "Nobody", "no account “Nobody”"),
        (["--class", "notice", "--project", "Side"], "Acme", "no project “Side”"),
        (["--class", "notice"], "Twin", "Several accounts"),
    ],
)
def test_what_is_not_there_is_said(customer, words, account, sentence):
    factories.AccountFactory.create_batch(2, name="Twin")

    with pytest.raises(CommandError, match=sentence):
        ask(*words, account=account)


def test_a_bad_number_is_said(customer):
    with pytest.raises(CommandError, match="no telephone number"):
        call_command("explain_route", "12", "--account", "Acme", "--class", "notice")


def test_an_account_is_found_by_its_number_too(routes, customer):
    assert "goes to Mobile" in ask("--class", "notice", account=str(customer.account.pk))


def test_questions_do_not_grow_with_the_routes(routes, customer, django_assert_num_queries):
    for number in range(5):
        Route.objects.create(name=f"More {number}")

    with django_assert_num_queries(3):
        explaining.explain(to=NUMBER, account=customer.account, template="login_code")


def test_a_message_keeps_what_the_explanation_said():
    """Accepted, it waits at the step that was told, under the operator that was told."""
    line = Line()
    route = Route.objects.create(name="Mobile", operator="mobile")
    for position, name in enumerate(("East", "West", "North")):
        carrier = Carrier.objects.create(name=name, kind="smpp", host="h", port=1)
        RouteCarrier.objects.create(route=route, carrier=carrier, position=position)
    remember.forget()
    numbers = [f"+861380013800{last}" for last in range(10)]

    line.accept(*numbers)

    said = {
        number: explaining.explain(
            to=number, account=line.customer.account, template="login_code"
        ).step.step.position
        for number in numbers
    }
    kept = Message.objects.values_list("number", "route_id", "operator", "step")
    assert set(kept) == {(number, route.pk, "mobile", said[number]) for number in numbers}
    assert Counter(said.values()) == Counter(Due.objects.values_list("step", flat=True))
    assert len(set(said.values())) > 1
