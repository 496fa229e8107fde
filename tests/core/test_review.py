"""One queue for whatever a person must judge: who wins, who waits, what is told."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction

from smsplatform.core import review
from smsplatform.core.audit import AuditEntry
from smsplatform.core.errors import Invalid, NotFound
from smsplatform.core.review.models import CalendarDay, Item, WorkingHours
from tests.core import review_kinds
from tests.core.review_kinds import opened

pytestmark = pytest.mark.django_db

# A Monday, nine in the morning in Shanghai.
NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def things():
    return review_kinds.registered()


@pytest.fixture
def item(things):
    return opened(NOW)


def decide(item, decision="approved", by_id=1, now=NOW, reasons=()):
    return review.decide(
        item_id=item.pk,
        decision=decision,
        reasons=list(reasons),
        by_id=by_id,
        by_name=f"Reviewer {by_id}",
        now=now,
    )


def test_what_is_submitted_waits_until_its_promise(item):
    assert (item.state, item.due_at) == ("waiting", NOW + 8 * HOUR)
    assert review.promised(kind=review_kinds.NAME, now=NOW) == item.due_at


def test_the_staff_s_calendar_moves_the_promise(things):
    WorkingHours.objects.filter(weekday=0).update(closes_at="13:00")
    CalendarDay.objects.create(date="2026-11-24", name="Holiday")

    assert opened(NOW).due_at == NOW + 2 * timedelta(days=1) + 4 * HOUR


def test_a_subject_waits_once(item):
    with pytest.raises(review.AlreadyWaiting):
        opened(NOW)


def test_what_was_withdrawn_can_be_submitted_again_and_its_history_stays(item):
    assert review.withdraw(kind=item.kind, target_id=1, now=NOW)
    again = opened(NOW + HOUR)

    assert list(Item.objects.order_by("id").values_list("id", "state")) == [
        (item.pk, "withdrawn"),
        (again.pk, "waiting"),
    ]


def test_what_is_decided_cannot_be_withdrawn(item):
    decide(item)

    assert not review.withdraw(kind=item.kind, target_id=1, now=NOW)


def test_an_approval_is_carried_out_in_its_transaction(item, things):
    decided = decide(item)

    assert things.decided == [(1, "approved", [])]
    assert (decided.state, decided.decision, decided.decided_by_name) == (
        "decided",
        "approved",
        "Reviewer 1",
    )


def test_a_service_that_refuses_leaves_the_item_waiting(item, things):
    things.refuses = True

    with pytest.raises(Invalid):
        decide(item)

    item.refresh_from_db()
    assert item.state == "waiting"
    assert not AuditEntry.objects.filter(action="review.decided").exists()


@pytest.mark.parametrize("decision", ["rejected", "needs_more"])
def test_a_refusal_needs_a_reason(decision, item, things):
    with pytest.raises(review.ReasonMissing):
        decide(item, decision)

    assert things.decided == []


def test_a_reason_is_kept_by_its_code_and_brings_its_field(item):
    decided = decide(item, "needs_more", reasons=[{"code": "blurred"}])

    assert decided.reasons == [{"code": "blurred", "field": "document_licence", "text": ""}]


def test_a_reviewer_s_own_words_are_kept(item):
    reasons = [
        {"code": "name_differs", "text": "Ltd is missing."},
        {"code": "other", "text": "Call us."},
    ]

    told = decide(item, "rejected", reasons=reasons).reasons

    assert [(one["code"], one["text"]) for one in told] == [
        ("name_differs", "Ltd is missing."),
        ("other", "Call us."),
    ]


def test_a_reason_of_another_kind_is_refused(item):
    with pytest.raises(review.ReasonUnknown):
        decide(item, "rejected", reasons=[{"code": "nonsense", "text": "x"}])


def test_the_second_of_two_reviewers_is_told(item, things):
    decide(item)

    with pytest.raises(review.NotWaiting):
        decide(item, "rejected", by_id=2, reasons=[{"code": "blurred"}])

    assert len(things.decided) == 1


def test_what_a_colleague_holds_is_left_to_them_until_their_time_runs_out(item):
    review.claim(item_id=item.pk, by_id=2, now=NOW)

    with pytest.raises(review.HeldByOther):
        decide(item, by_id=1)
    with pytest.raises(review.HeldByOther):
        review.claim(item_id=item.pk, by_id=1, now=NOW)

    assert decide(item, by_id=1, now=NOW + review.LEASE).decision == "approved"


def test_what_was_given_back_is_free_and_only_its_holder_gives_it_back(item):
    review.claim(item_id=item.pk, by_id=2, now=NOW)

    review.release(item_id=item.pk, by_id=1, now=NOW)
    item.refresh_from_db()
    assert item.claimed_by_id == 2

    review.release(item_id=item.pk, by_id=2, now=NOW)
    assert decide(item, by_id=1).decision == "approved"


def test_nobody_decides_what_does_not_exist(things):
    with pytest.raises(NotFound):
        review.claim(item_id=404, by_id=1, now=NOW)


def test_four_eyes_carry_out_nothing_before_the_second_approval(things):
    item = opened(NOW, needs_two=True)

    assert decide(item, by_id=1).state == "second_look"
    assert things.decided == []
    with pytest.raises(review.SamePerson):
        decide(item, by_id=1)

    decided = decide(item, by_id=2)
    assert (decided.decided_by_id, decided.second_by_id) == (1, 2)
    assert things.decided == [(1, "approved", [])]


def test_the_second_look_may_reject(things):
    item = opened(NOW, needs_two=True)
    decide(item, by_id=1)

    decide(item, "rejected", by_id=2, reasons=[{"code": "blurred"}])

    assert things.decided == [(1, "rejected", [""])]


def test_one_person_is_enough_to_reject(things):
    item = opened(NOW, needs_two=True)

    assert decide(item, "rejected", reasons=[{"code": "blurred"}]).state == "decided"


@pytest.mark.parametrize(
    "changes",
    [
        {"decided_by_id": 1, "second_by_id": 1},
        {"state": "decided"},
        {"decision": "approved"},
        {
            "state": "decided",
            "decision": "approved",
            "decided_by_id": 1,
            "decided_at": NOW,
            "needs_two": True,
        },
    ],
    ids=["the same eyes", "no decision", "no end", "one pair of eyes"],
)
def test_the_database_refuses_half_a_decision(changes, item):
    with pytest.raises(IntegrityError), transaction.atomic():
        Item.objects.filter(pk=item.pk).update(**changes)


def test_the_next_one_is_the_most_pressing_that_nobody_holds(things):
    late, urgent, plain = opened(NOW, 1), opened(NOW + HOUR, 2, priority=1), opened(NOW, 3)

    order = [review.claim_next(by_id=who, now=NOW + HOUR).pk for who in (1, 2, 3)]

    assert order == [urgent.pk, late.pk, plain.pk]
    assert review.claim_next(by_id=4, now=NOW + HOUR) is None


def test_the_next_one_is_never_what_one_approved_oneself(things):
    item = opened(NOW, needs_two=True)
    decide(item, by_id=1)

    assert review.claim_next(by_id=1, now=NOW) is None
    assert review.claim_next(by_id=2, now=NOW).pk == item.pk


def test_the_next_one_of_a_kind(things):
    assert opened(NOW)
    assert review.claim_next(by_id=1, now=NOW, kind="another") is None


def test_a_nudge_moves_it_forward_once_in_a_while(item):
    with pytest.raises(review.NudgedAlready):
        review.nudge(kind=item.kind, target_id=1, now=NOW)

    nudged = review.nudge(kind=item.kind, target_id=1, now=NOW + HOUR)

    assert (nudged.priority, nudged.rank_at, nudged.due_at) == (
        1,
        item.rank_at - 2 * HOUR,
        item.due_at,
    )
    assert not review.may_nudge(nudged, NOW + 2 * HOUR)
    with pytest.raises(review.NudgedAlready):
        review.nudge(kind=item.kind, target_id=1, now=NOW + 2 * HOUR)
    assert review.may_nudge(nudged, NOW + 5 * HOUR)


def test_everything_is_audited(item):
    review.nudge(kind=item.kind, target_id=1, now=NOW + HOUR)
    review.claim(item_id=item.pk, by_id=2, now=NOW + HOUR)
    review.release(item_id=item.pk, by_id=2, now=NOW + HOUR)
    decide(item, "rejected", by_id=2, now=NOW + HOUR, reasons=[{"code": "blurred"}])

    told = list(AuditEntry.objects.order_by("id").values_list("action", "actor", "account_id"))
    assert told == [
        ("review.opened", "account:7", 7),
        ("review.nudged", "account:7", 7),
        ("review.claimed", "user:2", 7),
        ("review.released", "user:2", 7),
        ("review.decided", "user:2", 7),
    ]


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_decide_at_once_one_wins(things):
    item, barrier, answers = opened(NOW), Barrier(10), []

    def one(by_id):
        barrier.wait()
        try:
            decide(item, by_id=by_id)
            answers.append("won")
        except review.NotWaiting:
            answers.append("late")
        finally:
            connection.close()

    threads = [Thread(target=one, args=(by_id,)) for by_id in range(1, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["late"] * 9 + ["won"]
    assert len(things.decided) == 1
