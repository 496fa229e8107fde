"""The message centre alone: no socket, and time is what the test says."""

import json

import pytest

from messaging.simulator import log
from messaging.simulator.behaviour import Behaviour
from messaging.simulator.centre import Centre
from messaging.simulator.log import LogInUse, Submission
from messaging.simulator.outcomes import SUFFIXES

NOW = 1_800_000_000.0
DELAYS = Behaviour(receipt_delay_seconds=2, late_delay_seconds=30)


@pytest.fixture
def centre_at(tmp_path):
    opened = []

    def start(now=NOW, behaviour=DELAYS):
        while opened:
            opened.pop().close()
        opened.append(Centre(tmp_path, behaviour, now))
        return opened[-1]

    yield start
    for centre in opened:
        centre.close()


def keep(centre, *numbers, now=NOW, **more):
    submissions = [Submission(now, "smpp", "demo", to, "hello", **more) for to in numbers]
    centre.keep(submissions)
    return submissions


def words(receipts):
    return [receipt.planned[1:] for receipt in receipts]


DUE = {  # by suffix: what is said until two seconds and until thirty seconds later
    "0000": ([("DELIVRD", "000")], 1),
    "0001": ([("UNDELIV", "032")], 1),
    "0002": ([], 0),
    "0003": ([], 1),
    "0004": ([("DELIVRD", "000")] * 3, 3),
    "0005": ([("DELIVRD", "000")], 1),
    "0006": ([("UNDELIV", "027")], 1),
    "0007": ([("EXPIRED", "000")], 1),
    "0008": ([("REJECTD", "000")], 1),
    "0009": ([("DELIVRD", "000"), ("ENROUTE", "000")], 2),
    "0010": ([("DELIVRD", "000"), ("UNDELIV", "032")], 2),
    "0011": ([("DELIVRD", "000")] * 100, 100),
    "5678": ([("DELIVRD", "000")], 1),
}


@pytest.mark.parametrize("digits", DUE)
def test_the_last_digits_of_a_number_decide_its_receipts(centre_at, digits):
    centre = centre_at()
    keep(centre, "861380013" + digits)

    early = centre.take_due(NOW + 2)
    late = centre.take_due(NOW + 30)

    assert words(early) == DUE[digits][0]
    assert len(early + late) == DUE[digits][1]


def test_every_suffix_is_tested():
    assert set(SUFFIXES) < set(DUE)


def test_only_an_early_receipt_comes_before_its_answer(centre_at):
    centre = centre_at()
    [usual, early] = keep(centre, "861380010000", "861380010005")

    assert not usual.is_answered_last
    assert early.is_answered_last
    assert [receipt.submission for receipt in centre.take_due(NOW)] == [early]


def test_without_suffixes_every_number_is_delivered_to(centre_at):
    centre = centre_at(behaviour=Behaviour(receipt_delay_seconds=0, use_suffixes=False))
    keep(centre, "861380010001")

    assert words(centre.take_due(NOW)) == [("DELIVRD", "000")]


def test_shares_decide_where_no_suffix_does(centre_at):
    shares = (("delivered", 0.5), ("undelivered", 0.5))
    centre = centre_at(behaviour=Behaviour(receipt_delay_seconds=0, shares=shares))
    keep(centre, *[f"8613800{number}" for number in range(100_011, 110_000, 13)])

    said = [stat for stat, _ in words(centre.take_due(NOW))]
    assert 0.4 < said.count("DELIVRD") / len(said) < 0.6


def test_ids_are_hexadecimal_and_unique_across_restarts_even_when_the_clock_goes_back(centre_at):
    first = keep(centre_at(), *["861380010002"] * 3)
    second = keep(centre_at(NOW - 3600), "861380010002")
    third = keep(centre_at(NOW - 3600), "861380010002")

    numbers = [int(submission.id, 16) for submission in first + second + third]
    assert numbers == sorted(set(numbers))


def test_receipts_not_acknowledged_are_due_again_after_a_restart(centre_at):
    centre = centre_at()
    [first, _] = keep(centre, "861380010004", "861380010000")
    [one, two, *_] = centre.take_due(NOW + 2)
    centre.acknowledge([one, two])

    left = centre_at(NOW + 5).take_due(NOW + 5)

    assert [receipt.copy for receipt in left if receipt.submission.id == first.id] == [2]
    assert len(left) == 2


def test_the_log_of_acknowledgements_is_shortened_at_the_start(centre_at, tmp_path):
    centre = centre_at()
    keep(centre, *["861380010000"] * 100)
    centre.acknowledge(centre.take_due(NOW + 2))
    before = (tmp_path / "receipts.log").stat().st_size

    centre = centre_at()

    assert (tmp_path / "receipts.log").stat().st_size < before / 10
    assert centre.open_receipts == 0
    assert len(log.read_submissions(tmp_path / "submissions.log")) == 100


def test_a_peaceful_end_leaves_nothing_to_read_for_the_next_start(centre_at, tmp_path):
    centre = centre_at()
    [kept] = keep(centre, "861380010000")
    centre.acknowledge(centre.take_due(NOW + 2))

    centre_at()

    size = (tmp_path / "submissions.log").stat().st_size
    [header] = (tmp_path / "receipts.log").read_text().splitlines()
    assert json.loads(header) == {"from": size, "last": int(kept.id, 16)}


def test_what_was_acknowledged_behind_an_open_receipt_stays_so_after_two_restarts(centre_at):
    centre = centre_at()
    [open_one, _] = keep(centre, "861380010000", "861380010000")
    [_, second] = centre.take_due(NOW + 2)
    centre.acknowledge([second])

    centre_at()
    left = centre_at().take_due(NOW + 2)

    assert [receipt.submission.id for receipt in left] == [open_one.id]


def test_a_receipt_nobody_came_for_is_forgotten_after_three_days(centre_at):
    keep(centre_at(), "861380010000")

    assert centre_at(NOW + 73 * 3600).open_receipts == 0


def test_a_receipt_put_back_waits_longer_each_time(centre_at):
    centre = centre_at()
    keep(centre, "861380010005")
    waits = []
    for _ in range(4):
        [receipt] = centre.take_due(centre.next_due_at())
        centre.put_back(receipt, NOW)
        waits.append(centre.next_due_at() - NOW)

    assert waits == [1, 5, 30, 30]


def test_a_second_acknowledgement_counts_nothing(centre_at):
    centre = centre_at()
    keep(centre, "861380010005")
    due = centre.take_due(NOW)
    centre.acknowledge(due)
    centre.acknowledge(due)

    assert centre.counters.receipts_acknowledged == 1
    assert centre.open_receipts == 0


def test_a_refused_submission_is_logged_without_an_id(centre_at, tmp_path):
    keep(centre_at(), "861380010000", status=0x58)

    [submission] = log.read_submissions(tmp_path / "submissions.log")
    assert (submission.status, submission.id, submission.receipts) == (0x58, "", [])


def test_two_simulators_cannot_write_the_same_logs(centre_at, tmp_path):
    centre_at()

    with pytest.raises(LogInUse):
        Centre(tmp_path, DELAYS, NOW)
