"""Which way a message goes, and who serves it now: tables of facts, no database."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.models import Carrier, Health, Route, RouteCarrier
from messaging.services import routing
from messaging.services.routing import MOST_STEPS, Misfit, Step, Wanted, Way
from smsplatform.core import remember

CODE = Wanted("CN", "mobile", "verification", 7)
OPEN, CLOSED, TRIED = Health.Circuit.OPEN, Health.Circuit.CLOSED, Health.Circuit.HALF_OPEN


def step(position: int, **facts: object) -> Step:
    usual = {
        "carrier_id": 100 + position, "carrier": f"C{position}", "priority": 0, "weight": 1,
        "cost_micros": None, "is_active": True, "circuit": CLOSED,
    }  # fmt: skip
    return Step(position=position, **{**usual, **facts})


def way(route_id: int = 1, *steps: Step, **facts: object) -> Way:
    usual = {
        "name": f"R{route_id}", "country": "", "operator": "", "message_class": "",
        "project_id": None, "prefers": Route.Prefers.ORDER, "priority": 0, "is_active": True,
    }  # fmt: skip
    return Way(route_id=route_id, **{**usual, **facts}, steps=steps or (step(0),))


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        ({"project_id": 7}, {"operator": "mobile", "country": "CN", "priority": 9}),
        ({"operator": "mobile"}, {"country": "CN", "message_class": "verification"}),
        ({"country": "CN"}, {"message_class": "verification", "priority": 9}),
        ({"message_class": "verification"}, {"priority": 9}),
        ({"priority": 1}, {"priority": 0}),
    ],
)
def test_the_more_specific_route_wins_then_the_higher_priority(stronger, weaker):
    assert routing.choose([way(1, **stronger), way(2, **weaker)], CODE).route_id == 1
    assert routing.choose([way(1, **weaker), way(2, **stronger)], CODE).route_id == 2


def test_of_equals_the_older_wins():
    assert routing.choose([way(2), way(1)], CODE).route_id == 1


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"is_active": False}, Misfit.INACTIVE),
        ({"country": "DE"}, Misfit.COUNTRY),
        ({"operator": "unicom"}, Misfit.OPERATOR),
        ({"message_class": "marketing"}, Misfit.CLASS),
        ({"project_id": 8}, Misfit.PROJECT),
        ({"is_sandbox": True}, Misfit.SANDBOX),
        ({"is_sandbox": True, "is_trial": True}, Misfit.TRIAL),
    ],
)
def test_a_route_that_does_not_fit_says_why(facts, why):
    assert routing.misfit(way(**facts), CODE) == why
    assert routing.choose([way(**facts)], CODE) is None


def test_a_route_needs_an_active_carrier():
    dead = way(1, step(0, is_active=False))

    assert routing.misfit(dead, CODE) == Misfit.NO_CARRIER
    assert routing.choose([dead, way(2)], CODE).route_id == 2


def test_messages_are_dealt_by_weight_to_the_first_priority():
    shared = way(1, step(0, weight=70), step(1, weight=30), step(2, priority=1, weight=900))

    choice = routing.choose([shared], CODE)
    dealt = Counter(choice.step(f"+86138{n:08d}") for n in range(10_000))

    assert len(choice.cards) == 10
    assert dealt.keys() == {0, 1}
    assert 6_700 < dealt[0] < 7_300


def test_the_same_number_gets_the_same_carrier():
    choice = routing.choose([way(1, step(0), step(1), step(2))], CODE)

    assert len({choice.step("+8613800138000") for _again in range(20)}) == 1


def test_the_cheapest_usable_carrier_is_preferred_where_the_price_decides():
    steps = [step(0), step(1, cost_micros=40_000), step(2, cost_micros=30_000, circuit=OPEN)]

    choice = routing.choose([way(1, *steps, prefers=Route.Prefers.PRICE)], CODE)

    assert choice.cards == (1,)


def test_a_carrier_that_is_down_gets_nothing_new_unless_all_are():
    assert routing.choose([way(1, step(0, circuit=OPEN), step(1))], CODE).cards == (1,)
    assert routing.choose([way(1, step(0, circuit=OPEN))], CODE).cards == (0,)


def test_the_next_in_order_serves_what_waits_for_a_dead_carrier():
    served = routing.servers(way(1, step(0), step(1, circuit=OPEN), step(2), step(3, priority=1)))

    assert [served[position] for position in range(4)] == [100, 102, 102, 103]


def test_after_the_last_comes_the_first():
    assert routing.servers(way(1, step(0), step(1, is_active=False)))[1] == 100


def test_a_carrier_that_is_being_tried_shares_its_own_with_whoever_serves_them():
    trial = way(1, step(0, circuit=OPEN), step(1, circuit=TRIED), step(2))

    assert [routing.servers(trial)[position] for position in range(3)] == [102, 102, 102]
    assert routing.tried(trial) == {1: 101}
    routes = routing.Routes([trial])
    assert routes.served_by(101) == [(1, 1)]
    assert routes.shared_by(102) == {(1, 1)}
    assert routes.shared_by(101) == routes.shared_by(100) == frozenset()


def test_a_carrier_that_is_being_tried_leads_where_there_is_no_other():
    trial = way(1, step(0, circuit=OPEN), step(1, circuit=TRIED))

    assert set(routing.servers(trial).values()) == {101}
    assert routing.tried(trial) == {}


def test_a_step_that_was_removed_is_served_by_the_first():
    assert routing.servers(way(1, step(3), step(5)))[4] == 103


circuits = st.sampled_from([OPEN, CLOSED, TRIED])


@given(
    st.lists(st.tuples(st.integers(0, 2), st.booleans(), circuits), min_size=1, max_size=MOST_STEPS)
)
def test_nothing_waits_without_somebody_as_long_as_one_is_usable(facts):
    one = way(1, *(
        step(place, priority=priority, is_active=active, circuit=circuit)
        for place, (priority, active, circuit) in enumerate(facts)
    ))  # fmt: skip

    served = routing.servers(one)

    usable = {each.carrier_id for each in one.steps if each.is_usable}
    assert set(served) == (set(range(MOST_STEPS)) if usable else set())
    assert set(served.values()) <= usable


@given(
    st.lists(
        st.tuples(st.integers(0, MOST_STEPS - 1), st.integers(0, 2), st.booleans(), circuits),
        min_size=1,
        max_size=MOST_STEPS,
        unique_by=lambda facts: facts[0],
    )
)
def test_each_place_is_served_by_one_carrier_and_at_most_tried_by_its_own(facts):
    one = way(1, *(
        step(place, priority=priority, is_active=active, circuit=circuit)
        for place, priority, active, circuit in facts
    ))  # fmt: skip
    routes = routing.Routes([one])

    serving = Counter(place for each in one.steps for place in routes.served_by(each.carrier_id))

    trials = Counter((1, position) for position in routing.tried(one))
    is_anybody_there = any(each.is_usable for each in one.steps)
    places = Counter((1, position) for position in range(MOST_STEPS) if is_anybody_there)
    assert serving == places + trials


def test_a_place_beyond_the_last_is_served_too():
    beyond = way(1, step(0), step(MOST_STEPS + 1, circuit=OPEN), step(MOST_STEPS + 2))

    served = routing.servers(beyond)

    assert (served[MOST_STEPS + 1], served[MOST_STEPS + 2]) == (102 + MOST_STEPS, 102 + MOST_STEPS)


def test_a_refused_message_goes_on_to_whoever_has_not_refused_it():
    three = way(1, step(0), step(1, circuit=OPEN), step(2))

    assert routing.next_step(three, 0, [100]) == 2
    assert routing.next_step(three, 2, [100, 102]) == 1
    assert routing.next_step(three, 1, [100, 101, 102]) is None


@pytest.mark.django_db
def test_all_routes_are_read_with_one_query(django_assert_num_queries):
    route = Route.objects.create(name="One", country="CN")
    for position in range(3):
        carrier = Carrier.objects.create(name=f"C{position}", kind="smpp", host="h", port=1)
        RouteCarrier.objects.create(route=route, carrier=carrier, position=position)
    Health.objects.create(carrier=carrier, circuit=OPEN)
    Route.objects.create(name="Empty", is_active=False)
    remember.forget()

    with django_assert_num_queries(1):
        found = routing.now()

    assert [(one.name, [each.circuit for each in one.steps]) for one in found.ways] == [
        ("One", [CLOSED, CLOSED, OPEN]),
        ("Empty", []),
    ]
    assert found.served_by(carrier.pk) == []
