"""A kind of review for tests: what was decided is what it remembers."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from smsplatform.core import review
from smsplatform.core.errors import Invalid

NAME = "tests.thing"


class Things:
    """`refuses` makes the kind's own service refuse whatever is decided."""

    def __init__(self) -> None:
        self.decided: list[tuple[int, str, list[str]]] = []
        self.refuses = False

    def decide(
        self,
        *,
        item: review.Item,
        decision: str,
        reasons: Sequence[Mapping[str, str]],
        now: datetime,
        by: str,
    ) -> None:
        if self.refuses:
            raise Invalid
        self.decided.append((item.target_id, decision, [reason["text"] for reason in reasons]))


def registered(**changes: object) -> Things:
    things = Things()
    kind = {
        "name": NAME,
        "label": "thing",
        "decide": things.decide,
        "reasons": (
            review.Reason(
                "blurred", "It is blurred.", "document_licence", "Scan it again, sharper."
            ),
            review.Reason("name_differs", "Write the name as on the licence.", "name"),
        ),
        "hours": 8,
        "may_approve_many": True,
        **changes,
    }
    review.register(review.Kind(**kind))
    return things


def opened(now: datetime, target_id: int = 1, **more: object) -> review.Item:
    values = {"account_id": 7, "title": f"Thing {target_id}", **more}
    return review.open(kind=NAME, target_id=target_id, now=now, **values)
