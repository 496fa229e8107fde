"""What reaches a phone before its account is live: codes and notices to the account's own proved
numbers, where staff have made a route for them. Everything else goes where the sandbox goes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from accounts.services import trial_numbers
from accounts.services.keys import KeyFacts
from messaging.services import routing
from messaging.services.routing import Wanted
from smsplatform.core.text import numbers, operators
from templates_app.models import MessageClass

_ANY_PROJECT = 0


@dataclass(frozen=True, slots=True)
class Trials:
    """By account: its numbers, and how many messages a day each may have."""

    of_account: Mapping[int, Mapping[str, int]] = field(default_factory=dict)

    def most(self, key: KeyFacts, message_class: str, number: str) -> int:
        """How many of this class a day reach the phone; 0: none does."""
        if not key.is_trial or message_class == MessageClass.MARKETING:
            return 0
        return self.of_account.get(key.account_id, {}).get(number, 0)


def of_keys(keys: Iterable[KeyFacts]) -> Trials:
    """Asks nothing for accounts that are live, nor where no route is for trials."""
    wanted = {key.account_id for key in keys if key.is_trial}
    if not wanted or not routing.now().has_trials:
        return Trials()
    return Trials(trial_numbers.of_accounts(wanted))


def carries(number: str) -> bool:
    """Whether a notice to this number (E.164), once proved, would reach the phone now."""
    wanted = Wanted(
        numbers.parse(number, region="CN").country,
        operators.of(number),
        MessageClass.NOTICE.value,
        _ANY_PROJECT,
        is_sandbox=True,
        is_trial=True,
    )
    choice = routing.now().choose(wanted)
    return choice is not None and choice.is_trial
