"""The caps as staff set them: which of them judge a message. `frequency` counts."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.db.models import Q

from messaging.models import CapExemption, FrequencyCap
from smsplatform.core.remember import each_for_a_second

# Beside what FrequencyCap.Per counts: all that an account sends to a number of its own before it
# is live. How many is said at the account.
TRIAL = "trial"


class Cap(NamedTuple):
    per: str
    window: str
    most: int
    zone: str


class Rules:
    """The caps of some accounts, and the numbers they do not count."""

    def __init__(self, caps: Sequence[FrequencyCap], exempt: Collection[tuple[int | None, str]]):
        self._caps = caps
        self._exempt = frozenset(exempt)
        self._found: dict[tuple[int, str, str], tuple[Cap, ...]] = {}

    def of(self, account_id: int, message_class: str, country: str) -> tuple[Cap, ...]:
        """Of each counting the most special: the account's own, then the country's."""
        key = (account_id, message_class, country)
        if key not in self._found:
            self._found[key] = self._choose(*key)
        return self._found[key]

    def exempts(self, account_id: int, number: str) -> bool:
        return bool(self._exempt) and (
            (account_id, number) in self._exempt or (None, number) in self._exempt
        )

    def _choose(self, account_id: int, message_class: str, country: str) -> tuple[Cap, ...]:
        chosen: dict[tuple[str, str], FrequencyCap] = {}
        fitting = [
            cap
            for cap in self._caps
            if cap.message_class == message_class
            and cap.account_id in (None, account_id)
            and cap.country in ("", country)
        ]
        for cap in sorted(fitting, key=lambda cap: (cap.account_id is not None, cap.country != "")):
            chosen[cap.per, cap.window] = cap
        return tuple(
            Cap(cap.per, cap.window, cap.most, cap.zone) for cap in chosen.values() if cap.is_active
        )


def of_trial(most: int) -> Cap:
    """No exemption lifts it."""
    return Cap(TRIAL, FrequencyCap.Window.DAY.value, most, "UTC")


@each_for_a_second
def of_accounts(account_ids: Collection[int]) -> dict[int, Rules]:
    """One answer for all of them: the tables are small."""
    theirs = Q(account=None) | Q(account__in=account_ids)
    exempt = CapExemption.objects.filter(theirs).values_list("account_id", "number")
    rules = Rules(list(FrequencyCap.objects.filter(theirs)), set(exempt))
    return dict.fromkeys(account_ids, rules)
