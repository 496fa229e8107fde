"""The rules that a message has to pass, one after the other; the first that refuses tells why.

A rule judges one draft by facts that were loaded for the whole group: it refuses it, lets it pass
or holds it until a reviewer has read it. One refused recipient harms no other. What only the
ledger's lock can tell (frequency caps) is judged later, in `capping`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messaging.models import RuleSwitch
from messaging.services import consent, countries, hours
from messaging.services.planning import HELD
from messaging.services.validation import Draft, SendRequest, Validated
from smsplatform.core.errors import Invalid, Problem
from smsplatform.core.remember import for_a_second
from templates_app.models import MessageClass, Signature, WordList
from templates_app.services import filing, words
from templates_app.services.catalogue import Catalogue

Switches = Mapping[tuple[str, int | None, str], bool]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is stored and matters to the rules."""

    hours: hours.Table
    switches: Switches
    opened: countries.Opened
    consents: consent.Consents = field(default_factory=consent.Consents)
    _on: dict[tuple[int, str], tuple["Rule", ...]] = field(default_factory=dict)
    # What was found in a text: the recipients of a request often share it.
    _hits: dict[str, list[words.Hit]] = field(default_factory=dict)

    def rules(self, account_id: int, country: str) -> tuple["Rule", ...]:
        key = (account_id, country)
        if key not in self._on:
            self._on[key] = tuple(rule for rule in RULES if self.is_on(rule, *key))
        return self._on[key]

    def hits(self, text: str) -> list[words.Hit]:
        if text not in self._hits:
            [self._hits[text]] = words.match([text])
        return self._hits[text]

    def is_on(self, rule: "Rule | Manner", account_id: int, country: str) -> bool:
        """The most special switch decides: an account's before a country's, both before one."""
        keys = [(account_id, country), (account_id, ""), (None, country), (None, "")]
        said = (self.switches.get((rule.code, *key)) for key in keys)
        return next((is_on for is_on in said if is_on is not None), rule.starts_on)


@dataclass(frozen=True, slots=True)
class Held:
    """It may go when a reviewer has read these words of it."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    code: str
    label: str | Promise
    check: Callable[[Draft, Validated, Facts], Problem | Held | None]
    # Where no switch says anything.
    starts_on: bool = True


def load(requests: Sequence[SendRequest], catalogue: Catalogue) -> Facts:
    """What staff and owners change is remembered for a second. What recipients said is asked, with
    one question, and only where it matters."""
    facts = Facts(hours.table(), _switches(), countries.of_requests(requests))
    return replace(facts, consents=consent.current_of(list(_needing(requests, catalogue, facts))))


def _needing(
    requests: Sequence[SendRequest], catalogue: Catalogue, facts: Facts
) -> Iterable[tuple[int, str]]:
    """Accounts and numbers whose consent has to be asked for."""
    for request in requests:
        key = request.key
        template = catalogue.templates.get((key.account_id, request.template))
        if template is None or template.message_class != MessageClass.MARKETING:
            continue
        for row in request.rows:
            if row.number and _CONSENT in facts.rules(key.account_id, row.number.country):
                yield key.account_id, row.number.e164


def sift(validated: Validated, facts: Facts) -> Validated:
    """Without the recipients that a rule refuses, and with what it holds marked. Raises Invalid
    where none is left."""
    refused: dict[int, Problem] = {}
    held: dict[int, Draft] = {}
    for draft in validated.drafts:
        verdict = _judge(draft, validated, facts)
        if isinstance(verdict, Problem):
            refused[draft.index] = verdict
        elif verdict is not None:
            held[draft.index] = replace(draft, held=verdict.words)
    if held:
        drafts = [held.get(draft.index, draft) for draft in validated.drafts]
        validated = replace(validated, drafts=drafts)
    if not refused:
        return validated
    sifted = validated.without(refused)
    if not sifted.drafts:
        raise Invalid(errors=sifted.errors())
    return sifted


def _judge(draft: Draft, frame: Validated, facts: Facts) -> Problem | Held | None:
    """Whoever is refused is not held, whichever rule comes first."""
    held = None
    for rule in facts.rules(frame.request.key.account_id, draft.country):
        verdict = rule.check(draft, frame, facts)
        if isinstance(verdict, Problem):
            return verdict
        held = verdict or held
    return held


def check_country(draft: Draft, frame: Validated, facts: Facts) -> Problem | None:
    """Whoever steals a key earns with numbers abroad: they stay closed until somebody opens them.
    What goes to the sandbox reaches no phone."""
    key = frame.request.key
    if draft.country == key.country or key.is_sandbox:
        return None
    if draft.country in facts.opened.get(key.account_id, ()):
        return None
    return Problem("country_not_allowed", _CLOSED, "to", {"country": draft.country})


_CLOSED = _(
    "Your account does not send to {country} yet: an owner or administrator opens the country in"
    " the portal, under Account, Countries; our staff can, too."
)


def check_consent(draft: Draft, frame: Validated, facts: Facts) -> Problem | None:
    """Advertising needs an agreement that is on record and was not taken back."""
    key = frame.request.key
    if draft.message_class != MessageClass.MARKETING or key.is_sandbox:
        return None
    if facts.consents.covers(key.account_id, draft.number, draft.signature_id):
        return None
    return Problem("consent_missing", _NO_CONSENT, "to", {"signature": frame.signature.text})


_NO_CONSENT = _(
    "There is no consent on record of this number to advertising under “{signature}”, or it was"
    " taken back. Record it at /api/v1/consents first, with how and when it was given."
)


def check_hours(draft: Draft, frame: Validated, facts: Facts) -> Problem | None:
    """By the clock where the recipient is, at the time at which it is to be sent."""
    open_hours = facts.hours.get((draft.country, draft.message_class))
    if open_hours is None or open_hours.are_open(frame.due_at):
        return None
    facts_of_it = {
        "country": draft.country,
        "opens": f"{open_hours.opens:%H:%M}",
        "closes": f"{open_hours.closes:%H:%M}",
    }
    opening = open_hours.next_opening(frame.due_at)
    if opening is None:
        return Problem("outside_hours", _NEVER, "to", facts_of_it)
    send_at = opening.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return Problem("outside_hours", _LATER, "to", {**facts_of_it, "retry_at": send_at})


_LATER = _(
    "Messages of this class may be sent to {country} from {opens} to {closes} only, by the clock"
    " there; ask for send_at {retry_at} or later."
)
_NEVER = _("The hours for this class in {country}, {opens} to {closes}, never come; tell us.")


def check_scene(draft: Draft, frame: Validated, facts: Facts) -> Problem | None:
    """A signature that was approved for codes says nothing else."""
    is_for_codes = frame.signature.kind == Signature.Kind.VERIFICATION
    if is_for_codes and draft.message_class != MessageClass.VERIFICATION:
        named = {"signature": frame.signature.text}
        return Problem("signature_for_codes_only", _FOR_CODES, "signature", named)
    return None


def check_filing(draft: Draft, frame: Validated, facts: Facts) -> Problem | None:
    """Operators that file signatures let no other through. One that no operator is asked to file,
    and a number whose operator nobody knows, pass."""
    filed = frame.signature.filings.get(draft.operator)
    if filed is None or filed in filing.OPEN or frame.request.key.is_sandbox:
        return None
    named = {"signature": frame.signature.text, "operator": draft.operator}
    return Problem("signature_not_filed", _NOT_FILED, "to", named)


_FOR_CODES = _("The signature “{signature}” is for verification codes only; use another one.")
_NOT_FILED = _(
    "The signature “{signature}” is not filed with this number's operator ({operator}) yet; its"
    " page says how far each operator is."
)


def check_words(draft: Draft, frame: Validated, facts: Facts) -> Problem | Held | None:
    """Of what the customer wrote for this message: a template's own words have been reviewed,
    unless the account is not live yet and the message would reach its phone."""
    looked_at: list[tuple[str, str]] = []
    for name, text in _own_words(draft, frame):
        # Digits say nothing, and most values are nothing else.
        if text.isdecimal():
            continue
        for hit in facts.hits(text):
            if hit.level == WordList.Level.REJECT:
                return Problem("words_not_allowed", _NEVER_SENT, name, {"word": hit.word})
            if hit.level == WordList.Level.REVIEW:
                looked_at.append((name, hit.word))
    return _for_reviewers(looked_at, draft, frame, facts) if looked_at else None


def _for_reviewers(
    found: Sequence[tuple[str, str]], draft: Draft, frame: Validated, facts: Facts
) -> Problem | Held | None:
    """Held, or refused where staff turned that off, and to a trial number: nobody reads what costs
    nothing. What reaches no phone is not read either."""
    key = frame.request.key
    if draft.trial_most or not facts.is_on(HOLDING, key.account_id, draft.country):
        name, word = found[0]
        return Problem("words_not_allowed", _NOT_UNREAD, name, {"word": word})
    if key.is_sandbox:
        return None
    return Held(tuple(dict.fromkeys(word for _name, word in found)))


def _own_words(draft: Draft, frame: Validated) -> Iterable[tuple[str, str]]:
    """What was written, by the field that it was written in."""
    if draft.trial_most:
        # Nobody has reviewed the template yet, nor the signature.
        return [("template" if frame.request.template else "text", draft.text)]
    if not frame.request.template:
        return [("text", frame.request.text)]
    params = frame.request.rows[draft.index].params
    return [(f"params.{name}", value) for name, value in params.items()]


_NEVER_SENT = _("“{word}” may not be sent; say it in other words.")
_NOT_UNREAD = _("“{word}” may be sent only where a reviewer has read it: submit it as a template.")

# Many countries leave the proof with whoever sends; the packs say which do not.
_CONSENT = Rule(
    "consent_missing", _("the recipient agreed to advertising"), check_consent, starts_on=False
)

RULES: tuple[Rule, ...] = (
    Rule("country_not_allowed", _("only to countries the account has opened"), check_country),
    Rule("signature_for_codes_only", _("signatures for codes say nothing else"), check_scene),
    Rule("signature_not_filed", _("the recipient's operator knows the signature"), check_filing),
    _CONSENT,
    Rule("words_not_allowed", _("no words of the lists"), check_words),
    Rule("outside_hours", _("only within sending hours"), check_hours),
)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a rule is carried out, where staff may choose."""

    code: str
    label: str | Promise
    starts_on: bool = True


HOLDING = Manner(HELD, _("words to be looked at wait for a reviewer; off: they are refused"))
# What staff may turn on and off.
SWITCHES: tuple[Rule | Manner, ...] = (*RULES, HOLDING)


@for_a_second
def _switches() -> Switches:
    return {(row.rule, row.account_id, row.country): row.is_on for row in RuleSwitch.objects.all()}
