"""When a carrier is used, tried, and left alone."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from messaging.models import Health
from messaging.services import health
from messaging.services.attempts import Answer, Outcome
from messaging.services.health import Signs, State, Verdict
from smsplatform.core.audit import AuditEntry
from tests import factories, world

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
OPEN, CLOSED, TRIED = Health.Circuit.OPEN, Health.Circuit.CLOSED, Health.Circuit.HALF_OPEN
FINE = Signs(None, 20, 0)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def answers(outcome: Outcome, count: int, code: str = "") -> list[Answer]:
    return [Answer(uuid.uuid4(), 1, outcome, carrier_code=code) for _count in range(count)]


@pytest.mark.parametrize(
    ("state", "signs", "circuit"),
    [
        (State(), FINE, None),
        (State(), Signs(timedelta(seconds=9), 0, 0), None),
        (State(), Signs(timedelta(seconds=10), 0, 0), OPEN),
        (State(), Signs(None, 19, 19), None),
        (State(), Signs(None, 20, 10), None),
        (State(), Signs(None, 20, 11), OPEN),
        (State(CLOSED, ago(59), ago(59)), Signs(None, 20, 20), None),
        (State(CLOSED, ago(60), ago(60)), Signs(None, 20, 20), OPEN),
        (State(OPEN, ago(9), ago(9)), FINE, None),
        (State(OPEN, ago(10), ago(10)), FINE, TRIED),
        (State(OPEN, ago(300), ago(300)), Signs(timedelta(seconds=1), 0, 0), None),
        (State(TRIED, ago(5), ago(35)), Signs(None, 5, 0), None),
        (State(TRIED, ago(30), ago(60)), Signs(None, 0, 0), None),
        (State(TRIED, ago(30), ago(60)), Signs(None, 5, 0), CLOSED),
        (State(TRIED, ago(1), ago(31)), Signs(None, 5, 1), OPEN),
    ],
)
def test_what_is_seen_decides(state, signs, circuit):
    verdict = health.decide(state, signs, NOW)

    assert (verdict and verdict.circuit) == circuit


def test_where_nobody_else_is_a_carrier_is_used_again_at_once():
    state, signs = State(TRIED, ago(1), ago(11)), Signs(None, 5, 0)

    assert health.decide(state, signs, NOW) is None
    assert health.decide(state, signs, NOW, is_alone=True) == Verdict(CLOSED)


def test_a_carrier_that_comes_and_goes_switches_once_a_minute_at_most():
    """Twenty seconds up, twenty down, for an hour."""
    state, switches = State(), []
    for second in range(3600):
        now = NOW + timedelta(seconds=second)
        is_up = second // 20 % 2 == 0
        lost = None if is_up else timedelta(seconds=second % 20)
        verdict = health.decide(state, Signs(lost, 20 if is_up else 0, 0), now)
        if verdict is not None:
            is_switch = CLOSED in (state.circuit, verdict.circuit)
            if is_switch:
                switches.append(now)
            state = State(verdict.circuit, now, now if is_switch else state.switched_at)

    gaps = [after - before for before, after in zip(switches, switches[1:], strict=False)]
    assert len(switches) > 10
    assert min(gaps) >= timedelta(seconds=60)


@pytest.mark.parametrize(
    ("outcome", "code", "is_error"),
    [
        (Outcome.ACCEPTED, "", False),
        (Outcome.REFUSED, "INVALID_DESTINATION", False),
        (Outcome.THROTTLED, "THROTTLED", False),
        (Outcome.NOT_SENT, "", False),
        (Outcome.REFUSED_FOR_NOW, "SYSTEM_ERROR", True),
        (Outcome.UNKNOWN, "", True),
        (Outcome.NOT_SENT, "connect_failed", True),
    ],
)
@pytest.mark.django_db
def test_only_the_carriers_own_failures_count(outcome, code, is_error):
    carrier = world.make_carrier()
    watch = health.Watch(carrier.pk)

    for second in range(12):
        watch.answered(answers(outcome, 20, code), NOW + timedelta(seconds=second))
        watch.step(NOW + timedelta(seconds=second))

    circuit = Health.objects.filter(carrier=carrier).values_list("circuit", flat=True).first()
    assert (circuit == OPEN) is is_error


@pytest.mark.django_db
def test_a_carrier_is_tried_with_a_handful_and_used_again_when_that_went_well():
    carrier = world.make_carrier()
    watch = health.Watch(carrier.pk)
    watch.answered(answers(Outcome.UNKNOWN, 30), NOW)
    watch.step(NOW)
    assert health.try_again(now=NOW + timedelta(seconds=9)) == 0
    assert health.try_again(now=NOW + timedelta(seconds=10)) == 1

    trial = NOW + timedelta(seconds=61)
    watch.step(trial)
    assert watch.allowed(500) == health.PROBES
    watch.given(health.PROBES)
    assert watch.allowed(500) == 0
    watch.answered(answers(Outcome.ACCEPTED, health.PROBES), trial)
    watch.step(trial + timedelta(seconds=1))

    assert Health.objects.get(carrier=carrier).circuit == CLOSED
    assert watch.allowed(500) == 500
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["carrier.circuit_open", "carrier.circuit_closed"]


def tried(watch):
    """Its circuit opened at NOW, and is half open from 30 s on."""
    watch.answered(answers(Outcome.UNKNOWN, 30), NOW)
    watch.step(NOW)
    health.try_again(now=NOW + timedelta(seconds=30))
    watch.step(NOW + timedelta(seconds=30))


@pytest.mark.django_db
def test_one_message_that_went_well_ends_a_trial_whenever_somebody_looks():
    carrier = world.make_carrier()
    watch = health.Watch(carrier.pk)
    tried(watch)
    watch.given(1)
    watch.answered(answers(Outcome.ACCEPTED, 1), NOW + timedelta(seconds=31))

    watch.step(NOW + timedelta(minutes=10))

    assert Health.objects.get(carrier=carrier).circuit == CLOSED


@pytest.mark.django_db
def test_a_trial_that_told_nothing_is_repeated():
    watch = health.Watch(world.make_carrier().pk)
    tried(watch)
    watch.given(health.PROBES)
    watch.answered(answers(Outcome.NOT_SENT, health.PROBES), NOW + timedelta(seconds=31))
    watch.step(NOW + timedelta(seconds=39))
    assert watch.allowed(500) == 0

    watch.step(NOW + timedelta(seconds=40))

    assert watch.allowed(500) == health.PROBES


@pytest.mark.django_db
def test_a_link_that_died_of_silence_opens_the_circuit_at_once():
    carrier = world.make_carrier()
    watch = health.Watch(carrier.pk)

    watch.lost(NOW, was_silent=True)
    watch.step(NOW)

    row = Health.objects.get(carrier=carrier)
    assert (row.circuit, row.reason) == (OPEN, "cannot be reached")


@pytest.mark.django_db
def test_of_two_processes_one_switches():
    carrier = world.make_carrier()
    before = State()

    won = [
        health._switch(carrier.pk, before, Verdict(OPEN, "gone"), NOW),
        health._switch(carrier.pk, before, Verdict(OPEN, "gone"), NOW),
    ]

    assert won == [True, False]


@pytest.mark.django_db
def test_more_than_three_cuts_in_five_minutes_hold_the_resends():
    carrier = world.make_carrier()
    watch = health.Watch(carrier.pk)

    for minute in range(4):
        watch.lost(NOW + timedelta(minutes=minute), in_doubt=True)
        watch.reached()
    watch.step(NOW + timedelta(minutes=3))

    row = Health.objects.get(carrier=carrier)
    assert (row.resends, row.circuit) == (Health.Resends.HELD, CLOSED)


@pytest.mark.django_db
def test_cuts_long_ago_hold_nothing():
    carrier = world.make_carrier()
    watch = health.Watch(carrier.pk)

    for minute in (0, 6, 7, 8):
        watch.lost(NOW + timedelta(minutes=minute), in_doubt=True)
        watch.reached()
    watch.step(NOW + timedelta(minutes=8))

    assert not Health.objects.filter(carrier=carrier).exists()


@pytest.mark.django_db
def test_what_a_person_decides_of_resends_is_audited():
    carrier = world.make_carrier()
    health.hold_resends(carrier_id=carrier.pk, reason="4 cuts", now=NOW)

    health.decide_resends(carrier_id=carrier.pk, resends="fail", actor="eve", now=NOW)

    assert Health.objects.get(carrier=carrier).resends == Health.Resends.FAIL
    last = AuditEntry.objects.latest("id")
    assert (last.actor, last.action) == ("eve", "carrier.resends_fail")
    with pytest.raises(ValueError, match="perhaps"):
        health.decide_resends(carrier_id=carrier.pk, resends="perhaps", actor="eve", now=NOW)


@pytest.mark.parametrize(
    ("deed", "resends"),
    [
        ("send_once_more", Health.Resends.AUTOMATIC),
        ("give_up", Health.Resends.FAIL),
        ("hold", Health.Resends.HELD),
    ],
)
@pytest.mark.django_db
def test_staff_decide_about_unknown_outcomes_carrier_by_carrier(client, deed, resends):
    carriers = [world.make_carrier(name) for name in ("Far", "Near")]
    for carrier in carriers:
        health.hold_resends(carrier_id=carrier.pk, reason="4 cuts", now=NOW)
    staff = factories.UserFactory(staff=True)
    client.force_login(staff)

    client.post(
        reverse("admin:messaging_health_changelist"),
        {"action": deed, "_selected_action": [carriers[0].pk]},
    )

    assert Health.objects.get(carrier=carriers[0]).resends == resends
    assert Health.objects.get(carrier=carriers[1]).resends == Health.Resends.HELD
    last = AuditEntry.objects.latest("id")
    assert (last.actor, last.action) == (f"user:{staff.pk}", f"carrier.resends_{resends}")
