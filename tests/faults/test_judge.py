"""The judge can say no."""

from collections import Counter

import pytest

from messaging.simulator.log import Submission
from tests.faults.judge import Judge, Told, Verdict, _copies

NUMBER = "+8613900001000"


def submission(number=NUMBER, **facts):
    return Submission(1.0, "smpp", "demo", number.lstrip("+"), "hi", **facts)


def told(state="delivered", *, on_unknown="resend", attempts=("accepted",), **facts):
    values = {"id": "m", "number": NUMBER, "reason": "", "parts": 1, **facts}
    return Told(state=state, on_unknown=on_unknown, attempts=Counter(attempts), **values)


def judged(message, *submitted):
    judge = object.__new__(Judge)
    judge.verdict, judge.whole_once = Verdict(), False
    judge._judge_submissions({message.id: message}, _copies(list(submitted)))
    return judge.verdict


RESENT = ("superseded", "accepted")


@pytest.mark.parametrize(
    ("message", "submitted", "counts"),
    [
        (told(), [submission()], (0, 0, 0)),
        (told(), [], (1, 0, 0)),
        (told(), [submission(status=8)], (1, 0, 0)),
        (told(), [submission(), submission()], (0, 1, 0)),
        (told(attempts=RESENT), [submission(), submission()], (0, 0, 0)),
        (told(attempts=RESENT), [submission()] * 3, (0, 1, 0)),
        (told(attempts=RESENT, on_unknown="fail"), [submission(), submission()], (0, 1, 1)),
        (told("failed"), [submission()], (0, 0, 1)),
        (told("failed", reason="outcome_unknown"), [submission()], (0, 0, 0)),
        (told("failed"), [submission(part=1, parts=2)], (0, 0, 0)),
        (told(), [submission(part=1, parts=2)], (1, 0, 0)),
        (told(), [submission(), submission("+8613900001001")], (0, 0, 1)),
    ],
)
def test_copies_are_judged_by_policy(message, submitted, counts):
    verdict = judged(message, *submitted)

    assert (verdict.lost, verdict.doubled, verdict.against_policy) == counts
