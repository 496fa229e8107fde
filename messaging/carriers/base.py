"""What every kind of carrier shares: the answers of a message's parts make one answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from messaging.models import Carrier
from messaging.services.attempts import PARTLY_TAKEN
from messaging.services.dispatch import Answer, Claim, Outcome
from messaging.services.receipts import ReceiptOutcome

# What a carrier's final word means; any other word leaves the message on its way.
RECEIPT_WORDS = {
    "DELIVRD": ReceiptOutcome.DELIVERED,
    "UNDELIV": ReceiptOutcome.UNDELIVERED,
    "EXPIRED": ReceiptOutcome.UNDELIVERED,
    "DELETED": ReceiptOutcome.UNDELIVERED,
    "REJECTD": ReceiptOutcome.UNDELIVERED,
}


# Of several answers to the parts of one message the first of these is the message's.
_WORST_FIRST = (
    Outcome.UNKNOWN,
    Outcome.REFUSED,
    Outcome.THROTTLED,
    Outcome.REFUSED_FOR_NOW,
    Outcome.NOT_SENT,
)


# What a carrier refuses so, it may take in a moment.
_FOR_NOW = frozenset({Outcome.THROTTLED, Outcome.REFUSED_FOR_NOW})


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """What became of one part; `carrier_id` where it was accepted."""

    outcome: Outcome
    carrier_id: str = ""
    carrier_code: str = ""


def own_words(carrier: Carrier) -> dict[str, Outcome]:
    """What this carrier's answers mean where they differ from the usual table of its kind."""
    return {word.strip().upper(): Outcome(meaning) for word, meaning in carrier.answers.items()}


def receipt_outcome(word: str) -> ReceiptOutcome:
    return RECEIPT_WORDS.get(word.strip().upper(), ReceiptOutcome.PENDING)


def missing(parts: Sequence[PartAnswer]) -> list[int]:
    """The places of the parts that a carrier refused for now while it took the others: these alone
    may be sent again. Empty where that would not make the message whole."""
    if len(parts) == 1:
        return []
    outcomes = {part.outcome for part in parts}
    if Outcome.ACCEPTED not in outcomes or outcomes - _FOR_NOW != {Outcome.ACCEPTED}:
        return []
    return [place for place, part in enumerate(parts) if part.outcome in _FOR_NOW]


def combine(claim: Claim, parts: Sequence[PartAnswer]) -> Answer:
    """One unknown part makes the whole unknown. A message of which a carrier took some parts is
    never sent whole again: it is refused, or unknown with a word that says so."""
    outcomes = {part.outcome for part in parts}
    code = next((part.carrier_code for part in parts if part.carrier_code), "")
    if outcomes == {Outcome.ACCEPTED}:
        ids = tuple(part.carrier_id for part in parts)
        return Answer(claim.message_id, claim.no, Outcome.ACCEPTED, ids, code)
    outcome = next((one for one in _WORST_FIRST if one in outcomes), Outcome.REFUSED)
    if Outcome.ACCEPTED in outcomes:
        if outcome == Outcome.UNKNOWN:
            code = PARTLY_TAKEN
        else:
            outcome = Outcome.REFUSED
    return Answer(claim.message_id, claim.no, outcome, carrier_code=code)
