"""Everything that is said of a draft before a person looks at it: rules, words, size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext_lazy as _

from smsplatform.core.text import encodings
from templates_app.models import WordList
from templates_app.services import (
    composing,
    gating,
    linting,
    packs,
    rendering,
    tails,
    variables,
    words,
)
from templates_app.services.composing import Composed
from templates_app.services.findings import Finding, in_order
from templates_app.services.linting import Wording
from templates_app.services.packs import Level, Rules
from templates_app.services.words import Hit


@dataclass(frozen=True, slots=True)
class Size:
    """What a recipient would read, signature and all, and what carriers charge for it.

    `ucs2_because` is the character that keeps a text out of GSM-7, empty where none does.
    """

    sample: str
    longest: str
    parts: int
    most_parts: int
    units: int
    most_units: int
    encoding: str
    ucs2_because: str


@dataclass(frozen=True, slots=True)
class Checked:
    """`size` is None while the text cannot be rendered. `hits` are for reviewers only."""

    findings: Sequence[Finding]
    hits: Sequence[Hit]
    size: Size | None

    @property
    def has_errors(self) -> bool:
        return any(finding.level == Level.ERROR for finding in self.findings)


def check(
    *, wording: Wording, market: str, signature: str = "", account_id: int | None = None
) -> Checked:
    """`signature` is whose text stands before the preview; with an account its trade is asked
    after."""
    rules = packs.of(market)
    tail = tails.of(tails.table(), rules.country, wording.message_class)
    wording = replace(wording, tail=tail)
    hits = words.in_body(wording.body)
    findings = [*linting.lint(wording, rules), *_of_words(hits, wording.body)]
    if account_id is not None:
        findings += gating.check(wording=wording, hits=hits, account_id=account_id)
    return Checked(in_order(findings), hits, _size(wording, rules, signature))


def _of_words(hits: Sequence[Hit], body: str) -> Sequence[Finding]:
    """What the author may know: not the list, nor what is only marked."""
    levels = {
        WordList.Level.REJECT.value: (Level.ERROR, "word_refused", _("“{text}” may not be sent.")),
        WordList.Level.REVIEW.value: (
            Level.WARNING,
            "word_reviewed",
            _("“{text}” is looked at closely by reviewers; avoid it where you can."),
        ),
    }
    return [
        Finding(*levels[hit.level], "body", hit.start, hit.end, {"text": body[hit.start : hit.end]})
        for hit in hits
        if hit.level in levels
    ]


def _size(wording: Wording, rules: Rules, signature: str) -> Size | None:
    if linting.has_unprintable(wording.body + signature):
        return None
    try:
        compiled = rendering.compiled(wording.body, wording.variables)
    except LookupError:
        return None

    def composed(values: Mapping[str, str]) -> Composed:
        return composing.compose(
            rendering.render(compiled, values),
            signature=signature,
            country=rules.country,
            tail=wording.tail,
        )

    sample = composed(variables.samples(wording.variables))
    longest = composed(variables.longest(wording.variables))
    is_free = rules.country != composing.DOMESTIC
    return Size(
        sample=sample.text,
        longest=longest.text,
        parts=sample.counted.count,
        most_parts=longest.counted.count,
        units=sample.counted.units,
        most_units=longest.counted.units,
        encoding=sample.counted.encoding,
        ucs2_because=(encodings.first_non_gsm7(sample.text) or "") if is_free else "",
    )
